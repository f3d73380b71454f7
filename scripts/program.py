"""Answers the command line: flags in, text and an exit code out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from datetime import date, datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Callable, List, NamedTuple, Optional, TextIO, Tuple, Union

import commandline
import credentials
from desk import Desk
from errors import BadUsage, Failure, KeyTrouble, MemoryTrouble, NeedsManagementKey, Offline
from late import LateRouter
from progress import Progress
from usage import Balance, Credits, Key, Keys, Note, Unknown

# All else is loaded where it is needed: a remembered answer has no time for it.
if TYPE_CHECKING:
    from types import ModuleType

    from openrouter import OpenRouter
    from recall import Recall
    from reports import Query, Report
    from summaries import Summary
    from verdicts import Thresholds


SKILL_FOLDER = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

BUG = 1
INTERRUPTED = 130
UNKNOWN = 3
"""What a check ends with where it cannot tell."""


class Output(NamedTuple):
    """What the program prints, and its exit code."""

    code: int
    out: str = ""
    err: str = ""


class Session(NamedTuple):
    """What every command works with. `memory` is None where nothing is remembered."""

    args: argparse.Namespace
    now: datetime
    keys: Keys
    router: LateRouter
    memory: Optional[Recall]
    desk: Desk

    def notes(self) -> Tuple[Note, ...]:
        """What must be said beside every figure, once all is asked."""
        if not self.desk.replaced and self.router.server_time is None:  # memory answered all
            return self.keys.notes
        from doubts import clock_doubt, remembered

        clock = clock_doubt(self.now, self.router.server_time)
        return (*self.keys.notes, *remembered(self.desk.replaced), *clock)

    def remember_balance(
        self, asker: Optional[Key], told: Union[Credits, Unknown, None], balance: Union[Balance, Unknown, None]
    ) -> None:
        """Keeps a balance that is believed and was told just now."""
        is_new = isinstance(told, Credits) and told.as_of is None
        if self.memory is not None and asker is not None and is_new and isinstance(balance, Balance):
            self.memory.keep_balance(asker, balance)


def run(args: argparse.Namespace) -> Output:
    """The whole story: keys, answers, insight, renderer. Raises a Failure where nothing could be begun."""
    deadline: float = time.monotonic() + args.timeout

    def time_left() -> float:
        return deadline - time.monotonic()

    now = args.now or (_sample().NOW if args.demo else datetime.now(timezone.utc))
    command = _command(args, now.date())
    try:
        keys = _sample().keys() if args.demo else _keys(args.command == "doctor")
    except KeyTrouble as trouble:
        if args.command != "metrics":
            raise
        return _not_scraped(args, trouble)
    router = LateRouter(lambda: _router(args, now, _every(keys), time_left))
    memory, forgetful = (None, ()) if args.demo else _memory(args, now, router)
    progress = Progress(sys.stderr)
    session = Session(args, now, keys, router, memory, Desk(time_left, progress.show, memory))
    try:
        output = command(session)
    except Failure as failure:
        output = _failed(failure, args.json, args.command, getattr(args, "announce", False))
    finally:
        progress.clear()
        if memory:
            memory.close()
    remarks = (*keys.remarks, *forgetful, *(memory.remarks if memory else ()))
    if getattr(args, "quiet", False) and not output.out:
        return output
    return output._replace(err="".join(f"Remark: {remark}\n" for remark in remarks) + output.err)


# The commands


def _command(args: argparse.Namespace, today: date) -> Callable[[Session], Output]:
    """What is to be done. Raises BadUsage."""
    if args.command == "report":
        from question import query

        return partial(_report, query(args, today))
    if args.command == "check":
        from thresholds import thresholds

        return partial(_check, thresholds(args))
    return {"summary": _summary, "forecast": _forecast, "metrics": _metrics, "doctor": _doctor}[args.command]


def _summary(session: Session) -> Output:
    shown = _shown(session)
    if session.args.format == "json":
        from renderers.summary_data import render
    else:
        from renderers.summary import render
    return Output(0, render(shown))


def _forecast(session: Session) -> Output:
    from renderers import forecast

    render = forecast.render_json if session.args.format == "json" else forecast.render
    return Output(0, render(_shown(session)))


def _check(by: Thresholds, session: Session) -> Output:
    from insights import alarm
    from renderers import check

    args, now = session.args, session.now
    shown = _shown(session, or_nothing=True)
    if args.announce:
        return Output(0, _announcement(by, shown, session))
    verdicts = [alarm.verdict(block, by, now) for block in shown.blocks]
    level = alarm.worst(verdicts)
    if args.format == "json":
        return Output(level, check.render_json(shown, verdicts, level))
    return Output(level, "" if args.quiet and level == 0 else check.line(shown, verdicts, level, by))


def _announcement(by: Thresholds, shown: Summary, session: Session) -> str:
    """A sentence where there is news, which is remembered for the account; else the word for silence."""
    from insights import alarm
    from renderers import check

    strict = [alarm.verdict(block, by, session.now) for block in shown.blocks]
    loose = [alarm.lingering(block, by, session.now) for block in shown.blocks]
    keys = _every(session.keys)
    last = session.memory.announced(keys, by.name) if session.memory and keys else None
    level = alarm.settled(alarm.worst(strict), alarm.worst(loose), last)
    if not alarm.is_due(level, last, session.now, session.args.remind):
        return check.NO_REPLY
    if session.memory and keys:
        session.memory.announce(keys, by.name, level)
    return check.sentence(shown, strict if level == alarm.worst(strict) else loose, level)


def _metrics(session: Session) -> Output:
    try:
        shown = _shown(session)
    except Failure as failure:
        return _not_scraped(session.args, failure)
    failed = [one for one in session.desk.failures if not isinstance(one, NeedsManagementKey)]
    return _exposed(session.args, shown, not failed and not session.desk.replaced)


def _not_scraped(args: argparse.Namespace, failure: Failure) -> Output:
    """A collector that goes on reading the file must not take the last figures for today's."""
    if args.format == "json" and not args.output:
        return _failed(failure, as_json=True)
    exposed = _exposed(args, None, False)
    return exposed._replace(code=failure.exit_code, err=_failed(failure, as_json=False).err)


def _exposed(args: argparse.Namespace, shown: Optional[Summary], success: bool) -> Output:
    from renderers import metrics

    text = (metrics.render_json if args.format == "json" else metrics.render)(shown, success)
    if not args.output:
        return Output(0, text)
    from exposition import write

    write(args.output, text)
    return Output(0)


def _shown(session: Session, or_nothing: bool = False) -> Summary:
    """All that is known of each account. Raises a Failure where that is nothing, unless it will do."""
    import snapshot
    from digest import digest, says_anything
    from insights import windows

    args, now = session.args, session.now
    since = windows.live_since(now)
    known = snapshot.take(session.router, session.keys, since, now, session.desk, session.memory)
    shown = digest(known.holdings, now, args.max_age, args.demo, session.notes())
    if known.failures and not or_nothing and not says_anything(shown):
        raise known.failures[0]
    for holding, block in zip(known.holdings, shown.blocks):
        session.remember_balance(holding.asker, holding.credits, block.balance)
    return shown


def _report(query: Query, session: Session) -> Output:
    import ledger
    from question import nothing_known
    from statement import statement

    args, now = session.args, session.now
    answers = ledger.take(session.router, session.keys, query, now.date(), session.desk, session.memory)
    if answers is None:
        raise nothing_known(query, now.date())
    report = statement(query, answers, now, args.max_age, args.demo, session.notes())
    session.remember_balance(answers.asker, answers.credits, report.credits)
    return _report_as(args.format, report)


def _report_as(form: str, report: Report) -> Output:
    """The report, and beside it the notes that its format has no place for."""
    from renderers import report_data, tables

    if form == "csv":
        return Output(0, report_data.render_csv(report), report_data.notes(report))
    return Output(0, report_data.render_json(report) if form == "json" else tables.render(report, _width()))


def _doctor(session: Session) -> Output:
    import checkup
    from renderers import doctor

    found = checkup.take(session.router, session.keys, session.now, session.args.demo, session.desk, session.memory)
    render = doctor.render_json if session.args.format == "json" else doctor.render
    return Output(found.exit_code, render(found))


# What they work with


def _keys(or_none: bool) -> Keys:
    """The keys; where there are none, a remark in their place if that will do."""
    try:
        working_directory: Optional[str] = os.getcwd()
    except OSError:  # it was deleted
        working_directory = None
    try:
        return credentials.find(os.environ, working_directory, SKILL_FOLDER)
    except KeyTrouble as trouble:
        if not or_none:
            raise
        return Keys(None, None, remarks=(f"{trouble.message}; {trouble.next_step}",))


def _sample() -> ModuleType:
    import sample

    return sample


def _memory(args: argparse.Namespace, now: datetime, router: LateRouter) -> Tuple[Optional[Recall], Tuple[str, ...]]:
    """What is remembered; or None, and a remark on why nothing is."""
    try:
        from history import History, folder
        from recall import Recall
    except ImportError:
        return None, ("nothing is remembered: this Python has no sqlite3",)
    try:
        history = History(folder(os.environ), credentials.tilde(folder(os.environ)))
    except MemoryTrouble as trouble:
        return None, (f"nothing is remembered: {trouble}",)
    return Recall(history, now, args.max_age, lambda: router.server_time, not args.offline), ()


def _router(args: argparse.Namespace, now: datetime, keys: List[Key], time_left: Callable[[], float]) -> OpenRouter:
    """The way to OpenRouter, or to the sample. Raises Offline, or MissingPackage."""
    if args.offline and not args.demo:
        raise Offline("nobody was asked (--offline)", "nothing is remembered that answers this: run it without")
    import openrouter

    if args.demo:
        return openrouter.OpenRouter(
            lambda request: openrouter.Answer(_sample().answer(request.path, request.key.name, request.body or {}, now))
        )
    fetch = openrouter.over_http({key.address for key in keys}, time_left)
    # With --now the clock is set for everybody, OpenRouter too.
    return openrouter.OpenRouter((lambda request: fetch(request)._replace(at=None)) if args.now else fetch)


def _every(keys: Keys) -> List[Key]:
    return [key for key in (keys.regular, keys.management) if isinstance(key, Key)]


def _width() -> int:
    """The terminal's, or 80 where standard output is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


def answer(arguments: List[str]) -> Output:
    """What the program has to say, whatever happens: nothing is printed here."""
    failed = partial(
        _failed,
        as_json=commandline.wants_json(arguments),
        command=commandline.command_meant(arguments),
        announces=any(one.startswith("--announce") for one in arguments),
    )
    try:
        if commandline.wants_help(arguments):
            return Output(0, commandline.help_text())
        return run(commandline.parsed(arguments))
    except Failure as failure:
        return failed(failure)
    except KeyboardInterrupt:
        return Output(INTERRUPTED, err="Interrupted: no figure was printed.\n")
    except Exception as error:
        return failed(_bug(error))


def _failed(failure: Failure, as_json: bool, command: str = "", announces: bool = False) -> Output:
    if command == "check":
        return _not_checked(failure, as_json, announces)
    if as_json:
        from renderers.encode import render_error

        return Output(failure.exit_code, out=render_error(failure))
    next_step = f"Next: {failure.next_step}\n" if failure.next_step else ""
    return Output(failure.exit_code, err=f"Error: {failure.message}\n{next_step}")


def _not_checked(failure: Failure, as_json: bool, announces: bool) -> Output:
    """The same of a check: where it cannot tell, a monitor reads of it on standard output, a chat too."""
    from renderers import check

    why = "; ".join(part for part in (failure.message, failure.next_step) if part)
    if announces:
        return Output(0, check.said(UNKNOWN, why))
    output = _failed(failure, as_json)._replace(code=UNKNOWN)
    is_ours = as_json or isinstance(failure, BadUsage) or failure.exit_code == BUG
    return output if is_ours else Output(UNKNOWN, check.unknown_line(why))


def _bug(error: Exception) -> Failure:
    """Where it happened, but not what the exception says: that may hold anything, a key too."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
    failure = Failure(f"a bug in openrouter-usage: {type(error).__name__} at {where}", "please report this line")
    failure.code, failure.exit_code = "bug", BUG
    return failure


def main() -> int:
    """Prints the answer. A reader that went away changes nothing; a full disk is an error, if anybody can be told."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output = answer(sys.argv[1:])
    try:
        _write(sys.stdout, output.out)
        _write(sys.stderr, output.err)
    except KeyboardInterrupt:
        _silence()
        return INTERRUPTED
    except BrokenPipeError:
        _silence()
    except OSError:
        _silence()
        return UNKNOWN if commandline.command_meant(sys.argv[1:]) == "check" else BUG
    return output.code


def _write(stream: Optional[TextIO], text: str) -> None:
    """UTF-8 and our own line ends for whoever reads a pipe; a terminal has its own, and ? for what it cannot show."""
    if stream is None or not text:
        return
    pipe = {} if stream.isatty() else {"encoding": "utf-8", "newline": ""}
    stream.reconfigure(errors="replace", **pipe)  # type: ignore[attr-defined]
    stream.write(text)
    stream.flush()


def _silence() -> None:
    """Lets the interpreter's last flush go nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
