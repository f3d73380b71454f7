#!/usr/bin/env python3
# /// script
# requires-python = ">=3.9"
# dependencies = [
#   "requests>=2.28,<3",
#   "python-dotenv>=0.21,<2",
# ]
# ///
"""Answers "what's my OpenRouter spend?": flags in, text and an exit code out."""

import sys

if sys.version_info < (3, 9):  # noqa: UP036 (it is what an older Python reads)
    raise SystemExit("openrouter-usage needs Python 3.9 or newer")

import signal

if __name__ == "__main__":
    # Until main can answer it: an interrupt during an import is no traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import os
import time
from datetime import datetime, timezone
from typing import Callable, Dict, List, NamedTuple, Optional, TextIO, Tuple


def bytecode_folder() -> str:
    """Where our own bytecode goes: the user's cache, never the skill's folder, which registries digest."""
    home = os.path.expanduser("~")
    places = {"darwin": os.path.join(home, "Library", "Caches"), "win32": os.environ.get("LOCALAPPDATA", home)}
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    cache = chosen if os.path.isabs(chosen) else places.get(sys.platform, os.path.join(home, ".cache"))
    return os.path.join(cache, "openrouter-usage", "bytecode")


# Only while our own modules load: other packages keep the bytecode that lies beside them.
_theirs = sys.pycache_prefix
sys.pycache_prefix = _theirs or bytecode_folder()
SCRIPTS = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, SCRIPTS)

import commandline
import credentials
import ledger
import openrouter
import sample
import snapshot
from desk import Desk
from digest import clock_doubt, digest, says_anything
from errors import Failure
from insights import windows
from progress import Progress
from renderers import report_data, summary, summary_data, tables
from renderers.encode import render_error
from statement import statement
from usage import Key, Keys, Note, Query, Report, Summary

sys.pycache_prefix = _theirs

SKILL_FOLDER = os.path.dirname(SCRIPTS)
SUMMARIES: Dict[str, Callable[[Summary], str]] = {"text": summary.render, "json": summary_data.render}
REPORTS: Dict[str, Callable[[Report], str]] = {
    "text": lambda report: tables.render(report, _width()),
    "json": report_data.render_json,
    "csv": report_data.render_csv,
}
BUG = 1
INTERRUPTED = 130


class Output(NamedTuple):
    """What the program prints, and its exit code."""

    code: int
    out: str = ""
    err: str = ""


class Session(NamedTuple):
    """What every command works with."""

    args: argparse.Namespace
    now: datetime
    keys: Keys
    router: openrouter.OpenRouter
    desk: Desk

    def doubts(self) -> Tuple[Note, ...]:
        """What must be said beside every figure."""
        return (*self.keys.notes, *(() if self.args.now else clock_doubt(self.now, self.router.server_time)))


def run(args: argparse.Namespace) -> Output:
    """The whole story: keys, answers, insight, renderer. Raises a Failure where no figure at all is known."""
    deadline: float = time.monotonic() + args.timeout

    def time_left() -> float:
        return deadline - time.monotonic()

    now = args.now or (sample.NOW if args.demo else datetime.now(timezone.utc))
    query = commandline.query(args, now.date())
    keys = sample.keys() if args.demo else _keys()
    addresses = [key.address for key in (keys.regular, keys.management) if isinstance(key, Key)]
    fetch = _sample(now) if args.demo else openrouter.over_http(addresses, time_left)
    progress = Progress(sys.stderr)
    session = Session(args, now, keys, openrouter.OpenRouter(fetch), Desk(time_left, progress.show))
    try:
        out, notes = _report(session, query) if query else (_summary(session), "")
    finally:
        progress.clear()
    return Output(0, out, "".join(f"Remark: {remark}\n" for remark in keys.remarks) + notes)


def _summary(session: Session) -> str:
    since = windows.live_since(session.now)
    known = snapshot.take(session.router, session.keys, since, session.now, session.desk)
    shown = digest(known.holdings, session.now, session.args.demo, session.doubts())
    if known.failures and not says_anything(shown):
        raise known.failures[0]
    return SUMMARIES[session.args.format](shown)


def _report(session: Session, query: Query) -> Tuple[str, str]:
    """The report, and the notes that its format has no place for."""
    answers = ledger.take(session.router, session.keys, query, session.desk)
    report = statement(query, answers, session.now, session.args.demo, session.doubts())
    notes = report_data.notes(report) if session.args.format == "csv" else ""
    return REPORTS[session.args.format](report), notes


def _width() -> int:
    """The terminal's, or 80 where standard output is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


def _keys() -> Keys:
    try:
        working_directory: Optional[str] = os.getcwd()
    except OSError:  # it was deleted
        working_directory = None
    return credentials.find(os.environ, working_directory, SKILL_FOLDER, openrouter.DEFAULT_ADDRESS)


def _sample(now: datetime) -> openrouter.Fetch:
    def fetch(request: openrouter.Request) -> openrouter.Answer:
        return openrouter.Answer(sample.answer(request.path, request.key.name, request.body or {}, now))

    return fetch


def answer(arguments: List[str]) -> Output:
    """What the program has to say, whatever happens: nothing is printed here."""
    as_json = commandline.wants_json(arguments)
    try:
        if commandline.wants_help(arguments):
            return Output(0, commandline.help_text())
        return run(commandline.parsed(arguments))
    except Failure as failure:
        return _failed(failure, as_json)
    except KeyboardInterrupt:
        return Output(INTERRUPTED, err="Interrupted: no figure was printed.\n")
    except Exception as error:
        return _failed(_bug(error), as_json)


def _failed(failure: Failure, as_json: bool) -> Output:
    if as_json:
        return Output(failure.exit_code, out=render_error(failure))
    next_step = f"Next: {failure.next_step}\n" if failure.next_step else ""
    return Output(failure.exit_code, err=f"Error: {failure.message}\n{next_step}")


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
        return BUG
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


if __name__ == "__main__":
    sys.exit(main())
