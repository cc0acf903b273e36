"""The parts of a million company names: `read_name_parts` beside the same rules row by row in plain pandas.

    python benchmarks/names.py [--rows 1000000] [--pandas-rows 50000] [--runs 3]

The names are invented: a division, two to four characters, a trade, a legal form, every fourth one with brackets or a branch; all
different. Each contestant runs in a process of its own, by turns. `parts` is this project's reader with pinyin, `without pinyin` the same
without; `pandas` is `Series.map` of one function a name over fewer names, its time multiplied up (every name costs the same). It applies
the main rules only - legal form, branch, prefix, brackets, pinyin - so it does a little less. Peak memory is the process's own.

Not here: correctness (tests/ingest/cleaning/test_name_parts.py).
"""

import argparse
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SYLLABLES = "海天华中盛远东明达恒瑞金宏泰鑫博众联科创新源力"
PLACES = ("北京", "上海市", "山东省青岛市", "苏州", "丹阳市延陵镇", "南京市六合区", "", "成都", "京山", "佛山市南海区")
TRADES = ("科技", "贸易", "餐饮管理", "信息技术", "建筑工程", "物流", "医药连锁", "文化传媒")
FORMS = (
    "有限公司",
    "有限责任公司",
    "股份有限公司",
    "集团有限公司",
    "（北京）有限公司",
    "有限公司上海分公司",
    "有限公司第三分店",
    "合伙企业（有限合伙）",
)
USUAL = 4  # the first forms, which three of four names have


def name(number: int) -> str:
    """The name of one company: another for every number."""
    base, digits = len(SYLLABLES), number
    word = ""
    while digits or not word:
        word += SYLLABLES[digits % base]
        digits //= base
    form = FORMS[number % USUAL] if number % 4 else FORMS[USUAL + number // 4 % (len(FORMS) - USUAL)]
    return PLACES[number * 7 % len(PLACES)] + word + "禾" + TRADES[number * 5 % len(TRADES)] + form


def with_columns(rows: int, *, pinyin: bool) -> float:
    import polars as pl  # noqa: PLC0415 - each process imports what it measures, and before the clock starts

    from ingest.cleaning import name_parts  # noqa: PLC0415

    if not pinyin:
        nothing = {"pinyin": pl.lit(None, pl.String), "pinyin_initials": pl.lit(None, pl.String)}
        name_parts.read_pinyin = lambda cores: cores.to_frame("core").with_columns(**nothing).drop("core")
    names = pl.Series([name(number) for number in range(rows)])
    start = time.perf_counter()
    assert name_parts.read_name_parts(names).height == rows
    return time.perf_counter() - start


def with_pandas(rows: int, rows_read: int) -> float:
    """The main rules for one name after the other, as one would write them first."""
    import unicodedata  # noqa: PLC0415

    import opencc  # noqa: PLC0415
    import pandas as pd  # noqa: PLC0415
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    from ingest.cleaning import name_words  # noqa: PLC0415

    simplify = opencc.OpenCC("t2s").convert
    end, front, trades = re.compile(name_words.end_pattern()), re.compile(f"({name_words.places()})"), re.compile(name_words.trades())
    followed = re.compile(name_words.company_and_rest()[0])
    marks = re.compile(r"[^\w+]+")

    def read_one(written: str) -> tuple[str, ...]:
        tidy = simplify(" ".join(unicodedata.normalize("NFKC", written).split()))
        words = marks.sub(" ", tidy.lower()).strip()
        found, branch = end.search(words), ""
        core = words[: found.start()] if found and found.start() else words
        form = words[len(core) :]
        if not form and (parts := followed.match(core)):
            core, form, branch = parts.groups()
        place = front.match(core)
        if place and len(core) > place.end() + 1 and not trades.match(core[place.end() :]):
            core = core[place.end() :]
        syllables = lazy_pinyin(core)
        return tidy, place[0] if place else "", core, form, branch, "".join(syllables), "".join(one[0] for one in syllables)

    names = pd.Series([name(number) for number in range(rows_read)])
    start = time.perf_counter()
    assert len(names.map(read_one)) == rows_read
    return (time.perf_counter() - start) * rows / rows_read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pandas-rows", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    contestants = {
        "without pinyin": lambda: with_columns(options.rows, pinyin=False),
        "parts": lambda: with_columns(options.rows, pinyin=True),
        "pandas": lambda: with_pandas(options.rows, min(options.pandas_rows, options.rows)),
    }
    if options.one:
        sys.path.insert(0, str(ROOT))
        seconds = contestants[options.one]()
        sys.stdout.write(f"{seconds} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}\n")
        return
    results: dict[str, list[tuple[float, float]]] = {contestant: [] for contestant in contestants}
    arguments = ["--rows", str(options.rows), "--pandas-rows", str(options.pandas_rows)]
    for _ in range(options.runs):
        for contestant, runs in results.items():
            command = [sys.executable, __file__, *arguments, "--one", contestant]
            seconds, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
            runs.append((float(seconds), float(megabytes)))
    medians = {contestant: statistics.median(seconds for seconds, _ in runs) for contestant, runs in results.items()}
    for contestant, runs in results.items():
        spread = " ".join(f"{seconds:.1f}" for seconds, _ in sorted(runs))
        sys.stdout.write(f"{contestant:15} {medians[contestant]:7.1f} s  ({spread})  {max(megabytes for _, megabytes in runs):6.0f} MB\n")
    sys.stdout.write(f"{medians['pandas'] / medians['parts']:.1f} times as fast as pandas row by row, {options.rows} names\n")


if __name__ == "__main__":
    main()
