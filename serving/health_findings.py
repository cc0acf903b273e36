"""What somebody should do about the data, worst first: the figures of the health report as sentences.

Here: from which figure on something is said, in which words, in which order. Not here: the figures (health_figures.py), the page
(health_report.py).

Six kinds, in the order of what they cost: customers that no rule can place, people whom nobody knows, people who own two exclusive
territories, fields that emptied overnight, texts that nobody can read, sources that contradict each other. Within a kind the greatest
number comes first. Every figure below its limit still stands in the tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.health_figures import RULE_FIELDS, Blocked, FieldFigures, HealthFigures, Strangers, percent, points

# 2026-11-22: what a person would look at; a night of fewer rows says nothing about a share.
_FEWEST_ROWS = 20
_FELL_BY_POINTS = 5
_UNREADABLE_SHARE = 0.01
_LOWEST_AGREEMENT = 0.9
_NAMED = 6


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to do: what it is about, the sentence with its figures, and the next step. Plain text, not HTML."""

    kind: str
    about: str
    sentence: str
    next_step: str


def findings(figures: HealthFigures) -> list[Finding]:
    """What is to be done, worst first; empty where nothing is."""
    mapped = [field for field in figures.fields if field.is_mapped]
    fell = [field for field in mapped if _has_fallen(field)]
    unreadable = [field for field in mapped if field.unreadable and field.unreadable >= _UNREADABLE_SHARE * field.filled]
    apart = [field for field in mapped if field.compared >= _FEWEST_ROWS and field.agreeing < _LOWEST_AGREEMENT * field.compared]
    fell.sort(key=lambda field: (points(field) * field.rows, _name(field)))
    unreadable.sort(key=lambda field: (-field.unreadable, _name(field)))
    apart.sort(key=lambda field: (field.agreeing - field.compared, _name(field)))
    return [
        *(_of_blocked(blocked, figures) for blocked in figures.blocked),
        *(_of_strangers(strangers) for strangers in figures.strangers),
        *(_of_doubly(*doubly) for doubly in figures.doubly),
        *(_of_fall(field) for field in fell),
        *(_of_unreadable(field) for field in unreadable),
        *(_of_disagreement(field) for field in apart),
    ]


def _has_fallen(field: FieldFigures) -> bool:
    change = points(field)
    return change is not None and change <= -_FELL_BY_POINTS and min(field.rows, field.rows_before) >= _FEWEST_ROWS


def _of_blocked(blocked: Blocked, figures: HealthFigures) -> Finding:
    one_rule = len(blocked.rules) == 1
    misses = "misses a rule only because it has" if blocked.customers == 1 else "miss a rule only because they have"
    sentence = (
        f"{counted(blocked.customers, 'customer')} {misses} no {blocked.field}: "
        f"{counted(len(blocked.rules), 'rule')} {'needs' if one_rule else 'need'} one"
    )
    if blocked.rules:
        rule, territory, missed = blocked.rules[0]
        sentence += f" ({'' if one_rule else 'most: '}{rule} for {territory}{'' if one_rule else f', {missed:,}'})"
    sentence += f"; {_unassigned(blocked)}."
    if blocked.sources:
        sentence += f" Known to {_listed([f'{source} ({count:,})' for source, count in blocked.sources])}."
    delivered = figures.customers_field(RULE_FIELDS.get(blocked.field, blocked.field))
    if shares := [f"{field.source} {percent(field.filled, field.rows)}" for field in delivered if field.is_mapped]:
        sentence += f" How much of the {blocked.field} each source delivers: {_listed(shares)}."
    if unmapped := sorted(field.source for field in delivered if not field.is_mapped):
        sentence += f" Not mapped: {_listed(unmapped)}."
    return Finding(
        kind="blocked",
        about=blocked.field,
        sentence=sentence,
        next_step=f"Have the {blocked.field} filled in by those who know them, map its column in sources/<name>.yml where there is one, "
        f"or write a rule that asks less. Who they are: fct_territory_blockers where field = '{blocked.field}'.",
    )


def _unassigned(blocked: Blocked) -> str:
    if not blocked.unassigned:
        return "other rules have placed them all" if blocked.customers > 1 else "another rule has placed it"
    if blocked.unassigned == blocked.customers:
        return "all of them are in no territory" if blocked.customers > 1 else "it is in no territory"
    return f"{blocked.unassigned:,} of them {'is' if blocked.unassigned == 1 else 'are'} in no territory"


def _of_strangers(strangers: Strangers) -> Finding:
    people = [f"{rep} ({records:,})" for rep, records in strangers.people]
    records = sum(count for _, count in strangers.people)
    what = (
        f"as owner in {counted(records, 'record')} of customers"
        if strangers.subject == "customers"
        else (f"in {counted(records, 'record')} of {strangers.subject}")
    )
    who = "1 person whom" if len(people) == 1 else f"{len(people):,} people whom"
    return Finding(
        kind="strangers",
        about=f"{strangers.source}, {strangers.subject}",
        sentence=f"{strangers.source} names {who} nobody knows {what}: {_listed(people)}.",
        next_step="Export the system's users too, or write the missing people into reps.csv with source_user_ids. Where each stands, and "
        "by which file and row: fct_rep_issues where issue = 'unknown_person'.",
    )


def _of_doubly(rep: str, territory: str, other: str) -> Finding:
    return Finding(
        kind="doubly",
        about=rep,
        sentence=f"{rep} owns {territory} and {other} on the same days, and both are exclusive.",
        next_step="End one of the two in the CRM that says so, give it another role there, or empty is_exclusive of one territory. "
        "From when to when, by whose word: fct_rep_issues where issue = 'two_exclusive_territories'.",
    )


def _of_fall(field: FieldFigures) -> Finding:
    return Finding(
        kind="fell",
        about=_name(field),
        sentence=f"{_name(field)} is filled in {percent(field.filled, field.rows)} of {field.rows:,} rows on {field.day}; on "
        f"{field.day_before} it was {percent(field.filled_before or 0, field.rows_before or 0)} of {field.rows_before:,}.",
        next_step="Ask who changed the export or the form in the CRM; audit_drift says whether a column came or went that night.",
    )


def _of_unreadable(field: FieldFigures) -> Finding:
    is_one = field.unreadable == 1
    return Finding(
        kind="unreadable",
        about=_name(field),
        sentence=f"{_name(field)}: {field.unreadable:,} of {field.filled:,} filled cells ({percent(field.unreadable, field.filled)}) "
        f"{'is' if is_one else 'are'} not understood, or {'is' if is_one else 'are'} doubtful.",
        next_step="Correct them in the CRM, or say in the mapping what the words mean (`values`) and how numbers and dates are written.",
    )


def _of_disagreement(field: FieldFigures) -> Finding:
    apart = field.compared - field.agreeing
    return Finding(
        kind="apart",
        about=_name(field),
        sentence=f"{_name(field)}: of {field.compared:,} records whose customer another source describes too, {apart:,} "
        f"({percent(apart, field.compared)}) say{'s' if apart == 1 else ''} something else.",
        next_step="Decide which source is right and give it the better `priority` in its mapping; then correct the other.",
    )


def counted(number: int, noun: str) -> str:
    """`1 customer`, `1,204 customers`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _name(field: FieldFigures) -> str:
    return f"{field.source}, {field.entity}, {field.field}"


def _listed(words: Sequence[str]) -> str:
    """The first words, and how many more there are."""
    more = [f"{len(words) - _NAMED} more"] if len(words) > _NAMED else []
    return ", ".join([*words[:_NAMED], *more])
