"""What of a company's or a person's name can be compared: its Chinese part, its words, its brand, its numbers.

Here: taking the cleaned core of a name apart for blocking and comparison, in whole columns. Not here: cleaning a name
(cleaning/name_parts.py), what two names have in common (name_comparison.py).

Chinese keeps its characters: the brand (字号) is what is left of the core when words of trades at its end are gone. A name in letters is
words in one spelling (Intl. is international, A. O. is ao, `of` says nothing). A name in both scripts has both.
"""

import csv
from functools import cache
from pathlib import Path

import polars as pl

from ingest.cleaning.name_pinyin import read_pinyin
from ingest.cleaning.name_words import alternatives, places
from ingest.cleaning.names import comparable_names

_FOLDER = Path(__file__).parent
_HAN = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
# What tells two shops of one name apart: numbers, and the points of the compass.
_NUMBER = r"第[一二三四五六七八九十百]+|[0-9]+|\b(?:north|south|east|west)(?:ern)?\b"
SOME_BRANCH = "-"  # one that has neither a number nor a name of its own
_BRANCH_WORDS = r"\b(?:branch|no|nr)\b|分公司|支公司|分店|第|号|#"
_LONG_BRAND = 3  # characters of a brand behind which a place is no part of it
_LONGEST = 300  # characters of a name that are looked at
_FEWEST_FOR_ACRONYM = 3  # words: two initials are shared by too many


def name_columns(records: pl.DataFrame) -> pl.DataFrame:
    """Per record, all text, null where there is none.

    `name` (comparable), `core`, `form`, `branch`, `han`, `brand`, `words` (in order), `bag` (sorted, without articles), `joined` (the words
    without blanks), `acronym`, `sound` and `brand_sound` (of Chinese), `numbers`, `parent` (comparable).
    """
    names = records.select(
        name=pl.col("comparable_name").str.slice(0, _LONGEST),
        core=pl.col("core_name").str.slice(0, _LONGEST),
        pinyin="pinyin",
        form="legal_form",
    ).with_columns(_branches(records))
    distinct = names.select("core").unique().drop_nulls().sort("core")
    taken = distinct.with_columns(**_taken_apart(distinct["core"]))
    parts = names.join(taken, on="core", how="left", maintain_order="left")
    sound = pl.when(pl.col("han").is_not_null()).then("pinyin")
    numbers = pl.concat_str(pl.col("name"), pl.col("branch"), separator=" ", ignore_nulls=True).str.extract_all(_NUMBER)
    parent = comparable_names(records["parent_name"]) if "parent_name" in records.columns else pl.lit(None, pl.String)
    return parts.with_columns(
        sound.alias("sound"),
        numbers.list.unique().list.sort().list.join(" ").alias("numbers"),
        pl.Series(parent).alias("parent") if isinstance(parent, pl.Series) else parent.alias("parent"),
    ).select(
        "name", "core", "form", "branch", "han", "brand", "words", "bag", "joined", "acronym", "sound", "brand_sound",
        pl.when(pl.col("numbers") != "").then("numbers").alias("numbers"), "parent",
    )  # fmt: skip


def _branches(records: pl.DataFrame) -> pl.Series:
    """The branch's number and what else it is called, in letters: #2 and 第2分公司 are `2`, 深圳分公司 is `shenzhen`, Branch Berlin 3
    `3 berlin`."""
    written = records.select(pl.when(pl.col("is_branch")).then(pl.col("branch").str.to_lowercase())).to_series()
    distinct = written.unique().drop_nulls().sort().to_frame("written")
    called = pl.col("written").str.replace_all(_BRANCH_WORDS, " ").str.replace_all("[0-9]+", " ")
    han = distinct.select(called.str.replace_all(r"\P{Script=Han}", "")).to_series()
    spoken = read_pinyin(pl.select(pl.when(han != "").then(han)).to_series())["pinyin"]
    plain = called.str.normalize("NFD").str.replace_all(r"[^\p{L}]|\p{Script=Han}", "")
    called = distinct.select(pl.concat_str(spoken.fill_null(""), plain)).to_series()
    number = distinct.select(pl.col("written").str.extract("([0-9]+)", 1).fill_null("")).to_series()
    said = pl.select(pl.concat_str(number, called, separator=" ").str.strip_chars(" ")).to_series()
    parts = distinct.with_columns(branch=pl.select(pl.when(said != "").then(said).otherwise(pl.lit(SOME_BRANCH))).to_series())
    return written.to_frame("written").join(parts, on="written", how="left", maintain_order="left")["branch"]


def _taken_apart(cores: pl.Series) -> dict[str, pl.Series]:
    """han, brand, words, bag, joined, acronym of distinct cores."""
    frame = cores.to_frame("core")
    letters = pl.col("core").str.replace_all(_HAN, " ").str.replace_all(" +", " ").str.strip_chars(" ")
    frame = frame.with_columns(
        han=_filled(pl.col("core").str.replace_all(r"(?:\P{Script=Han})", "")),
        letters=_filled(letters.str.normalize("NFD").str.replace_all(r"\p{Mn}", "").str.normalize("NFC")),
    )
    trades = rf"{trade_words()}+$"
    # A place in brackets says where: 云孚科技（北京）有限公司, 贝壳找房（北京）科技有限公司.
    without_place = pl.col("han").str.replace(rf"({trade_words()}){places()}$", "${1}")
    bare = without_place.str.replace(trades, "").str.replace(rf"^(.{{{_LONG_BRAND},}}?){places()}$", "${1}")
    is_trade = (bare == "") & pl.col("letters").is_not_null()  # LeetCode 中国: the letters are the name
    frame = frame.with_columns(brand=pl.when(bare.str.len_chars() >= 2).then(bare).when(~is_trade).then("han"))
    # Initials stand together: `a o smith` and `ao smith` are one. Twice, for initials overlap.
    initials = r"(^| )(\p{L}) (\p{L})($| )"
    words = (
        pl.col("letters").str.replace_all(initials, "${1}${2}${3}${4}").str.replace_all(r"(^| )(\p{L}{2}) (\p{L})($| )", "${1}${2}${3}${4}")
    )
    frame = frame.with_columns(words=words).with_columns(tokens=pl.col("words").str.split(" "))
    one_spelling = pl.element().replace(one_spellings())
    telling = pl.element().filter(~pl.element().is_in(list(articles())))
    frame = frame.with_columns(tokens=pl.col("tokens").list.eval(one_spelling))
    frame = frame.with_columns(telling=pl.col("tokens").list.eval(telling)).with_columns(
        telling=pl.when(pl.col("telling").list.len() > 0).then("telling").otherwise("tokens")
    )
    acronym = pl.col("telling").list.eval(pl.element().str.slice(0, 1)).list.join("")
    return frame.select(
        han=without_place,
        brand="brand",
        brand_sound=read_pinyin(frame["brand"])["pinyin"],
        words=pl.col("tokens").list.join(" "),
        bag=pl.col("telling").list.sort().list.join(" "),
        joined=pl.col("telling").list.join(""),
        acronym=pl.when(pl.col("telling").list.len() >= _FEWEST_FOR_ACRONYM).then(acronym),
    ).to_dict(as_series=True)


def _filled(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


@cache
def trade_words() -> str:
    """A pattern for one word of a trade in Chinese, the longest that fits first."""
    with (_FOLDER.parent / "cleaning" / "generic_words.csv").open(encoding="utf-8", newline="") as file:
        return alternatives([*(row["word"] for row in csv.DictReader(file)), *(row["word"] for row in _rows("trade_words.csv"))])


@cache
def articles() -> frozenset[str]:
    """Words that say nothing in a name: the, of, und; and legal forms that stand inside it: Kroger Company (The)."""
    return frozenset(row["word"] for row in _rows("common_words.csv") if row["kind"] in ("article", "form"))


@cache
def common_words() -> frozenset[str]:
    """Words in letters that many companies bear: group, holdings, medical; places and articles too."""
    return frozenset(row["word"] for row in _rows("common_words.csv"))


@cache
def place_words() -> frozenset[str]:
    """Countries, states and large cities, as they are written in names: ... of California."""
    return frozenset(row["word"] for row in _rows("common_words.csv") if row["kind"] == "place")


@cache
def one_spellings() -> dict[str, str]:
    """Abbreviation -> the word it stands for; one that stands for several takes the first of them."""
    found: dict[str, str] = {}
    for row in _rows("word_variants.csv"):
        if row["kind"] == "abbreviation":
            found.setdefault(row["written"], row["stands_for"])
    return found


@cache
def nicknames() -> dict[str, frozenset[str]]:
    """Short form of a given name -> the names it may stand for."""
    found: dict[str, set[str]] = {}
    for row in _rows("word_variants.csv"):
        if row["kind"] == "nickname":
            found.setdefault(row["written"], set()).add(row["stands_for"])
    return {short: frozenset(names) for short, names in found.items()}


def _rows(table: str) -> list[dict[str, str]]:
    with (_FOLDER / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
