"""Tells when the current day of this machine's time zone began, in the whole UTC hours that OpenRouter tells."""

import re
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Optional

from openrouter_usage.days import midnight


class LocalDay(NamedTuple):
    """The current day of a time zone, from its first whole UTC hour on.

    `clock` is what the clocks of the zone showed at that hour, such as "00:00"; `zone` is its name, such as "PST".
    """

    start: datetime
    clock: str
    zone: str


def of_machine(now: datetime) -> Optional[LocalDay]:
    """Returns the day by TZ or /etc/localtime; None where it is the UTC day, or its first whole hour has not begun."""
    local = now.astimezone()
    begin = datetime(local.year, local.month, local.day).astimezone(timezone.utc)  # a time without a zone is local
    start = begin.replace(minute=0, second=0, microsecond=0)
    if start < begin:
        start += timedelta(hours=1)
    if start == midnight(now.date()) or start > now:
        return None
    there = start.astimezone()
    return LocalDay(start, f"{there:%H:%M}", _name(there))


def _name(there: datetime) -> str:
    """Returns the short name of the zone, or, where it has none, its distance from UTC."""
    name = there.tzname() or ""
    if re.fullmatch(r"[A-Za-z]{2,6}", name, re.ASCII):
        return name
    distance = f"{there:%z}"
    return f"UTC{distance[:3]}:{distance[3:5]}"
