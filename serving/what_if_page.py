"""The page of a comparison of two sets of rule sheets: summary.html, to be sent to whoever decides.

Here: the page. Not here: its figures (what_if.py), the files beside it (proposed_moves.py), when it is written (orchestration/what_if.py).

One static file: no script, no request to anywhere, readable without its style and on paper. It names its day and nothing of the clock, so
that the same comparison gives the same bytes. Every text of a source or a sheet goes through `safe`.
"""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from serving.pages import head, heading, in_chinese, safe
from serving.what_if import MEASURES, QUOTA_RULE, SIDES, Comparison, Row

FLOWS_SHOWN, ISSUES_SHOWN = 40, 40
_CHINESE = {"customers": "客户数", "potential": "潜力", "pipeline": "在谈商机"}
_KINDS = (("territory", "Territories", "区域"), ("rep", "People", "销售"))
_STYLE = """
body { font: 14px/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  color: #1f2937; background: #fff; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid #d1d5db; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; } .zh { color: #6b7280; font-weight: normal; margin-left: .4em; }
.note { color: #4b5563; max-width: 56rem; margin: .25rem 0 .75rem; }
ul.tiles { list-style: none; display: flex; flex-wrap: wrap; gap: .75rem; padding: 0; margin: 1rem 0; }
ul.tiles li { border: 1px solid #d1d5db; border-radius: 6px; padding: .5rem .9rem; min-width: 9rem; }
ul.tiles b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; } ul.tiles span { color: #4b5563; }
div.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .92em; }
th, td { text-align: left; padding: .22rem .9rem .22rem 0; border-bottom: 1px solid #e5e7eb; vertical-align: top; }
th { font-weight: 600; } td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
th.g { text-align: center; border-bottom: 0; } tr.sum td { font-weight: 600; border-top: 1px solid #9ca3af; }
svg { vertical-align: middle; margin-left: .5em; } .bad { color: #b91c1c; font-weight: 600; }
.up { color: #047857; } .down { color: #b91c1c; }
@media print { body { margin: 0; max-width: none; font-size: 11px; } h2 { break-after: avoid; } tr, li { break-inside: avoid; }
  div.wide { overflow: visible; } a { color: inherit; } }
@page { size: A4 landscape; margin: 14mm; }
"""


def render(
    found: Comparison,
    largest: pl.DataFrame,
    *,
    sheets: Sequence[tuple[str, str, bool]],
    proposed: Sequence[tuple[str, int, list[str]]],
    notes: Sequence[str],
    with_planning: bool,
) -> str:
    """The page. `largest`: the moves to list, as what_if.moves gives them. `sheets`: name, origin, whether it differs. `proposed`: files
    for CRMs: name, rows, what to know. The same answer gives the same bytes."""
    title = f"Territory plan against the rules in force, {found.on}"
    lines = [
        *head(title, _STYLE),
        "<body>",
        heading(1, title, "区域规划试算"),
        f'<p class="note">Both sets of rules as they hold on {found.on}'
        + (", rules in planning (规划) counted as active" if with_planning else "")
        + f"; customers, owners and deals as of {found.as_of_date}; amounts in {safe(found.currency_code)}. Nothing was changed by this: "
        "the CRMs stay the masters of who holds what.</p>",
        *_tiles(found),
        *_first(found, notes),
        *_flows(found),
        *_relations(found),
        *_balance(found),
        *_quotas(found),
        *_largest(found, largest),
        *_files(proposed),
        *_sheets(sheets),
        *_words(found),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"


def _tiles(found: Comparison) -> Iterator[str]:
    totals = found.totals
    tiles = (
        (f"{totals['moved']:,}", f"customers move, of {totals['customers']:,}", "变更客户"),
        (f"{totals['broken']:,}", "relations broken", "关系中断"),
        (f"{totals['become_unassigned']:,}", "become unassigned", "无区域"),
        (_amount(totals["pipeline_moved"]), f"open pipeline moves, of {_amount(totals['pipeline'])}", "转移商机"),
        (_amount(totals["quota_moved"]), f"quota moves, of {_amount(totals['quota'])}", "转移目标"),
    )
    yield '<ul class="tiles">'
    yield from (f"<li><b>{value}</b><span>{safe(what)}{in_chinese(chinese)}</span></li>" for value, what, chinese in tiles)
    yield "</ul>"


def _first(found: Comparison, notes: Sequence[str]) -> Iterator[str]:
    """What a planner must know before any figure."""
    yield heading(2, "Look at this first", "先看这里")
    totals, new = found.totals, [issue for issue in found.issues if issue["is_new"]]
    lines = []
    if totals["become_unassigned"]:
        lines.append(f'<span class="bad">{totals["become_unassigned"]:,} customers become UNASSIGNED</span>: no rule takes them any more.')
    if new:
        lines.append(f'<span class="bad">{len(new):,} rule issues that the rules in force do not have</span>; they stand below.')
    if totals["broken_without_proposal"]:
        lines.append(f"For {totals['broken_without_proposal']:,} of {totals['broken']:,} broken relations the rules name no new owner.")
    if totals["deals_moved_without_amount"]:
        lines.append(f"{totals['deals_moved_without_amount']:,} open deals that move have no amount in {safe(found.currency_code)}.")
    if totals["outside_before"]:
        lines.append(f"{totals['outside_before']:,} owners have no place in their customer's territory today already.")
    lines += [safe(note) for note in notes]
    yield "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>" if lines else "<p>Nothing stands out.</p>"
    if found.issues:
        yield '<div class="wide"><table id="issues"><tr><th>issue</th><th>rule</th><th class="n">customers</th><th>what to do</th></tr>'
        for issue in found.issues[:ISSUES_SHOWN]:
            mark = ' <span class="bad">new</span>' if issue["is_new"] else ""
            yield (
                f"<tr><td>{safe(issue['issue'])}{mark}</td><td>{safe(issue['rule_id'] or '')}</td>"
                f'<td class="n">{issue["customer_count"]:,}</td><td>{safe(issue["detail"])}</td></tr>'
            )
        yield "</table></div>"
        yield _more(len(found.issues) - ISSUES_SHOWN, "issues")


def _flows(found: Comparison) -> Iterator[str]:
    yield heading(2, "Who moves where", "流向")
    if not found.flows:
        yield "<p>Nobody: every customer stays in its territory.</p>"
        return
    most = found.flows[0]["customers"]
    columns = ("customers", "relations broken", "open deals", "open pipeline", "potential", "quota")
    yield '<div class="wide"><table id="flows"><tr><th>from</th><th>to</th>' + _headings(columns) + "</tr>"
    for flow in found.flows[:FLOWS_SHOWN]:
        cells = [f"{flow['customers']:,}{_bar(flow['customers'], most)}", f"{flow['broken']:,}", f"{flow['deals']:,}"]
        cells += [_amount(flow[name]) for name in ("pipeline", "potential", "quota_moved")]
        yield f"<tr><td>{_territory(flow, 'from')}</td><td>{_territory(flow, 'to')}</td>{_cells(cells)}</tr>"
    sums = [f"{sum(flow[name] for flow in found.flows):,}" for name in ("customers", "broken", "deals")]
    sums += [_amount(sum(flow[name] for flow in found.flows)) for name in ("pipeline", "potential", "quota_moved")]
    yield f'<tr class="sum"><td>all {len(found.flows):,}</td><td></td>{_cells(sums)}</tr></table></div>'
    yield _more(len(found.flows) - FLOWS_SHOWN, "flows")


def _relations(found: Comparison) -> Iterator[str]:
    if not found.proposals:
        return
    yield heading(2, "Broken relations and who would take over", "客户关系交接")
    yield (
        "<p class=\"note\">A relation breaks where today's owner has no place in the customer's territory: works neither it nor one above "
        "it, and leads none of them. An owner is proposed only where the rules name one.</p>"
    )
    yield '<div class="wide"><table id="relations"><tr><th>territory</th>' + _headings(("broken", "with a new owner")) + "<th>why</th></tr>"
    for row in found.proposals:
        name = row["territory_name"] or ""
        cells = (f"{row['broken']:,}", f"{row['with_proposal']:,}")
        yield (f"<tr><td>{safe(row['territory_id'])} {safe(name)}</td>{_cells(cells)}<td>{safe(row['reason'] or '')}</td></tr>")
    yield "</table></div>"


def _balance(found: Comparison) -> Iterator[str]:
    yield heading(2, "Balance before and after", "均衡度")
    said = f"{_potential_said(found)} People own what they own today; of broken relations, the proposed owner does."
    yield f'<p class="note">{safe(said)}</p>'
    for kind, title, chinese in _KINDS:
        rows = found.territories if kind == "territory" else found.reps
        yield heading(3, title, chinese)
        yield f'<div class="wide"><table id="balance-{kind}"><tr><th></th>'
        yield "".join(f'<th class="g" colspan="3">{measure}{in_chinese(_CHINESE[measure])}</th>' for measure in MEASURES) + "</tr>"
        yield "<tr><th></th>" + _headings(("before", "after", "change") * len(MEASURES)) + "</tr>"
        for row in rows:
            cells = [cell for measure in MEASURES for cell in _change(row[f"{measure}_before"], row[f"{measure}_after"])]
            yield f"<tr><td>{safe(row['id'])} {safe(_other_name(row))}</td>{_cells(cells)}</tr>"
        for figure in ("gini", "coefficient_of_variation", "max_over_min"):
            figures = {(each["measure"], each["side"]): each[figure] for each in found.fairness if each["kind"] == kind}
            cells = []
            for measure in MEASURES:
                before, after = (figures[measure, side] for side in SIDES)
                cells += [_ratio(before), _ratio(after), "" if before is None or after is None else f"{after - before:+.2f}"]
            yield f'<tr class="sum"><td>{figure.replace("_", " ")}</td>{_cells(cells)}</tr>'
        yield "</table></div>"


def _quotas(found: Comparison) -> Iterator[str]:
    if not found.quotas:
        return
    yield heading(2, "Quota that moves", "目标转移")
    yield f'<p class="note">{safe(QUOTA_RULE)}</p>'
    yield '<div class="wide"><table id="quotas"><tr><th>territory</th>'
    yield _headings(("quota left", "customers leaving", "quota leaving")) + "<th>in proportion to</th></tr>"
    for row in found.quotas:
        cells = (_amount(row["quota"]), f"{row['customers_leaving']:,}", _amount(row["quota_moved"]))
        name = row["territory_name"] or ""
        yield f"<tr><td>{safe(row['territory_id'])} {safe(name)}</td>{_cells(cells)}<td>{safe(row['basis'] or '-')}</td></tr>"
    yield "</table></div>"


def _largest(found: Comparison, largest: pl.DataFrame) -> Iterator[str]:
    if largest.is_empty():
        return
    shown, all_of_them = largest.height, found.totals["moved"] + found.totals["broken_without_move"]
    yield heading(2, "Customers, the largest open pipeline first", "客户明细")
    yield f'<p class="note">{shown:,} of {all_of_them:,}; all of them stand in moves.csv, with both reasons in full.</p>'
    yield '<div class="wide"><table id="customers"><tr><th>customer</th><th>from (rule)</th><th>to (rule)</th><th>owner today</th>'
    yield '<th>proposed owner</th><th class="n">open pipeline</th><th>why</th></tr>'
    for row in largest.iter_rows(named=True):
        broken = ' <span class="bad">broken</span>' if row["is_relation_broken"] else ""
        yield (
            f"<tr><td>{safe(row['customer_name'] or '')}<br>{safe(row['customer_id'])}</td>"
            f"<td>{safe(row['from_territory_id'])} ({safe(row['rule_id_before'] or '-')})</td>"
            f"<td>{safe(row['to_territory_id'])} ({safe(row['rule_id_after'] or '-')})</td>"
            f"<td>{safe(row['owner_name'] or row['owner_rep_id'] or '-')}{broken}</td>"
            f"<td>{safe(row['proposed_owner_name'] or row['proposed_owner_rep_id'] or '')}</td>"
            f'<td class="n">{_amount(float(row["open_pipeline_amount"]))}</td><td>{safe(row["reason_after"])}</td></tr>'
        )
    yield "</table></div>"


def _files(proposed: Sequence[tuple[str, int, list[str]]]) -> Iterator[str]:
    yield heading(2, "Files for the CRMs", "导入文件")
    if not proposed:
        yield "<p>None: no record of any CRM has to change.</p>"
        return
    yield (
        '<p class="note">In each CRM\'s own headings and ids. Look at them before you import them; do not save them from a spreadsheet, '
        "which rounds long ids.</p>"
    )
    yield '<table id="files"><tr><th>file</th><th class="n">records</th><th>to know</th></tr>'
    for name, rows, notes in proposed:
        yield f'<tr><td>{safe(name)}</td><td class="n">{rows:,}</td><td>{"<br>".join(safe(note) for note in notes)}</td></tr>'
    yield "</table>"


def _sheets(sheets: Sequence[tuple[str, str, bool]]) -> Iterator[str]:
    yield heading(2, "Which sheets were compared", "规则表")
    yield "<table><tr><th>sheet</th><th>taken</th><th>differs from the one in force</th></tr>"
    for sheet, origin, is_changed in sheets:
        yield f"<tr><td>{safe(sheet)}</td><td>{safe(origin)}</td><td>{'yes' if is_changed else 'no'}</td></tr>"
    yield "</table>"


def _words(found: Comparison) -> Iterator[str]:
    yield heading(2, "What the words mean", "名词解释")
    yield "<dl>"
    for word, chinese, meaning in (
        ("move", "变更", "the customer's territory under the other rules is another than under those in force, on the day above"),
        ("open pipeline", "在谈商机", "amounts of deals that are neither won nor lost, in the company's currency"),
        ("potential", "潜力", _potential_said(found)),
        ("gini", "基尼系数", "0 where all have the same, towards 1 where one has all"),
        ("coefficient of variation", "变异系数", "standard deviation over the mean"),
        ("max over min", "最大最小比", "how many times the smallest the largest is; - where the smallest is 0"),
    ):
        yield f"<dt>{word}{in_chinese(chinese)}</dt><dd>{safe(meaning)}</dd>"
    yield "</dl>"


def _potential_said(found: Comparison) -> str:
    if found.potential_measure is None:
        return "Potential is not known of any customer."
    return f"Potential is {found.potential_measure} of dim_customers, in both columns as it is today."


def _territory(flow: Row, end: str) -> str:
    territory, name = flow[f"{end}_territory_id"], flow[f"{end}_territory_name"]
    written = safe(territory) + (f" {safe(name)}" if name and name != territory else "")
    return f'<span class="bad">{written}</span>' if territory == "UNASSIGNED" and end == "to" else written


def _other_name(row: Row) -> str:
    return row["name"] if row["name"] and row["name"] != row["id"] else ""


def _change(before: float | None, after: float | None) -> list[str]:
    change = (after or 0) - (before or 0)
    colour = "up" if change > 0 else "down"
    return [
        *("-" if value is None else _amount(value) for value in (before, after)),
        f'<span class="{colour}">{"+" if change > 0 else "&minus;"}{_amount(abs(change))}</span>' if change else "",
    ]


def _headings(names: Iterable[str]) -> str:
    return "".join(f'<th class="n">{name}</th>' for name in names)


def _cells(cells: Iterable[str]) -> str:
    return "".join(f'<td class="n">{cell}</td>' for cell in cells)


def _more(count: int, what: str) -> str:
    return f"<p>And {count:,} more {what}.</p>" if count > 0 else ""


def _amount(value: float) -> str:
    return f"{value:,.0f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _bar(part: int, whole: int) -> str:
    width = part * 60 // whole if whole else 0
    return f'<svg width="60" height="8" aria-hidden="true"><rect width="{width}" height="8" fill="#2563eb"/></svg>'
