"""The values by which records may find each other, and those whose commonness counts: every profile's keys, exploded.

Here: which keys a profile has, each with its kind. Not here: which keys are of use, and the pairs they give (blocking.py).

A profile's keys depend on the profile alone, so that a new record never changes another's keys. What is too common to say anything (the
word `group`, a switchboard) is found by counting, in blocking.py.
"""

from collections.abc import Iterator

import polars as pl

_PHONE_DIGITS = 8  # the last eight digits agree whether or not somebody wrote +86, 0086 or a leading zero
_HAN_PREFIX, _LETTER_PREFIX = 2, 4
_SHORTEST_WORD = 2
_SHORTEST_SOUND = 5
_SHORTEST_SKELETON = 5
SHORT_BRAND = 4  # characters of a Chinese brand of which any two say something
_LONGEST_BRAND = 12  # characters of a Chinese brand whose pairs are keys

BLOCKING: tuple[str, ...] = (
    "credit_code", "registry_id", "phone", "email", "domain", "name", "name_in_place", "brand", "joined", "word", "word_pair", "bigram",
    "acronym", "sound", "skeleton", "road_and_house", "house_in_postal_code", "prefix_in_place", "prefix_in_cell", "first_character",
    "birth_date",
)  # fmt: skip
HINTS: frozenset[str] = frozenset(
    {
        "word", "word_pair", "bigram", "acronym", "skeleton", "house_in_postal_code", "prefix_in_place", "prefix_in_cell",
        "first_character",
    }
)  # fmt: skip
"""Kinds that are shared by chance more often than not: two records of one customer nearly always share another kind as well."""
COUNTED_ONLY: tuple[str, ...] = ("address", "postal_code", "district", "city")
KINDS: tuple[str, ...] = (*BLOCKING, *COUNTED_ONLY)
"""Kinds of keys; a kind's number is its place here."""


def in_one_order(bigram: pl.Expr) -> pl.Expr:
    """Two characters, the lower first."""
    one, two = bigram.str.slice(0, 1), bigram.str.slice(1, 1)
    return pl.concat_str(pl.min_horizontal(one, two), pl.max_horizontal(one, two))


def key_values(kind: str, values: pl.Expr) -> pl.Expr:
    """The stored form of a kind's values: a hash, as a signed number. Two values of one hash only cost a comparison."""
    return values.hash(seed=KINDS.index(kind)).reinterpret(signed=True)


def blocking_keys(profiles: pl.DataFrame) -> pl.DataFrame:
    """kind (UInt8), value (Int64), n (Int64) of every key of every profile, each once. `profiles`: n and evidence.TEXTS."""
    return pl.concat([*_single(profiles), *(pl.concat(found).unique() for found in _several(profiles))])


def _single(profiles: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Kinds of which a profile has one key at most."""
    place = pl.coalesce("postal_code", "city")
    prefix = pl.coalesce(pl.col("brand").str.slice(0, _HAN_PREFIX), pl.col("joined").str.slice(0, _LETTER_PREFIX))
    single: dict[str, pl.Expr] = {
        "credit_code": pl.col("credit_code"),
        "registry_id": pl.col("registry_id"),
        "phone": pl.col("phone").str.slice(-_PHONE_DIGITS),
        "email": pl.col("email"),
        "domain": pl.col("domain"),
        "name": pl.col("core"),
        "name_in_place": pl.concat_str("core", place, separator="\x1f"),
        "brand": pl.col("brand"),
        "joined": pl.col("joined"),
        "road_and_house": pl.concat_str("road", "house", pl.coalesce("city", "postal_code", pl.lit("")), separator="\x1f"),
        "house_in_postal_code": pl.concat_str("house", "postal_code", separator="\x1f"),
        "prefix_in_place": pl.concat_str(prefix, place, separator="\x1f"),
        "prefix_in_cell": pl.concat_str(prefix, "cell", separator="\x1f"),
        "first_character": pl.col("brand").str.slice(0, 1),
        "birth_date": pl.col("birth_date"),
        **{kind: pl.col(kind) for kind in COUNTED_ONLY},
    }
    for kind, value in single.items():
        yield _hashed(profiles, kind, value)


def _several(profiles: pl.DataFrame) -> Iterator[list[pl.DataFrame]]:
    """Kinds of which a profile may have several keys, also one twice; a list of frames a kind."""
    yield list(_acronyms(profiles))
    yield list(_sounds(profiles))
    words = pl.col("bag").str.split(" ").list.unique()
    exploded = profiles.select("n", words.alias("word")).explode("word").filter(pl.col("word").str.len_chars() >= _SHORTEST_WORD)
    yield [_hashed(exploded, "word", pl.col("word"))]
    yield [_hashed(exploded, "skeleton", _skeleton(pl.col("word")))]
    yield [_hashed(_word_pairs(profiles), "word_pair", pl.col("pair"))]
    yield [_hashed(_bigrams(profiles), "bigram", pl.col("bigram"))]


def _hashed(frame: pl.DataFrame, kind: str, value: pl.Expr) -> pl.DataFrame:
    found = frame.select("n", value.alias("value")).drop_nulls("value")
    return found.select(pl.lit(KINDS.index(kind), pl.UInt8).alias("kind"), key_values(kind, pl.col("value")), "n")


def _acronyms(profiles: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """A word of three to six letters may be another name's initials."""
    yield _hashed(profiles, "acronym", pl.col("acronym"))
    yield _hashed(profiles, "acronym", pl.when(pl.col("joined").str.len_chars().is_between(3, 6)).then("joined"))


def _sounds(profiles: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Chinese as it is read aloud, its brand alone too, beside what is written in letters, its first word alone too."""
    in_letters = profiles.filter(pl.col("han").is_null())
    first_word = pl.col("words").str.split(" ").list.first()
    for frame, sound in (
        (profiles, pl.col("sound")), (profiles, pl.col("brand_sound")), (in_letters, pl.col("joined")), (in_letters, first_word),
    ):  # fmt: skip
        yield _hashed(frame, "sound", pl.when(sound.str.len_chars() >= _SHORTEST_SOUND).then(sound))


def _skeleton(word: pl.Expr) -> pl.Expr:
    """First letter and consonants of a word of five letters and more: what most slips of the pen leave."""
    bare = word.str.slice(0, 1) + word.str.slice(1).str.replace_all(r"[aeiouyhw]", "").str.replace_all(r"[^a-z]", "")
    return pl.when((word.str.len_chars() >= _SHORTEST_SKELETON) & (bare.str.len_chars() >= 3)).then(bare.str.slice(0, 5))


def _word_pairs(profiles: pl.DataFrame) -> pl.DataFrame:
    """Neighbouring words of the sorted words: rarer than each alone."""
    words = profiles.select("n", pl.col("bag").str.split(" ").alias("word")).filter(pl.col("word").list.len() >= 2)
    both = words.select("n", pl.col("word").list.head(pl.col("word").list.len() - 1), next=pl.col("word").list.slice(1))
    return both.explode("word", "next").select("n", pair=pl.concat_str("word", "next", separator=" "))


def _bigrams(profiles: pl.DataFrame) -> pl.DataFrame:
    """Each two characters in a row of a Chinese brand, of a short one each two at all, in whichever order: 运满满 is 满运."""
    brands = profiles.select("n", "brand").drop_nulls()
    longest = min(int(brands["brand"].str.len_chars().max() or 0), _LONGEST_BRAND)
    parts = [
        brands.select("n", bigram=pl.col("brand").str.slice(start, 2)).filter(pl.col("bigram").str.len_chars() == 2)
        for start in range(longest - 1)
    ]
    short = brands.filter(pl.col("brand").str.len_chars() <= SHORT_BRAND)
    parts += [
        short.select("n", bigram=pl.col("brand").str.slice(start, 1) + pl.col("brand").str.slice(start + apart, 1)).filter(
            pl.col("bigram").str.len_chars() == 2
        )
        for start in range(SHORT_BRAND - 2)
        for apart in range(2, SHORT_BRAND - start)
    ]
    parts = [part.select("n", bigram=in_one_order(pl.col("bigram"))) for part in parts]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"n": pl.Int64, "bigram": pl.String})
