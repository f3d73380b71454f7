"""Makes of the command line the two periods that are to be compared, or a BadUsage that says what would be right."""

import argparse
from datetime import date
from typing import Optional

from openrouter_usage.commands.report.options import day_meant, days_meant
from openrouter_usage.commands.why.records import Periods
from openrouter_usage.days import day_count, days_before
from openrouter_usage.errors import BadUsage
from openrouter_usage.records import Span

USUAL_DAYS = 7
THROUGH = ("provider", "key", "app", "user", "workspace")
"""What may have done it, besides the models."""


def periods(args: argparse.Namespace, today: date) -> Periods:
    """The periods that are asked for on that UTC day; both are of completed days. Raises BadUsage."""
    later = days_meant(args, USUAL_DAYS, today)
    if later[1] >= today:
        raise BadUsage(f"{later[1]} is not over: today is {today} UTC", "compare completed UTC days")
    return Periods(later, _earlier(args, later, today), _through(args))


def _earlier(args: argparse.Namespace, later: Span, today: date) -> Span:
    """The days that are named, or as many right before the later ones."""
    if args.vs is None:
        return days_before(later[0], day_count(later))
    first, last = (day_meant(day, today) for day in args.vs)
    if first > last:
        raise BadUsage(f"--vs ends before it begins: {first} to {last}", "the first day comes first")
    if last >= later[0]:
        raise BadUsage(f"--vs must end before the days with which it is compared: {later[0]}", "name earlier days")
    return first, last


def _through(args: argparse.Namespace) -> Optional[str]:
    if args.by in (None, ("model",)):
        return None
    if len(args.by) > 1 or args.by[0] not in THROUGH:
        raise BadUsage(f"`why` tells the models; --by adds one of {', '.join(THROUGH)}", "such as `why --by key`")
    return str(args.by[0])
