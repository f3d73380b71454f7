"""Answers `check`."""

from __future__ import annotations

import output
from commands import summary
from errors import BadUsage, Bug, Failure
from insights import alarm
from output import Output
from renderers import check
from session import Session
from summaries import Summary
from thresholds import thresholds
from verdicts import UNKNOWN, Thresholds


def run(session: Session) -> Output:
    """The levels of all accounts. Raises BadUsage."""
    args, now, by = session.args, session.now, thresholds(session.args)
    shown = summary.known(session, or_nothing=True)
    if args.announce:
        return Output(0, _announcement(by, shown, session))
    verdicts = [alarm.verdict(block, by, now) for block in shown.blocks]
    level = alarm.worst(verdicts)
    if args.format == "json":
        return Output(level, check.render_json(shown, verdicts, level))
    return Output(level, "" if args.quiet and level == 0 else check.line(shown, verdicts, level, by))


def _announcement(by: Thresholds, shown: Summary, session: Session) -> str:
    """A sentence where there is news, which is remembered for the account; else the word for silence."""
    strict = [alarm.verdict(block, by, session.now) for block in shown.blocks]
    loose = [alarm.lingering(block, by, session.now) for block in shown.blocks]
    keys, name = session.every_key, by.name + (", all profiles" if session.args.all_profiles else "")
    last = session.memory.announced(keys, name) if session.memory and keys else None
    level = alarm.settled(alarm.worst(strict), alarm.worst(loose), last)
    if not alarm.is_due(level, last, session.now, session.args.remind):
        return check.NO_REPLY
    if session.memory and keys:
        session.memory.announce(keys, name, level)
    return check.sentence(shown, strict if level == alarm.worst(strict) else loose, level)


def failed(failure: Failure, as_json: bool, announces: bool) -> Output:
    """Where a check cannot tell, a monitor reads of it on standard output, a chat too."""
    if announces:
        return Output(0, check.said(UNKNOWN, failure.advice))
    is_ours = as_json or isinstance(failure, (BadUsage, Bug))
    return (
        output.failed(failure, as_json)._replace(code=UNKNOWN)
        if is_ours
        else Output(UNKNOWN, check.unknown_line(failure.advice))
    )
