"""Renders a report as data, as JSON or CSV: the same cells under the same names."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any, List, Union

from openrouter_usage.commands.report.records import DayBalance, KeyFacts, Report, ReportRow, Today
from openrouter_usage.days import iso_instant
from openrouter_usage.records import DAY_NOT_KNOWN, NO_READING, NOT_APPLICABLE, NOT_SUMMED, Amount, Limit, Unknown
from openrouter_usage.text.dates import instant
from openrouter_usage.text.document import Json, balance, document, gaps, number, usd_cells, with_as_of

NOT_ASKED = Unknown("not asked for (--no-credits)", "not_asked")

FORMULA = re.compile("(^|;)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""Where a spreadsheet would begin to execute a cell: before these characters, the full-width ones too, and after a
semicolon, which many a locale takes for the separator (OWASP, "CSV Injection")."""

STANDING_IN = ("remembered", "offline")
"""The notes that tell of remembered figures; the other formats show their time."""

PLACES, LARGE = Decimal("1e-10"), 15


def render_json(report: Report) -> str:
    """The report as one JSON object. `rest` takes together the rows that `--top` leaves out."""
    query = report.query
    figures: Json = {
        "total": _sensible(_figures(report.total)),
        "rows": [_cells(row, report) for row in report.rows],
        "rest": _sensible(_cells(report.rest, report)) if report.rest else None,
        "today": _today(report),
        "credits": NOT_ASKED if report.credits is None else with_as_of(balance(report.credits), report.credits_as_of),
    }
    cells: Json = {
        "as_of": report.as_of,
        "demo": report.demo,
        **({"profile": report.profile} if report.profile else {}),
        "source": query.source,
        "live_only": _live(report),
        "asked_with": report.asker,
        "only": {name: value for name, value in (("model", query.model), ("key", query.key)) if value},
        "by": list(query.by),
        "from": query.first,
        "to": query.last,
        "known_days": len(report.days),
        "remembered": {"from": report.remembered[0], "to": report.remembered[1]} if report.remembered else None,
        **figures,
        "notes": [*report.notes, *dict.fromkeys(gaps(figures))],
    }
    return document("report", cells)


def _today(report: Report) -> Union[Json, Unknown, None]:
    """Today's use so far, which is in no total."""
    if not isinstance(report.today, Today):
        return report.today
    day, as_of, group = report.today
    cells: Json = {"total": _sensible(_figures(group.total)), "rows": [_cells(row, report) for row in group.rows]}
    if group.rest:
        cells["rest"] = _sensible(_cells(group.rest, report))
    return {"date": day, "as_of": as_of, **_without_ratios_over_nothing(cells)}


def _without_ratios_over_nothing(cells: Any) -> Any:
    """Null, and no note: early in the day they are no news."""
    if isinstance(cells, dict):
        return {name: _without_ratios_over_nothing(value) for name, value in cells.items()}
    if isinstance(cells, list):
        return [_without_ratios_over_nothing(one) for one in cells]
    return None if cells in NOT_APPLICABLE else cells


def _live(report: Report) -> List[str]:
    windows = [f"{window}_usd" for window in ("today", "week", "month") if window in report.live]
    scopes = ("total", "rows", "rest") if report.rest else ("total", "rows")
    today = ["today"] if isinstance(report.today, Today) else []
    if report.query.is_live:
        return list(scopes)
    return [*(f"{scope}.{window}" for scope in scopes for window in windows), *today]


def render_csv(report: Report) -> str:
    """RFC 4180: a header, then a record for each row and for the rest of them; an empty cell is not known.

    There is no total: a column adds up to it.
    """
    import csv  # costly, and of use only here
    import io

    rows = [_cells(row, report) for row in (*report.rows, *([report.rest] if report.rest else []))]
    header = list(_cells(report.total, report))
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows([_cell(row.get(name)) for name in header] for row in rows)
    return written.getvalue()


def notes(report: Report) -> str:
    """The notes as lines, for a format that has no place for them."""
    every = [*report.rows, *([report.rest] if report.rest else [])]
    unknown = dict.fromkeys(gaps({"rows": [_cells(row, report) for row in every]}))
    unsaid = [gap.code for gap in (*NOT_APPLICABLE, NO_READING, DAY_NOT_KNOWN)]
    real = (gap for gap in unknown if gap.code not in unsaid)
    lines = [note.message for note in (*report.notes, *real)]
    if any(note.code in STANDING_IN for note in report.notes):
        lines.append(f"all figures are as of {instant(report.as_of)}")
    return "".join(f"Note: {line}\n" for line in lines)


def _sensible(cells: Json) -> Json:
    """Without what has no meaning for several rows together."""
    return {name: value for name, value in cells.items() if value != NOT_SUMMED}


def _cells(row: ReportRow, report: Report) -> Json:
    """A row's names by dimension, its figures, and what is known of the key."""
    return {**dict(zip(report.query.by, row.names)), **_figures(row), **_balance_cells(row.balance)}


def _balance_cells(day: Union[DayBalance, Unknown, None]) -> Json:
    if day is None:
        return {}
    if isinstance(day, Unknown):
        return {"balance_usd": day, "balance_at": day, "top_up_usd": day}
    return {"balance_usd": day.remaining, "balance_at": day.at, "top_up_usd": day.top_up}


def _figures(row: ReportRow) -> Json:
    return {
        **row.use._asdict(),
        "share": _rounded(row.share),
        "usd_per_million_tokens": _rounded(row.usd_per_million_tokens),
        "cached_share": _rounded(row.cached_share),
        **(_key_cells(row.key) if row.key else {}),
    }


def _rounded(ratio: Amount) -> Amount:
    """To ten places, for unlike money a ratio is rarely finite; one so large that they would not fit stays as it is."""
    return ratio if isinstance(ratio, Unknown) or ratio.adjusted() > LARGE else ratio.quantize(PLACES)


def _key_cells(facts: KeyFacts) -> Json:
    """A key without a limit has null for it, and the mark no_limit."""
    limit = facts.limit
    cells: Json = {"keys": facts.keys}
    cells.update(usd_cells(facts.spend))
    cells["limit_usd"] = limit.limit if isinstance(limit, Limit) else limit
    cells["limit_remaining_usd"] = limit.remaining if isinstance(limit, Limit) else limit
    cells["limit_resets"] = limit.resets if isinstance(limit, Limit) else limit
    cells.update(expires_at=facts.expires_at, disabled=facts.disabled, marks=list(facts.marks))
    return cells


def _cell(value: Any) -> str:
    """A record's field. Text that a spreadsheet would execute is preceded by an apostrophe, which makes it text."""
    if value is None or isinstance(value, Unknown):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return FORMULA.sub(r"\1'", value)
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, Decimal):
        return number(value)
    return iso_instant(value) if isinstance(value, datetime) else str(value)
