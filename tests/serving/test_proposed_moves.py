"""Files for CRMs: whose records are in them, in which headings and ids."""

from pathlib import Path

import duckdb
import pytest
import yaml

from ingest.sources.mapping import BUILT_IN, Source, read_sources
from serving.proposed_moves import FORMS, form_of, proposed_moves

DATA = """
create schema asked; create schema answer; create schema rules;
create table answer.customers as select * from (values
    ('C1', 'OLD', 'NEW', true, true),
    ('C2', 'OLD', 'NEW', true, false),
    ('C3', 'OLD', 'UNASSIGNED', true, true),
    ('C4', 'NEW', 'NEW', false, false)
) as t(customer_id, from_territory_id, to_territory_id, is_moved, is_broken);
create table answer.proposals as select * from (values ('C1', 'E2', 'said so'), ('C3', null, 'nobody'))
    as t(customer_id, proposed_owner_rep_id, proposal_reason);
create table answer.places_after as select * from (values ('NEW', 'E2'), ('NEW', 'E3')) as t(territory_id, rep_id);
create table answer.rep_names as select * from (values ('E1', 'Ann'), ('E2', '王小明'), ('E3', 'Cy'), ('form:zhao', 'Zhao')) as t(id, name);
create table answer.territory_names as
    select * from (values ('OLD', 'Old'), ('NEW', 'New'), ('UNASSIGNED', 'Unassigned')) as t(id, name);
create table rules.reps as select 'E2' as rep_id, 'zoho=zcrm_72|sf=005Hv00000000G9' as source_user_ids, date '2026-01-01' as valid_from;
create table rules.territories as select * from (values
    ('NEW', 'sf=0MIHv0000000004OAA|zoho=9|neo=2170', date '2026-01-01'), ('OLD', 'sf=0MIHv0000000008OAA', date '2026-01-01')
) as t(territory_id, source_territory_ids, valid_from);
create table asked.users as select * from (values
    ('neo', '216', 'E2', '王小明', true), ('fx', '1002', 'E2', '王小明', true), ('fx', '1009', 'E2', '王小明', false),
    ('neo', '211', 'E1', 'Ann', true), ('neo', '213', 'E3', 'Cy', true), ('fx', '1003', 'E3', 'Cy', true)
) as t(source, user_id, rep_id, name, is_active);
create table asked.records as select * from (values
    ('C1', 'sf', '001A', 'One', 'E1'), ('C1', 'zoho', '51', 'One', 'E1'), ('C1', 'fx', 'f1', 'One', 'E1'),
    ('C1', 'neo', '2101', 'One', 'E1'), ('C1', 'neo', '2102', 'One too', 'E3'), ('C1', 'neo', '2106', 'One pooled', null),
    ('C1', 'form', 'a1', 'One', 'form:qian'),
    ('C2', 'sf', '001B', 'Two', 'E3'), ('C2', 'neo', '2103', 'Two', 'E3'), ('C2', 'fx', 'f2', 'Two', 'E3'),
    ('C3', 'neo', '2104', 'Three', 'E1'), ('C4', 'neo', '2105', 'Four', 'E1')
) as t(customer_id, source, record_id, name, owner_rep_id);
create table asked.record_territories as select * from (values
    ('sf', '001A', 'sf:0MIHv0000000008OAA', '0TiA'), ('sf', '001B', 'sf:0MIHv0000000004OAA', '0TiB'),
    ('neo', '2101', 'neo:2170', null), ('neo', '2103', 'neo:2111', null), ('zoho', '51', 'zoho:8', null)
) as t(source, record_id, territory_id, link_id);
"""
MAPPINGS = {
    "sf": "crm: salesforce", "zoho": "crm: zoho", "neo": "crm: neocrm", "fx": "crm: fxiaoke",
    "form": "crm: jiandaoyun\nentities: {customers: {labels: {客户名称: _widget_1, 负责人: _widget_2}}}",
}  # fmt: skip


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, Source]:
    for name, text in MAPPINGS.items():
        (tmp_path / f"{name}.yml").write_text(text + "\n", encoding="utf-8")
    return read_sources(tmp_path)


@pytest.fixture
def files(sources: dict[str, Source]) -> dict:
    with duckdb.connect() as connection:
        connection.execute(DATA)
        return {file.name.removeprefix("proposed_moves_").removesuffix(".csv"): file for file in proposed_moves(connection, sources)}


def rows(file) -> list[tuple]:
    return file.rows.rows()


def test_salesforce_gets_owners_and_the_associations_to_add_and_to_delete(files: dict) -> None:
    assert files["sf"].rows.columns == ["Id", "OwnerId"]
    assert rows(files["sf"]) == [("001A", "005Hv00000000G9IAI")]  # 18 characters, though the sheet has 15
    assert files["sf_territories_add"].rows.rows(named=True) == [
        {"ObjectId": "001A", "Territory2Id": "0MIHv0000000004OAA", "AssociationCause": "Territory2Manual"}
    ]
    assert files["sf_territories_delete"].rows.rows(named=True) == [{"Id": "0TiA"}]
    assert not any(files[name].byte_order_mark for name in files if name.startswith("sf"))


def test_ids_of_zoho_carry_its_prefix(files: dict) -> None:
    assert files["zoho"].rows.columns == ["Record Id", "Account Name", "Account Owner.id", "Territories.id"]
    assert rows(files["zoho"]) == [("zcrm_51", "One", "zcrm_72", "zcrm_9")]


def test_an_owner_who_stays_is_repeated_and_one_whom_nobody_names_is_left_empty(files: dict) -> None:
    assert files["neo"].rows.columns == ["客户ID", "客户名称", "客户所有人", "区域"]
    assert rows(files["neo"]) == [
        ("2101", "One", "216", "2170"),  # held there already: only the owner changes
        ("2102", "One too", "213", "2170"),  # its own owner has a place
        ("2103", "Two", "213", "2170"),
        ("2104", "Three", None, None),  # in no territory any more
        ("2106", "One pooled", None, "2170"),  # who has no owner gets none
    ]
    assert files["neo"].notes == ["1 record(s) without an owner: the rules name nobody; decide before you import."]


def test_fxiaoke_goes_by_names_and_keeps_no_territories(files: dict) -> None:
    assert files["fx"].rows.rows(named=True) == [{"数据ID": "f1", "客户名称": "One", "负责人": "王小明", "负责人ID": "1002"}]


def test_a_form_of_jiandaoyun_has_the_companys_labels_and_says_whom_it_does_not_know(files: dict) -> None:
    assert files["form"].rows.rows(named=True) == [{"数据ID": "a1", "客户名称": "One", "负责人": None}]
    assert files["form"].notes == ["1 record(s) without an owner: no user there for E2; fill source_user_ids in reps.csv."]


def test_a_name_that_looks_like_a_formula_does_no_harm(sources: dict[str, Source], tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(DATA + "update asked.records set name = '=Evil()' where record_id = 'f1'")
        file = next(file for file in proposed_moves(connection, sources) if file.name == "proposed_moves_fx.csv")
    text = file.write(tmp_path).read_bytes()
    assert text == "\ufeff数据ID,客户名称,负责人,负责人ID\r\nf1,'=Evil(),王小明,1002\r\n".encode()


@pytest.mark.parametrize("crm", sorted(FORMS))
def test_headings_are_those_that_the_crms_own_exports_have(crm: str) -> None:
    customers = yaml.safe_load((BUILT_IN / crm / "source.yml").read_text(encoding="utf-8"))["entities"]["customers"]
    known = {customers["key"], *customers["columns"]}
    for labels in customers["labels"].values():
        known |= {labels} if isinstance(labels, str) else set(labels)
    known = {heading.replace("_", " ") for heading in known} | known
    form = FORMS[crm]
    headings = {form.record, form.name, form.owner_name or form.owner, form.territory} - {None}
    assert headings <= known


def test_a_system_of_the_companys_own_has_the_headings_of_its_mapping(tmp_path: Path) -> None:
    mapping = "crm: own\nentities: {customers: {file: a.csv, key: Nr, columns: {Firm: name, Rep: owner_user_id}}}\n"
    (tmp_path / "own.yml").write_text(mapping, encoding="utf-8")
    form = form_of(read_sources(tmp_path)["own"])
    assert (form.record, form.name, form.owner, form.territory) == ("Nr", "Firm", "Rep", None)
