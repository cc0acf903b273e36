"""What a refresh did to customer ids, so that people can be told: which merged, which split, what they are asked.

Here: reading it off the tables of resolution, with one example of each kind. Not here: deciding it (ingest/resolution/identity.py),
printing (console.py).
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ingest.warehouse import Warehouse

MERGED, SPLIT, MOVED = "merged", "split", "moved"


@dataclass(frozen=True, kw_only=True)
class IdChange:
    """One customer id that is not what it was. `customer_ids`: where its records are now; `sentence`: why, for people.

    `kind`: merged (all records of `old_customer_id` went to one customer), split (its records are now of several, of which one may bear it
    still), moved (records of it went to a customer that was there before).
    """

    kind: str
    old_customer_id: str
    customer_ids: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class IdChanges:
    """What became of ids on the as-of day: how many of each kind; `redirects` and `questions` there are in all; an example of each kind.

    `question`: the most valuable one, in words; empty where nobody is asked.
    """

    as_of_date: date
    merged: int
    split: int
    moved: int
    redirects: int
    questions: int
    examples: tuple[IdChange, ...]
    question: str

    @property
    def is_any(self) -> bool:
        """Whether any id changed."""
        return bool(self.merged or self.split or self.moved)


# Records that went from one customer to another on the day, and whether the id they went to, and the one they left, are new and retired.
_WENT = """
    with went as (
        select b.source, b.record_id, a.customer_id as old_id, b.customer_id as new_id, b.match_reason
        from resolved.customer_records as a
        inner join resolved.customer_records as b on a.source = b.source and a.record_id = b.record_id and a.valid_to = b.valid_from
        where b.valid_from = date '{day}' and b.valid_to is null
    )

    select
        went.*,
        redirects.cause,
        not exists (
            select 1 from resolved.customer_records as r where r.customer_id = went.new_id and r.valid_from < date '{day}'
        ) as is_born,
        exists (select 1 from resolved.customer_records as r where r.customer_id = went.old_id and r.valid_to is null) as is_alive
    from went
    left join resolved.customer_id_redirects as redirects
        on went.old_id = redirects.old_customer_id and redirects.happened_on = date '{day}'
    order by old_id, new_id, source, record_id
"""
# What counts of the judgements about two records, with the customers of both now.
_JUDGED = """
    with newest as (
        select *
        from resolved.judgements
        where judged_on <= date '{day}' and right_source is not null
        qualify row_number() over (
            partition by left_source, left_record_id, right_source, right_record_id order by judged_on desc, sequence desc
        ) = 1
    )

    select newest.verdict, newest.judged_by, newest.judged_on, newest.reason, l.customer_id as left_id, r.customer_id as right_id
    from newest
    inner join resolved.customer_records as l
        on newest.left_source = l.source and newest.left_record_id = l.record_id and l.valid_to is null
    inner join resolved.customer_records as r
        on newest.right_source = r.source and newest.right_record_id = r.record_id and r.valid_to is null
    where l.customer_id in (select id from ids) or r.customer_id in (select id from ids)
    order by newest.judged_on desc, newest.sequence desc
"""
_QUESTION = "select left_customer_id, right_customer_id, evidence from resolved.match_questions order by question_rank limit 1"


def id_changes(warehouse: Warehouse, day: date) -> IdChanges:
    """What the refresh as of `day` did to customer ids. A second refresh as of that day says the same again."""
    with warehouse.opened():
        went = pl.DataFrame(pl.from_arrow(warehouse.query(_WENT.format(day=day))))
        ids = pl.concat([went["old_id"], went["new_id"]]).unique().sort().to_frame("id").to_arrow()
        judged = pl.DataFrame(pl.from_arrow(warehouse.query(_JUDGED.format(day=day), ids=ids)))
        counts = {
            name: warehouse.query(f"select count(*) as n from resolved.{name}").column("n")[0].as_py()
            for name in ("customer_id_redirects", "match_questions")
        }
        asked = warehouse.query(_QUESTION).to_pylist()
    changes = _changes(went, judged.rows(named=True))
    kinds = {kind: [change for change in changes if change.kind == kind] for kind in (MERGED, SPLIT, MOVED)}
    return IdChanges(
        as_of_date=day,
        merged=len(kinds[MERGED]),
        split=len(kinds[SPLIT]),
        moved=len(kinds[MOVED]),
        redirects=counts["customer_id_redirects"],
        questions=counts["match_questions"],
        examples=tuple(found[0] for found in kinds.values() if found),
        question=f"{asked[0]['left_customer_id']} or {asked[0]['right_customer_id']}? {asked[0]['evidence']}" if asked else "",
    )


def _changes(went: pl.DataFrame, judged: list[dict]) -> list[IdChange]:
    """One per id that lost records; what a steward decided before what the records say, then by id."""
    found = []
    for (old,), rows in went.group_by("old_id", maintain_order=True):
        heirs = rows["new_id"].unique().sort().to_list()
        retired, alive = rows["cause"][0], rows["is_alive"][0]
        stays = SPLIT if rows["is_born"].any() else MOVED
        kind = retired or (stays if alive else MERGED)
        now = (*([old] if alive else []), *heirs)
        said = _judgement(kind, now, judged)
        row = rows.row(0, named=True)
        sentence = said or f"{row['source']} {row['record_id']}: {row['match_reason']}"
        found.append((not said, old, IdChange(kind=kind, old_customer_id=old, customer_ids=now, sentence=sentence)))
    return [change for *_, change in sorted(found, key=lambda one: one[:2])]


def _judgement(kind: str, now: tuple[str, ...], judged: list[dict]) -> str:
    """The newest judgement that explains a change, in the steward's words; empty where none does."""
    wanted = "different" if kind == SPLIT else "same"
    for row in judged:
        is_one = row["left_id"] == row["right_id"]
        if row["verdict"] == wanted and is_one == (wanted == "same") and {row["left_id"], row["right_id"]} <= set(now):
            return f"{row['judged_by']} on {row['judged_on']}: {row['reason']}."
    return ""
