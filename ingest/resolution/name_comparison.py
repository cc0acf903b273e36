"""What two names have in common: a level of agreement, and the words they share.

Here: one distinct pair of names at a time, in letters and in Chinese, by rapidfuzz (which counts characters; SQL's functions count bytes).
Not here: taking names apart (name_evidence.py), how rare the shared words are and what all that weighs (scoring.py).

A pair's level depends on the two names alone, never on the other names there are, nor on which of them comes first.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import permutations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, LCSseq

from ingest.resolution.blocking_keys import SHORT_BRAND
from ingest.resolution.levels import number
from ingest.resolution.name_evidence import common_words, nicknames, place_words

_STRONGEST_FIRST = (
    "same_words", "common_words", "variant", "nearly_same", "alike", "short_form", "sound", "acronym", "part", "same_beginning",
    "other_trade", "shared_word", "one_character", "unlike", "other_script", "sounds_alike", "inside",
)  # fmt: skip
_LEVELS = {name: number("name", name) for name in _STRONGEST_FIRST}
(
    _SAME_WORDS,
    _COMMON_WORDS,
    _VARIANT,
    _NEARLY,
    _ALIKE,
    _SHORT,
    _SOUND,
    _ACRONYM,
    _PART,
    _BEGINNING,
    _TRADE,
    _SHARED,
    _CHARACTER,
    _UNLIKE,
    _OTHER_SCRIPT,
    _SOUNDS_ALIKE,
    _INSIDE,
) = _LEVELS.values()
AS_HEARD = "~"  # in front of what is shared in sound
_RANK = {level: place for place, level in enumerate(_LEVELS.values())}
_ALIKE_AS_A_WHOLE = 92  # of 100, rapidfuzz ratio of the words without blanks
_SHORTEST_ALIKE = 6  # characters of a whole name that may hold a slip
_SHORTEST_SOUND = 5
_SHORTEST_SPELT = 5
_SHORTEST_WORD = 2  # characters of Chinese that say something
LEAST_LIKE = 60  # of 100: what is less alike and shares no word is unlike without a closer look
SHORTEST_UNLIKE = 4  # characters of such a name
_MOST_WORDS = 12  # longer names are texts, whose words are not paired one by one


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart, as name_evidence.name_columns does; `words`: of its bag, `telling`: those that are not common."""

    han: str | None
    brand: str | None
    bag: str | None
    joined: str | None
    acronym: str | None
    sound: str | None
    brand_sound: str | None = None
    words: frozenset[str] = field(init=False)
    telling: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        words = frozenset(self.bag.split(" ")) if self.bag else frozenset()
        object.__setattr__(self, "words", words)
        # Beside Chinese, digits alone are no name of their own: 奇虎360.
        telling = (word for word in words if len(word) > 1 and word not in common_words() and not (self.han and word.isdigit()))
        object.__setattr__(self, "telling", frozenset(telling))


def compare_names(left: Name, right: Name) -> tuple[int, str]:
    """Level of two different cores, and the shared words (blank-separated; a Chinese brand is one) by which their rarity is told."""
    if left.han and right.han and ((left.brand and right.brand) or not (left.telling or right.telling)):
        chinese = _compare_chinese(left, right)
        if left.telling and right.telling and (found := _compare_words(left, right))[0] != _UNLIKE:
            return min(chinese, found, key=lambda one: (_RANK[one[0]], one[1]))
        return chinese
    if left.bag and right.bag and ((left.telling and right.telling) or not (left.han or right.han)):
        found = _compare_words(left, right)
        if found[0] != _UNLIKE or (left.joined.isascii() and right.joined.isascii() and not (left.han or right.han)):
            return found
    return _compare_sounds(left, right)


def _compare_sounds(left: Name, right: Name) -> tuple[int, str]:
    if not (left.han or right.han) and left.joined and right.joined and left.joined.isascii() != right.joined.isascii():
        return _OTHER_SCRIPT, ""
    heard, other = left.sound or left.joined, right.sound or right.joined
    if not heard or not other or min(len(heard), len(other)) < _SHORTEST_SOUND:
        return _UNLIKE, ""
    if heard == other:
        return _SOUND, AS_HEARD + heard
    if fuzz.ratio(heard, other) >= _ALIKE_AS_A_WHOLE:
        return _SOUNDS_ALIKE, ""
    if bool(left.han) == bool(right.han):
        return _UNLIKE, ""
    sound, written = (heard, right) if left.han else (other, left)
    # A person's two names come in another order: Wei Zhang, 张伟.
    if 2 <= len(written.words) <= 3 and any("".join(order) == sound for order in permutations(sorted(written.words))):
        return _SOUND, AS_HEARD + sound
    brand = (left if left.han else right).brand_sound
    if brand and len(brand) >= _SHORTEST_SOUND and brand in written.telling:
        return _SOUND, AS_HEARD + brand
    begins = sorted(word for word in written.telling if len(word) >= _SHORTEST_SPELT and sound.startswith(word))
    if begins:
        return _SOUND, begins[-1]
    # The brand is spelt, the trade translated: Difeng Electronics, 荻沨电子.
    # One letter may differ: 泊 is read bo and po.
    spelt = sorted(
        word for word in written.telling
        if len(word) >= _SHORTEST_SPELT and OSA.distance(word, sound[: len(word)], score_cutoff=1) <= 1
    )  # fmt: skip
    return (_SOUNDS_ALIKE, spelt[-1]) if spelt else (_OTHER_SCRIPT, "")


def _compare_chinese(left: Name, right: Name) -> tuple[int, str]:
    han, other = left.han, right.han
    if han == other:  # the same characters beside other words in letters
        if not (left.telling or right.telling):
            return _SAME_WORDS, left.brand or han  # 云孚科技, 云孚科技（北京）
        return (_SHORT if not (left.telling and right.telling) else _TRADE), left.brand or han
    brand, second = left.brand or han, right.brand or other
    if brand == second:
        return _trade_level(han.removeprefix(brand), other.removeprefix(brand)), brand
    short, long = sorted((han, other), key=lambda text: (len(text), text))
    small, great = sorted((brand, second), key=lambda text: (len(text), text))
    by_length = _short_form(short, long, small, great)
    if by_length:
        return by_length
    if left.brand_sound and left.brand_sound == right.brand_sound:
        if len(left.brand_sound) >= _SHORTEST_SOUND:
            return _SOUND, AS_HEARD + left.brand_sound
        return (_SOUNDS_ALIKE if left.sound == right.sound else _PART), ""
    if len(short) >= _SHORTEST_SLIP and len(long) - len(short) <= 1 and OSA.distance(han, other, score_cutoff=1) == 1:
        return (_CHARACTER if len(brand) == len(second) and len(brand) <= _LONGEST_BRAND else _ALIKE), ""
    return _abbreviation(short, long) or _part(brand, other, second, han) or _shared_characters(han, other, brand, second)


_SHORTEST_SLIP = 4  # characters: in a shorter name one other character is another name
_LONGEST_BRAND = 6  # characters of a brand in which one other character is another brand
_LONGEST_REST = 4  # characters that may follow one brand inside another: 京东, 京东世纪
_LONGEST_ABBREVIATION = 8
_SURE_ABBREVIATION = 5  # characters of an abbreviation that does not fit by chance


def _short_form(short: str, long: str, small: str, great: str) -> tuple[int, str] | None:
    """Of names and brands, the shorter first: one is what is left of the other. A brand of one character more is another brand."""
    if len(small) < _SHORTEST_WORD:
        return None
    is_longer_by_one = great.startswith(small) and len(great) - len(small) == 1
    if short[:2] == long[:2] and _is_in_order(short, long):  # 众安保险, 众安在线财产保险
        if is_longer_by_one:
            return _CHARACTER, ""
        return (_SHORT if len(short) > _SHORTEST_WORD or len(great) <= _SHORTEST_SLIP else _PART), small
    if great.startswith(small):
        if len(great) - len(small) > _LONGEST_REST:
            return _BEGINNING, small
        # 贝壳金服 and 贝壳金科 share more than the brand of the one.
        return (_CHARACTER if is_longer_by_one else _PART), _beginning_in_pairs(short, long, small)
    return None


def _abbreviation(short: str, long: str) -> tuple[int, str] | None:
    """中石化, 中国石油化工."""
    fits = _SHORTEST_WORD <= len(short) <= _LONGEST_ABBREVIATION and short[0] == long[0] and _is_in_order(short, long)
    return ((_SHORT if len(short) >= _SURE_ABBREVIATION else _PART), "") if fits else None


def _part(brand: str, other: str, second: str, han: str) -> tuple[int, str] | None:
    """One's brand stands in the other's name, or its characters in order in the other's brand: 精锐, 精学锐."""
    within = sorted((one, text) for one, text in ((brand, other), (second, han)) if len(one) >= _SHORTEST_WORD and one in text)
    if within:  # what a name begins with says more: 智融 in 智融时代, 智融 in 汇金智融
        one, text = within[0]
        return (_PART if text.startswith(one) else _INSIDE), one
    small, great = sorted((brand, second), key=lambda text: (len(text), text))
    fits = len(small) >= _SHORTEST_WORD and small[0] == great[0] and _is_in_order(small, great)
    return (_PART, "") if fits else None


def _shared_characters(han: str, other: str, brand: str, second: str) -> tuple[int, str]:
    same = _same_beginning(han, other)
    if same > _SHORTEST_WORD:
        return _PART, " ".join(han[place : place + _SHORTEST_WORD] for place in range(same - 1))
    if same == _SHORTEST_WORD:
        return _BEGINNING, han[:same]
    shared = sorted(brand[i : i + 2] for i in range(len(brand) - 1) if brand[i : i + 2] in second)
    if shared:
        return _SHARED, " ".join(shared)
    both = sorted(set(brand) & set(second))
    if len(both) >= _SHORTEST_WORD and max(len(brand), len(second)) <= SHORT_BRAND:  # in another order: 运满满, 满运
        return _SHARED, both[0] + both[1]
    return (_SHARED, han[0]) if same else (_UNLIKE, "")


def _is_in_order(short: str, long: str) -> bool:
    """All characters of the one stand in the other in the same order."""
    return LCSseq.similarity(short, long) == len(short)


def _trade_level(trade: str, other: str) -> int:
    """Of one brand with other words of trade behind it."""
    if not trade or not other:
        return _SHORT
    short, long = sorted((trade, other), key=lambda text: (len(text), text))
    if sorted(trade) == sorted(other):
        return _SAME_WORDS
    if _is_in_order(short, long):  # 科技 in 信息科技, 信技 in 信息技术
        return _SHORT
    return _TRADE


def _beginning_in_pairs(short: str, long: str, brand: str) -> str:
    """What both begin with, as the pairs of characters that are keys, where that is more than a brand; else the brand."""
    same = _same_beginning(short, long)
    return " ".join(short[place : place + _SHORTEST_WORD] for place in range(same - 1)) if same > len(brand) else brand


def _same_beginning(text: str, other: str) -> int:
    """Characters that both begin with."""
    return next((place for place, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))


@lru_cache(maxsize=500_000)
def _equivalent(word: str, other: str) -> str:
    """How two different words may be one: `variant`, `prefix`, `slip`, `initial`, or empty. The shorter comes first."""
    if other.startswith(word):
        if len(word) == 1:
            return "initial"
        if len(word) >= 3:
            return "slip" if len(other) - len(word) == 1 else "prefix"
    names = nicknames()
    known, second = names.get(word), names.get(other)
    if (known and other in known) or (second and word in second) or (known and second and known & second):
        return "variant"
    if len(word) < 4 or word.isdigit() or other.isdigit() or (word in common_words() and other in common_words()):
        return ""
    if len(word) < 6 and len(word) == len(other) and sorted(word) != sorted(other):
        return ""  # mary, mark: one letter of so few is another word
    most = 1 if len(word) < 10 else 2
    return "slip" if len(other) - len(word) <= most and OSA.distance(word, other, score_cutoff=most) <= most else ""


def _compare_words(left: Name, right: Name) -> tuple[int, str]:
    if left.bag == right.bag or left.joined == right.joined:
        shared = min(sorted(one.telling or one.words) for one in (left, right))  # of either: mill works, millworks
        return (_SAME_WORDS if left.telling or right.telling else _COMMON_WORDS), " ".join(shared)
    shared = left.telling & right.telling
    if not shared:
        return _without_shared(left, right)
    rest, other = left.words - right.words, right.words - left.words
    rarity = " ".join(sorted(shared))
    if len(rest) > _MOST_WORDS or len(other) > _MOST_WORDS:
        return (_ALIKE if fuzz.ratio(left.bag, right.bag) >= _ALIKE_AS_A_WHOLE else _SHARED), rarity
    how, rest, other = _pair_up(rest, other)
    return _level_by_rest(left, right, how, rest, other), rarity


def _level_by_rest(left: Name, right: Name, how: set[str], rest: set[str], other: set[str]) -> int:
    """Of names that share a telling word, by what is left of either."""
    told, other_told = _telling(rest), _telling(other)
    if not (rest & place_words() and other & place_words()):  # a place in one name only says where, not who
        rest, other = rest - place_words(), other - place_words()
        if not rest and not other and not how:
            return _SHORT
    if not told and not other_told:
        if not rest and not other:
            return _NEARLY if "slip" in how else _VARIANT if how else _SAME_WORDS
        if not rest or not other:
            return _NEARLY if "slip" in how else _SHORT
        return _TRADE
    if not rest or not other:
        return _PART
    if not told or not other_told:
        return _TRADE
    # As many words on both sides, and none may be the other: Cedar Hill, Cedar Mill. Otherwise a word may be written as two.
    is_split = len(rest) != len(other)
    return _NEARLY if is_split and fuzz.ratio(left.joined, right.joined) >= _ALIKE_AS_A_WHOLE else _SHARED


def _without_shared(left: Name, right: Name) -> tuple[int, str]:
    """Names that share no telling word as it stands."""
    if (left.acronym and left.acronym == right.joined) or (right.acronym and right.acronym == left.joined):
        return _ACRONYM, min(left.joined, right.joined, key=lambda text: (len(text), text))
    common = left.words & right.words
    ratio = fuzz.ratio(left.joined, right.joined, score_cutoff=LEAST_LIKE)
    if not ratio and not common and min(len(left.joined), len(right.joined)) >= SHORTEST_UNLIKE:
        return _UNLIKE, ""
    rest, other = left.words - right.words, right.words - left.words
    if len(rest) > _MOST_WORDS or len(other) > _MOST_WORDS:
        return _UNLIKE, ""
    if ratio >= _ALIKE_AS_A_WHOLE and min(len(left.joined), len(right.joined)) >= _SHORTEST_ALIKE:
        return _ALIKE, ""
    how, rest, other = _pair_up(rest, other)
    return _level_without_shared(common, how - {"initial"}, rest, other)


def _level_without_shared(common: frozenset[str], paired: set[str], rest: set[str], other: set[str]) -> tuple[int, str]:
    """Of names that share common words at most, by the telling words that may be one, and what is left of either."""
    told, other_told = _telling(rest), _telling(other)
    if told and other_told:
        return _UNLIKE, ""
    if paired:
        if told or other_told or "prefix" in paired:
            return _PART, ""
        return (_TRADE if rest and other else _ALIKE), ""
    if common and not told and not other_told:  # names of common words only: First National Bank, National Bank
        return (_TRADE if rest and other else _SHORT if len(common) > 1 else _PART), " ".join(sorted(common))
    return _UNLIKE, ""


def _telling(words: set[str]) -> set[str]:
    return {word for word in words if len(word) > 1 and word not in common_words()}


def _pair_up(rest: frozenset[str], other: frozenset[str]) -> tuple[set[str], set[str], set[str]]:
    """Words of both sides that may be one, each used once, the likest first: how, and what is left of either side."""
    found = []
    for word in rest:
        for second in other:
            small, great = (word, second) if (len(word), word) <= (len(second), second) else (second, word)
            if kind := _equivalent(small, great):
                found.append((_HOW.index(kind), small, great, word, second))
    how: set[str] = set()
    left, right = set(rest), set(other)
    for kind, _, _, word, second in sorted(found):
        if word in left and second in right:
            left.discard(word)
            right.discard(second)
            how.add(_HOW[kind])
    for words, singles in ((left, right), (right, left)):  # one word written as two: facebook, face book
        if len(words) >= 2 and singles:
            for single in sorted(singles):
                two = next(((a, b) for a in sorted(words) for b in sorted(words) if a != b and a + b == single), None)
                if two:
                    singles.discard(single)
                    words -= set(two)
                    how.add("variant")
    return how, left, right


_HOW = ("variant", "slip", "prefix", "initial")
