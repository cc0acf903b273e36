"""Chinese divisions in Latin letters: Hangzhou, Xihu District, Inner Mongolia.

Here: how their names are written in Latin letters, and an address in Latin letters turned into a chain of such names, widest first.
Not here: what those names mean (chinese_tables.py), Chinese characters (chinese_text.py).

A name in Latin letters is kept between OPEN and CLOSE, so that it is never found inside a word. 西湖 and 溪湖 are one spelling: such a name
has several meanings, and the rest of the address decides as it does for Chinese names.
"""

from functools import lru_cache

import polars as pl

OPEN, CLOSE = "<", ">"
# Spellings that are no pinyin, by short name. 朝阳 is read zhaoyang by the dictionary, and in no place's name.
_USUAL = {
    "内蒙古": ("innermongolia", "neimenggu", "neimongol"), "西藏": ("tibet", "xizang"), "陕西": ("shaanxi",),
    "香港": ("hongkong", "hongkongsar"),
    "澳门": ("macau", "macao", "macaosar"), "台湾": ("taiwan",), "北京": ("beijing", "peking"), "广州": ("guangzhou", "canton"),
    "乌鲁木齐": ("urumqi", "wulumuqi"),
    "呼和浩特": ("hohhot", "huhehaote"), "哈尔滨": ("harbin", "haerbin"), "拉萨": ("lhasa", "lasa"),
    "齐齐哈尔": ("qiqihar", "qiqihaer"), "鄂尔多斯": ("ordos", "eerduosi"), "呼伦贝尔": ("hulunbuir", "hulunbeier"),
    "台北": ("taipei", "taibei"),
    "高雄": ("kaohsiung", "gaoxiong"), "新竹": ("hsinchu",), "台中": ("taichung",), "台南": ("tainan",), "喀什": ("kashgar", "kashi"),
    "日喀则": ("shigatse", "xigaze", "rikaze"), "朝阳": ("chaoyang",), "宁夏": ("ningxia",), "厦门": ("xiamen", "amoy"),
    "吕梁": ("lvliang", "luliang"),
    "浦东": ("pudong", "pudongnewarea", "pudongnew"), "滨海": ("binhai", "binhainewarea"),
}  # fmt: skip
# Of two cities of one spelling the one that is meant in Latin letters: the trade of 苏州 and 福州 is many times that of 宿州 and 抚州.
_MEANT = {"suzhou": "苏州", "fuzhou": "福州"}
_WORDS = {"province": ("province", "sheng", "autonomousregion"), "city": ("city", "shi", "prefecture", "municipality"), "district": ()}
_DISTRICT_WORDS = {"区": ("district", "qu"), "县": ("county", "xian"), "市": ("city", "shi"), "旗": ("banner", "qi")}


@lru_cache(maxsize=8_000)
def pinyin(short_name: str) -> tuple[str, ...]:
    """How a short name is written in Latin letters: lower case, without blanks, tones and umlauts."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its dictionary takes 0.3 s (2026-11-22), and a night without a new place needs none

    return _USUAL.get(short_name) or ("".join(lazy_pinyin(short_name)).replace("v", "u"),)


def latin_names(divisions: dict[str, tuple[str, str, str]]) -> dict[tuple[str, str], bool]:
    """(Name between OPEN and CLOSE, code) -> whether it says its kind, for divisions given as code -> name, short name, level."""
    known: dict[tuple[str, str], bool] = {}
    for code, (name, short_name, level) in divisions.items():
        for spelling in pinyin(short_name):
            if not (spelling.isascii() and spelling.isalpha()):
                continue
            if level != "city" or _MEANT.get(spelling, short_name) == short_name:
                known[f"{OPEN}{spelling}{CLOSE}", code] = False
            for word in (*_WORDS[level], *(_DISTRICT_WORDS.get(name[-1], ()) if level == "district" else ())):
                known[f"{OPEN}{spelling}{word}{CLOSE}", code] = True
    return known


def chain_of_latin(texts: pl.Series) -> pl.Series:
    """Texts without Chinese characters as their parts between commas, last part first; others unchanged; null stays null.

    `No. 5 Wensan Rd, Xihu District, Hangzhou, Zhejiang 310012, China` -> `<china><zhejiang><hangzhou><xihudistrict><nowensanrd>`.
    """
    is_latin = (texts.str.contains("[A-Za-z]") & ~texts.str.contains(r"\p{Han}")).fill_null(False)
    if not is_latin.any():
        return texts
    distinct = texts.filter(is_latin).unique()
    parts = distinct.str.to_lowercase().str.replace_all(r"[^a-z,;/]+", "").str.replace_all("[;/]", ",").str.split(",")
    chain = pl.select(OPEN + parts.list.reverse().list.join(f"{CLOSE}{OPEN}") + CLOSE).to_series()
    return texts.replace(distinct, chain)
