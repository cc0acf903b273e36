"""The words that the parts of company names are told by, read once from the tables in this room.

Here: legal forms (legal_forms.csv, and what the package cleanco knows beyond it), places (place_words.csv), words of trades
(generic_words.csv), and the patterns made of them. All are written as name_parts.py reads names: folded, punctuation as spaces.
Not here: reading a name (name_parts.py), where a place lies (geocoding).
"""

import csv
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
# cleanco lists these too, but at the end of a name they are mostly words or places: `... Private`, `... Coop`.
_NOT_FORMS = {"private", "coop", "koop", "scop", "etat", "tapui", "obrt", "uk", "suc de descendants", "ent", "soc col"}
# The company that the rest of a name belongs to ends here: 青禾有限公司 | 上海分公司. 公司 alone is too little to cut at, but after 集团.
PARENT = "((?:股份)?有限(?:责任)?公司|股份公司| ?合伙企业 ?(?:特殊普通|普通|有限)合伙| (?:特殊普通|普通|有限)合伙)"
# What a place of business without its company's legal form ends in. 店, 厂, 中心 alone are kinds of organisations and stay in the core.
BRANCH_KINDS = (
    "分公司", "支公司", "分行", "支行", "分理处", "分店", "门店", "直营店", "旗舰店", "专卖店", "办事处", "代表处", "营业部", "营业厅",
    "营业所", "门市部", "分部", "分社", "分所", "分院", "分校", "分厂", "分中心",
)  # fmt: skip
# In brackets at the end, 店 alone says a place of business too: 星河咖啡(人民路店).
BRACKET_KINDS = (*BRANCH_KINDS, "店", "部", "校区", "院区", "厂区", "工厂")


def _rows(table: str) -> list[dict[str, str]]:
    with (_FOLDER / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def term_words(text: str) -> str:
    """One term as name_parts.py reads names: lower case, punctuation as single spaces."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("&", " and ")
    return " ".join("".join(" " if unicodedata.category(c)[0] in "PZC" else c for c in folded).split())


def alternatives(words: Iterable[str]) -> str:
    """A pattern for any of the words, the longest that fits first."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word))) + ")"


@cache
def legal_forms() -> dict[str, str]:
    """Written form -> the one spelling of its legal form, for forms at the end of a name."""
    forms = {term_words(written): row["form"] for row in _rows("legal_forms.csv") for written in row["written"].split("|") if at_end(row)}
    from cleanco.termdata import terms_by_country, terms_by_type  # noqa: PLC0415 - only where names are read

    known = {term for terms in (*terms_by_type.values(), *terms_by_country.values()) for term in terms}
    for term in sorted(known):
        written = term_words(term)
        letters = written.replace(" ", "")
        # Shorter ones are words and places as often as forms (UK, DA, OK, EI); the ones in use stand in our table.
        if (len(letters) >= 4 or (len(letters) == 3 and "." in term)) and written not in forms and written not in _NOT_FORMS:
            forms[written] = letters.upper()
    return forms


def at_end(row: dict[str, str]) -> bool:
    """Whether this row of legal_forms.csv is one for the end of a name."""
    return row["script"] in ("han", "latin")


@cache
def front_forms() -> dict[str, str]:
    """Written form -> legal form, for forms that stand before the name: PT, ООО, 株式会社."""
    return {term_words(w): row["form"] for row in _rows("legal_forms.csv") for w in row["written"].split("|") if not at_end(row)}


def _is_latin(written: str) -> bool:
    return not any("\u2e80" <= c <= "\ud7ff" for c in written)


@cache
def end_pattern() -> str:
    """Legal forms at the end of words: as many as there are."""
    latin = alternatives(written for written in legal_forms() if _is_latin(written))
    other = alternatives(written for written in legal_forms() if not _is_latin(written) and written not in ("公司", "总公司"))
    return f"(?: {latin}| ?{other})+$"


@cache
def latin_end_pattern() -> str:
    """The same for names without a Chinese, Japanese or Korean character."""
    return f"(?: {alternatives(written for written in legal_forms() if _is_latin(written))})+$"


@cache
def front_pattern() -> str:
    """A legal form before the name."""
    latin = alternatives(written for written in front_forms() if _is_latin(written))
    other = alternatives(written for written in front_forms() if not _is_latin(written) and len(written) > 1)
    return f"^(?:{latin} |{other} ?)"


@cache
def places() -> str:
    """Chinese divisions in a row: 山东省青岛市, 北京. 县 may follow a name that is a 市 or 区 today."""
    return f"(?:{alternatives(row['word'] for row in _rows('place_words.csv'))}县?)+"


@cache
def trades() -> str:
    """Words that name a trade or a kind of organisation, and so no one company: the whole text."""
    return f"^(?:{alternatives((*BRANCH_KINDS, *(row['word'] for row in _rows('generic_words.csv'))))}| )*$"


@cache
def company_and_rest() -> tuple[str, ...]:
    """What a company is, its legal form, and what follows. 公司 without 有限 is one after 集团 and before a kind of branch."""
    kinds = f"(?:{alternatives(BRANCH_KINDS)}|店|部|厂|站|中心)"
    return (f"^(.+?){PARENT}(.*)$", "^(.+?集团)(公司)(.+)$", f"^(.*?[^分子支总限 ])(总?公司)(.*{kinds})$")


@cache
def place_of_business() -> str:
    """A place, a number, and what a branch is called, at the end: 上海南京路第二分公司."""
    return rf"^(.*?) ?((?:(?:{places()}(?:路|街|大道)?)?(?:第?[一二三四五六七八九十百零\d]+)?{alternatives(BRANCH_KINDS)})+)$"
