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

import argparse
import math
import os
import time
from datetime import datetime, timezone
from typing import Callable, Dict, List, NoReturn, Optional


def bytecode_folder() -> str:
    """Where our own bytecode goes: the user's cache, never the skill's folder, which registries digest."""
    home = os.path.expanduser("~")
    places = {"darwin": os.path.join(home, "Library", "Caches"), "win32": os.environ.get("LOCALAPPDATA", home)}
    cache = os.environ.get("XDG_CACHE_HOME") or places.get(sys.platform, os.path.join(home, ".cache"))
    return os.path.join(cache, "openrouter-usage", "bytecode")


# Only while our own modules load: other packages keep the bytecode that lies beside them.
_theirs = sys.pycache_prefix
sys.pycache_prefix = _theirs or bytecode_folder()
SCRIPTS = os.path.dirname(os.path.abspath(__file__))
if SCRIPTS not in sys.path:
    sys.path.insert(0, SCRIPTS)

import credentials
import openrouter
import sample
import snapshot
from errors import BadUsage, Failure
from insights import windows
from insights.digest import digest, says_anything
from plaintext import clean, without_keys
from renderers import data, summary
from usage import Report

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
    seconds = float(text)
    if not 0 < seconds <= 3600 or math.isnan(seconds):
        raise argparse.ArgumentTypeError("must be more than 0 and at most 3600 seconds")
    return seconds


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def run(args: argparse.Namespace) -> str:
    """The whole story: keys, snapshot, insight, renderer. Raises a Failure where no figure at all is known."""
    deadline: float = time.monotonic() + args.timeout

    def time_left() -> float:
        return deadline - time.monotonic()

    now = args.now or (sample.NOW if args.demo else datetime.now(timezone.utc))
    if args.demo:
        keys, fetch = sample.keys(), sample.fetch(now)
    else:
        keys = credentials.find(os.environ, os.getcwd(), SKILL_FOLDER, openrouter.DEFAULT_ADDRESS)
        fetch = openrouter.over_http(time_left)
    router = openrouter.OpenRouter(fetch)
    known = snapshot.take(router, keys, windows.live_since(now), now, time_left)
    report = digest(known.holdings, now, args.demo, keys.notes)
    if known.failures and not says_anything(report):
        raise known.failures[0]
    _remark(keys.remarks)
    return RENDERERS[args.format](report)


def _remark(remarks: "tuple[str, ...]") -> None:
    for remark in remarks:
        print(f"Remark: {remark}", file=sys.stderr)


def main(argv: Optional[List[str]] = None) -> int:
    arguments = sys.argv[1:] if argv is None else argv
    as_json = "--json" in arguments
    try:
        _speak_unicode()
        print(run(parser().parse_args(arguments)), end="", flush=True)
        return 0
    except Failure as failure:
        return _fail(failure, as_json)
    except KeyboardInterrupt:
        print("Interrupted: no figure was printed.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _fail(_bug(error), as_json)


def _speak_unicode() -> None:
    """UTF-8 for whoever reads a pipe; a terminal keeps its own encoding, with ? for what it cannot show."""
    for stream in (sys.stdout, sys.stderr):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="replace")  # type: ignore[union-attr]


def _fail(failure: Failure, as_json: bool) -> int:
    if as_json:
        print(data.render_error(failure), end="", flush=True)
    else:
        next_step = f"\nNext: {failure.next_step}" if failure.next_step else ""
        print(f"Error: {failure.message}{next_step}", file=sys.stderr)
    return failure.exit_code


def _bug(error: Exception) -> Failure:
    """Where it happened, but not what the exception says: that may hold anything, a key too."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
    failure = Failure(f"a bug in openrouter-usage: {type(error).__name__} at {where}", "please report this line")
    failure.code, failure.exit_code = "bug", BUG
    return failure


if __name__ == "__main__":
    sys.exit(main())
