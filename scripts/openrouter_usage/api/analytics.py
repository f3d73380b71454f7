"""Bodies of questions to `/analytics/query`, where OpenRouter's own cluster does the grouping, and their answers."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Callable, Optional

from openrouter_usage.api import fields, times
from openrouter_usage.api.fields import Fields
from openrouter_usage.days import DAY, HOUR, day_count, iso_instant, midnight
from openrouter_usage.dimensions import CHATROOM, CHATROOM_IDS, DIMENSIONS, TIMES
from openrouter_usage.errors import BadAnswer
from openrouter_usage.rare_records import ByokFees, HourlySpend, UsageFilter
from openrouter_usage.records import (
    AccountDays,
    Amount,
    Count,
    DaySpend,
    Name,
    Person,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
    total,
)
from openrouter_usage.sanitize import clean

MOST_ROWS = 10_000
"""The highest `limit` it takes; without one it answers 1000 rows."""

MONEY = ("credits_usage", "byok_usage")
COUNTS = ("request_count", "tokens_prompt", "tokens_completion", "reasoning_tokens", "cached_tokens")
"""The metrics behind the fields of Use, in their order. `total_usage` is left alone: it adds BYOK to the credits."""

FEES = "byok_fees"
"""A metric that reaches back 31 days only, so that it is a question of its own."""


# Questions


def days_question(start: datetime, end: datetime) -> dict[str, Any]:
    """The account's spend and requests by UTC day."""
    time_range = {"start": iso_instant(start), "end": iso_instant(end)}
    return {"metrics": [*MONEY, COUNTS[0]], "granularity": "day", "time_range": time_range}


def hours_question(first: date, last: date) -> dict[str, Any]:
    """The account's credits by hour on completed UTC days, both included."""
    asked = days_question(midnight(first), midnight(last + DAY))
    return {**asked, "metrics": [MONEY[0]], "granularity": "hour", "limit": MOST_ROWS}


def fees_question(start: datetime, end: datetime) -> dict[str, Any]:
    """The fees for BYOK by UTC day."""
    return {**days_question(start, end), "metrics": [FEES]}


def usage_question(
    dimensions: tuple[str, ...],
    first: date,
    last: date,
    until: Optional[datetime] = None,
    filters: tuple[UsageFilter, ...] = (),
) -> dict[str, Any]:
    """The use by these dimensions from `first` to `last`, both UTC days included; of the last one only `until` then.

    Whether OpenRouter counts the end of a range in is not documented. With a time among the
    dimensions the range ends with the next midnight, and whoever reads the rows drops those of
    another day; without one it ends a second before.
    """
    granularity = next((DIMENSIONS[one].granularity for one in dimensions if one in TIMES), None)
    end = until or midnight(last + DAY) - timedelta(seconds=0 if granularity else 1)
    return {
        "metrics": [*MONEY, *COUNTS],
        "dimensions": [DIMENSIONS[one].column for one in dimensions if one not in TIMES],
        # OpenRouter refuses times without seconds and Z
        "time_range": {"start": iso_instant(midnight(first)), "end": iso_instant(end)},
        "limit": MOST_ROWS,
        # Of single calls there may be more: the dearest come first
        **({"order_by": {"field": MONEY[0], "direction": "desc"}} if "generation" in dimensions else {}),
        **({"granularity": granularity} if granularity else {}),
        **({"filters": [_filter(one) for one in filters]} if filters else {}),
    }


def _filter(asked: UsageFilter) -> dict[str, Any]:
    one, several = {"operator": "eq", "value": asked.values[0]}, {"operator": "in", "value": list(asked.values)}
    return {"field": DIMENSIONS[asked.dimension].column, **(one if len(asked.values) == 1 else several)}


# Answers


def account_days(data: Any) -> AccountDays:
    """The account's spend by UTC day. Raises BadAnswer for a partial answer."""
    rows, cached_at = _all_rows(data)
    return AccountDays(tuple(_day_spend(row) for row in rows), cached_at)


def _all_rows(data: Any) -> tuple[list[Fields], Optional[datetime]]:
    """The rows, and the time of the answer if it is an older one. Raises BadAnswer if rows were left out of it."""
    answer = fields.record(data)
    rows = fields.rows(answer.get("data"))
    if _is_partial(answer, len(rows)):
        raise BadAnswer("OpenRouter's answer is partial (truncated)")
    return rows, times.epoch(answer.get("cachedAt"))


def _is_partial(answer: Fields, rows: int) -> bool:
    """Tells whether rows were left out: as OpenRouter says, or as their number tells where it says nothing."""
    metadata = answer.get("metadata")
    truncated = metadata.get("truncated") if isinstance(metadata, dict) else None
    return rows >= MOST_ROWS if truncated is None else truncated is not False


def _day_spend(row: Fields) -> DaySpend:
    """Parses a row. Raises BadAnswer for a day without a number."""
    usd, byok = _amounts(row)
    told = any(row.get(name) is not None for name in MONEY)
    if not told or isinstance(usd, Unknown) or isinstance(byok, Unknown):
        raise BadAnswer("OpenRouter's answer holds a day without a number")
    return DaySpend(fields.day(row.get(_time_column(row))), usd, byok, _count(row, COUNTS[0]))


def hourly_spend(data: Any, first: date, last: date) -> HourlySpend:
    """The credits of every hour from `first` to `last`, zero without a row. Raises BadAnswer for a partial answer."""
    rows, cached_at = _all_rows(data)
    start, amounts = midnight(first), [Decimal(0)] * (24 * day_count((first, last)))
    for row in rows:
        usd, place = _amount(row, MONEY[0]), (_hour(row.get(_time_column(row))) - start) // HOUR
        if isinstance(usd, Unknown):
            raise BadAnswer("OpenRouter's answer holds an hour without a number")
        if 0 <= place < len(amounts):
            amounts[place] += usd
    return HourlySpend(first, tuple(amounts), cached_at)


def byok_fees(data: Any) -> ByokFees:
    """The fees for BYOK of all days. An answer without any row tells nothing: it is asked of days with BYOK."""
    rows, cached_at = _all_rows(data)
    amounts = (Decimal(0) if _is_null(row, FEES) else fields.amount(row, FEES) for row in rows)
    usd = total(amounts, Decimal(0)) if rows else fields.not_told(FEES)
    return ByokFees(usd, cached_at)


def usage_table(data: Any, dimensions: tuple[str, ...]) -> UsageTable:
    """The rows of an answer, named by these dimensions in their order. Raises BadAnswer where one has no such name."""
    answer = fields.record(data)
    rows = fields.rows(answer.get("data"))
    readers = [_reader(dimension, rows) for dimension in dimensions]
    told = answer.get("warnings")
    warnings = told if isinstance(told, list) else []
    return UsageTable(
        dimensions,
        tuple(UsageRow(tuple(read(row) for read in readers), _use(row)) for row in rows),
        _is_partial(answer, len(rows)),
        tuple(clean(one) for one in warnings if isinstance(one, str)),
        times.epoch(answer.get("cachedAt")),
    )


def _reader(dimension: str, rows: list[Fields]) -> Callable[[Fields], Name]:
    """A function that reads the name of a row in one dimension."""
    if dimension not in TIMES:
        read = _person if DIMENSIONS[dimension].email_column else _name
        return lambda row: read(row, dimension)
    column = _time_column(rows[0]) if rows else ""
    if dimension == "hour":
        return lambda row: _hour(row.get(column))
    return lambda row: fields.day(row.get(column))


def _time_column(row: Fields) -> str:
    """The name of the time column: `date__day` (`date__hour`, ...) or `created_at__day`."""
    return next((name for name in row if name.startswith(("date", "created_at"))), "")


def _name(row: Fields, dimension: str) -> str:
    column = DIMENSIONS[dimension].column
    if column not in row:
        raise BadAnswer(f"OpenRouter's answer holds a row without {column}")
    value = row[column]
    if dimension == "key" and value in CHATROOM_IDS:
        return CHATROOM
    if dimension == "key" and isinstance(value, str):
        return fields.key_name(row, column)
    told = clean(f"id {value}") if isinstance(value, int) else fields.text(row, column)
    return told or DIMENSIONS[dimension].nameless


def _person(row: Fields, dimension: str) -> Person:
    """The user of a row: nobody only where neither a name nor an email is told."""
    name, email = _name(row, dimension), fields.text(row, DIMENSIONS[dimension].email_column)
    return Person("" if email and name == DIMENSIONS[dimension].nameless else name, email)


def _hour(value: Any) -> datetime:
    moment = times.instant(value)
    if moment is None:
        raise BadAnswer("OpenRouter's answer holds a row without an hour")
    return moment.replace(minute=0, second=0)


def _use(row: Fields) -> Use:
    usd, byok = _amounts(row)
    return Use(usd, byok, *(_count(row, name) for name in COUNTS))


def _count(row: Fields, name: str) -> Count:
    return 0 if _is_null(row, name) else fields.count(row, name)


def _amounts(row: Fields) -> tuple[Amount, Amount]:
    usd, byok = (_amount(row, name) for name in MONEY)
    return usd, byok


def _amount(row: Fields, name: str) -> Amount:
    return Decimal(0) if _is_null(row, name) else fields.amount(row, name)


def _is_null(row: Fields, name: str) -> bool:
    """Tells whether a metric is null: nothing was used. One that is missing is not known."""
    return name in row and row[name] is None
