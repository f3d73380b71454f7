"""Finds time zones, and tells when their days begin, in whole UTC hours: OpenRouter tells no smaller ones of days."""

import os
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple, Optional

from openrouter_usage.days import DAY, HOUR, Span, midnight
from openrouter_usage.errors import BadUsage
from openrouter_usage.matching import nearest
from openrouter_usage.sanitize import clean

LOCAL = "local"
"""What stands for the zone of this machine."""

LOCALTIME, FOLDER = "/etc/localtime", "/zoneinfo/"
"""Where a machine keeps its zone, and the folder in whose path the name of the zone follows."""

UTC_NAMES = ("", "UTC", "Etc/UTC", "UCT", "Etc/UCT", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal")

LONGEST_SHORT_NAME = 6
"""The letters of the longest short name of a zone that is printed: a zone's rule in TZ may give it any name."""


class Zone(NamedTuple):
    """A time zone by its name; without `info` that of the machine's clocks.

    Its days begin with their first whole UTC hour, and have 23 or 25 hours where the clocks change.
    """

    name: str
    info: Optional[tzinfo]

    def local(self, at: datetime) -> datetime:
        """Returns the instant by the clocks of the zone, as an instant that compares by its time in UTC."""
        there = at.astimezone(self.info)
        return there.replace(tzinfo=timezone(there.utcoffset() or timedelta()))

    def day_of(self, at: datetime) -> date:
        """Returns the day of the zone to which the whole UTC hour of an instant belongs."""
        return self.local(at.replace(minute=0, second=0, microsecond=0)).date()

    def start(self, day: date) -> datetime:
        """Returns the first whole UTC hour of a day of the zone."""
        # Where the clocks skip midnight, `astimezone` of the machine's own would take the offset after it.
        begin = datetime.fromtimestamp(datetime.combine(day, time(), self.info).timestamp(), timezone.utc)
        whole = begin.replace(minute=0, second=0, microsecond=0)
        return whole if whole == begin else whole + HOUR

    def utc_days(self, span: Span) -> Span:
        """Returns the UTC days that hold all hours of these days of the zone."""
        return self.start(span[0]).date(), (self.start(span[1] + DAY) - HOUR).date()


class LocalDay(NamedTuple):
    """The current day of this machine's zone, from its first whole UTC hour on, which is `start`.

    `clock` is what the clocks of the zone showed at that hour, such as "00:00". `zone` is its short name, such as
    "PST", or, where it has none, its distance from UTC.
    """

    start: datetime
    clock: str
    zone: str


def local_day(now: datetime) -> Optional[LocalDay]:
    """Returns the day by TZ or /etc/localtime; None where it is the UTC day, or its first whole hour has not begun."""
    start = Zone(LOCAL, None).start(now.astimezone().date())
    if start == midnight(now.date()) or start > now:
        return None
    there = start.astimezone()
    name, distance = there.tzname() or "", f"{there:%z}"
    has_name = 2 <= len(name) <= LONGEST_SHORT_NAME and name.isascii() and name.isalpha()
    return LocalDay(start, f"{there:%H:%M}", name if has_name else f"UTC{distance[:3]}:{distance[3:5]}")


def find(name: str, environ: Mapping[str, str]) -> Optional[Zone]:
    """Returns the zone of that IANA name, or of this machine for "local"; None for UTC. Raises BadUsage."""
    return _of_machine(environ) if name.lower() == LOCAL else _named(name)


def _named(name: str) -> Optional[Zone]:
    from zoneinfo import ZoneInfo, available_timezones  # rarely of use

    if name in UTC_NAMES:
        return None
    try:
        return Zone(name, ZoneInfo(name))
    except (KeyError, ValueError, OSError):  # not found; no name of a file; a folder
        known = available_timezones()
    if not known:
        raise BadUsage("this Python has no time zones", "install the package `tzdata`, or leave out --tz")
    same = [one for one in known if name.lower() in (one.lower(), one.lower().rsplit("/", 1)[-1])]
    likely = sorted(same, key=len)[:1] or nearest(name, known)
    question = f"; is it {' or '.join(likely)}?" if likely else ""
    raise BadUsage(f"no time zone is called {clean(name)}{question}", "name one such as Europe/Berlin, or `local`")


def _of_machine(environ: Mapping[str, str]) -> Optional[Zone]:
    """Returns the zone that TZ names, or else /etc/localtime; where they have no name, that of the machine's clocks."""
    told = environ.get("TZ", LOCALTIME).lstrip(":")
    if told.startswith("/"):
        path = os.path.realpath(told)
        return _named(path.rsplit(FOLDER, 1)[1]) if FOLDER in path else Zone(LOCAL, None)
    try:
        return _named(told)
    except BadUsage:
        if any(letter.isdigit() for letter in told):  # no name but a rule, such as CET-1CEST
            return Zone(LOCAL, None)
        raise
