"""Renders a report as a table that fits the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Union

from openrouter_usage.commands.report import filters, legend, shown
from openrouter_usage.commands.report.columns import bars, columns, marks
from openrouter_usage.commands.report.records import ROWS, Breakdown, Query, Report, ReportRow
from openrouter_usage.commands.report.standouts import completed, with_today
from openrouter_usage.commands.report.words import NO_MATCH, days
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.records import Balance, Unknown
from openrouter_usage.session.output import columns as terminal_width
from openrouter_usage.session.output import terminal_columns
from openrouter_usage.text import amounts
from openrouter_usage.text.amounts import STAR, dollars
from openrouter_usage.text.bars import CUT
from openrouter_usage.text.dates import in_brackets, instant
from openrouter_usage.text.runway import ALL_KEYS
from openrouter_usage.text.style import ANSWER, DEMO, FOOTNOTE, HEADING, WARNING, Line, Page, page
from openrouter_usage.text.table import least_width, ruled

MOST_NAMED = 3
"""How many keys a line names before it counts the others."""

URGENT = frozenset(("still_spending", "spent_today", "spent_this_week", "near_limit"))
"""The marks of keys that are named above the table."""


def render(report: Report) -> Page:
    """Returns the report, with a table that fits the terminal; in a pipe it is as wide as its least columns need."""
    terminal, table = terminal_columns(), shown.table(report)
    drawn = bars(report, [row for row, _ in table.groups], len(table.rests) + len(table.sums))
    every = columns(report, table.rows, may_drop_picked=terminal is not None)
    width = terminal or max(terminal_width(), least_width(every))
    lines, left_out = ruled(every, width, len(table.sums), drawn, table.roles)
    footnotes = legend.sources(report)
    if shown.has_rows(report):
        cut = drawn if drawn and drawn.cuts and any(CUT in line for line in lines) else None
        headings = [column.name for column in every if column not in left_out]
        footnotes = chain(legend.explained(report, headings), legend.fitting(left_out, width, cut), footnotes)
    else:
        lines = [Line(_why_empty(report), ANSWER)]
    foot = [*(Line(line, FOOTNOTE) for line in footnotes), *legend.notes(report, table.rows)]
    return page(_head(report), lines, foot)


def _why_empty(report: Report) -> str:
    """Returns what stands in the place of a table without rows."""
    unmatched = next((note.message for note in report.notes if note.code == NO_MATCH), "")
    return f"Nothing to show: {unmatched}." if unmatched else "No rows."


def _head(report: Report) -> list[str]:
    query = report.query
    marks = [
        report.profile,
        "" if query.key else ALL_KEYS,
        *map(filters.title, query.filters),
        f"days of {query.tz}" if query.zone else "",
        DEMO if report.demo else "",
    ]
    week = list(_week_parts(report.completed))
    title = f"💰 OpenRouter Report by {' and '.join(query.by)}{in_brackets(marks)}"
    credits = [] if report.credits is None else [_credits(report.credits, report)]
    answer = (Line(line, ANSWER) for line in days(report))
    return [Line(title, HEADING), *answer, *_begin(report.query), *week, *credits, *_outright(report)]


def _begin(query: Query) -> Iterator[str]:
    """Yields a line where the days of the zone do not begin at midnight."""
    begin = query.zone.local(query.zone.start(query.first)) if query.zone else None
    if begin and begin.minute:
        yield f"A day begins at {begin:%H:%M} there: OpenRouter tells whole UTC hours"


def _outright(report: Report) -> Iterator[str]:
    """Yields what would have to be looked for in the table: its dearest rows, and the least cached one."""
    yield from _keys_of_note(report)
    yield from _dearest(report)
    found, star = report.completed.standouts, STAR * report.query.is_live
    if found and found.per_request and found.per_million:
        request, million = (row.labels[0] for row in (found.per_request, found.per_million))
        prices = (
            f"{amounts.price(found.per_request.usd_per_request)}{star} a request",
            f"{amounts.price(found.per_million.usd_per_million_tokens)}{star} a million tokens",
        )
        if request == million:
            yield f"Dearest model above $1, per request and per token: {request} ({', '.join(prices)})"
        else:
            yield f"Dearest models above $1: {request} ({prices[0]}), {million} ({prices[1]})"
    if found and found.least_cached and isinstance(report.completed.total.cached_share, Decimal):
        in_all, least = (
            amounts.percent(row.cached_share) + star for row in (report.completed.total, found.least_cached)
        )
        named = f"least of the big models: {found.least_cached.labels[0]}, {least}"
        alike = "none at all" if in_all == f"0%{star}" else "no big model is below that"
        yield f"From cache: {in_all} of all prompt tokens; {alike if in_all == least else named}"


def _keys_of_note(report: Report) -> Iterator[str]:
    """Yields which keys have no limit, were not used, or are expired, and those that spend on, or are near a limit."""
    rows = report.completed.keys
    is_listed = any(row.key and "not_listed" not in row.key.marks for row in rows)
    if not (report.query.is_by_key and is_listed) or any(row.key and isinstance(row.key.keys, Unknown) for row in rows):
        return
    told = {
        heading: [row.labels[0] for row in rows if row.key and mark in row.key.marks]
        for mark, heading in (("no_limit", "No limit"), ("unused", "unused"), ("expired", "expired"))
        if mark != "unused" or not report.query.filters
    }
    if not report.query.key:
        yield "; ".join(f"{heading}: {_first_names(names)}" for heading, names in told.items())
    urgent = [
        f"{row.labels[0]} ({marks(row.key, report)})" for row in rows if row.key and URGENT & frozenset(row.key.marks)
    ]
    if urgent:
        yield Line(f"Look at: {_first_names(urgent)}", WARNING)


def _first_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more if names else "none"


def _dearest(report: Report) -> Iterator[str]:
    """Yields the dearest time or name, and what was dearest in that time; today's hours and days among the others."""
    query = report.query
    today = report.today if query.today == ROWS and isinstance(report.today, Breakdown) else None
    told = [report.completed, *([today] if today and not query.has_today_columns else [])]
    found = [(with_today(one.dearest[0]), one.dearest, one) for one in told if one.dearest]
    if not found or any(one.dearest is None for one in told) or sum(map(_number, told)) < 2:
        return
    _, (top, *within), told_by = max(found, key=lambda one: one[0] if isinstance(one[0], Decimal) else Decimal(0))
    star = STAR * (query.is_live or bool(today and (told_by is today or _is_used_today(top))))
    figure = with_today if today else completed
    mostly = "".join(f", above all {row.labels[1]} ({dollars(figure(row))}{star})" for row in within)
    name = f"{top.labels[0]} {query.tz}" if query.by[0] == "hour" else top.labels[0]
    yield f"Dearest {DIMENSIONS[query.by[0]].noun}: {name} at {dollars(figure(top))}{star}{mostly}"


def _is_used_today(row: ReportRow) -> bool:
    """Tells whether today's use is in the row's figure with today, or may be."""
    return row.today is not None and row.today.usd != 0


def _number(breakdown: Breakdown) -> int:
    """Returns the number of rows, shown or not, that are compared with each other."""
    hidden = 1 if breakdown.rest else 0
    return len(breakdown.subtotals or breakdown.rows) + hidden


def _week_parts(breakdown: Breakdown) -> Iterator[str]:
    """Yields the line that sets weekdays against weekends, and which days make these means high."""
    if breakdown.week_parts is None or all(isinstance(usd, Unknown) for usd in breakdown.week_parts):
        return
    means = (usd.reason if isinstance(usd, Unknown) else f"{dollars(usd)} a day" for usd in breakdown.week_parts)
    yield "Weekdays {}, weekends {}".format(*means)
    dearest = sorted(breakdown.odd_days, key=lambda one: -one[1])
    if dearest:
        named = _first_names([f"{day} stood out with {dollars(usd)}" for day, usd in dearest])
        yield f"{named} and {'is' if len(dearest) == 1 else 'are'} in it"


def _credits(credits: Union[Balance, Unknown], report: Report) -> str:
    if isinstance(credits, Unknown) and credits.code == BY_PURCHASES.code:
        return f"Account credits: {credits.reason}"
    if isinstance(credits, Unknown):
        return f"Account credits: unknown ({credits.reason})"
    account = "Account, all keys" if report.query.filters else "Account"
    bought, used, left = (dollars(amount) for amount in (credits.purchased, credits.used, credits.remaining))
    as_of = f" (as of {instant(report.credits_as_of.at)})" if report.credits_as_of.is_old else ""
    return f"{account}: {used} spent since it was opened, of {bought} purchased; {left} left{as_of}"
