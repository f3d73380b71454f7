"""Answers `bar`: at once, from the cache, and never with a failure."""

from __future__ import annotations

import re
from argparse import SUPPRESS, Action, ArgumentParser
from datetime import datetime, timedelta, timezone
from typing import Iterator, List, Sequence, Tuple

from openrouter_usage.commands.bar import hosts, last_line
from openrouter_usage.commands.bar.glance import Glance, Month, glance, month, nothing
from openrouter_usage.commands.bar.refresh import Refresh
from openrouter_usage.commands.summary import command
from openrouter_usage.commands.summary.records import AccountAnswers, Summary
from openrouter_usage.days import DAY, Span, days_before, midnight
from openrouter_usage.dimensions import ACTIVITY_REACH
from openrouter_usage.errors import Failure, NoKey
from openrouter_usage.fetch import completed_days, questions
from openrouter_usage.fetch.asker import unknown
from openrouter_usage.records import Activity, Completed, Key
from openrouter_usage.session.output import Output, explained
from openrouter_usage.session.session import NOT_YET, Session

HOST = "who shows it; swiftbar is xbar's, too (default plain)"

SECONDS_BEFORE_REFRESHED = 3.0
"""For so long the same line is printed where a newer one is on its way."""


def add_options(parser: ArgumentParser) -> List[Action]:
    add = parser.add_argument_group("bar").add_argument
    return [
        add("--host", choices=hosts.HOSTS, default="plain", help=HOST),
        add("--show", choices=hosts.SHOWS, default="both", help="which figures (default both)"),
        add("--period", choices=hosts.PERIODS, default="today", help="the UTC window of the usage (default today)"),
        add("--fetch", action="store_true", help=SUPPRESS),
    ]


def run(session: Session) -> Output:
    """Prints what is remembered, and refreshes it in the background where it is not young enough."""
    refresh = Refresh(session)
    if session.args.fetch:
        session.at_once = False  # nobody waits for this process, so it may ask
        return refresh.run()
    made_of = last_line.made_of(session.args.given)
    output, seconds = _line(session, refresh)
    refresh.begin()
    if seconds:
        session.close()  # which may change the file of which the line is made
        last_line.keep(session.args.given, made_of, output.out, output.err, seconds)
    return output


def _line(session: Session, refresh: Refresh) -> Tuple[Output, float]:
    """The line, and for how many seconds it may be printed again."""
    args = session.args
    try:
        shown, all_answers = command.known(session, or_nothing=True, with_today=True)
        months = tuple(_months(session, shown, all_answers)) if hosts.HOSTS[args.host].has_months else ()
        found = glance(shown, args.period, refresh.trouble, months)
        return Output(0, _rendered(found, args.host, args.show, args.json)), _lasts(shown, session, refresh)
    except Failure as failure:
        # A key that was not found may be in the keychain, in which no refresh has looked yet.
        is_open = isinstance(failure, NoKey) and session.cache is not None and refresh.trouble is None
        gap = unknown(NOT_YET if is_open else failure)
        return Output(0, _rendered(nothing(session.now, args.period, gap), args.host, args.show, args.json)), 0


def _lasts(shown: Summary, session: Session, refresh: Refresh) -> float:
    """The seconds until something is too old, or the UTC day is over."""
    args, now = session.args, session.now
    if args.offline or args.demo:
        return 0
    left: timedelta = min(shown.as_of + args.max_age, midnight(now.date() + DAY)) - now
    if refresh.is_due or left <= timedelta(0):
        return SECONDS_BEFORE_REFRESHED
    return min(left, timedelta(minutes=1) if hosts.HOSTS[args.host].counts_minutes else left).total_seconds()


def _months(session: Session, shown: Summary, all_answers: Sequence[AccountAnswers]) -> Iterator[Month]:
    """The months of the accounts whose completed days are known."""
    span = days_before(session.now.date(), ACTIVITY_REACH)
    for answers, block in zip(all_answers, shown.blocks):
        if answers.asked_with and isinstance(answers.activity, Completed):
            by_date, by_model = (
                _completed(session, answers, answers.asked_with, (by,), span) for by in ("date", "model")
            )
            yield month(block.name, by_date, by_model, span)


def _completed(session: Session, answers: AccountAnswers, key: Key, by: Tuple[str, ...], span: Span) -> Completed:
    """The use on the days of the span, as it was fetched for the summary."""
    asker = next(profile.asker for profile in session.profiles if profile.name == answers.profile)
    answer = asker.answer(questions.activity(key))
    if isinstance(answer, Activity):
        return completed_days.answered(answer, session.now.date(), by, span)
    return completed_days.cached(session.cache, key, by, span)


def _rendered(found: Glance, host: str, show: str, as_json: bool) -> str:
    return hosts.render_json(found, show) if as_json else hosts.HOSTS[host].render(found, show)


def failed(failure: Failure, arguments: List[str]) -> Output:
    """Tells a host in its own way that nothing is known, and why on standard error.

    A host takes an exit code for a reason to show nothing. Of a command line that is wrong it can only be guessed.
    """
    meant = re.search(rf"--host[ =]({'|'.join(hosts.HOSTS)})\b", " ".join(arguments))
    found = nothing(datetime.now(timezone.utc), "today", unknown(failure))
    rendered = _rendered(found, meant[1] if meant else "plain", "both", "--json" in arguments)
    return Output(0, rendered, explained(failure))
