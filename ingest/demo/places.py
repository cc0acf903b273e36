"""Where the fictional company's customers are: real cities, with telephone numbers that nobody answers.

Here: cities with region, postal codes and a block of fictional telephone numbers; the spellings people use for them.
Not here: finding a place from its spelling (geocoding/).

Telephone numbers: 555 numbers in China and the United States; in Germany the blocks that the regulator keeps for films.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class City:
    """A city. `names`, `regions`: as different people write it, the best first. `area`, `block`: its phone numbers."""

    country_code: str
    region_code: str
    names: tuple[str, ...]
    regions: tuple[str, ...]
    postal_code: str
    area: str
    block: str


# Region code, spellings of the city, spellings of the region, postal code, area code, block of fictional numbers.
_CN = (
    ("CN-SH", ("上海市", "Shanghai"), ("上海市", "Shanghai"), "200120", "21", "555"),
    ("CN-JS", ("南京市", "Nanjing"), ("江苏省", "Jiangsu"), "210000", "25", "555"),
    ("CN-JS", ("苏州市", "Suzhou"), ("江苏省", "Jiangsu"), "215000", "512", "555"),
    ("CN-ZJ", ("杭州市", "Hangzhou"), ("浙江省", "Zhejiang"), "310000", "571", "555"),
    ("CN-FJ", ("厦门市", "Xiamen"), ("福建省", "Fujian"), "361000", "592", "555"),
    ("CN-BJ", ("北京市", "Beijing"), ("北京市", "Beijing"), "100020", "10", "555"),
    ("CN-TJ", ("天津市", "Tianjin"), ("天津市", "Tianjin"), "300000", "22", "555"),
    ("CN-SD", ("青岛市", "Qingdao"), ("山东省", "Shandong"), "266000", "532", "555"),
    ("CN-LN", ("沈阳市", "Shenyang"), ("辽宁省", "Liaoning"), "110000", "24", "555"),
    ("CN-SN", ("西安市", "Xi'an"), ("陕西省", "Shaanxi"), "710000", "29", "555"),
    ("CN-GD", ("广州市", "Guangzhou"), ("广东省", "Guangdong"), "510000", "20", "555"),
    ("CN-GD", ("深圳市", "Shenzhen"), ("广东省", "Guangdong"), "518000", "755", "555"),
    ("CN-HB", ("武汉市", "Wuhan"), ("湖北省", "Hubei"), "430000", "27", "555"),
    ("CN-HN", ("长沙市", "Changsha"), ("湖南省", "Hunan"), "410000", "731", "555"),
    ("CN-SC", ("成都市", "Chengdu"), ("四川省", "Sichuan"), "610000", "28", "555"),
)
_US = (
    ("US-WA", ("Seattle",), ("WA", "Washington"), "98101", "206", "555"),
    ("US-OR", ("Portland",), ("OR", "Oregon"), "97201", "503", "555"),
    ("US-CA", ("San Francisco",), ("CA", "California"), "94103", "415", "555"),
    ("US-CA", ("San Diego",), ("CA", "California"), "92101", "619", "555"),
    ("US-CO", ("Denver",), ("CO", "Colorado"), "80202", "303", "555"),
    ("US-TX", ("Houston",), ("TX", "Texas"), "77002", "713", "555"),
    ("US-NY", ("New York",), ("NY", "New York"), "10001", "212", "555"),
    ("US-MA", ("Boston",), ("MA", "Massachusetts"), "02108", "617", "555"),
    ("US-IL", ("Chicago",), ("IL", "Illinois"), "60601", "312", "555"),
    ("US-GA", ("Atlanta",), ("GA", "Georgia"), "30303", "404", "555"),
    ("US-PA", ("Philadelphia",), ("PA", "Pennsylvania"), "19103", "215", "555"),
    ("US-MN", ("Minneapolis",), ("MN", "Minnesota"), "55401", "612", "555"),
)
_DE = (
    ("DE-BE", ("Berlin", "Berlin"), ("Berlin", "Berlin"), "10117", "30", "23125"),
    ("DE-HH", ("Hamburg", "Hamburg"), ("Hamburg", "Hamburg"), "20095", "40", "66969"),
    ("DE-NW", ("Köln", "Cologne"), ("Nordrhein-Westfalen", "North Rhine-Westphalia"), "50667", "221", "4710"),
    ("DE-HE", ("Frankfurt am Main", "Frankfurt"), ("Hessen", "Hesse"), "60311", "69", "90009"),
    ("DE-BY", ("München", "Munich"), ("Bayern", "Bavaria"), "80331", "89", "99998"),
)

CITIES: dict[str, tuple[City, ...]] = {
    country: tuple(
        City(
            country_code=country,
            region_code=region_code,
            names=names,
            regions=regions,
            postal_code=postal_code,
            area=area,
            block=block,
        )
        for region_code, names, regions, postal_code, area, block in rows
    )
    for country, rows in (("CN", _CN), ("US", _US), ("DE", _DE))
}

# Districts (区) of the Chinese cities, by the city's best name.
DISTRICTS: dict[str, tuple[str, ...]] = {
    "上海市": ("浦东新区", "闵行区", "嘉定区"), "南京市": ("江宁区", "鼓楼区"), "苏州市": ("吴中区", "虎丘区"),
    "杭州市": ("滨江区", "余杭区"), "厦门市": ("湖里区", "集美区"), "北京市": ("海淀区", "大兴区"), "天津市": ("西青区", "津南区"),
    "青岛市": ("黄岛区", "崂山区"), "沈阳市": ("铁西区", "浑南区"), "西安市": ("雁塔区", "未央区"), "广州市": ("黄埔区", "天河区"),
    "深圳市": ("南山区", "宝安区"), "武汉市": ("洪山区", "江夏区"), "长沙市": ("岳麓区", "雨花区"), "成都市": ("武侯区", "郫都区"),
}  # fmt: skip

COUNTRY_SPELLINGS: dict[str, tuple[str, ...]] = {
    "CN": ("China", "中国", "CN"),
    "US": ("United States", "USA", "US"),
    "DE": ("Germany", "Deutschland", "DE"),
}
COUNTRY_PREFIX: dict[str, str] = {"CN": "86", "US": "1", "DE": "49"}

# GB/T 2260: the first two figures of a division code, by ISO 3166-2.
DIVISIONS: dict[str, str] = {
    "CN-BJ": "11", "CN-TJ": "12", "CN-LN": "21", "CN-SH": "31", "CN-JS": "32", "CN-ZJ": "33", "CN-FJ": "35",
    "CN-SD": "37", "CN-HB": "42", "CN-HN": "43", "CN-GD": "44", "CN-SC": "51", "CN-SN": "61",
}  # fmt: skip
