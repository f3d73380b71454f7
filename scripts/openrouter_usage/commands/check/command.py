"""Answers `check`: judges all accounts by thresholds that its options set."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from datetime import timedelta
from decimal import Decimal
from typing import List, Optional

from openrouter_usage.cache import announcements
from openrouter_usage.commands.check import judge, text
from openrouter_usage.commands.check.records import UNKNOWN, USUAL, Bounds, Thresholds
from openrouter_usage.commands.summary import command
from openrouter_usage.commands.summary.records import Summary
from openrouter_usage.commands.values import amount, duration, exclude
from openrouter_usage.days import DAY
from openrouter_usage.errors import BadUsage, Bug, Failure
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

ALERTS = {
    "runway": ("TIME", "below it"),
    "balance": ("USD", "below it"),
    "today": ("USD", "above it: today's spend"),
    "limit": ("PERCENT", "above it: what is used of a limit"),
}
"""The figures with a warning and a critical threshold: the unit of both, and the side of them that alerts."""

SECOND = timedelta(seconds=1)
USUAL_RUNWAYS = {"warn": "72h", "crit": "24h"}
REMIND = "announce what is not OK again after so long (default 24h)"


def add_options(parser: ArgumentParser) -> List[Action]:
    add = parser.add_argument_group("check (of the account, and of the key's limits)").add_argument
    made = []
    for figure, (unit, side) in ALERTS.items():
        for level, runway in USUAL_RUNWAYS.items():
            usual = f" (default {runway}); 0: never" if figure == "runway" else ""
            kind = duration if figure == "runway" else amount
            made.append(add(f"--{level}-{figure}", type=kind, metavar=unit, help=f"alert {side}{usual}"))
    return [
        *made,
        add("--need", type=amount, metavar="USD", help="is so much left? Alone: 0 it is, 2 it is not, 3 not known"),
        add("--quiet", action="store_true", help="print nothing when OK: for cron"),
        add("--announce", action="store_true", help="for chats: a sentence when the level changed, else NO_REPLY"),
        add("--remind", type=duration, metavar="TIME", default=DAY, help=REMIND),
    ]


def validate(args: Namespace) -> None:
    exclude(args, ("announce", "quiet"), ("announce", "json"), ("quiet", "json"))


def run(session: Session) -> Output:
    """Prints the levels of all accounts. Raises BadUsage."""
    args, now, by = session.args, session.now, _thresholds(session.args)
    shown, _ = command.known(session, or_nothing=True)
    if args.announce:
        return Output(0, _announcement(by, shown, session))
    verdicts = [judge.verdict(block, by, now) for block in shown.blocks]
    level = judge.worst(verdicts)
    if args.format == "json":
        return Output(level, text.render_json(shown, verdicts, level))
    if args.quiet and level == 0:
        return Output(0, with_remarks=False)
    return Output(level, text.line(shown, verdicts, level, by))


def _announcement(by: Thresholds, shown: Summary, session: Session) -> str:
    """A sentence where there is news, which is remembered for the account; else the word for silence."""
    strict = [judge.verdict(block, by, session.now) for block in shown.blocks]
    loose = [judge.lingering(block, by, session.now) for block in shown.blocks]
    keys, name = session.every_key, by.name + (", all profiles" if session.args.all_profiles else "")
    last = announcements.last(session.cache, keys, name) if keys else None
    level = judge.settled(judge.worst(strict), judge.worst(loose), last)
    if not judge.is_due(level, last, session.now, session.args.remind):
        return text.NO_REPLY
    if keys:
        announcements.keep(session.cache, keys, name, level)
    return text.sentence(shown, strict if level == judge.worst(strict) else loose, level)


def failed(failure: Failure, arguments: List[str]) -> Output:
    """Reports that a check cannot tell, on standard output, where a monitor and a chat read it."""
    if any(one.startswith("--announce") for one in arguments):
        return Output(0, text.chat_line(UNKNOWN, failure.advice))
    as_json = "--json" in arguments
    if as_json or isinstance(failure, (BadUsage, Bug)):
        return output.failed(failure, as_json)._replace(code=UNKNOWN, with_remarks="--quiet" not in arguments)
    return Output(UNKNOWN, text.status_line(UNKNOWN, failure.advice))


# The thresholds


def _thresholds(args: Namespace) -> Thresholds:
    """The thresholds that are asked for. Raises BadUsage where a critical one is milder than its warning."""
    given = {figure: (getattr(args, f"warn_{figure}"), getattr(args, f"crit_{figure}")) for figure in ALERTS}
    need_alone = args.need is not None and not any(one is not None for pair in given.values() for one in pair)
    bounds = {figure: Bounds(*pair) for figure, pair in given.items()}
    if not need_alone:
        bounds["runway"] = _runway(*given["runway"])
    for figure, (warn, crit) in bounds.items():
        side = ALERTS[figure][1].split()[0]
        if warn is not None and crit is not None and (crit > warn if side == "below" else crit < warn):
            raise BadUsage(
                f"--crit-{figure} is milder than --warn-{figure}: both alert {side} their value",
                f"let --crit-{figure} be the one that is reached last",
            )
    runway, balance, today, limit = bounds.values()
    return Thresholds(runway, balance, today, limit, args.need, need_alone)


def _runway(*given: Optional[timedelta]) -> Bounds:
    """The thresholds in days; a usual one gives way to the other where that is set beyond it. Zero switches one off."""
    warn, crit = (None if one is None else Decimal(one // SECOND) / (DAY // SECOND) for one in given)
    usual_warn, usual_crit = (bound or Decimal(0) for bound in USUAL.runway)
    usual = max(usual_warn, crit or usual_warn), min(usual_crit, warn or usual_crit)
    return Bounds(*((other if one is None else one) or None for one, other in zip((warn, crit), usual)))
