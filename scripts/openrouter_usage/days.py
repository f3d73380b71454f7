"""UTC days, the weeks and months that they begin, and spans of days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

YEARS = range(2000, 9001)
"""The years of every day and instant that comes from outside: far enough from both ends of Python's dates to reckon."""

FIRST_CLOCK, LAST_CLOCK = datetime(2023, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc)
"""The instants between which a clock may be right: before the first there was no OpenRouter."""

Span = tuple[date, date]
"""Two UTC days and all days between them, both ends included."""


def clock() -> datetime:
    """Returns the time by this machine's clock; the end of Python's dates where it shows a later one."""
    try:
        return datetime.now(timezone.utc)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=timezone.utc)


def bounded(at: datetime) -> datetime:
    """Returns the time that a clock shows, or the nearest one at which a clock may be right."""
    return min(max(at, FIRST_CLOCK), LAST_CLOCK)


def midnight(day: date) -> datetime:
    """Returns the instant at which the UTC day begins."""
    return datetime.combine(day, time(), timezone.utc)


def week_start(day: date) -> date:
    """Returns the Monday of the day's week."""
    return day - day.weekday() * DAY


def month_start(day: date) -> date:
    """Returns the first day of the day's month."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """Returns the last day of the day's month."""
    return month_start(month_start(day) + 32 * DAY) - DAY


def days_before(day: date, number: int) -> Span:
    """Returns the last `number` days before that day."""
    return day - number * DAY, day - DAY


def day_count(span: Span) -> int:
    """Returns the number of days in the span, zero if its end is the day before its beginning."""
    return (span[1] - span[0]).days + 1


def every_day(span: Span) -> tuple[date, ...]:
    """Returns the days of the span in order."""
    return tuple(span[0] + number * DAY for number in range(day_count(span)))


def iso_instant(at: datetime) -> str:
    """Returns a UTC instant in ISO 8601 to the second, ending in Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_utc_here(now: datetime) -> bool:
    """Tells whether the clocks of this machine's time zone, by TZ or /etc/localtime, show UTC at that instant."""
    return not now.astimezone().utcoffset()
