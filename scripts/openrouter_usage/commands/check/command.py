"""Answers `check`."""

from __future__ import annotations

from openrouter_usage.cache import announcements
from openrouter_usage.commands.check import judge, text
from openrouter_usage.commands.check.records import UNKNOWN, Thresholds
from openrouter_usage.commands.check.thresholds import thresholds
from openrouter_usage.commands.summary import command
from openrouter_usage.commands.summary.records import Summary
from openrouter_usage.errors import BadUsage, Bug, Failure
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session


def run(session: Session) -> Output:
    """The levels of all accounts. Raises BadUsage."""
    args, now, by = session.args, session.now, thresholds(session.args)
    shown = command.known(session, or_nothing=True)
    if args.announce:
        return Output(0, _announcement(by, shown, session))
    verdicts = [judge.verdict(block, by, now) for block in shown.blocks]
    level = judge.worst(verdicts)
    if args.format == "json":
        return Output(level, text.render_json(shown, verdicts, level))
    return Output(level, "" if args.quiet and level == 0 else text.line(shown, verdicts, level, by))


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


def failed(failure: Failure, as_json: bool, announces: bool) -> Output:
    """Where a check cannot tell, a monitor reads of it on standard output, a chat too."""
    if announces:
        return Output(0, text.said(UNKNOWN, failure.advice))
    is_ours = as_json or isinstance(failure, (BadUsage, Bug))
    return (
        output.failed(failure, as_json)._replace(code=UNKNOWN)
        if is_ours
        else Output(UNKNOWN, text.unknown_line(failure.advice))
    )
