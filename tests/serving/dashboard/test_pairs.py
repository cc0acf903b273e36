"""serving/dashboard/pairs.py: the picture of two records that are one customer, or may be."""

import base64

TAB = "Ownership 归属"


def _pictures(page) -> list[str]:
    urls = [url for image in page.image for url in image.value]
    assert all(url.startswith("data:image/svg+xml;base64,") for url in urls)
    return [base64.b64decode(url.partition(",")[2]).decode("utf-8") for url in urls]


def test_the_heaviest_pair_is_drawn_first(open_page):
    page = open_page(TAB, search="C2")
    assert (page.selectbox(key="left C2").value, page.selectbox(key="right C2 crm:0020").value) == ("crm:0020", "erp:K-7")
    (picture,) = _pictures(page)
    assert "<title>crm 0020 and erp K-7: the same customer, probability 1.0000</title>" in picture
    assert "+27.00" in picture


def test_records_that_are_one_by_way_of_others_show_each_link(open_page):
    page = open_page(TAB, search="C2")
    page.selectbox(key="right C2 crm:0020").set_value("web:W-1").run()
    assert not page.exception
    first, second = _pictures(page)
    assert "<title>crm 0020 and erp K-7" in first
    assert "<title>erp K-7 and web W-1" in second
    assert any("by way of other records" in text.value for text in page.text)


def test_a_record_of_another_customer_that_may_be_this_one_is_offered_with_its_name(open_page):
    page = open_page(TAB, search="C3")
    (offered,) = page.selectbox(key="right C3 erp:K-9").options
    assert offered == "erp:K-7 (is it 海尔集团 (Haier)? 待判断)"
    (picture,) = _pictures(page)
    assert "<title>erp K-7 and erp K-9: a person should look, probability 0.7500</title>" in picture


def test_two_records_without_a_pair_say_that_they_were_not_found_alike(open_page):
    page = open_page(TAB, search="C2")
    page.selectbox(key="right C2 crm:0020").set_value("erp:K-9").run()
    assert _pictures(page) == []
    assert any("They are two customers: they were not compared, or found to be different." in text.value for text in page.text)


def test_a_customer_of_one_record_that_nobody_asks_about_has_no_picture(open_page, shown, sql):
    sql(
        shown / "warehouse.duckdb",
        "delete from marts.fct_match_questions; delete from marts.bridge_customer_records where record_id = 'K-8'",
    )
    page = open_page(TAB, search="C3")
    assert _pictures(page) == []
    assert any("One record stands behind it" in caption.value for caption in page.caption)
