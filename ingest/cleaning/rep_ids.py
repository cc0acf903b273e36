"""The company's own ids of people and territories, from the user and territory ids of its CRMs.

Here: which user of which system is which rep (rules/reps.csv, then the mapping's `rep_ids`), users that an export names by name
instead of id, and the same for territories. Not here: whether the rep exists, is active or may own something (dbt).
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from ingest.sources.mapping import Source
from ingest.values.ids import IdKind, read_ids
from ingest.values.reading import by_distinct_value, trimmed

PEOPLE_COLUMNS = ("source", "record_id", "as_of_date", "name", "email")
"""What raw.reps has to hold at least for telling who is who."""
_ID_IN_BRACKETS = re.compile(r".*[(（]([^()（）]+)[)）]")  # 张三(1001)
_LOOKS_LIKE_AN_ID = r"^\S*[0-9]\S*$"


@dataclass(frozen=True)
class RepIdentities:
    """Who is who.

    `reps_by_user` maps (source, user id) to rep_id. `company_wide` names the sources whose ids are the company's. `users_by_name`
    maps (source, folded name) to the users who bear it, `users` a source to all users it exported, `id_kinds` a source to how it
    writes ids.
    """

    reps_by_user: Mapping[tuple[str, str], str]
    company_wide: frozenset[str]
    users_by_name: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    users: Mapping[str, frozenset[str]] = field(default_factory=dict)
    id_kinds: Mapping[str, IdKind] = field(default_factory=dict)

    @classmethod
    def from_rules(cls, rule_reps: pa.Table, sources: Mapping[str, Source], raw_reps: pa.Table | None = None) -> "RepIdentities":
        """Identities out of rules.reps, all periods, and the people that the sources export (raw.reps, the newest version of each).

        A user claimed by several rows of the sheet is the newest row's, then the lowest rep_id's. A user whom no row claims, of a
        source whose ids are its own, is the rep whose user_name is the user's e-mail address, where exactly one rep has it.
        """
        company_wide = frozenset(name for name, source in sources.items() if source.rep_ids == "company")
        id_kinds = {name: source.ids for name, source in sources.items()}
        sheet = pl.DataFrame(pl.from_arrow(rule_reps))
        people = _people(raw_reps, id_kinds)
        by_user = _by_email(sheet, people.filter(~pl.col("source").is_in(sorted(company_wide)))) | _claimed(sheet, id_kinds)
        named = people.drop_nulls("name").group_by("source", "name").agg("user_id")
        return cls(
            reps_by_user=by_user,
            company_wide=company_wide,
            users_by_name={(source, name): frozenset(users) for source, name, users in named.iter_rows()},
            users={source: frozenset(users) for source, users in people.group_by("source").agg("user_id").iter_rows()},
            id_kinds=id_kinds,
        )

    def digest(self) -> str:
        """A hash over all of it: another one where a text may mean somebody else."""
        sets = [self.users_by_name, self.users]
        parts = [sorted(self.reps_by_user.items()), sorted(self.company_wide), sorted(self.id_kinds.items())]
        parts += [sorted((key, sorted(users)) for key, users in known.items()) for known in sets]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def rep_id(self, source: str, user_ids: pl.Series) -> pl.Series:
        """The rep_id of every user of one source; null stays null. An unlisted user is `source:id`, or `id` company-wide.

        A user may be given by name where exactly one user of the source bears it; a text that is an id is always the id. A name that
        nobody or more than one bears stays as `source:name`.
        """
        written = read_ids(user_ids, self.id_kinds.get(source, "text"))
        known = self._known_ids(source)
        prefix = "" if source in self.company_wide else f"{source}:"

        def of(text: str) -> str:
            user = self._user(source, text, known) or text
            return self.reps_by_user.get((source, user), f"{prefix}{user}")

        return by_distinct_value(written, of).alias(user_ids.name)

    def ambiguous_names(self, source: str, user_ids: pl.Series) -> pl.Series:
        """True where a text is no id and more than one user of the source bears it as a name."""
        written = read_ids(user_ids, self.id_kinds.get(source, "text"))
        known = self._known_ids(source)
        doubtful = [
            text
            for text in written.drop_nulls().unique()
            if text not in known and len(self.users_by_name.get((source, folded_name(text)), ())) > 1
        ]
        return written.is_in(doubtful).fill_null(False).alias(user_ids.name)

    def certainty(self, source: str, user_ids: pl.Series) -> pl.Series:
        """How sure it is whom a text means: 2 a user that is known, 1 what has the form of an id, 0 any other text or none."""
        written = read_ids(user_ids, self.id_kinds.get(source, "text"))
        known = self._known_ids(source)
        meant = [text for text in written.drop_nulls().unique() if self._user(source, text, known) is not None]
        has_form = written.str.contains(_LOOKS_LIKE_AN_ID)
        sure = pl.when(written.is_in(meant)).then(2).when(has_form).then(1).otherwise(0)
        return pl.select(sure.cast(pl.Int8)).to_series()

    def _known_ids(self, source: str) -> frozenset[str]:
        return self.users.get(source, frozenset()) | {user for of_source, user in self.reps_by_user if of_source == source}

    def _user(self, source: str, text: str, known: frozenset[str]) -> str | None:
        """The known user whom a text means, by id, by the only bearer of a name, or by an id in brackets behind it."""
        if text in known:
            return text
        bearers = self.users_by_name.get((source, folded_name(text)), frozenset())
        if len(bearers) == 1:
            return next(iter(bearers))
        in_brackets = _ID_IN_BRACKETS.fullmatch(text)
        return in_brackets[1] if in_brackets and in_brackets[1] in known else None


def folded_name(text: str) -> str:
    """A person's name as names are compared: NFKC, without case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def territory_ids(source: Source, ids: pl.Series) -> pl.Series:
    """The territory_id of every territory id of one source: bare where the source's ids are the company's own, else `source:id`."""
    bare = read_ids(ids, source.ids)
    return bare if source.territory_ids == "company" else _prefixed(source.name, bare).alias(ids.name)


def _prefixed(source: str, ids: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(f"{source}:"), ids)).to_series()


def _people(raw_reps: pa.Table | None, id_kinds: Mapping[str, IdKind]) -> pl.DataFrame:
    """Per user of every source: source, user_id, name and email, both folded; null where empty. Sorted."""
    empty = pl.DataFrame(schema={"source": pl.String, "user_id": pl.String, "name": pl.String, "email": pl.String})
    if raw_reps is None or raw_reps.num_rows == 0:
        return empty
    rows = pl.DataFrame(pl.from_arrow(raw_reps.select(PEOPLE_COLUMNS)))
    newest = rows.sort("source", "record_id", "as_of_date").unique(["source", "record_id"], keep="last", maintain_order=True)
    parts = [empty]
    for name in newest["source"].unique().sort():
        part = newest.filter(pl.col("source") == name)
        parts.append(
            part.select(
                "source",
                read_ids(part["record_id"], id_kinds.get(name, "text")).alias("user_id"),
                by_distinct_value(trimmed(part["name"]), folded_name).alias("name"),
                by_distinct_value(trimmed(part["email"]), folded_name).alias("email"),
            )
        )
    return pl.concat(parts).drop_nulls("user_id")


def _claimed(sheet: pl.DataFrame, id_kinds: Mapping[str, IdKind]) -> dict[tuple[str, str], str]:
    """(source, user id) -> rep_id as the sheet's source_user_ids say."""
    claims = (
        sheet.select("rep_id", "valid_from", "source_user_ids")
        .drop_nulls(["rep_id", "source_user_ids"])
        .with_columns(pl.col("source_user_ids").str.split("|"))
        .explode("source_user_ids")
        .with_columns(pl.col("source_user_ids").str.strip_chars().str.splitn("=", 2).struct.rename_fields(["source", "user_id"]))
        .unnest("source_user_ids")
        .with_columns(pl.col("source", "user_id").str.strip_chars())
        .drop_nulls(["source", "user_id"])
        .sort("valid_from", "rep_id", descending=[True, False], nulls_last=True)
    )
    claimed: dict[tuple[str, str], str] = {}
    for name in claims["source"].unique().sort():
        part = claims.filter(pl.col("source") == name)
        users = read_ids(part["user_id"], id_kinds.get(name, "text"))
        for user, rep in zip(users, part["rep_id"], strict=True):
            if user is not None:
                claimed.setdefault((name, user), rep)
    return claimed


def _by_email(sheet: pl.DataFrame, people: pl.DataFrame) -> dict[tuple[str, str], str]:
    """(source, user id) -> rep_id where the user's e-mail address is the login name of exactly one rep."""
    logins = sheet.select("rep_id", by_distinct_value(trimmed(sheet["user_name"]), folded_name).alias("email")).drop_nulls()
    only = logins.unique().group_by("email").agg(pl.col("rep_id")).filter(pl.col("rep_id").list.len() == 1).explode("rep_id")
    return dict(_pairs(people.drop_nulls("email").join(only, on="email")))


def _pairs(matched: pl.DataFrame) -> Iterator[tuple[tuple[str, str], str]]:
    return (((source, user), rep) for source, user, rep in matched.select("source", "user_id", "rep_id").iter_rows())
