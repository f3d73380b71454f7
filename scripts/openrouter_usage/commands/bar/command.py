"""Runs `bar`: prints a line from the cache at once, and never fails."""

from __future__ import annotations

import re
from argparse import SUPPRESS, Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Optional

from openrouter_usage.cache import spikes
from openrouter_usage.commands.bar import hosts, last_line
from openrouter_usage.commands.bar.glance import Glance, Month, glance, month, nothing
from openrouter_usage.commands.bar.refresh import Refresh
from openrouter_usage.commands.summary import command
from openrouter_usage.commands.summary.records import AccountAnswers, Summary
from openrouter_usage.days import DAY, bounded, clock, days_before, midnight
from openrouter_usage.dimensions import ACTIVITY_REACH
from openrouter_usage.errors import BadUsage, Failure, NoKey
from openrouter_usage.fetch import completed_days, questions
from openrouter_usage.fetch.asker import unknown
from openrouter_usage.rare_records import SpikeMark
from openrouter_usage.records import Unknown
from openrouter_usage.session.output import Output, explained
from openrouter_usage.session.session import NOT_YET, Session

HOST = "who shows it; swiftbar is xbar's, too (default plain)"

SHOWS = {"icon": (), "both": hosts.FIGURES, **{name: (name,) for name in (*hosts.FIGURES, *hosts.SESSION_PARTS)}}
"""The parts of a line that each name of --show stands for."""

SHOW = "icon, balance, usage or both (default both); --host claude: also model, context, as model,context,both"

SECONDS_BEFORE_REFRESHED = 3.0
"""The time for which the same line is printed again while a refresh is under way."""

DETAILS = "What each host needs in its settings: references/hosts.md."
EXAMPLES = (
    ("bar --host waybar", "for a menu bar"),
    ("bar --host claude", "for a status line"),
)
EXIT_CODES = "0; 5 the line could not be written, as on a full disk"


def add_options(parser: ArgumentParser) -> list[Action]:
    add = parser.add_argument
    return [
        add("--host", choices=hosts.HOSTS, default="plain", help=HOST),
        add("--show", type=_shown, default=hosts.FIGURES, metavar="PARTS", help=SHOW),
        add("--period", choices=hosts.PERIODS, default="today", help="the UTC window of the usage (default today)"),
        add("--fetch", action="store_true", help=SUPPRESS),
    ]


def _shown(text: str) -> tuple[str, ...]:
    """Reads names with commas between them, and returns the parts of the line that they stand for, each once."""
    names = text.split(",")
    for name in names:
        if name not in SHOWS:
            raise ArgumentTypeError(f"{name!r} is none of {', '.join(SHOWS)}")
    return tuple(dict.fromkeys(part for name in names for part in SHOWS[name]))


def validate(args: Namespace) -> None:
    """Raises BadUsage where another host than Claude Code is to show parts of its session."""
    of_session = [part for part in args.show if part in hosts.SESSION_PARTS]
    if of_session and args.host != "claude":
        raise BadUsage(f"--show {of_session[0]} is of Claude Code's session", "use it with --host claude")


def run(session: Session) -> Output:
    """Returns the line from the cache, and starts a refresh in the background if something in it is stale."""
    refresh = Refresh(session)
    if session.args.fetch:
        session.answers_at_once = False  # this is the background process: it may ask OpenRouter
        return refresh.run()
    made_of = last_line.made_of(session.args.given)
    output, seconds = _line(session, refresh)
    refresh.begin()
    session_parts = () if session.args.json else [part for part in session.args.show if part in hosts.SESSION_PARTS]
    if seconds:
        session.close()  # this may change the database, on whose state the kept line depends
        last_line.keep(session.args.given, made_of, session_parts, output.out, output.err, seconds)
    return output._replace(out=last_line.begun(session_parts) + output.out)


def _line(session: Session, refresh: Refresh) -> tuple[Output, float]:
    """Returns the line, and the number of seconds for which it may be printed again."""
    args = session.args
    try:
        shown, all_answers = command.known(session, or_nothing=True, with_today=True)
        months = tuple(_months(session, shown, all_answers)) if hosts.HOSTS[args.host].has_months else ()
        spike = spikes.current(session.cache, session.whose)
        found = glance(shown, args.period, refresh.trouble, months, spike, refresh.is_due)
        return Output(0, _rendered(found, args.host, args.show, args.json)), _lasts(shown, session, refresh, spike)
    except Failure as failure:
        # A key that was not found may be in the keychain, in which no refresh has looked yet.
        is_open = isinstance(failure, NoKey) and session.cache is not None and refresh.trouble is None
        gap = unknown(NOT_YET if is_open else failure)
        found = nothing(session.now, args.period, gap, refresh.is_due)
        return Output(0, _rendered(found, args.host, args.show, args.json)), 0


def _lasts(shown: Summary, session: Session, refresh: Refresh, spike: Optional[SpikeMark]) -> float:
    """Returns the seconds until something is too old, or the UTC day is over."""
    args, now = session.args, session.now
    if args.offline or args.demo:
        return 0
    # By OpenRouter's clock it is of a later time where this machine's is behind.
    age = max(now - shown.as_of, timedelta(0))
    ends = [midnight(now.date() + DAY), *([spike.until] if spike else [])]
    left: timedelta = min(args.max_age - age, min(ends) - now)
    if refresh.is_due or left <= timedelta(0):
        return SECONDS_BEFORE_REFRESHED
    return min(left, timedelta(minutes=1) if hosts.HOSTS[args.host].counts_minutes else left).total_seconds()


def _months(session: Session, shown: Summary, all_answers: Sequence[AccountAnswers]) -> Iterator[Month]:
    """Yields what the menu shows of each account whose days are known."""
    span = days_before(session.now.date(), ACTIVITY_REACH)
    askers = {profile.name: profile.asker for profile in session.profiles}
    for answers, block in zip(all_answers, shown.blocks):
        key = answers.asked_with
        if key is None or isinstance(answers.activity, Unknown):
            continue
        asker = askers[answers.profile]
        answer = asker.answer(questions.activity(key))
        if not isinstance(answer, Failure):
            by_model = completed_days.known(asker, key, answer, ("model",), span)
            yield month(block.name, answers.evidence, by_model, span)


def _rendered(found: Glance, host: str, show: Sequence[str], as_json: bool) -> str:
    figures = [part for part in show if part in hosts.FIGURES]
    return hosts.render_json(found, figures) if as_json else hosts.HOSTS[host].render(found, figures)


def failed(failure: Failure, arguments: list[str]) -> Output:
    """Returns a line without figures in the host's own format; the reason is on standard error, which no host shows.

    The exit code is 0: on any other a host shows nothing. A wrong command line is searched for the host's name.
    """
    meant = re.search(rf"--host[ =]({'|'.join(hosts.HOSTS)})\b", " ".join(arguments))
    found = nothing(bounded(clock()), "today", unknown(failure))
    rendered = _rendered(found, meant[1] if meant else "plain", hosts.FIGURES, "--json" in arguments)
    return Output(0, rendered, explained(failure))
