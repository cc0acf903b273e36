"""How right and how fast places are, on real data outside the repository: one table, what is asked beside what is measured.

    python benchmarks/places.py [--rows 420000] [--pandas-rows 20000] [--runs 5] [--data FOLDER]

Three contestants find the same places, and the same judges look at them (places_truth.py): `whole` is `place_records`, what users get
(whose country it is, that country's module, the point, the cells), told nothing but the columns named; `module` is the module of the
true country alone; `pandas` is one function a row over dictionaries of the same reference tables (places_pandas.py). A set that is not
there is said to be skipped.

Speed is of one shuffled mix, half Chinese (offices and registered companies in one line, the latter with their credit codes), half
American (stores, by parts and in one line by turns). There are 71,000 such addresses; when they are used up they come again with a
number before or behind them, so that only those are equal that are equal in the files. `whole` and `pandas` run by turns in
this process, the latter on fewer rows. The tables of both are read before. Work is the processor time of all threads: it says what a
machine of its own would do while others share this one.

Not here: correctness case by case (tests/ingest/geocoding), the names' speed (cleaning.py).
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import polars as pl

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import places_pandas  # noqa: E402
from benchmarks import places_truth as truth  # noqa: E402
from ingest.geocoding.american import place_american  # noqa: E402
from ingest.geocoding.chinese import place_chinese  # noqa: E402
from ingest.geocoding.places import place_records  # noqa: E402
from ingest.geocoding.world import place_world  # noqa: E402
from ingest.geocoding.world_countries import country_of  # noqa: E402

SPEED_ASKED = 50_000  # addresses a second on two cores
SEED = 20261122


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the table: a figure of one judge. `at_least` and `at_most`: what is asked of it; neither: it is only told."""

    title: str
    judge: Callable[[Path, truth.Place], dict[str, float]]
    figure: str
    at_least: float | None = None
    at_most: float | None = None
    module: truth.Place = place_chinese

    def written(self, value: float) -> str:
        return f"{value:.2f} km" if self.figure.endswith("_km") else f"{value:.4f}" if self.figure.endswith("_f1") else f"{value:.2%}"

    def asked(self) -> str:
        if self.at_least is not None:
            return "≥ " + self.written(self.at_least)
        return "" if self.at_most is None else "≤ " + self.written(self.at_most)

    def is_met(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)


def by_country(parts: pl.DataFrame) -> pl.DataFrame:
    """Each row by American or the world's module, by its written country."""
    rows, is_american = parts.with_row_index("row"), country_of(parts) == "US"
    placed = [
        pl.concat([some.select("row"), place(some.drop("row")).select(truth.JUDGED)], how="horizontal")
        for some, place in ((rows.filter(is_american), place_american), (rows.filter(~is_american), place_world))
    ]
    return pl.concat(placed).sort("row").drop("row")


_BY_ADDRESS = partial(truth.registry, columns=("address",))
_BY_CODE = partial(truth.registry, columns=("credit_code",))
_NO_ZIP, _IN_LINE = (partial(truth.american_stores, shape=shape) for shape in ("no_zip", "line"))
_BY_NAMES = partial(truth.ambiguous, judged="by_names_code")
LINES = (
    Line(title="cn_registry: province, by address and credit code", judge=truth.registry, figure="province_right", at_least=0.995),
    Line(title="cn_registry: city", judge=truth.registry, figure="city_right", at_least=0.98),
    Line(title="cn_registry: city, of those told", judge=truth.registry, figure="city_right_of_told", at_least=0.98),
    Line(title="cn_registry: province, by address alone", judge=_BY_ADDRESS, figure="province_right", at_least=0.995),
    Line(title="cn_registry: city, by address alone", judge=_BY_ADDRESS, figure="city_right", at_least=0.98),
    Line(title="cn_registry: city, by credit code alone", judge=_BY_CODE, figure="city_right", at_least=0.98),
    *(
        Line(title=f"cn_address_labelled {part}: {tag}, F1", judge=partial(truth.labelled, part=part), figure=f"{tag}_f1", at_least=0.95)
        for part in ("dev", "train")
        for tag in ("prov", "city", "district")
    ),
    *(
        Line(title=f"us_store_locations, {shape}: {figure}", judge=judge, module=place_american, **asked)
        for shape, judge in (("by parts", truth.american_stores), ("in one line", _IN_LINE), ("without ZIP", _NO_ZIP))
        for figure, asked in (
            ("state", {"figure": "state_right", "at_least": 0.998}),
            ("median error", {"figure": "median_km", "at_most": 5.0}),
            ("90 % within", {"figure": "late_km"}),
        )
    ),
    Line(title="adventureworks: country and state", judge=truth.adventureworks, figure="right", at_least=0.99, module=by_country),
    Line(title="adventureworks: median error", judge=truth.adventureworks, figure="median_km", module=by_country),
    *(
        Line(title=f"cn_company_addresses: placed to {level}", judge=truth.placed_offices, figure=level)
        for level in ("district", "city", "region", "not at all")
    ),
    *(
        Line(title=f"200 ambiguous, {against}: {verdict.replace('_', ' ')}", judge=judge, figure=verdict)
        for against, judge in (("atlas of streets", truth.ambiguous), ("names of divisions", _BY_NAMES))
        for verdict in ("right", "too_shallow", "too_deep", "wrong")
    ),
)


def say(text: str = "") -> None:
    """One line for the person who measures."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def tell_accuracy(folder: Path) -> None:
    """The table of LINES; each judge hears each contestant once."""
    known: dict[tuple, dict[str, float]] = {}

    def figures(line: Line, name: str, place: truth.Place) -> dict[str, float]:
        judge = line.judge if not isinstance(line.judge, partial) else (line.judge.func, *line.judge.keywords.items())
        if (judge, name) not in known:
            known[judge, name] = line.judge(folder, place)
        return known[judge, name]

    say(f"{'':56}{'asked':>12}{'whole':>12}{'module':>12}{'pandas':>12}{'rows':>8}")
    for line in LINES:
        contestants = {"whole": place_records, "module": line.module, "pandas": places_pandas.place}
        try:
            found = {name: figures(line, name, place) for name, place in contestants.items()}
        except FileNotFoundError as missing:
            say(f"{line.title:56}{line.asked():>12}  skipped: {Path(missing.filename or str(missing)).name} is not there")
            continue
        told = "".join(f"{line.written(one[line.figure]):>12}" for one in found.values())
        missed = "" if line.is_met(found["whole"][line.figure]) else "  MISSED"
        say(f"{line.title:56}{line.asked():>12}{told}{found['whole']['rows']:>8}{missed}")
    tell_names(folder)


def tell_names(folder: Path) -> None:
    title = "core, form and branch of names labelled by hand"
    try:
        found = truth.name_parts(folder)
    except FileNotFoundError:
        say(f"{title:56}{'≥ 97.00%':>12}  skipped: cn_registry or finance_database is not there")
        return
    say(f"{title:56}{'≥ 97.00%':>12}{found['right']:>12.2%}{'':>24}{found['rows']:>8}{'' if found['right'] >= 0.97 else '  MISSED'}")


def mixed(folder: Path, rows: int) -> pl.DataFrame:
    """`rows` addresses in a fixed random order, half Chinese and half American."""
    offices = truth.offices(folder).to_frame().with_columns(credit_code=pl.lit(None, pl.String))
    chinese = pl.concat([offices, truth.registered(folder).select("address", "credit_code")])
    stores = truth.stores(folder).select(truth.STORE_PARTS)
    again = pl.when(pl.col("round") > 0).then(pl.col("round").cast(pl.String)).otherwise(pl.lit(""))
    chinese = _repeated(chinese, rows - rows // 2).select(pl.concat_str("address", again).alias("address"), "credit_code")
    stores = _repeated(stores, rows // 2).with_columns(street=pl.concat_str(again, "street")).drop("round").with_row_index("n")
    parts, lines = stores.filter(pl.col("n") % 2 == 0).drop("n"), stores.filter(pl.col("n") % 2 == 1)
    return pl.concat([chinese, parts, truth.in_one_line(lines)], how="diagonal").sample(fraction=1.0, shuffle=True, seed=SEED)


def _repeated(rows: pl.DataFrame, count: int) -> pl.DataFrame:
    """The rows again and again until there are `count`, with the number of the `round`."""
    numbered = pl.concat([rows] * (count // len(rows) + 1)).head(count).with_row_index("round")
    return numbered.with_columns(round=pl.col("round") // len(rows))


def tell_speed(folder: Path, rows: int, pandas_rows: int, runs: int) -> None:
    """Addresses a second of the mix, by turns."""
    try:
        mix = mixed(folder, rows)
    except FileNotFoundError as missing:
        say(f"speed  skipped: {missing} is not there")
        return
    sample = mix.head(pandas_rows)
    plain = sample.to_pandas()
    say(f"\n{rows:,} addresses, {mix.n_unique():,} different, half Chinese and half American; pandas {len(sample):,} of them; {load()}")
    contestants = {"whole": (lambda: place_records(mix), rows), "pandas": (lambda: places_pandas.place_table(plain), len(sample))}
    place_records(mix.head(1000))
    places_pandas.place_table(plain.head(100))
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    worked: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, (place, count) in contestants.items():
            start, worked_before = time.perf_counter(), time.process_time()
            place()
            speeds[name].append(count / (time.perf_counter() - start))
            worked[name].append(count / (time.process_time() - worked_before))
    medians = {name: statistics.median(found) for name, found in speeds.items()}
    work = {name: statistics.median(found) for name, found in worked.items()}
    for name, found in speeds.items():
        missed = "  MISSED" if name == "whole" and medians[name] < SPEED_ASKED else ""
        spread = f"({min(found):,.0f} to {max(found):,.0f})"
        say(f"{name:8}{medians[name]:>10,.0f} a second {spread:22}{work[name]:>10,.0f} a second of one core's work{missed}")
    times, of_work = medians["whole"] / medians["pandas"], work["whole"] / work["pandas"]
    say(f"asked {SPEED_ASKED:,} a second; {times:.0f} times as fast as pandas row by row ({of_work:.0f} times by work); {load()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=420_000)
    parser.add_argument("--pandas-rows", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    tell_accuracy(options.data)
    tell_speed(options.data, options.rows, options.pandas_rows, options.runs)


if __name__ == "__main__":
    main()
