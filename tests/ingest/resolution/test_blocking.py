"""resolution/blocking.py: which records are put side by side."""

from ingest.resolution.blocking import candidate_pairs


def pairs(records, largest_block=200):
    return candidate_pairs(records, largest_block=largest_block).pairs.rows()


def test_each_key_brings_its_records_together_once(featured):
    rows = [
        {"name": "Harbour Lane", "phone": "206 555 0100", "email": "a@harbour.example"},
        {"name": "Harbour Lane", "phone": "+1 206 555 0100", "email": "a@harbour.example"},
        {"name": "Zephyr", "phone": "206 555 0199"},
    ]
    assert pairs(featured(rows)) == [(0, 1)]


def test_telephone_numbers_meet_on_their_last_eight_digits(featured):
    assert pairs(featured([{"name": "Aaaa", "phone": "021 5555 0100"}, {"name": "Bbbb", "phone": "+86 21 5555 0100"}])) == [(0, 1)]


def test_names_meet_on_their_first_characters_within_a_country(featured):
    first = {"name": "Quillfeather", "country_code": "US"}
    assert pairs(featured([first, {"name": "Quilfeather", "country_code": "US"}])) == [(0, 1)]
    assert pairs(featured([first, {"name": "Qillfeather", "country_code": "US"}])) == []
    assert pairs(featured([first, {"name": "Quilfeather", "country_code": "CA"}])) == []


def test_a_value_that_too_many_share_is_skipped_and_counted(featured):
    blocks = candidate_pairs(featured([{"phone": "206 555 0100"}] * 4), largest_block=3)
    assert (blocks.pairs.rows(), blocks.skipped["phone"]) == ([], 1)


def test_a_name_that_too_many_share_is_linked_in_a_chain(featured):
    rows = [{"name": "Harbour Lane", "street": f"{i // 4} Main St"} for i in range(8)]
    blocks = candidate_pairs(featured(rows), largest_block=3)
    assert blocks.skipped["name"] == 1
    assert blocks.pairs.rows() == [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6), (6, 7)]


def test_five_thousand_equal_rows_give_as_many_pairs_and_not_millions(featured):
    rows = [{"record_id": f"{i:05}", "name": "Harbour Lane", "street": "1 Main St", "phone": "206 555 0100"} for i in range(5000)]
    assert len(pairs(featured(rows))) == 4999


def test_no_records_give_no_pairs(featured):
    assert pairs(featured([])) == []
