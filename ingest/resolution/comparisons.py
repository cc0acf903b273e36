"""Whether two records are the same customer: same, possible or neither, and why (查重).

Here: likeness of names (rapidfuzz, which counts characters; never similarity in SQL, which counts bytes), agreement of the
other features, and the rules that make a verdict of them. Not here: which pairs are looked at (blocking.py), thresholds
(thresholds.yml), what follows for groups (clustering.py).

The first rule that fits decides:
  1. two different valid credit codes are never the same; one credit code always is
  2. a branch and its company, and names whose numbers differ (Shop 12, Shop 21), are not the same
  3. one registry number is the same company unless the names are wholly unlike
  4. without a name on both sides only e-mail and telephone together are enough
  5. equal names are the same customer where place or contact agree; across systems also where one side's place is unknown and
     the name is known in one place only; within one system never on the name alone, for it keeps two records for some reason
  6. like names are the same where a contact agrees, or the city. The city is not enough for Chinese names: one character of six
     is another company
  7. what comes close is possible, and waits for a person
"""

import polars as pl
from rapidfuzz import fuzz, process

from ingest.resolution.thresholds import Thresholds

_COMPARED = (
    "source", "name", "credit_code", "registry_id", "phone", "email", "domain", "street", "postal_code", "country", "region",
    "city", "numbers", "is_branch", "is_chinese",
)  # fmt: skip
_RULES: dict[str, tuple[str, float, str]] = {  # rule: (verdict, score; null takes the names' likeness, the sentence)
    "credit_code": ("same", 1.0, "Same credit code"),
    "registry_id": ("same", 0.99, "Same register number"),
    "contacts": ("same", 0.96, "Same e-mail address and telephone number"),
    "name_and_contact": ("same", 0.98, "Same name and same contact"),
    "name_and_place": ("same", 0.97, "Same name in the same place"),
    "name_alone": ("same", 0.93, "Same name, known in one place only"),
    "like_name_and_contact": ("same", 0.0, "Like names and same contact"),
    "like_name_and_city": ("same", 0.0, "Like names in the same city"),
    "registry_unlike": ("possible", 0.8, "Same register number, but unlike names"),
    "name_elsewhere": ("possible", 0.7, "Same name, but nothing else confirms it"),
    "like_name": ("possible", 0.0, "Like names"),
    "part_of_name_and_contact": ("possible", 0.75, "Same contact, and one name is part of the other"),
    "email_alone": ("possible", 0.6, "Same e-mail address, but unlike names"),
}
_POSSIBLE_DISCOUNT = 0.9  # a possible pair never outranks a same one: 0.9 * 1.0 is below every same score


def name_similarity(left: pl.Series, right: pl.Series) -> pl.Series:
    """Likeness of comparable names, 0 to 1, four decimals; 1 only for equal names, null where either is null."""
    pairs = pl.DataFrame({"left": left, "right": right})
    distinct = pairs.filter(pl.col("left") != pl.col("right")).unique().sort("left", "right")
    lefts, rights = distinct["left"].to_list(), distinct["right"].to_list()
    best = pl.Series("similarity", [], dtype=pl.Float64)
    if lefts:
        ratio = process.cpdist(lefts, rights, scorer=fuzz.ratio)
        sorted_ratio = process.cpdist(lefts, rights, scorer=fuzz.token_sort_ratio)
        # 99.99 at most: the words of two names in another order are like, not equal.
        best = pl.Series("similarity", [min(max(a, b), 99.99) for a, b in zip(ratio.tolist(), sorted_ratio.tolist(), strict=True)])
    scored = distinct.with_columns((best / 100).round(4).alias("similarity"))
    joined = pairs.join(scored, on=["left", "right"], how="left", maintain_order="left")
    return joined.select(
        pl.when(pl.col("left") == pl.col("right")).then(pl.lit(1.0)).otherwise("similarity").alias("similarity")
    ).to_series()


def _holds_the_other(sides: pl.DataFrame) -> pl.Series:
    """Likeness of the shorter name with the part of the longer it resembles, 0 to 1; only where telephone or e-mail agree."""
    asked = sides.with_row_index("row").filter((pl.col("same_phone") | pl.col("same_email")) & (pl.col("similarity") < 1))
    scores = pl.Series("holds", [], dtype=pl.Float64)
    if len(asked):
        ratios = process.cpdist(asked["name"].to_list(), asked["name_right"].to_list(), scorer=fuzz.token_set_ratio)
        scores = (pl.Series("holds", ratios.tolist(), dtype=pl.Float64) / 100).round(4)
    joined = sides.with_row_index("row").select("row").join(asked.select("row").with_columns(scores), on="row", how="left")
    return joined.sort("row")["holds"].fill_null(0.0)


def compare(records: pl.DataFrame, pairs: pl.DataFrame, *, limits: Thresholds) -> pl.DataFrame:
    """The pairs that are the same or possible: left, right, score (0..1), verdict, evidence; sorted by left, right.

    `records` as features.features gives them, `pairs` as blocking.candidate_pairs.
    """
    in_one_place = _names_in_one_place(records)
    known = records.select("n", *_COMPARED)
    sides = pairs.join(known, left_on="left", right_on="n", maintain_order="left").join(
        known, left_on="right", right_on="n", suffix="_right", maintain_order="left"
    )
    sides = sides.with_columns(similarity=name_similarity(sides["name"], sides["name_right"]))
    sides = sides.with_columns(**_agreements(), name_is_in_one_place=pl.col("name").is_in(in_one_place.implode()))
    sides = sides.with_columns(_holds_the_other(sides))
    judged = sides.with_columns(rule=_rule(limits)).filter(pl.col("rule").is_not_null())
    rules = pl.DataFrame(
        [(name, *values) for name, values in _RULES.items()], schema=["rule", "verdict", "score", "sentence"], orient="row"
    )
    judged = judged.join(rules, on="rule", maintain_order="left")
    likeness = pl.when(pl.col("verdict") == "same").then("similarity").otherwise(pl.col("similarity") * _POSSIBLE_DISCOUNT)
    score = pl.when(pl.col("score") == 0).then(likeness).otherwise("score").round(4)
    return judged.select("left", "right", score.alias("score"), "verdict", _evidence().alias("evidence")).sort("left", "right")


def _names_in_one_place(records: pl.DataFrame) -> pl.Series:
    """Comparable names whose records name at most one city."""
    city = pl.struct("country", "region", "city")
    cities = records.drop_nulls("name").group_by("name").agg(city.filter(pl.col("city").is_not_null()).n_unique().alias("cities"))
    return cities.filter(pl.col("cities") <= 1)["name"].sort()


def _equal(column: str) -> pl.Expr:
    return (pl.col(column) == pl.col(f"{column}_right")).fill_null(False)


def _differ(column: str) -> pl.Expr:
    return (pl.col(column) != pl.col(f"{column}_right")).fill_null(False)


def _agreements() -> dict[str, pl.Expr]:
    phone, other = pl.col("phone"), pl.col("phone_right")
    same_phone = (phone.str.ends_with(other) | other.str.ends_with(phone)).fill_null(False)
    outside = _differ("country") | _differ("region")
    no_city = pl.col("city").is_null() | pl.col("city_right").is_null()
    return {
        "same_phone": same_phone,
        "same_email": _equal("email"),
        "same_domain": _equal("domain"),
        "same_city": _equal("city") & ~outside,
        "same_postal_code": _equal("postal_code") & ~_differ("country"),
        "same_street": _equal("street"),
        "elsewhere": outside | _differ("city"),
        "place_unknown": no_city & ~outside,
    }


def _rule(limits: Thresholds) -> pl.Expr:
    """The name of the first rule of the module's docstring that fits; null where none does."""
    similarity = pl.col("similarity").fill_null(0.0)
    nameless = pl.col("similarity").is_null()
    equal_name = pl.col("similarity") == 1.0
    phone, email, domain = pl.col("same_phone"), pl.col("same_email"), pl.col("same_domain")
    elsewhere, city = pl.col("elsewhere"), pl.col("same_city")
    street, postal_code = pl.col("same_street") & ~elsewhere, pl.col("same_postal_code")
    one_source = _equal("source")
    contact = phone | email | (domain & ~elsewhere & ~one_source)
    place = pl.when(one_source).then(street | postal_code).otherwise(city | postal_code)
    numbers_differ = (pl.col("numbers") != "") & (pl.col("numbers_right") != "") & _differ("numbers")
    unlike_kind = (pl.col("is_branch") != pl.col("is_branch_right")) & ~nameless
    is_like = (similarity >= limits.same_above) & ~_differ("numbers") & ~pl.col("is_branch") & ~_differ("registry_id")
    is_latin = ~pl.col("is_chinese") & ~pl.col("is_chinese_right")
    near = contact | city | postal_code | street
    return (
        pl.when(_differ("credit_code"))
        .then(None)
        .when(_equal("credit_code"))
        .then(pl.lit("credit_code"))
        .when(unlike_kind | numbers_differ)
        .then(None)
        .when(_equal("registry_id") & ~_differ("country"))
        .then(
            pl.when(nameless | (similarity >= limits.registry_name_above)).then(pl.lit("registry_id")).otherwise(pl.lit("registry_unlike"))
        )
        .when(nameless & email & phone)
        .then(pl.lit("contacts"))
        .when(nameless)
        .then(None)
        .when(equal_name & contact)
        .then(pl.lit("name_and_contact"))
        .when(equal_name & place)
        .then(pl.lit("name_and_place"))
        .when(equal_name & ~one_source & pl.col("place_unknown") & pl.col("name_is_in_one_place"))
        .then(pl.lit("name_alone"))
        .when(equal_name & ~(one_source & elsewhere))
        .then(pl.lit("name_elsewhere"))
        .when(equal_name)
        .then(None)
        .when(is_like & (contact | (street & one_source)))
        .then(pl.lit("like_name_and_contact"))
        .when(is_like & is_latin & ~one_source & (city | postal_code))
        .then(pl.lit("like_name_and_city"))
        .when((similarity >= limits.possible_above) & near)
        .then(pl.lit("like_name"))
        .when(pl.col("holds") >= limits.part_of_name_above)
        .then(pl.lit("part_of_name_and_contact"))
        .when(email)
        .then(pl.lit("email_alone"))
    )


def _evidence() -> pl.Expr:
    """The rule's sentence, then what agrees and what differs, for people."""
    labels = {
        "same_phone": "telephone", "same_email": "e-mail", "same_domain": "domain", "same_street": "street",
        "same_postal_code": "postal code", "same_city": "city",
    }  # fmt: skip
    agreeing = pl.concat_list(pl.when(pl.col(column)).then(pl.lit(label)) for column, label in labels.items()).list.drop_nulls()
    differing = {"registry_id": "register number", "country": "country", "region": "region", "city": "city"}
    unlike = pl.concat_list(pl.when(_differ(column)).then(pl.lit(label)) for column, label in differing.items()).list.drop_nulls()
    names = pl.when(pl.col("similarity") < 1.0).then(pl.format("; names {} alike", pl.col("similarity").cast(pl.String)))
    return pl.concat_str(
        "sentence",
        names.fill_null(""),
        pl.when(agreeing.list.len() > 0).then(pl.format("; agree: {}", agreeing.list.join(", "))).otherwise(pl.lit("")),
        pl.when(unlike.list.len() > 0).then(pl.format("; differ: {}", unlike.list.join(", "))).otherwise(pl.lit("")),
        pl.lit("."),
    )
