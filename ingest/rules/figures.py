"""Figures of rule sheets that must fit together on every day: shares, exchange rates, size bands.

Here: sums of shares, rates that are missing, bands that overlap or leave somebody out. Not here: what one figure may be (cells.py),
converting money or banding customers (dbt_project).
"""

from decimal import Decimal

from ingest.rules.rows import Rows, by_key, common, left_over, period_of, said, spans


def find_wrong_shares(rows: Rows) -> list[str]:
    """Revenue shares of one split that do not sum to 1 on some day, splits about two records, records with two splits."""
    problems = []
    for (split_id,), same in by_key(rows, "split_id").items():
        first, about = same[0][0], _about(same[0][1])
        for cell, row in same:
            if _about(row) != about:
                text = f"{split_id} is about {' '.join(about)} by line {first.line}; give this row a split_id of its own"
                problems.append(cell.problem("record_id", text))
        revenue = [(cell, row) for cell, row in same if row["credit"] == "revenue"]
        for days, in_force in spans(revenue):
            total = sum((row["share_ratio"] for _, row in in_force), Decimal(0))
            if total != 1:
                lines = ", ".join(str(cell.line) for cell, _ in in_force)
                text = (
                    f"the revenue shares of {split_id} sum to {total.normalize():f} {said(days)} (lines {lines}), not to 1; mend the shares"
                )
                problems.append(in_force[0][0].problem("share_ratio", text))
    for _, same in by_key(rows, "subject", "source", "record_id").items():
        for place, (cell, row) in enumerate(same):
            other = next((above for above, earlier in same[:place] if _rivals(row, earlier)), None)
            if other:
                text = f"line {other.line} splits the same record under another split_id on the same days; make one split of both"
                problems.append(cell.problem("split_id", text))
    return problems


def _about(row: dict) -> tuple[str, str, str]:
    return row["subject"], row["source"], row["record_id"]


def _rivals(row: dict, other: dict) -> bool:
    return row["split_id"] != other["split_id"] and common(period_of(row), period_of(other))


def find_wrong_rates(sheets: dict[str, Rows], home_currency: str | None) -> list[str]:
    """A home currency that is not worth 1, days without a rate between two, and amounts in a currency that has no rate on their day.

    Amounts are judged only where fx_rates.csv has rows and the home currency is known.
    """
    rates = by_key(sheets.get("fx_rates", []), "currency_code")
    problems = []
    for (currency,), rows in rates.items():
        if currency == home_currency:
            text = f"{currency} is the home currency, worth 1 of itself; remove the row (rates are home currency for one unit)"
            problems += [cell.problem("rate", text) for cell, row in rows if row["rate"] != 1]
        periods = [period_of(row) for _, row in rows]
        for gap in left_over((min(start for start, _ in periods), max(end for _, end in periods)), periods):
            cell = next(cell for cell, row in rows if row["valid_from"] == gap[1])
            text = f"there is no rate of {currency} {said(gap)}; let this row begin earlier or add one for those days"
            problems.append(cell.problem("valid_from", text))
    if not rates or home_currency is None:
        return problems
    for cell, row in sheets.get("quotas", []):
        periods = [period_of(rate) for _, rate in rates.get((row["currency_code"],), [])]
        if row["currency_code"] != home_currency and not any(start <= row["quota_date"] < end for start, end in periods):
            problems.append(cell.problem("currency_code", _no_rate(row["currency_code"], f"on {row['quota_date']}", home_currency)))
    for cell, row in sheets.get("size_bands", []):
        currency = row["currency_code"]
        if currency not in (None, home_currency) and (currency,) not in rates:
            problems.append(cell.problem("currency_code", _no_rate(currency, "on any day", home_currency)))
    return problems


def _no_rate(currency: str, when: str, home_currency: str) -> str:
    return f"the sheet fx_rates has no rate of {currency} {when}; add one, or give the amount in {home_currency}"


def find_wrong_bands(rows: Rows) -> list[str]:
    """Bands that overlap on a day, numbers that no band has, and revenue in two currencies. Each pair of bands is said once."""
    problems: dict[tuple, str] = {}  # by what is wrong, so that a mistake that holds for years is one sentence
    for days, in_force in spans(rows):
        for measure, lowest in (("employees", 1), ("revenue_amount", 0)):
            for key, problem in _wrong_bands_of(in_force, measure, lowest, f"on {days[0]}"):
                problems.setdefault(key, problem)
    return list(problems.values())


def _wrong_bands_of(rows: Rows, measure: str, lowest: int, when: str) -> list[tuple[tuple, str]]:
    """(what is wrong, sentence) for the bands of one day by one measure; rows that say nothing about it are left out."""
    low, high = f"from_{measure}", f"to_{measure}"
    bands = [(cell, row) for cell, row in rows if row[low] is not None or row[high] is not None]
    if not bands:
        return []
    bands.sort(key=lambda item: (item[1][low] or 0, item[0].line))
    found = []
    if measure == "revenue_amount":
        first, currency = min((cell.line, row["currency_code"]) for cell, row in bands)
        for cell, row in bands:
            if row["currency_code"] != currency:
                text = f"{row['currency_code']} cannot be compared with {currency} of line {first}; give all bands in one currency"
                found.append((("currency", cell.line), cell.problem("currency_code", text)))
        if found:
            return found
    cell, row = bands[0]
    if (row[low] or 0) > lowest:
        text = f"{when} no band holds less than {row[low]}; the lowest band begins at 0 or is left empty"
        found.append((("start", measure, cell.line), cell.problem(low, text)))
    holder, until = cell, row[high]
    for cell, row in bands[1:]:
        start = row[low] or 0
        if until is None or start < until:
            text = f"{row['size_band']} begins at {start} {when}, where line {holder.line} still holds (to_ is the first number too large)"
            found.append((("overlap", measure, holder.line, cell.line), cell.problem(low, text)))
        elif start > until:
            text = f"{when} no band holds {until} up to {start}; let this one begin at {until} (to_ is the first number too large)"
            found.append((("gap", measure, holder.line, cell.line), cell.problem(low, text)))
        if until is not None and (row[high] is None or row[high] > until):
            holder, until = cell, row[high]
    if until is not None:
        text = f"{when} no band holds {until} or more; leave {high} of the highest band empty"
        found.append((("end", measure, holder.line), holder.problem(high, text)))
    return found
