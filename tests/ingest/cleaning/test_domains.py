"""Web sites, e-mail addresses and registrable domains: the tables of cases, and whole columns against the package they stand in for."""

import csv
from pathlib import Path

import polars as pl
import pytest
import tldextract
from hypothesis import given
from hypothesis import strategies as st

from ingest.cleaning.domains import is_shared, own_domains, read_emails, read_websites, registrable_domains

CASES = Path(__file__).parents[2] / "cases"
SHARED = Path(__file__).parents[3] / "ingest" / "cleaning" / "shared_domains.csv"
EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
SUFFIXES = sorted(rule.removeprefix("*.").removeprefix("!") for rule in EXTRACT.tlds)
LABELS = st.sampled_from(["a", "www", "example", "city", "例子", "b-c", "s3", "com", "co", "shop2"])
READERS = {"website": (read_websites, "not_a_website"), "email": (read_emails, "not_an_email")}


def cases(name):
    return list(csv.DictReader((CASES / name).read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("case", cases("websites.csv"), ids=lambda case: case["text"])
def test_a_website_is_read_as_the_table_of_cases_says(case):
    read = read_websites(pl.Series([case["text"]]))
    found = (read.values[0], registrable_domains(read.values)[0], read.problems[0])
    assert found == (case["host"] or None, case["domain"] or None, case["problem"] or None)


@pytest.mark.parametrize("case", cases("emails.csv"), ids=lambda case: case["text"])
def test_an_email_is_read_as_the_table_of_cases_says(case):
    read = read_emails(pl.Series([case["text"]]))
    found = (read.values[0], registrable_domains(read.values)[0], read.problems[0])
    assert found == (case["email"] or None, case["domain"] or None, case["problem"] or None)


def test_what_many_companies_share_tells_nothing():
    assert is_shared(pl.Series(["qq.com", "taobao.com", "example.com", None])).to_list() == [True, True, False, None]


def test_a_company_is_at_home_at_its_site_else_at_its_mail_and_never_at_a_shared_domain():
    websites = pl.Series(["shop.a.com", "facebook.com", None, None, "a.com"])
    emails = pl.Series(["x@b.com", "x@b.com", "x@mail.b.com", "x@qq.com", None])
    assert own_domains(websites, emails).to_list() == ["a.com", "b.com", "b.com", None, "a.com"]


def test_the_shared_domains_are_registrable_sorted_and_each_there_once():
    rows = pl.read_csv(SHARED)
    assert rows["domain"].to_list() == sorted(set(rows["domain"]))
    assert registrable_domains(rows["domain"]).to_list() == rows["domain"].to_list()
    assert set(rows["kind"]) == {"mail", "marketplace", "social"}


@given(st.lists(st.tuples(st.lists(LABELS, max_size=4), st.sampled_from(SUFFIXES)), min_size=1, max_size=20))
def test_whole_columns_find_the_domain_that_the_package_finds(parts):
    hosts = [".".join([*labels, suffix]) for labels, suffix in parts]
    wanted = [EXTRACT.extract_str(host).top_domain_under_public_suffix or None for host in hosts]
    assert registrable_domains(pl.Series(hosts)).to_list() == wanted


@pytest.mark.parametrize("kind", READERS)
@given(texts=st.lists(st.text(max_size=60) | st.none(), min_size=1, max_size=6))
def test_any_text_is_read_or_has_a_problem(kind, texts):
    reader, code = READERS[kind]
    column = pl.Series(texts, dtype=pl.String)
    read = reader(column)
    domains = registrable_domains(read.values)
    for text, value, problem, domain in zip(texts, read.values, read.problems, domains, strict=True):
        assert value is None or (value == value.lower() and " " not in value and value.strip())
        assert problem is None or value is not None or problem in (code, "placeholder_email")
        assert value is not None or problem is not None or not (text or "").strip(" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u200b\u2060\ufeff")
        assert domain is None or (value or "").endswith(domain)


def test_the_same_host_twice_and_an_empty_column():
    assert registrable_domains(pl.Series(["b.a.com", None, "b.a.com"])).to_list() == ["a.com", None, "a.com"]
    assert registrable_domains(pl.Series([], dtype=pl.String)).to_list() == []
