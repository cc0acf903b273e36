"""resolution/features.py: what of a record speaks for who it is."""

import pytest


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+86 (21) 5555-0100", "862155550100"),
        ("206.555.0100 ext. 7", "2065550100"),
        ("021-55550100转8001", "02155550100"),
        ("555-0100", None),
        ("00000000", None),
        ("400-555-0100", None),
        ("1-800-555-0100", None),
        ("none", None),
        (None, None),
    ],
)
def test_a_telephone_number_is_its_digits_unless_it_says_nothing(written, digits, featured):
    assert featured([{"phone": written}])["phone"].to_list() == [digits]


@pytest.mark.parametrize(
    ("website", "email", "domain"),
    [
        ("https://www.harbour-lane.example/about", None, "harbour-lane.example"),
        ("HARBOUR-LANE.example:8080", "x@other.example", "harbour-lane.example"),
        (None, "Info@Harbour-Lane.example", "harbour-lane.example"),
        (None, "someone@qq.com", None),
        ("https://www.facebook.com/harbourlane", "x@harbour-lane.example", "harbour-lane.example"),
        ("none", "none", None),
    ],
)
def test_a_domain_is_the_web_sites_else_the_mails_and_never_a_providers(website, email, domain, featured):
    assert featured([{"website": website, "email": email}])["domain"].to_list() == [domain]


def test_what_tells_two_shops_apart_is_read_out_of_their_names(featured):
    names = ["Harbour Lane Shop 12", "云杉市第一机械厂", "Larkspur East", "Beasty Boys", None]
    assert featured([{"name": name} for name in names])["numbers"].to_list() == ["12", "第一", "east", "", ""]


def test_a_branch_is_marked(featured):
    names = ["青禾有限公司上海分公司", "青禾有限公司", "Harbour Lane Ltd, Leeds Branch", None]
    assert featured([{"name": name} for name in names])["is_branch"].to_list() == [True, False, True, False]


def test_records_are_numbered_by_source_and_id_whatever_their_order(featured):
    rows = [{"source": "b", "record_id": "1"}, {"source": "a", "record_id": "2"}, {"source": "a", "record_id": "10"}]
    found = featured(rows).select("n", "source", "record_id").rows()
    assert found == [(0, "a", "10"), (1, "a", "2"), (2, "b", "1")]
