"""Invented customers as CRMs export them: raw.customers of any size, the same for the same number of rows.

Here: names in Chinese and English that nearly all differ, telephone numbers in ten spellings, web sites, addresses, sizes as counts and
as bands; nearly a third of the cells that a CRM fills is empty, and fields that few CRMs fill are empty altogether. Not here: measuring
(cleaning.py). No name is a real company's but by chance.
"""

from datetime import date

import numpy as np
import polars as pl

from ingest.cleaning.credit_codes import ALPHABET
from ingest.tables import TABLES

SEED = 20261122
FIRST_DAY = date(2026, 11, 20)
SOURCE = "crm"
SYLLABLES = list("海天华中盛远东明达恒瑞金宏泰鑫博众联科创新源力禾岚屿槿澜彧璟朗沐翊峻")
DIVISIONS = ["北京", "上海市", "山东省青岛市", "苏州", "丹阳市延陵镇", "南京市六合区", "", "成都", "京山", "佛山市南海区", "", "浙江"]
TRADES = ["科技", "贸易", "餐饮管理", "信息技术", "建筑工程", "物流", "医药连锁", "文化传媒", "新能源", "精密机械"]
FORMS = [
    "有限公司", "有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "有限公司", "（中国）有限公司",
    "有限公司上海分公司", "有限公司第三分店", "合伙企业（有限合伙）",
]  # fmt: skip
ONSETS = ["Lark", "Sable", "Quill", "Bram", "Oster", "Fenn", "Hal", "Tarn", "Wick", "Mer", "Elder", "Crow", "Ash", "Thorn", "Vale"]
ENDINGS = ["spur", "wood", "ridge", "mont", "field", "stead", "holm", "worth", "brook", "gate", "haven", "lyn"]
LATIN_TRADES = ["Systems", "Foods", "Logistics", "Medical", "Tools", "Partners", "Energy", "Textiles", "Software", "Marine"]
LATIN_FORMS = [" Inc.", ", LLC", " Ltd", " GmbH", " Corp", " Co., Ltd.", " B.V.", "", " Holdings Inc", " Group"]
# By the country of the customer. {a}: eight digits, {b}: a Chinese local number, {c}: seven digits as American exchanges have them
PHONES = {
    "CN": ["0532-{b}", "(0532) {b}", "+86 532 {b}", "0086-532-{b}", "138{a}", "+86 139-{a}", "0{n}-{b}转{d}", "021{b}", "138 {a}"],
    "US": ["+1 415 {c}", "(212) {c}", "212-{c}", "1-512-{c} ext. {d}", "312.{c}"],
    "DE": ["+49 89 {a}", "089/{a}", "0049 30 {a}", "+49 (0)30 {a}-{d}"],
}
SITES = ["www.{w}.example", "https://www.{w}.com/", "http://{w}.com.cn/about", "{w}.cn", "www.{w}.co.uk", "{w}.com"]
MAILS = ["info@{w}.com", "sales@{w}.com.cn", "{w}@qq.com", "kontakt@{w}.de", "{w}@163.com"]
PLACES = [
    ("青岛", "山东", "266000", "中国", "CN"), ("北京", "北京", "100080", "中国", "CN"), ("上海", "上海", "200120", "China", "CN"),
    ("广州", "广东", "510620", "CN", "CN"), ("成都", "四川", "610041", "中国", "CN"), ("苏州市", "江苏省", "215000", "中国", "CN"),
    ("Austin", "TX", "78701", "United States", "US"), ("San Jose", "California", "95112", "USA", "US"),
    ("Columbus", "OH", "43215", "US", "US"), ("München", "Bayern", "80331", "Deutschland", "DE"),
]  # fmt: skip
STREETS = ["{s}路 {n} 号", "{s}大道{n}号{d}室", "{n} Main St", "{n} Oak Avenue, Suite {d}", "{s}街{n}弄{d}号"]
INDUSTRIES = [
    "制造业", "软件和信息技术服务业", "零售", "Manufacturing", "Software", "医疗", "教育", "金融", "物流运输", "Retail", "Healthcare",
    "其他", "C35 专用设备制造业", "建筑/房地产", "餐饮", "农业", "Energy & Utilities", "Consulting", "互联网", "电子商务", "贸易", "化工",
]  # fmt: skip
BANDS = ["1-49人", "50-99人", "100-499人", "500人以上", "1,000-4,999", "少于50人", "中型", "10000+"]
EMPTY = 0.3  # of the cells of a field that a CRM fills
BASE = len(SYLLABLES)
SCATTER = 104_729  # a prime: neighbours share no syllable, and BASE**4 numbers give as many words
REGISTRIES = ["110108", "310115", "370202", "440305", "510107", "320594"]  # digits 3 to 8 of a credit code


def customers(rows: int) -> pl.DataFrame:
    """raw.customers of FIRST_DAY."""
    draw = np.random.default_rng(SEED)
    number = np.arange(rows)

    def any_of(words: list[str]) -> pl.Series:
        return pl.Series(words)[draw.integers(0, len(words), rows)]

    def digits(count: int) -> pl.Series:
        return pl.Series(draw.integers(0, 10**count, rows)).cast(pl.String).str.zfill(count)

    syllables = pl.Series(SYLLABLES)
    word = pl.select(pl.concat_str(*(syllables[number * SCATTER // BASE**power % BASE] for power in range(4)))).to_series()
    latin = pl.select(pl.concat_str(any_of(ONSETS), any_of(ENDINGS), pl.lit(" "), any_of(ONSETS), any_of(ENDINGS))).to_series()
    domain = pl.select(pl.concat_str(latin.str.to_lowercase().str.replace(" ", ""), pl.Series(number % 9973).cast(pl.String))).to_series()
    place = draw.integers(0, len(PLACES), rows)
    country = pl.Series([row[-1] for row in PLACES])[place]
    is_latin = country != "CN"
    patterns = [pl.when(country == one).then(any_of(words)) for one, words in PHONES.items()]
    local = pl.select(pl.concat_str(any_of(list("2345678")), digits(7))).to_series()
    exchange = pl.select(pl.concat_str(any_of(["342", "567", "726", "983"]), pl.lit("-"), digits(4))).to_series()
    frame = pl.DataFrame(
        {
            "record_id": pl.Series(number).cast(pl.String).str.zfill(9),
            "row_number": number + 1,
            "name": pl.select(
                pl.when(is_latin)
                .then(pl.concat_str(latin, pl.lit(" "), any_of(LATIN_TRADES), any_of(LATIN_FORMS)))
                .otherwise(pl.concat_str(any_of(DIVISIONS), word, any_of(TRADES), any_of(FORMS)))
            ).to_series(),
            "credit_code": _credit_codes(draw, rows),
            "phone": _filled(
                pl.select(pl.coalesce(patterns)).to_series(), a=digits(8), b=local, c=exchange, d=digits(3), n=any_of(["10", "20", "755"])
            ),
            "email": _filled(any_of(MAILS), w=domain),
            "website": _filled(any_of(SITES), w=domain),
            "street": _filled(any_of(STREETS), s=word, n=digits(3), d=digits(3)),
            **{name: pl.Series([row[at] for row in PLACES])[place] for at, name in enumerate(("city", "region", "postal_code", "country"))},
            "industry": any_of(INDUSTRIES),
            "size_band": any_of(BANDS),
            "employee_count": digits(4).str.strip_chars_start("0"),
            "annual_revenue_amount": pl.select(pl.concat_str(digits(7).str.strip_chars_start("0"), pl.lit(".50"))).to_series(),
            "owner_user_id": pl.Series(draw.integers(0, 500, rows)).cast(pl.String),
            "created_at": _moments(draw, rows, 2019),
            "modified_at": _moments(draw, rows, 2024),
            "owner_changed_at": _moments(draw, rows, 2024),
        }
    )
    always = ("record_id", "row_number", "name", "created_at", "modified_at")
    kept = {name: pl.Series(draw.random(rows) >= EMPTY) for name in frame.columns if name not in always}
    frame = frame.with_columns(pl.when(keep).then(pl.col(name)).alias(name) for name, keep in kept.items())
    fixed = {"source": pl.lit(SOURCE), "as_of_date": pl.lit(FIRST_DAY), "file_sha256": pl.lit("a" * 64)}
    columns = TABLES["raw.customers"].column_names
    missing = [pl.lit(None, pl.String).alias(name) for name in columns if name not in (*frame.columns, *fixed)]
    return frame.with_columns(*missing, **fixed).select(columns)


def next_night(rows: pl.DataFrame, day: date, *, every: int = 100) -> pl.DataFrame:
    """The same customers exported on a later day; of each `every` of them one has another name, telephone number and street."""
    changed = pl.col("row_number") % every == 0
    return rows.with_columns(
        *(pl.when(changed).then(pl.col(name) + pl.lit("0")).otherwise(name).alias(name) for name in ("name", "phone", "street")),
        as_of_date=pl.lit(day),
        file_sha256=pl.lit("b" * 64),
    )


def _filled(patterns: pl.Series, **values: pl.Series) -> pl.Series:
    """Each pattern with its fields filled in."""
    texts = patterns.alias("text").to_frame().with_columns(**values)
    for name in values:
        before, after = (pl.col("text").str.split_exact("{" + name + "}", 1).struct.field(f"field_{at}") for at in (0, 1))
        holds = pl.col("text").str.contains("{" + name + "}", literal=True)
        texts = texts.with_columns(text=pl.when(holds).then(pl.concat_str(before, name, after)).otherwise("text"))
    return texts["text"]


def _credit_codes(draw: np.random.Generator, rows: int) -> pl.Series:
    """Codes of 18 characters, of which one in fifty has a wrong last one."""
    values = draw.integers(0, len(ALPHABET), (rows, 17))
    values[:, :2] = (9, 1)
    values[:, 2:8] = np.array([[int(digit) for digit in code] for code in REGISTRIES])[draw.integers(0, len(REGISTRIES), rows)]
    weights = np.array([pow(3, place, 31) for place in range(17)])
    last = (-(values @ weights) + (draw.random(rows) < 0.02)) % 31
    letters = np.array([ord(letter) for letter in ALPHABET], dtype=np.uint8)[np.column_stack([values, last])]
    return pl.Series(np.ascontiguousarray(letters).view("S18").ravel().astype("U18").tolist())


def _moments(draw: np.random.Generator, rows: int, year: int) -> pl.Series:
    """Moments of two years as text, in three spellings."""
    seconds = pl.Series(draw.integers(0, 2 * 365 * 86400 - 1, rows))
    moment = pl.select(pl.datetime(year, 1, 1) + pl.duration(seconds=seconds)).to_series()
    spellings = [moment.dt.to_string(one) for one in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d %H:%M")]
    which = pl.Series(np.arange(rows) % 3)
    return pl.select(pl.when(which == 0).then(spellings[0]).when(which == 1).then(spellings[1]).otherwise(spellings[2])).to_series()
