"""What the commands of `bailiwick` share: options, how a day is read, how a mistake of the user's is told, where output goes.

Here: nothing that a command does. Not here: the commands (cli.py, cli_questions.py).
"""

import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from ingest.errors import BailiwickError
from orchestration.settings import HOME_VARIABLE

# Where output goes into a file or a log, rich would break lines at 80 columns; and it would draw a record's id such as a:100:b as a face.
OUT = Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 140)
ERR = Console(stderr=True, highlight=False, emoji=False)

home_option = click.option(
    "--home",
    "home",
    type=click.Path(path_type=Path),
    envvar=HOME_VARIABLE,
    default=Path(),
    show_default="this folder",
    help=f"The company home; also {HOME_VARIABLE}.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document for programs.")


def explains_mistakes(command: Callable[..., Any]) -> Callable[..., Any]:
    """A mistake of the user's is a message and an exit code, never a stack trace."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except BailiwickError as error:
            if options.get("as_json"):
                from orchestration.console import print_json  # noqa: PLC0415

                print_json({"error": type(error).__name__, "message": str(error), "exit_code": error.exit_code})
            else:
                ERR.print(str(error), markup=False, soft_wrap=True)
            sys.exit(error.exit_code)

    return run


def read_day(_context: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    """The day that an option names; the command ends with what was expected where it is none."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise click.BadParameter(f"{value!r} is no day; expected one such as 2026-11-21") from None


def read_country(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """The code of the country that an option names."""
    if value is None:
        return None
    from ingest.cleaning.countries import country_keys  # noqa: PLC0415

    code = value.strip().upper()
    if code not in set(country_keys().values()):
        raise click.BadParameter(f"{value!r} is no country; expected two letters such as CN, US or DE")
    return code
