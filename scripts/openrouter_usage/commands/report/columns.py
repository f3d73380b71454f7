"""Makes the columns of a report's table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Callable, Optional

from openrouter_usage.commands.report import picked
from openrouter_usage.commands.report.records import (
    Breakdown,
    DayBalance,
    KeyFacts,
    PeriodDays,
    Query,
    Report,
    ReportRow,
    TodayPart,
)
from openrouter_usage.commands.report.standouts import completed, with_today
from openrouter_usage.dimensions import DIMENSIONS, TIMES
from openrouter_usage.figures.limits import share_used
from openrouter_usage.records import NOT_APPLICABLE, NOT_SUMMED, Limit, Unknown
from openrouter_usage.text import amounts
from openrouter_usage.text.amounts import STAR
from openrouter_usage.text.bars import Bars, full_length
from openrouter_usage.text.table import LAST, Column

MARK_LABELS = {
    "disabled": "disabled",
    "some_disabled": "some disabled",
    "still_spending": "still spending",
    "spent_today": "spent today",
    "spent_this_week": "spent this week",
    "unused": "unused",
    "not_listed": "not listed",
}
RESETS = {"daily": "/day", "weekly": "/week", "monthly": "/mo"}
NEVER = "never"

BAR_OF_DAY, BAR_OF_TIME, BAR_OF_NAME = 12, 14, 99
"""When bars are left out: those of names before any figure, those of times behind the reasoning and cached tokens, and
those of days behind all tokens."""


def columns(report: Report, rows: Sequence[ReportRow], may_drop_picked: bool) -> list[Column]:
    """Returns the columns of the table of these rows.

    Those that are picked are in that order; they are never left out, or from the last on where `may_drop_picked`.
    """
    by = report.query.by
    names = [
        # A time is never shortened.
        Column(
            _heading(one, report.query),
            tuple(row.labels[place] for row in rows),
            "text" if one in TIMES else "name",
            name=one,
        )
        for place, one in enumerate(by)
    ]
    every = [*names, *_period_columns(rows), *_use_columns(rows, report), *_balance_columns(rows)]
    if report.query.is_by_key:
        facts = [row.key for row in rows if row.key]
        every = [*names, *_live_columns(facts, report), *_use_columns(rows, report), *_key_columns(facts, report)]
    if not report.query.picked:
        return every
    by_name = {column.name: column for column in every}
    found = [by_name[one] for one in picked.as_columns(report.query.picked, report.query) if one in by_name]
    return [
        column._replace(drop_order=place if may_drop_picked and column.name not in by else 0)
        for place, column in enumerate(found)
    ]


def bars(report: Report, rows: Sequence[ReportRow], sums: int) -> Optional[Bars]:
    """Returns a bar of spend for each row of one dimension; what is not known has none, nor have the `sums` below.

    Of times, what dwarfs all the others is cut.
    """
    query = report.query
    if len(query.by) > 1 or (query.picked and picked.BAR not in query.picked):
        return None
    is_time = query.by[0] in TIMES
    figure = with_today if isinstance(report.today, Breakdown) else completed
    usd = [*(one if isinstance(one, Decimal) else None for one in map(figure, rows)), *[None] * sums]
    full = full_length(usd, may_cut=is_time)
    if not full:
        return None  # an empty bar would cost room
    order = BAR_OF_DAY if query.by == ("date",) else BAR_OF_TIME if is_time else BAR_OF_NAME
    return Bars(tuple(usd), full, order)


def _heading(dimension: str, query: Query) -> str:
    """Returns the heading of a dimension; that of a time names the zone, unless it is UTC and goes without saying."""
    heading = DIMENSIONS[dimension].heading
    return f"{heading.replace(' (UTC)', '')} ({query.tz})" if query.zone and dimension in TIMES else heading


def _use_columns(rows: Sequence[ReportRow], report: Report) -> list[Column]:
    """Returns the columns that every report has."""
    star = STAR if report.query.is_live else ""

    def column(heading: str, drop_order: int, cell: Callable[[ReportRow], str], name: str = "") -> Column:
        return Column(heading, tuple(map(cell, rows)), drop_order=drop_order, name=name or heading.lower())

    return [
        *_today_columns(rows),
        column(f"Spend{star}", 0, lambda row: amounts.money(row.use.usd), "spend"),
        column("BYOK", -2 if report.query.is_by_key else 6, lambda row: amounts.money(row.use.byok_usd)),
        column("Share", 7, lambda row: amounts.percent(row.share)),
        column("Reqs", 8, lambda row: amounts.exactly(row.use.requests)),
        column("Prompt", 12, lambda row: amounts.roughly(row.use.prompt_tokens)),
        column("Compl", 13, lambda row: amounts.roughly(row.use.completion_tokens)),
        column("Reason", 16, lambda row: amounts.roughly(row.use.reasoning_tokens)),
        column("Cached", 15, lambda row: amounts.roughly(row.use.cached_tokens)),
        column("$/M", 9, lambda row: amounts.money(row.usd_per_million_tokens), "per-million"),
        column("$/req", 10, lambda row: amounts.price(row.usd_per_request), "per-request"),
        column("Hit", 11, lambda row: amounts.percent(row.cached_share)),
    ]


def _today_columns(rows: Sequence[ReportRow]) -> list[Column]:
    """Returns what each row is with today, and today alone, where the rows have that beside the completed days."""
    if not any(row.today for row in rows):
        return []
    today, with_today = zip(*(row.today or TodayPart(NOT_SUMMED, NOT_SUMMED) for row in rows))
    return [
        Column(f"With today{STAR}", tuple(map(amounts.money, with_today)), drop_order=LAST, name="with-today"),
        Column(f"Today{STAR}", tuple(map(amounts.money, today)), drop_order=-1, name="today"),
    ]


def _period_columns(rows: Sequence[ReportRow]) -> list[Column]:
    """Returns the number of days of each row and their mean, if the rows are of periods."""
    found = [row.period or PeriodDays(NOT_SUMMED, NOT_SUMMED) for row in rows]
    if not any(row.period for row in rows):
        return []
    days = Column("Days", tuple(amounts.exactly(one.days) for one in found), drop_order=5, name="days")
    means = tuple(amounts.money(one.usd_per_day if one.days else NOT_SUMMED) for one in found)
    return [days, Column("$/day", means, drop_order=-1, name="per-day")]


def _balance_columns(rows: Sequence[ReportRow]) -> list[Column]:
    """Returns what was left on each day, and what was bought; no columns if the balance was never read."""
    days = [row.balance if isinstance(row.balance, DayBalance) else None for row in rows]
    if not any(days):
        return []
    left = [f"{amounts.money(day.remaining)} {day.at:%H:%M}" if day else "" for day in days]
    bought = [amounts.money(day.top_up) if day else "" for day in days]
    return [
        Column("Balance", tuple(left), drop_order=2, name="balance"),
        Column("Top-up", tuple(bought), drop_order=1, name="top-up"),
    ]


def _live_columns(facts: Sequence[KeyFacts], report: Report) -> list[Column]:
    """Returns the counters of the key list, which include today; a star marks those that have no completed day."""
    return [
        Column(
            window.capitalize() + STAR * (window in report.live),
            tuple(amounts.money(getattr(one.spend, window)) for one in facts),
            drop_order=drop_order,
            name=window,
        )
        for window, drop_order in (("today", -1), ("week", 6), ("month", 5))
        if not (window == "today" and report.query.has_today_columns)
    ]


def _key_columns(facts: Sequence[KeyFacts], report: Report) -> list[Column]:
    return [
        Column("Limit", tuple(map(_limit, facts)), drop_order=1, name="limit"),
        Column("Left", tuple(map(_left, facts)), drop_order=4, name="left"),
        Column("Last used", tuple(map(_last_used, facts)), drop_order=3, name="last-used"),
        Column("Marks", tuple(marks(one, report) for one in facts), "text", drop_order=2, name="marks"),
    ]


# Cells


def unknown_cells(row: ReportRow) -> Iterator[Unknown]:
    """Yields what is not known of the cells of a row, if there is something to know."""
    cells: list[object] = [*row.use, row.share, row.usd_per_million_tokens, row.usd_per_request, row.cached_share]
    cells += row.today or ()
    if isinstance(row.balance, DayBalance):
        cells += [row.balance.remaining, row.balance.top_up]
    if row.key:
        cells += [*row.key.spend, row.key.limit, row.key.expires_at, row.key.disabled, row.key.last_used]
        cells += row.key.limit if isinstance(row.key.limit, Limit) else []
    yield from (cell for cell in cells if isinstance(cell, Unknown) and cell not in NOT_APPLICABLE)


def _limit(facts: KeyFacts) -> str:
    """Returns a limit such as $50/week, in whole dollars without cents."""
    if facts.limit is None:
        return "none"
    if isinstance(facts.limit, Unknown):
        return amounts.unknown_mark(facts.limit)
    resets = RESETS.get(facts.limit.resets, "") if isinstance(facts.limit.resets, str) else ""
    return re.sub(r"\.00$", "", amounts.money(facts.limit.limit)) + resets


def _left(facts: KeyFacts) -> str:
    if facts.limit is None:
        return "–"
    return amounts.money(facts.limit if isinstance(facts.limit, Unknown) else facts.limit.remaining)


def _last_used(facts: KeyFacts) -> str:
    """Returns the UTC day of the last use, as far back as OpenRouter tells it."""
    if isinstance(facts.last_used, Unknown):
        return amounts.unknown_mark(facts.last_used)
    return f"{facts.last_used:%Y-%m-%d}" if facts.last_used else NEVER


def marks(facts: KeyFacts, report: Report) -> str:
    """Returns when the key expires, and what is unusual about it; the column of the limit says that it has none."""
    found = [MARK_LABELS[mark] for mark in facts.marks if mark in MARK_LABELS]
    if isinstance(facts.expires_at, datetime):
        days = (facts.expires_at.date() - report.now.date()).days
        soon = "today" if days == 0 else f"in {days}d"
        when = soon if "expires_soon" in facts.marks else f"{facts.expires_at:%Y-%m-%d}"
        found.insert(0, f"{'expired' if 'expired' in facts.marks else 'expires'} {when}")
    share = share_used(facts.limit) if isinstance(facts.limit, Limit) else None
    if share is not None and "near_limit" in facts.marks:
        found.append(f"{amounts.percent(share)} of its limit")
    return ", ".join(found)
