"""Industries (行业) as people and CRMs write them -> GB/T 4754-2017 and NAICS 2017, with how sure it is.

Here: codes written as such, the standard's own names, words of CRMs' lists and of the trade (industry_words.csv), and what such a word is
part of. Not here: what a company calls its industries (rules/industries.csv), size bands (bands.py).

gbt4754.csv holds sections (A to T) and divisions (two digits) of GB/T 4754-2017, which is as deep as territory rules go, each with the
NAICS 2017 code that holds most of it; the pairs are our own reading of both standards. Nothing is guessed from likeness of letters: a word
is known, or part of a text that holds a known word, or it is not.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from ingest.values.reading import trimmed

SCHEMA = {"gbt4754_code": pl.String, "naics_code": pl.String, "confidence": pl.Float64, "problem": pl.String}
CONTAINED = 0.7  # 2026-11-22: times the word's own confidence where the text holds more than the word
_SURE = 1.0
_NAMED = 0.95  # the standard's own names, which companies also use loosely
_FROM_NAICS = 0.8  # the other way round several divisions share a NAICS code
_FOLDER = Path(__file__).parent
_CODE = re.compile(r"([A-T])\s*([0-9]{2})?[0-9]{0,2}(?![A-Za-z0-9])")
_NAICS = re.compile(r"[1-9][0-9]{4,5}(?![0-9])|(?:31-33|44-45|48-49)(?![0-9])")
_DIVISION = re.compile(r"[A-T][0-9]{2}")
_BARE_DIGITS = re.compile(r"[0-9]{1,4}")
_BETWEEN = re.compile(r"\s*(?:[/|>＞;；、]|--|—|\s-\s|-(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])-)\s*")
_ENDINGS = re.compile(r"(?:行业|产业|领域|企业|类|业|相关| industry| industries| sector| services?)$")
_UNSPECIFIED = frozenset(
    (
        "other", "others", "misc", "miscellaneous", "none", "n/a", "na", "unknown", "-", "其他", "其它", "其他行业",
        "其它行业", "无", "未知", "不详", "待定", "sonstige",
    )
)  # fmt: skip
_MOST_CHARACTERS = 200  # a longer text is a description and no industry


class Industry(NamedTuple):
    """What is known of one text."""

    gbt4754_code: str | None
    naics_code: str | None
    confidence: float | None
    problem: str | None


def company_industries(rules: pa.Table, on: date) -> dict[str, Industry]:
    """What the company's own list (rules.industries, the rows that hold on a day) says of each of its words, folded.

    A code of the standard counts as it is, surely; a code of the company's own tree leads to what the row's name is read as, else its
    parent's. A word whose row leads nowhere is not in it.
    """
    rows = {
        _folded(row["industry"]): row
        for row in rules.sort_by([("industry", "ascending"), ("valid_from", "ascending")]).to_pylist()
        if row["valid_from"] <= on and (row["valid_to"] is None or on < row["valid_to"])
    }
    found: dict[str, Industry] = {}
    for word in rows:
        seen: set[str] = set()
        at = word
        while at in rows and at not in seen and word not in found:
            seen.add(at)
            # A letter alone is as likely the company's own: M for Manufacturing, which the standard calls C.
            coded = _by_code(rows[at]["industry_code"]) if _DIVISION.fullmatch(rows[at]["industry_code"]) else None
            read = coded or read_industry(rows[at]["industry_name"])
            if read.gbt4754_code:
                found[word] = read
            at = _folded(rows[at]["parent_industry"] or "")
    return found


def read_industries(texts: pl.Series, own: Mapping[str, Industry] | None = None) -> pl.DataFrame:
    """Per row `gbt4754_code` (C35, or C where only the section is clear), `naics_code` (2 to 6 digits), `confidence` (0 to 1) and
    `problem`; all null where empty.

    Codes: unknown_industry, unspecified_industry (其他, other: nothing was said), ambiguous_code (two to four bare digits, which mean
    different things in the two standards). `own`: what the company's own list says (`company_industries`); it counts before all else.
    """
    own = own or {}
    rows = trimmed(texts).to_frame("text")
    distinct = rows["text"].drop_nulls().unique().sort()
    read = [own.get(_folded(unicodedata.normalize("NFKC", text))) or read_industry(text) for text in distinct]
    known = pl.DataFrame(read, schema=SCHEMA, orient="row").with_columns(text=distinct)
    return rows.join(known, on="text", how="left", maintain_order="left").select(*SCHEMA)


def read_industry(text: str) -> Industry:
    """One text, not empty."""
    text = unicodedata.normalize("NFKC", text).strip()
    if len(text) > _MOST_CHARACTERS:
        return Industry(None, None, None, "unknown_industry")
    if _folded(text) in _UNSPECIFIED:
        return Industry(None, None, None, "unspecified_industry")
    if coded := _by_code(text):
        return coded
    if whole := _by_word(_folded(text)):
        return whole
    parts = [part for part in _BETWEEN.split(text) if part]
    for read in (_by_word, _by_part):
        found = [industry for part in dict.fromkeys([text, *parts]) if (industry := read(_folded(part)))]
        if found:  # the deepest, then the surest; of two alike the one named first
            return max(found, key=lambda industry: (len(industry.gbt4754_code or ""), industry.confidence or 0))
    return Industry(None, None, None, "unknown_industry")


def _by_code(text: str) -> Industry | None:
    """A code at the start of a text, whatever follows it (C35 专用设备制造业)."""
    if found := _CODE.match(text):
        section, division = found[1], f"{found[1]}{found[2] or ''}"
        code = division if division in _standard() else section if not found[2] else None
        if code and (found[2] or len(text) == 1 or text[1] in " 、,，:：门-"):
            return Industry(code, _standard()[code].naics_code, _SURE, None)
    if found := _NAICS.match(text):
        return Industry(_division_of(found[0]), found[0], _FROM_NAICS, None)
    if _BARE_DIGITS.fullmatch(text):
        return Industry(None, None, None, "ambiguous_code")
    return None


def _by_word(folded: str) -> Industry | None:
    """The standard's names and the known words, also without 行业, 业, industry at the end."""
    known = _words()
    shorter = _ENDINGS.sub("", folded).strip()
    return known.get(folded) or known.get(shorter)


def _by_part(folded: str) -> Industry | None:
    """The word in a text that says most: the deepest, then the longest; of two alike the later one, which ends a compound."""
    found = [match[0] for match in _inside().finditer(folded)]
    if not found:
        return None
    industry = _words()[max(reversed(found), key=lambda word: (len(_words()[word].gbt4754_code or ""), len(word)))]
    return industry._replace(confidence=round((industry.confidence or 0) * CONTAINED, 2))


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())


class _Entry(NamedTuple):
    name: str
    english_name: str
    naics_code: str


@cache
def _standard() -> dict[str, _Entry]:
    """GB/T 4754 code -> names and NAICS code."""
    with (_FOLDER / "gbt4754.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: _Entry(row["name"], row["english_name"], row["naics_code"]) for row in csv.DictReader(file)}


@cache
def _words() -> dict[str, Industry]:
    """Folded word -> what it means. Names of divisions count before those of sections, both before the words."""
    words: dict[str, Industry] = {}
    with (_FOLDER / "industry_words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            naics = row["naics_code"] or _standard()[row["code"]].naics_code
            words[row["word"]] = Industry(row["code"], naics, float(row["confidence"]), None)
    for code in sorted(_standard(), key=lambda code: (len(code), code)):
        entry = _standard()[code]
        for name in (entry.name, entry.english_name):
            words[_folded(name)] = Industry(code, entry.naics_code, _NAMED, None)
    return words


@cache
def _inside() -> re.Pattern[str]:
    """Every known word of two characters or more: Latin ones as whole words."""
    words = sorted((word for word in _words() if len(word) > 1), key=lambda word: (-len(word), word))
    return re.compile("|".join(rf"(?<![a-z0-9-]){re.escape(word)}(?![a-z0-9-])" if word.isascii() else re.escape(word) for word in words))


@cache
def _division_of(naics: str) -> str | None:
    """The division whose NAICS code is the longest beginning of `naics`, else its section; the first of several."""
    sector = naics if "-" in naics else next((s for s in ("31-33", "44-45", "48-49") if s[:2] <= naics[:2] <= s[3:]), naics[:2])
    by_length = sorted(_standard(), key=lambda code: (-len(_standard()[code].naics_code), len(code), code))
    for code in by_length:
        of_code = _standard()[code].naics_code
        if naics.startswith(of_code) or of_code == sector:
            return code
    return None
