"""Entity resolution at scale: from cleaned columns to ids, then a night with 1 % changed, for several sizes of the demo company.

    python benchmarks/resolution_scale.py [--customers 690000] [--cache .benchmarks/scale] [--sizes 0.1 1.0] [--copies 1] [--runs 1]
        [--peers-dir DIR]

Writes the demo company once (690,000 customers are a million records; 27 minutes of two cores), cleans and places its records, and keeps
that in the cache. Each measurement is a process of its own, started on the cleaned columns: evidence, blocking, comparing, scoring, groups
and ids, with the state written to a DuckDB file; then 1 % of the records with another record's telephone number and e-mail address, and
the same steps again. Printed: seconds a step, peak memory of the process, pairs, core-seconds per million pairs compared, the night's
share of the full run (fixed start-up left out), precision and recall against the demo's truth.

Sizes above those of the cache are made with --copies: every copy of the records has other brands, telephone numbers, domains and codes, in
the same towns and streets, so that it holds other companies of the same kind. That is for seconds and memory: streets are three times as
full then, and names in letters no longer sound like the Chinese ones, so precision and recall say little.

With --peers-dir Splink 5 follows on the same profiles and the same blocking keys, in an environment of its own below that folder
(peers/splink_scale.py). It is given names and addresses taken apart and the keys; ours makes both within its seconds.

Not here: accuracy beside the peers (resolution.py), cleaning (cleaning.py).
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[1]
SLICE = 200_000
CHANGED = 0.01
DAY = date(2026, 11, 22)


def prepare(folder: Path, customers: int) -> None:
    """truth.parquet, and clean_*.parquet and places_*.parquet in slices, below `folder`; nothing where they are there."""
    if (folder / "ready").exists():
        return
    sys.path.insert(0, str(ROOT))
    from benchmarks.resolution_sets import demo  # noqa: PLC0415 - only the first run needs it
    from ingest.resolution.rows import clean_rows  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    found = demo(customers)
    found.truth.write_parquet(folder / "truth.parquet")
    for start in range(0, len(found.records), SLICE):
        clean, places = clean_rows(found.records.slice(start, SLICE))
        clean.write_parquet(folder / f"clean_{start:09d}.parquet")
        places.write_parquet(folder / f"places_{start:09d}.parquet")
    (folder / "ready").touch()


def write_profiles(connection, limits: dict[str, int], path: Path) -> None:
    """What Splink is given: a profile's parts, its records, and `keys`, the values of all keys that are used for it."""
    import polars as pl  # noqa: PLC0415

    from ingest.resolution.blocking_keys import KINDS  # noqa: PLC0415

    most = pl.DataFrame({"kind": [KINDS.index(kind) for kind in limits], "most": list(limits.values())}).to_arrow()  # noqa: F841
    connection.execute(
        f"""
        copy (
            with sizes as (select kind, value, count(*) as size from resolution.block_keys group by kind, value),
            used as (
                select k.n, hash(k.kind, k.value) as key
                from resolution.block_keys as k
                join sizes as s on k.kind = s.kind and k.value = s.value
                join most as m on k.kind = m.kind
                where s.size > 1 and s.size <= m.most
            ),
            keyed as (select n, list(key order by key) as keys from used group by n),
            whose as (select n, list(record_id) as records from resolution.profile_records group by n)
            select p.n, p.core as name, p.phone, p.email, p.domain, p.address, p.city, p.credit_code, coalesce(k.keys, []) as keys,
                w.records
            from resolution.profiles as p join whose as w on p.n = w.n left join keyed as k on p.n = k.n
            order by p.n
        ) to '{path}'
        """
    )


def other_companies(clean, copy: int):
    """The cleaned records as those of other companies: brands, numbers, domains and codes changed one to one. Copy 0 is the records."""
    import polars as pl  # noqa: PLC0415

    from ingest.cleaning.name_pinyin import read_pinyin  # noqa: PLC0415
    from ingest.resolution.name_evidence import trade_words  # noqa: PLC0415

    if not copy:
        return clean
    names = clean["core_name"].str.join("").item() or ""
    brands = sorted({one for one in names if "\u4e00" <= one <= "\u9fff"} - set(trade_words()))
    free = [chr(code) for code in range(0x4E00, 0x9F00, 7) if chr(code) not in names]
    han = {one: free[(place + 331 * copy) % len(free)] for place, one in enumerate(brands)}
    letters = {chr(97 + place): chr(97 + (place + 5 * copy) % 26) for place in range(26)}
    digits = {str(digit): str((digit + copy) % 10) for digit in range(10)}

    def changed(text: pl.Expr, *tables: dict[str, str]) -> pl.Expr:
        every = {one: other for table in tables for one, other in table.items()}
        return text.str.replace_many(list(every), list(every.values()))

    core = clean.select(changed(pl.col("core_name"), han, letters)).to_series()
    return clean.with_columns(
        pl.format("{}-{}", "record_id", pl.lit(copy)).alias("record_id"),
        core.alias("core_name"),
        read_pinyin(core)["pinyin"].alias("pinyin"),
        *(changed(pl.col(name), han, letters).alias(name) for name in ("comparable_name", "domain", "email", "parent_name")),
        *(changed(pl.col(name), digits).alias(name) for name in ("phone", "phone_raw", "credit_code")),
    )


def measure(folder: Path, share: float, export: Path | None = None, copies: int = 1) -> dict[str, object]:
    """One full run on a share of the records and one night after it, in this process. `export`: where Splink's table is written to."""
    import duckdb  # noqa: PLC0415 - imports are start-up, and before the clock starts
    import polars as pl  # noqa: PLC0415

    from ingest.resolution.evidence import KEY, READ_COLUMNS, READ_PLACES, record_evidence  # noqa: PLC0415
    from ingest.resolution.groups import Decided, find_groups  # noqa: PLC0415
    from ingest.resolution.identity import identify, record_periods  # noqa: PLC0415
    from ingest.resolution.parameters import default_parameters  # noqa: PLC0415
    from ingest.resolution.population import Population  # noqa: PLC0415
    from ingest.tables import TABLES  # noqa: PLC0415

    parameters = default_parameters()
    nobody = pl.DataFrame(schema=dict.fromkeys(KEY, pl.String))
    was = pl.DataFrame(pl.from_arrow(TABLES["resolved.customer_records"].arrow_schema.empty_table()))
    led = pl.DataFrame(pl.from_arrow(TABLES["resolved.customer_id_redirects"].arrow_schema.empty_table()))
    paths = sorted(folder.glob("clean_*.parquet"))
    paths = paths[: max(1, round(len(paths) * share))]
    written = [
        (
            other_companies(pl.read_parquet(path, columns=[*KEY, *READ_COLUMNS]), copy),
            pl.read_parquet(path.with_name(path.name.replace("clean", "places")), columns=[*KEY, *READ_PLACES]).with_columns(
                pl.format("{}-{}", "record_id", pl.lit(copy)).alias("record_id") if copy else "record_id"
            ),
        )
        for copy in range(copies)
        for path in paths
    ]
    used_cores = resource.getrusage(resource.RUSAGE_SELF)
    seconds: dict[str, float] = {}

    def timed(name: str, start: float) -> float:
        seconds[name] = round(time.perf_counter() - start, 2)
        return time.perf_counter()

    with tempfile.TemporaryDirectory() as place, duckdb.connect(f"{place}/state.duckdb") as connection:
        begun = start = time.perf_counter()
        evidence = pl.concat(record_evidence(*written.pop(0)) for _ in range(len(written)))
        start = timed("evidence", start)
        people = Population(connection, parameters)
        connection.begin()
        taken = people.take(evidence, nobody)
        connection.commit()
        start = timed("blocking, comparing, scoring", start)
        members, identity = _groups_and_ids(people, parameters, was, led, find_groups, Decided, identify)
        start = timed("groups and ids", start)
        full = time.perf_counter() - begun
        after = resource.getrusage(resource.RUSAGE_SELF)
        cores = after.ru_utime + after.ru_stime - used_cores.ru_utime - used_cores.ru_stime
        peak = after.ru_maxrss
        if export is not None:
            write_profiles(connection, taken.limits, export)
        was = record_periods(
            members.join(identity.customer_ids, on="group").select(*KEY, "customer_id", match_reason=pl.lit(""), first_day=pl.lit(DAY)),
            was, identity.redirects, as_of_date=DAY, calendar_start=DAY,
        )  # fmt: skip
        count = int(len(evidence) * CHANGED)
        other = evidence.sample(count, seed=2)
        changed = evidence.sample(count, seed=1).with_columns(phone=other["phone"], email=other["email"])
        begun = time.perf_counter()
        connection.begin()
        again = people.take(changed, nobody)
        connection.commit()
        start = timed("night: blocking, comparing, scoring", begun)
        _groups_and_ids(people, parameters, was, identity.redirects, find_groups, Decided, identify)
        timed("night: groups and ids", start)
        night = time.perf_counter() - begun
    return {
        "records": len(evidence),
        "seconds": seconds,
        "full_seconds": round(full, 1),
        "night_seconds": round(night, 2),
        "night_share": round(night / full, 4),
        "peak_gb": round(peak / 1e6, 2),
        "pairs": taken.compared,
        "core_seconds_per_million_pairs": round(cores / taken.compared * 1e6, 1),
        "night_pairs": again.compared,
        "blocks_refused": int(taken.refused["blocks"].sum()),
    } | _accuracy(folder, members)


def _groups_and_ids(people, parameters, was, led, find_groups, decided, identify):
    found = find_groups(people, decided(), parameters)
    members = found.members.select("source", "record_id", "group")
    return members, identify(members, was, led, as_of_date=DAY)


def _accuracy(folder: Path, members) -> dict[str, float]:
    """Pairwise precision, recall and F1 against the truth."""
    import polars as pl  # noqa: PLC0415

    truth = pl.read_parquet(folder / "truth.parquet")
    copy = members["record_id"].str.extract(r"-([1-9])$", 1).fill_null("0")
    joined = members.with_columns(pl.col("record_id").str.replace(r"-[1-9]$", ""), copy=copy).join(truth, on="record_id")
    joined = joined.with_columns(cluster=pl.concat_str("cluster", "copy", separator="-"))

    def pairs(*columns: str) -> int:
        sizes = joined.group_by(columns).len()["len"]
        return int((sizes.cast(pl.Int64) * (sizes.cast(pl.Int64) - 1) // 2).sum())

    both, found, true = pairs("group", "cluster"), pairs("group"), pairs("cluster")
    precision, recall = both / max(found, 1), both / max(true, 1)
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(2 * precision * recall / (precision + recall), 4)}


def measure_splink(folder: Path, share: float, peers: Path, copies: int) -> dict[str, object]:
    """The same records, from profiles and keys to groups, by Splink 5."""
    import polars as pl  # noqa: PLC0415

    from benchmarks.resolution_peers import PEERS, SCRIPTS, prepare  # noqa: PLC0415

    python = prepare(next(peer for peer in PEERS if peer.name == "splink"), peers)
    with tempfile.TemporaryDirectory() as place:
        profiles = Path(place) / "profiles.parquet"
        ours = _in_a_process(folder, share, profiles, copies)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([str(python), str(SCRIPTS / "splink_scale.py"), str(profiles), place], check=True, capture_output=True, cwd=place)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = json.loads((Path(place) / "told.json").read_text("utf-8"))
        whose = pl.read_parquet(profiles, columns=["n", "records"]).explode("records").rename({"records": "record_id"})
        members = whose.join(pl.read_parquet(f"{place}/groups.parquet").select(pl.col("n").cast(pl.Int64), group="customer"), on="n")
    cores = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    splink = {"seconds": told["seconds"], "total_seconds": told["total"], "core_seconds": round(cores, 1)} | _accuracy(folder, members)
    return ours | {f"Splink 5: {name}": value for name, value in splink.items()}


def _in_a_process(folder: Path, share: float, export: Path | None, copies: int) -> dict[str, object]:
    command = [sys.executable, __file__, "--customers", folder.name, "--cache", str(folder.parent), "--one", str(share)]
    command += ["--copies", str(copies)]
    if export is not None:
        command += ["--export", str(export)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=None)
    if done.returncode:
        sys.stdout.write(done.stderr)
        raise SystemExit(1)
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=690_000)
    parser.add_argument("--cache", type=Path, default=ROOT / ".benchmarks" / "scale")
    parser.add_argument("--sizes", type=float, nargs="+", default=[0.1, 1.0], help="shares of the records")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--copies", type=int, default=1, choices=range(1, 10), help="how often the records, as other companies")
    parser.add_argument("--peers-dir", type=Path, help="also measure Splink, in an environment kept in this folder")
    parser.add_argument("--one", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--export", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder = arguments.cache / str(arguments.customers)
    if arguments.one is not None:
        sys.stdout.write(json.dumps(measure(folder, arguments.one, arguments.export, arguments.copies)))
        return
    prepare(folder, arguments.customers)
    for share in arguments.sizes:
        for _ in range(arguments.runs):
            peers = arguments.peers_dir
            said = (
                _in_a_process(folder, share, None, arguments.copies)
                if peers is None
                else measure_splink(folder, share, peers.resolve(), arguments.copies)
            )
            for name, value in said.items():
                sys.stdout.write(f"{name:32} {value}\n")
            sys.stdout.write("\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
