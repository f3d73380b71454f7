"""Writes what stands below the table of a report: what its headings mean, what did not fit, its sources, its notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Optional

from openrouter_usage.commands.report import shown
from openrouter_usage.commands.report.columns import unknown_cells
from openrouter_usage.commands.report.records import Breakdown, DayBalance, Report, ReportRow
from openrouter_usage.commands.report.words import NO_MATCH, source
from openrouter_usage.dimensions import PATHS
from openrouter_usage.records import Unknown, total
from openrouter_usage.text import amounts
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.bars import CUT, Bars
from openrouter_usage.text.dates import written
from openrouter_usage.text.evidence import source_line
from openrouter_usage.text.table import Column

MOST_NAMED = 4
"""The most columns for which there was no room that are named."""


def explained(report: Report, headings: Sequence[str]) -> Iterator[str]:
    """Yields what the rows and the columns of these names mean."""
    today = shown.with_rows_of_today(report)
    if report.completed.rest or (today and today.rest):
        yield 'Rows that are summed up as "more" are all shown by --top 0.'
    yield from _live(report, headings)
    byok = f" ({amounts.money(report.completed.total.use.byok_usd)} in all)" if "byok" not in headings else ""
    zone = "those of " if report.query.zone else ""
    share = "" if "share" not in headings else "; Share is of the Total's Spend"
    yield f"Spend is credits, BYOK apart{byok}{share}. Days are {zone}{report.query.tz}."
    tokens = [name for name in ("Prompt", "Compl", "Reason", "Cached") if name.lower() in headings]
    if tokens:
        hit = "" if "hit" not in headings else " Hit: the part of the prompt read from cache."
        yield f"{', '.join(tokens)}: tokens.{hit}"
    if any(isinstance(row.balance, DayBalance) for row in report.completed.rows) and "balance" in headings:
        yield "Balance: the day's last reading, at that time (UTC); Top-up: bought since the reading before."
    if "per-million" in headings:
        without = _spend_without_tokens(report.completed.total)
        of_requests = "" if "per-request" not in headings else "; $/req: per request"
        yield f"$/M: credits + BYOK per million prompt + completion tokens{without}{of_requests}."


def _live(report: Report, headings: Sequence[str]) -> Iterator[str]:
    """Yields what the stars mean, and the counters of keys."""
    if isinstance(report.today, Breakdown):
        by = f"by {PATHS['analytics']} as of {report.today.as_of:%H:%M} UTC"
        without = "all else is of the completed days" if report.query.has_today_columns else "Total is without it"
        yield f"* live: today so far, {by}; {without}."
    elif report.query.is_live:
        yield f"* live: the {report.query.tz} day is not over."
    if report.query.is_by_key and {"today", "week", "month"} & {*headings}:
        counters = ("week", "month") if report.query.has_today_columns else ("today", "week", "month")
        windows = [window.capitalize() for window in counters if window in headings]
        utc = "counters of UTC days" if report.query.zone else "counters"
        fits = " and of what fits alone" if report.query.filters else ""
        if windows:
            yield f"{', '.join(windows)}: each key's live {utc} (* nothing but today is in it yet)."
        yield f'Spend, BYOK and "unused" are of the days above{fits}.'


def _spend_without_tokens(row: ReportRow) -> str:
    """Returns, for example, ", without $8.00 of what has none"; nothing where all known spend has tokens."""
    of_all, with_tokens = (total((use.usd, use.byok_usd), Decimal(0)) for use in (row.use, row.with_tokens))
    if isinstance(of_all, Unknown) or isinstance(with_tokens, Unknown) or of_all == with_tokens:
        return ""
    return f", without {dollars(of_all - with_tokens)} of what has none"


def fitting(left_out: Sequence[Column], width: int, cut: Optional[Bars]) -> Iterator[str]:
    """Yields what bars are cut at, if they are, and for which columns there was no room: of many, the last to go."""
    if cut:
        yield f"{CUT} is cut: a full bar is {dollars(cut.full)}."
    if left_out:
        names = ", ".join(column.name for column in left_out)
        if len(left_out) > MOST_NAMED:
            last = [column.name for column in left_out[-MOST_NAMED + 1 :]]
            names = f"{', '.join(reversed(last))} and {len(left_out) - len(last)} more"
        shown_by = f"--columns shows {'it' if len(left_out) == 1 else 'them'}"
        yield f"Left out at {width} columns: {names} ({shown_by}, --csv all)"


def sources(report: Report) -> Iterator[str]:
    """Yields where the figures are from."""
    yield source_line(source(report), report.key_name, report.completed.as_of)
    if report.cached_days:
        yield f"From memory, for /activity tells them no more: {written(report.cached_days)}"
    if report.older_days:
        yield f"By {PATHS['analytics']}, for /activity tells them no more: {written(report.older_days)}"


def notes(report: Report, rows: Sequence[ReportRow]) -> Iterator[str]:
    """Yields why a figure is unknown, and the notes; where nothing is shown, the one that says why is there already."""
    is_shown = shown.has_rows(report)
    reasons = dict.fromkeys(unknown.reason for row in rows for unknown in unknown_cells(row))
    if reasons and is_shown:
        yield f"Note: ? is unknown: {'; '.join(reasons)}"
    if isinstance(report.today, Unknown) and report.today.reason not in reasons:
        yield f"Note: today is unknown: {report.today.reason}"
    yield from (f"Note: {note.message}" for note in report.notes if is_shown or note.code != NO_MATCH)
