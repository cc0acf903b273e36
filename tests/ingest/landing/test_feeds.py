import pytest

from ingest.errors import FileRefused
from ingest.landing.feeds import (
    KEY,
    ROW,
    Setting,
    apply_feed,
    columns_matched_later,
    mentioned_columns,
    mentioned_lookup_columns,
    read_lookup,
)
from ingest.sources.mapping import Feed

PLACE = Setting(place="sources/crm.yml (entities.customers)")
PATH = "crm/2026-11-20/customers.csv"


@pytest.fixture
def applied(content):
    """A function that applies a feed to CSV text, with the texts of its lookups' files; rows as dictionaries."""

    def apply(feed, text, **lookup_texts):
        feed = Feed.model_validate({"file": "customers.csv", "key": "Id"} | feed)
        lookups = {
            name: read_lookup(
                name,
                lookup,
                [(f"crm/2026-11-20/{lookup.file[0]}", content(lookup_texts[name]))] if name in lookup_texts else [],
                PLACE,
                also=columns_matched_later(feed, name),
            )
            for name, lookup in feed.lookups.items()
        }
        return apply_feed(feed, PATH, content(text), lookups, PLACE)[0].to_dicts()

    return apply


def values(rows, *columns):
    found = [tuple(row.get(column) for column in columns) for row in rows]
    return [row[0] for row in found] if len(columns) == 1 else found


def refusal(action, *arguments, **texts):
    with pytest.raises(FileRefused) as caught:
        action(*arguments, **texts)
    return caught.value.code, str(caught.value)


def test_columns_become_canonical_columns_and_keep_their_row_numbers(applied):
    rows = applied({"columns": {"Name": "name", "City": ["city", "region"]}}, "Id,Name,City\n7, Acme ,Oslo\n\n8,,\n")
    assert rows == [
        {KEY: "7", ROW: 1, "name": " Acme ", "city": "Oslo", "region": "Oslo"},
        {KEY: "8", ROW: 3, "name": None, "city": None, "region": None},
    ]


def test_headers_are_found_whatever_their_case_and_width(applied):
    assert values(applied({"columns": {"Name": "name"}}, "\ufeffＩＤ,NAME\xa0\n7,Acme\n"), KEY, "name") == [("7", "Acme")]


def test_several_key_columns_are_joined_and_one_filled_cell_is_a_key(applied):
    rows = applied({"key": ["A", "B"], "columns": {}}, "A,B\n x ,y\nx,\n,y\n , \n")
    assert values(rows, KEY) == ["x|y", "x|", "|y", None]


def test_where_keeps_the_rows_whose_column_holds_one_of_the_values(applied):
    feed = {"columns": {}, "where": {"Kind": ["a", "b"], "Live": "1"}}
    rows = applied(feed, "Id,Kind,Live\n1,a,1\n2,b,0\n3, b ,1\n4,c,1\n5,,1\n6,a,\n")
    assert values(rows, KEY, ROW) == [("1", 1), ("3", 3)]


def test_where_may_ask_for_an_empty_cell(applied):
    assert values(applied({"columns": {}, "where": {"Gone": ["", "0"]}}, "Id,Gone\n1,\n2,0\n3,1\n4, \n"), KEY) == ["1", "2", "4"]


def test_constants_are_the_same_for_every_row(applied):
    rows = applied({"columns": {}, "constants": {"country": "China"}}, "Id,Name\n1,a\n2,b\n")
    assert values(rows, "country") == ["China", "China"]


def test_of_two_columns_that_fill_one_the_first_filled_cell_counts(applied):
    feed = {"columns": {"Name": "name", "Old name": "name"}}
    assert values(applied(feed, "Id,Old name,Name\n1,old,new\n2,old,\n3,old, \n4,,\n"), "name") == ["new", "old", "old", None]


def test_an_empty_value_inside_a_cell_does_not_count_as_filled(applied):
    feed = {"columns": {"Data": [{"to": "name", "json": "name"}], "Name": "name"}}
    assert values(applied(feed, 'Id,Data,Name\n1,"{""name"": """"}",b\n2,"{""name"": ""a""}",b\n'), "name") == ["b", "a"]


def test_combined_cells_leave_out_empty_ones_or_keep_their_place(applied):
    feed = {
        "columns": {},
        "combined": {
            "street": {"columns": ["Street", "No"], "with": " "},
            "address": {"columns": ["Street", "No"], "with": "/", "keep_empty": True},
        },
    }
    rows = applied(feed, "Id,Street,No\n1,High St,7\n2,,7\n3,,\n")
    assert values(rows, "street", "address") == [("High St 7", "High St/7"), ("7", "/7"), (None, "/")]


def test_nothing_combined_does_not_hide_a_later_value(applied):
    feed = {"columns": {"Address": "street"}, "combined": {"street": {"columns": ["Street", "No"]}}, "required": []}
    assert values(applied(feed, "Id,Address,Street,No\n1,Far 3,High St,7\n2,,,\n3,,High St,\n"), "street") == ["Far 3", None, "High St"]


def test_a_file_without_rows_gives_no_rows(applied):
    feed = {"columns": {"Name": "name", "Data": [{"to": "city", "xml": "City"}]}, "constants": {"country": "China"}, "where": {"Id": "1"}}
    assert applied(feed, "Id,Name,Data\n") == []


def test_a_missing_column_is_refused_with_the_closest_and_the_place_in_the_mapping(applied):
    code, message = refusal(applied, {"columns": {"Company name": "name"}}, "Id,Company,City\n1,a,b\n")
    assert code == "missing_column"
    assert message == (
        f'column "Company name" is not in {PATH}.\n'
        "  The file has: Id, Company, City\n"
        f"  Closest: Company. If the CRM renamed it, change {PLACE.place}."
    )


def test_without_required_every_mapped_target_needs_one_of_its_columns(applied):
    feed = {"columns": {"Name": "name", "Company": "name", "City": "city"}}
    assert values(applied(feed, "Id,Company,City\n1,a,b\n"), "name", "city") == [("a", "b")]
    assert refusal(applied, feed, "Id,Company\n1,a\n")[0] == "missing_column"


def test_with_required_only_those_targets_are_needed(applied):
    feed = {"columns": {"Name": "name", "City": "city"}, "combined": {"street": {"columns": ["Street"]}}}
    assert values(applied(feed | {"required": []}, "Id\n1\n"), KEY, "name") == [("1", None)]
    assert values(applied(feed | {"required": ["name"]}, "Id,Name\n1,a\n"), "name") == ["a"]
    assert 'column "Street"' in refusal(applied, feed | {"required": ["street"]}, "Id,Name,City\n1,a,b\n")[1]


@pytest.mark.parametrize(
    ("feed", "column"),
    [
        ({}, "Id"),
        ({"where": {"Kind": "a"}}, "Kind"),
        ({"lookups": {"owner": {"file": "owners.csv", "key": "No", "match": "Owner"}}}, "Owner"),
        ({"lookups": {"owner": {"file": "owners.csv", "key": "No", "match": "owner"}}}, "owner"),
    ],
)
def test_what_a_row_is_found_by_is_needed_even_when_nothing_is_required(applied, feed, column):
    code, message = refusal(applied, {"required": []} | feed, "Name\na\n", owner="No\n1\n")
    assert code == "missing_column"
    assert f'"Id" is not in {PATH}' in message
    if column != "Id":
        code, message = refusal(applied, {"required": []} | feed, "Id,Name\n1,a\n", owner="No\n1\n")
        assert (code, f'"{column}" is not in {PATH}' in message) == ("missing_column", True)


def test_a_doubled_column_is_refused_where_the_mapping_reads_it_and_left_alone_otherwise(applied):
    assert refusal(applied, {"columns": {"Name": "name"}}, "Id,Name,name\n1,a,b\n")[0] == "doubled_column"
    assert refusal(applied, {"columns": {}}, "Id,ID\n1,2\n")[0] == "doubled_column"
    assert values(applied({"columns": {"Name": "name"}}, "Id,Name,x,x,,\n1,a,b,c,,\n"), "name") == ["a"]


OWNER = {"file": "owners.csv", "key": "Customer", "match": "Id", "columns": {"User": "owner_user_id"}}


def test_a_lookup_completes_each_row_with_the_first_row_of_its_key(applied):
    owners = "Customer,User,Note\n2,bob,\n1,ann,\n1,eve,\n,nobody,\n"
    rows = applied({"columns": {}, "lookups": {"owner": OWNER}}, "Id\n1\n2\n3\n1\n", owner=owners)
    assert values(rows, KEY, "owner_user_id") == [("1", "ann"), ("2", "bob"), ("3", None), ("1", "ann")]


def test_a_lookup_keeps_only_the_rows_of_its_where(applied):
    owners = "Customer,User,Role\n1,eve,deputy\n1,ann,main\n"
    rows = applied({"columns": {}, "lookups": {"owner": OWNER | {"where": {"Role": "main"}}}}, "Id\n1\n", owner=owners)
    assert values(rows, "owner_user_id") == ["ann"]


def test_the_first_filled_of_several_match_columns_counts(applied):
    feed = {"columns": {}, "lookups": {"owner": OWNER | {"match": ["Store", "Person"]}}}
    rows = applied(feed, "Id,Store,Person\n1,s,p\n2,,p\n3, ,\n4,x,p\n", owner="Customer,User\np,pam\n s ,sue\n")
    assert values(rows, KEY, "owner_user_id") == [("1", "sue"), ("2", "pam"), ("3", None), ("4", None)]


CHAIN = {
    "columns": {},
    "lookups": {
        "link": {"file": "links.csv", "key": "Customer", "match": "Id"},
        "area": {"file": "areas.csv", "key": "Area", "match": ["link.Area", "Area"], "columns": {"Title": "district"}},
    },
}


def test_a_lookup_may_start_from_a_column_of_an_earlier_one(applied):
    rows = applied(CHAIN, "Id,Area\n1,a\n2,a\n", link="Customer,Area\n1,b\n", area="Area,Title\na,Alpha\nb,Beta\n")
    assert values(rows, KEY, "district") == [("1", "Beta"), ("2", "Alpha")]


def test_a_chained_column_that_the_earlier_lookup_lacks_is_refused_by_its_file(applied):
    code, message = refusal(applied, CHAIN, "Id,Area\n1,a\n", link="Customer,Region\n1,b\n", area="Area,Title\na,Alpha\n")
    assert code == "missing_column"
    assert 'column "Area" is not in crm/2026-11-20/links.csv' in message
    assert "sources/crm.yml (entities.customers, lookups.link)" in message


def test_a_lookup_that_starts_from_a_later_one_is_refused(applied):
    feed = {"columns": {}, "lookups": dict(reversed(CHAIN["lookups"].items()))}
    code, message = refusal(applied, feed, "Id,Area\n1,a\n", link="Customer,Area\n1,b\n", area="Area,Title\na,Alpha\n")
    assert code == "lookup_order"
    assert "the lookup area starts from link.Area, and link is not listed before it" in message


def test_a_lookup_may_bear_the_name_of_the_column_it_matches(applied):
    feed = {"columns": {}, "lookups": {"owner": OWNER | {"match": "Owner"}}, "required": []}
    assert values(applied(feed, "Id,Owner\n1,9\n", owner="Customer,User\n9,ann\n"), "owner_user_id") == ["ann"]
    named_alike = {"columns": {}, "lookups": {"Owner": OWNER | {"match": "Owner"}}}
    assert values(applied(named_alike, "Id,Owner\n1,9\n", Owner="Customer,User\n9,ann\n"), "owner_user_id") == ["ann"]


def test_a_lookup_without_its_file_is_refused_and_says_which_one(applied):
    code, message = refusal(applied, {"columns": {}, "lookups": {"owner": OWNER}}, "Id\n1\n")
    assert code == "missing_file"
    assert "the file owners.csv" in message
    assert "sources/crm.yml (entities.customers, lookups.owner)" in message


@pytest.mark.parametrize("owners", ["Customer,Name\n1,a\n", "No,User\n1,a\n"])
def test_a_lookup_file_that_lacks_a_column_is_refused_with_its_place(applied, owners):
    code, message = refusal(applied, {"columns": {}, "lookups": {"owner": OWNER}}, "Id\n1\n", owner=owners)
    assert code == "missing_column"
    assert "crm/2026-11-20/owners.csv" in message
    assert "lookups.owner" in message


def test_a_column_of_the_file_is_not_mistaken_for_one_of_a_lookup(applied):
    rows = applied({"columns": {"User": "name"}, "lookups": {"owner": OWNER}}, "Id,User\n1,acme\n", owner="Customer,User\n1,ann\n")
    assert values(rows, "name", "owner_user_id") == [("acme", "ann")]


def test_columns_are_spoken_of_when_they_are_used_or_ignored():
    feed = Feed.model_validate(
        CHAIN
        | {"file": "x.csv", "key": "Id", "where": {"Kind": "a"}, "columns": {"NAME": "name"}, "ignore": ["Fax"]}
        | {"combined": {"street": {"columns": ["Street"]}}}
    )
    assert mentioned_columns(feed) == {"id", "area", "kind", "name", "fax", "street"}
    assert mentioned_lookup_columns(feed, "link") == {"customer", "area"}
    assert mentioned_lookup_columns(feed, "area") == {"area", "title"}
