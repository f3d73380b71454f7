"""Answers `report`: spend broken down, as a table, CSV or JSON."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING, Optional

from openrouter_usage.commands.option_types import exclude
from openrouter_usage.commands.report import build, fetch, options, reach
from openrouter_usage.errors import Failure, KeyRefused, NeedsManagementKey, WrongClock
from openrouter_usage.records import Note
from openrouter_usage.session import profiles
from openrouter_usage.session.output import Output
from openrouter_usage.session.profiles import Profile
from openrouter_usage.session.session import Session

if TYPE_CHECKING:
    from datetime import datetime

    from openrouter_usage.commands.report.records import Answers, Query, Report

DETAILS = (
    "It is of the completed UTC days of the whole account, and needs a management key. * marks live figures; in tables "
    "? is what is not known."
)
EXAMPLES = (
    ("report", "30 completed days by model"),
    ("report --by date,model --days 7", "by day and model"),
    ("report --model 'anthropic/*'", "one vendor's models"),
    ("report --by key", "every key: spend, limit, expiry"),
    ("report --by date --csv", "for a spreadsheet"),
    ("report --date today", "today's models, live"),
)


def add_options(parser: ArgumentParser) -> list[Action]:
    shared = options.add_day_options(parser)
    shared[-1].help = "the last day (default: yesterday, or today with --from week or month; CSV: yesterday)"
    return [*shared, *options.add_own_options(parser)]


def validate(args: Namespace) -> None:
    exclude(args, ("csv", "json"), ("csv", "all_profiles"), ("columns", "json"))


def run(session: Session) -> Output:
    """Prints a report for each profile. Raises a Failure where there is none at all, and BadUsage."""
    asked = options.query(session.args, session.now, session.redaction)
    found = profiles.answered(session, partial(of_profile, asked, session))
    if session.args.format == "csv":
        from openrouter_usage.commands.report import data

        report = next(one for one in found if not isinstance(one, Failure))
        return Output(0, data.render_csv(report), data.csv_notes(report))
    if session.args.format == "json":
        from openrouter_usage.commands.report.data import render_json as render
    else:
        from openrouter_usage.commands.report.text import render
    return profiles.printed(found, render, session)


def _by_analytics(asked: Query, failure: Failure, profile: Profile, now: datetime) -> tuple[Query, Optional[Answers]]:
    """Returns the same report by analytics, where only /activity could not be had. Raises the failure otherwise."""
    other = reach.limited(asked._replace(by_analytics=True), now.date())
    if asked.source != "activity" or other.reach is None or isinstance(failure, (KeyRefused, NeedsManagementKey)):
        raise failure
    try:
        answers = fetch.answer(profile.asker, profile.keys, other)
    except Failure:
        raise failure from None
    if answers and not answers.usage.days:
        raise failure
    note = Note("activity_failed", f"analytics stands in for /activity, which failed: {failure.message}")
    return other, answers and answers._replace(notes=(*answers.notes, note))


def of_profile(asked: Query, session: Session, profile: Profile) -> Report:
    """Returns the report of one profile. Raises a Failure, and BadUsage where no day of the query is known."""
    args, now = session.args, session.now
    try:
        answers = fetch.answer(profile.asker, profile.keys, asked)
    except Failure as failure:
        asked, answers = _by_analytics(asked, failure, profile, now)
    if answers is None and not profile.asker.agrees_with_clock:
        raise WrongClock("by the time that OpenRouter's answers tell, none of these days is over", "try again later")
    if answers is None:
        raise options.nothing_known(asked, asked.day_of(now))
    answers = answers._replace(credits_readings=session.overdrawn_readings(answers.key, answers.credits))
    report = build.build(asked, answers, now, args.max_age, args.demo, session.notes())
    session.keep_balance(answers.key, answers.credits, build.by_purchases(answers))
    return report._replace(profile=profile.name or "")
