"""The command `bailiwick`.

Here: options, exit codes, which function answers. Not here: what the commands do, those that answer questions (cli_questions.py).
Exit codes of `refresh`: 0 published or nothing to do; 1 a blocking check failed, the last good copy stands; 2 the input or the
configuration is wrong; 3 another refresh holds the home. Heavy imports wait until a command needs them.
"""

import gc
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import click

from orchestration.cli_options import OUT, explains_mistakes, home_option, json_option, read_country, read_day
from orchestration.cli_questions import audit, explain, owner, verify
from orchestration.cli_what_if import what_if
from orchestration.settings import HOME_VARIABLE, PUBLISHED_VARIABLE


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="bailiwick")
def main() -> None:
    """Bailiwick: who owns which customer, since when, and why."""
    # 2026-11-22: a refresh makes small objects by the hundred thousand and next to no cycles of them. Looking for cycles took 0.3 s of
    # 1.0 s with 10,000 known files, and 1 s of 12 s while the libraries are loaded.
    gc.set_threshold(100_000)


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
@explains_mistakes
def init(folder: Path, as_json: bool) -> None:
    """Write an empty company home in which every file explains itself.

    Example: bailiwick init ~/acme
    """
    from orchestration.console import print_json  # noqa: PLC0415
    from orchestration.init import init_home  # noqa: PLC0415

    files = init_home(folder)
    if as_json:
        print_json({"home": folder, "files": [path.relative_to(folder).as_posix() for path in files]})
        return
    OUT.print(f"Made a company home in {folder}:", markup=False)
    for path in files:
        OUT.print(f"  {path.relative_to(folder)}", markup=False)
    OUT.print(
        f"Next: edit {folder}/company.toml, add sources/<name>.yml, put exports into landing/<name>/<YYYY-MM-DD>/, then\n"
        f"  bailiwick refresh --home {folder}",
        markup=False,
    )


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--customers", type=click.IntRange(20, 1_000_000), default=5000, show_default=True, help="How many fictional customers.")
@click.option("--nights", type=click.IntRange(1, 366), default=30, show_default=True, help="How many nightly exports.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same bytes.")
@json_option
@explains_mistakes
def demo(folder: Path, customers: int, nights: int, seed: int, as_json: bool) -> None:
    """Write a fictional company: nightly exports of six CRMs in their own formats, rule sheets, and the truth about them.

    Example: bailiwick demo ./demo --customers 1000 --nights 10
    """
    from dataclasses import asdict  # noqa: PLC0415

    from ingest.demo.home import write_demo  # noqa: PLC0415
    from orchestration.console import Progress, print_json  # noqa: PLC0415

    with Progress(OUT, quiet=as_json) as bar:
        at = lambda text, done, total: bar.at("writing", text, done, total)  # noqa: E731
        report = write_demo(folder, customers=customers, nights=nights, seed=seed, progress=at)
    if as_json:
        print_json(asdict(report))
        return
    first = f"bailiwick refresh --home {folder} --as-of {report.first_look}, then " if report.first_look else ""
    OUT.print(
        f"Wrote a fictional company into {folder}: {report.customers:,} companies in {report.records:,} records of six CRMs, "
        f"{report.deals:,} deals, {report.reps} people; {report.files:,} files, nightly exports of {report.nights[0]} to "
        f"{report.nights[-1]}.\n"
        f"truth/ says who is who and who owned what. Next: {first}bailiwick refresh --home {folder}",
        markup=False,
    )


@main.command()
@home_option
@click.option("--as-of", "as_of", callback=read_day, metavar="DATE", help="Describe this day; default: the newest of any loaded export.")
@click.option("--full", is_flag=True, help="Run every step even if no input changed.")
@click.option("--accept", "accepted", multiple=True, metavar="SOURCE/ENTITY/DAY", help="Let a held day pass; may be given several times.")
@click.option("--by", "accepted_by", metavar="NAME", help="Who lets it pass; goes with --accept.")
@click.option("--why", "reason", metavar="TEXT", help="Why it is right; goes with --accept.")
@json_option
@explains_mistakes
def refresh(
    home: Path, as_of: date | None, full: bool, accepted: tuple[str, ...], accepted_by: str | None, reason: str | None, as_json: bool
) -> None:
    """The nightly job: read new exports, check, and publish.

    A day that a guard holds (half an export, other ids, too many new owners) waits until a person lets it pass with --accept; who and
    why are kept in acceptances.csv.

    Exit code 0: published, or nothing to do. 1: a blocking check failed, the last good copy stands.
    2: the input or configuration is wrong. 3: another refresh holds the home.

    Example: bailiwick refresh --home ~/acme --as-of 2026-11-21
    """
    from orchestration.console import Progress, print_json, print_refresh  # noqa: PLC0415
    from orchestration.console import as_json as report_as_json  # noqa: PLC0415
    from orchestration.refresh import refresh as run_refresh  # noqa: PLC0415

    if accepted or accepted_by or reason:
        if not (accepted and (accepted_by or "").strip() and (reason or "").strip()):
            raise click.UsageError('--accept SOURCE/ENTITY/DAY, --by NAME and --why "TEXT" go together: who let it pass, and why.')
        from orchestration.accept import accept_held_days  # noqa: PLC0415

        accept_held_days(home, accepted, by=accepted_by.strip(), why=reason.strip())
    with Progress(OUT, quiet=as_json) as progress:
        report = run_refresh(home, asked_date=as_of, full=full, steps=progress.log)
    if as_json:
        print_json(report_as_json(report))
    else:
        print_refresh(OUT, report, home)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where the places go: a name in .csv or .parquet.")
@click.option("--country", metavar="CODE", callback=read_country, help="Country of records that say none, such as CN (ISO 3166-1 alpha-2).")
@click.option(
    "--coordinates",
    type=click.Choice(["wgs84", "gcj02", "bd09"]),
    default="wgs84",
    show_default=True,
    help="In which system latitude and longitude are written; gcj02 is that of maps published in China, bd09 Baidu's.",
)
@json_option
@explains_mistakes
def geocode(file: Path, out: Path, country: str | None, coordinates: str, as_json: bool) -> None:
    """Find the places of a file's customers: country, region, city, district, division code, degrees. No network, no company home.

    Reads CSV, XLSX, JSON or Parquet with record_id and any of address, street, district, city, region, postal_code, country, latitude,
    longitude, phone, credit_code.

    Example: bailiwick geocode customers.csv --out places.csv
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import Progress, print_geocoded, print_json  # noqa: PLC0415
    from orchestration.geocode import geocode as place_file  # noqa: PLC0415

    with Progress(OUT, quiet=as_json) as bar:
        at = lambda done, total: bar.at("placing", "", done, total)  # noqa: E731
        report = place_file(file, out, country=country, coordinate_system=coordinates, on_progress=at)
    print_json(asdict(report)) if as_json else print_geocoded(OUT, report)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder for the result; made if it is not there.")
@click.option("--state", type=click.Path(path_type=Path), help="A folder that keeps records, ids and judgements for the next load.")
@click.option("--judgements", type=click.Path(path_type=Path), help="What people decided: a CSV as judgements.csv of a company home.")
@click.option("--as-of", "as_of", callback=read_day, metavar="DATE", help="The day on which ids change; default: today.")
@click.option("--parameters", type=click.Path(path_type=Path), help="Weights and limits of your own, as `bailiwick estimate` writes them.")
@json_option
@explains_mistakes
def resolve(
    file: Path, out: Path, state: Path | None, judgements: Path | None, as_of: date | None, parameters: Path | None, as_json: bool
) -> None:
    """Find which of a file's records are the same customer (查重). No network, no company home.

    Reads CSV, XLSX, JSON or Parquet with record_id and any of source, name, credit_code, registry_id, phone, email, website, address,
    street, district, city, region, postal_code, country, latitude, longitude, industry, employees, parent_name.

    Writes customers.parquet (record_id, customer_id), pairs.parquet (each pair with its score and what it is made of), redirects.parquet
    (ids that were merged or split), report.json, and refused.csv if rows could not be used. With --state the records are added to those of
    earlier loads, or take their place by source and record_id, and customers keep their ids.

    Judgements call the source of records that name none `file`.

    Exit code 0: done. 2: the input is wrong. 3: another process holds the state.

    Example: bailiwick resolve customers.csv --out resolved --state state
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import Progress, print_json  # noqa: PLC0415
    from orchestration.resolve import resolve as resolve_file  # noqa: PLC0415
    from orchestration.resolve import told  # noqa: PLC0415

    with Progress(OUT, quiet=as_json) as progress:
        options = {"state": state, "judgements": judgements, "as_of_date": as_of, "parameters_file": parameters}
        report = resolve_file(file, out, steps=progress.log, **options)
    if as_json:
        print_json(asdict(report))
        return
    for line in told(report):
        OUT.print(line, markup=False, soft_wrap=True)


@main.command()
@home_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write; must not be there yet.")
@json_option
@explains_mistakes
def estimate(home: Path, out: Path, as_json: bool) -> None:
    """Write a file of weights as this company's records would have them, to read and to put into force. Changes nothing itself.

    The weights in force stay as they are from night to night; audit_match_weights says which have come away from the records. In the file
    each number that is another says why. To put it into force name it in company.toml: [resolution] parameters = "resolution.yml".

    Example: bailiwick estimate --home ~/acme --out ~/acme/resolution.yml
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import print_json  # noqa: PLC0415
    from orchestration.estimate import estimate as estimate_home  # noqa: PLC0415
    from orchestration.estimate import told  # noqa: PLC0415

    report = estimate_home(home, out)
    if as_json:
        print_json(asdict(report))
        return
    for line in told(report):
        OUT.print(line, markup=False, soft_wrap=True)


@main.command()
@home_option
@json_option
@explains_mistakes
def doctor(home: Path, as_json: bool) -> None:
    """Say what is wrong with a home, worst first, each with the next step. Exit code 2 if a refresh cannot succeed.

    Example: bailiwick doctor --home ~/acme
    """
    from dataclasses import asdict  # noqa: PLC0415

    from orchestration.console import print_findings, print_json  # noqa: PLC0415
    from orchestration.doctor import examine  # noqa: PLC0415

    findings = examine(home)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        print_findings(OUT, findings)
    sys.exit(2 if any(finding.severity == "fatal" for finding in findings) else 0)


@main.command()
@home_option
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@explains_mistakes
def ui(home: Path, port: int) -> None:
    """Open Dagster's page on this machine: lineage, runs, checks; the schedule runs while it is open.

    Example: bailiwick ui --home ~/acme
    """
    from ingest.home import open_home  # noqa: PLC0415
    from orchestration.refresh import dagster_home  # noqa: PLC0415

    opened = open_home(home)
    os.environ[HOME_VARIABLE] = str(opened.root)
    dagster_home(opened)
    command = [sys.executable, "-m", "dagster", "dev", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
    sys.exit(subprocess.run(command, check=False).returncode)


@main.command()
@home_option
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@explains_mistakes
def dashboard(home: Path, port: int) -> None:
    """Open the dashboard on the published copy, on this machine only.

    Example: bailiwick dashboard --home ~/acme
    """
    import serving.dashboard  # noqa: PLC0415
    from ingest.home import open_home  # noqa: PLC0415

    os.environ[PUBLISHED_VARIABLE] = str(open_home(home).published)
    app = Path(serving.dashboard.__file__).parent / "app.py"
    options = ["--server.address", "localhost", "--server.port", str(port), "--browser.gatherUsageStats", "false"]
    sys.exit(subprocess.run([sys.executable, "-m", "streamlit", "run", str(app), *options], check=False).returncode)


for command in (explain, owner, audit, verify, what_if):
    main.add_command(command)


if __name__ == "__main__":
    main()
