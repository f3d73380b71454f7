"""Answers `why`: what changed in spend between two periods, and what made it change."""

from __future__ import annotations

from argparse import Action, ArgumentParser
from functools import partial
from typing import Any, Callable, Union

from openrouter_usage.commands import option_types
from openrouter_usage.commands.report import options
from openrouter_usage.commands.why import build, fetch, own_key, periods
from openrouter_usage.commands.why.own_key import OwnSpend
from openrouter_usage.commands.why.records import Explanation, Periods
from openrouter_usage.errors import Failure, NeedsManagementKey
from openrouter_usage.session import profiles
from openrouter_usage.session.output import Output
from openrouter_usage.session.profiles import Profile
from openrouter_usage.session.session import Session

DETAILS = (
    "It compares completed UTC days of the whole account, with a management key; a regular key alone tells its own "
    "spend. Without options these are the last 7, whatever the weekday; --week takes calendar weeks. More: "
    'references/why.md, "The two periods".'
)
EXAMPLES = (
    ("why", "what made the last 7 days dearer or cheaper"),
    ("why --by key", "and through which keys"),
    ("why --month", "this month so far, and the same days of the last one"),
)


def add_options(parser: ArgumentParser) -> list[Action]:
    shared, add = options.add_day_options(parser), parser.add_argument
    shared[0].help = f"besides the models one of {', '.join(periods.THROUGH)}"
    vs = "what to compare with (default: as many days before)"
    return [
        *shared,
        add("--vs", type=option_types.days, metavar="FROM..TO", help=vs),
        add("--week", action="store_true", help="the last whole calendar week against the one before"),
        add("--month", action="store_true", help="this month so far against the same days of the last one"),
    ]


def run(session: Session) -> Output:
    """Prints an explanation for each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = periods.asked(session.args, session.now.date())
    found: list[Any] = profiles.answered(session, partial(_explanation, asked, session))
    return profiles.printed(found, _renderer(session.args.format == "json"), session)


def _renderer(as_json: bool) -> Callable[[Any], str]:
    """Returns what renders an explanation, or what a key tells of its own spend."""
    if as_json:
        from openrouter_usage.commands.why.data import render
        from openrouter_usage.commands.why.own_text import render_json as render_own
    else:
        from openrouter_usage.commands.why.own_text import render as render_own
        from openrouter_usage.commands.why.text import render
    return lambda found: render_own(found) if isinstance(found, OwnSpend) else render(found)


def _explanation(asked: Periods, session: Session, profile: Profile) -> Union[Explanation, OwnSpend]:
    """Returns the explanation, or where there is only a regular key, what that tells of itself. Raises a Failure."""
    args, now = session.args, session.now
    try:
        usage = fetch.answer(profile.asker, profile.keys, asked)
    except Failure as refusal:
        slots = (profile.keys.regular, profile.keys.management)
        is_alone = asked.by is None and any(slot is None for slot in slots)
        own = own_key.answer(profile.asker, profile.keys, asked, args.max_age) if is_alone else None
        if isinstance(own, Failure) and isinstance(refusal, NeedsManagementKey):
            raise own from None
        if not isinstance(own, OwnSpend):
            raise
        return own._replace(profile=profile.name or "", notes=(*session.notes(), *own.notes))
    found = build.build(asked, usage, now, args.max_age, args.demo, session.notes())
    return found._replace(profile=profile.name or "")
