"""The command `bailiwick explain`: why a customer, or a pair of records, is what the published copy says.

Here: the lines that people read, and writing a picture. Not here: the answers (serving/explain.py),
sentences that the dashboard says too (serving/sentences.py), the drawing (serving/waterfall.py).
"""

from pathlib import Path

from ingest.errors import FileRefused
from ingest.home import open_home
from serving.explain import TABLES_EXPLAINED, Explanation, PairExplained, Row, explain, explain_pair
from serving.questions import open_published
from serving.sentences import retired, unpaired
from serving.waterfall import waterfall

_LISTED = 10
"""Records, pairs and customers below it that are shown of a large customer."""


def explain_customer(home: Path, text: str) -> Explanation:
    """The customer that `text` means, out of the home's published copy. Raises NotFound, HomeInvalid."""
    with open_published(open_home(home).published, tables=TABLES_EXPLAINED) as connection:
        return explain(connection, text)


def explain_records(home: Path, left: str, right: str, *, picture: Path | None = None) -> PairExplained:
    """Two records, out of the home's published copy; `picture`: an .svg file to draw them in. Raises NotFound, HomeInvalid, FileRefused."""
    if picture is not None and picture.suffix.lower() != ".svg":
        raise FileRefused(
            "no_picture", f"FileRefused: {picture} cannot be drawn.\n  Expected: a name that ends in .svg, which every browser shows."
        )
    with open_published(open_home(home).published, tables=TABLES_EXPLAINED) as connection:
        found = explain_pair(connection, left, right)
    if picture is not None:
        drawn = waterfall(found)
        try:
            picture.write_text(drawn, encoding="utf-8")
        except OSError as error:
            raise FileRefused("not_written", f"FileRefused: {picture} cannot be written.\n  It says: {error}") from error
    return found


def told(found: Explanation) -> list[str]:
    """A customer in lines for people."""
    customer = found.customer
    lines = [f"{customer['customer_id']}  {customer['customer_name'] or '(no name)'}, as of {found.as_of_date}"]
    if found.redirected_from:
        lines.append(retired(found.redirected_from))
    lines += _section("Records", [*(_record(row) for row in found.records[:_LISTED]), *_more(found.records, "records")])
    pairs = [line for pair in found.pairs[:_LISTED] for line in _pair(pair, pair["fields"])]
    lines += _section("What holds them together", [*pairs, *_more(found.pairs, "pairs")])
    lines += _section("Values", [line for value in found.values for line in _value(value)])
    lines += _section("Size and potential", _graded(customer))
    lines += _section("Territory and owner", _territory(found.territory))
    losers = [f"{row['rule_id']} for {row['territory_id']}: {row['candidate_reason']}" for row in found.candidates if not row["is_winner"]]
    lines += _section("Rules that matched and lost", losers)
    lines += _section("Questions for a person", [_question(row) for row in found.questions])
    above = [f"below {row['customer_name'] or '(no name)'} ({row['customer_id']})" for row in found.parents]
    below = [f"above {row['customer_name'] or '(no name)'} ({row['customer_id']})" for row in found.branches[:_LISTED]]
    return lines + _section("Parents and branches", [*above, *below, *_more(found.branches, "customers below it")])


def told_pair(found: PairExplained, *, picture: Path | None = None) -> list[str]:
    """Two records in lines for people."""
    ends = [
        f"{row['source']} {row['record_id']} is {row['customer_id']}  {row['customer_name'] or '(no name)'}"
        for row in (found.left, found.right)
    ]
    if found.pair:
        lines = [*ends, found.pair["evidence"], *_pair(found.pair, found.evidence)]
        return lines + ([f"The picture is in {picture}."] if picture else [])
    if found.chain:
        return [
            *ends,
            "They are one customer by way of:",
            *(line for pair in found.chain for line in (*_pair(pair, []), f"    {pair['evidence']}")),
        ]
    return [*ends, *unpaired(found)]


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _record(row: Row) -> str:
    since = f"{row['source']} {row['record_id']}, since {row['valid_from']}"
    return f"{since} until {row['valid_to']} (no longer)" if row["valid_to"] else f"{since}: {row['match_reason']}"


def _pair(pair: Row, fields: list[Row]) -> list[str]:
    left, right = (f"{pair[f'{end}_source']} {pair[f'{end}_record_id']}" for end in ("left", "right"))
    telling = [row for row in fields if row["weight"]]
    heaviest = sorted(telling, key=lambda row: (row["field"] in ("prior", "caps"), -abs(row["weight"]), row["field"]))
    return [
        f"{left} and {right}: {pair['verdict']}, {pair['weight']:+.2f} bits, probability {pair['score']:.4f}",
        *(f"  {row['weight']:+7.2f}  {row['field']:<11}  {row['sentence']}" for row in heaviest),
    ]


def _value(row: Row) -> list[str]:
    others = [f"    others: {row['other_values']}"] if row["other_values"] else []
    return [f"{row['field']}: {row['value']}", f"    from {row['source']} {row['record_id']}. {row['reason']}", *others]


def _graded(customer: Row) -> list[str]:
    """What the sheets size_bands and potential make of it. A copy that an earlier version published lacks their columns."""
    lines = []
    if customer.get("size_reason"):
        lines.append(
            f"size {customer['size_band']}: {customer['size_reason']}" if customer["size_band"] else f"no size: {customer['size_reason']}"
        )
    if customer.get("potential_reason"):
        band = f", band {customer['potential_band']}" if customer["potential_band"] else ""
        lines.append(f"potential {customer['potential_score']:.2f}{band}: {customer['potential_reason']}")
    return lines


def _territory(row: Row) -> list[str]:
    if row["territory_id"] is None:
        return ["no territory today"]
    named = f"{row['territory_id']} {row['territory_name'] or ''}".rstrip()
    lines = [f"{named}, since {row['territory_since']}: {row['assignment_reason']}"]
    if row["is_in_pool"]:
        return [*lines, f"in the public pool since {row['owner_since']} ({row['cause']})"]
    if row["cause"] == "appointed":
        told = "nobody had it, so the policy of its territory appointed somebody; no CRM names an owner yet"
        return [*lines, f"owned by {row['owner_name']} ({row['owner_rep_id']}) since {row['owner_since']}: {told}"]
    return lines + (
        [f"owned by {row['owner_name']} ({row['owner_rep_id']}) since {row['owner_since']} ({row['cause']})"] if row["owner_name"] else []
    )


def _question(row: Row) -> str:
    other = f"{row['other_customer_name'] or '(no name)'} ({row['other_customer_id']})"
    records = f"{row['left_source']}:{row['left_record_id']} {row['right_source']}:{row['right_record_id']}"
    return f"no. {row['question_rank']}: is it {other}? Probability {row['score']:.4f}: {row['evidence']} See --pair {records}"


def _more(rows: list[Row], what: str) -> list[str]:
    return [f"... and {len(rows) - _LISTED} more {what}; --json lists all"] if len(rows) > _LISTED else []
