"""Answers `check`: judges all accounts by thresholds that its options set."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Optional

from openrouter_usage.cache import announcements
from openrouter_usage.commands.check import fetch, judge, text
from openrouter_usage.commands.check.records import ALERT_ABOVE, BUDGET, OK, UNKNOWN, USUAL, Bounds, Thresholds, Watched
from openrouter_usage.commands.option_types import add_budget, amount, duration, exclude
from openrouter_usage.commands.summary import command
from openrouter_usage.commands.summary.records import Summary
from openrouter_usage.days import DAY
from openrouter_usage.errors import BadUsage, BudgetInUse, Bug, Failure
from openrouter_usage.figures.usual_hours import FACTOR
from openrouter_usage.records import Note
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session
from openrouter_usage.text.style import Page

ALERTS = {
    "runway": ("TIME", "below it"),
    "balance": ("USD", "below it"),
    "today": ("USD", "above it: today's spend"),
    "month": ("USD", "above it: the spend of the UTC month so far"),
    "limit": ("PERCENT", "above it: what is used of a limit, of every key that a management key sees"),
}
"""The figures that have a warning and a critical threshold: its unit, and on which side of it they alert."""

BUDGET_IN_USE = Note(
    "in_flight_budget", "requests that are under way hold credits (HTTP 402): parallel jobs may be refused all the same"
)

SPIKES = "; spikes"
"""What follows the name under which announcements are cached, for those of spikes."""

USUAL_RUNWAYS = {"warn": "72h", "crit": "24h"}
SPIKE = "alert when today, or the last hour, costs so many times the usual (default 3); 0: never"
REMIND = "announce what is not OK again after so long (default 24h)"
MIN_GAP = "announce at most one thing in so long, but for a level that is worse (default 0)"

DETAILS = (
    "Without options it judges how long the credits and this key's limits last, and whether more is spent than usual; "
    "all else, such as the used share of limits, only with its own option. When a key expires is told, not judged. "
    "Line 2 sets today's spend beside the usual one. More: references/alerts.md."
)
EXAMPLES = (
    ("check --need 5", "exit 0: $5 can be spent; 2: not; 3: not known"),
    ("check --quiet", "for cron: a line only where it is not OK"),
)
EXIT_CODES = (
    "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, wrong usage, a bug, a full disk; --announce: 0 but for a full disk"
)


def add_options(parser: ArgumentParser) -> list[Action]:
    add = parser.add_argument
    made = []
    for figure, (unit, side) in ALERTS.items():
        for level, runway in USUAL_RUNWAYS.items():
            usual = f" (default {runway}); 0: never" if figure == "runway" else ""
            kind = _days if figure == "runway" else amount
            made.append(add(f"--{level}-{figure}", type=kind, metavar=unit, help=f"alert {side}{usual}"))
    return [
        *made,
        add_budget(parser),
        add("--need", type=amount, metavar="USD", help="is so much left? Alone: 0 it is, 2 it is not, 3 not known"),
        add("--spike", type=amount, metavar="FACTOR", help=SPIKE),
        add("--quiet", action="store_true", help="print nothing when OK: for cron"),
        add("--announce", action="store_true", help="for chats: a sentence when the level changed, else NO_REPLY"),
        add("--remind", type=duration, metavar="TIME", default=DAY, help=REMIND),
        add("--min-gap", type=duration, metavar="TIME", default=timedelta(0), help=MIN_GAP),
    ]


def validate(args: Namespace) -> None:
    exclude(args, ("announce", "quiet"), ("announce", "json"), ("quiet", "json"))


def run(session: Session) -> Output:
    """Prints the levels of all accounts. Raises BadUsage."""
    args, by = session.args, _thresholds(session.args)
    fetch.ask(session, by)
    shown, all_answers = command.known(session, or_nothing=True)
    if "runway" in by.bounds and command.is_budgeted(session):  # not where it is only asked what is needed
        from openrouter_usage.commands.summary import month  # rarely of use

        shown, by = month.added(session, shown, all_answers), by._replace(bounds={**by.bounds, "budget": BUDGET})
    beside = fetch.watched(session, by, shown, all_answers)
    shown = shown._replace(notes=(*shown.notes, *judge.not_watched(shown, beside, is_spike_asked=bool(args.spike))))
    if by.of("need").are_set and _is_budget_in_use(session):
        shown = shown._replace(notes=(*shown.notes, BUDGET_IN_USE))
    if args.announce:
        return Output(0, _announcement(by, shown, beside, session))
    found = judge.check(shown, by, beside)
    if args.format == "json":
        return Output(found.level, text.render_json(found))
    if args.quiet and found.level == OK:
        return Output(OK, with_remarks=False)
    return Output(found.level, text.lines(found, is_short=args.quiet))


def _is_budget_in_use(session: Session) -> bool:
    """Tells whether OpenRouter refused a question because requests that are under way hold the credits."""
    failures = [one for profile in session.profiles for one in (*profile.asker.failures, *profile.asker.replaced)]
    return any(isinstance(one, BudgetInUse) for one in failures)


def _announcement(by: Thresholds, shown: Summary, beside: Sequence[Watched], session: Session) -> str:
    """A sentence if there is something to announce, which is then cached for the account; else NO_REPLY.

    A spike is news beside a trouble that was announced before, too, so that it is cached for itself.
    """
    strict, loose = judge.check(shown, by, beside), judge.check_loosely(shown, by, beside)
    keys, name = session.every_key, by.name + (", all profiles" if session.args.all_profiles else "")
    last, last_spike = (announcements.last(session.cache, keys, one) if keys else None for one in (name, name + SPIKES))
    level = judge.settled(strict.level, loose.level, last)
    spike = judge.settled(strict.spike_level, loose.spike_level, last_spike)
    times = session.now, session.args.remind, session.args.min_gap
    is_due = judge.is_due(level, last, *times) or judge.is_new_spike(spike, last_spike, last, session.now, times[2])
    if keys and (is_due or (spike == OK and last_spike and last_spike.level != OK)):
        announcements.keep(session.cache, keys, name + SPIKES, spike)
    if not is_due:
        return text.NO_REPLY
    if keys:
        announcements.keep(session.cache, keys, name, level)
    return text.sentence(strict if level == strict.level else loose, level)


def failed(failure: Failure, arguments: list[str]) -> Output:
    """Reports a failure as UNKNOWN on standard output, where a monitor or a chat reads it."""
    if any(one.startswith("--announce") for one in arguments):
        return Output(0, text.chat_line(UNKNOWN, failure.advice))
    as_json = "--json" in arguments
    if as_json or isinstance(failure, (BadUsage, Bug)):
        return output.failed(failure, as_json)._replace(code=UNKNOWN, with_remarks="--quiet" not in arguments)
    return Output(UNKNOWN, Page([text.status_line(UNKNOWN, failure.advice)]))


# The thresholds


def _days(given: str) -> Decimal:
    """Reads a duration as a number of days."""
    return Decimal(duration(given) // timedelta(seconds=1)) / (DAY // timedelta(seconds=1))


def _thresholds(args: Namespace) -> Thresholds:
    """The thresholds that are asked for. Raises BadUsage where a critical one is milder than its warning."""
    bounds = {figure: Bounds(getattr(args, f"warn_{figure}"), getattr(args, f"crit_{figure}")) for figure in ALERTS}
    need = {"need": Bounds(crit=args.need)}
    if args.need is not None and args.budget is None and not any(one.are_set for one in bounds.values()):
        return Thresholds(need, spike=args.spike or Decimal(0))
    bounds["runway"] = _runway(*bounds["runway"])
    for figure, (warn, crit) in bounds.items():
        side = "above" if figure in ALERT_ABOVE else "below"
        if warn is not None and crit is not None and (crit < warn if side == "above" else crit > warn):
            raise BadUsage(
                f"--crit-{figure} is milder than --warn-{figure}: both alert {side} their value",
                f"let --crit-{figure} be the one that is reached last",
            )
    return Thresholds({**bounds, **need}, spike=FACTOR if args.spike is None else args.spike)


def _runway(warn: Optional[Decimal], crit: Optional[Decimal]) -> Bounds:
    """The given thresholds; a usual one gives way to the other where that is set beyond it. Zero switches one off."""
    usual_warn, usual_crit = (bound or Decimal(0) for bound in USUAL.of("runway"))
    usual = max(usual_warn, crit or usual_warn), min(usual_crit, warn or usual_crit)
    return Bounds(*((other if one is None else one) or None for one, other in zip((warn, crit), usual)))
