"""The data-health report (数据体检): published/report/data_health.html, one page that a person can act on.

Here: the page. Not here: its figures (health_figures.py), what they call for (health_findings.py), when it is written and swapped in
(publish.py).

One static file: no script, no request to anywhere (the browser is told so by a content security policy), readable without its style. It
names its day and nothing of the clock or the run, so that the same tables give the same bytes. Every text of a source goes through
`safe`.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from pathlib import Path

from ingest.entities import ENTITIES
from serving.health_figures import FieldFigures, HealthFigures, percent, points, read_figures
from serving.health_findings import Finding, counted, findings
from serving.pages import head, heading, in_chinese, safe

NAME = "data_health.html"
CHINESE_FIELDS = {"country": "国家", "region": "省/州", "city": "城市", "industry": "行业", "size": "规模"}
_KINDS = {
    "blocked": ("Missing for territory rules", "区域规则缺少的字段"),
    "strangers": ("People whom nobody knows", "查无此人"),
    "doubly": ("Two exclusive territories", "独占区域重叠"),
    "fell": ("Emptied overnight", "一夜之间变空"),
    "unreadable": ("Cannot be read", "无法识别"),
    "apart": ("Sources contradict each other", "来源不一致"),
}
_COMPARED = "customers"  # the one entity that sources are compared in; the others are folded away
_FINDINGS_SHOWN = 20
_RULES_SHOWN = 5
_STYLE = """
body { font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  color: #1f2937; background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.25rem; margin: 2.25rem 0 .5rem; border-bottom: 1px solid #d1d5db; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; } .zh { color: #6b7280; font-weight: normal; margin-left: .4em; }
p.note, .next { color: #4b5563; font-size: .9em; } ol li { margin: .6rem 0; } .next { display: block; }
table { border-collapse: collapse; width: 100%; font-size: .9em; } caption { text-align: left; color: #4b5563; padding: .25rem 0; }
th, td { text-align: left; padding: .2rem .75rem .2rem 0; border-bottom: 1px solid #e5e7eb; vertical-align: top; }
th { font-weight: 600; } td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
svg { vertical-align: middle; margin-left: .5em; } .bad { color: #b91c1c; font-weight: 600; }
summary { cursor: pointer; margin: .75rem 0 .25rem; }
"""


def health_report(parquet: Path, *, as_of_date: str) -> str:
    """The page, out of the Parquet files of a copy and for its day (ISO 8601). A table that is not there has no rows."""
    return render(read_figures(parquet, as_of_date=as_of_date))


def render(figures: HealthFigures) -> str:
    """The page of some figures."""
    lines = [
        *head(f"Data health, {figures.as_of_date}", _STYLE),
        "<body>",
        heading(1, "Data health", "数据体检"),
        f'<p class="note">As of {safe(figures.as_of_date)}. Every figure stands in the published tables: fct_territory_blockers, '
        "fct_territory_blocked_rules, fct_rep_issues, audit_field_health, audit_field_agreement.</p>",
        *_to_do(findings(figures)),
        *_blocked(figures),
        *_sources(figures),
        *_words(),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _to_do(found: list[Finding]) -> Iterator[str]:
    yield heading(2, "What to do, worst first", "待办事项")
    if not found:
        yield (
            "<p>Nothing: no field keeps a customer from a rule, everybody who is named is known, none emptied overnight, all can be read, "
            "and the sources agree.</p>"
        )
    for kind, group in groupby(found, key=lambda finding: finding.kind):
        of_kind = list(group)
        is_one_step = len({finding.next_step for finding in of_kind}) == 1
        yield heading(3, *_KINDS[kind])
        yield "<ol>"
        for finding in of_kind[:_FINDINGS_SHOWN]:
            step = "" if is_one_step else f'<span class="next">Next: {safe(finding.next_step)}</span>'
            yield f"<li>{safe(finding.sentence)}{step}</li>"
        yield "</ol>"
        if len(of_kind) > _FINDINGS_SHOWN:
            yield f"<p>And {len(of_kind) - _FINDINGS_SHOWN} more; their shares stand in the tables below.</p>"
        if is_one_step:
            yield f'<p class="next">Next: {safe(of_kind[0].next_step)}</p>'


def _blocked(figures: HealthFigures) -> Iterator[str]:
    yield heading(2, "Fields that block territory rules", "阻碍区域规则的字段")
    if not figures.blocked:
        yield "<p>None: no customer misses a rule for lack of a single field.</p>"
        return
    yield "<table>"
    yield '<tr><th>Field</th><th class="n">Customers that miss a rule for it</th><th class="n">of them in no territory</th>'
    yield '<th class="n">Rules they miss</th><th>which rules (customers missed)</th></tr>'
    for blocked in figures.blocked:
        rules = [f"{rule} for {territory} ({missed:,})" for rule, territory, missed in blocked.rules[:_RULES_SHOWN]]
        rules += [f"{len(blocked.rules) - _RULES_SHOWN} more"] if len(blocked.rules) > _RULES_SHOWN else []
        yield (
            f"<tr><td>{safe(blocked.field)}{in_chinese(CHINESE_FIELDS.get(blocked.field))}</td>"
            f'<td class="n">{blocked.customers:,}</td><td class="n">{blocked.unassigned:,}</td><td class="n">{len(blocked.rules):,}</td>'
            f"<td>{safe(', '.join(rules))}</td></tr>"
        )
    yield "</table>"


def _sources(figures: HealthFigures) -> Iterator[str]:
    for source, of_source in groupby(figures.fields, key=lambda field: field.source):
        yield heading(2, f"Source {source}", "数据来源")
        for entity, group in groupby(of_source, key=lambda field: field.entity):
            fields = list(group)
            table = list(_entity_table(entity, fields, date.fromisoformat(figures.as_of_date)))
            if entity == _COMPARED:
                yield heading(3, "customers", "客户")
                yield from table
            else:
                yield f"<details><summary>{safe(entity)}: {counted(fields[0].rows, 'row')} on {fields[0].day}</summary>"
                yield from table
                yield "</details>"


def _entity_table(entity: str, fields: list[FieldFigures], as_of_date: date) -> Iterator[str]:
    first = fields[0]
    age = (as_of_date - first.day).days
    said = ENTITIES[entity].sentence + " " if entity in ENTITIES else ""
    compared = f"compared with {first.day_before} ({counted(first.rows_before or 0, 'row')})" if first.day_before else "the first export"
    yield f"<table><caption>{safe(said)}{counted(first.rows, 'row')} of {first.day}, {compared}."
    yield f' <span class="bad">No newer export for {counted(age, "day")}.</span></caption>' if age else "</caption>"
    headings = [("filled", "完整率"), ("against the export before", "较上次"), ("unreadable", "无法识别")]
    headings += [("agreement", "一致率")] if entity == _COMPARED else []
    yield "<tr><th>field</th>" + "".join(f'<th class="n">{name}{in_chinese(chinese)}</th>' for name, chinese in headings) + "</tr>"
    for field in fields:
        if field.is_mapped:
            yield _field_row(field)
    yield "</table>"
    if unmapped := [field.field for field in fields if not field.is_mapped]:
        yield f'<p class="note">Not mapped: {safe(", ".join(unmapped))}.</p>'


def _field_row(field: FieldFigures) -> str:
    sentence = ENTITIES[field.entity].fields.get(field.field, ("", ""))[1] if field.entity in ENTITIES else ""
    title = f' title="{safe(sentence)}"' if sentence else ""
    unreadable = safe(percent(field.unreadable, field.filled))
    shown = f'<span class="bad">{unreadable}</span>' if field.unreadable else unreadable
    cells = [f"{safe(percent(field.filled, field.rows))}{_bar(field.filled, field.rows, '#2563eb')}", _change(field), shown]
    if field.entity == _COMPARED:
        cells.append(f"{safe(percent(field.agreeing, field.compared))}{_bar(field.agreeing, field.compared, '#059669')}")
    return f"<tr><td{title}>{safe(field.field)}</td>" + "".join(f'<td class="n">{cell}</td>' for cell in cells) + "</tr>"


def _change(field: FieldFigures) -> str:
    change = points(field)
    if change is None:
        return "-"
    rounded = round(change, 1)
    if not rounded:
        return "same"
    return f"{rounded:+.1f} points" if rounded > 0 else f"&minus;{-rounded:.1f} points"


def _bar(part: int, whole: int, colour: str) -> str:
    if not whole:
        return ""
    width = part * 60 // whole
    return (
        f'<svg width="60" height="8" aria-hidden="true"><rect width="60" height="8" fill="#e5e7eb"/>'
        f'<rect width="{width}" height="8" fill="{colour}"/></svg>'
    )


def _words() -> Iterable[str]:
    yield heading(2, "What the words mean", "名词解释")
    yield "<dl>"
    for word, chinese, meaning in (
        ("filled", "完整率", "rows in which the field is not empty, of all rows of the export (completeness)"),
        ("unreadable", "无法识别", "filled cells that give no value or a doubtful one, of the filled ones (validity)"),
        (
            "agreement",
            "一致率",
            "records whose value another source of the same customer says too, compared as cleaned, of those that both sources have; "
            "- where no other source has the field",
        ),
        (
            "blocks a rule",
            "阻碍规则",
            "the customer meets all else that the rule asks and lacks this one field; who lacks two is not counted",
        ),
    ):
        yield f"<dt>{word}{in_chinese(chinese)}</dt><dd>{meaning}</dd>"
    yield "</dl>"
