"""How far two records agree in each kind of evidence: one level a field, and the value they share.

Here: one function per kind of evidence over whole columns of pairs; likenesses of texts by rapidfuzz on distinct pairs of values, never in
SQL. Not here: one pair of names (name_comparison.py), what a level means for people (levels.py), how common a shared value is and what
all that weighs (scoring.py).

Every level is the same whichever record comes first, and depends on the two records alone.
"""

from collections.abc import Callable, Sequence

import polars as pl
from rapidfuzz import fuzz, process

from ingest.resolution.levels import number
from ingest.resolution.name_comparison import Name, compare_names
from ingest.resolution.unlike_names import share_nothing

NAME_PARTS = ("han", "brand", "bag", "joined", "acronym", "sound", "brand_sound")
_LEVEL = pl.UInt8
_ALIKE_EMAIL = 88  # of 100, rapidfuzz ratio: two characters of twenty
_ALIKE_ROAD = 75  # of 100, rapidfuzz token_set_ratio, beside the same house number
_ALIKE_ADDRESS = 85  # of 100, rapidfuzz token_sort_ratio
_NEAR = 40.0  # kilometres between the centres of towns of which a suburb's customer may name either


def compare_all_but_names(profiles: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """left, right and the level of every field of levels.FIELDS but the name; rows as in `pairs`.

    `profiles`: n (ascending), source, evidence.TEXTS and NUMBERS. `pairs`: left, right (values of n).
    """
    sides = _Sides(profiles, pairs)
    return pl.DataFrame(
        [
            pairs["left"], pairs["right"], _plain(sides, "credit_code"), _registry_ids(sides), _branches(sides), _numbers(sides),
            _phones(sides), _emails(sides), _plain(sides, "domain"), _addresses(sides), _places(sides), _birth_dates(sides),
            _sources(sides),
        ]
    )  # fmt: skip


def compare_names_of(profiles: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """`name` (a level) and `shared_name`: what the names share, words with blanks between them, null where nothing is; rows as in `pairs`.

    Dearer than all other evidence together (10 microseconds a distinct pair, 2026-11-22), so asked last, for pairs that it can decide.
    """
    sides = _Sides(profiles, pairs)
    frame = sides.frame("name", "core").with_columns(
        one=pl.min_horizontal("core", "core_right"), two=pl.max_horizontal("core", "core_right")
    )
    # Each distinct pair once, its sides in one order: a level must not depend on which record came first.
    judged = _judged(profiles, frame.filter(_differ("core")).select("one", "two").unique())
    frame = frame.join(judged, on=["one", "two"], how="left", maintain_order="left")
    level = pl.when(_equal("name") & _equal("core")).then(pl.lit(number("name", "same"), _LEVEL))
    level = level.when(_equal("core")).then(pl.lit(number("name", "same_core"), _LEVEL)).otherwise(pl.col("level").fill_null(0))
    return frame.select(level.alias("name"), pl.when(_equal("core").fill_null(False)).then("core").otherwise("shared").alias("shared_name"))


class _Sides:
    """The columns of both sides of each pair, fetched when asked for."""

    def __init__(self, profiles: pl.DataFrame, pairs: pl.DataFrame):
        self.profiles = profiles
        self._left, self._right = (profiles["n"].search_sorted(pairs[end]) for end in ("left", "right"))

    def frame(self, *columns: str) -> pl.DataFrame:
        found = []
        for column in columns:
            values = self.profiles[column]
            found += [values.gather(self._left).alias(column), values.gather(self._right).alias(f"{column}_right")]
        return pl.DataFrame(found)


def _level(field: str, **named: pl.Expr) -> pl.Expr:
    """The first level whose condition holds."""
    chain = pl.when(pl.lit(False)).then(pl.lit(0, _LEVEL))
    for name, condition in named.items():
        chain = chain.when(condition.fill_null(False)).then(pl.lit(number(field, name), _LEVEL))
    return chain.otherwise(pl.lit(0, _LEVEL)).alias(field)


def _equal(column: str) -> pl.Expr:
    return pl.col(column) == pl.col(f"{column}_right")


def _differ(column: str) -> pl.Expr:
    return pl.col(column) != pl.col(f"{column}_right")


def _one_side(column: str) -> pl.Expr:
    return pl.col(column).is_null() != pl.col(f"{column}_right").is_null()


def _both(column: str) -> pl.Expr:
    return pl.col(column).is_not_null() & pl.col(f"{column}_right").is_not_null()


def _plain(sides: _Sides, field: str) -> pl.Series:
    return sides.frame(field).select(_level(field, same=_equal(field), other=_differ(field))).to_series()


def _registry_ids(sides: _Sides) -> pl.Series:
    """Registers of two countries may give one number twice."""
    frame = sides.frame("registry_id", "country")
    abroad = _differ("country").fill_null(False)
    return frame.select(_level("registry_id", same=_equal("registry_id") & ~abroad, other=_differ("registry_id"))).to_series()


def _branches(sides: _Sides) -> pl.Series:
    frame = sides.frame("branch", "core", "form", "name")
    # A name with neither form nor branch may mean a branch as well as the company.
    bare = [pl.col(f"form{side}").is_null() & pl.col(f"branch{side}").is_null() for side in ("", "_right")]
    # Of two records with one whole name, one was only read less well.
    told_apart = _one_side("branch") & _both("core") & _differ("name").fill_null(True)
    frame = frame.with_columns(
        pl.col(f"branch{side}").str.extract(pattern, 1).alias(f"{part}{side}")
        for part, pattern in (("number", "^([0-9]+)"), ("called", "^(?:[0-9]+ ?)?([^ 0-9-].*)$"))
        for side in ("", "_right")
    )
    # 技术服务分公司, 北京技术服务分公司: one of them names its town too, or the town was read as the company's.
    within = pl.col("called").str.ends_with(pl.col("called_right")) | pl.col("called_right").str.ends_with(pl.col("called"))
    other = _differ("number").fill_null(False) | (_differ("called") & ~within).fill_null(False)
    return frame.select(
        _level(
            "branch",
            same=(_equal("number").fill_null(False) | _equal("called").fill_null(False)) & ~other,
            other=other,
            number_and_name=_both("branch") & ~_both("number") & ~_both("called"),
            branch_and_name=told_apart & (bare[0] | bare[1]),
            branch_and_company=told_apart,
        )
    ).to_series()


def _numbers(sides: _Sides) -> pl.Series:
    frame = sides.frame("numbers", "core")
    return frame.select(
        _level("numbers", same=_equal("numbers"), other=_differ("numbers"), one_side=_one_side("numbers") & _both("core"))
    ).to_series()


def _sources(sides: _Sides) -> pl.Series:
    """Records of a nameless source may come from anywhere."""
    frame = sides.frame("source")
    named = (pl.col("source") != "") & (pl.col("source_right") != "")
    return frame.select(_level("source", same=_equal("source") & named, other=_differ("source") & named)).to_series()


def _phones(sides: _Sides) -> pl.Series:
    """One number may lack the country's or the town's digits."""
    frame = sides.frame("phone")
    # 021 5555 0100 and +86 21 5555 0100: the zero in front stands for the country (2026-11-22).
    left, right = (pl.col(name).str.replace("^00?", "") for name in ("phone", "phone_right"))
    return frame.select(_level("phone", same=left.str.ends_with(right) | right.str.ends_with(left), other=_both("phone"))).to_series()


def _birth_dates(sides: _Sides) -> pl.Series:
    """Nearly the same: one digit is another, or day and month stand in each other's place."""
    frame = sides.frame("birth_date")
    one, two = pl.col("birth_date"), pl.col("birth_date_right")
    digits = pl.sum_horizontal((one.str.slice(place, 1) != two.str.slice(place, 1)).cast(pl.UInt8) for place in range(10))
    swapped = pl.concat_str(one.str.slice(0, 5), one.str.slice(8, 2), pl.lit("-"), one.str.slice(5, 2)) == two
    return frame.select(
        _level(
            "birth_date",
            same=_equal("birth_date"),
            nearly_same=_both("birth_date") & ((digits == 1) | swapped),
            other=_differ("birth_date"),
        )
    ).to_series()


def _emails(sides: _Sides) -> pl.Series:
    frame = sides.frame("email")
    alike = on_distinct(frame["email"], frame["email_right"], lambda a, b: process.cpdist(a, b, scorer=fuzz.ratio).tolist())
    frame = frame.with_columns(alike.alias("alike"))
    return frame.select(_level("email", same=_equal("email"), alike=pl.col("alike") >= _ALIKE_EMAIL, other=_differ("email"))).to_series()


def _addresses(sides: _Sides) -> pl.Series:
    frame = sides.frame("address", "road", "house")
    # Of another house the texts need no closer look: nine of ten pairs (2026-11-22).
    whole = _likeness(frame, "address", ~(_both("house") & _differ("house")).fill_null(False), fuzz.token_sort_ratio)
    road = _likeness(frame, "road", _equal("house").fill_null(False), fuzz.token_set_ratio)
    frame = frame.with_columns(whole=whole, alike_road=road)
    return frame.select(
        _level(
            "address",
            same=_equal("address"),
            same_house=_equal("house") & (_equal("road") | (pl.col("alike_road") >= _ALIKE_ROAD)),
            alike=(pl.col("whole") >= _ALIKE_ADDRESS) & ~(_both("house") & _differ("house")),
            same_road=_equal("road"),
            other=_differ("address"),
        )
    ).to_series()


def _likeness(frame: pl.DataFrame, column: str, asked: pl.Expr, scorer: Callable[..., float]) -> pl.Series:
    """0 to 100 of both sides of a column where it is asked for, null elsewhere."""
    masked = frame.select(pl.when(asked).then(name).alias(name) for name in (column, f"{column}_right"))
    return on_distinct(masked[column], masked[f"{column}_right"], lambda a, b: process.cpdist(a, b, scorer=scorer).tolist())


def _places(sides: _Sides) -> pl.Series:
    """The smallest division both name; different ones where the same level is named."""
    frame = sides.frame("postal_code", "district", "city", "region", "country", "latitude", "longitude")
    city, other_city = pl.col("city"), pl.col("city_right")
    within = city.str.starts_with(other_city) | other_city.str.starts_with(city)  # New York, New York City
    abroad, away = _differ("country").fill_null(False), _differ("region").fill_null(False)
    return frame.select(
        _level(
            "place",
            other_country=abroad & ~_equal("postal_code").fill_null(False),
            same_postal_code=_equal("postal_code"),
            near_city=(away | (_differ("city") & ~within)) & (_kilometres() <= _NEAR),
            other_region=away,
            same_district=_equal("district") & _equal("city").fill_null(True),
            same_city=_equal("city") | within,
            other_city=_differ("city"),
            same_region=_equal("region"),
            same_country=_equal("country"),
        )
    ).to_series()


def _kilometres() -> pl.Expr:
    """Between both places, on a plane: exact enough for what is near."""
    north = (pl.col("latitude") - pl.col("latitude_right")) * 111.2
    parallel = ((pl.col("latitude") + pl.col("latitude_right")) / 2).radians().cos()
    east = (pl.col("longitude") - pl.col("longitude_right")) * 111.2 * parallel
    return (north.pow(2) + east.pow(2)).sqrt()


def _judged(profiles: pl.DataFrame, ordered: pl.DataFrame) -> pl.DataFrame:
    """one, two, level, shared of distinct pairs of cores (one < two)."""
    parts = _parts_of(profiles, ordered)
    is_unlike = share_nothing(parts, ordered)
    unlike = ordered.filter(is_unlike).with_columns(level=pl.lit(number("name", "unlike"), _LEVEL), shared=pl.lit(None, pl.String))
    ordered = ordered.filter(~is_unlike)
    names = {core: Name(*rest) for core, *rest in _parts_of(parts, ordered).iter_rows()}
    found = [compare_names(names[one], names[two]) for one, two in ordered.iter_rows()]
    judged = ordered.with_columns(
        level=pl.Series([level for level, _ in found], dtype=_LEVEL),
        shared=pl.Series([shared or None for _, shared in found], dtype=pl.String),
    )
    return pl.concat([unlike, judged])


def _parts_of(profiles: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """core (distinct, ascending) and NAME_PARTS of the names in these pairs."""
    wanted = pl.concat([pairs["one"], pairs["two"]]).unique().to_frame("core")
    return profiles.select("core", *NAME_PARTS).join(wanted, on="core", how="semi").unique("core").sort("core")


def on_distinct(left: pl.Series, right: pl.Series, scores: Callable[[Sequence[str], Sequence[str]], Sequence[float]]) -> pl.Series:
    """Scores of pairs of texts, worked out once for each distinct pair that is filled and unequal; null elsewhere."""
    pairs = pl.DataFrame({"left": left, "right": right})
    asked = pl.col("left").is_not_null() & pl.col("right").is_not_null() & (pl.col("left") != pl.col("right"))
    pairs = pairs.select(
        pl.when(asked).then(pl.min_horizontal("left", "right")).alias("one"),
        pl.when(asked).then(pl.max_horizontal("left", "right")).alias("two"),
    )
    distinct = pairs.drop_nulls().unique()
    values = scores(distinct["one"].to_list(), distinct["two"].to_list()) if len(distinct) else []
    scored = distinct.with_columns(score=pl.Series(values, dtype=pl.Float64))
    return pairs.join(scored, on=["one", "two"], how="left", maintain_order="left")["score"]
