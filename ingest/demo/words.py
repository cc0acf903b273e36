"""The words that the fictional company's customers are named with.

Here: invented name parts in Chinese, English and German, the industries, and what each is called in a name.
Not here: putting them together (company.py), places (places.py).

The names are made up: brands are joined from invented syllables, so that a name shared with a real company is chance.
"""

# Invented brands of Chinese companies: two characters, each with its pinyin for the English name.
BRAND_FIRST = (
    ("岚", "lan"), ("翎", "ling"), ("砚", "yan"), ("珩", "heng"), ("榆", "yu"), ("皓", "hao"),
    ("霁", "ji"), ("穗", "sui"), ("岱", "dai"), ("槿", "jin"), ("溟", "ming"), ("栩", "xu"),
    ("湛", "zhan"), ("沅", "yuan"), ("骏", "jun"), ("麓", "lu"), ("棠", "tang"), ("琅", "lang"),
    ("矩", "ju"), ("荻", "di"), ("郢", "ying"), ("铎", "duo"), ("旻", "min"), ("芃", "peng"),
)  # fmt: skip
BRAND_SECOND = (
    ("岳", "yue"), ("芷", "zhi"), ("翊", "yi"), ("渚", "zhu"), ("牧", "mu"), ("楷", "kai"),
    ("汀", "ting"), ("缇", "ti"), ("朔", "shuo"), ("菖", "chang"), ("峤", "qiao"), ("沨", "feng"),
    ("曦", "xi"), ("筠", "yun"), ("笙", "sheng"), ("洵", "xun"), ("墨", "mo"), ("垣", "yuan"),
    ("禾", "he"), ("衡", "heng"), ("泊", "bo"), ("瑾", "jin"), ("珏", "jue"), ("苒", "ran"),
)  # fmt: skip

ENGLISH_FIRST = (
    "Kel", "Bran", "Tor", "Vex", "Mar", "Quil", "Hol", "Fen",
    "Dras", "Ost", "Pel", "Rov", "Syl", "Wex", "Yar", "Zor",
    "Cald", "Ibex", "Lum", "Nev", "Gar", "Thal", "Umb", "Jor",
)  # fmt: skip
ENGLISH_SECOND = (
    "varon", "dellix", "mistra", "quenta", "bourne", "tavia", "lumen", "groven",
    "hallow", "nexa", "ridian", "sworth", "pinel", "combra", "fathom", "trellis",
    "vantor", "wickel", "yonder", "zephra", "arden", "kesh", "orrin", "uvia",
)  # fmt: skip

GERMAN_FIRST = (
    "Brun", "Küp", "Holt", "Wies", "Grün", "Steg", "Rauch", "Möll",
    "Tann", "Birk", "Löw", "Dorn", "Farn", "Hag", "Kries", "Lind",
)  # fmt: skip
GERMAN_SECOND = (
    "werk", "bäcker", "hoven", "ried", "lohe", "mark", "stetten", "garten",
    "wall", "brink", "acker", "furt", "kamp", "au", "see", "holm",
)  # fmt: skip

# Salesforce's own picklist value -> what such a company calls itself, by language.
INDUSTRIES: dict[str, dict[str, tuple[str, ...]]] = {
    "Healthcare": {
        "zh": ("医疗器械", "医疗科技"),
        "zh_en": ("Medical Devices", "Medical Technology"),
        "en": ("Medical Supply", "Surgical"),
        "de": ("Medizintechnik", "Klinikbedarf"),
    },
    "Biotechnology": {
        "zh": ("生物科技", "生物试剂"),
        "zh_en": ("Biotech", "Bioreagents"),
        "en": ("Biosciences", "Diagnostics"),
        "de": ("Labortechnik", "Diagnostik"),
    },
    "Electronics": {
        "zh": ("电子", "传感器"),
        "zh_en": ("Electronics", "Sensors"),
        "en": ("Electronics", "Circuits"),
        "de": ("Elektronik", "Sensorik"),
    },
    "Machinery": {
        "zh": ("精密机械", "自动化设备"),
        "zh_en": ("Precision Machinery", "Automation"),
        "en": ("Machine Works", "Automation"),
        "de": ("Maschinenbau", "Automation"),
    },
    "Manufacturing": {
        "zh": ("制造", "金属制品"),
        "zh_en": ("Manufacturing", "Metal Products"),
        "en": ("Manufacturing", "Fabrication"),
        "de": ("Metallbau", "Fertigung"),
    },
    "Chemicals": {
        "zh": ("化工", "新材料"),
        "zh_en": ("Chemicals", "Materials"),
        "en": ("Chemical", "Coatings"),
        "de": ("Chemie", "Lacke"),
    },
}

STREETS = {
    "CN": ("云澜路", "星渡街", "澄光大道", "望桐路", "青屿路", "听松街", "知行路", "石桥南路"),
    "US": (
        "Lantern Way",
        "Old Quarry Road",
        "Juniper Loop",
        "Ferry Landing",
        "Copper Street",
        "Larkfield Avenue",
        "Mill Race Drive",
    ),
    "DE": (
        "Am Alten Speicher",
        "Ziegelhofweg",
        "Eichkaterstraße",
        "Hinter den Gärten",
        "Mühlgrabenstraße",
        "Kranichweg",
    ),
}
