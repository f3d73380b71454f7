"""Answers `why`: what changed in spend between two periods, and what made it change."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from datetime import date
from functools import partial
from typing import List, Optional

from openrouter_usage.commands import option_types
from openrouter_usage.commands.report import options
from openrouter_usage.commands.why import build, fetch
from openrouter_usage.commands.why.records import Explanation, Periods
from openrouter_usage.days import Span, day_count, days_before
from openrouter_usage.dimensions import DIMENSIONS, TIMES
from openrouter_usage.errors import BadUsage
from openrouter_usage.session import profiles
from openrouter_usage.session.output import Output
from openrouter_usage.session.profiles import Profile
from openrouter_usage.session.session import Session

WHY_DAYS = 7
"""The completed UTC days of each period, where it is not asked for others."""

THROUGH = tuple(name for name in DIMENSIONS if name != "model" and name not in TIMES)
"""The dimensions that may have made the change, besides the models."""

DETAILS = "It compares completed UTC days of the whole account, and needs a management key."
EXAMPLES = (
    ("why", "what made the last 7 days dearer or cheaper"),
    ("why --by key", "and through which keys"),
)


def add_options(parser: ArgumentParser) -> List[Action]:
    shared, add = options.add_day_options(parser), parser.add_argument_group("why").add_argument
    shared[0].help = f"besides the models one of {', '.join(THROUGH)}"
    vs = add(
        "--vs", type=option_types.days, metavar="FROM..TO", help="what to compare with (default: as many days before)"
    )
    return [*shared, vs]


def run(session: Session) -> Output:
    """Prints an explanation for each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = _periods(session.args, session.now.date())
    found = profiles.answered(session, partial(_explanation, asked, session))
    if session.args.format == "json":
        from openrouter_usage.commands.why.data import render
    else:
        from openrouter_usage.commands.why.text import render
    return profiles.printed(found, render, session)


def _explanation(asked: Periods, session: Session, profile: Profile) -> Explanation:
    args, now = session.args, session.now
    usage = fetch.answer(profile.asker, profile.keys, asked)
    found = build.build(asked, usage, now, args.max_age, args.demo, session.notes())
    return found._replace(profile=profile.name or "")


# The periods


def _periods(args: Namespace, today: date) -> Periods:
    """The two periods that are to be compared, both of completed UTC days. Raises BadUsage."""
    later = options.asked_days(args, WHY_DAYS, today)
    if later[1] >= today:
        raise BadUsage(f"{later[1]} is not over: today is {today} UTC", "compare completed UTC days")
    return Periods(later, _earlier(args, later, today), _through(args))


def _earlier(args: Namespace, later: Span, today: date) -> Span:
    """The days of --vs, by default as many right before the later period. Raises BadUsage."""
    if args.vs is None:
        return days_before(later[0], day_count(later))
    first, last = (option_types.day_on(day, today) for day in args.vs)
    if first > last:
        raise BadUsage(f"--vs ends before it begins: {first} to {last}", "the first day comes first")
    if last >= later[0]:
        raise BadUsage(f"--vs must end before the days with which it is compared: {later[0]}", "name earlier days")
    return first, last


def _through(args: Namespace) -> Optional[str]:
    """The dimension of --by that is shown besides the models, None without one. Raises BadUsage."""
    if args.by in (None, ("model",)):
        return None
    if len(args.by) > 1 or args.by[0] not in THROUGH:
        raise BadUsage(f"`why` tells the models; --by adds one of {', '.join(THROUGH)}", "such as `why --by key`")
    return str(args.by[0])
