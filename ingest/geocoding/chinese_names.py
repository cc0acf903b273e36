"""How the names of Chinese divisions are built: suffix, stem and the short forms in use.

Here: pure functions over one name. Not here: the divisions themselves (tables/cn_divisions.csv), matching them in addresses (chinese.py).
"""

import re

# The nationalities as they stand in names of autonomous divisions (民族自治地方).
_NATIONALITIES = """
朝鲜族 蒙古族 蒙古 回族 藏族 维吾尔族 维吾尔 苗族 彝族 壮族 布依族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 哈萨克
傣族 黎族 傈僳族 佤族 畲族 高山族
拉祜族 水族 东乡族 纳西族 景颇族 柯尔克孜族 柯尔克孜 土族 达斡尔族 达斡尔 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯族 锡伯
阿昌族 普米族 塔吉克族 塔吉克
怒族 乌孜别克族 俄罗斯族 鄂温克族 德昂族 保安族 裕固族 京族 塔塔尔族 独龙族 鄂伦春族 赫哲族 门巴族 珞巴族 基诺族 各族
"""
_NATIONALITY = "|".join(sorted(_NATIONALITIES.split(), key=lambda name: (-len(name), name)))
_AUTONOMOUS = re.compile(rf"^(.+?)(?:{_NATIONALITY})+(自治区|自治州|自治县|自治旗)$")
_SUFFIXES = (
    "特别行政区", "行政委员会", "行政区", "自治区", "自治州", "自治县", "自治旗", "地区", "新区", "矿区", "林区",
    "省", "市", "州", "盟", "区", "县", "旗",
)  # fmt: skip
_GENERIC = frozenset({"城区", "郊区", "矿区", "市区", "东区", "西区", "南区", "北区"})
# 内蒙古 and 东乡 are no nationality here, and without 矿区 井陉 is the county beside it.
_IRREGULAR = {"内蒙古自治区": "内蒙古", "东乡族自治县": "东乡", "井陉矿区": "井陉矿区"}


def suffix_of(name: str) -> str:
    """The kind of division that a name ends in (省, 市, 自治州, 区, 县 ...), or an empty text."""
    return next((suffix for suffix in _SUFFIXES if name.endswith(suffix) and len(name) > len(suffix)), "")


def stem_of(name: str, level: str) -> str:
    """The name as people say it: 朝阳区 -> 朝阳, 延边朝鲜族自治州 -> 延边, 内蒙古自治区 -> 内蒙古.

    A stem of one character is no name (杞县 stays 杞县), nor is that of a generic name (城区, 郊区) or of a banner's wing (左旗, 右旗).
    """
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    if name in _GENERIC or (level == "district" and re.search(r"[左右前后中]翼?[前后中]?旗$", name)):
        return name
    autonomous = _AUTONOMOUS.match(name)
    stem = autonomous.group(1) if autonomous else name[: len(name) - len(suffix_of(name))]
    return stem if len(stem) >= 2 else name
