"""Reads the command line: what is asked for, or a BadUsage that says what would be right."""

import argparse
import re
from datetime import date, datetime, timedelta, timezone
from typing import Callable, Dict, List, NoReturn, Optional, Tuple

from errors import BadUsage
from insights import ranges
from names import pattern
from plaintext import clean, masked, without_keys
from usage import TIMES, Query, Span

COMMANDS = {
    "summary": "the emoji digest (the default)",
    "report": "spend broken down, as a table, CSV or JSON",
}
DIMENSIONS = ("model", "provider", "date", "key", "app", "user", "workspace", "hour")
MOST_DIMENSIONS = 2
USUAL_DAYS, MOST_DAYS = 30, 3660
"""Ten years are more than anybody remembers, and few enough for a calendar."""

DESCRIPTION = "What an OpenRouter account has spent, has left, and on what. All windows are UTC days."
EPILOG = """\
examples:
  python3 scripts/stats.py                               the summary
  python3 scripts/stats.py --json                        the same figures for a program
  python3 scripts/stats.py --demo                        a sample account: no key, no network, no packages
  python3 scripts/stats.py report                        30 completed days by model
  python3 scripts/stats.py report --by date,model --days 7
  python3 scripts/stats.py report --model 'anthropic/*'  one vendor's models
  python3 scripts/stats.py report --by key               every key: spend, limit, expiry
  python3 scripts/stats.py report --by date --csv        for a spreadsheet

keys:
  OPENROUTER_API_KEY    a regular key: its own spend today, this week and month, its limit, its expiry
  OPENROUTER_MGMT_KEY   a management key: adds the account's spend over all keys, the balance and the
                        models of the last 7 completed days. It may also stand alone. A report needs it.
                        Make one at https://openrouter.ai/settings/management-keys
  looked for in: the environment; .env in the working directory; credentials.env beside SKILL.md;
  ~/.config/openrouter-usage/credentials.env

exit codes:
  0 answered (what is missing is said)   1 a bug   2 wrong usage   3 no key, or it was refused
  4 OpenRouter unreachable or failing   130 interrupted

A figure that is not known is printed as "unknown" (in tables "?") with its reason, never as zero.
* marks live figures.
"""


def wants_help(arguments: List[str]) -> bool:
    return "-h" in arguments or "--help" in arguments


def wants_json(arguments: List[str]) -> bool:
    """Whether an error is to be JSON, too; asked of a command line that may be wrong."""
    return "--json" in arguments


def help_text() -> str:
    return _parser()[0].format_help()


def parsed(arguments: List[str]) -> argparse.Namespace:
    """What is asked for. `format` is text, json or csv. Raises BadUsage."""
    parser, of_report = _parser()
    args = parser.parse_args(arguments)
    given = [flag for flag, name in of_report.items() if getattr(args, name)]
    if given and args.command != "report":
        raise BadUsage(f"{given[0]} belongs to the command `report`", f"`report {given[0]} ...`")
    if args.json and args.csv:
        raise BadUsage("--csv and --json are two formats", "choose one of them")
    args.format = "json" if args.json else "csv" if args.csv else "text"
    return args


def query(args: argparse.Namespace, today: date) -> Optional[Query]:
    """The report that is asked for on that UTC day, or None for another command. Raises BadUsage."""
    if args.command != "report":
        return None
    first, last = _range(args, today)
    credits = not args.no_credits and args.format != "csv"
    asked = Query(args.by or ("model",), first, last, args.model or "", args.key or "", args.top, credits)
    columns = [one for one in asked.needed if one not in TIMES]
    if asked.source == "analytics" and len(columns) > MOST_DIMENSIONS:
        raise BadUsage(
            f"OpenRouter groups by two of these at most: {', '.join(columns)} (--model and --key count too)",
            "leave one out",
        )
    known = ranges.known(asked, today)
    if known is None:
        raise _nothing_known(asked, today)
    return asked._replace(known=known)


def _range(args: argparse.Namespace, today: date) -> Span:
    """One day, from one day to another, or so many days up to a day or to yesterday."""
    if args.date and (args.days or args.first or args.last):
        raise BadUsage("--date is one day", "leave out --days, --from and --to")
    if args.days and args.first:
        raise BadUsage("--days and --from both say where the range begins", "leave one of them out")
    last = args.date or args.last or today - timedelta(days=1)
    first = args.date or args.first or last - timedelta(days=(args.days or USUAL_DAYS) - 1)
    if max(first, last) > today:
        raise BadUsage(f"{max(first, last)} is in the future: today is {today} UTC", "name a day before today")
    if first > last:
        raise BadUsage(f"the range ends before it begins: {first} to {last}", "--from must not be after --to")
    return first, last


def _nothing_known(asked: Query, today: date) -> BadUsage:
    """With who does know it, where somebody does."""
    farthest = today - timedelta(days=ranges.ANALYTICS_REACH)
    if asked.first >= today:
        elsewhere = "today's live total is in the summary"
    elif asked.last < farthest:
        elsewhere = "name days within these"
    else:
        elsewhere = f"`--by app` (or key, user, workspace) reaches back to {farthest}: use it for these days"
    source = "/activity" if asked.source == "activity" else "analytics"
    return BadUsage(
        f"nothing is known of {ranges.written((asked.first, asked.last))}: by {' and '.join(asked.by)}, OpenRouter's "
        f"{source} holds the completed UTC days {ranges.written(ranges.reach(asked, today))}",
        elsewhere,
    )


class Parser(argparse.ArgumentParser):
    """argparse, with wrong usage as a Failure: printed by main like every other."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(clean(without_keys(message)), "`--help` shows what there is")


def _parser() -> Tuple[Parser, Dict[str, str]]:
    """The parser, and the options of `report` alone, each with the name of its value."""
    parser = Parser(
        prog="stats.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = "; ".join(f"{name}: {what}" for name, what in COMMANDS.items())
    add = parser.add_argument
    add("command", nargs="?", choices=COMMANDS, default="summary", help=commands)
    add("--json", action="store_true", help="JSON on stdout")
    add("--timeout", type=_seconds, default=20.0, metavar="SECONDS", help="for the whole command (default 20)")
    add("--demo", action="store_true", help="show a sample account instead of yours")
    add("--now", type=_instant, help=argparse.SUPPRESS)
    group = parser.add_argument_group("report (completed UTC days of the whole account)")
    options = [
        group.add_argument("--by", type=_by, metavar="DIM", help=f"{', '.join(DIMENSIONS)}; or two: date,model"),
        group.add_argument("--days", type=_whole(MOST_DAYS), metavar="N", help="the last N days (default 30)"),
        group.add_argument("--date", type=_date, metavar="DATE", help="one day, YYYY-MM-DD"),
        group.add_argument("--from", type=_date, dest="first", metavar="DATE", help="the first day"),
        group.add_argument("--to", type=_date, dest="last", metavar="DATE", help="the last day (default: yesterday)"),
        group.add_argument("--model", type=_glob, metavar="GLOB", help="only models that fit, such as 'openai/*'"),
        group.add_argument("--key", type=_name, metavar="NAME", help="only the key of that name"),
        group.add_argument("--top", type=_whole(10**6), metavar="N", help="show the N dearest rows; totals are of all"),
        group.add_argument("--no-credits", action="store_true", help="leave out the credits line"),
        group.add_argument("--csv", action="store_true", help="CSV on stdout"),
    ]
    return parser, {option.option_strings[0]: option.dest for option in options}


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


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else "")
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 9000:
        raise argparse.ArgumentTypeError("must be a UTC day such as 2026-11-19")
    return day


def _whole(most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        if not 1 <= value <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {most}")
        return value

    return number


def _name(text: str) -> str:
    """Cleaned as the names are that it is compared with."""
    name = masked(clean(text))
    if not name:
        raise argparse.ArgumentTypeError("must not be empty")
    return name


def _glob(text: str) -> str:
    glob = _name(text)
    try:
        pattern(glob)
    except re.error:
        raise argparse.ArgumentTypeError("must be a shell pattern such as 'openai/*'") from None
    return glob


def _by(text: str) -> Tuple[str, ...]:
    by = tuple(one.strip().lower() for one in text.split(","))
    strange = [one for one in by if one not in DIMENSIONS]
    if strange:
        raise argparse.ArgumentTypeError(f"{strange[0]!r} is none of {', '.join(DIMENSIONS)}")
    if len(by) > MOST_DIMENSIONS or len(set(by)) < len(by):
        raise argparse.ArgumentTypeError("must be one dimension, or two different ones such as date,model")
    if set(by) == set(TIMES):
        raise argparse.ArgumentTypeError("hour already has its date: leave date out")
    return by
