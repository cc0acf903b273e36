"""A company whose ownership is recorded night by night: the compiled models of the ownership domain without dbt's start-up.

Here: giving them a world and running them. Not here: worlds and what their record should say (record_oracle.py), what is asserted
(test_record.py).
"""

import importlib.util
import json
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa

from ingest.record.nights import Recorded, load_record, record_night
from ingest.record.store import RecordStore
from ingest.tables import TABLES
from ingest.warehouse import Warehouse

_SPEC = importlib.util.spec_from_file_location("record_oracle", Path(__file__).with_name("record_oracle.py"))
record_oracle = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(record_oracle)
Appointment, Change, Membership, Observation, Oracle, Rule, World = (
    getattr(record_oracle, name) for name in ("Appointment", "Change", "Membership", "Observation", "Oracle", "Rule", "World")
)
ALWAYS, NEVER = record_oracle.ALWAYS, record_oracle.NEVER

DAY_0 = date(2026, 1, 1)
RULES_VERSION = "1" * 64
GIVEN = {  # marts and views that the models read and that are given here instead of being built
    "dim_customers": (
        "customer_id varchar, parent_customer_id varchar, first_seen_date date, industry_code varchar, size_band varchar, is_active boolean"
    ),
    "dim_customer_periods": "customer_id varchar, industry_code varchar, size_band varchar, valid_from date, valid_to date",
    "dim_reps": "rep_id varchar, is_active boolean, valid_from date, valid_to date",
    "dim_territories": (
        "territory_id varchar, path varchar, level bigint, manager_rep_id varchar, assignment_policy varchar, default_rep_id varchar, "
        "valid_from date, valid_to date"
    ),
    "fct_territory_assignments": "customer_id varchar, territory_id varchar, rule_id varchar, valid_from date, valid_to date",
    "fct_territory_candidates": (
        "customer_id varchar, territory_id varchar, is_winner boolean, is_named_customer boolean, valid_from date, valid_to date"
    ),
    "bridge_rep_territories": "rep_id varchar, territory_id varchar, role varchar, valid_from date, valid_to date",
    "bridge_customer_records": "source varchar, record_id varchar, customer_id varchar, valid_from date, valid_to date",
}
WANTED = ("fct_ownership_periods", "fct_ownership_conflicts")


def on(day: int) -> date:
    return DAY_0 + timedelta(days=day)


def compiled_models(dbt) -> list[tuple[str, str, str]]:
    """Name, kind and statement of every model between the staging views and the ownership marts, parents first."""
    done = dbt("compile", "--quiet")
    assert done.returncode == 0, done.stdout
    manifest = json.loads((dbt.work / "target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order or name in GIVEN:
            return
        for parent in nodes[name]["depends_on"]["nodes"]:
            if parent.startswith("model."):
                visit(parent.split(".")[-1])
        order.append(name)

    for name in WANTED:
        visit(name)
    return [
        (
            f"{nodes[name]['schema']}.{name}",
            "view" if nodes[name]["config"]["materialized"] == "view" else "table",
            nodes[name]["compiled_code"],
        )
        for name in order
    ]


class Company:
    """One home with a record, worked on by the real models."""

    def __init__(self, root: Path, models: list[tuple[str, str, str]]) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root, self.models = root, models
        self.warehouse = Warehouse(root / "warehouse.duckdb")
        self.store = RecordStore(root / "record")
        self.warehouse.prepare()

    def judge_everybody(self) -> None:
        """Let it look as if other models had judged: then everybody is judged on the next night."""
        with self.warehouse.transaction() as connection:
            connection.execute("update record.ownership_basis set judged_by = 'earlier models'")

    def conflicts(self) -> list[tuple]:
        return self.rows("select * from marts.fct_ownership_conflicts order by all")

    def lose_warehouse(self) -> None:
        (self.root / "warehouse.duckdb").unlink()
        self.warehouse.prepare()

    def night(self, world: World, night: int, *, record: bool = True, arrived: int | None = None) -> Recorded | None:
        """Work on a night. `arrived`: how many of the world's observations have come by then; all that could, if None."""
        observations = world.observations[:arrived] if arrived is not None else world.observations
        with self.warehouse.opened():
            load_record(self.warehouse, self.store, journals=())
            self._give(world, night, [o for o in observations if o.known <= night])
            with self.warehouse.transaction() as connection:
                for schema in ("staging", "intermediate", "marts"):
                    connection.execute(f"create schema if not exists {schema}")
                for name, kind, statement in self.models:
                    connection.execute(f"create or replace {kind} {name} as {statement}")
            if not record:
                return None
            return record_night(self.warehouse, self.store, as_of_date=on(night), rules_version=RULES_VERSION, journals=())

    def rows(self, sql: str) -> list[tuple]:
        return [tuple(row.values()) for row in self.warehouse.query(sql).to_pylist()]

    def history(self, known: int, recorded: int | None = None) -> dict[str, list[Change]]:
        """Of each customer its changes of owner as known on a day, by what was recorded until a night: straight from the files on disk."""
        events = [row for night in self.store.nights() for row in self.store.events(night).to_pylist() if row["role"] == "owner"]
        seen = [row for row in events if row["known_on"] <= on(known) and (recorded is None or row["recorded_on"] <= on(recorded))]
        gone = {row["withdrawn_event_id"] for row in seen}
        found: dict[str, list[Change]] = {}
        for row in sorted(seen, key=lambda row: (row["customer_id"], row["happened_on"])):
            if row["kind"] == "change" and row["event_id"] not in gone:
                proof = f"{row['source']}:{row['record_id']}" if row["source"] else None
                day = (row["happened_on"] - DAY_0).days
                found.setdefault(row["customer_id"], []).append((day, row["to_id"], row["rule_id"], proof))
        return found

    def appointments(self) -> list[Appointment]:
        """Who was appointed on which night, straight from the files on disk."""
        events = [row for night in self.store.nights() for row in self.store.events(night).to_pylist() if row["role"] == "appointment"]
        days = {row["event_id"]: (row["recorded_on"] - DAY_0).days for row in events}
        gone = {row["withdrawn_event_id"]: days[row["event_id"]] for row in events if row["kind"] == "withdrawal"}
        changes = [row for row in events if row["kind"] == "change"]
        ends = {(row["customer_id"], gone.get(row["event_id"])): days[row["event_id"]] for row in changes if row["to_id"] is None}
        return [
            Appointment(
                customer=row["customer_id"],
                night=days[row["event_id"]],
                rep=row["to_id"],
                rule=row["rule_id"],
                ends=ends.get((row["customer_id"], gone.get(row["event_id"]))),
                gone=gone.get(row["event_id"]),
            )
            for row in changes
            if row["to_id"] is not None
        ]

    def periods(self) -> list[tuple]:
        return self.rows(
            "select customer_id, owner_rep_id, valid_from, valid_to, rule_id, source, record_id "
            "from marts.fct_ownership_periods order by all"
        )

    def _give(self, world: World, night: int, observations: list[Observation]) -> None:
        customers = set(world.customers(night))
        members = [m for m in world.memberships if m.since <= night]
        reps = {rep for people in (*world.teams.values(), *world.workers.values()) for rep in people}
        given = {
            "dim_customers": [(c, world.parents.get(c), on(world.first_seen[c]), None, None, True) for c in sorted(customers)],
            "dim_customer_periods": [row for c in sorted(customers) for row in _periods(c, world.large_since.get(c, NEVER), night)],
            "dim_reps": [
                (r, True, on(-500), None) for r in sorted({*reps, *(default for _, default in world.policies.values() if default)})
            ],
            "dim_territories": [
                (t, f"TOP/{t}", 2, None, *world.policies.get(t, (None, None)), on(-500), None)
                for t in sorted({"HOME", *world.teams, *world.homes.values()})
            ],
            "fct_territory_assignments": [(c, world.home(c), f"R-{world.home(c)}", on(-500), None) for c in sorted(customers)],
            "fct_territory_candidates": [(c, t, True, True, on(-500), None) for c, t in sorted(world.named.items()) if c in customers],
            "bridge_rep_territories": [
                (r, t, "owner", on(-500), None) for t, reps in sorted((world.teams | world.workers).items()) for r in reps
            ],
            "bridge_customer_records": [
                (*m.record, m.customer, on(m.since), on(m.to) if m.to is not None and m.to <= night else None) for m in members
            ],
        }
        with self.warehouse.transaction() as connection:
            connection.execute("create schema if not exists marts")
            for name, columns in GIVEN.items():
                connection.execute(f"create or replace table marts.{name} ({columns})")
                if given[name]:
                    connection.executemany(f"insert into marts.{name} values ({', '.join('?' * len(given[name][0]))})", given[name])
        self.warehouse.replace_all(
            {
                "rules.company": _table(
                    "rules.company", [{"company_name": "Tiny", "as_of_date": on(night), "rules_version": RULES_VERSION}]
                ),
                "rules.protection": _table("rules.protection", [_rule(rule) for rule in world.rules]),
                "clean.owner_observations": _table("clean.owner_observations", _observations(observations)),
                "clean.customers": _table(
                    "clean.customers",
                    [
                        {
                            "source": record[0],
                            "record_id": record[1],
                            "is_branch": record in world.branch_records,
                            "pool_id": "sea" if world.pooled.get(record, night + 1) <= night else None,
                            "is_in_latest_export": True,
                            "expires_on": on(world.expires[record]) if record in world.expires else None,
                        }
                        for record in sorted({m.record for m in members})
                    ],
                ),
            }
        )


def _observations(observations: list[Observation]) -> list[dict]:
    rows, places = [], {}
    for o in sorted(observations, key=lambda o: (o.record, o.day, o.known)):
        places[o.record] = places.get(o.record, 0) + 1
        rows.append(
            {
                "source": o.record[0],
                "record_id": o.record[1],
                "sequence": places[o.record],
                "first_sequence": places[o.record],
                "changed_on": on(o.day),
                "owner_rep_id": o.rep,
                "as_of_date": on(o.known),
                "known_from": on(o.known),
                "file_sha256": f"{o.known:064d}",
                "row_number": int(o.record[1]),
            }
        )
    return rows


def _rule(rule: Rule) -> dict:
    return {
        "protection_id": rule.rule_id,
        "kind": rule.kind,
        "applies_to": "customers",
        "priority": rule.priority,
        "days": rule.days,
        "sources": rule.sources,
        "territory_id": rule.territory,
        "valid_from": on(rule.since),
        "valid_to": on(rule.to) if rule.to is not None else None,
        "size_bands": "Large" if rule.large else None,
        "extension_days": rule.longest - rule.days if rule.longest else None,
        "extension_limit": 1 if rule.longest else None,
    }


def _periods(customer: str, large_since: int, night: int) -> list[tuple]:
    """The rows of dim_customer_periods of a customer as of a night."""
    if large_since > night:
        return [(customer, None, "small", date.min, None)]
    if large_since == ALWAYS:
        return [(customer, None, "large", date.min, None)]
    return [(customer, None, "small", date.min, on(large_since)), (customer, None, "large", on(large_since), None)]


def _table(name: str, rows: list[dict]) -> pa.Table:
    schema = TABLES[name].arrow_schema
    return pa.Table.from_pylist([{column: row.get(column) for column in schema.names} for row in rows], schema=schema)
