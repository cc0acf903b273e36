"""Company names as people write them, made comparable.

Here: tidying one written name, folding it, and turning it into its comparable form.
Not here: telling its parts (name_parts.py); deciding whether two names mean the same company (resolution/comparisons.py).

A name keeps its Chinese characters and its accents. Brackets are read, not dropped: 百度（中国）and 百度（上海）are different
companies until the evidence says otherwise. A branch (分公司) is a customer of its own: its marker is never removed. Legal
forms are removed at the end only, and never the whole name.
"""

import html

import polars as pl

from ingest.values.reading import trimmed

# Longest first. 公司 alone counts only where it does not end 分公司, 子公司, 支公司 or 总公司.
_CHINESE_FORMS = (
    "集团股份有限公司", "集团有限责任公司", "集团有限公司", "股份有限公司", "有限责任公司", "有限公司", "股份公司", "集团公司",
    "有限合伙", "普通合伙", "集团", "股份",
    "集團股份有限公司", "集團有限公司", "股份有限公司", "有限責任公司", "集團",
)  # fmt: skip
# Tokens, and the same tokens with their points read into spaces.
_LATIN_FORMS = (
    "incorporated", "inc", "corporation", "corp", "company", "co", "limited", "ltd", "llc", "l l c", "llp", "l l p", "lp", "l p",
    "plc", "p l c", "gmbh", "g m b h", "kgaa", "kg", "k g", "ag", "a g", "ohg", "se", "sarl", "s a r l", "sas", "s a s", "sa", "s a",
    "spa", "s p a", "srl", "s r l", "sro", "s r o", "bv", "b v", "nv", "n v", "ab", "oyj", "oy", "asa", "as", "aps", "pty", "pte",
    "pvt", "sdn bhd", "bhd", "kk", "k k", "and co",
)  # fmt: skip
_CHINESE_END = f"(?:{'|'.join(_CHINESE_FORMS)})$"
_PLAIN_COMPANY_END = "([^分子支总總限])公司$"
_LATIN_END = f"(?: (?:{'|'.join(_LATIN_FORMS)}))+$"


def clean_names(texts: pl.Series) -> pl.Series:
    """Names in NFKC, trimmed, with single spaces inside; null where empty. Case, accents and brackets stay."""
    return trimmed(trimmed(_without_entities(texts)).str.normalize("NFKC").str.replace_all(r"[\s\p{Cc}]+", " "))


def _without_entities(texts: pl.Series) -> pl.Series:
    """`McDonald&#39;s`, as web forms leave names behind, in its characters."""
    coded = texts.str.contains(r"&(?:#[0-9]{2,5}|#x[0-9a-fA-F]{2,4}|amp|quot|apos|lt|gt|nbsp);").fill_null(False)
    if not coded.any():
        return texts
    places = pl.concat([(~coded).arg_true(), coded.arg_true()])
    read = pl.Series(texts.name, [html.unescape(text) for text in texts.filter(coded)], dtype=pl.String)
    return pl.concat([texts.filter(~coded), read]).gather(places.arg_sort())


def folded_names(texts: pl.Series) -> pl.Series:
    """Names with width and case folded, punctuation as written: `®™` and apostrophes go, `&` becomes `and`."""
    unmarked = trimmed(texts).str.replace_all("[®©™]", "")  # before NFKC, which spells ™ as TM
    folded = unmarked.str.normalize("NFKC").str.to_lowercase().str.normalize("NFKC").str.replace_all("ß", "ss", literal=True)
    return folded.str.replace_all("ς", "σ", literal=True).str.replace_all("['’`´]", "").str.replace_all("[&＆]", " and ")


def as_words(texts: pl.Series) -> pl.Series:
    """Punctuation read into single spaces. May become empty."""
    return squeezed(texts.str.replace_all(r"[\p{P}\p{Z}\p{C}]+", " "))


def squeezed(texts: pl.Series) -> pl.Series:
    """Single blanks inside, none at the ends."""
    return texts.str.replace_all(" +", " ").str.strip_chars(" ")


def comparable_names(texts: pl.Series) -> pl.Series:
    """Names made comparable: folded width and case, punctuation read into spaces, legal form removed at the end.

    Never null or empty where the name is neither.
    """
    words = as_words(folded_names(texts))
    bare = words
    for _ in range(2):  # a second time for `Sample 有限公司 (Holdings) Ltd` and `GmbH & Co. KG`
        bare = _kept_unless_empty(bare.str.replace(_LATIN_END, ""), bare)
        bare = _kept_unless_empty(bare.str.replace(_CHINESE_END, ""), bare)
        bare = _kept_unless_empty(bare.str.replace(_PLAIN_COMPANY_END, "${1}"), bare)
    fallback = clean_names(texts).str.to_lowercase()
    return pl.select(pl.coalesce(trimmed(squeezed(bare)), trimmed(words), fallback)).to_series().alias(texts.name)


def _kept_unless_empty(shorter: pl.Series, longer: pl.Series) -> pl.Series:
    shorter = shorter.str.strip_chars(" ")
    return pl.select(pl.when(shorter != "").then(shorter).otherwise(longer)).to_series()
