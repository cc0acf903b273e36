"""The parts of a company's name: where it is registered, what tells it apart, its legal form, its branch.

Here: reading the parts of whole columns of names, Chinese and other.
Not here: the tables of words (name_words.py), pinyin (name_pinyin.py), the form two names are compared in (names.py), finding the
place on the map (geocoding).

The rules: a legal form (有限公司, Ltd) is read at the end, before the name (PT, 株式会社) or before the branch (分公司). Kinds of
organisations - 厂, 店, 中心, 研究院, 事务所, 商行, 经营部 - are no legal forms and stay in the core; 集团 and Holdings are words like any
other. Divisions in front (山东省青岛市, towns included) leave the core unless what follows names only a trade (北京银行) or is a single
character; 中国 and a place in brackets are told and stay. What follows a company's legal form is its branch; without a form, a
place and a word like 分公司 or Branch are. Nothing is ever emptied, and reading a core again gives the same core.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import opencc
import polars as pl

from ingest.cleaning import name_words
from ingest.cleaning.name_pinyin import read_pinyin
from ingest.cleaning.names import as_words, clean_names, folded_names, squeezed
from ingest.values.reading import by_distinct_value, trimmed

COLUMNS = ("simplified_name", "name_prefix", "core_name", "legal_form", "branch", "is_branch", "pinyin", "pinyin_initials")
_SLICE = 61_440  # rows at a time in each of two threads: half of what cleaning takes at once
_LONGEST = 200  # characters: what is longer is text that holds no name to take apart, and its core is all of it
_EAST_ASIAN = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"
_NOT_CHINESE = r"[\p{Hiragana}\p{Katakana}\p{Hangul}]|株式会社|有限会社|合同会社"
_SIMPLE = r"^[\x{4e00}-\x{9fff}A-Za-z0-9]+$"  # tidy as it is
_MARKS = {"(株)": " 株式会社 ", "(有)": " 有限会社 ", "(주)": " 주식회사 "}
_DANISH = {"a/s": "aktieselskab", "k/s": "kommanditselskab", "p/s": "partnerselskab", "i/s": "interessentskab"}
# A town after its county: 丹阳市延陵镇. Not 新型城镇, 小镇, 村镇, 城乡, 家乡.
_TOWN = r"(?:\p{Han}[\p{Han}--[小古水村]]镇|\p{Han}{2}[\p{Han}--[城小古水村]]镇|\p{Han}{1,2}?[\p{Han}--[城故家水老同梦他返回农下]]乡)?"
# The place is part of a word: 南京路小学, 中山大道, 上海人家. 路 alone begins a trade name more often: 武汉|路慧科技. Before a blank
# or bracket it is the name: 东山(深圳).
_GOES_ON = "^(?: |[路街](?:$|[店号口]|[中小]学|幼儿园|社区|市场)|大道|人家|人民)"
# A form that belongs to the company, behind its branch: 上海分公司有限责任公司, 上海分公司(集团)有限公司.
_FORM_BEHIND_BRANCH = r"(分公司)\s*(?:[(（]集团[)）])?(?:股份)?有限(?:责任)?公司$"
# ... Corporation - Branch #11 Company
_FORM_BEHIND_NUMBER = r"(?i)(\bbranch\s*(?:no\.?\s*)?#?\s*\d{1,6})[\s,]+(?:company|co|inc|llc|ltd|limited|corp|corporation|gmbh|ag)\.?$"
_OFFICE = r"(?:branch office|branch of|zweigniederlassung|niederlassung|filiale|filial|succursale|sucursal)"
_OF = r"(?:(?:de|di|of|in|en) |d')?"
_SOLD = r"(?:store|shop|outlet|branch|restaurant|location|unit)"
_NUMBERED = (
    rf"(?i)^(.*?[\p{{L}}\d].*?)[\s,;:(\[-]+(?:{_SOLD}\s*)?(?:no\.?|nr\.?)?\s*#\s*(\d{{1,6}})\s*[)\]]?$",
    rf"(?i)^(.*?[\p{{L}}\d].*?)[\s,;:(\[-]+{_SOLD}\s*(?:no\.?|nr\.?|number)?\s*(\d{{1,6}})\s*[)\]]?$",
)
_PLACE = r"(\p{Lu}[\p{L}.'-]*(?: [\p{L}.'-]+){0,3}|\p{L}+)"
_ENDED = r"\b(?:ltd|limited|inc|corp|llc|plc|gmbh|ag|kg|se|b\.?v|n\.?v|s\.?a|s\.?p\.?a|s\.?r\.?l)\.?"
# A place and a number: Niederlassung Berlin 3; Ltd., Shenzhen Branch 1.
_NAMED_AND_NUMBERED = (
    rf"(?i)^(.*?\p{{L}}.*?)[\s,;:(\[-]+{_OFFICE}\s+{_OF}((?:{_PLACE[1:-1]})\s+\d{{1,4}})\s*[)\]]?$",
    rf"(?i)^(.*{_ENDED})[\s,;:(\[-]+((?:{_PLACE[1:-1]})\s+branch\s+(?:no\.?\s*)?#?\s*\d{{1,4}})\s*[)\]]?$",
)
_NAMED = (
    rf"(?i)^(.*?\p{{L}}.*?)[\s,;:(\[-]+{_OFFICE}\s+{_OF}{_PLACE}\s*[)\]]?$",
    rf"(?i)^(.*{_ENDED})[\s,;:(\[-]+branch\s+{_OF}{_PLACE}\s*[)\]]?$",
    rf"(?i)^(.*?\p{{L}}.*?)(?:\s*[,;:(\[]\s*|\s+[-–]\s+)branch\s+{_OF}{_PLACE}\s*[)\]]?$",
    rf"(?i)^(.*{_ENDED})[\s,;:(\[-]+{_PLACE}\s+branch(?: office)?\s*[)\]]?$",
    rf"(?i)^(.*?\p{{L}}.*?)(?:\s*[,;:(\[]\s*|\s+[-–]\s+){_PLACE}\s+branch(?: office)?\s*[)\]]?$",
    r"(?i)^(\S+ (?:\S+ )*?\S{3,}) ((?:(?:new|san|los|las|hong|kuala|saint|st\.|abu|cape|tel) )?\p{L}{3,}) branch(?: office)?$",
)


def read_name_parts(names: pl.Series) -> pl.DataFrame:
    """The parts of every name: one row each, same order, columns `COLUMNS`; all null (`is_branch` false) where the name is empty.

    `simplified_name`: tidied, in simplified Chinese. `name_prefix`: divisions as written. `core_name`: folded, never empty where the
    name is not. `legal_form`: one spelling a form. `branch`: `上海分公司`, `Branch Munich`, `#12`. `pinyin`, `pinyin_initials`: of the
    core, null where it is not Chinese. Nothing depends on other rows; never raises on text.
    """
    texts = names.cast(pl.String).rename("text")
    distinct = texts.unique(maintain_order=True)
    slices = [distinct.slice(start, _SLICE) for start in range(0, max(len(distinct), 1), _SLICE)]
    with ThreadPoolExecutor(2) as threads:
        parts = pl.concat(list(threads.map(_read_slice, slices)))
    parts = pl.concat([distinct.to_frame(), parts, read_pinyin(parts["core_name"])], how="horizontal")
    if len(distinct) < len(texts):
        parts = texts.to_frame().join(parts, on="text", how="left", nulls_equal=True, maintain_order="left")
    return parts.select(COLUMNS)


def simplified_names(texts: pl.Series) -> pl.Series:
    """Names tidied (see `clean_names`), invisible characters gone, in simplified Chinese. Japanese and Korean ones stay as they are."""
    tidy = _where_needed(texts.cast(pl.String).rename("name"), _visible)
    frame = tidy.to_frame().with_row_index()
    simplify = _converter().convert
    characters = sorted(frozenset(tidy.str.join("").item() or ""))
    traditional = [one for one, simple in zip(characters, map(simplify, characters), strict=True) if one != simple]
    if not traditional:
        return tidy
    chinese = frame.filter(pl.col("name").str.contains_any(traditional) & ~pl.col("name").str.contains(_NOT_CHINESE))
    # One call for all: a line each, and no phrase of the converter's goes over a line.
    converted = simplify("\n".join(chinese["name"])).split("\n") if len(chinese) else []
    return _updated(frame, chinese.with_columns(pl.Series("name", converted, dtype=pl.String)))["name"]


@cache
def _converter() -> opencc.OpenCC:
    """Traditional into simplified characters: reads its dictionaries from disk once."""
    return opencc.OpenCC("t2s")


def _visible(texts: pl.Series) -> pl.Series:
    tidy = clean_names(trimmed(texts.str.replace_all(r"\p{Cf}", "")))
    return pl.select(pl.coalesce(tidy, clean_names(texts).alias("name"))).to_series() if tidy.null_count() else tidy


def _where_needed(texts: pl.Series, function: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """`function` of the texts that hold more than Chinese characters, letters and digits: nine in ten do not, and cost half the time."""
    needed = ~texts.str.contains(_SIMPLE).fill_null(True)
    if not needed.any():
        return texts
    places = pl.concat([(~needed).arg_true(), needed.arg_true()])
    return pl.concat([texts.filter(~needed), function(texts.filter(needed)).rename(texts.name)]).gather(places.arg_sort())


def _read_slice(texts: pl.Series) -> pl.DataFrame:
    """All but pinyin, for the distinct names of one slice."""
    simplified = simplified_names(texts)
    parts = _read_once(simplified.str.replace(_FORM_BEHIND_BRANCH, "${1}")).with_row_index()
    cores = parts.select("index", "core_name").drop_nulls()
    # What was cut off may uncover more (`有限公司北京分公司有限公司`): a core is read again until it stays.
    while len(cores := cores.filter(pl.col("core_name").str.contains(_again()))):
        again = _read_once(cores["core_name"])["core_name"]
        cores = cores.with_columns(again.alias("core_name")).filter(again != cores["core_name"])
        parts = _updated(parts, cores)
    foreign = parts.select("index", "core_name").filter(simplified.str.contains(_NOT_CHINESE).fill_null(False))
    if len(foreign):  # a core of a Japanese name without its kana is Chinese as far as anyone can tell
        parts = _updated(parts, foreign.with_columns(simplified_names(foreign["core_name"]).alias("core_name")))
    return parts.select(simplified.alias("simplified_name"), "name_prefix", "core_name", "legal_form", "branch", "is_branch")


def _again() -> str:
    """What a core holds that may not be final."""
    return rf"公司|合伙|合作社|会社|회사|企业|工商户| |所有制|股份合作|{name_words.alternatives(name_words.BRANCH_KINDS)}$"


def _read_once(simplified: pl.Series) -> pl.DataFrame:
    """`core_name`, `name_prefix`, `legal_form`, `branch`, `is_branch` of tidied names, in the same order."""
    frame = simplified.rename("name").to_frame().with_row_index()
    east_asian = pl.col("name").str.contains(_EAST_ASIAN).fill_null(False)
    long = frame.filter(pl.col("name").str.len_chars() > _LONGEST)
    if len(long):
        words = as_words(folded_names(long["name"]))
        long = long.with_columns(words.alias("core_name"), *_nothing("name_prefix", "legal_form", "branch")).filter(
            words.str.len_chars() > _LONGEST
        )
        frame = frame.join(long, on="index", how="anti")
    read = [_read_chinese(frame.filter(east_asian)), _read_other(frame.filter(~east_asian)), *([long.select(_PARTS)] if len(long) else [])]
    parts = pl.concat(read).sort("index")
    core = trimmed(parts["core_name"])
    if core.null_count():  # nothing but punctuation
        core = pl.select(pl.coalesce(core, trimmed(as_words(folded_names(simplified))), simplified.str.to_lowercase())).to_series()
    return parts.select(core.alias("core_name"), "name_prefix", "legal_form", "branch", pl.col("branch").is_not_null().alias("is_branch"))


def _nothing(*columns: str) -> list[pl.Expr]:
    return [pl.lit(None, pl.String).alias(column) for column in columns]


def _read_other(frame: pl.DataFrame) -> pl.DataFrame:
    """Names in letters: branch, then the legal form at the end or in front."""
    frame = _cut_branch(
        frame, r"(?i)#|branch|niederlassung|filial|s?ucc?ursal|(?:store|shop|outlet|restaurant|location|unit)\W", _branches_in_letters
    )
    folded = folded_names(frame["name"])
    for written, form in _DANISH.items():  # before the stroke is read into a blank, which would make A/S and a.s. one form
        folded = folded.str.replace_all(rf"\b{written}\b", form)
    frame = _cut_forms(frame.with_columns(as_words(folded).alias("words")), name_words.latin_end_pattern())
    return frame.with_columns(*_nothing("name_prefix")).select(_PARTS)


def _read_chinese(frame: pl.DataFrame) -> pl.DataFrame:
    """Names with Chinese, Japanese or Korean characters."""
    kinds = name_words.alternatives(name_words.BRACKET_KINDS)
    frame = _cut_branch(
        frame, rf"{kinds}[)\]】]$", lambda some: _extracted(some, [rf"^(.*\w.*?)\s*[(\[【]([^()\[\]]*{kinds})[)\]】]$"], "{}")
    )
    words = _where_needed(frame["name"], lambda names: as_words(folded_names(names).str.replace_many(_MARKS))).str.to_lowercase()
    frame = frame.with_columns(words.alias("words"))
    frame = _cut_forms(frame, name_words.end_pattern())
    unfinished = pl.col("core_name").str.contains("公司|合伙") | pl.col("core_name").str.contains(
        rf"{name_words.alternatives(name_words.BRANCH_KINDS)}$"
    )
    some = frame.filter(unfinished.fill_null(False))
    if len(some):
        frame = _updated(frame, _cut_companies(some))
    return _cut_prefix(frame).select(_PARTS)


_PARTS = ("index", "core_name", "name_prefix", "legal_form", "branch")


def _updated(frame: pl.DataFrame, some: pl.DataFrame) -> pl.DataFrame:
    """`frame` with what `some` says, nulls too, in the columns they share and where the index is the same."""
    if some.is_empty():
        return frame
    unsaid = [column for column in frame.columns if column not in some.columns]
    if unsaid:
        some = some.join(frame.select("index", *unsaid), on="index", how="left")
    rest = frame.join(some, on="index", how="anti")
    return pl.concat([rest, some.select(frame.columns)]).sort("index")


def _cut_branch(frame: pl.DataFrame, hint: str, extract: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """`branch` told and cut off `name` where `extract` finds one, tried on the names that hold `hint`."""
    frame = frame.with_columns(*_nothing("branch"))
    some = frame.filter(pl.col("name").str.contains(hint).fill_null(False))
    return _updated(frame, extract(some)) if len(some) else frame


def _extracted(some: pl.DataFrame, patterns: Iterable[str], spelling: str) -> pl.DataFrame:
    """The first pattern that fits gives what is left of the name and the branch, spelt as asked for."""
    for pattern in patterns:
        groups = pl.col("name").str.extract_groups(pattern)
        found = pl.col("branch").is_null() & groups.struct.field("2").is_not_null()
        some = some.with_columns(
            pl.when(found).then(groups.struct.field("1")).otherwise("name").alias("name"),
            pl.when(found).then(pl.format(spelling, groups.struct.field("2"))).otherwise("branch").alias("branch"),
        )
    return some


def _branches_in_letters(some: pl.DataFrame) -> pl.DataFrame:
    some = some.with_columns(pl.col("name").str.replace(_FORM_BEHIND_NUMBER, "${1}"))
    some = _extracted(some, _NAMED_AND_NUMBERED, "Branch {}")
    some = some.with_columns(pl.col("branch").str.replace(r"(?i)\s+branch\s+(?:no\.?\s*)?#?\s*", " "))
    named = _extracted(_extracted(some, _NUMBERED, "#{}"), _NAMED, "Branch {}")
    titled = pl.col("branch").str.to_titlecase()
    return named.with_columns(pl.when(pl.col("branch").str.starts_with("Branch ")).then(titled).otherwise("branch").alias("branch"))


def _cut_forms(frame: pl.DataFrame, pattern: str) -> pl.DataFrame:
    """`core_name` and `legal_form` out of `words`: forms at the end, else one in front. Words that are all form stay."""
    words = pl.col("words")
    shorter = words.str.replace(pattern, "")
    frame = frame.with_columns(pl.when(shorter != "").then(shorter).otherwise(words).alias("core_name"))
    written = words.str.slice(pl.col("core_name").str.len_chars()).str.strip_chars(" ")
    form = by_distinct_value(frame.select(pl.when(written != "").then(written)).to_series(), _canonical_form)
    frame = frame.with_columns(form.alias("legal_form"))
    front = pl.col("core_name").str.extract(f"({name_words.front_pattern()})", 1)
    rest = pl.col("core_name").str.slice(front.str.len_chars())
    some = frame.filter((front.is_not_null() & (rest != "")).fill_null(False))
    if some.is_empty():
        return frame
    forms = name_words.front_forms()
    return _updated(
        frame,
        some.with_columns(
            rest.alias("core_name"),
            pl.coalesce("legal_form", front.str.strip_chars(" ").replace_strict(forms, default=None)).alias("legal_form"),
        ),
    )


def _canonical_form(written: str) -> str:
    """The spelling of what stands at the end of a name: of the longest form it ends in."""
    forms = name_words.legal_forms()
    endings = [form for form in forms if written.endswith(form)]
    return forms[max(endings, key=len)]


def _cut_companies(frame: pl.DataFrame) -> pl.DataFrame:
    """Chinese names whose core still holds 公司 or ends in a branch: told and cut off."""
    core, form = pl.col("core_name"), pl.col("legal_form")
    # 公司 alone at the end, which does not end 分公司, 支公司 or 子公司
    plain = core.str.extract("^(.*[^分子支总限 ]) ?总?公司$", 1)
    told = pl.when(plain.is_not_null()).then(form.fill_null("公司")).otherwise(form)
    frame = frame.with_columns(plain.fill_null(core).alias("core_name"), told.alias("legal_form"))
    return _cut_place_of_business(_cut_what_follows(frame))


def _cut_what_follows(frame: pl.DataFrame) -> pl.DataFrame:
    """Behind a company's legal form stands its branch; inside a name that ends in another form, the first tells nothing: a blank."""
    core, form = pl.col("core_name"), pl.col("legal_form")
    groups = [core.str.extract_groups(pattern).struct for pattern in name_words.company_and_rest()]
    head, parent, tail = (pl.coalesce(group.field(i) for group in groups) for i in "123")
    is_branch = form.is_null() & pl.col("branch").is_null() & ~core.str.ends_with("子公司") & tail.str.contains(r"\p{Han}.*\p{Han}")
    parents = by_distinct_value(frame.select(parent.str.strip_chars(" ")).to_series(), _canonical_form)
    inner = squeezed(frame.select(core.str.replace_all(name_words.PARENT, " ")).to_series())
    return frame.with_columns(
        pl.when(is_branch.fill_null(False)).then(head).when(inner != "").then(inner).otherwise(core).alias("core_name"),
        pl.when(is_branch.fill_null(False)).then(tail.str.replace_all(" ", "")).otherwise("branch").alias("branch"),
        form.fill_null(parents).alias("legal_form"),
    )


def _cut_place_of_business(frame: pl.DataFrame) -> pl.DataFrame:
    """A place and a word like 分公司 at the end, without a legal form before it: 青禾集团 | 上海分公司. Alone it is name and branch."""
    groups = pl.col("core_name").str.extract_groups(name_words.place_of_business())
    base, place = groups.struct.field("1"), groups.struct.field("2")
    found = place.is_not_null() & pl.col("legal_form").is_null() & pl.col("branch").is_null()
    some = frame.filter(found.fill_null(False))
    if some.is_empty():
        return frame
    some = _cut_forms(
        some.with_columns(pl.col("core_name").alias("whole"), base.alias("words"), place.alias("branch")), name_words.end_pattern()
    )
    kept = pl.when(pl.col("core_name") != "").then("core_name").otherwise("whole").alias("core_name")
    return _updated(frame, some.with_columns(kept).drop("whole"))


def _cut_prefix(frame: pl.DataFrame) -> pl.DataFrame:
    """`name_prefix` told, and cut off the core where enough is left to tell companies apart."""
    core = pl.col("core_name")
    front = core.str.extract(f"^({name_words.places()}{_TOWN})", 1)
    # 北京|凌云雀科技: a county's name whose next character is all that were left of the brand.
    first, one = core.str.extract(f"^({name_words.places()[:-1]})", 1), core.str.slice(front.str.len_chars() + 1)
    shorter = (
        (first.str.len_chars() < front.str.len_chars()) & one.str.contains(name_words.trades()) & ~front.str.contains("[省市区县州盟旗]$")
    )
    front = pl.when(shorter).then(first).otherwise(front)
    frame = frame.with_columns(front.alias("front")).with_columns(core.str.slice(pl.col("front").str.len_chars()).alias("rest"))
    rest = pl.col("rest")
    countryside = pl.col("front").str.ends_with("乡") & rest.str.contains("^[情村音土愁里亲味贤野道]")  # 乡情, 乡村
    is_word = rest.str.contains(_GOES_ON) | countryside
    enough = rest.str.contains(r"[\p{L}\p{N}].*[\p{L}\p{N}]") & ~rest.str.contains(name_words.trades())
    frame = frame.with_columns(
        pl.when(enough & ~is_word).then(rest).otherwise(core).alias("core_name"), pl.when(~is_word).then("front").alias("name_prefix")
    )
    bracketed = pl.col("name").str.extract(rf"(\((?:中国|{name_words.places()})\))", 1)
    country = pl.when(core.str.starts_with("中国")).then(pl.lit("中国"))
    return frame.with_columns(pl.coalesce("name_prefix", bracketed, country).alias("name_prefix"))
