"""The command `bailiwick owner`: who owned a customer on a day, since when, by which event and rule, and which row of which file proves it.

Here: the lines that people read. Not here: the answer (serving/ownership.py).
"""

from datetime import date
from pathlib import Path

from ingest.home import open_home
from serving.ownership import TABLES_OWNED, Owned, Row, owned
from serving.questions import open_published

_CAUSES = {
    "first_observed": "it is the first owner that is known",
    "owner_changed": "its owner changed",
    "next_claim": "the claim before it ended, and this one counts since",
    "protection_over": "nobody was protected any more, and this is the newest claim",
    "inherited": "it follows the owner of the company above it",
    "released_to_pool": "nobody had it any more",
    "never_owned": "nobody was ever seen to own it",
    "appointed": "nobody had it, and the policy of its territory appointed somebody",
    "rule": "a rule says so",
    "no_rule_matches": "no rule matches it",
}


def owner_of(home: Path, text: str, *, on: date | None, known_on: date | None, recorded_on: date | None) -> Owned:
    """The answer out of the home's published copy. Raises NotFound, HomeInvalid."""
    with open_published(open_home(home).published, tables=TABLES_OWNED) as connection:
        return owned(connection, text, on=on, known_on=known_on, recorded_on=recorded_on)


def told(found: Owned) -> list[str]:
    """The answer in lines for people."""
    lines = [f"{found.customer_id}  {found.customer_name or '(no longer a customer of its own)'}"]
    if redirect := found.redirected_from:
        lines.append(f"{redirect['old_customer_id']} was retired on {redirect['happened_at']} ({redirect['cause']}) and leads here.")
    asked = f"On {found.on}"
    if found.known_on != found.as_of_date:
        asked += f", by what exports up to {found.known_on} show"
    if found.recorded_on != found.as_of_date:
        asked += f", as the record stood on {found.recorded_on}"
    lines += ["", f"{asked}:", *_held(found.owner, "owned by", "in the public pool (公海)", found.owners, found.on)]
    lines += _held(found.territory, "in the territory", "in no territory", found.territories, found.on)
    lines += [
        f"  claimed by {row['claimant_rep_ids'].replace('|', ', ')}. {row['decision_reason']}" for row in found.conflicts if _is_now(found)
    ]
    if found.record_begins and found.known_on < found.record_begins:
        lines.append(
            f"  The record begins on {found.record_begins}: what was known before is worked out from the exports that lay there then."
        )
    for row in found.late:
        lines.append(
            f"  Not in the record on {found.known_on}: {_named(row)} since {row['valid_from']}. "
            f"It was recorded on {row['recorded_on']}, since its file came late."
        )
    if len(found.owners) > 1:
        lines += ["", "Owners"]
        lines += [f"  {row['valid_from']} to {row['valid_to'] or 'now'}: {_named(row)} ({row['cause']})" for row in found.owners]
    return lines


def _is_now(found: Owned) -> bool:
    """Whether the disputes of today's knowledge are those of the question."""
    return found.known_on == found.as_of_date and found.recorded_on == found.as_of_date


def _held(row: Row | None, verb: str, nobody: str, periods: list[Row], on: str) -> list[str]:
    if row is None:
        begins = f" It begins on {periods[0]['valid_from']}." if periods else ""
        return [f"  {verb}: the record says nothing of {on}.{begins}"]
    who = nobody if row["id"] is None else f"{verb} {_named(row)}"
    until = f" until {row['valid_to']}" if row["valid_to"] else ""
    said = f", in the CRM's words: {row['source_cause']}" if row["source_cause"] else ""
    if row["policy"]:
        said = f" ({row['policy']}); no CRM names an owner"
    by = f", done by {row['actor']}" if row["actor"] else ""
    lines = [f"  {who}, since {row['valid_from']}{until}: {_CAUSES.get(row['cause'], row['cause'])}{said}{by}"]
    if row["rule_id"]:
        lines.append(f"    rule {row['rule_id']}, rule sheets of version {row['rules_version'][:12]}")
    if row["source"]:
        lines.append(f"    record {row['source']} {row['record_id']}; proven by row {row['evidence_row']} of {row['file'] or 'a file'}")
        lines.append(f"    (archive: {row['evidence_file_sha256']})")
    known = f"known since the export of {row['known_on']}, recorded on {row['recorded_on']}"
    place = (
        f"event {row['sequence']}, hash {row['row_hash'][:16]}"
        if row["row_hash"]
        else "not part of the record: a past day that was worked out again"
    )
    return [*lines, f"    {known}: {place}"]


def _named(row: Row) -> str:
    if row["id"] is None:
        return "the public pool"
    return f"{row['name']} ({row['id']})" if row["name"] and row["name"] != row["id"] else row["id"]
