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
from typing import Callable, Dict, List, NamedTuple, NoReturn, Optional, TextIO


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

import credentials
import openrouter
import sample
import snapshot
from digest import clock_doubt, digest, says_anything
from errors import BadUsage, Failure
from insights import windows
from plaintext import clean, without_keys
from renderers import data, summary
from usage import Key, Keys, Report

sys.pycache_prefix = _theirs

SKILL_FOLDER = os.path.dirname(SCRIPTS)
RENDERERS: Dict[str, Callable[[Report], str]] = {"text": summary.render, "json": data.render}
COMMANDS = ("summary",)
BUG = 1
INTERRUPTED = 130

DESCRIPTION = "What an OpenRouter account has spent, has left, and on which models. All windows are UTC days."
EPILOG = """\
example:
  python3 scripts/stats.py          the summary
  python3 scripts/stats.py --json   the same figures for a program
  python3 scripts/stats.py --demo   a sample account: no key, no network, no packages

keys:
  OPENROUTER_API_KEY    a regular key: its own spend today, this week and month, its limit, its expiry
  OPENROUTER_MGMT_KEY   a management key: adds the account's spend over all keys, the balance and the
                        models of the last 7 completed days. It may also stand alone.
                        Make one at https://openrouter.ai/settings/management-keys
  looked for in: the environment; .env in the working directory; credentials.env beside SKILL.md;
  ~/.config/openrouter-usage/credentials.env

exit codes:
  0 answered (what is missing is said)   1 a bug   2 wrong usage   3 no key, or it was refused
  4 OpenRouter unreachable or failing   130 interrupted

A figure that is not known is printed as "unknown" with its reason, never as zero. * marks live figures.
"""


class Parser(argparse.ArgumentParser):
    """argparse, with wrong usage as a Failure: printed by main like every other."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(clean(without_keys(message)), "`--help` shows what there is")


def parser() -> Parser:
    options = Parser(
        prog="stats.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = options.add_argument
    add("command", nargs="?", choices=COMMANDS, default=COMMANDS[0], help="the emoji digest (the default)")
    add("--json", action="store_const", const="json", default="text", dest="format", help="JSON on stdout")
    add("--timeout", type=_seconds, default=20.0, metavar="SECONDS", help="for the whole command (default 20)")
    add("--demo", action="store_true", help="show a sample account instead of yours")
    add("--now", type=_instant, help=argparse.SUPPRESS)
    return options


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 3600 seconds")
    return seconds


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        moment = moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        moment = datetime.min
    if not 2000 <= moment.year <= 9000:
        raise argparse.ArgumentTypeError("must be an instant such as 2026-11-20T14:09:00Z")
    return moment


class Output(NamedTuple):
    """What the program prints, and its exit code."""

    code: int
    out: str = ""
    err: str = ""


def run(args: argparse.Namespace) -> Output:
    """The whole story: keys, snapshot, insight, renderer. Raises a Failure where no figure at all is known."""
    deadline: float = time.monotonic() + args.timeout

    def time_left() -> float:
        return deadline - time.monotonic()

    now = args.now or (sample.NOW if args.demo else datetime.now(timezone.utc))
    keys = sample.keys() if args.demo else _keys()
    addresses = [key.address for key in (keys.regular, keys.management) if isinstance(key, Key)]
    fetch = _sample(now) if args.demo else openrouter.over_http(addresses, time_left)
    router = openrouter.OpenRouter(fetch)
    known = snapshot.take(router, keys, windows.live_since(now), now, time_left)
    doubt = () if args.now else clock_doubt(now, router.server_time)
    report = digest(known.holdings, now, args.demo, (*keys.notes, *doubt))
    if known.failures and not says_anything(report):
        raise known.failures[0]
    return Output(0, RENDERERS[args.format](report), "".join(f"Remark: {remark}\n" for remark in keys.remarks))


def _keys() -> Keys:
    try:
        working_directory: Optional[str] = os.getcwd()
    except OSError:  # it was deleted
        working_directory = None
    return credentials.find(os.environ, working_directory, SKILL_FOLDER, openrouter.DEFAULT_ADDRESS)


def _sample(now: datetime) -> openrouter.Fetch:
    return lambda request: openrouter.Answer(sample.answer(request.path, request.key.name, now))


def answer(arguments: List[str]) -> Output:
    """What the program has to say, whatever happens: nothing is printed here."""
    as_json = "--json" in arguments
    try:
        if "-h" in arguments or "--help" in arguments:
            return Output(0, parser().format_help())
        return run(parser().parse_args(arguments))
    except Failure as failure:
        return _failed(failure, as_json)
    except KeyboardInterrupt:
        return Output(INTERRUPTED, err="Interrupted: no figure was printed.\n")
    except Exception as error:
        return _failed(_bug(error), as_json)


def _failed(failure: Failure, as_json: bool) -> Output:
    if as_json:
        return Output(failure.exit_code, out=data.render_error(failure))
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
    """UTF-8 for whoever reads a pipe; a terminal keeps its own encoding, with ? for what it cannot show."""
    if stream is None or not text:
        return
    stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")  # type: ignore[attr-defined]
    stream.write(text)
    stream.flush()


def _silence() -> None:
    """Lets the interpreter's last flush go nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


if __name__ == "__main__":
    sys.exit(main())
