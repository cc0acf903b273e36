"""`bailiwick resolve`: which records of one file of customers are the same customer, without a company home and without the network.

Here: reading the file, the order of a load, the state between loads, writing the result and what was refused. Not here: any rule of
resolving, what the state holds (ingest/resolution).

Everything that a load changes in the state is one transaction, and it ends before a result is shown: whoever is killed finds the state of
before, or the state of after and loads the same file again, which changes nothing and writes the result anew.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from ingest.clock import now
from ingest.errors import FileRefused, HomeLocked
from ingest.landing.content import BadRow
from ingest.landing.single_files import COLUMNS, SingleFile, read_single_file, write_refused
from ingest.resolution.completeness import Completeness
from ingest.resolution.evidence import KEY
from ingest.resolution.groups import Decided, Groups, find_groups
from ingest.resolution.identity import Identity, identify, record_periods
from ingest.resolution.judgements import JudgementsRead, in_force, read_judgements, remember
from ingest.resolution.parameters import default_parameters, read_parameters
from ingest.resolution.population import Taken
from ingest.resolution.rows import RowState, named_pairs
from orchestration.steps import StepLog

NO_SOURCE = "file"
"""The source of records that name none; judgements call it so."""
STATE = "resolution.duckdb"
"""The file of a state, in its folder."""
RESULTS = ("customers.parquet", "pairs.parquet", "redirects.parquet", "report.json", "refused.csv")
"""What a folder of results holds; refused.csv only if rows were refused."""
_HALF = ".writing"
_REASON = "Resolved."


@dataclass(frozen=True, kw_only=True)
class ResolveReport:
    """What became of a file, and of all records known.

    rows_in = rows_out + rows_refused, rows that say exactly the same counted once; `rows_identical`: how many more of these stood in the
    file. `records`, `customers`: of the result, with a state also those of earlier loads. `minted`, `retired`, `redirects`: ids of this
    load. `pair_completeness`: what share of the pairs that belong together is estimated to have been compared at all, and by which keys.
    `pairs`: by verdict. `cuts`: pairs that look the same and are not one customer, by cause. `is_rebuilt`: another version had written the
    state, so all records were compared anew.
    """

    file: Path
    out: Path
    state: Path | None
    as_of_date: date
    rows_in: int
    rows_out: int
    rows_refused: int
    rows_identical: int
    unknown_columns: list[str]
    records: int
    records_new: int
    records_changed: int
    customers: int
    minted: int
    retired: int
    redirects: list[dict[str, Any]]
    pairs: dict[str, int]
    cuts: dict[str, int]
    pair_completeness: dict[str, Any]
    block_limits: dict[str, int]
    refused_blocks: list[dict[str, Any]]
    judgement_issues: list[dict[str, Any]]
    parameters: dict[str, Any]
    is_rebuilt: bool
    seconds: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class _Loaded:
    """What a load came to, before anything of it is written. `changed`: source, record_id, is_new."""

    changed: pl.DataFrame
    taken: Taken
    completeness: Completeness
    found: Groups
    identity: Identity
    new_redirects: pl.DataFrame
    issues: pl.DataFrame


def resolve(
    file: Path,
    out: Path,
    *,
    state: Path | None = None,
    judgements: Path | None = None,
    as_of_date: date | None = None,
    parameters_file: Path | None = None,
    steps: StepLog | None = None,
) -> ResolveReport:
    """Write RESULTS into the folder `out`: who of the records in `file` is the same customer, and why.

    `state`: a folder in which records, ids and judgements are kept; the records of the file are added to those of earlier loads or take
    their place by source and record_id, and the result holds all. `judgements`: a file as judgements.csv; with a state it is remembered.
    `as_of_date`: the day on which ids change; by default the present one.
    `parameters_file`: weights and limits instead of the program's; with other ones than the last load had, all records of the state are
    compared anew. Raises FileRefused, ParametersInvalid, HomeInvalid (judgements), HomeLocked (state).
    """
    steps, day = steps or StepLog(), as_of_date or now().date()
    parameters = read_parameters(parameters_file) if parameters_file else default_parameters()
    _check_places(file, out, state, judgements)
    with steps.step("read the file") as step:
        read = read_single_file(file)
        rows, refused, identical = _one_row_a_key(read)
        said = read_judgements(judgements) if judgements else None
        step.rows_in, step.rows_out = len(rows) + len(refused), len(rows)
    with _whole(out) as half, _database(state, half / "spill") as connection:
        kept = RowState(connection, parameters)
        _check_day(kept.newest_day, day)
        loaded = _load(kept, rows, said, day, steps)
        with steps.step("write the result"):
            members = loaded.found.members.join(loaded.identity.customer_ids, on="group", how="left").sort(KEY)
            pairs = named_pairs(loaded.found, size=loaded.taken.profiles, parameters=parameters)
            named = ["source"] if "source" in read.frame.columns or kept.sources() != [NO_SOURCE] else []
            members.select("record_id", "customer_id", *named).write_parquet(half / "customers.parquet")
            pairs.write_parquet(half / "pairs.parquet")
            redirects = loaded.identity.redirects.select("old_customer_id", "customer_id", "cause", "happened_on")
            redirects.write_parquet(half / "redirects.parquet")
            write_refused(refused, half / "refused.csv")
        report = ResolveReport(
            file=file,
            out=out,
            state=state,
            as_of_date=day,
            rows_in=len(rows) + len(refused),
            rows_out=len(rows),
            rows_refused=len(refused),
            rows_identical=identical,
            unknown_columns=read.unknown,
            records=len(members),
            records_new=int(loaded.changed["is_new"].sum()),
            records_changed=int((~loaded.changed["is_new"]).sum()),
            customers=members["customer_id"].n_unique(),
            minted=loaded.identity.minted_count,
            retired=len(loaded.new_redirects),
            redirects=loaded.new_redirects.select("old_customer_id", "customer_id", "cause").to_dicts(),
            pairs=_counted(pairs["verdict"]),
            cuts=_counted(loaded.found.cuts["cause"]),
            pair_completeness={
                "share": loaded.completeness.share,
                "detail": loaded.completeness.detail,
                "by_kind": loaded.completeness.by_kind.to_dicts(),
            },
            block_limits=loaded.taken.limits,
            refused_blocks=loaded.taken.refused.to_dicts(),
            judgement_issues=loaded.issues.to_dicts(),
            parameters={"version": parameters.version, "dated": parameters.dated},
            is_rebuilt=kept.is_rebuilt,
            seconds={step.name: round(step.seconds, 2) for step in steps.steps},
        )
        (half / "report.json").write_text(json.dumps(asdict(report), ensure_ascii=False, default=str, indent=2) + "\n", encoding="utf-8")
    return report


def _load(kept: RowState, rows: pl.DataFrame, said: JudgementsRead | None, day: date, steps: StepLog) -> _Loaded:
    """Take the rows in, and find who is who and under which id."""
    with steps.step("find what changed") as step:
        ledger_before, known_before = kept.ledger, kept.keys()
        changed = kept.put(rows)
        ledger = ledger_before if said is None else remember(ledger_before, said)
        judged_before, judged = in_force(ledger_before, known_before), in_force(ledger, kept.keys())
        apart = judged.apart
        # A record that somebody says is another than its twin must stand for itself, and no longer when that is taken back.
        moved = pl.concat([judged_before.apart, apart]).filter(pl.len().over(KEY) == 1)
        step.rows_in, step.rows_out = len(rows), len(changed)
    with steps.step("clean and place") as step:
        at = steps.progress(step.name)
        keys = None if kept.is_rebuilt else pl.concat([changed.select(KEY), moved])
        evidence = kept.evidence(keys, lambda done, total: at("", done, total))
        step.rows_in = step.rows_out = len(evidence)
    with steps.step("compare") as step:
        at, completeness = steps.progress(step.name), list[Completeness]()

        def on_blocks(found: Completeness) -> None:
            completeness.append(found)
            at(found.detail, 0, 0)

        taken = kept.people.take(evidence, evidence.head(0).select(*KEY), apart=apart, on_blocks=on_blocks)
        step.note = f"{taken.compared:,} pairs"
    with steps.step("group") as step:
        found = find_groups(kept.people, Decided(same=judged.same, different=judged.different), kept.people.parameters)
        step.rows_in, step.rows_out = len(found.members), found.members["group"].n_unique()
    with steps.step("give ids"):
        records_before, redirects_before = kept.records, kept.redirects
        members = found.members.select(*KEY, "group")
        identity = identify(members, records_before, redirects_before, as_of_date=day, pins=judged.pins)
        current = members.join(identity.customer_ids, on="group", how="left").select(
            *KEY, "customer_id", match_reason=pl.lit(_REASON), first_day=pl.lit(None, dtype=pl.Date)
        )
        periods = record_periods(current, records_before, identity.redirects, as_of_date=day, calendar_start=day)
        kept.keep(records=periods, redirects=identity.redirects, ledger=ledger, as_of_date=day)
    issues = [judged.issues, identity.issues] if said is None else [said.issues, judged.issues, identity.issues]
    return _Loaded(
        changed=changed,
        taken=taken,
        completeness=completeness[0],
        found=found,
        identity=identity,
        new_redirects=identity.redirects.join(redirects_before, on="old_customer_id", how="anti").sort("old_customer_id"),
        issues=pl.concat(issues).unique(["judgement_id", "issue"], keep="first", maintain_order=True),
    )


def _counted(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts().sort(values.name).iter_rows())


# Input


def _one_row_a_key(read: SingleFile) -> tuple[pl.DataFrame, list[BadRow], int]:
    """The rows with every column of COLUMNS, one for each source and record_id: the last; all refused rows, with earlier ones that say
    something else; how many rows were left out because they say the same."""
    known = set(read.frame.columns)
    rows = read.frame.select(pl.col(name) if name in known else pl.lit(None, dtype=pl.String).alias(name) for name in COLUMNS)
    rows = rows.with_columns(pl.col("source").fill_null(NO_SOURCE), row_number=read.row_numbers)
    distinct = rows.unique(COLUMNS, keep="last").sort("row_number")
    last = distinct.unique(KEY, keep="last", maintain_order=True)
    earlier = distinct.join(last, on="row_number", how="anti").join(last.select(*KEY, counts="row_number"), on=KEY, maintain_order="left")
    columns = [name for name in COLUMNS if name in known]
    twice = [
        BadRow(
            row_number=row["row_number"],
            code="duplicate_key",
            reason=f"row {row['counts']} has the same source and record_id and counts instead",
            cells=[row[name] or "" for name in columns],
        )
        for row in earlier.iter_rows(named=True)
    ]
    refused = sorted([*read.refused, *twice], key=lambda row: (row.row_number, row.code))
    return last.drop("row_number"), refused, len(rows) - len(distinct)


def _check_places(file: Path, out: Path, state: Path | None, judgements: Path | None) -> None:
    """Raises FileRefused for folders that cannot be, before any work is done."""
    for option, folder in (("--out", out), ("--state", state)):
        if folder is None:
            continue
        if folder.exists() and not folder.is_dir():
            raise FileRefused(
                "no_folder", f"FileRefused: {folder} is a file.\n  Expected: {option} names a folder; it is made if it is not there."
            )
        if not folder.resolve().parent.is_dir():
            raise FileRefused("no_folder", f"FileRefused: there is no folder {folder.parent} to make {folder.name} in. Make it first.")
    if judgements is not None and not judgements.is_file():
        raise FileRefused(
            "no_file",
            f"FileRefused: there is no file {judgements}.\n  Expected: --judgements names a CSV file as judgements.csv of a company home.",
        )
    taken = {(out / name).resolve() for name in RESULTS}
    for name in (file, judgements):
        if name is not None and name.resolve() in taken:
            raise FileRefused("same_file", f"FileRefused: the result would take the place of {name}. Give --out another folder.")


def _check_day(newest: date | None, day: date) -> None:
    if newest is not None and day < newest:
        raise FileRefused(
            "earlier_day",
            f"FileRefused: the state is as of {newest}, and {day} is earlier; nothing in it was touched.\n"
            f"  Expected: --as-of {newest} or a later day. What ids were on an earlier day cannot be written anew.",
        )


# State and result


@contextmanager
def _database(state: Path | None, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An open transaction on the state, or on a database in memory; committed at the end, forgotten if anything goes wrong.

    `spill`: the folder for what does not fit into memory; DuckDB would take one in the folder where the command was called.
    """
    with duckdb.connect(config={"temp_directory": str(spill)}) as connection:
        if state is not None:
            _attach(connection, state)
        connection.begin()
        yield connection
        connection.commit()


def _attach(connection: duckdb.DuckDBPyConnection, state: Path) -> None:
    """Use the file of the state: under a name of its own, since DuckDB takes `resolution.x` for either a file's or a schema's x."""
    path = state / STATE
    try:
        state.mkdir(exist_ok=True)
        connection.execute(f"attach '{str(path).replace(chr(39), 2 * chr(39))}' as state")
    except OSError as error:
        raise FileRefused("unreadable", f"FileRefused: the state cannot be kept in {state}.\n  It says: {error}") from error
    except duckdb.Error as error:
        says = str(error).splitlines()[0]
        if "lock" in says:
            raise HomeLocked(
                f"HomeLocked: the state in {state} is in use by another process, and one at a time may change it.\n  It says: {says}\n"
                "  Wait until that one has ended, then run this again."
            ) from error
        raise FileRefused(
            "no_state",
            f"FileRefused: {path} cannot be read as a state; nothing in it was touched.\n  It says: {says}\n"
            "  If a newer version wrote it, use that one. Otherwise put the file back from a backup, or give --state another folder.",
        ) from error
    connection.execute("use state")


@contextmanager
def _whole(out: Path) -> Iterator[Path]:
    """A folder to write the result into. In the end its files take their places in `out`; if anything goes wrong, none does."""
    is_new, half = not out.exists(), out / _HALF
    try:
        out.mkdir(exist_ok=True)
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
    except OSError as error:
        raise FileRefused("not_written", f"FileRefused: the result cannot be written into {out}.\n  It says: {error}") from error
    try:
        yield half
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        if is_new:
            with suppress(OSError):  # a state may lie in it
                out.rmdir()
        raise
    for name in RESULTS:
        if (half / name).exists():
            (half / name).replace(out / name)
        else:
            (out / name).unlink(missing_ok=True)
    shutil.rmtree(half)


def told(report: ResolveReport) -> list[str]:
    """The report in lines for people."""
    pairs = ", ".join(f"{count:,} {verdict}" for verdict, count in report.pairs.items()) or "none"
    lines = [
        f"{report.records:,} records are {report.customers:,} customers; {report.out} holds {', '.join(RESULTS[:4])}.",
        f"  rows of the file   {report.rows_out:,} used of {report.rows_in:,}; {report.records_new:,} records new, "
        f"{report.records_changed:,} changed",
        f"  pairs              {pairs}",
        f"  customer ids       {report.minted:,} new, {report.retired:,} retired (redirects.parquet says to which they lead)",
    ]
    if report.cuts:
        lines.append("  kept apart         " + ", ".join(f"{count:,} pairs: {cause}" for cause, count in report.cuts.items()))
    if report.refused_blocks:
        blocks = ", ".join(f"{block['blocks']:,} of {block['kind']}" for block in report.refused_blocks)
        lines.append(f"  too common to use  {blocks} (values shared by more records than report.json allows for that kind)")
    if report.rows_identical:
        lines.append(f"{report.rows_identical:,} more rows say exactly what another row says, and count once.")
    if report.rows_refused:
        lines.append(f"{report.rows_refused:,} rows could not be used; {report.out / 'refused.csv'} says why.")
    if report.is_rebuilt:
        lines.append(
            "The state was written by another version of the program or of its parameters: all records were compared anew; ids stayed."
        )
    if report.unknown_columns:
        lines.append(f"Columns left alone: {', '.join(report.unknown_columns)}.")
    return lines + [f"Judgement, {issue['issue']}: {issue['detail']}" for issue in report.judgement_issues]
