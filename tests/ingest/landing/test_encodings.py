from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FileRefused
from ingest.landing.encodings import count_replaced, to_utf8

REAL_DATA = Path(__file__).parents[4] / "shared" / "data"
NAME = "crm/2026-11-20/file.csv"


def _found(data, declared=None):
    """The text and the encoding that a file was found in."""
    text, encoding = to_utf8(data, NAME, declared)
    return text.decode("utf-8"), encoding


def _refused(data, declared=None):
    with pytest.raises(FileRefused) as caught:
        to_utf8(data, NAME, declared)
    assert NAME in str(caught.value)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize("text", ["Id,Name\n1,Acme\n", "1,é\n", "1,海\n", "1,€\U0001f600\n", "Id,Name\n1,Österreich\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf8_is_told_by_being_valid_however_short(text, encoding):
    assert _found(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize("text", ["Id,Name\r\n1,海尔集团\r\n", "Id,N\n1,é\n", "客户,负责人\n张三,李四\n", "Id,Name\n1,第一机床厂\n"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_utf16_is_told_by_its_mark_or_its_zeros(text, encoding, mark):
    assert _found((mark + text).encode(encoding)) == (text, encoding)


@pytest.mark.parametrize(
    "text",
    [
        "Id,Name\n1,海尔\n",
        "Id,Name\n1,海信集团\n",
        "1,张\n",
        "1,琪\n",
        "1,鑫淼\n",
        "Id,Name\n1,王喆\n2,陶镕\n",
        "客户名称,负责人（必填）,金额（€）\n喆瑢贸易有限公司,张三,100\n",
        "Id,Name\n1,ABC科技（北京）有限公司，A座3号\n",
    ],
)
def test_chinese_in_gb18030_is_told_even_from_one_or_two_characters(text):
    assert _found(text.encode("gb18030")) == (text, "gb18030")


WESTERN = [
    "1,é\n",
    "Id,Name\n1,Café\n",
    "1,créée,naïve\n",
    "München,Zürich,Ørsted\n",
    "Ca’ d’Oro “x” – y\n",
    "São Paulo\nMálaga\n",
    "100 €\n",
]


@pytest.mark.parametrize("text", WESTERN)
@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman"])
def test_western_text_is_told_by_where_its_accents_stand(text, encoding):
    assert _found(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize("text", ["CRÉÉ,SOCIÉTÉ GÉNÉRALE\n", "DÉÇU\n"])
def test_adjacent_capitals_with_accents_are_not_taken_for_chinese(text):
    assert _found(text.encode("cp1252")) == (text, "cp1252")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("客戶名稱,地址\n台灣積體電路製造股份有限公司,新竹市力行六路八號\n鴻海精密工業股份有限公司,台北市信義區\n", "big5"),
        ("Id,会社名\n1,トヨタ自動車株式会社\n2,株式会社日立製作所\n3,東京都千代田区丸の内\n", "shift_jis"),
        ("Id,Name\n1,Иван Петров\n2,Завод Север\n3,Банк Москва\n", "cp1251"),
        ("Id,Name\n1,Привет мир\n2,Общество с ограниченной ответственностью\n", "cp1251"),
    ],
)
def test_other_encodings_are_found_where_there_is_enough_text(text, encoding):
    assert _found(text.encode(encoding)) == (text, encoding)


@pytest.mark.parametrize(
    ("declared", "encoding"), [("GBK", "gbk"), ("cp1250", "cp1250"), ("UTF-16", "utf-16"), ("euc_kr", "euc_kr"), ("utf8", "utf-8")]
)
def test_a_declared_encoding_is_obeyed(declared, encoding):
    text = {"cp1250": "Łódź\n", "euc_kr": "삼성\n"}.get(declared, "海尔\n")
    assert _found(text.encode(declared), declared) == (text, encoding)


def test_a_mark_is_no_part_of_the_text_in_a_declared_encoding():
    assert _found("\ufeffa,海\n".encode("utf-16-le"), "utf-16-le") == ("a,海\n", "utf-16-le")
    assert _found("\ufeffa,海\n".encode(), "utf-8") == ("a,海\n", "utf-8-sig")


@pytest.mark.parametrize("declared", ["klingon", "zip", "hex", "", "a\0b"])
def test_an_unknown_declared_encoding_is_refused_with_examples(declared):
    code, message = _refused(b"a,b\n", declared)
    assert code == "wrong_encoding"
    assert "gb18030" in message


def test_bytes_that_do_not_fit_the_declared_encoding_are_refused_with_their_line():
    code, message = _refused("a\nb\n1,Café\n".encode("cp1252"), "utf-8")
    assert (code, "byte 0xE9 in line 3 fits nothing" in message) == ("wrong_encoding", True)
    assert _refused("a海".encode("utf-16-le")[:-1], "utf-16-le")[0] == "wrong_encoding"
    assert _refused(b"a\0b\n", "utf-8")[0] == "not_text"


@pytest.mark.parametrize("tail", [b"\xe9\n", b"Caf\xe9 au lait\n", "高".encode("gb18030") + b"\n"])
def test_utf8_with_a_few_broken_bytes_is_refused_and_not_read_as_something_else(tail):
    code, message = _refused("Id,Name\n1,海尔集团公司有限\n".encode() + tail)
    assert code == "wrong_encoding"
    assert "in line 3 fits nothing, though most of the file is UTF-8" in message


@pytest.mark.parametrize("text", ["Id,Name\n1,海尔", "Id,Name\n1,海尔集团\n2,café"])
def test_utf8_cut_inside_its_last_character_is_truncated(text):
    code, message = _refused(text.encode()[:-1])
    assert code == "truncated_file"
    assert "in the middle of a character" in message


def test_chinese_in_gb18030_that_is_damaged_is_not_read_as_something_else():
    text = ("Id,Name\n" + "1,海信集团有限公司\n" * 4).encode("gb18030")
    code, message = _refused(text + "2,海".encode("gb18030")[:-1])
    assert (code, "in line 6" in message) == ("truncated_file", True)
    code, message = _refused(text + b"2,\xff\n3,x\n")
    assert (code, "is not GB18030 throughout: byte 0xFF in line 6" in message) == ("wrong_encoding", True)


def test_utf8_with_a_mark_must_be_utf8():
    assert _refused(b"\xef\xbb\xbfId\n\xe9\n")[0] == "wrong_encoding"
    assert _refused(b"\xef\xbb\xbfId\0\n")[0] == "not_text"
    assert _refused(b"\xff\xfeI\0d\0\n")[0] == "wrong_encoding"
    assert _refused("\ufeffId\n\0".encode("utf-16-le"))[0] == "not_text"


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a\0b", b"\0\0\0\0", b"MZ\x90\0\x03\0\0\0", b"a\0b\0c\0d", b"a\0b\0\0c\0d"]
)
def test_bytes_with_zeros_that_are_not_utf16_are_no_text(data):
    assert _refused(data)[0] == "not_text"


def test_what_is_readable_in_no_encoding_is_refused_with_the_next_step():
    code, message = _refused(b"Id\n\x01\x02\x8d\x8f\x90\xff\x9d\n")
    assert code == "wrong_encoding"
    assert "byte 0x8D in line 2" in message
    assert "format: {encoding: ...}" in message


def test_characters_lost_before_can_be_counted():
    text, encoding = to_utf8("Id,Name\n1,caf\ufffd \ufffd\n".encode(), NAME)
    assert (encoding, count_replaced(text)) == ("utf-8", 2)
    assert count_replaced(b"Id,Name\n") == 0


@given(st.one_of(st.binary(max_size=80), st.text(max_size=40).map(lambda text: text.encode("gb18030", "ignore"))))
@settings(max_examples=300, deadline=None)
def test_arbitrary_bytes_become_text_without_a_loss_or_are_refused(data):
    try:
        text, encoding = to_utf8(data, NAME)
    except FileRefused as refused:
        assert refused.code in ("wrong_encoding", "not_text", "truncated_file")
        return
    decoded = text.decode("utf-8")
    marks = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
    assert decoded.encode(encoding.removesuffix("-sig")) == data.removeprefix(marks.get(encoding, b""))


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff\ufffe"), min_size=1))
@settings(deadline=None)
def test_utf8_is_never_taken_for_anything_else(text):
    assert _found(text.encode("utf-8")) == (text, "utf-8")


def test_the_real_export_in_a_macintosh_encoding_has_its_cities_right():
    path = REAL_DATA / "aws_saas_sales" / "saas_sales.csv"
    if not path.is_file():
        pytest.skip("the real exports are not beside the repository: ../shared/data lacks aws_saas_sales")
    data = path.read_bytes()
    text, encoding = to_utf8(data, path.name)
    assert encoding == "mac_roman"
    assert text.decode() == data.decode("mac_roman")
    assert ",Bogotá," in text.decode()
