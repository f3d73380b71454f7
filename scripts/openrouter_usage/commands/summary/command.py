"""Runs `summary`, and fetches the summary for the other commands that show parts of it."""

from __future__ import annotations

from argparse import Action, ArgumentParser
from collections.abc import Sequence
from typing import TYPE_CHECKING

from openrouter_usage.commands import option_types
from openrouter_usage.commands.summary.fetch import ProfileFetch
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

if TYPE_CHECKING:
    from openrouter_usage.commands.summary.records import AccountAnswers, Summary

DETAILS = (
    "OPENROUTER_API_KEY, a regular key, tells its own spend today, this week and month, its limit and its expiry. "
    "OPENROUTER_MGMT_KEY, a management key, adds the spend of all keys, the balance and the models of the last 7 "
    "completed days; it may also stand alone. What is not known is printed as unknown, with its reason, never as zero. "
    "* marks live figures."
)
EXAMPLES = (
    ("", "the summary"),
    ("--json", "the same figures for a program"),
    ("--demo", "a sample account: no key, no network, no packages"),
    ("--all-profiles", "every profile, and the total over distinct accounts"),
    ("--max-age 0", "ask again, however young the last answer is"),
)


def add_options(parser: ArgumentParser) -> list[Action]:
    return [option_types.add_budget(parser)]


def run(session: Session) -> Output:
    shown, answers = known(session, with_today=True)
    if is_budgeted(session):
        from openrouter_usage.commands.summary import month  # rarely of use

        shown = month.added(session, shown, answers)
    if session.args.format == "json":
        from openrouter_usage.commands.summary.data import render
    else:
        from openrouter_usage.commands.summary.text import render
    return Output(0, render(shown))


def is_budgeted(session: Session) -> bool:
    """Tells whether the option or the keys of a profile set a budget, or try to."""
    return session.args.budget is not None or any(one.keys.budget is not None for one in session.profiles)


def known(
    session: Session, or_nothing: bool = False, with_today: bool = False
) -> tuple[Summary, Sequence[AccountAnswers]]:
    """Returns the summary of all profiles, and the answers that each of its blocks is built from.

    With `with_today` today's use by model is asked, too. Raises a Failure if nothing is known, unless `or_nothing`.
    """
    args, now = session.args, session.now
    fetches = [ProfileFetch(profile, with_today) for profile in session.profiles]
    for one in fetches:
        one.ask()
    # Imported while the answers are under way.
    from openrouter_usage.commands.summary.build import build_summary, has_figures

    found = [one.accounts() for one in fetches]
    all_answers = [_with_readings(answers, session) for accounts, _ in found for answers in accounts]
    notes = (*(note for _, own in found for note in own), *session.notes())
    shown = build_summary(all_answers, now, args.max_age, args.demo, args.all_profiles, notes)
    failures = [*(failure for profile in session.profiles for failure in profile.asker.failures), *session.troubles]
    if failures and not or_nothing and not has_figures(shown):
        raise failures[0]
    for answers, block in zip(all_answers, shown.blocks):
        session.keep_balance(answers.asked_with, answers.credits, block.by_purchases)
    return shown, all_answers


def _with_readings(answers: AccountAnswers, session: Session) -> AccountAnswers:
    return answers._replace(readings=session.overdrawn_readings(answers.asked_with, answers.credits))
