"""What is wrong with the exports, on purpose: nights that lack, lose, repeat or garble something.

Here: which system has which fault on which night, as Fault says. Not here: how a faulty file looks (formats/).

The first and the last night are whole for every system, and so is the night of the realignment: what changes hands then is seen.
A system too small for a guard to judge by loses no rows: the loss would be believed.
"""

from datetime import date

from ingest.demo.organisation import is_long
from ingest.demo.world import Fault

ENOUGH_ROWS = 30  # 2026-11-22: guards judge by 20 rows and more; some rows are younger than the first night
_SOME_NIGHTS = 4
# System, kind, and the night in eighths of all nights. No two of a system fall on one night, from eight nights on.
_IN_EIGHTHS = (
    ("fxiaoke", "missing", 1),
    ("yonyou", "missing", 5),
    ("salesforce", "partial", 3),
    ("neocrm", "partial", 5),
    ("yonyou", "partial", 2),
    ("zoho", "repeated", 2),
    ("neocrm", "corrected", 6),
    ("salesforce", "garbled", 2),
    ("salesforce", "garbled", 6),
    ("neocrm", "garbled", 1),
    ("neocrm", "garbled", 3),
)
_IN_FEW_NIGHTS = (("salesforce", "garbled", 1), ("neocrm", "garbled", 1), ("zoho", "repeated", 2))
_NEEDS_ROWS = ("partial", "garbled")  # a few wrong rows are too large a share of a file of ten
UNSEEN = ("missing", "partial")
"""Kinds of faults after which a night of a system is not loaded at all."""


def plan_faults(nights: tuple[date, ...], rows: dict[str, int]) -> tuple[Fault, ...]:
    """The faults of a demo, by night and system. `rows`: about how many records each system holds; large numbers may be cut."""
    planned = _IN_EIGHTHS if is_long(nights) else _IN_FEW_NIGHTS if len(nights) >= _SOME_NIGHTS else ()
    found = [
        Fault(system=system, night=nights[len(nights) * place // 8 if is_long(nights) else place], kind=kind)
        for system, kind, place in planned
        if kind not in _NEEDS_ROWS or rows[system] >= ENOUGH_ROWS
    ]
    return tuple(sorted(found, key=lambda fault: (fault.night, fault.system, fault.kind)))


def loaded_nights(nights: tuple[date, ...], faults: tuple[Fault, ...], system: str) -> tuple[date, ...]:
    """The nights whose export of a system is whole and so is loaded."""
    unseen = {fault.night for fault in faults if fault.system == system and fault.kind in UNSEEN}
    return tuple(night for night in nights if night not in unseen)
