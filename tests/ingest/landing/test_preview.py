"""A preview says beforehand what the landing then says, of the same files by the same codes, and leaves no trace of itself."""

import importlib.util
import io
import os
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingest.landing.acceptances import Acceptance, add_acceptance
from ingest.landing.preview import preview

_PATH = Path(__file__).with_name("mutations.py")
_SPEC = importlib.util.spec_from_file_location("mutations_for_preview", _PATH)
mutations = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(mutations)

SEEN_AT = datetime(2026, 11, 21, 1, tzinfo=UTC)
MONDAY, TUESDAY, WEDNESDAY = "crm/2026-11-16", "crm/2026-11-17", "crm/2026-11-18"
ENTITIES = {
    "customers": {"file": "customers*", "key": "Id", "columns": {"Name": "name", "Owner": "owner_user_id"}, "required": ["name"]},
    "opportunities": {
        "file": "deals*",
        "key": "Id",
        "columns": {"Name": "name", "Stage": "stage"},
        "lookups": {"stages": {"file": "stages.csv", "key": "Id", "match": "Id", "columns": {"Worth": "amount"}, "optional": True}},
        "required": ["name"],
    },
}


def listing(ids, owner="ann"):
    return "Id,Name,Owner\n" + "".join(f"{i},Fictional Works {i},{owner}\n" for i in ids)


def deals(ids):
    return "Id,Name,Stage\n" + "".join(f"{i},d{i},Won\n" for i in ids)


def packed(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 11, 17, 0, 0, 0)), text)
    return out.getvalue()


def traces(home):
    """Every file and folder of the home, with content and time of change."""
    found = sorted(home.home.root.rglob("*"))
    return [(str(path), path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"") for path in found]


def look(home, *sources, **options):
    return preview(
        home.home, home.warehouse, {source.name: source for source in sources}, **{"max_file_bytes": 1 << 20, "seen_at": SEEN_AT} | options
    )


def foretold(home, *sources):
    """Codes by what they are about, without leaving a trace."""
    before = traces(home)
    said = {(about, why.code) for about, why in look(home, *sources).refusals}
    assert traces(home) == before
    return said


def came_true(home):
    """The same out of what a landing wrote down: batches that are refused or held, and files that no batch could use or wants."""
    batches = {(row["source"], row["entity"], row["as_of_date"]): row for row in home.warehouse.read("raw.batches").to_pylist()}
    said = {(f"{s}/{e}/{day}", row["reason_code"]) for (s, e, day), row in batches.items() if row["state"] in ("refused", "held")}
    files = home.warehouse.read("raw.files").to_pylist()
    opened = {row["container_sha256"] for row in files}
    for row in files:
        of_batches = [batches.get((row["source"], entity, row["as_of_date"])) for entity in row["entities"].split(", ")]
        is_alone = all(batch is None or batch["state"] == "loaded" for batch in of_batches)
        if row["state"] in ("refused", "landed") and row["reason_code"] != "ignored" and is_alone and row["file_sha256"] not in opened:
            said.add((row["path"], row["reason_code"]))
    return said


@pytest.fixture
def source(make_source):
    return make_source(entities=ENTITIES, ignore_files=["*.pdf"])


CASES = {
    "good files": ({"customers.csv": listing(range(41)), "deals.csv": deals(range(3))}, set()),
    "a truncated file": (
        {"customers.csv": listing(range(41))[:-6], "deals.csv": deals(range(3))},
        {("crm/customers/2026-11-17", "truncated_file")},
    ),
    "an empty one": ({"customers.csv": "", "deals.csv": deals(range(3))}, {("crm/customers/2026-11-17", "empty_file")}),
    "a header alone": ({"customers.csv": "Id,Name,Owner\n", "deals.csv": deals([1])}, {("crm/customers/2026-11-17", "no_rows")}),
    "a missing column": (
        {"customers.csv": listing(range(41)).replace("Name", "Title", 1), "deals.csv": deals([1])},
        {("crm/customers/2026-11-17", "missing_column")},
    ),
    "ids that Excel damaged": (
        {"customers.csv": listing([f"1.2345678901{n}E+17" for n in range(10, 50)]), "deals.csv": deals([1])},
        {("crm/customers/2026-11-17", "damaged_ids")},
    ),
    "too many bad rows": (
        {"customers.csv": listing([*range(30), *[""] * 20]), "deals.csv": deals([1])},
        {("crm/customers/2026-11-17", "too_many_bad_rows")},
    ),
    "half an export": ({"customers.csv": listing(range(15)), "deals.csv": deals([1])}, {("crm/customers/2026-11-17", "shrunk")}),
    "another system's ids": (
        {"customers.csv": listing(range(100, 140)), "deals.csv": deals([1])},
        {("crm/customers/2026-11-17", "other_ids")},
    ),
    "other owners": (
        {"customers.csv": listing(range(40), "bo"), "deals.csv": deals([1])},
        {("crm/customers/2026-11-17", "owners_changed")},
    ),
    "a missing entity": ({"customers.csv": listing(range(40))}, {("crm/opportunities/2026-11-17", "missing")}),
    "a good ZIP": ({"all.zip": packed({"customers.csv": listing(range(40)), "deals.csv": deals([1]), "read.pdf": "x"})}, set()),
    "a ZIP with a truncated file and one nobody wants": (
        {"all.zip": packed({"a/customers.csv": listing(range(40))[:-6], "a/deals.csv": deals([1]), "notes.csv": "a,b\n1,2\n"})},
        {("crm/customers/2026-11-17", "truncated_file"), (f"{TUESDAY}/all.zip/notes.csv", "no_feed")},
    ),
    "half an export in a ZIP": (
        {"all.zip": packed({"customers.csv": listing(range(15)), "deals.csv": deals([1])})},
        {("crm/customers/2026-11-17", "shrunk")},
    ),
    "an empty ZIP": (
        {"all.zip": packed({}), "customers.csv": listing(range(40)), "deals.csv": deals([1])},
        {(f"{TUESDAY}/all.zip", "empty_zip")},
    ),
    "a broken ZIP": (
        {"all.zip": packed({"customers.csv": listing(range(40))})[:-30], "deals.csv": deals([1])},
        {(f"{TUESDAY}/all.zip", "broken_zip"), ("crm/customers/2026-11-17", "missing")},
    ),
    "a truncated part of two": (
        {"customers_a.csv": listing(range(40)), "customers_b.csv": listing(range(40, 50))[:-6], "deals.csv": deals([1])},
        {(f"{TUESDAY}/customers_b.csv", "truncated_file")},
    ),
    "a truncated second download": (
        {"customers.csv": listing(range(40)), "customers (1).csv": listing(range(40))[:-6], "deals.csv": deals([1])},
        {(f"{TUESDAY}/customers (1).csv", "truncated_file")},
    ),
    "places that say nothing": (
        {
            "customers.csv": listing(range(40)),
            "deals.csv": deals([1]),
            "../customers.csv": listing([1]),
            "../../loose.csv": "a\n",
            "../2062-11-17/customers.csv": listing([1]),
            "../../zoho/2026-11-17/Accounts.csv": "a\n1\n",
            "prices.csv": "a\n1\n",
            "read.pdf": "x",
        },
        {
            ("crm/customers.csv", "no_day"),
            ("loose.csv", "no_day"),
            ("crm/2062-11-17/customers.csv", "future_day"),
            ("zoho/2026-11-17/Accounts.csv", "no_source"),
            (f"{TUESDAY}/prices.csv", "no_feed"),
        },
    ),
}


@pytest.fixture(scope="module")
def nights(new_home, make_source):
    """Every case at once, each in a system of its own after a good Monday: what was foretold, and what came true."""
    home, sources = new_home(), [make_source(_system(case), entities=ENTITIES, ignore_files=["*.pdf"]) for case in CASES]
    for source in sources:
        home.put(f"{source.name}/2026-11-16/customers.csv", listing(range(40)))
        home.put(f"{source.name}/2026-11-16/deals.csv", deals(range(3)))
    home.land(*sources)
    for case, (files, _) in CASES.items():
        for name, content in files.items():
            home.put(os.path.normpath(f"{_system(case)}/2026-11-17/{name}"), content)
    said = foretold(home, *sources)
    home.land(*sources)
    return said, came_true(home)


def _system(case):
    return f"crm{list(CASES).index(case):02d}"


def _expected(case):
    system = _system(case)
    return {(f"{system}{about.removeprefix('crm')}" if about.startswith("crm/") else about, code) for about, code in CASES[case][1]}


@pytest.mark.parametrize("case", CASES)
def test_what_a_preview_says_of_a_new_day_is_what_the_landing_then_says(nights, case):
    for found in nights:
        own = {(about, code) for about, code in found if about.startswith(_system(case))}
        assert own | (found & _expected(case)) == _expected(case)


def test_a_preview_says_nothing_else_and_neither_does_the_landing(nights):
    everything = set().union(*(_expected(case) for case in CASES))
    assert nights == (everything, everything)


def test_a_home_that_never_landed_anything_stays_without_archive_ledger_or_work_file(home, source):
    home.put(f"{MONDAY}/customers.csv", listing(range(40)))
    home.put(f"{MONDAY}/deals.csv", "")
    home.put(f"{TUESDAY}/customers.csv", listing(range(10)))  # half of what the unread day before it shows
    said = foretold(home, source)
    assert said == {
        ("crm/opportunities/2026-11-16", "empty_file"),
        ("crm/customers/2026-11-17", "shrunk"),
        ("crm/opportunities/2026-11-17", "missing"),
    }
    assert [path.name for path in home.home.root.iterdir()] == ["landing"]
    home.land(source)
    assert came_true(home) == said


def test_a_held_day_is_judged_by_the_last_one_that_was_believed(home, source):
    home.put(f"{MONDAY}/customers.csv", listing(range(40)))
    home.put(f"{TUESDAY}/customers.csv", listing(range(10)))
    home.land(source)
    home.put(f"{WEDNESDAY}/customers.csv", listing(range(9)))  # much like Tuesday, which is held
    assert foretold(home, source) == {("crm/customers/2026-11-18", "shrunk")}
    home.land(source)
    assert ("crm/customers/2026-11-18", "shrunk") in came_true(home)


def test_what_was_read_before_is_not_judged_again_but_completes_what_is_new(home, source):
    home.put(f"{MONDAY}/customers_a.csv", listing(range(40)))
    home.put(f"{MONDAY}/deals.csv", deals(range(40)))
    home.land(source)
    home.put(f"{TUESDAY}/customers_a.csv", listing(range(30)))
    home.put(f"{TUESDAY}/deals.csv", deals(range(5)))
    home.land(source)
    home.remove(f"{TUESDAY}/customers_a.csv")  # tidied away; the archive has it
    home.put(f"{TUESDAY}/customers_b.csv", listing(range(30, 41)))
    found = look(home, source)
    assert (found.refusals, found.batches) == ([], {"crm/customers/2026-11-17"})
    assert foretold(home, source) == set()
    assert home.land(source).loaded == ["crm/customers/2026-11-17"]
    assert len(home.rows("raw.customers", "record_id")) == 81


def test_half_an_export_written_over_a_whole_one_is_foretold(home, source):
    home.put(f"{MONDAY}/customers.csv", listing(range(40)))
    home.put(f"{TUESDAY}/customers.csv", listing(range(40)))
    home.land(source)
    home.put(f"{TUESDAY}/customers.csv", listing(range(10)))
    assert foretold(home, source) == {("crm/customers/2026-11-17", "shrunk")}
    home.land(source)
    assert ("held", "shrunk") in home.rows("raw.files", "state", "reason_code")


def test_a_file_beside_a_day_that_a_person_let_pass_does_not_hold_it_again(home, source):
    home.put(f"{MONDAY}/customers.csv", listing(range(40)))
    home.put(f"{MONDAY}/deals.csv", deals([1]))
    home.put(f"{TUESDAY}/customers.csv", listing(range(10)))
    home.land(source)
    held = {
        row["entity"]: row["held_content_sha256"] or "" for row in home.warehouse.read("raw.batches").to_pylist() if row["state"] == "held"
    }
    assert sorted(held) == ["customers", "opportunities"]
    moment = datetime(2026, 11, 21, 9, tzinfo=UTC)
    for entity, content in held.items():
        decision = {"content_sha256": content, "accepted_by": "Ann", "reason": "It is right", "accepted_at": moment}
        add_acceptance(home.home, Acceptance(source="crm", entity=entity, as_of_date=date(2026, 11, 17), **decision))
    home.put(f"{TUESDAY}/customers (1).csv", listing(range(10)))  # the same again: other name, same content
    assert foretold(home, source) == set()
    home.put(f"{WEDNESDAY}/customers.csv", listing(range(9)))
    said = foretold(home, source)
    assert said == set()  # Tuesday was let pass, so it is what Wednesday is held against, and deals need not come
    home.land(source)
    assert came_true(home) == {("crm/opportunities/2026-11-17", "missing_accepted")}


def test_rows_are_given_of_the_batches_that_would_be_loaded_and_of_no_other(home, source):
    home.put(f"{MONDAY}/customers.csv", listing([1, 2]))
    home.put(f"{MONDAY}/deals.csv", "")
    found = look(home, source, wanted_rows=("customers", "opportunities"))
    assert {entity: [table.num_rows for table in tables] for entity, tables in found.rows.items()} == {"customers": [2]}
    assert look(home, source).rows == {}


def test_nothing_new_is_nothing_said(home, source):
    home.put(f"{MONDAY}/customers.csv", "")
    home.land(source)
    found = look(home, source)
    assert (found.refusals, found.batches, found.rows) == ([], set(), {})


def test_a_name_that_is_not_utf_8_and_a_file_that_is_too_large_are_foretold(home, source):
    home.put(f"{MONDAY}/customers.csv", listing(range(40)))
    folder = os.fsencode(home.home.landing / MONDAY)
    Path(os.fsdecode(folder + b"/\xbf\xcd\xbb\xa7.csv")).write_text("Id\n1\n")
    said = look(home, source, max_file_bytes=100).refusals
    assert [(about, why.code) for about, why in said] == [("landing", "not_readable"), ("crm/customers/2026-11-16", "too_large")]
    assert "the file's name is not UTF-8" in str(said[0][1])


def test_spoilt_exports_of_every_kind_are_foretold_by_the_code_they_are_then_refused_by(home, make_source):
    feed = {"file": ["customers*", "*.csv"], "key": "Id", "columns": {"Name": "name", "OwnerId": "owner_user_id"}, "required": ["name"]}
    feed |= {"labels": {"Name": "客户名称"}, "ignore": ["Notes"]}
    sources = [make_source(f"crm{place:02d}", entities={"customers": feed}) for place in range(30)]
    good = mutations.as_csv(mutations.rows_of(mutations.Random(0), 30))
    for source in sources:
        home.put(f"{source.name}/2026-11-16/customers.csv", good)
    home.land(*sources)
    for number, source in enumerate(sources):
        case = mutations.make_case(number)
        home.put(f"{source.name}/2026-11-17/{case.name}", case.data)
    said = foretold(home, *sources)
    home.land(*sources)
    assert said == came_true(home)
    assert len({code for _, code in said}) > 5  # of one kind only they would prove little
