"""Rebuilds cleaning's place_words.csv, the divisions that stand in front of Chinese company names, from the tables of divisions.

    python -m ingest.geocoding.build_place_words

Here: which names of divisions, long and short, are read as places at the front of a name.
Not here: the divisions themselves (build_chinese_tables.py, which ends by running this), reading names (cleaning/name_parts.py).

A full name (青岛市, 丰县, 六合区) is always one. A short name is one for provinces, cities and counties, not for districts (南山, 东城),
and not where it is a word of trade names as well: one of the list below, or made of two characters that promise luck (长兴, 万安).
"""

import csv
from pathlib import Path

from ingest.geocoding.reference_tables import TABLES

PLACE_WORDS = Path(__file__).parents[1] / "cleaning" / "place_words.csv"
LEVELS = {"province": "province", "city": "city", "district": "county"}
# Characters that trade names are made of: a county whose short name is two of them is read only by its full name.
_LUCKY = frozenset("万业东丰乐信光兴利华吉同和嘉国大天太宁安宝富平康德成文新方昌明春正民永泰海瑞盛福通金长隆顺高龙")
# Short names of counties and cities that are ordinary words, or the first half of one: 公安, 和平, 阿里, 安康, 和田(玉), 普洱(茶).
_WORDS = """
    三明 中方 中江 中阳 乐业 五原 五河 井冈山 仁和 会同 保康 保德 全南 公安 共和 兴安 凤凰 北川 南华 南江 南部 友谊
    双峰 双河 合作 合山 合水 合江 同心 名山 和平 和田 和静 大名 大方 天柱 威信 威远 子长 安康 宜君 小金 尚义 尚志 山南
    崇义 崇仁 崇信 巫山 平凉 康定 延长 志丹 怀仁 新星 新野 方正 旺苍 普安 普定 普洱 景泰 朝阳 木兰 桃源 桃园 桐城 梨树 武功
    民权 水富 汉源 江口 江城 江山 江源 沙河 沙洋 沙湾 河口 洞口 海北 海林 海西 清水 清河 清流 温泉 湖口 滨海 灯塔 灵台
    灵宝 灵山 灵石 独山 玉山 玉田 玉龙 甘南 甘泉 白水 白沙 白河 白玉 白银 石林 神木 祥云 秀山 紫云 紫金 紫阳 红原 红安
    红河 美姑 莲花 获嘉 蓝山 蓝田 西双版纳 贵德 资兴 资源 通道 金山 金川 金昌 金沙 钟山 铁力 锦屏 阿里 集安 集贤 雷山
    青山 青河 青龙 香格里拉 马山 鹤山 黄南 黑山 龙山 龙川 龙江 龙泉 龙门
"""
# What former divisions end in; a former name without such an end says nothing.
_ENDS = ("省", "市", "县", "区", "旗", "盟", "州")


def place_words(divisions: list[dict[str, str]], former: list[dict[str, str]]) -> list[tuple[str, str]]:
    """(word, level) sorted, one row a word with its widest level, out of the rows of cn_divisions.csv and cn_former.csv."""
    found: dict[str, str] = {}
    for level, told in LEVELS.items():
        for row in divisions:
            if _level(row) == level:
                for word in _spellings(row["name"], row["short_name"], level):
                    found.setdefault(word, told)
    for row in former:
        if row["former_name"].endswith(_ENDS) and _says_enough(row["former_name"]):
            found.setdefault(row["former_name"], "county")
    return sorted(found.items())


def _level(row: dict[str, str]) -> str:
    """Cities without a prefecture (东方市, 仙桃市; code xx90xx) are as many and as small as counties."""
    return "district" if row["division_code"][2:4] == "90" else row["level"]


def _spellings(name: str, short: str, level: str) -> list[str]:
    words = [name] if _says_enough(name) else []
    if name.endswith("自治州"):
        words.append(short + "州")
    if name.endswith(("自治县", "自治旗")):
        words.append(short + name[-1])
    lucky = level == "district" and frozenset(short) <= _LUCKY
    if level == "province" or (len(short) > 1 and not name.endswith("区") and short not in _WORDS.split() and not lucky):
        words.append(short)
    return words


def _says_enough(name: str) -> bool:
    """丰县 does; 东区, 郊区, 矿区 are in many cities."""
    return len(name) > 2 or (len(name) == 2 and not name.endswith("区"))


def main() -> None:
    """Reads the two tables and writes place_words.csv: the same bytes for the same tables."""
    divisions, former = (_rows(TABLES / table) for table in ("cn_divisions.csv", "cn_former.csv"))
    with PLACE_WORDS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("word", "level"))
        writer.writerows(place_words(divisions, former))


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
