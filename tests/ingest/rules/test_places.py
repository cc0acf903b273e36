import pytest

from ingest.rules.places import MOST_KILOMETRES, country_of_division, degrees, divisions, read_divisions, read_kilometres, read_postal_codes


def test_divisions_of_any_level_are_taken_and_a_state_becomes_its_region_code():
    assert read_divisions(" 310000 | ３１０１００｜310115|53033| 53 |us-wa") == "310000|310100|310115|53033|US-WA"
    assert read_divisions(" | ") is None
    assert [country_of_division(code) for code in ("310115", "53033", "US-WA")] == ["CN", "US", "US"]


def test_every_known_division_is_read_as_itself_or_as_a_state():
    assert all(read_divisions(code) == held for code, held in divisions().items())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("310999", "'310999' is no code of a division: six digits of GB/T 2260"),
        ("99", "'99' is no code"),
        ("110103", "'110103' is a former division and part of 110101 today; write that code"),
        ("上海", "'上海' is no code of a division"),
        ("310115|5303", "'5303' is no code"),
    ],
)
def test_an_unknown_division_is_refused(text, says):
    with pytest.raises(ValueError, match="is") as refused:
        read_divisions(text)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("200120", "200120"),
        (" 2000* | 200000-201999 ", "2000*|200000..201999"),
        ("２００１２０－２００１３０", "200120..200130"),
        ("00-001", "00001"),
        ("100-0001", "1000001"),
        ("98101-1234", "981011234"),
        ("00-001..00-950", "00001..00950"),
        ("200000至200999", "200000..200999"),
        ("sw1a 1aa|SW1A*", "SW1A1AA|SW1A*"),
        ("200120|200120", "200120"),
        ("", None),
    ],
)
def test_postal_codes_are_single_codes_beginnings_and_ranges(text, held):
    assert read_postal_codes(text) == held


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("201999-200000", "is upside down"),
        ("200000..2009", "write both ends in full"),
        ("*", "is no postal code"),
        ("20*0", "is no postal code"),
        ("上海", "is no postal code"),
    ],
)
def test_what_is_no_postal_code_is_refused(text, says):
    with pytest.raises(ValueError, match="code") as refused:
        read_postal_codes(text)
    assert says in str(refused.value)


def test_a_point_and_a_distance_are_numbers_in_their_bounds():
    assert (degrees(90, "31.2")("３１.5"), read_kilometres("0.5"), read_kilometres(str(MOST_KILOMETRES))) == (31.5, 0.5, MOST_KILOMETRES)
    for text in ("91", "-90.001", "north", "nan", "1_0"):
        with pytest.raises(ValueError, match="expected"):
            degrees(90, "31.2")(text)
    for text in ("0", "-1", "20039", "inf", "wide"):
        with pytest.raises(ValueError, match="expected"):
            read_kilometres(text)
