"""UTC days, the weeks and months that they begin, and spans of days."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Tuple

DAY, HOUR = timedelta(days=1), timedelta(hours=1)

Span = Tuple[date, date]
"""Two UTC days and all days between them, both ends included."""


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


def every_day(span: Span) -> Tuple[date, ...]:
    """Returns the days of the span in order."""
    return tuple(span[0] + number * DAY for number in range(day_count(span)))


def iso_instant(at: datetime) -> str:
    """Returns a UTC instant in ISO 8601 to the second, ending in Z."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_utc_here(now: datetime) -> bool:
    """Tells whether the clocks of this machine's time zone, by TZ or /etc/localtime, show UTC at that instant."""
    return not now.astimezone().utcoffset()
