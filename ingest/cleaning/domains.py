"""Web sites and e-mail addresses (网址, 邮箱), and the registrable domain (域名) that tells whose they are.

Here: hosts out of addresses as people paste them, the registrable domain by the Public Suffix List that the tldextract package brings
along (nothing is fetched), domains that many companies share (shared_domains.csv: mail providers, marketplaces, social networks).
Not here: which records a domain makes one customer (resolution/).

a.example.com.cn and www.example.com.cn belong to example.com.cn; shop.blogspot.com is its own owner's, for blogspot.com is a suffix under
which anybody registers. Hosts whose last labels no longer rule goes through are settled by whole columns, the others by the package, once
per distinct host: 3 microseconds each (2026-11-22).
"""

from functools import cache
from pathlib import Path

import polars as pl
import tldextract

from ingest.values.reading import Reading, by_distinct_value, problem_where, trimmed

_SHARED = Path(__file__).with_name("shared_domains.csv")
_SEVERAL = r"[;；,，、|\s]+"
_PROTOCOL = r"^(?:[a-z][a-z0-9+.\-]{1,15}:)?/{2,}|^(?:https?|ftp)[:/]+|^mailto:"
_LABEL_OF_FIELD = r"(?i)^(?:网址|官网|网站|主页|邮箱|电子邮件|website|web|homepage|url|e-?mail)\s*[:：]\s*"
_HOST = r"^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_\-]{0,61}[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_\-]{0,61}[\p{L}\p{N}])?)+$"
_NUMBERS_ONLY = r"^[0-9.]+$"
_IN_BRACKETS = r"<\s*([^<>]+@[^<>]+)\s*>"
_EMAIL = r"^[^\s@<>()\[\],;:\\\"]{1,64}@"
# Addresses that stand for "none", whatever the domain.
_NOBODY = r"^(?:no|none|noemail|no-?email|null|na|n\.a|test|test123|unknown|xxx+|aaa+|123(?:456)?|无|没有)@"
_LONGEST_HOST = 253
# What nearly all hosts look like; the pattern for any script takes fifteen times as long (2026-11-22).
_PLAIN_HOST = r"^[a-z0-9](?:[a-z0-9_\-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_\-]*[a-z0-9])?)+$"


def read_websites(texts: pl.Series) -> Reading:
    """Hosts in lower case without `www.`, port and path. Codes: not_a_website, several_websites (the first counts)."""
    written = trimmed(texts).str.normalize("NFKC").str.to_lowercase().str.replace(_LABEL_OF_FIELD, "")
    parts = written.str.replace_all(_SEVERAL, " ").str.strip_chars(" ")
    first = parts.str.replace(" .*$", "")
    host = first.str.replace(_PROTOCOL, "").str.replace("^[^/@]*@", "").str.replace(r"[/?#\\].*$", "").str.replace(r":[0-9]*$", "")
    host = host.str.strip_chars(".").str.replace_all("。", ".", literal=True).str.replace(r"^www?[0-9]?\.", "")
    is_host = _is_host(host)
    several = is_host & parts.str.contains(r" \S+\.\S")
    return Reading(
        values=pl.select(pl.when(is_host).then(host)).to_series().alias(texts.name),
        problems=pl.select(
            pl.coalesce(problem_where(written.is_not_null() & ~is_host, "not_a_website"), problem_where(several, "several_websites"))
        ).to_series(),
    )


def read_emails(texts: pl.Series) -> Reading:
    """Addresses in lower case. Codes: not_an_email, placeholder_email (none@...: nobody's), several_emails (the first counts)."""
    written = trimmed(texts).str.normalize("NFKC").str.to_lowercase().str.replace(_LABEL_OF_FIELD, "").str.replace("^mailto:", "")
    bare = pl.select(pl.coalesce(written.str.extract(_IN_BRACKETS), written)).to_series()
    parts = bare.str.replace_all(_SEVERAL, " ").str.strip_chars(" ")
    first = parts.str.replace(" .*$", "").str.strip_chars(".")
    is_email = first.str.contains(_EMAIL) & (first.str.count_matches("@") == 1) & _is_host(first.str.replace("^.*@", ""))
    is_email = is_email.fill_null(False)
    is_nobody = is_email & first.str.contains(_NOBODY)
    several = is_email & (parts.str.count_matches("@") > 1)
    return Reading(
        values=pl.select(pl.when(is_email & ~is_nobody).then(first)).to_series().alias(texts.name),
        problems=pl.select(
            pl.coalesce(
                problem_where(written.is_not_null() & ~is_email, "not_an_email"),
                problem_where(is_nobody, "placeholder_email"),
                problem_where(several, "several_emails"),
            )
        ).to_series(),
    )


def registrable_domains(hosts: pl.Series) -> pl.Series:
    """The registrable domain of every host or e-mail address; null where there is none (a bare suffix).

    An ending that the list does not have (a company's own network, a new one) counts as a suffix of one label, as the list's own rules
    say.
    """
    suffixes = _suffixes()
    rows = pl.DataFrame({"host": hosts}).unique().drop_nulls()
    rows = rows.with_columns(pl.col("host").str.replace("^.*@", "").alias("name"))
    labels = pl.col("name").str.split(".")
    rows = rows.with_columns(
        last=labels.list.get(-1, null_on_oob=True), two=labels.list.tail(2).list.join("."), three=labels.list.tail(3).list.join("."),
        depth=labels.list.len(),
    )  # fmt: skip
    is_top = pl.col("last").is_in(suffixes.top) & (pl.col("depth") >= 2)
    goes_on = pl.col("two").is_in(suffixes.wild_second) | pl.col("three").is_in(suffixes.third)
    below_top = is_top & ~pl.col("two").is_in(suffixes.second) & ~goes_on
    is_unknown = ~pl.col("last").is_in(suffixes.all_top) & (pl.col("depth") >= 2)
    below_second = is_top & pl.col("two").is_in(suffixes.second) & ~goes_on
    found = pl.when(below_top | is_unknown).then("two").when(below_second & (pl.col("depth") >= 3)).then("three")
    rows = rows.with_columns(domain=found, settled=below_top | below_second | is_unknown)
    odd = by_distinct_value(rows.filter(~pl.col("settled"))["name"], _by_package)
    rows = pl.concat(
        [
            rows.filter("settled").select("host", "domain"),
            rows.filter(~pl.col("settled")).select("host", odd.alias("domain")),
        ]
    )
    joined = hosts.to_frame("host").join(rows, on="host", how="left", maintain_order="left")
    return joined["domain"].alias(hosts.name)


def own_domains(websites: pl.Series, emails: pl.Series) -> pl.Series:
    """The registrable domain of a company: of its web site, else of its e-mail address; null where many companies share it.

    Takes what `read_websites` and `read_emails` give.
    """
    found = [registrable_domains(hosts) for hosts in (websites, emails)]
    own = [domains.set(is_shared(domains).fill_null(False), None) for domains in found]
    return pl.select(pl.coalesce(own)).to_series().alias("domain")


def is_shared(domains: pl.Series) -> pl.Series:
    """Whether a domain is used by many companies (qq.com, taobao.com), so that it tells nothing; null where there is none."""
    return domains.is_in(_shared_domains())


def _is_host(hosts: pl.Series) -> pl.Series:
    plain = (hosts.str.contains(_PLAIN_HOST) & ~hosts.str.contains("[^.]{64}")).fill_null(True)
    odd = pl.select(pl.when(~plain).then(hosts)).to_series()
    fits = (plain | odd.str.contains(_HOST)) & ~hosts.str.contains(_NUMBERS_ONLY) & (hosts.str.len_bytes() <= _LONGEST_HOST)
    return fits.fill_null(False)


class _Suffixes:
    """The Public Suffix List cut by length: `second` are suffixes of two labels, `third` the last three labels of longer rules,
    `wild_second` two labels below which every name is a suffix."""

    def __init__(self, rules: list[str]):
        plain = [rule.removeprefix("!") for rule in rules]
        self.top = [rule for rule in plain if "." not in rule]
        self.second = [rule for rule in plain if rule.count(".") == 1 and not rule.startswith("*")]
        longer = [rule.split(".") for rule in plain if rule.count(".") > 1]
        self.wild_second = sorted({".".join(rule[-2:]) for rule in longer if rule[-3] == "*"})
        self.third = sorted({".".join(rule[-3:]) for rule in longer})
        # `*.ck` makes every name below .ck a suffix: nothing below it is settled by columns.
        wild = {rule.removeprefix("*.") for rule in plain if rule.startswith("*.") and rule.count(".") == 1}
        self.all_top = sorted({rule.split(".")[-1] for rule in plain})
        self.top = [name for name in self.top if name not in wild]


@cache
def _extract() -> tldextract.TLDExtract:
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@cache
def _suffixes() -> _Suffixes:
    return _Suffixes(_extract().tlds)


def _by_package(host: str) -> str | None:
    return _extract().extract_str(host).top_domain_under_public_suffix or None


@cache
def _shared_domains() -> list[str]:
    return pl.read_csv(_SHARED)["domain"].to_list()
