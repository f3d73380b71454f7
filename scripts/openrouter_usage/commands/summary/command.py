"""Runs `summary`, and fetches the summary for the other commands that show parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence, Tuple

from openrouter_usage.commands.summary.build import build_summary, has_figures
from openrouter_usage.commands.summary.fetch import ProfileFetch
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

if TYPE_CHECKING:
    from openrouter_usage.commands.summary.records import AccountAnswers, Summary


def run(session: Session) -> Output:
    shown, _ = known(session, with_today=True)
    if session.args.format == "json":
        from openrouter_usage.commands.summary.data import render
    else:
        from openrouter_usage.commands.summary.text import render
    return Output(0, render(shown))


def known(
    session: Session, or_nothing: bool = False, with_today: bool = False
) -> Tuple[Summary, Sequence[AccountAnswers]]:
    """Returns the summary of all profiles, and the answers that each of its blocks is built from.

    With `with_today` today's use by model is asked, too. Raises a Failure if nothing is known, unless `or_nothing`.
    """
    args, now = session.args, session.now
    fetches = [ProfileFetch(profile, with_today) for profile in session.profiles]
    for one in fetches:
        one.ask()
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
