"""Answers `audit`: what looks odd or wasteful, dearest first, each with its amount and the next step."""

from __future__ import annotations

from argparse import Action, ArgumentParser
from functools import partial

from openrouter_usage.commands.audit import build, fetch
from openrouter_usage.commands.audit.records import Audit
from openrouter_usage.commands.report import options
from openrouter_usage.days import Span, days_before
from openrouter_usage.dimensions import ANALYTICS_REACH
from openrouter_usage.errors import BadUsage
from openrouter_usage.session import profiles
from openrouter_usage.session.output import Output
from openrouter_usage.session.profiles import Profile
from openrouter_usage.session.session import Session

DETAILS = (
    "It looks through completed UTC days of the whole account, and needs a management key: a regular one tells its own "
    "limit, budgets and expiry. Amounts overlap, so they are not added up. More: references/audit.md."
)
EXAMPLES = (
    ("audit", "anything odd or wasteful in the last 30 days"),
    ("audit --days 7 --json", "the last 7, for scripts"),
)

AUDIT_DAYS = 30
"""The completed UTC days that are looked through, where it is not asked for others."""


def add_options(parser: ArgumentParser) -> list[Action]:
    return [options.add_days_option(parser)]


def run(session: Session) -> Output:
    """Prints an audit for each profile. Raises a Failure where there is none at all, and BadUsage."""
    days = session.args.days or AUDIT_DAYS
    if days > ANALYTICS_REACH:
        raise BadUsage(f"OpenRouter knows {ANALYTICS_REACH} days", "ask for fewer --days")
    span = days_before(session.now.date(), days)
    found = profiles.answered(session, partial(of_profile, span, session))
    if session.args.format == "json":
        from openrouter_usage.commands.audit.data import render
    else:
        from openrouter_usage.commands.audit.text import render
    return profiles.printed(found, render, session)


def of_profile(span: Span, session: Session, profile: Profile) -> Audit:
    """Returns the audit of one profile. Raises a Failure where nothing at all is told."""
    told = fetch.answer(profile.asker, profile.keys, span)
    found = build.build(told.facts, session.args.demo, (*session.notes(), *told.notes))
    return found._replace(profile=profile.name or "", key_name=told.key_name)
