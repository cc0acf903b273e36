"""The command `bailiwick what-if`.

Here: its options. Not here: what it does (what_if.py), its lines (what_if_lines.py).
"""

from datetime import date
from pathlib import Path

import click

from orchestration.cli_options import OUT, explains_mistakes, home_option, json_option, read_day


@click.command("what-if")
@click.argument("rules_dir", type=click.Path(path_type=Path))
@home_option
@click.option(
    "--on", "on", callback=read_day, metavar="DATE", help="Compare both sets as they hold on this day; default: the last refresh's."
)
@click.option("--planning", is_flag=True, help="Count rules in state planning (规划) as active.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="A folder for the page, the tables and the CRMs' files; empty or not there yet."
)
@json_option
@explains_mistakes
def what_if(rules_dir: Path, home: Path, on: date | None, planning: bool, out: Path | None, as_json: bool) -> None:
    """Compare another set of rule sheets with the one in force (区域规划试算): who would move where, which relations break, how much
    pipeline and quota goes along, whether the balance is better. Changes nothing.

    RULES_DIR holds the sheets that differ, such as territory_rules.csv; the others count as they are in force. --out writes summary.html,
    moves.csv, balance.csv, and per CRM proposed_moves_*.csv: the records that would have to change, as that CRM imports them.

    Exit code 0: compared. 2: a sheet or the configuration is wrong. 3: a refresh holds the home; ask again when it is done.

    Example: bailiwick what-if ~/plan-2027 --on 2027-01-01 --planning --out plan-2027-answer --home ~/acme
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import Progress, print_json  # noqa: PLC0415
    from orchestration.what_if import what_if as compare_rules  # noqa: PLC0415
    from orchestration.what_if_lines import told  # noqa: PLC0415

    with Progress(OUT, quiet=as_json) as progress:
        found = compare_rules(home, rules_dir, on=on, planning=planning, out=out, steps=progress.log)
    if as_json:
        print_json(asdict(found))
        return
    for line in told(found):
        OUT.print(line, markup=False, soft_wrap=True)
