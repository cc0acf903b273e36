"""benchmarks/resolution*.py, disturbed_registry.py: sets are well formed, damage repeats, counting is right, peers are pinned."""

import sys
import textwrap
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import resolution_peers
from benchmarks.disturbed_registry import disturb_companies, disturb_stores, is_branch_name, name_parts
from benchmarks.resolution_judges import equal_names, judge, recall_by_damage, write_errors
from benchmarks.resolution_peers import PEERS, PeerAbsent, ask, prepare
from benchmarks.resolution_sets import CONTRACT, SETS, Answer, as_set
from ingest.cleaning.credit_codes import ALPHABET, check_character, read_credit_codes

REAL_DATA = Path(__file__).parents[3] / "shared" / "data"
BRANDS = ("岚屿新", "槿澜", "彧璟源", "沐翊佳", "峻朗丰")
TRADES = ("信息科技", "机械制造", "餐饮管理", "物流", "建筑工程")
FORMS = ("有限公司", "有限责任公司", "股份有限公司")


def _company(number: int, *, branch: str = "") -> dict[str, str | None]:
    brand, trade, form = BRANDS[number % 5], TRADES[number // 5 % 5], FORMS[number % 3]
    first = f"91330106MA{''.join(ALPHABET[number // 31**place % 31] for place in range(7))}"
    return {
        "name": f"杭州{brand}{trade}{form}{branch}",
        "credit_code": first + check_character(first),
        "region": "浙江",
        "city": "杭州",
        "district": None,
        "address": f"浙江省杭州市西湖区青禾路{number + 1}号{number % 9 + 1}幢301室(自主申报)",
        "cluster": str(number),
    }


def _companies(count: int, *, branch: str = "") -> pl.DataFrame:
    return pl.DataFrame([_company(number, branch=branch) for number in range(count)], schema_overrides={"district": pl.String})


def _answer(customers: dict[str, str], pairs: list[tuple] | None = None) -> Answer:
    columns = {
        "left_record_id": pl.String,
        "right_record_id": pl.String,
        "score": pl.Float64,
        "weight": pl.Float64,
        "verdict": pl.String,
    }
    groups = pl.DataFrame({"record_id": list(customers), "customer": list(customers.values())})
    return Answer(groups=groups, pairs=pl.DataFrame(pairs or [], schema=columns, orient="row"), seconds=0.0)


def _set(kind, rows: list[tuple[str, str, str, str]]):
    """rows: record_id, source, name, cluster."""
    return as_set("invented", kind, pl.DataFrame(rows, schema=["record_id", "source", "name", "cluster"], orient="row"))


def test_the_same_rows_take_the_same_damage_whatever_stands_beside_them():
    rows = _companies(60)
    whole, part = disturb_companies(rows), disturb_companies(rows.reverse().head(10))
    assert whole.equals(disturb_companies(rows))
    assert part.sort("cluster").equals(whole.join(part.select("cluster"), on="cluster", how="semi").sort("cluster"))


def test_every_copy_says_what_was_done_and_its_name_or_address_or_code_differs():
    rows = _companies(300)
    copies = disturb_companies(rows)
    assert copies["damage"].str.len_chars().min() > 0
    differs = pl.any_horizontal(pl.col(column).ne_missing(pl.col(f"{column}_was")) for column in ("name", "address", "credit_code", "city"))
    assert copies.join(rows, on="cluster", suffix="_was").select(differs.all()).item()


def test_codes_go_missing_in_about_seventy_of_a_hundred_and_a_mistyped_one_is_never_valid():
    copies = disturb_companies(_companies(2000))
    assert 0.66 < copies["credit_code"].null_count() / 2000 < 0.74
    mistyped = copies.filter(pl.col("damage").str.contains("code_mistyped"))["credit_code"]
    assert 60 < len(mistyped) < 140
    assert read_credit_codes(mistyped).values.null_count() == len(mistyped)


def test_a_branch_stays_the_same_branch():
    copies = disturb_companies(_companies(400, branch="余杭第三分公司"))
    plain = copies.filter(~pl.col("damage").str.contains("traditional"))["name"].str.replace_all(r"\s", "")
    assert plain.str.ends_with("余杭第三分公司").all()
    assert all(is_branch_name(name) for name in plain)


def test_no_company_becomes_a_branch():
    assert not any(is_branch_name(name) for name in disturb_companies(_companies(400))["name"])


@pytest.mark.parametrize(
    ("name", "place", "stem", "form", "branch"),
    [
        ("杭州岚屿信息科技有限公司", "杭州", "岚屿信息科技", "有限公司", ""),
        ("浙江省杭州市槿澜物流股份有限公司", "浙江省杭州市", "槿澜物流", "股份有限公司", ""),
        ("彧璟（杭州）贸易有限公司余杭分公司", "", "彧璟（杭州）贸易", "有限公司", "余杭分公司"),
        ("杭州有限公司", "", "杭州", "有限公司", ""),
        ("沐翊五金厂", "", "沐翊五金厂", "", ""),
    ],
)
def test_the_parts_of_a_name_are_found(name, place, stem, form, branch):
    parts = name_parts(name, ("浙江", "杭州"))
    assert (parts.place, parts.stem, parts.form, parts.branch) == (place, stem, form, branch)


@given(st.text(alphabet="浙江杭州省市岚屿科技有限公司分店（）() ", min_size=1, max_size=20))
def test_the_parts_of_any_name_are_the_name_again(name):
    parts = name_parts(name, ("浙江", "杭州"))
    assert parts.place + parts.stem + parts.form + parts.branch == name


def test_a_disturbed_shop_keeps_its_street_or_its_telephone():
    rows = pl.DataFrame(
        {
            "name": ["Larkspur Foods"] * 500,
            "street": [f"{number} North Fennwood Avenue, Suite {number % 7}" for number in range(500)],
            "city": ["Columbus"] * 500,
            "region": ["OH"] * 500,
            "postal_code": ["43215-1234"] * 500,
            "phone": [f"614-555-{number:04d}" for number in range(500)],
            "website": ["https://larkspur.example/oh"] * 500,
            "latitude": ["39.96"] * 500,
            "longitude": ["-83.00"] * 500,
            "cluster": [str(number) for number in range(500)],
        }
    )
    copies = disturb_stores(rows)
    assert copies.equals(disturb_stores(rows))
    assert copies.select(pl.any_horizontal(pl.col("street", "phone").is_not_null()).all()).item()
    assert copies["damage"].str.len_chars().min() > 0


def test_a_set_is_trimmed_text_with_nulls_for_blanks_and_without_empty_columns():
    rows = pl.DataFrame({"record_id": [1, 2], "name": ["  Oster   Tools ", " "], "city": ["", " "], "cluster": [7, 8], "extra": ["x", "y"]})
    made = as_set("invented", "clusters", rows)
    assert made.records.to_dicts() == [{"record_id": "1", "name": "Oster Tools"}, {"record_id": "2", "name": None}]
    assert made.truth["cluster"].to_list() == ["7", "8"]


@pytest.mark.parametrize("rows", [{"record_id": ["1", "1"], "cluster": ["a", "b"]}, {"record_id": ["1", "2"], "cluster": ["a", None]}])
def test_a_set_without_a_record_id_or_a_truth_for_each_row_is_refused(rows):
    with pytest.raises(ValueError, match="a record_id of its own"):
        as_set("invented", "clusters", pl.DataFrame(rows))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1, max_size=14))
def test_pairwise_figures_are_those_of_counting_pair_by_pair(rows):
    table = [(str(at), "right" if is_right else "left", "x", str(true)) for at, (true, _, is_right) in enumerate(rows)]
    answer = _answer({str(at): f"c{said}" for at, (_, said, _) in enumerate(rows)})
    for kind in ("clusters", "links"):
        pairs = [(a, b) for a, b in combinations(rows, 2) if kind == "clusters" or a[2] != b[2]]
        true, said = sum(a[0] == b[0] for a, b in pairs), sum(a[1] == b[1] for a, b in pairs)
        both = sum(a[:2] == b[:2] for a, b in pairs)
        figures = judge(_set(kind, table), answer)
        assert figures["precision"] == (both / said if said else 1.0)
        assert figures["recall"] == (both / true if true else 1.0)
        assert figures["f1"] == (2 * both / (said + true) if said + true else 1.0)


def test_a_row_that_was_not_answered_is_alone():
    asked = _set("clusters", [("1", "a", "x", "A"), ("2", "a", "x", "A"), ("3", "a", "x", "A")])
    assert judge(asked, _answer({"1": "c", "2": "c"}))["recall"] == pytest.approx(1 / 3)


RANKED = [("f1", "full", "Oster Tools Ltd", "A"), ("f2", "full", "Oster Foods Ltd", "B"), ("s1", "short", "Oster Tools", "A")]


@pytest.mark.parametrize(
    ("pairs", "top_1", "precision", "recall"),
    [
        ([], 0, 1.0, 0),
        ([("s1", "f1", 0.9, 8.0, "same")], 1, 1.0, 1),
        ([("f1", "s1", 0.9, 8.0, "same"), ("s1", "f2", 0.95, 7.0, "same")], 1, 0.5, 1),
        ([("f1", "s1", 0.9, 6.0, "ask"), ("s1", "f2", 0.9, 7.0, "same")], 0, 0.0, 0),
        ([("f1", "f2", 0.9, 9.0, "same"), ("s1", "f1", 0.9, 6.0, "ask")], 1, 1.0, 0),
    ],
)
def test_the_pair_with_the_highest_weight_is_the_best_candidate(pairs, top_1, precision, recall):
    figures = judge(_set("ranked", RANKED), _answer({}, pairs))
    assert (figures["top_1"], figures["precision"], figures["recall"]) == (top_1, precision, recall)


def test_wrong_pairs_are_written_with_both_rows_and_what_was_said_of_them(tmp_path):
    rows = [("1", "a", "Oster Tools", "A"), ("2", "b", "Oster Tool", "A"), ("3", "b", "Bram Foods", "B")]
    answer = _answer({"1": "c", "2": "d", "3": "c"}, [("3", "1", 0.9, 5.0, "same")])
    told = write_errors(_set("clusters", rows), answer, tmp_path, "ours")
    assert told == "invented.ours.false.csv: 1, invented.ours.missed.csv: 1"
    false, missed = (pl.read_csv(tmp_path / f"invented.ours.{kind}.csv", infer_schema=False).to_dicts()[0] for kind in ("false", "missed"))
    assert (false["left_name"], false["right_name"], false["verdict"]) == ("Oster Tools", "Bram Foods", "same")
    assert (missed["left_name"], missed["right_name"], missed["verdict"]) == ("Oster Tools", "Oster Tool", None)


def test_recall_is_told_by_kind_of_damage():
    rows = pl.DataFrame(
        {
            "record_id": ["1", "2", "3", "4"],
            "name": ["x"] * 4,
            "cluster": ["A", "B", "A", "B"],
            "damage": [None, None, "typo|spaces", "typo"],
        }
    )
    answer = _answer({"1": "c", "2": "d", "3": "c", "4": "e"})
    assert recall_by_damage(as_set("invented", "clusters", rows), answer) == "typo 0.500 of 2, spaces 1.000 of 1"


def test_equal_names_are_equal_but_for_case_and_blanks():
    asked = _set("clusters", [("1", "a", "Oster Tools", "A"), ("2", "a", "OSTERTOOLS", "A"), ("3", "a", None, "B"), ("4", "a", None, "C")])
    groups = dict(equal_names(asked).groups.iter_rows())
    assert groups["1"] == groups["2"]
    assert len({groups["1"], groups["3"], groups["4"]}) == 3


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_the_packages_of_a_peer_are_pinned_and_name_no_host(peer):
    lines = peer.requirements.read_text("utf-8").split()
    assert all(line.count("==") == 1 and "/" not in line and "@" not in line for line in lines)
    assert any(line.startswith(f"{peer.name}==") for line in lines)


def test_a_peer_without_an_installer_is_absent_and_says_why(tmp_path, monkeypatch):
    monkeypatch.setattr(resolution_peers.shutil, "which", lambda _name, path: None)
    with pytest.raises(PeerAbsent, match="there is no uv"):
        prepare(PEERS[0], tmp_path)


def test_a_peer_is_given_the_rows_and_its_answer_is_read(tmp_path, monkeypatch):
    script = """
        import json, sys
        import polars as pl
        rows, out = pl.read_parquet(sys.argv[1]), sys.argv[3]
        ids = rows["record_id"].to_list()
        rows.select("record_id", customer=pl.lit(1)).write_parquet(f"{out}/groups.parquet")
        names = ("left_record_id", "right_record_id", "score", "weight", "verdict")
        pl.DataFrame([(ids[0], ids[1], 1, 2, "same")], schema=names, orient="row").write_parquet(f"{out}/pairs.parquet")
        json.dump({"seconds": 0.5, "note": sys.argv[2]}, open(f"{out}/told.json", "w"))
    """
    (tmp_path / "splink_peer.py").write_text(textwrap.dedent(script), encoding="utf-8")
    monkeypatch.setattr(resolution_peers, "SCRIPTS", tmp_path)
    asked = _set("clusters", [("1", "a", "x", "A"), ("2", "a", "y", "A")])
    answer = ask(PEERS[0], Path(sys.executable), asked)
    assert (answer.seconds, answer.note) == (0.5, "clusters")
    assert judge(asked, answer)["f1"] == 1.0


def test_a_peer_that_fails_is_absent_with_its_error(tmp_path, monkeypatch):
    (tmp_path / "splink_peer.py").write_text("raise ValueError('no rows of this kind')", encoding="utf-8")
    monkeypatch.setattr(resolution_peers, "SCRIPTS", tmp_path)
    with pytest.raises(PeerAbsent, match="failed: ValueError: no rows of this kind"):
        ask(PEERS[0], Path(sys.executable), _set("clusters", [("1", "a", "x", "A")]))


# rows and different things, as the files had them on 2026-11-22
KNOWN = {
    "fodors_zagats": (864, 752), "fodors_zagats_links": (864, 752), "senzing_truthset": (159, 85), "lagou_2018": (1412, 706),
    "cn_registry": (26361, 23964), "febrl": (5000, 2000), "fake_1000": (1000, 251), "finance_database": (6290, 4033),
    "wikidata_companies": (32619, 15538), "musicbrainz": (19375, 10000),
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in SETS if not name.startswith("demo_")])
def test_a_set_of_real_data_has_columns_of_the_contract_and_tells_no_cluster(name):
    if not REAL_DATA.is_dir():
        pytest.skip("../shared/data is not there")
    made = SETS[name](REAL_DATA)
    assert set(made.records.columns) <= set(CONTRACT)
    assert made.records["record_id"].to_list() == made.truth["record_id"].to_list()
    if name in KNOWN:
        assert (len(made.records), made.cluster_count) == KNOWN[name]
    if name != "senzing_truthset":  # whose own numbers follow its clusters
        assert (made.truth["cluster"] == made.truth["cluster"].shift()).mean() < 0.003
