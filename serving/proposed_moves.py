"""Files that a CRM imports so that it holds what another set of rule sheets says: who shall own which record, and in which territory.

Here: which records have to change, in each CRM's own headings and ids. Not here: what changes for whom (what_if_tables.py), who does the
importing: the CRMs stay the masters, a person looks first.

A record is listed for its owner where the relation is broken and the record's own owner has no place in the customer's territory; for its
territory where the customer moves and the CRM keeps territories and holds another. Where nobody is named, or the person or territory has no
id in that CRM, the cell is empty and a note says so. An owner who stays is repeated, so that no import empties it.

Salesforce takes one file per object: owners of Account, and ObjectTerritory2Association to add and to delete (AssociationCause is
Territory2Manual: what a person or a program adds). Ids of Zoho carry `zcrm_`, as its own files have them. Headings of other systems,
also of Jiandaoyun's forms, are those of the company's mapping.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import polars as pl

from ingest.sources.mapping import Feed, Source
from ingest.values.ids import read_ids
from serving.csv_files import write_csv

_NAMED = 5
_CHINESE = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, kw_only=True)
class Form:
    """Headings of an import of customers. `owner` holds the user's id; `owner_name` the name, where the CRM's import goes by names;
    `territory` None where it keeps none. `prefix` of ids; `byte_order_mark` for files that pass through Excel."""

    record: str
    owner: str
    name: str | None = None
    owner_name: str | None = None
    territory: str | None = None
    prefix: str = ""
    byte_order_mark: bool = True


FORMS = {
    "salesforce": Form(record="Id", owner="OwnerId", byte_order_mark=False),
    "zoho": Form(record="Record Id", name="Account Name", owner="Account Owner.id", territory="Territories.id", prefix="zcrm_"),
    "fxiaoke": Form(record="数据ID", name="客户名称", owner_name="负责人", owner="负责人ID"),
    "neocrm": Form(record="客户ID", name="客户名称", owner="客户所有人", territory="区域"),
    "yonyou": Form(record="客户ID", name="客户名称", owner="专管业务员", territory="销售区域"),
}


@dataclass(kw_only=True)
class ProposedFile:
    """One file: its name, its rows, and what a person must know of it, as sentences."""

    name: str
    rows: pl.DataFrame
    byte_order_mark: bool = True
    notes: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        """Write it into a folder; the path."""
        path = folder / self.name
        write_csv(self.rows, path, byte_order_mark=self.byte_order_mark)
        return path


def proposed_moves(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Source]) -> list[ProposedFile]:
    """The files, by name of the system, out of a scratch file after the comparison. A system of which no record has to change has none."""
    records = _with_ids(connection, sources)
    files: list[ProposedFile] = []
    for name in records["source"].unique().sort():
        source = sources.get(name)
        rows = records.filter(source=name)
        if source is not None and source.crm == "salesforce":
            files += _salesforce(name, rows)
        else:
            files.append(_one_file(name, rows, form_of(source)))
    return [file for file in files if file.rows.height]


def form_of(source: Source | None) -> Form:
    """The headings of a system: those that are known, else those of the company's mapping, the Chinese label where there is one."""
    if source is not None and source.crm in FORMS:
        return FORMS[source.crm]
    feeds = source.entities.get("customers", []) if source is not None else []
    if not feeds:
        return Form(record="record_id", name="name", owner="owner_user_id", territory="territory_id")
    feed = feeds[0]
    key = feed.key if isinstance(feed.key, str) else "|".join(feed.key)
    return Form(
        record=_label(feed, key),
        name=_heading(feed, "name"),
        owner=_heading(feed, "owner_user_id") or "owner_user_id",
        territory=_heading(feed, "territory_id"),
    )


def _heading(feed: Feed, canonical: str) -> str | None:
    """The first column of a feed that fills a canonical one."""
    named = [column for column, reads in feed.columns.items() if any(canonical in read.to for read in reads)]
    return _label(feed, named[0]) if named else None


def _label(feed: Feed, column: str) -> str:
    """A column as people head it: its Chinese label where the mapping has one; of a part of a form's field (x.username) the field."""
    labels = feed.labels.get(column, [])
    listed = [labels] if isinstance(labels, str) else labels
    if column.startswith("_widget_"):
        column = column.partition(".")[0]
    return column if _CHINESE.search(column) else next((label for label in listed if _CHINESE.search(label)), column)


# ---------------------------------------------------------------------------------------------------------------------
# Which records, and what they are called there

_RECORDS = """
    with changed as (
        select customers.*, proposals.proposed_owner_rep_id, proposals.proposal_reason
        from answer.customers as customers
        left join answer.proposals as proposals on customers.customer_id = proposals.customer_id
        where customers.is_moved or customers.is_broken
    )
    select
        records.source, records.record_id, records.name, records.owner_rep_id, changed.proposed_owner_rep_id,
        changed.from_territory_id, changed.to_territory_id, changed.is_moved,
        changed.is_broken and records.owner_rep_id is not null and places.rep_id is null as is_owner_to_change
    from changed
    inner join asked.records as records on changed.customer_id = records.customer_id
    left join answer.places_after as places
        on changed.to_territory_id = places.territory_id and records.owner_rep_id = places.rep_id
    order by records.source, records.record_id"""


def _with_ids(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Source]) -> pl.DataFrame:
    """Each record that has to change: what for, and the ids there of owners and territories, null where it has none."""
    records = _frame(connection, _RECORDS)
    users, names = _users(connection, sources)
    territories = _territories(connection, sources)
    held = _frame(connection, "select source, record_id, territory_id, link_id from asked.record_territories")
    keeping = held["source"].unique().to_list()
    held = held.with_columns(held_id=_bare("territory_id")).group_by("source", "record_id").agg("held_id", "link_id")
    known = pl.DataFrame(
        [{"source": s, "territory_id": t, "crm_id": c} for (s, t), c in sorted(territories.items())],
        schema={"source": pl.String, "territory_id": pl.String, "crm_id": pl.String},
    )
    people = pl.DataFrame(
        [{"source": s, "rep_id": r, "user_id": u, "user_name": names.get((s, u))} for (s, r), u in sorted(users.items())],
        schema={"source": pl.String, "rep_id": pl.String, "user_id": pl.String, "user_name": pl.String},
    )
    to_territory = {"territory_id": "to_territory_id", "crm_id": "to_crm_id"}
    from_territory = {"territory_id": "from_territory_id", "crm_id": "from_crm_id"}
    proposed = {"rep_id": "proposed_owner_rep_id", "user_id": "proposed_user_id", "user_name": "proposed_user_name"}
    today = {"rep_id": "owner_rep_id", "user_id": "owner_user_id", "user_name": "owner_user_name"}
    joined = records.join(held, on=["source", "record_id"], how="left", maintain_order="left")
    for table, columns in ((known, to_territory), (known, from_territory), (people, proposed), (people, today)):
        renamed = table.rename(columns)
        joined = joined.join(renamed, on=["source", next(iter(columns.values()))], how="left", maintain_order="left")
    is_held = pl.col("held_id").list.contains(pl.col("to_crm_id")).fill_null(False)
    moves = pl.col("is_moved") & pl.col("source").is_in(keeping) & (pl.col("to_territory_id") != "UNASSIGNED")
    joined = joined.with_columns(is_territory_to_change=moves & ~is_held)
    return joined.filter(pl.col("is_owner_to_change") | pl.col("is_territory_to_change"))


def _users(
    connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Source]
) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
    """(source, rep) -> the user's id there: as exports show, the active one first, else as the sheet says; and (source, user) -> name."""
    exported = _frame(connection, "select * from asked.users order by source, rep_id, is_active desc, user_id")
    names = {(row["source"], row["user_id"]): row["name"] for row in exported.iter_rows(named=True) if row["name"]}
    found: dict[tuple[str, str], str] = {}
    for row in exported.iter_rows(named=True):
        found.setdefault((row["source"], row["rep_id"]), row["user_id"])
    sheet = _frame(
        connection, "select rep_id, source_user_ids from rules.reps where source_user_ids is not null order by valid_from, rep_id"
    )
    for rep_id, pairs in sheet.iter_rows():
        for source, user in _pairs(pairs, sources):
            found.setdefault((source, rep_id), user)
    for rep_id in _frame(connection, "select id from answer.rep_names order by id")["id"]:
        for name, source in sources.items():
            if source.rep_ids == "company" and name not in {of for of, _ in names}:
                found.setdefault((name, rep_id), rep_id)
            elif rep_id.startswith(f"{name}:"):
                found.setdefault((name, rep_id), rep_id.removeprefix(f"{name}:"))
    return found, names


def _territories(connection: duckdb.DuckDBPyConnection, sources: Mapping[str, Source]) -> dict[tuple[str, str], str]:
    """(source, territory) -> the territory's id there."""
    found: dict[tuple[str, str], str] = {}
    for territory_id in _frame(connection, "select id from answer.territory_names order by id")["id"]:
        for name, source in sources.items():
            if source.territory_ids == "company":
                found[name, territory_id] = territory_id
            elif territory_id.startswith(f"{name}:"):
                found[name, territory_id] = territory_id.removeprefix(f"{name}:")
    sheet = _frame(
        connection,
        "select territory_id, source_territory_ids from rules.territories where source_territory_ids is not null "
        "order by valid_from, territory_id",
    )
    for territory_id, pairs in sheet.iter_rows():
        for source, theirs in _pairs(pairs, sources):
            found[source, territory_id] = theirs
    return found


def _pairs(text: str, sources: Mapping[str, Source]) -> list[tuple[str, str]]:
    """`source=id|source=id`, the ids as their systems write them."""
    found = []
    for pair in filter(None, text.split("|")):
        source, _, theirs = (part.strip() for part in pair.partition("="))
        kind = sources[source].ids if source in sources else "text"
        found.append((source, read_ids(pl.Series([theirs]), kind)[0]))
    return found


def _bare(column: str) -> pl.Expr:
    """An id without its system's name in front."""
    prefix = pl.col("source") + ":"
    return pl.when(pl.col(column).str.starts_with(prefix)).then(pl.col(column).str.strip_prefix(prefix)).otherwise(column)


def _frame(connection: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    return pl.DataFrame(pl.from_arrow(connection.sql(query).to_arrow_table()))


# ---------------------------------------------------------------------------------------------------------------------
# The files


def _one_file(name: str, rows: pl.DataFrame, form: Form) -> ProposedFile:
    owner, owner_name = _new_owner("proposed_user_id", "owner_user_id"), _new_owner("proposed_user_name", "owner_user_name")
    territory = form.territory if rows["is_territory_to_change"].any() else None
    listed = rows if territory else rows.filter("is_owner_to_change")
    columns = {form.record: _prefixed("record_id", form.prefix)}
    columns |= {form.name: pl.col("name")} if form.name else {}
    columns |= {form.owner_name: owner_name} if form.owner_name else {}
    columns |= {form.owner: pl.concat_str(pl.lit(form.prefix), owner)}
    columns |= {territory: _prefixed("to_crm_id", form.prefix)} if territory else {}
    notes = _owner_notes(listed)
    notes += _territory_notes(listed.filter("is_territory_to_change")) if territory else []
    return ProposedFile(
        name=f"proposed_moves_{name}.csv",
        rows=listed.select(**columns),
        byte_order_mark=form.byte_order_mark,
        notes=notes,
    )


def _salesforce(name: str, rows: pl.DataFrame) -> list[ProposedFile]:
    form = FORMS["salesforce"]
    owners = rows.filter("is_owner_to_change")
    moved = rows.filter("is_territory_to_change")
    gone = moved.explode("held_id", "link_id").filter(pl.col("link_id").is_not_null() & (pl.col("held_id") == pl.col("from_crm_id")))
    files = {
        "": (owners.select(pl.col("record_id").alias(form.record), pl.col("proposed_user_id").alias(form.owner)), _owner_notes(owners)),
        "_territories_add": (
            moved.select(
                ObjectId="record_id",
                Territory2Id="to_crm_id",
                AssociationCause=pl.lit("Territory2Manual"),
            ),
            _territory_notes(moved),
        ),
        "_territories_delete": (gone.select(Id="link_id"), []),
    }
    return [
        ProposedFile(name=f"proposed_moves_{name}{what}.csv", rows=listed, byte_order_mark=False, notes=notes)
        for what, (listed, notes) in files.items()
    ]


def _new_owner(proposed: str, today: str) -> pl.Expr:
    return pl.when("is_owner_to_change").then(pl.col(proposed)).otherwise(pl.col(today))


def _prefixed(column: str, prefix: str) -> pl.Expr:
    return pl.concat_str(pl.lit(prefix), column) if prefix else pl.col(column)


def _owner_notes(rows: pl.DataFrame) -> list[str]:
    """What keeps owner cells empty: nobody is named, or the person is no user there."""
    changing = rows.filter("is_owner_to_change")
    unnamed = changing.filter(pl.col("proposed_owner_rep_id").is_null()).height
    strangers = changing.filter(pl.col("proposed_owner_rep_id").is_not_null() & pl.col("proposed_user_id").is_null())
    notes = [f"{unnamed:,} record(s) without an owner: the rules name nobody; decide before you import."] if unnamed else []
    if strangers.height:
        who = _named(strangers["proposed_owner_rep_id"])
        notes.append(f"{strangers.height:,} record(s) without an owner: no user there for {who}; fill source_user_ids in reps.csv.")
    return notes


def _territory_notes(rows: pl.DataFrame) -> list[str]:
    """Territories that the CRM has no id for."""
    unknown = rows.filter(pl.col("to_crm_id").is_null())
    if unknown.is_empty():
        return []
    which = _named(unknown["to_territory_id"])
    return [f"{unknown.height:,} record(s) without a territory: no id there for {which}; fill source_territory_ids in territories.csv."]


def _named(ids: pl.Series) -> str:
    """The distinct ids, the first of them by name."""
    distinct = ids.unique().sort().to_list()
    more = f" and {len(distinct) - _NAMED:,} more" if len(distinct) > _NAMED else ""
    return ", ".join(distinct[:_NAMED]) + more
