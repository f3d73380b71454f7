"""Renders a report as JSON or CSV, with the same cells under the same names."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any, Union

from openrouter_usage import records
from openrouter_usage.commands.report.picked import as_cells
from openrouter_usage.commands.report.records import Breakdown, KeyFacts, Report, ReportRow
from openrouter_usage.commands.report.words import in_one_line
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.records import NOT_APPLICABLE, NOT_SUMMED, Limit, Name, Person, Spend, Unknown, Weekday
from openrouter_usage.text.dates import instant
from openrouter_usage.text.document import Json, balance, document, dumps, gaps, rounded, usd_cells, with_as_of

EXPECTED = tuple(gap.code for gap in NOT_APPLICABLE)
"""The codes of figures that do not exist."""

CREDITS_NOT_ASKED = Unknown("not asked for (--no-credits)", "not_asked")

FORMULA = re.compile("(^|;)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""The places at which a spreadsheet would begin to execute a cell: before these characters, the full-width ones too,
also after a semicolon, which many a locale takes for the separator (OWASP, "CSV Injection")."""

OF_TODAY = ("today.", "with_today.")
"""How the paths of today's figures begin."""

CACHED = ("remembered", "offline")
"""The codes of notes that say that figures are cached; the other formats print the time of the figures instead."""


def render_json(report: Report) -> str:
    """Returns the report as one JSON object and a newline. `rest` sums up the rows that `--top` leaves out."""
    query, cached, older = report.query, report.cached_days, report.older_days
    figures: Json = {
        **_breakdown(report.completed, query.by),
        "today": _today(report),
        "with_today": _without_not_summed(_cells(report.with_today, ())) if report.with_today else None,
        "credits": with_as_of(balance(report.credits or CREDITS_NOT_ASKED), report.credits_as_of),
    }
    # Early in the day ratios over nothing are to be expected.
    unknown = [gap for gap in gaps(figures) if not (gap.message.startswith(OF_TODAY) and gap.code in EXPECTED)]
    cells: Json = {
        "as_of": report.completed.as_of,
        "demo": report.demo,
        **({"profile": report.profile} if report.profile else {}),
        "source": query.source,
        "live_only": _live(report),
        "asked_with": report.key_name,
        "only": {one.dimension: one.shown for one in query.filters},
        "by": list(query.by),
        "tz": query.tz,
        "from": query.first,
        "to": query.last,
        "known_days": len(report.days),
        "remembered": {"from": cached[0], "to": cached[1]} if cached else None,
        "by_analytics": {"from": older[0], "to": older[1]} if older else None,
        **figures,
        "notes": [*report.notes, *dict.fromkeys(unknown)],
    }
    return document("report", cells)


def _breakdown(breakdown: Breakdown, by: tuple[str, ...]) -> Json:
    return {
        "total": _without_not_summed(_cells(breakdown.total, ())),
        "rows": [_cells(row, by) for row in breakdown.rows],
        "rest": _without_not_summed(_cells(breakdown.rest, by)) if breakdown.rest else None,
        **({"subtotals": [_cells(row, by[:1]) for row in breakdown.subtotals]} if breakdown.subtotals else {}),
        **({"not_broken_down_usd": breakdown.lacking.use.usd} if breakdown.lacking else {}),
        **dict(zip(("weekdays_usd_per_day", "weekends_usd_per_day"), map(rounded, breakdown.week_parts or ()))),
    }


def _today(report: Report) -> Union[Json, Unknown, None]:
    """Returns today's use so far, which no total includes."""
    if not isinstance(report.today, Breakdown):
        return report.today
    cells = _breakdown(report.today, report.query.by)
    if report.today.rest is None:
        del cells["rest"]
    return {"date": report.query.day_of(report.now), "as_of": report.today.as_of, **cells}


def _live(report: Report) -> list[str]:
    """Returns the paths of the figures that only live counters know."""
    scopes = ["total", "rows", *(["rest"] if report.completed.rest else [])]
    if report.query.is_live:
        return scopes
    windows = [window for window in Spend._fields if window in report.live and report.query.is_by_key]
    windows += ["today", "with_today"] if report.query.has_today_columns else []
    live = [f"{scope}.{window}_usd" for scope in scopes for window in dict.fromkeys(windows)]
    return [*live, *(["today", "with_today"] if isinstance(report.today, Breakdown) else [])]


def render_csv(report: Report) -> str:
    """Returns CSV by RFC 4180: a header, and a record for each row and for the rest. An empty cell is not known.

    There is no total: a column adds up to it.
    """
    import csv  # costly, and of use only here
    import io

    query = report.query
    header = list(_cells(report.completed.total, query.by))
    header = [name for name in as_cells(query.picked, query) if name in header] or header
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    for row in report.completed.shown:
        cells = _cells(row, query.by)
        writer.writerow(_csv_cell(cells.get(name)) for name in header)
    return written.getvalue()


def csv_notes(report: Report) -> str:
    """Returns what the CSV holds, and the notes, as lines for standard error: CSV has no place for them."""
    unknown = dict.fromkeys(gaps({"rows": [_cells(row, report.query.by) for row in report.completed.shown]}))
    without_note = (*EXPECTED, records.NO_READING.code, records.DAY_NOT_KNOWN.code)
    lines = [note.message for note in (*report.notes, *(gap for gap in unknown if gap.code not in without_note))]
    if any(note.code in CACHED for note in report.notes):
        lines.append(f"all figures are as of {instant(report.completed.as_of)}")
    summed_up = in_one_line(report, len(report.completed.shown))
    return f"{summed_up}\n" + "".join(f"Note: {line}\n" for line in lines)


def _csv_cell(value: Any) -> str:
    """Returns a field of a record. An apostrophe before what a spreadsheet would execute makes it text."""
    if value is None or isinstance(value, Unknown):
        return ""
    if isinstance(value, str):
        return FORMULA.sub(r"\1'", value)
    return " ".join(value) if isinstance(value, list) else dumps(value).strip('"')


# The cells of a row


def _cells(row: ReportRow, by: tuple[str, ...]) -> Json:
    """Returns a row's names by the dimensions `by`, its figures, its key and its balance."""
    day: tuple[Any, ...] = (row.balance,) * 3 if isinstance(row.balance, Unknown) else row.balance or ()
    names: Json = {}
    for dimension, name in zip(by, row.names):
        names.update(name_cells(dimension, name))
    return {
        **names,
        **row.use._asdict(),
        "share": rounded(row.share),
        "usd_per_million_tokens": rounded(row.usd_per_million_tokens),
        "cached_share": rounded(row.cached_share),
        "usd_per_request": rounded(row.usd_per_request),
        **(_key_cells(row.key) if row.key else {}),
        **({"today_usd": row.today.usd, "with_today_usd": row.today.with_usd} if row.today else {}),
        **({"days": row.period.days, "usd_per_day": rounded(row.period.usd_per_day)} if row.period else {}),
        **dict(zip(("balance_usd", "balance_at", "top_up_usd"), day)),
    }


def name_cells(dimension: str, name: Name) -> Json:
    """Returns the cells of a name: one, or for a person two, of which null is a name or an email that is not told."""
    email_column = DIMENSIONS[dimension].email_column
    if not email_column:
        return {dimension: _plain(dimension, name)}
    if not isinstance(name, Person):
        return {dimension: name, email_column: None}
    return {dimension: name.name or None, email_column: name.email or None}


def _plain(dimension: str, name: Name) -> Name:
    """Returns the name of a month without its day, a weekday without its number, and an hour with its offset."""
    if isinstance(name, datetime) and name.tzinfo is not timezone.utc:
        return name.isoformat()
    if isinstance(name, Weekday):
        return name.name
    return f"{name:%Y-%m}" if dimension == "month" and isinstance(name, date) else name


def _without_not_summed(cells: Json) -> Json:
    """Leaves out the cells that have no meaning for several rows together."""
    return {name: value for name, value in cells.items() if value != NOT_SUMMED}


def _key_cells(facts: KeyFacts) -> Json:
    """Returns the cells of a key; without a limit they are null, and `marks` has no_limit."""
    limit = facts.limit
    limits = (limit.limit, limit.remaining, limit.resets) if isinstance(limit, Limit) else (limit,) * 3
    return {
        "keys": facts.keys,
        **usd_cells(facts.spend),
        **dict(zip(("limit_usd", "limit_remaining_usd", "limit_resets"), limits)),
        "expires_at": facts.expires_at,
        "disabled": facts.disabled,
        "marks": list(facts.marks),
        "last_used_at": facts.last_used,
    }
