"""The few errors of the project. Each says whose fault it is and what to do next.

Here: error classes that a person may see. Not here: programming mistakes, which stay ordinary exceptions.

A message has four parts: what happened, where, what was expected, the next step. The command line prints it without a
stack trace and exits with `exit_code` (contract: 1 a blocking check failed, 2 the input or configuration is wrong,
3 another refresh holds the home).
"""


class BailiwickError(Exception):
    """Base of every error that is explained to a person. `exit_code` is what the command line ends with."""

    exit_code = 2


class HomeInvalid(BailiwickError):
    """The company home is missing, incomplete or has settings that do not fit. Fault: whoever set the home up."""


class SourceInvalid(BailiwickError):
    """A sources/<name>.yml does not fit the mapping's grammar. Fault: whoever wrote the mapping."""


class RulesInvalid(BailiwickError):
    """One or more rows of the rule sheets are wrong. Fault: whoever edited the sheets. Carries every problem at once.

    `problems` is a list of sentences, one per wrong cell.
    """

    def __init__(self, problems: list[str]):
        self.problems = problems
        more = "" if len(problems) <= 20 else f"\n  ... and {len(problems) - 20} more"
        super().__init__("\n  ".join([f"RulesInvalid: {len(problems)} problem(s) in the rule sheets:", *problems[:20]]) + more)


class ParametersInvalid(BailiwickError):
    """A file of resolution parameters does not fit the program. Fault: whoever wrote or chose the file."""


class FileRefused(BailiwickError):
    """One export file, or one entity's day, cannot be loaded. Fault: the export. Never stops the others.

    `code` is a short machine-readable reason, e.g. `empty_file`; the message is the sentence for people.
    """

    def __init__(self, code: str, message: str):
        self.code = code
        super().__init__(message)


class ExportsRefused(BailiwickError):
    """Every export that a refresh found new was refused, so there is nothing to publish. Fault: the exports.

    `reasons` is a list of sentences, one per refused batch.
    """

    def __init__(self, reasons: list[str]):
        self.reasons = reasons
        super().__init__(
            "\n  ".join([f"ExportsRefused: {len(reasons)} export(s) were refused and no other is new, so nothing was published:", *reasons])
            + "\n  The last published copy stands untouched; quarantine/ holds each reason. Export again, or take the file out of landing/."
        )


class NotFound(BailiwickError):
    """What was asked for is not there, or may be several things. Fault: the question."""


class RecordBroken(BailiwickError):
    """The record of ownership is not what was written. Fault: whoever or whatever changed files below record/."""

    exit_code = 1


class ContractBroken(BailiwickError):
    """A table written by Python does not fit ingest/tables.py. Fault: this program; please report it."""

    exit_code = 1


class ChecksFailed(BailiwickError):
    """A blocking check of this run failed or was not made, so nothing was published. Fault: the data, or a rule."""

    exit_code = 1


class HomeLocked(BailiwickError):
    """Another refresh holds this home."""

    exit_code = 3
