"""Times in OpenRouter's answers: each becomes a UTC day or instant here alone, within bounds, or is none.

The bounds leave room for all arithmetic that follows: none of it can pass the dates that Python has.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Optional

from openrouter_usage.days import FIRST_CLOCK, LAST_CLOCK, YEARS

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T]|$)", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?$", re.ASCII)


def day(value: Any) -> Optional[date]:
    """A UTC day: live rows say "2026-08-31 00:00:00", the docs "2026-08-31", analytics an ISO instant."""
    match = _DAY.match(value) if isinstance(value, str) else None
    try:
        told = date.fromisoformat(match.group(1) if match else "")
    except ValueError:
        return None
    return told if told.year in YEARS else None


def instant(value: Any) -> Optional[datetime]:
    """An instant in ISO 8601, in UTC where it names no zone. The second 60 of a leap second counts as the 59th."""
    match = _INSTANT.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    date_part, time, zone = match.groups()
    time = time[:6] + "59" if time[6:] == "60" else time
    try:
        return _bounded(datetime.fromisoformat(f"{date_part}T{time}{zone if zone and zone != 'Z' else '+00:00'}"))
    except ValueError:
        return None


def epoch(value: Any) -> Optional[datetime]:
    """An instant in epoch milliseconds (seconds, where the number is that small)."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    try:
        seconds = float(value) / 1000 if value > 10**11 else float(value)
        return _bounded(datetime.fromtimestamp(seconds, timezone.utc))
    except (ValueError, OverflowError, OSError, ArithmeticError):
        return None


def of_header(text: str) -> Optional[datetime]:
    """The instant that an HTTP header such as `Date` names; None where it names none, or no zone."""
    from email.utils import parsedate_to_datetime  # costly, and loaded already by whoever has a header

    try:
        told = parsedate_to_datetime(re.sub(r":60\b", ":59", text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _bounded(told) if told.tzinfo else None


def server_clock(text: str) -> Optional[datetime]:
    """The time of the server by its `Date` header; None where no clock that is right can show it."""
    told = of_header(text)
    return told if told and FIRST_CLOCK <= told < LAST_CLOCK else None


def _bounded(at: datetime) -> Optional[datetime]:
    """The instant in UTC; None in any other year than those that are reckoned with."""
    return at.astimezone(timezone.utc) if at.year in YEARS else None
