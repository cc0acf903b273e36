"""The commands of `bailiwick` that answer questions about what was published and recorded: explain, owner, audit, verify.

Here: their options, and which function answers. Not here: what the answers are (serving/, orchestration/verify.py). None of them changes
anything in the home.
"""

import sys
from datetime import date
from pathlib import Path

import click

from orchestration.cli_options import OUT, explains_mistakes, home_option, json_option, read_day


@click.command()
@click.argument("customer", required=False)
@home_option
@click.option("--pair", nargs=2, metavar="RECORD RECORD", help="Two records instead, each as source:record_id.")
@click.option("--picture", type=click.Path(path_type=Path), metavar="FILE.svg", help="Draw the pair's evidence into a file; with --pair.")
@json_option
@explains_mistakes
def explain(customer: str | None, home: Path, pair: tuple[str, str] | None, picture: Path | None, as_json: bool) -> None:
    """Say why a customer is what it is: its records and what holds them together, which value stands and why, its territory and the rules
    that lost, as the published copy has it.

    CUSTOMER is a customer id, a retired one too, a credit code, source:record_id, or a name or part of one.

    Example: bailiwick explain C4QX2M7NBD5KA --home ~/acme

    Example: bailiwick explain --pair zoho:1001 yonyou:K-77 --picture pair.svg --home ~/acme
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import print_json  # noqa: PLC0415
    from orchestration.explain import explain_customer, explain_records, told, told_pair  # noqa: PLC0415

    if (customer is None) == (pair is None) or (picture is not None and pair is None):
        raise click.UsageError("Name a CUSTOMER, or two records with --pair; --picture FILE.svg goes with --pair.")
    found = explain_records(home, *pair, picture=picture) if pair else explain_customer(home, customer)
    if as_json:
        print_json(asdict(found))
        return
    for line in told_pair(found, picture=picture) if pair else told(found):
        OUT.print(line, markup=False, soft_wrap=True)


@click.command()
@click.argument("customer")
@home_option
@click.option("--on", "on", callback=read_day, metavar="DATE", help="The day that is asked about; default: the day of the published copy.")
@click.option(
    "--known-on", "known_on", callback=read_day, metavar="DATE", help="Only what exports up to this day show, also if they came late."
)
@click.option(
    "--recorded-on", "recorded_on", callback=read_day, metavar="DATE", help="Only what the record held that night: what was published."
)
@json_option
@explains_mistakes
def owner(customer: str, home: Path, on: date | None, known_on: date | None, recorded_on: date | None, as_json: bool) -> None:
    """Say who owned a customer on a day: in which territory, since when, by which event and rule, and which row of which file proves it.

    CUSTOMER is a customer id, a retired one too, a credit code, source:record_id, or a name or part of one.

    Example: bailiwick owner C4QX2M7NBD5KA --on 2026-05-01 --known-on 2026-05-15 --home ~/acme
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import print_json  # noqa: PLC0415
    from orchestration.owner import owner_of, told  # noqa: PLC0415

    found = owner_of(home, customer, on=on, known_on=known_on, recorded_on=recorded_on)
    if as_json:
        print_json(asdict(found))
        return
    for line in told(found):
        OUT.print(line, markup=False, soft_wrap=True)


@click.command()
@click.argument("customer")
@home_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder for the pack; must be empty or not there yet.")
@json_option
@explains_mistakes
def audit(customer: str, home: Path, out: Path, as_json: bool) -> None:
    """Write an auditor's pack for one customer: its whole chain of ownership with file and row, the rules in force then, each hash.

    One page (index.html) and the same as CSV. CUSTOMER as for `bailiwick owner`. What was exported of the customer stands in it: hand it on
    with the same care.

    Example: bailiwick audit C4QX2M7NBD5KA --out audit-C4QX2M7NBD5KA --home ~/acme
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.audit import audit as write_pack  # noqa: PLC0415
    from orchestration.audit import told  # noqa: PLC0415
    from orchestration.console import print_json  # noqa: PLC0415

    found = write_pack(home, customer, out)
    if as_json:
        print_json(asdict(found))
        return
    for line in told(found, out):
        OUT.print(line, markup=False, soft_wrap=True)


@click.command()
@home_option
@json_option
@explains_mistakes
def verify(home: Path, as_json: bool) -> None:
    """Read the record of ownership and the published copy again, byte by byte, and say whether anything was altered, and where.

    Exit code 0: everything is as it was written. 1: something was altered; each place is named.

    Example: bailiwick verify --home ~/acme
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import print_json  # noqa: PLC0415
    from orchestration.verify import told  # noqa: PLC0415
    from orchestration.verify import verify as verify_home  # noqa: PLC0415

    found = verify_home(home)
    if as_json:
        print_json(asdict(found))
    else:
        for line in told(found):
            OUT.print(line, markup=False, soft_wrap=True)
    sys.exit(1 if found.breaks else 0)
