"""The one place where the clock is read.

Everything that depends on "today" takes `as_of_date` as a parameter, so that a run of the past can be repeated. Only the
run log and the ledger want to know when something happened, and they ask here.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment in UTC, to the microsecond."""
    return datetime.now(UTC)
