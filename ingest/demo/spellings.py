"""How people misspell: the same company under another name, slips of the keyboard, and credit codes that check out.

Here: making another spelling of a name.
Not here: undoing it (cleaning/names.py), which must not share a line with this.
"""

from ingest.demo.chance import Chance

_CREDIT_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE_PLACES = {sign: place for place, sign in enumerate(_CREDIT_CODE_SIGNS)}
_CREDIT_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CHINESE_FORMS = ("股份有限公司", "有限公司")
_ENGLISH_FORMS = (", Inc.", " LLC", " Corporation")
_GERMAN_FORMS = (" GmbH & Co. KG", " GmbH", " AG")
_NO_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def credit_code(number: int, division: str) -> str:
    """A 统一社会信用代码 with both check characters right (GB 32100-2015, GB 11714), in the province `division`.

    It is nobody's: organisation codes are given out in order and have not come near `YY`, with which these begin.
    """
    organisation = f"YY{number:06d}"
    total = sum(weight * int(sign, 36) for weight, sign in zip(_ORGANISATION_WEIGHTS, organisation, strict=True))
    check = 11 - total % 11
    organisation += "X" if check == 10 else "0" if check == 11 else str(check)
    body = f"91{division}0100{organisation}"
    remainder = sum(weight * _CREDIT_CODE_PLACES[sign] for weight, sign in zip(_CREDIT_CODE_WEIGHTS, body, strict=True)) % 31
    return body + _CREDIT_CODE_SIGNS[(31 - remainder) % 31]


def without_legal_form(name: str, country: str) -> str:
    """The name as people say it; the name itself where it has no legal form at its end (a branch, say)."""
    forms = {"CN": _CHINESE_FORMS, "US": _ENGLISH_FORMS}.get(country, _GERMAN_FORMS)
    return next((name.removesuffix(form) for form in forms if name.endswith(form)), name)


def without_umlauts(text: str) -> str:
    """German as it is written on a keyboard that has no umlauts."""
    return text.translate(_NO_UMLAUTS)


def other_spelling(random: Chance, name: str, english_name: str, country: str) -> str:
    """The name as a second person writes it: never the same text."""
    short = without_legal_form(name, country)
    if country == "CN":
        ways = (short, f"{short}(集团)有限公司", english_name, f"{short}有限责任公司")
    elif country == "US":
        ways = (short, name.upper(), slip(random, name), f"{short} Incorporated", f"The {short} Company")
    else:
        ways = (short, f"{without_umlauts(name)} ", name.lower(), slip(random, name))
    ways = tuple(way for way in ways if way != name)
    return ways[int(random() * len(ways))]


def slip(random: Chance, text: str) -> str:
    """Two neighbouring letters changed round, or one left out; a text of one or two signs stays as it is."""
    if len(text) < 4:
        return text
    place = 1 + int(random() * (len(text) - 3))
    if text[place] != text[place + 1] and random() < 0.5:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + text[place + 1 :]
