"""Copies of records with the damage that records take in a CRM: always the same for the same row.

Here: Chinese companies by their names, addresses and codes (`disturb_companies`), American shops (`disturb_stores`). What was done to a
copy stands in its column `damage`, joined by `|`. Chinese text comes from the row itself and from the small tables here.
Not here: which rows are copied and what is judged (resolution_sets.py, resolution.py).

A copy still means its original: a branch (分公司) stays that branch, and a shop keeps its street unless it keeps its telephone.
"""

import re
from dataclasses import dataclass
from functools import cache
from random import Random

import opencc
import polars as pl

from ingest.cleaning.credit_codes import ALPHABET

SEED = 20261122
# Long before short: the first that ends a name is its form.
FORMS = ("股份有限责任公司", "有限责任公司", "股份有限公司", "集团有限公司", "有限公司", "股份公司", "公司", "专业合作社", "合作社")
OTHER_FORMS = {
    "有限责任公司": ("有限公司", "公司", ""), "股份有限公司": ("股份公司", "有限公司", "公司"),
    "集团有限公司": ("集团公司", "集团", "有限公司"),
    "有限公司": ("有限责任公司", "公司", ""), "股份公司": ("股份有限公司",), "专业合作社": ("合作社",), "合作社": ("专业合作社",),
    "股份有限责任公司": ("股份有限公司",), "公司": ("有限公司",),
}  # fmt: skip
BRANCH = re.compile(r"^(.+?(?:公司|合作社|集团))(.*(?:分公司|[店部厅所站处]|支行|分行|门市|中心|公司))$")
TRADES = (
    "科技", "贸易", "商贸", "餐饮", "建筑", "建设", "工程", "物流", "服饰", "服装", "文化", "传媒", "信息",
    "网络", "电子", "电器", "机械", "管理", "投资", "咨询", "装饰", "食品", "医疗", "医药", "化工", "环保",
    "能源", "教育", "广告", "汽车", "家具", "农业", "纺织", "五金", "房地产", "物业",
)  # fmt: skip
# Characters that a person takes for one another, by sound or by look; each line is one set.
CONFUSED = (
    "鑫欣新馨昕", "晟盛胜", "宏鸿弘洪", "瑞睿锐", "佳嘉家", "丰峰锋", "源元原缘", "诚成城承", "腾藤", "泰太",
    "益亿易翼", "顺舜", "利力立", "恒衡", "启起企", "汇惠慧辉", "隆龙", "兴星", "航杭", "悦月越",
    "锦金", "博搏", "铭明名", "祥翔", "雅亚", "百佰", "君骏", "优友", "卓倬", "未末",
    "己已", "土士", "人入", "天夫", "大太", "日曰", "干千",
)  # fmt: skip
BRACKETS = str.maketrans("()（）", "（）()")
REGION_ENDS = {"北京": "市", "上海": "市", "天津": "市", "重庆": "市"}
UNSURE = re.compile(r"[（(][^（）()]*[）)]$")
AFTER_NUMBER = re.compile(r"^(.+?\d号(?:院)?).+$")


def disturb_companies(rows: pl.DataFrame) -> pl.DataFrame:
    """A copy of every row (name, credit_code, region, city, district, address, cluster), damaged, with the column damage."""
    copies = [_damaged_company(row) for row in rows.iter_rows(named=True)]
    return pl.DataFrame(copies, schema=rows.schema | {"damage": pl.String})


def disturb_stores(rows: pl.DataFrame) -> pl.DataFrame:
    """A copy of every row (name, street, city, region, postal_code, phone, website, latitude, longitude, cluster), damaged."""
    copies = [_damaged_store(row) for row in rows.iter_rows(named=True)]
    return pl.DataFrame(copies, schema=rows.schema | {"damage": pl.String})


@dataclass(frozen=True, kw_only=True)
class NameParts:
    """A Chinese company's name taken apart: `place` before the `stem`, the legal form, and the branch behind it."""

    place: str
    stem: str
    form: str
    branch: str


def name_parts(name: str, places: tuple[str, ...]) -> NameParts:
    """The parts that together are the name again. `places`: what may stand before it, as the row names them, without 省 or 市."""
    whole = BRANCH.match(name)
    head, branch = (whole[1], whole[2]) if whole and whole[1] != name else (name, "")
    form = next((form for form in FORMS if head.endswith(form)), "")
    stem = head.removesuffix(form)
    place = ""
    while found := next((one + end for one in places for end in "省市区县" if stem.startswith(one + end)), None) or next(
        (one for one in places if stem.startswith(one)), None
    ):
        if len(stem) - len(found) < 2:
            break
        place, stem = place + found, stem.removeprefix(found)
    return NameParts(place=place, stem=stem, form=form, branch=branch)


def is_branch_name(name: str) -> bool:
    """Whether the name of a legal form is followed by a branch's own."""
    whole = BRANCH.match(name)
    return bool(whole) and whole[1] != name


def _damaged_company(row: dict[str, str | None]) -> dict[str, str | None]:
    chance = Random(f"{SEED}:{row['cluster']}")
    copy, damage = dict(row), []
    places = tuple(dict.fromkeys(place for place in (row["region"], row["city"], row["district"]) if place))
    name = _damaged_name(row["name"] or "", places, chance, damage)
    address = _damaged_address(row["address"], places, chance, damage)
    if chance.random() < 0.08:
        name, address = _traditional().convert(name), address and _traditional().convert(address)
        damage.append("traditional")
    copy |= {"name": name, "address": address}
    luck = chance.random()
    if luck < 0.70:
        copy["credit_code"] = None
        damage.append("code_missing")
    elif luck < 0.75:
        copy["credit_code"] = _mistyped_code(row["credit_code"] or "", chance)
        damage.append("code_mistyped")
    if chance.random() < 0.30:
        copy |= {"city": None, "district": None}
        damage.append("city_missing")
    if len(damage) < 2 and "legal_form" not in damage and "short_name" not in damage:  # one slip alone is rare
        copy["name"] = _other_form(name_parts(name, places), chance, damage)
    return copy | {"damage": "|".join(damage)}


def _damaged_name(name: str, places: tuple[str, ...], chance: Random, damage: list[str]) -> str:
    parts = name_parts(name, places)
    if not parts.branch and chance.random() < 0.12 and (short := _short_name(parts)) != name:
        damage.append("short_name")
        return short
    place, stem, form = parts.place, parts.stem, parts.form
    if chance.random() < 0.06 and (typo := _typo(stem, chance)):
        stem = typo
        damage.append("typo")
    if chance.random() < 0.40 and form in OTHER_FORMS:
        form = chance.choice(OTHER_FORMS[form]) if not parts.branch else OTHER_FORMS[form][0]
        damage.append("legal_form")
    if chance.random() < 0.30:
        if place:
            place = chance.choice(("", _other_ending(place)))
            damage.append("place_dropped" if not place else "place_changed")
        elif places and not any(one in stem for one in places):
            place = chance.choice(places[:2])
            damage.append("place_added")
    name = place + stem + form + parts.branch
    if re.search(r"[()（）]", name) and chance.random() < 0.5:
        name = name.translate(BRACKETS)
        damage.append("brackets")
    if chance.random() < 0.10:
        at = chance.choice([len(place) or 1, len(place + stem)])
        name = f"{name[:at]}{chance.choice(' 　')}{name[at:]}"
        damage.append("spaces")
    return name


def _other_form(parts: NameParts, chance: Random, damage: list[str]) -> str:
    damage.append("legal_form")
    other = OTHER_FORMS.get(parts.form, ("有限公司",))
    return parts.place + parts.stem + (chance.choice(other) if not parts.branch else other[0]) + parts.branch


def _short_name(parts: NameParts) -> str:
    """Brand and first word of the trade, as people speak of the company."""
    stem = UNSURE.sub("", parts.stem)
    ends = [stem.index(trade, 2) + len(trade) for trade in TRADES if trade in stem[2:]]
    short = stem[: min(ends)] if ends else stem
    return short if len(short) >= 3 else parts.place + parts.stem


def _typo(stem: str, chance: Random) -> str | None:
    """One character of the brand, the first four, taken for another; None where none is in the table."""
    slips = [(at, other) for at, one in enumerate(stem[:4]) for line in CONFUSED if one in line for other in line if other != one]
    if not slips:
        return None
    at, other = chance.choice(slips)
    return stem[:at] + other + stem[at + 1 :]


def _other_ending(place: str) -> str:
    """杭州 for 杭州市 and the other way round."""
    return place[:-1] if place[-1] in "省市区县" and len(place) > 2 else place + REGION_ENDS.get(place, "市")


def _damaged_address(address: str | None, places: tuple[str, ...], chance: Random, damage: list[str]) -> str | None:
    if not address:
        return address
    if chance.random() < 0.10:
        damage.append("address_missing")
        return None
    written = re.match(r"^((?:[\u4e00-\u9fff]{2,3}省)?(?:[\u4e00-\u9fff]{2,4}市)?)(.+)$", address)
    if written and written[1] and chance.random() < 0.25:
        address = written[2]
        damage.append("address_front_cut")
    elif written and written[1] and chance.random() < 0.10:
        address = f"{written[2]}（{written[1]}）"
        damage.append("address_reordered")
    elif places and not address.startswith(places) and chance.random() < 0.20:
        address = f"{places[0]}{address}"
        damage.append("address_front_added")
    if (cut := AFTER_NUMBER.match(address)) and chance.random() < 0.25:
        address = cut[1]
        damage.append("address_end_cut")
    elif (plain := UNSURE.sub("", address)) != address and plain and chance.random() < 0.5:
        address = plain
        damage.append("address_end_cut")
    return address


def _mistyped_code(code: str, chance: Random) -> str:
    """One of its characters is another: the check character no longer fits, as each place weighs something modulo 31."""
    at = chance.randrange(8, 17)
    return code[:at] + chance.choice([one for one in ALPHABET if one != code[at]]) + code[at + 1 :]


@cache
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


STREET_WORDS = {
    "Street": "St", "Avenue": "Ave", "Road": "Rd", "Drive": "Dr", "Boulevard": "Blvd", "Parkway": "Pkwy", "Highway": "Hwy", "Lane": "Ln",
    "Suite": "Ste", "North": "N", "South": "S", "East": "E", "West": "W",
}  # fmt: skip
SWAPPED = STREET_WORDS | {short: long for long, short in STREET_WORDS.items()}
UNIT = re.compile(r",?\s*(?:Suite|Ste\.?|Unit|#)\s*[\w-]+$", re.IGNORECASE)


def _damaged_store(row: dict[str, str | None]) -> dict[str, str | None]:
    chance = Random(f"{SEED}:{row['cluster']}")
    copy, damage = dict(row), []

    def happens(share: float, what: str, column: str, value: str | None) -> None:
        if row[column] and value != copy[column] and chance.random() < share:
            copy[column] = value
            damage.append(what)

    street = row["street"] or ""
    happens(0.4, "street_words", "street", re.sub(r"(?<!')\b[A-Za-z]+\b", lambda word: SWAPPED.get(word[0].title(), word[0]), street))
    happens(0.5, "unit_dropped", "street", UNIT.sub("", copy["street"] or ""))
    happens(0.15, "upper_case", "name", (row["name"] or "").upper())
    happens(0.10, "typo", "name", _swapped_letters(copy["name"] or "", chance))
    happens(0.15, "typo_in_city", "city", _swapped_letters(row["city"] or "", chance))
    happens(0.3, "zip_missing", "postal_code", None)
    happens(0.5, "zip_cut", "postal_code", (copy["postal_code"] or "")[:5] or None)
    happens(0.4, "phone_missing", "phone", None)
    happens(0.5, "phone_rewritten", "phone", _rewritten_phone(copy["phone"], chance))
    if "phone_missing" not in damage:
        happens(0.08, "street_missing", "street", None if copy["phone"] else copy["street"])
    happens(0.6, "website_missing", "website", None)
    if chance.random() < 0.7:
        copy |= {"latitude": None, "longitude": None}
        damage.append("point_missing")
    if not damage:
        copy["name"] = (row["name"] or "").upper()
        damage.append("upper_case")
    return copy | {"damage": "|".join(damage)}


def _swapped_letters(text: str, chance: Random) -> str:
    """Two neighbours behind the first letter change places."""
    if len(text) < 4:
        return text
    at = chance.randrange(1, len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _rewritten_phone(phone: str | None, chance: Random) -> str | None:
    digits = re.sub(r"\D", "", phone or "")[-10:]
    if len(digits) != 10:
        return phone
    return chance.choice(("+1 {} {}-{}", "({}) {}-{}", "{}.{}.{}", "1-{}-{}-{}")).format(digits[:3], digits[3:6], digits[6:])
