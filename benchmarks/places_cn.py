"""How right and how fast Chinese places are, on real data outside the project: `python benchmarks/places_cn.py [folder of data]`.

Here: three sets (registered companies with the city as truth, addresses labelled by hand, office addresses without truth) and a
timing. Prints one JSON object. Not here: the rules; the cases that people edit (tests/cases/cn_addresses.csv).
"""

import argparse
import json
import sys
import time
from functools import cache
from pathlib import Path

import polars as pl

from ingest.geocoding.chinese import place_chinese
from ingest.geocoding.chinese_tables import divisions, lineage, senses

LEVELS = (("prov", "region_name", "province"), ("city", "city_name", "city"), ("district", "district_name", "district"))


def registry(folder: Path) -> dict[str, float]:
    """Shares of the companies whose province and city (Beijing: district) are as the register says, by what is given."""
    truth = pl.read_parquet(folder / "cn_registry" / "registry_2019_five_provinces.parquet")
    parts = truth.select(pl.col("注册地址").alias("address"), pl.col("统一社会信用代码").alias("credit_code"))
    figures: dict[str, float] = {"rows": len(truth)}
    for what, columns in (("address", ["address"]), ("address_and_code", ["address", "credit_code"]), ("code", ["credit_code"])):
        placed = pl.concat([truth, place_chinese(parts.select(columns))], how="horizontal")
        placed = placed.with_columns(
            province_right=pl.col("region_name").str.starts_with(pl.col("所在省份")),
            city_right=pl.when(pl.col("所在省份") == "北京")
            .then(pl.col("district_name"))
            .otherwise(pl.col("city_name"))
            .str.starts_with(pl.col("地区")),
        )
        for level, name in (("province", "region_name"), ("city", "city_name")):
            known = placed.filter(pl.col(name).is_not_null())
            figures[f"{what}:{level}_found"] = round(len(known) / len(placed), 4)
            if level == "city":  # a district is the truth in Beijing
                known = known.filter((pl.col("所在省份") != "北京") | pl.col("district_name").is_not_null())
                figures[f"{what}:city_told"] = round(len(known) / len(placed), 4)
            figures[f"{what}:{level}_right_of_found"] = round(known[f"{level}_right"].fill_null(False).mean(), 4)
            figures[f"{what}:{level}_right_of_all"] = round(placed[f"{level}_right"].fill_null(False).mean(), 4)
    return figures


def labelled_addresses(path: Path) -> list[tuple[str, dict[str, list[str]]]]:
    """Each address with its spans by tag, in order."""
    addresses, text, spans = [], "", []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if not line.strip():
            if text:
                tags: dict[str, list[str]] = {}
                for tag, span in spans:
                    tags.setdefault(tag, []).append(span)
                addresses.append((text, tags))
            text, spans = "", []
            continue
        token, tag = line.rsplit(" ", 1)
        text += token
        if tag.startswith("B-"):
            spans.append([tag[2:], token])
        elif tag.startswith("I-") and spans:
            spans[-1][1] += token
    return addresses


def is_named(span: str, name: str | None, code: str | None) -> bool:
    """Whether the span is a full, short or former name of the placed division of that name."""
    if name is None:
        return False
    if span == name:
        return True
    meant = {sense.code for sense in senses().get(span, ())}
    line = set(lineage(code)) if code in divisions() else set()
    return any(one in line and divisions()[one].name == name for one in meant) or any(divisions()[one].name == name for one in meant)


def labelled(folder: Path, part: str = "dev") -> dict[str, float]:
    """F1 by level: found is a name that stands in the text and is, now or formerly, the tagged one."""
    addresses = labelled_addresses(folder / "cn_address_labelled" / f"{part}.txt")
    placed = place_chinese(pl.DataFrame({"address": [text for text, _ in addresses]}))
    figures: dict[str, float] = {"rows": len(addresses)}
    for tag, column, _ in LEVELS:
        right = wrong = missed = filled = 0
        for (text, tags), name, code in zip(addresses, placed[column], placed["division_code"], strict=True):
            spans = tags.get(tag, [])
            if any(is_named(span, name, code) for span in spans):
                right += 1
            else:
                missed += bool(spans)
                stands = name is not None and any(n in text for n in spellings(name))
                other = any(is_named(span, name, code) for other, _, _ in LEVELS for span in tags.get(other, ()))
                wrong += stands and not other
                filled += name is not None and not stands
        figures |= {f"{tag}:right": right, f"{tag}:wrong": wrong, f"{tag}:missed": missed, f"{tag}:filled_in": filled}
        figures[f"{tag}:f1"] = round(2 * right / max(2 * right + wrong + missed, 1), 4)
    return figures


@cache
def spellings(name: str) -> list[str]:
    """The names in force and the former ones of the divisions so called."""
    codes = {code for code, division in divisions().items() if division.name == name}
    return [spelling for spelling, meant in senses().items() if any(sense.code in codes for sense in meant)]


def offices(folder: Path) -> dict[str, float]:
    """How far office addresses get, by precision."""
    texts = pl.read_csv(folder / "cn_company_addresses" / "addr.csv")["原始地址"]
    placed = place_chinese(pl.DataFrame({"address": texts}))
    counts = placed["place_precision"].value_counts()
    shares = {f"share_{name}": round(count / len(texts), 4) for name, count in counts.sort("place_precision").iter_rows()}
    return {"rows": len(texts)} | shares | {"with_codes": round((placed["codes"].list.len() > 0).mean(), 4)}


def speed(folder: Path, rows: int = 500_000) -> dict[str, float]:
    """Addresses a second: the register's, with credit codes, and the offices', each made different by a number at its end."""
    register = pl.read_parquet(folder / "cn_registry" / "registry_2019_five_provinces.parquet")
    offices_ = pl.read_csv(folder / "cn_company_addresses" / "addr.csv")["原始地址"]
    texts = pl.concat([register["注册地址"], offices_])
    codes = pl.concat([register["统一社会信用代码"], pl.Series([None] * len(offices_), dtype=pl.String)])
    whole = pl.DataFrame({"address": texts, "credit_code": codes})
    whole = pl.concat([whole] * (rows // len(whole) + 1)).head(rows).with_row_index()
    whole = whole.select(pl.concat_str("address", pl.col("index").cast(pl.String)).alias("address"), "credit_code")
    place_chinese(whole.head(1000))
    started = time.perf_counter()
    place_chinese(whole)
    seconds = time.perf_counter() - started
    return {
        "rows": rows,
        "distinct_addresses": whole["address"].n_unique(),
        "seconds": round(seconds, 2),
        "a_second": round(rows / seconds),
    }


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    folder = parser.parse_args().data
    figures = {
        "registry": registry(folder),
        "labelled_dev": labelled(folder),
        "labelled_train": labelled(folder, "train"),
        "offices": offices(folder),
        "speed": speed(folder),
    }
    json.dump(figures, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
