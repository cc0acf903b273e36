"""Cleaning customers as plain pandas: one function called for each value or row, as somebody would write it first.

Here: a function for each kind of field, with the project's own word lists where there are any, so that both read by the same rules.
The main rules only - no rare spellings, no codes of problems - so each does a little less than ingest/cleaning. Not here: measuring
(cleaning.py).
"""

import re
import unicodedata
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

import opencc
import pandas as pd
import phonenumbers
import tldextract
from pypinyin import lazy_pinyin

from ingest.cleaning import countries, credit_codes, domains, industries, name_words

SPACES, MARKS = re.compile(r"\s+"), re.compile(r"[^\w+]+")
LATIN_FORM = re.compile(
    r"(?: (?:incorporated|inc|corporation|corp|company|co|limited|ltd|llc|llp|lp|plc|gmbh|kg|ag|bv|nv|sa|b v|s a|n v))+$"
)
CHINESE_FORM = re.compile(r"(?:集团股份有限公司|集团有限公司|股份有限公司|有限责任公司|有限公司|集团公司|有限合伙|集团)$")
EXTENSION = re.compile(r"^(.*\d)\s*(?:转|分机|ext\.?|x|#)\s*(\d{1,7})$", re.IGNORECASE)
MAIL = re.compile(r"^[^@\s]+@([^@\s]+\.[a-z]{2,})$", re.IGNORECASE)
BAND = re.compile(r"^([\d,]+)\s*[-~至到]\s*([\d,]+)")
MOMENTS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y/%m/%d %H:%M")


@cache
def simplify():
    return opencc.OpenCC("t2s").convert


@cache
def end_and_front() -> tuple[re.Pattern, re.Pattern, re.Pattern, re.Pattern]:
    end, followed = name_words.end_pattern(), name_words.company_and_rest()[0]
    return re.compile(end), re.compile(f"({name_words.places()})"), re.compile(name_words.trades()), re.compile(followed)


@cache
def split_host():
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def tidy(text: object) -> str | None:
    """A cell's text in NFKC with single blanks; None where empty."""
    if not isinstance(text, str):
        return None
    return SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip() or None


def read_name(text: object) -> tuple:
    """name, comparable_name, core_name, legal_form, branch, name_prefix, pinyin, pinyin_initials."""
    name = tidy(text)
    if name is None:
        return (None,) * 8
    words = MARKS.sub(" ", simplify()(name).lower()).strip()
    comparable = CHINESE_FORM.sub("", LATIN_FORM.sub("", words)).strip() or words
    end, front, trades, followed = end_and_front()
    found, branch = end.search(words), None
    core = words[: found.start()] if found and found.start() else words
    form = words[len(core) :] or None
    if not form and (parts := followed.match(core)):
        core, form, branch = parts.groups()
    if not form and (latin := LATIN_FORM.search(core)):
        core, form = core[: latin.start()], latin[0].strip()
    place = front.match(core)
    if place and len(core) > place.end() + 1 and not trades.match(core[place.end() :]):
        core = core[place.end() :]
    syllables = lazy_pinyin(core) if not core.isascii() else []
    return (
        name, comparable, core, form, branch, place[0] if place else None,
        "".join(syllables) or None, "".join(one[0] for one in syllables) or None,
    )  # fmt: skip


def read_phone(row: pd.Series) -> tuple:
    """phone, extension."""
    text, extension = tidy(row["phone"]), None
    if text is None:
        return None, None
    if found := EXTENSION.match(text):
        text, extension = found.groups()
    if text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, read_country(row["country"]) or "CN")
    except phonenumbers.NumberParseException:
        return None, None
    if not phonenumbers.is_possible_number(number):
        return None, None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), extension


def read_country(text: object) -> str | None:
    name = tidy(text)
    return country_names().get(name.lower()) if name else None


@cache
def country_names() -> dict[str, str]:
    return {name.lower(): code for name, code in countries.country_names().select("name", "country_code").iter_rows()}


def read_domain(row: pd.Series) -> str | None:
    """The registrable domain of the web site, else of the e-mail address, where it is one company's."""
    site, mail = tidy(row["website"]), tidy(row["email"])
    host = urlsplit(site if "//" in site else "//" + site).hostname if site else None
    hosts = [host, found[1] if mail and (found := MAIL.match(mail)) else None]
    for one in hosts:
        domain = split_host().extract_str(one.lower()).top_domain_under_public_suffix if one else None
        if domain and domain not in shared_domains():
            return domain
    return None


@cache
def shared_domains() -> frozenset[str]:
    return frozenset(domains._shared_domains())


def read_industry(text: object) -> tuple:
    """gbt4754_code, naics_code, confidence."""
    word = tidy(text)
    return industries.read_industry(word)[:3] if word else (None, None, None)


def read_credit_code(text: object) -> str | None:
    code = tidy(text)
    if code is None or len(code) != 18 or any(letter not in credit_codes.ALPHABET for letter in code.upper()):
        return None
    return code.upper() if credit_codes.check_character(code.upper()[:17]) == code.upper()[17] else None


def read_band(row: pd.Series) -> tuple:
    """employee_count, and the bounds of the count or else of the band."""
    count, band = tidy(row["employee_count"]), tidy(row["size_band"])
    if count and count.isdigit():
        return int(count), int(count), int(count)
    if band and (found := BAND.match(band)):
        return None, *(int(one.replace(",", "")) for one in found.groups())
    if band and (numbers := re.findall(r"[\d,]+", band)):
        number = int(numbers[0].replace(",", ""))
        return (None, None, number - 1) if "少于" in band or band.startswith("<") else (None, number, None)
    return None, None, None


def read_amount(text: object) -> float | None:
    amount = tidy(text)
    return float(amount.replace(",", "")) if amount else None


def read_moment(text: object) -> datetime | None:
    moment = tidy(text)
    for spelling in MOMENTS if moment else ():
        try:
            return datetime.strptime(moment, spelling).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


KINDS = {
    "names": lambda rows: rows["name"].map(read_name),
    "telephone numbers": lambda rows: rows.apply(read_phone, axis=1),
    "domains": lambda rows: rows.apply(read_domain, axis=1),
    "industries": lambda rows: rows["industry"].map(read_industry),
    "sizes and bands": lambda rows: (rows.apply(read_band, axis=1), rows["annual_revenue_amount"].map(read_amount)),
    "countries": lambda rows: rows["country"].map(read_country),
    "credit codes": lambda rows: rows["credit_code"].map(read_credit_code),
    "moments": lambda rows: [rows[name].map(read_moment) for name in ("created_at", "modified_at", "owner_changed_at")],
    "other text": lambda rows: [rows[name].map(tidy) for name in ("street", "city", "region", "postal_code", "owner_user_id")],
}
"""Per kind of field, all of its columns read, out of rows of raw.customers."""

COMPARED = {
    "names": ("core_name", lambda parts: parts[2]),
    "telephone numbers": ("phone", lambda parts: parts[0]),
    "domains": ("domain", lambda domain: domain),
    "industries": ("gbt4754_code", lambda parts: parts[0]),
    "credit codes": ("credit_code", lambda code: code),
}
"""Kind -> the column of clean.customers that it says, and how it says it."""
