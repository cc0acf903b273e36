"""The words that the fictional company's customers, their people and what is done about them are named with.

Here: invented name parts in Chinese, English and German, the industries, and what each is called in a name.
Not here: putting them together (customers.py, dealings.py), places (places.py).

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

# Invented people: parts that are joined at random.
SURNAMES = {
    "CN": ("林", "许", "邵", "孟", "傅", "纪", "裴", "凌", "阮", "季", "闻", "盛", "卓", "骆", "甘", "晏", "柏", "冷", "尹", "容"),
    "US": ("Alderfen", "Brisk", "Carrowmore", "Dunmark", "Eastlake", "Fennimore", "Gladwyn", "Hartsell", "Ingleby", "Jessamy"),
    "DE": ("Ahrbeck", "Brockstedt", "Dettmar", "Eilers", "Fehrmann", "Grotheer", "Hinnerk", "Kampschulte", "Löhning", "Mensing"),
}
GIVEN_NAMES = {
    "CN": ("知夏", "子衿", "云舒", "景行", "若谷", "清和", "思齐", "明哲", "嘉木", "南乔", "书言", "以宁", "承泽", "念安", "一鸣", "修远"),
    "US": ("Avery", "Blair", "Corin", "Delaney", "Ellis", "Frankie", "Greer", "Hollis", "Imogen", "Jules", "Kendall", "Linden"),
    "DE": ("Antje", "Birte", "Carsten", "Detlef", "Elke", "Frauke", "Gesa", "Hauke", "Imke", "Jörn", "Kerstin", "Lasse"),
}
LATIN_NAMES = {  # how the Chinese names above are written in an address
    "林": "lin", "许": "xu", "邵": "shao", "孟": "meng", "傅": "fu", "纪": "ji", "裴": "pei", "凌": "ling", "阮": "ruan",
    "季": "ji", "闻": "wen", "盛": "sheng", "卓": "zhuo", "骆": "luo", "甘": "gan", "晏": "yan", "柏": "bai", "冷": "leng",
    "尹": "yin", "容": "rong",
}  # fmt: skip
TITLES = {
    "CN": ("采购经理", "设备科主任", "总经理", "技术总监", "质量主管", "财务经理"),
    "US": ("Purchasing Manager", "Plant Manager", "VP Operations", "Lab Director", "Quality Engineer", "Controller"),
    "DE": ("Einkaufsleiter", "Geschäftsführer", "Laborleiterin", "Technischer Leiter", "Qualitätsmanagement", "Buchhaltung"),
}
SUBJECTS = {  # of what people do about a customer, by kind
    "CN": {
        "call": ("电话回访", "确认报价", "催收货款"),
        "visit": ("上门拜访", "设备巡检"),
        "meeting": ("技术交流会", "合同评审"),
        "task": ("准备投标文件", "寄送样品"),
        "email": ("发送报价单", "发送资质文件"),
    },
    "US": {
        "call": ("Follow-up call", "Pricing question", "Overdue invoice"),
        "visit": ("Site visit", "Instrument check"),
        "meeting": ("Technical review", "Contract review"),
        "task": ("Prepare tender", "Send samples"),
        "email": ("Quote sent", "Certificates sent"),
    },
    "DE": {
        "call": ("Rückruf", "Preisanfrage", "Offene Rechnung"),
        "visit": ("Besuch vor Ort", "Gerätewartung"),
        "meeting": ("Technisches Gespräch", "Vertragsprüfung"),
        "task": ("Ausschreibung vorbereiten", "Muster versenden"),
        "email": ("Angebot versandt", "Zertifikate versandt"),
    },
}
DEAL_NAMES = {
    "CN": ("新项目", "扩容", "设备更新", "年度维保", "耗材框架协议"),
    "US": ("first order", "renewal", "service contract", "lab extension", "consumables"),
    "DE": ("Erstauftrag", "Verlängerung", "Wartungsvertrag", "Laborausbau", "Verbrauchsmaterial"),
}
LEAD_SOURCES = ("Web", "Trade fair", "Phone inquiry", "Partner referral", "Purchased list")
OWNER_REASONS = {  # why a customer changes hands, by what happens
    "returned": ("客户暂无需求", "联系不上客户", "非目标客户"),
    "retaken": ("超过30天未跟进", "保护期已过"),
    "claimed": ("",),
    "assigned": ("", "workload", "客户要求更换", "new key account team"),
    "handed_over": ("leaver", "离职交接"),
    "realigned": ("华南拆分为华南、华中",),
}
