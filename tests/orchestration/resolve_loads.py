"""What the tests of `bailiwick resolve` load, and how they read what came of it.

Here: rows, days, readers of results and states. Not here: running the command (conftest.py).
"""

import duckdb
import polars as pl

import orchestration.resolve as command

HEADER = "record_id,source,name,phone,email,address,city,region,country"
LARKSPUR = "Larkspur Mills Inc,206-555-0142,desk@larkspurmills.example,12 Alder Street,Seattle,WA,US"
LARKSPUR_TOO = 'Larkspur Mills,(206) 555-0142,desk@larkspurmills.example,"12 Alder St.",Seattle,WA,US'
QUILLON = "Quillon Freight LLC,503-555-0119,ops@quillonfreight.example,8 Dock Road,Portland,OR,US"
OSTER = "Oster Tool Works,,,40 Elm Avenue,Austin,TX,US"
YUNSHAN = "青岛云杉泊岸机械有限公司,0532-55550188,,香港中路110号,青岛市,山东省,中国"
FIRST = [
    f"1,crm,{LARKSPUR}",
    f"2,erp,{LARKSPUR_TOO}",
    f"3,crm,{QUILLON}",
    f"4,erp,{OSTER}",
    f"5,crm,{YUNSHAN}",
    "6,crm,,,,,,,",
    "7,crm,,,,,,,",
]
JUDGEMENTS = "left_source,left_record_id,right_source,right_record_id,verdict,customer_id,judged_by,judged_on,reason"
DAYS = ("2026-11-01", "2026-11-02", "2026-11-03")


def table(*rows, header=HEADER):
    return "\n".join([header, *rows]) + "\n"


def ids(out):
    return dict(pl.read_parquet(out / "customers.parquet").select("record_id", "customer_id").iter_rows())


def results(out):
    return {name: (out / name).read_bytes() for name in ("customers.parquet", "pairs.parquet", "redirects.parquet")}


def content(state):
    """Every row of every table of a state."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{state / command.STATE}' as held (read_only)")
        names = connection.sql("select schema_name, table_name from duckdb_tables() where database_name = 'held' order by all").fetchall()
        return {f"{schema}.{name}": connection.sql(f"select * from held.{schema}.{name} order by all").fetchall() for schema, name in names}


def said(result):
    assert "Traceback" not in result.output
    return " ".join(result.output.split())
