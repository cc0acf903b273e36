"""Chance that can be asked for anywhere: the same question with the same seed has the same answer, in any order.

Here: mixing integers, brands in a random order with random access, moments within working hours.
Not here: what is decided by it.

A customer of a million must be known without the 999,999 before it. So nothing is drawn from one long stream: each question has a
salt of its own, and the number asked about is mixed with it. What occurs once in so many customers is counted, not drawn: so
it occurs in a small demo too, and its share is the same whatever the seed.
"""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from math import gcd, prod
from random import Random
from zoneinfo import ZoneInfo

from ingest.demo.organisation import CALENDAR_START

_MASK = (1 << 64) - 1
_NUMBERS, _ROW = 200_003, 96  # a prime: no row is begun more often than another
WORKING_SECONDS = 9 * 3600
"""People work from 9:00 to 18:00 on the calendar of their system."""


Chance = Callable[[], float]
"""Gives the next number from 0 to below 1."""


def mix(number: int) -> int:
    """64 bits that look random, from any whole number; neighbours have nothing in common (splitmix64)."""
    mixed = (number * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)


def salt(seed: int, question: str) -> int:
    """The salt of one question in the world of one seed."""
    mixed = mix(seed & _MASK)
    for byte in question.encode():
        mixed = mix(mixed ^ byte)
    return mixed


@lru_cache(maxsize=1)
def _numbers() -> "array[float]":
    random = Random(0).random  # what is drawn where depends on the seed; the numbers need not
    return array("d", (random() for _ in range(_NUMBERS + _ROW)))


def chances(mixed: int) -> Chance:
    """The row of numbers of a mixed number: a function that gives the next of at most 96. A tenth of the cost of seeding a generator."""
    start = mixed % _NUMBERS
    return iter(_numbers()[start : start + _ROW]).__next__


class Brands:
    """Every pair of syllables in a random order, then every triple, and so on without end: none twice."""

    def __init__(self, seed: int, question: str, first: Sequence, second: Sequence) -> None:
        self._salt = salt(seed, question)
        self._syllables = (first, second)
        self._walks: list[tuple[list[Sequence], int, int, int]] = []  # syllable sets, how many brands, start, stride

    def brand(self, rank: int) -> tuple:
        """The syllables of the brand at a place (0 for the first) in the random order."""
        walk = 0
        while True:
            if walk == len(self._walks):
                self._walks.append(self._next_walk(walk + 2))
            sets, size, start, stride = self._walks[walk]
            if rank < size:
                break
            rank -= size
            walk += 1
        number, brand = (start + rank * stride) % size, []
        for syllables in sets:
            number, place = divmod(number, len(syllables))
            brand.append(syllables[place])
        return tuple(brand)

    def _next_walk(self, length: int) -> tuple[list[Sequence], int, int, int]:
        sets = [self._syllables[place % 2] for place in range(length)]
        size = prod(len(syllables) for syllables in sets)
        mixed = mix(self._salt + length)
        start, stride = mixed % size, size // 3 + (mixed >> 20) % (size // 3)  # a small stride would change one syllable only
        while gcd(stride, size) > 1:  # a stride without common factor visits every number once
            stride += 1
        return sets, size, start, stride


class Calendar:
    """The days of one system's zone. A day is counted from CALENDAR_START (0)."""

    def __init__(self, zone: str, last: date) -> None:
        self.zone = ZoneInfo(zone)
        opening = time(9, tzinfo=self.zone)
        # The epoch second of 9:00, once a day and not once a moment: zones are slow.
        self._openings = [
            int(datetime.combine(CALENDAR_START + timedelta(days=day), opening).timestamp()) for day in range(day_number(last) + 2)
        ]

    def moment(self, day: int, second: int) -> datetime:
        """The UTC moment so many seconds after 9:00 of a day (second below WORKING_SECONDS)."""
        return datetime.fromtimestamp(self._openings[day] + second, UTC)

    def day(self, moment: datetime) -> int:
        """The day of a moment within working hours."""
        return (int(moment.timestamp()) - self._openings[0] + 7_200) // 86_400  # an hour more or less, where clocks were changed


def day_number(day: date) -> int:
    """How many days after CALENDAR_START."""
    return (day - CALENDAR_START).days


def day_of(number: int) -> date:
    """The day so many days after CALENDAR_START."""
    return CALENDAR_START + timedelta(days=number)
