"""The sentences in which people read an answer about one customer, the same from a command and on the dashboard.

Here: the words for what serving/ownership.py and serving/explain.py found. Not here: the answers themselves, how they are laid out
(orchestration/owner.py, orchestration/explain.py, dashboard/).
"""

from serving.explain import PairExplained
from serving.ownership import Owned, Row

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


def retired(redirect: Row) -> str:
    """What became of a retired id: a row of customer_id_redirects."""
    day = str(redirect["happened_at"])[:10]
    return f"{redirect['old_customer_id']} was retired on {day} ({redirect['cause']}) and leads here. {redirect['detail'] or ''}".rstrip()


def named(row: Row) -> str:
    """Whom a period belongs to: the name with the id, or the public pool."""
    if row["id"] is None:
        return "the public pool"
    return f"{row['name']} ({row['id']})" if row["name"] and row["name"] != row["id"] else row["id"]


def owner_held(found: Owned) -> list[str]:
    """Who had it on the day: since when and why; below, further in, by which rule, record, file and row."""
    return _held(found.owner, "owned by", "in the public pool (公海)", found.owners, found.on)


def territory_held(found: Owned) -> list[str]:
    """In which territory it was on the day, in the same form."""
    return _held(found.territory, "in the territory", "in no territory", found.territories, found.on)


def remarks(found: Owned) -> list[str]:
    """What a reader of the answer has to know beside it: who else claimed the customer, where the record begins, what came late."""
    said = []
    if found.known_on == found.as_of_date and found.recorded_on == found.as_of_date:  # the disputes are those of today's knowledge
        said += [f"claimed by {row['claimant_rep_ids'].replace('|', ', ')}. {row['decision_reason']}" for row in found.conflicts]
    if found.record_begins and found.known_on < found.record_begins:
        said.append(
            f"The record begins on {found.record_begins}: what was known before is worked out from the exports that lay there then."
        )
    for row in found.late:
        said.append(
            f"Not in the record on {found.known_on}: {named(row)} since {row['valid_from']}. "
            f"It was recorded on {row['recorded_on']}, since its file came late."
        )
    return said


def unpaired(found: PairExplained) -> list[str]:
    """Why two records of which no pair was published, nor a chain of pairs, are one customer, or are two."""
    if found.left["customer_id"] == found.right["customer_id"]:
        own = [f"{row['source']} {row['record_id']}: {row['match_reason']}" for row in (found.left, found.right)]
        return ["They are one customer, and not by pairs that were compared:", *(f"  {line}" for line in own)]
    return ["They are two customers: they were not compared, or found to be different. judgements.csv can say otherwise."]


def _held(row: Row | None, verb: str, nobody: str, periods: list[Row], on: str) -> list[str]:
    if row is None:
        begins = f" It begins on {periods[0]['valid_from']}." if periods else ""
        return [f"{verb}: the record says nothing of {on}.{begins}"]
    who = nobody if row["id"] is None else f"{verb} {named(row)}"
    until = f" until {row['valid_to']}" if row["valid_to"] else ""
    said = f", in the CRM's words: {row['source_cause']}" if row["source_cause"] else ""
    if row["policy"]:
        said = f" ({row['policy']}); no CRM names an owner"
    by = f", done by {row['actor']}" if row["actor"] else ""
    lines = [f"{who}, since {row['valid_from']}{until}: {_CAUSES.get(row['cause'], row['cause'])}{said}{by}"]
    if row["rule_id"]:
        lines.append(f"  rule {row['rule_id']}, rule sheets of version {row['rules_version'][:12]}")
    if row["source"]:
        lines.append(f"  record {row['source']} {row['record_id']}; proven by row {row['evidence_row']} of {row['file'] or 'a file'}")
        lines.append(f"  (archive: {row['evidence_file_sha256']})")
    known = f"known since the export of {row['known_on']}, recorded on {row['recorded_on']}"
    place = (
        f"event {row['sequence']}, hash {row['row_hash'][:16]}"
        if row["row_hash"]
        else "not part of the record: a past day that was worked out again"
    )
    return [*lines, f"  {known}: {place}"]
