"""What changed since last night: only new and changed records are read again, the others keep what was made of them.

Here: finding the rows whose text, or whose way of being read, differs from what a table was made of, having them worked on in slices, and
taking away those that are gone. Not here: the work (cleaning/, geocoding/), tables whose rows look at other rows (resolution/).

Every row of such a table bears `read_from`: a hash over the texts it was made of and over what reads them (mapping, settings, program).
An incremental night gives what a full one gives, for no row looks at another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from ingest.tables import TABLES
from ingest.warehouse import Warehouse


@dataclass(frozen=True)
class Changed:
    """Rows worked on and rows taken away."""

    worked_on: int
    gone: int


def newest_records(name: str, until: date) -> str:
    """SQL: of every record in a table of raw.* its newest version up to a day."""
    return f"""
        select r.*
        from {name} as r
        inner join (
            select source, record_id, max(as_of_date) as as_of_date
            from {name}
            where as_of_date <= date '{until}'
            group by source, record_id
        ) as newest
            on r.source = newest.source and r.record_id = newest.record_id and r.as_of_date = newest.as_of_date
    """


def bring_up_to_date(
    warehouse: Warehouse,
    name: str,
    rows: str,
    work: Callable[[pa.Table], pa.Table],
    *,
    columns: Sequence[str],
    read_by: Mapping[str, str],
    again: str = "false",
) -> Changed:
    """Make the declared table `name` (key source and record_id) what `work` makes of `rows`, working only on rows that changed.

    `rows`: SQL of the project's own that gives source, record_id and what `work` reads. `columns`: those whose change counts.
    `read_by`: of each source, a text that changes when its rows are to be read differently. `again`: SQL over `new` (a row) and `old`
    (the row of `name`): other rows to work on. `work` is given rows in slices, sorted by key, with their `read_from`, which it passes
    on. All in one transaction.
    """
    with warehouse.opened():
        warehouse.create(name)
        by_source = pa.table({"source": pa.array(sorted(read_by), pa.string()), "read_by": [read_by[one] for one in sorted(read_by)]})
        gone = f"select source, record_id from {name} except select source, record_id from ({rows})"
        taken_away = warehouse.query(gone)
        worked_on = 0

        def slices() -> Iterator[pa.Table]:
            nonlocal worked_on
            for part in warehouse.stream(_changed(name, rows, columns, again), read_by=by_source):
                worked_on += part.num_rows
                yield work(part)

        warehouse.merge(name, slices(), gone=taken_away)
    return Changed(worked_on=worked_on, gone=taken_away.num_rows)


def _changed(name: str, rows: str, columns: Sequence[str], again: str) -> str:
    """SQL: the rows that differ from what `name` was made of, each with its read_from."""
    # Each text with its length before it: no two rows of texts give one hash, whatever characters stand in them.
    written = [f'cast(r."{column}" as varchar)' for column in columns]
    texts = ", ".join(f"coalesce(strlen({text}) || ':' || {text}, '-')" for text in written)
    same_key = " and ".join(f'new."{column}" = old."{column}"' for column in TABLES[name].key)
    return f"""
        with new as (
            select r.*, md5(concat(coalesce(b.read_by, ''), ' ', {texts})) as read_from
            from ({rows}) as r
            left join read_by as b on r.source = b.source
        )
        select new.*
        from new
        left join {name} as old on {same_key}
        where old.read_from is distinct from new.read_from or {again}
        order by new.source, new.record_id
    """
