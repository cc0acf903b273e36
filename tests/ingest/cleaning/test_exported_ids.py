import pyarrow as pa

from ingest.cleaning.exported_ids import exported_ids
from ingest.sources.mapping import Source
from ingest.tables import TABLES


def raw(entity, *rows):
    schema = TABLES[f"raw.{entity}"].arrow_schema
    return pa.Table.from_pylist([dict.fromkeys(schema.names) | row for row in rows], schema=schema)


def source(name, **settings):
    return Source.model_validate({"name": name, "crm": name, "title": name, "entities": {}} | settings)


def test_ids_are_the_companys_own_only_where_the_mapping_says_so():
    sources = {"crm": source("crm"), "erp": source("erp", rep_ids="company", territory_ids="company")}
    known = exported_ids(
        raw(
            "territories",
            {"source": "crm", "record_id": " 1 "},
            {"source": "erp", "record_id": "EAST"},
            {"source": "gone", "record_id": "X"},
        ),
        raw("reps", {"source": "crm", "record_id": "005"}, {"source": "erp", "record_id": "ann"}),
        raw("rep_territories"),
        sources,
    )
    assert known.territories == {"crm:1", "EAST"}
    assert known.reps == {"crm:005", "ann"}
    assert known.reps_in_territories == set()


def test_who_works_or_leads_something_by_an_export_is_known_by_user_and_by_person():
    sources = {"crm": source("crm"), "erp": source("erp", rep_ids="company", territory_ids="company")}
    known = exported_ids(
        raw("territories", {"source": "crm", "record_id": "1", "manager_user_id": "006"}),
        raw("reps", {"source": "erp", "record_id": "ann", "manager_user_id": "boss"}, {"source": "erp", "record_id": "boss"}),
        raw(
            "rep_territories",
            {"source": "crm", "record_id": "a", "user_id": "005"},
            {"source": "erp", "record_id": "b", "user_id": " ann "},
        ),
        sources,
    )
    assert known.reps_in_territories == {"crm:005", "crm:006", "ann", "erp:ann", "boss", "erp:boss"}


def test_people_of_salesforce_are_known_by_either_form_of_their_id_and_by_e_mail():
    reps = raw(
        "reps",
        {"source": "sf", "record_id": "005000000000001AAA", "email": " Ann@Example.com "},
        {"source": "sf", "record_id": "005000000000002AAA", "email": "bob@example.com"},
    )
    works = raw("rep_territories", {"source": "sf", "record_id": "a", "user_id": "005000000000001"})
    known = exported_ids(raw("territories"), reps, works, {"sf": source("sf", ids="salesforce")})
    assert known.reps_in_territories == {"sf:005000000000001AAA", "sf:005000000000001", "ann@example.com"}
    assert known.reps == {"sf:005000000000001AAA", "sf:005000000000002AAA"}
