"""The grammar of sources/<name>.yml: what one system's export looks like, as data.

Here: reading and validating a mapping, laying a company's own mapping over a built-in one.
Not here: applying a mapping to a file (landing/batches.py), turning text into types (cleaning/).

Unknown keys are refused, because a misspelt key that does nothing is a mapping that silently loses a column.
`ingest/sources/template/source.yml` explains every key with an example.
"""

import difflib
import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ingest.entities import ENTITIES
from ingest.errors import SourceInvalid

BUILT_IN = Path(__file__).parent

OneOrMore = Annotated[list[str], BeforeValidator(lambda value: [value] if isinstance(value, str | int | float) else value)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


class Read(_Strict):
    """How a cell that holds more than one value is read, and which canonical columns it fills.

    `to`: the canonical columns. `xml`: text of the first element of that local name. `json`: dotted path into a JSON cell.
    `or_text`: a cell that is no JSON list or object is taken as it stands (the same column comes as a list from an API and as
    plain text from the screen). `sqlserver_point`: latitude or longitude of a geography point in SQL Server's hexadecimal form.
    """

    to: OneOrMore
    xml: str | None = None
    json_path: str | None = Field(default=None, alias="json")
    or_text: bool = False
    sqlserver_point: Literal["latitude", "longitude"] | None = None

    @model_validator(mode="after")
    def _one_way_of_reading(self) -> "Read":
        ways = [way for way in (self.xml, self.json_path, self.sqlserver_point) if way is not None]
        if len(ways) > 1:
            raise ValueError("give only one of xml, json, sqlserver_point")
        if self.or_text and self.json_path is None:
            raise ValueError("or_text goes with json only")
        return self


def _reads(value: Any) -> Any:
    """A column's target may be written as one name, a list of names, one Read or a list of Reads."""
    if isinstance(value, str):
        return [{"to": [value]}]
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [{"to": [item]} if isinstance(item, str) else item for item in value]
    return value


Reads = Annotated[list[Read], BeforeValidator(_reads)]


class Combined(_Strict):
    """A canonical column made of several cells, joined by `with` (empty cells are left out unless `keep_empty`)."""

    columns: list[str]
    separator: str = Field(default=" ", alias="with")
    keep_empty: bool = False


class Format(_Strict):
    """How a file is to be read where it does not say so itself.

    `sheet`: name of the sheet of a workbook (the first that holds anything). `records`: dotted path to the list of records in a JSON
    file (found by itself where there is only one list of objects). `encoding`, `delimiter`: of a CSV (found by looking at it).
    `header_row`: line of the header in a CSV or a sheet, 1 is the first; what stands above is a title.
    """

    sheet: str | None = None
    records: str | None = None
    encoding: str | None = None
    delimiter: Annotated[str, Field(pattern=r'^[^"\r\n]$')] | None = None
    header_row: Annotated[int, Field(ge=1, le=100)] = 1


class Lookup(_Strict):
    """Another file of the same day that completes each row: rows of it are found by `key` = first filled cell of `match`.

    `match` names columns of the feed's own file, or `lookup.column` of a lookup listed before. Where several rows of the
    file share a key, the first in file order counts. `optional`: a day without the file is complete all the same.
    `labels`: other headers of a column, as in a feed.
    """

    file: OneOrMore
    key: str
    match: OneOrMore
    where: dict[str, OneOrMore] = {}
    columns: dict[str, Reads] = {}
    labels: dict[str, OneOrMore] = {}
    ignore: list[str] = []
    optional: bool = False
    format: Format = Format()


class RowCount(_Strict):
    """How many rows a day's export is expected to hold."""

    min: int | None = None
    max: int | None = None


class Expect(_Strict):
    """What the export is expected to look like; a breach is reported, not refused."""

    rows: RowCount = RowCount()


class Feed(_Strict):
    """One kind of file that feeds an entity.

    `file`: pattern(s) below the day's folder. `key`: the column(s) that make record_id, joined by `|`. `where`: only rows
    whose column holds one of the values are the entity's; the rest are left out on purpose and counted. `distinct`: rows
    that repeat a key are expected (a list of managers on a list of people) and left out likewise; otherwise they are
    quarantined. `scale`: a whole number that a column's numbers are multiplied by (1000000 for an export in millions).
    `required`: canonical columns without which the file is refused; every mapped one if nothing is said, so that
    a column the CRM renamed is noticed the same night.

    `labels`: other headers under which a column comes (column -> header or headers): the mapping names each column once, by its
    API name, and every key of the feed finds it under any of them. `explode`: a column that holds a JSON list; the row becomes one
    row per element, whose keys are columns `<column>.<key>` (its place in the list is `<column>.#`). `flags`: canonical
    boolean -> column -> values: true where any of the columns holds one of its values. `coded`: canonical column -> name of the
    field in the describe file whose labels replace the option codes. `snapshot`: `full` where a day's export is all there is, so
    that a record missing from it is gone; `changes` where it only adds to what was exported before.
    """

    file: OneOrMore
    key: OneOrMore
    distinct: bool = False
    where: dict[str, OneOrMore] = {}
    columns: dict[str, Reads] = {}
    combined: dict[str, Combined] = {}
    constants: dict[str, str] = {}
    flags: dict[str, dict[str, OneOrMore]] = {}
    lookups: dict[str, Lookup] = {}
    labels: dict[str, OneOrMore] = {}
    explode: str | None = None
    coded: dict[str, str] = {}
    snapshot: Literal["full", "changes"] = "full"
    format: Format = Format()
    ignore: list[str] = []
    required: list[str] | None = None
    values: dict[str, dict[str, str]] = {}
    inclusive_ends: list[str] = []
    scale: dict[str, Annotated[int, Field(gt=1)]] = {}
    expect: Expect = Expect()

    @property
    def canonical_columns(self) -> set[str]:
        """Every canonical column the feed fills."""
        filled = {name for reads in self.columns.values() for read in reads for name in read.to}
        for lookup in self.lookups.values():
            filled |= {name for reads in lookup.columns.values() for read in reads for name in read.to}
        return filled | set(self.combined) | set(self.constants) | set(self.flags)


def _feeds(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Feeds = Annotated[list[Feed], BeforeValidator(_feeds)]


class Describe(_Strict):
    """The file that says what a CRM's option codes mean: one row per option. It need not come every day; the newest counts.

    `object`, `field`, `code`, `label`: its columns. `objects`: entity -> what the file calls the object; an entity that is not
    listed takes options of any object.
    """

    file: OneOrMore
    field: str
    code: str
    label: str
    object: str | None = None
    objects: dict[str, str] = {}
    explode: str | None = None
    format: Format = Format()


class GuardLimits(_Strict):
    """How far a day's export may differ from the one before until a person has looked at it. Ratios are 0 to 1.

    `rows_shrink_ratio`: share of the rows that may be gone. `id_overlap_ratio`: share of the earlier ids that must still be there.
    `owner_change_ratio`: share of the customers that may have another owner. `min_rows`: an earlier export of fewer rows says too
    little to judge by. `missing`: what an absent export of an entity that came the day before is: held, or as it should be.
    `rejected_ratio`: share of a file's rows that may be quarantined before the file is refused.
    """

    rows_shrink_ratio: Annotated[float, Field(ge=0, le=1)] = 0.3
    id_overlap_ratio: Annotated[float, Field(ge=0, le=1)] = 0.7
    owner_change_ratio: Annotated[float, Field(ge=0, le=1)] = 0.2
    rejected_ratio: Annotated[float, Field(ge=0, le=1)] = 0.2
    min_rows: Annotated[int, Field(ge=1)] = 20
    missing: Literal["hold", "ignore"] = "hold"


class Guards(GuardLimits):
    """Limits for every entity of the source, and those that differ for one."""

    entities: dict[str, dict[str, float | int | str]] = {}

    def of(self, entity: str) -> GuardLimits:
        """The limits that hold for one entity."""
        return GuardLimits.model_validate(self.model_dump(exclude={"entities"}) | self.entities.get(entity, {}))


class Source(_Strict):
    """One system that this company exports from.

    `time_zone`: IANA zone of times without one. `date_order`: how 03/04/2017 is read. `default_country`: ISO 3166-1 alpha-2 of records
    and telephone numbers that say none. `coordinate_system`: in which latitude and longitude are exported; gcj02 is that of maps
    published in China, bd09 Baidu's. `rep_ids` and `territory_ids`:
    `company` where the system's ids are the company's own, `source` where they are only known inside it (they then carry the
    source's name as a prefix). `ids`: how the system writes ids: `salesforce` (15 or 18 characters, made 18), `zoho` (with or without
    zcrm_) or `text`. `priority`: lower wins when sources disagree about a value. `ignore_files`: patterns of files that
    come with the export and are not wanted.
    """

    name: str
    crm: str
    title: str = ""
    quirks: str = ""
    time_zone: str = "UTC"
    date_order: Literal["ymd", "mdy", "dmy"] = "ymd"
    decimal_mark: Literal[".", ","] = "."
    default_currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    default_country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    coordinate_system: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    rep_ids: Literal["source", "company"] = "source"
    territory_ids: Literal["source", "company"] = "source"
    ids: Literal["text", "salesforce", "zoho"] = "text"
    describe: Describe | None = None
    guards: Guards = Guards()
    priority: int = 100
    ignore_files: OneOrMore = []
    entities: dict[str, Feeds]

    @model_validator(mode="after")
    def _names_exist(self) -> "Source":
        problems = []
        for entity, feeds in self.entities.items():
            if entity not in ENTITIES:
                problems.append(f"entities.{entity}: no such entity{_closest(entity, ENTITIES)}")
                continue
            known = ENTITIES[entity].fields
            for feed in feeds:
                named = feed.canonical_columns | set(feed.required or ()) | set(feed.values) | set(feed.inclusive_ends) | set(feed.scale)
                problems += [f"entities.{entity}: no such column {name!r}{_closest(name, known)}" for name in sorted(named - set(known))]
                problems += _contradictions(entity, feed)
                problems += _unfilled(entity, feed, known, self.describe)
                problems += [
                    f"entities.{entity}.scale: {name} is not an amount or a whole number"
                    for name in feed.scale
                    if name in known and known[name][0] not in ("decimal", "integer")
                ]
                problems += [
                    f"entities.{entity}.inclusive_ends: {name} is not a date"
                    for name in feed.inclusive_ends
                    if name in known and known[name][0] != "date"
                ]
        guarded = set(self.guards.entities)
        problems += [f"guards.entities: no such entity {name!r}{_closest(name, ENTITIES)}" for name in sorted(guarded - set(ENTITIES))]
        for entity in sorted(guarded & set(ENTITIES)):
            try:
                self.guards.of(entity)
            except ValidationError as error:
                problems += [f"guards.entities.{entity}.{e['loc'][0]}: {e['msg']}" for e in error.errors()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def entity_values(self, entity: str) -> dict[str, dict[str, str]]:
        """The value lists of an entity, over all its feeds: canonical column -> value as written -> value meant."""
        merged: dict[str, dict[str, str]] = {}
        for feed in self.entities.get(entity, []):
            for column, values in feed.values.items():
                merged.setdefault(column, {}).update(values)
        return merged

    def inclusive_ends(self, entity: str) -> set[str]:
        """Date columns of an entity whose last day is included in the export, unlike ours."""
        return {column for feed in self.entities.get(entity, []) for column in feed.inclusive_ends}

    def scales(self, entity: str) -> dict[str, int]:
        """Canonical column -> what its numbers are to be multiplied by, where an export counts in thousands or millions."""
        return {column: factor for feed in self.entities.get(entity, []) for column, factor in feed.scale.items()}

    def sha256(self) -> str:
        """Hash of the whole mapping: a batch is read again when it changes."""
        return hashlib.sha256(json.dumps(self.model_dump(by_alias=True), sort_keys=True).encode()).hexdigest()


def _contradictions(entity: str, feed: Feed) -> list[str]:
    """Keys of one feed that cannot both be meant."""
    from_cells = {name for reads in feed.columns.values() for read in reads for name in read.to} | set(feed.combined)
    doubled = sorted(from_cells & set(feed.constants))
    never = sorted(set(feed.required or ()) - feed.canonical_columns)
    return [f"entities.{entity}.constants: {name} is also read from a column; keep one of the two" for name in doubled] + [
        f"entities.{entity}.required: no column fills {name}, so every file would be refused" for name in never
    ]


def _unfilled(entity: str, feed: Feed, known: dict[str, tuple[str, str]], describe: Describe | None) -> list[str]:
    """Flags that are no booleans, option codes without a file that explains them or of columns that nothing fills."""
    problems = [
        f"entities.{entity}.flags: {name} is not a boolean" for name in sorted(feed.flags) if name in known and known[name][0] != "boolean"
    ]
    problems += [f"entities.{entity}.coded: no column fills {name}" for name in sorted(set(feed.coded) - feed.canonical_columns)]
    if feed.coded and describe is None:
        problems.append(f"entities.{entity}.coded: the source has no `describe`, the file that says what option codes mean")
    return problems


def _closest(word: str, known: Any) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (closest: {near[0]})" if near else f" (known: {', '.join(known)})"


def built_in_crms() -> list[str]:
    """Names of the CRMs that the package maps by itself."""
    return sorted(path.parent.name for path in BUILT_IN.glob("*/source.yml") if path.parent.name != "template")


def read_source(path: Path) -> Source:
    """The mapping in `path`, laid over the built-in mapping that its `crm` names, if there is one.

    Mappings (columns, values, lookups) are merged key by key, ignored columns and files are added; everything else in the company's file
    replaces the built-in.
    Raises SourceInvalid with every problem at once.
    """
    own = _read_yaml(path)
    crm = own.get("crm")
    if not isinstance(crm, str):
        raise SourceInvalid(
            f"SourceInvalid: {path.name} has no `crm`.\n"
            f"  Expected: the CRM it exports from: one of {', '.join(built_in_crms())}, or a name of your own with a full mapping.\n"
            "  See the comments that `bailiwick init` writes into sources/."
        )
    base = _read_yaml(BUILT_IN / crm / "source.yml") if crm in built_in_crms() else {}
    merged = _lay_over(base, own) | {"name": path.stem}
    if "entities" not in merged:
        raise SourceInvalid(
            f"SourceInvalid: {path.name}: `{crm}` is not a CRM this program maps by itself{_closest(crm, built_in_crms())}, "
            "and the file has no `entities`.\n  Write a full mapping (recipe in CONTRIBUTING.md) or name a known CRM."
        )
    try:
        return Source.model_validate(merged)
    except ValidationError as error:
        lines = [_sentence(e) for e in error.errors()]
        raise SourceInvalid("\n  ".join([f"SourceInvalid: {path.name} does not fit the grammar of a mapping:", *lines])) from None


def _sentence(error: Any) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "file"
    if error["type"] != "extra_forbidden":
        return f"{place}: {error['msg'].removeprefix('Value error, ')}"
    inside = Source if len(error["loc"]) == 1 else Feed if error["loc"][0] == "entities" and len(error["loc"]) == 4 else None
    return f"{place}: there is no such key{_closest(str(error['loc'][-1]), inside.model_fields) if inside else ''}"


def read_sources(folder: Path) -> dict[str, Source]:
    """Every sources/*.yml of a home, by source name. Raises SourceInvalid."""
    return {path.stem: read_source(path) for path in sorted(folder.glob("*.yml"))}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceInvalid(f"SourceInvalid: {path.name} is not readable YAML in UTF-8: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise SourceInvalid(f"SourceInvalid: {path.name} is empty or not a mapping of keys; see ingest/sources/template/source.yml.")
    return content


def _lay_over(base: Any, own: Any, key: str = "") -> Any:
    if isinstance(base, dict) and isinstance(own, dict):
        return base | {name: _lay_over(base[name], value, name) if name in base else value for name, value in own.items()}
    if key in ("ignore", "ignore_files"):  # what a company does not want comes on top of what nobody wants
        both = [*(base if isinstance(base, list) else [base]), *(own if isinstance(own, list) else [own])]
        return list(dict.fromkeys(both))
    return own
