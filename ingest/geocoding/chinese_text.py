"""Chinese addresses as columns of text: one spelling, and the names of divisions in them as a short signature.

Here: whole-column steps only. Not here: what a signature means (chinese_chains.py).

A signature is what is left of an address when every name of a division is one character (FIRST_NAME + its number), what follows
directly after it is a class (a street, a town, a zone, an institution) and everything else is a mark for how much stood there.
A million addresses have some ten thousand signatures, so that choosing between divisions is done once for each of those.
"""

import re
from functools import lru_cache

import opencc
import polars as pl

from ingest.geocoding.chinese_latin import chain_of_latin
from ingest.geocoding.chinese_tables import names

FIRST_NAME = 0xF0000  # a plane for private use: no address has characters of it, and those that do lose them first
ROAD, TOWN, ZONE, HOUSE, LAND, WITH_TOWN = "\ue002", "\ue003", "\ue004", "\ue005", "\ue006", "\ue007"
LITTLE, MUCH, STREET_PART = "\u00b7", "~", "#"
SEGMENT = "|"
LONGEST_READ = 160  # characters of one field: the longest true address of 42,000 has 118 (2026-11-22)
_NAME = "[\U000f0000-\U000ffffd]"
_KNOWN = "\U000f0000-\U000ffffd\ue002-\ue007|"
_NUMBER = "[0-9一二三四五六七八九十]"
_SIDE = "[东西南北中外内上下前后环]"
_AFTER = (
    (TOWN, "(?:街道|镇|乡|社区|村|庄|屯|苏木|居委)"),
    (ROAD, f"(?:{_SIDE}?{_SIDE}?{_NUMBER}{{0,3}}{_SIDE}?|[塘山江河湖桥港湾岭溪])(?:大道|大街|公路|高速|路|街|道|巷|弄|胡同|里弄|线)"),
    (
        ZONE,
        "(?:国家|国际|省级)?(?:高新|经开|经济|开发区|工业|高科|高技术|新技术|技术|保税|自贸|自由贸易|科技园|科技城|产业|软件园|示范区|度假区|新区|园区|综合)",
    ),
    (
        HOUSE,
        "(?:大厦|大楼|广场|花园|小区|新村|公寓|公园|大酒店|酒店|宾馆|饭店|商场|商城|市场|银行|公司|集团|大学|学院|医院|中学|小学|"
        "学校|机场|火车站|汽车站|车站|桥|大桥|站|家园|花苑|名城|新城|城|苑|山庄|别墅|写字楼|中心|师范|科技|理工|财经|图书|"
        "商务|商贸|国际|人民医院|名苑|人家|康城|家居|[东西南北]?[0-9一二三四五六七八九]+区)",
    ),
    (LAND, "(?:风景|名胜|旅游|湖|山|江|河|湾|岸|岛|港|海)"),
)


@lru_cache(maxsize=1)
def _traditional() -> str:
    """The traditional characters that have a simplified form, as a class for a regular expression."""
    every = [chr(code) for code in range(0x4E00, 0xA000)]
    simple = opencc.OpenCC("t2s").convert("\n".join(every)).split("\n")
    changed = (one for one, other in zip(every, simple, strict=True) if one != other)
    return "[" + "".join(one for one in changed if not _is_gb2312(one)) + "]"  # 著, 乾 and the like stand in simplified texts too


def _is_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def plain(texts: pl.Series) -> pl.Series:
    """NFKC, simplified, without blanks, control characters and what cannot be seen; at most LONGEST_READ characters; null stays null."""
    short = texts.cast(pl.String).str.slice(0, LONGEST_READ).str.normalize("NFKC")
    short = short.str.replace_all(r"[\s\p{C}|~#·]+", "")
    short = short.str.replace(r"^(?:中国|中华人民共和国)\(?", "")
    is_traditional = short.str.contains(_traditional()).fill_null(False)
    if not is_traditional.any():
        return short
    distinct = short.filter(is_traditional).unique().sort()
    simple = pl.Series([_converter().convert(text) for text in distinct], dtype=pl.String)
    return pl.select(pl.when(is_traditional).then(short.replace(distinct, simple)).otherwise(short)).to_series()


@lru_cache(maxsize=1)
def _names_and_marks() -> tuple[list[str], list[str]]:
    return list(names()), [chr(FIRST_NAME + number) for number in range(len(names()))]


def signatures(parts: pl.DataFrame) -> pl.Series:
    """One signature per row out of the columns region, city, district, address, street (nullable text, as written)."""
    columns = {}
    for name in ("region", "city", "district", "address", "street"):
        text = plain(parts[name])
        if name == "region":
            text = text.str.replace(r"^([A-Za-z]{2})$", "CN$1")  # the letters of ISO 3166-2 alone: GD
        columns[name] = chain_of_latin(text).fill_null("")
    whole = pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator=SEGMENT)).to_series()
    marked = whole.str.replace_many(*_names_and_marks(), leftmost=True)
    for mark, after in _AFTER:
        marked = marked.str.replace_all(f"({_NAME}){after}", f"${{1}}{mark}")
    marked = marked.str.replace_all(f"({_NAME})[^{_KNOWN}0-9号路街巷弄]{{1,4}}(?:街道|镇|乡)", f"${{1}}{WITH_TOWN}")  # 长阳龙舟坪镇
    marked = marked.str.replace_all(f"[^{_KNOWN}0-9号路街巷弄]*[0-9号路街巷弄][^{_KNOWN}]*", STREET_PART)
    marked = marked.str.replace_all(f"[^{_KNOWN}#]{{3,}}", MUCH)
    return marked.str.replace_all(f"[^{_KNOWN}#~]+", LITTLE).alias("signature")


def read_signature(signature: str) -> list[tuple[int, str, str, str]]:
    """The names in a signature, in order: number of the segment, what stood before, the name, what follows directly after."""
    found = []
    for segment, text in enumerate(signature.split(SEGMENT)):
        for match in re.finditer(
            f"([{LITTLE}~#{ROAD}{TOWN}{ZONE}{HOUSE}{LAND}{WITH_TOWN}]*)({_NAME})([{ROAD}{TOWN}{ZONE}{HOUSE}{LAND}{WITH_TOWN}]?)", text
        ):
            before = match.group(1) if match.start() else "^" + match.group(1)
            found.append((segment, before, names()[ord(match.group(2)) - FIRST_NAME], match.group(3)))
    return found
