"""How the Chinese characters of a name are read aloud: evidence beside the name, never its key.

Here: pinyin without tones, and its initials, for whole columns.
Not here: simplifying the characters first (name_parts.py).

Characters have one reading each, except inside the words of pypinyin's dictionary that read one differently (银行 yinhang, 重庆
chongqing), which are looked for first. A name cut in the wrong place may so be read wrongly: another reason why it is no key.
"""

import unicodedata
from functools import cache

import polars as pl

_LONGEST_WORD = 4  # longer ones are sayings


def read_pinyin(names: pl.Series) -> pl.DataFrame:
    """`pinyin` and `pinyin_initials` of folded names, same height: null where there is no Chinese character, no blanks inside.

    What is not Chinese stays as it is: `ab青禾` -> `abqinghe`, `abqh`.
    """
    with_han = pl.col("name").str.contains(r"\p{Han}")
    frame = names.rename("name").to_frame().select(pl.when(with_han).then(pl.col("name").str.replace_all(" ", "", literal=True)))
    syllables, initials = _readings(_characters(frame["name"]))
    return frame.select(
        pl.col("name").str.replace_many(syllables, leftmost=True).alias("pinyin"),
        pl.col("name").str.replace_many(initials, leftmost=True).alias("pinyin_initials"),
    )


def _characters(names: pl.Series) -> frozenset[str]:
    """The different characters of all names: only these are looked for."""
    joined = names.drop_nulls()
    return frozenset().union(*(joined.slice(start, 20_000).str.join("").item() for start in range(0, len(joined), 20_000)))


def _readings(characters: frozenset[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Words first, then characters: text -> syllables, text -> initials."""
    single, words = _dictionary()
    found = {word: spoken for word, spoken in words.items() if characters.issuperset(word)}
    found |= {character: (single[character],) for character in sorted(characters) if character in single}
    return {text: "".join(spoken) for text, spoken in found.items()}, {
        text: "".join(s[0] for s in spoken) for text, spoken in found.items()
    }


@cache
def _dictionary() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Every character's first reading, and the words in which one is read otherwise, longest first."""
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT  # noqa: PLC0415 - 0.2 s that only this needs

    single = {chr(code): _plain(readings.split(",")[0]) for code, readings in PINYIN_DICT.items()}
    words = {}
    for word, readings in PHRASES_DICT.items():
        if 1 < len(word) <= _LONGEST_WORD and len(word) == len(readings):
            spoken = tuple(_plain(reading[0]) for reading in readings)
            if all(spoken) and any(single.get(character) != syllable for character, syllable in zip(word, spoken, strict=True)):
                words[word] = spoken
    return single, dict(sorted(words.items(), key=lambda item: (-len(item[0]), item[0])))


@cache
def _plain(syllable: str) -> str:
    """Without its tone; ü as v, as people type it."""
    letters = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(c for c in letters if c.isascii() and c.isalpha())
