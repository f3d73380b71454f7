"""Reads the options of `why` into the two periods that are to be compared."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from typing import Optional

from openrouter_usage.commands import option_types
from openrouter_usage.commands.report import options
from openrouter_usage.commands.why.records import DAYS, LAST_DAYS, LAST_MONTH, MONTH, WEEK, Periods
from openrouter_usage.days import DAY, Span, day_count, days_before, month_start, week_start
from openrouter_usage.dimensions import NAMED
from openrouter_usage.errors import BadUsage, DayNotThere

WHY_DAYS = 7
"""The completed UTC days of each period, where it is not asked for others."""

THROUGH = tuple(name for name in NAMED if name != "model")
"""The dimensions that may have made the change, besides the models."""


def asked(args: Namespace, today: date) -> Periods:
    """Returns the two periods, both of completed UTC days, that are asked for on that UTC day. Raises BadUsage."""
    by = _through(args)
    if args.month or args.week:
        _exclude_days(args)
        return (_months(today) if args.month else _weeks(today))._replace(by=by, year=today.year)
    later = options.asked_days(args, WHY_DAYS, today)
    if later[1] >= today:
        raise DayNotThere(f"{later[1]} is not over: today is {today} UTC", "compare completed UTC days")
    is_named = any(one is not None for one in (args.days, args.first, args.last, args.vs))
    return Periods(later, _earlier(args, later, today), by, DAYS if is_named else LAST_DAYS, today.year)


def _exclude_days(args: Namespace) -> None:
    """Raises BadUsage if days are named beside the calendar's."""
    given = {"--week": args.week and args.month, "--days": args.days, "--from": args.first, "--to": args.last}
    others = [flag for flag, value in {**given, "--vs": args.vs}.items() if value not in (None, False)]
    if others:
        flag = "--month" if args.month else "--week"
        raise BadUsage(f"{flag} and {others[0]} exclude each other: {flag} sets both periods", "choose one of them")


def _weeks(today: date) -> Periods:
    """Returns the last calendar week that is over, Monday to Sunday, and the one before."""
    monday = week_start(today)
    later, earlier = ((monday - ago * DAY, monday - (ago - 6) * DAY) for ago in (7, 14))
    return Periods(later, earlier, kind=WEEK)


def _months(today: date) -> Periods:
    """Returns the completed days of this month and as many first days of the last one; on the 1st the last two months.

    A last month that is shorter is taken whole.
    """
    first = month_start(today)
    last_month = month_start(first - DAY), first - DAY
    if first == today:
        return Periods(last_month, (month_start(last_month[0] - DAY), last_month[0] - DAY), kind=LAST_MONTH)
    same_day = last_month[0] + (today - DAY - first)
    return Periods((first, today - DAY), (last_month[0], min(same_day, last_month[1])), kind=MONTH)


def _earlier(args: Namespace, later: Span, today: date) -> Span:
    """Returns the days of --vs, by default as many right before the later period. Raises BadUsage."""
    if args.vs is None:
        return days_before(later[0], day_count(later))
    first, last = (option_types.day_on(day, today) for day in args.vs)
    if first > last:
        raise BadUsage(f"--vs ends before it begins: {first} to {last}", "the first day comes first")
    if last >= later[0]:
        raise BadUsage(f"--vs must end before the days with which it is compared: {later[0]}", "name earlier days")
    return first, last


def _through(args: Namespace) -> Optional[str]:
    """Returns the dimension of --by that is shown besides the models, None without one. Raises BadUsage."""
    if args.by in (None, ("model",)):
        return None
    if len(args.by) > 1 or args.by[0] not in THROUGH:
        raise BadUsage(f"`why` tells the models; --by adds one of {', '.join(THROUGH)}", "such as `why --by key`")
    return str(args.by[0])
