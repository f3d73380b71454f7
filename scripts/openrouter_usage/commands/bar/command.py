"""Answers `bar`: at once, out of memory, and never with a failure."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone
from typing import Iterator, List, Sequence, Tuple

from openrouter_usage.commands.bar import hosts
from openrouter_usage.commands.bar.glance import glance, month, nothing
from openrouter_usage.commands.bar.glances import Glance, Month
from openrouter_usage.commands.bar.refresh import Upkeep
from openrouter_usage.commands.summary import command
from openrouter_usage.commands.summary.records import Summary
from openrouter_usage.days import DAY, midnight
from openrouter_usage.errors import Failure, NoKey
from openrouter_usage.fetch import completed_days, questions
from openrouter_usage.fetch.asker import unknown
from openrouter_usage.records import ACTIVITY_REACH, Activity, Completed, Holding, Key, Span
from openrouter_usage.session.output import Output, explained
from openrouter_usage.session.session import NOT_YET, Session

AGAIN = 3.0
"""Seconds for which a line stays that is to be renewed."""

MINUTES = ("waybar", "swiftbar")
"""The hosts whose text counts the minutes until the UTC day is over."""


def run(session: Session) -> Output:
    """What is remembered; where that is not young enough, it is renewed in the background."""
    args, upkeep = session.args, Upkeep(session)
    if args.fetch:
        return upkeep.run()
    try:
        shown, holdings = command.known_of(session, or_nothing=True, with_today=True)
        months = tuple(_months(session, shown, holdings)) if args.host == "swiftbar" else ()
        found = glance(shown, args.period, upkeep.trouble, months)
        output = Output(0, _rendered(found, args.host, args.show, args.json), lasts=_lasts(shown, session, upkeep))
    except Failure as failure:
        # A key that was not found may be in the keychain, in which no renewal has looked yet.
        is_open = isinstance(failure, NoKey) and session.cache is not None and upkeep.trouble is None
        output = failed(NOT_YET if is_open else failure, session.now, args.host, args.json, args.show, args.period)
    upkeep.begin()
    return output


def _lasts(shown: Summary, session: Session, upkeep: Upkeep) -> float:
    """For how many seconds it stays the same: until something is too old, or the day is over."""
    args, now = session.args, session.now
    if args.offline or args.demo:
        return 0
    left: timedelta = min(shown.as_of + args.max_age, midnight(now.date() + DAY)) - now
    if upkeep.is_due or left <= timedelta(0):
        return AGAIN
    return min(left, timedelta(minutes=1) if args.host in MINUTES else left).total_seconds()


def _months(session: Session, shown: Summary, holdings: Sequence[Holding]) -> Iterator[Month]:
    """What the menu shows of each account whose days are known."""
    last = session.now.date() - timedelta(days=1)
    span = last - timedelta(days=ACTIVITY_REACH - 1), last
    for holding, block in zip(holdings, shown.blocks):
        if holding.asker and isinstance(holding.activity, Completed):
            by_date, by_model = (_completed(session, holding, holding.asker, (by,), span) for by in ("date", "model"))
            yield month(block.name, by_date, by_model, last)


def _completed(session: Session, holding: Holding, key: Key, by: Tuple[str, ...], span: Span) -> Completed:
    """What the key told of these days for the summary."""
    asker = next(profile.asker for profile in session.profiles if profile.name == holding.profile)
    answer = asker.answer(questions.activity(key))
    if isinstance(answer, Activity):
        return completed_days.answered(answer, session.now.date(), by, span)
    return completed_days.cached(session.cache, key, by, span)


def _rendered(found: Glance, host: str, show: str, as_json: bool) -> str:
    if as_json:
        return hosts.render_json(found, show)
    colourless = host == "claude" and os.environ.get("NO_COLOR")
    return hosts.HOSTS["plain" if colourless else host](found, show)


def failed(
    failure: Failure, now: datetime, host: str, as_json: bool, show: str = "both", period: str = "today"
) -> Output:
    """A host takes an exit code for a reason to show nothing: it is told in its own way that nothing is known.

    On standard error, which a prompt shows, too, there is no word of it.
    """
    return Output(0, _rendered(nothing(now, period, unknown(failure)), host, show, as_json))


def misread(failure: Failure, arguments: List[str], as_json: bool) -> Output:
    """The same of a command line that is wrong, whose host can only be guessed."""
    meant = re.search(rf"--host[ =]({'|'.join(hosts.HOSTS)})\b", " ".join(arguments))
    output = failed(failure, datetime.now(timezone.utc), meant[1] if meant else "plain", as_json)
    return output._replace(err=explained(failure))
