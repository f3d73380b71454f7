"""Answers `summary`, and asks for what other commands show of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Sequence, Tuple

from openrouter_usage.commands.summary import fetch
from openrouter_usage.commands.summary.build import build_summary, has_figures
from openrouter_usage.figures import windows
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
    """Asks for the summary of all profiles side by side; returns it with the answers behind each of its blocks.

    `with_today`: today's use by model is asked, too. Raises a Failure where nothing is known, unless `or_nothing`.
    """
    args, now = session.args, session.now
    since = windows.live_since(now)
    fetches = [fetch.ProfileFetch(one.asker, one.keys, since, with_today) for one in session.profiles]
    for one in fetches:
        one.ask()
    found = [one.answers(profile.name) for one, profile in zip(fetches, session.profiles)]
    all_answers = [answers for one in found for answers in one.accounts]
    notes = (*(note for one in found for note in one.notes), *session.notes())
    shown = build_summary(all_answers, now, args.max_age, args.demo, args.all_profiles, notes)
    failures = [*(failure for one in found for failure in one.failures), *session.troubles]
    if failures and not or_nothing and not has_figures(shown):
        raise failures[0]
    for answers, block in zip(all_answers, shown.blocks):
        session.keep_balance(answers.asked_with, answers.credits, block.balance)
    return shown, all_answers
