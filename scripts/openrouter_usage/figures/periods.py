"""Puts days together into weeks, which begin on Monday, months, and days of the week."""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Optional

from openrouter_usage.days import month_start, week_start
from openrouter_usage.dimensions import PERIODS
from openrouter_usage.figures.groups import Names, add_up
from openrouter_usage.records import Amount, Name, Unknown, Use, Weekday, total

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKEND = (6, 7)
"""The ISO numbers of Saturday and Sunday."""

NO_SUCH_DAY = Unknown("unknown (no such day is in it)", "no_such_day")


def of_day(dimension: str, day: Name) -> Name:
    """Returns the name of the period to which a day, or an hour, belongs; in every other dimension the name itself."""
    if isinstance(day, datetime) and dimension != "hour":
        day = day.date()
    if dimension not in PERIODS or not isinstance(day, date):
        return day
    if dimension == "weekday":
        return Weekday(day.isoweekday(), WEEKDAYS[day.weekday()])
    return week_start(day) if dimension == "week" else month_start(day)


def folded(uses: Mapping[Names, Use], by: Sequence[str]) -> dict[Names, Use]:
    """Returns the use by these dimensions of what is told by day; a use of which nothing is known adds nothing."""
    parts: dict[Names, list[Use]] = {}
    for names, use in uses.items():
        parts.setdefault(tuple(of_day(one, name) for one, name in zip(by, names)), []).append(use)
    return {names: summed(of_period) for names, of_period in parts.items()}


def summed(uses: Sequence[Use]) -> Use:
    """Returns the sum of the known uses; the first one if there are only unknown ones."""
    if len(uses) == 1:
        return uses[0]
    known = [use for use in uses if not is_unknown(use)]
    return uses[0] if uses and not known else add_up(known)


def is_unknown(use: Use) -> bool:
    """Tells whether nothing is known of a use."""
    return all(isinstance(figure, Unknown) for figure in use)


def counted(dimension: str, days: Iterable[date]) -> dict[Name, int]:
    """Returns how many of the days belong to each period, nothing for a dimension that is no period."""
    return dict(Counter(of_day(dimension, day) for day in days)) if dimension in PERIODS else {}


def label(dimension: str, name: Name, days: int) -> str:
    """Returns how a period is printed, with the number of its days in the report where these are not all of it."""
    if isinstance(name, Weekday) or not isinstance(name, date) or isinstance(name, datetime):
        return name.name if isinstance(name, Weekday) else str(name)
    whole = 7 if dimension == "week" else calendar.monthrange(name.year, name.month)[1]
    printed = f"{name}" if dimension == "week" else f"{name:%Y-%m}"
    if not days:
        return f"{printed} (today alone)"
    return printed if days == whole else f"{printed} ({days} day{'s' * (days != 1)})"


def per_day(usd: Amount, days: int) -> Amount:
    """Returns the mean of so many days."""
    return usd if isinstance(usd, Unknown) else usd / days if days else NO_SUCH_DAY


def week_parts(uses: Mapping[Names, Use], place: int, days: Mapping[Name, int]) -> tuple[Amount, Amount]:
    """Returns the USD of a day from Monday to Friday, and of a day of the weekend.

    `place` is that of the weekday among the names, `days` has the number of the days of each.
    """

    def mean(is_weekend: bool) -> Amount:
        usd = [use.usd for names, use in uses.items() if _is_weekend(names[place]) is is_weekend]
        return per_day(total(usd, Decimal(0)), sum(n for one, n in days.items() if _is_weekend(one) is is_weekend))

    return mean(False), mean(True)


def _is_weekend(name: Name) -> Optional[bool]:
    return name.number in WEEKEND if isinstance(name, Weekday) else None
