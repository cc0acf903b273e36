"""Telephone numbers (电话) as people write them, in E.164 with the extension beside it.

Here: separators, extensions (转, ext., x, 分机), trunk zeros, country codes with and without +, several numbers in one cell.
Not here: which country a number without + belongs to (the caller says), whose number it is (resolution/).

What is well written in one of a million cells is read by whole columns: country code, trunk prefix and the number plan's own patterns,
which come from the phonenumbers package (Google's libphonenumber). What those patterns do not settle is given to that package itself,
once per distinct text: it takes 30 microseconds a number, so a million would take half a minute (2026-11-22). A property test holds both
ways to the same answer.
"""

from functools import cache

import phonenumbers
import polars as pl
from phonenumbers import NumberParseException, PhoneMetadata, ValidationResult

from ingest.values.reading import trimmed

# 转801, 分机 801, ext. 801, x801, #801, ;ext=801; and -801 behind a Chinese number that is complete without it.
_EXTENSION = r"(?i)^(.*?[0-9])[\s,;，；]*(?:转|轉|分机|分機|内线|ext(?:ension)?|extn|x|#|durchwahl)\s*[.:=：]?\s*([0-9]{1,7})$"
_DASHED_EXTENSION = r"^(\+?(?:86[\s-]?)?\(?0?[0-9]{2,3}\)?[\s-]?[0-9]{7,8})-([0-9]{1,6})$"
_SEPARATORS = r"[;；,，、/|\n]|\s{3,}"  # between several numbers of one cell
_LABEL = r"(?i)^(?:电话|手机|手機|座机|传真|傳真|tel(?:ephone)?|phone|mobile|mob|fax|cell)\s*[.:：]?\s*"
_MARKS = r"[\s().\-‐‑‒–—·•_\u00a0]"
_DIGITS = r"^\+?[0-9]{4,17}$"
_PLACEHOLDER = r"^\+?(?:0+|1234567890?|(?:86)?1?(?:0{8,}|1{9,}|[2-9]0{9,}|8{10,}|9{10,})|000-?0000)$"
_ONE_DIGIT = "^(?:" + "|".join(f"{digit}+" for digit in range(10)) + ")$"
_SHORTEST = 7  # digits of a number that is somebody's: shorter ones are service numbers (95588, 110)
_LONGEST_LOCAL = 8  # digits that a Chinese number has without its area code
_PLAIN_PREFIXES = ("0", "1", None)  # trunk prefixes that can be taken off without the package's own rules

SCHEMA = {"phone": pl.String, "extension": pl.String, "problem": pl.String}


def read_phones(texts: pl.Series, countries: pl.Series) -> pl.DataFrame:
    """Per row `phone` (E.164: + and up to 15 digits; null where empty or unreadable), `extension` (digits) and `problem`.

    `countries`: ISO 3166-1 alpha-2 of each row, null where unknown; only numbers with + or 00 can be read then. Of several numbers in a
    cell the first that can be read counts. Codes: not_a_phone, no_country, no_area_code (a local number), placeholder_phone (0000000),
    unassigned_phone (the plan has no such number; it is kept), several_phones (it is kept).
    """
    rows = pl.DataFrame({"text": trimmed(texts), "country": countries.str.to_uppercase()})
    distinct = rows.unique().drop_nulls("text").sort("text", "country", nulls_last=True)
    read = _read_distinct(distinct)
    return rows.join(read, on=["text", "country"], how="left", nulls_equal=True, maintain_order="left").select(*SCHEMA)


def _read_distinct(rows: pl.DataFrame) -> pl.DataFrame:
    """text, country, phone, extension, problem of every distinct pair."""
    written = pl.col("text").str.normalize("NFKC").str.strip_chars().str.replace(_LABEL, "")
    first = pl.col("written").str.split_exact("\0", 1).struct.field("field_0")
    rows = rows.with_columns(written=written).with_columns(
        several=pl.col("written").str.contains(rf"[0-9]{{5,}}.*(?:{_SEPARATORS}).*[0-9]{{5,}}"),
        written=pl.col("written").str.replace(_SEPARATORS, "\0"),
    )
    # A separator before fewer than five digits belongs to the number: 0532/88886666 and 089/123456 have one number in them.
    rows = rows.with_columns(written=pl.when("several").then(first).otherwise(pl.col("written").str.replace("\0", " ", literal=True)))
    named = pl.col("written").str.extract_groups(_EXTENSION)
    dashed = pl.when(pl.col("country").is_null() | (pl.col("country") == "CN")).then(
        pl.col("written").str.extract_groups(_DASHED_EXTENSION)
    )
    rows = rows.with_columns(
        number=pl.coalesce(named.struct.field("1"), dashed.struct.field("1"), "written"),
        extension=pl.coalesce(named.struct.field("2"), dashed.struct.field("2")),
    )
    rows = rows.with_columns(digits=pl.col("number").str.replace_all(_MARKS, "").str.replace("^00", "+"))
    # +49 (0)89: the trunk zero is not dialled behind the country's code; in Italy (+39) it belongs to the number.
    rows = rows.with_columns(digits=pl.col("digits").str.replace(r"^(\+(?:49|44|43|41|33|31|32|86))0", "${1}"))
    plain = _by_plan(rows.select("digits", "country").unique().filter(pl.col("digits").str.contains(_DIGITS)))
    rows = rows.join(plain, on=["digits", "country"], how="left", nulls_equal=True)
    rows = rows.with_columns(plain_problem=_without_country())
    rest = rows.filter(pl.col("phone").is_null() & pl.col("plain_problem").is_null())
    parsed = [_parsed(number, digits, country) for number, digits, country in rest.select("number", "digits", "country").iter_rows()]
    odd = rest.select("text", "country").with_columns(
        odd_phone=pl.Series([phone for phone, _ in parsed], dtype=pl.String), odd=pl.Series([code for _, code in parsed], dtype=pl.String)
    )
    rows = rows.join(odd, on=["text", "country"], how="left", nulls_equal=True)
    phone = pl.coalesce("phone", "odd_phone")
    problem = pl.coalesce("plain_problem", "odd", pl.when(pl.col("several") & phone.is_not_null()).then(pl.lit("several_phones")))
    return rows.select("text", "country", phone.alias("phone"), pl.when(phone.is_not_null()).then("extension"), problem.alias("problem"))


def _without_country() -> pl.Expr:
    """The problem of a number that neither its country nor a + says where it is dialled: the package is not asked for those."""
    bare = pl.col("digits")
    is_digits = bare.str.contains("^[0-9]+$")
    problem = (
        pl.when(is_digits & (bare.str.contains(_ONE_DIGIT) | bare.str.contains(_PLACEHOLDER))).then(pl.lit("placeholder_phone"))
        .when(is_digits & (bare.str.len_chars() >= _SHORTEST)).then(pl.lit("no_country"))
        .otherwise(pl.lit("not_a_phone"))
    )  # fmt: skip
    return pl.when(pl.col("country").is_null() & ~bare.str.starts_with("+")).then(problem)


def _by_plan(numbers: pl.DataFrame) -> pl.DataFrame:
    """digits, country -> phone, for those that the patterns of their country's number plan settle."""
    found = []
    for country in sorted({*numbers["country"].drop_nulls(), *_LEADING}):
        plan = _plan(country)
        if plan is None:
            continue
        calling, prefix, pattern = plan
        digits = pl.col("digits")
        own = pl.col("country") == country
        abroad = digits.str.starts_with(f"+{calling}")
        national = pl.when(abroad).then(digits.str.slice(len(calling) + 1)).when(own & ~digits.str.starts_with("+")).then(digits)
        without = pl.when(digits.str.starts_with(prefix)).then(digits.str.slice(len(prefix))) if prefix else pl.lit(None, pl.String)
        tried = numbers.with_columns(national=national, without=pl.when(~abroad & own).then(without))
        fits, fits_without = (pl.col(name).str.contains(pattern).fill_null(False) for name in ("national", "without"))
        # Where a number fits with and without its trunk prefix, the package's own rules decide.
        settled = tried.filter(fits != fits_without).with_columns(
            phone=pl.concat_str(pl.lit(f"+{calling}"), pl.when(fits).then("national").otherwise("without"))
        )
        found.append(settled.select("digits", "country", "phone"))
    schema = {"digits": pl.String, "country": pl.String, "phone": pl.String}
    return pl.concat([pl.DataFrame(schema=schema), *found]).unique(["digits", "country"], keep="first", maintain_order=True)


# Countries whose code is read from + without a country beside it; of several that share one (+1) the first that fits.
_LEADING = ("AT", "AU", "CH", "CN", "DE", "FR", "GB", "HK", "IN", "JP", "NL", "SG", "TW", "US")


@cache
def _plan(country: str) -> tuple[str, str | None, str] | None:
    """Calling code, trunk prefix and pattern of all assigned numbers; None where reading takes more than these."""
    plan = PhoneMetadata.metadata_for_region(country, None)
    if plan is None or plan.national_prefix_transform_rule or plan.national_prefix not in _PLAIN_PREFIXES:
        return None
    if phonenumbers.region_code_for_country_code(plan.country_code) != country:  # shares its calling code with a larger neighbour
        return None
    kinds = (plan.fixed_line, plan.mobile, plan.toll_free, plan.voip, plan.uan, plan.shared_cost, plan.personal_number, plan.premium_rate)
    patterns = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    return str(plan.country_code), plan.national_prefix, f"^(?:{'|'.join(f'(?:{pattern})' for pattern in patterns)})$"


def _parsed(number: str, digits: str, country: str | None) -> tuple[str | None, str | None]:
    """E.164 and problem code of one text, by the package itself."""
    bare = digits.removeprefix("+")
    if bare.isdigit() and (len(set(bare)) == 1 or pl.Series([digits]).str.contains(_PLACEHOLDER).item()):
        return None, "placeholder_phone"
    if len(number) > phonenumbers.phonenumberutil._MAX_INPUT_STRING_LENGTH:
        return None, "not_a_phone"
    try:
        read = phonenumbers.parse(digits if digits.startswith("+") else number, country)
    except NumberParseException:
        return None, "not_a_phone"
    possible = phonenumbers.is_possible_number_with_reason(read)
    if len(str(read.national_number)) < _SHORTEST or possible not in (
        ValidationResult.IS_POSSIBLE,
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    ):
        return None, "not_a_phone"
    if phonenumbers.is_valid_number(read):
        return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164), None
    is_local = possible == ValidationResult.IS_POSSIBLE_LOCAL_ONLY
    if is_local or (not digits.startswith(("+", "0")) and len(bare) <= _LONGEST_LOCAL):
        return None, "no_area_code"
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164), "unassigned_phone"
