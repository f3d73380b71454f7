"""Reads the command line: what is asked for, or a BadUsage that says what would be right."""

import argparse
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Callable, Dict, List, NoReturn, Tuple, Union

from openrouter_usage.errors import BadUsage
from openrouter_usage.records import TIMES
from openrouter_usage.sanitize import clean, masked, without_keys

COMMANDS = {
    "summary": "the emoji digest (the default)",
    "report": "spend broken down, as a table, CSV or JSON",
    "forecast": "how long the credits, and every limit, will last",
    "why": "what changed in spend between two periods, and what made it change",
    "check": "what is left as a monitoring check: exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN",
    "bar": "one line for a menu bar, status line or prompt: what is remembered, renewed in the background",
    "metrics": "OpenMetrics text, for Prometheus",
    "doctor": "which keys were found and where, what each may see, what is remembered",
    "login": "put a key from standard input into the system keychain",
    "logout": "take it out",
}
DIMENSIONS = ("model", "provider", "date", "key", "app", "user", "workspace", "hour")
MOST_DIMENSIONS = 2
MOST_DAYS = 3660
"""Ten years are more than anybody remembers, and few enough for a calendar."""

AGO = {"today": timedelta(0), "yesterday": timedelta(days=1)}
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
REMIND = "announce what is not OK again after so long (default 24h)"
MAX_AGE = "a remembered answer this young will do: 90s, 5m, 72h, 14d (default 60s; bar: 5m); 0 asks again"
FRESH, FRESH_IN_BAR = timedelta(seconds=60), timedelta(minutes=5)
PROFILE = "only the keys stored under NAME: in credentials.NAME.env, or by login"

DEFAULT = "default"
"""The profile whose keys are those of no profile."""

HOSTS = ("plain", "swiftbar", "waybar", "tmux", "claude")
SHOWS = ("icon", "balance", "usage", "both")
PERIODS = ("today", "week", "month")

ONE_OF = (
    *(("csv", "json"), ("demo", "output"), ("announce", "quiet"), ("announce", "json"), ("quiet", "json")),
    *(("demo", "profile"), ("demo", "all_profiles"), ("profile", "all_profiles"), ("csv", "all_profiles")),
)

SWITCHES = (
    *("--", "--json", "--offline", "--all-profiles", "--demo", "--csv", "--no-credits", "--quiet", "--announce"),
    *("--management", "--file", "--fetch", "--help"),
)
"""The options that have no value."""

HELP_WIDTH = 110

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
  python3 scripts/stats.py report --date today           today's models, live
  python3 scripts/stats.py why                           what made the last 7 days dearer or cheaper
  python3 scripts/stats.py forecast                      when the credits run out
  python3 scripts/stats.py check --need 5                exit 0: $5 can be spent; 2: not; 3: not known
  python3 scripts/stats.py check --quiet                 for cron: a line only where it is not OK
  python3 scripts/stats.py metrics --output FILE.prom    for the textfile collector
  python3 scripts/stats.py bar --host waybar             for a menu bar; also swiftbar, tmux, claude
  python3 scripts/stats.py login --profile work          store a key under a name (read from standard input)
  python3 scripts/stats.py --all-profiles                every profile, and the total over distinct accounts
  python3 scripts/stats.py --max-age 0                   ask again, however young the last answer is

keys:
  OPENROUTER_API_KEY    a regular key: its own spend today, this week and month, its limit, its expiry
  OPENROUTER_MGMT_KEY   a management key: adds the account's spend over all keys, the balance and the
                        models of the last 7 completed days. It may also stand alone. A report needs it.
                        Make one at https://openrouter.ai/settings/management-keys
  looked for in: the environment; .env in the working directory; credentials.env beside SKILL.md;
  ~/.config/openrouter-usage/credentials.env; the system keychain (`login`). With --profile NAME only in
  credentials.NAME.env in these two folders, and in the keychain

exit codes:
  0 answered (what is missing is said)   1 a bug   2 wrong usage   3 no key, or it was refused
  4 OpenRouter unreachable or failing, and nothing remembered   130 interrupted
  `check`: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN, wrong usage or a bug; with --announce always 0
  `bar`: always 0

Answers are remembered (`doctor` shows where): completed days for good, all else to answer with again within
--max-age, and when nobody answers.

A figure that is not known is printed as "unknown" (in tables "?") with its reason, never as zero.
* marks live figures.
"""


def wants_help(arguments: List[str]) -> bool:
    return "-h" in arguments or "--help" in arguments


def wants_json(arguments: List[str]) -> bool:
    """Whether an error is to be JSON, too; asked of a command line that may be wrong."""
    return "--json" in arguments


def help_text() -> str:
    return _parser(list(COMMANDS))[0].format_help()


def command_meant(arguments: List[str]) -> str:
    """The command of a command line that may be wrong; what comes first in it that is one, and no option's value."""
    before = ["", *arguments]
    words = (
        one for last, one in zip(before, arguments) if not last.startswith("--") or last in SWITCHES or "=" in last
    )
    return next((one for one in words if one in COMMANDS), "summary")


def parsed(arguments: List[str]) -> argparse.Namespace:
    """What is asked for. `format` is text, json or csv, `given` the arguments themselves. Raises BadUsage."""
    args = _parsed(arguments)
    for one, other in ONE_OF:
        if getattr(args, one, False) and getattr(args, other, False):
            flags = f"--{one} and --{other}".replace("_", "-")
            raise BadUsage(f"{flags} exclude each other", "choose one of them")
    if args.profile == DEFAULT:
        args.profile = None
    if args.max_age is None:
        args.max_age = FRESH_IN_BAR if args.command == "bar" else FRESH
    args.given = arguments
    args.format = "json" if args.json else "csv" if getattr(args, "csv", False) else "text"
    return args


def _parsed(arguments: List[str]) -> argparse.Namespace:
    """By the options of the command that is meant: to make all the others would cost a remembered answer its time."""
    command = command_meant(arguments)
    try:
        args = _parser([command])[0].parse_args(arguments)
        if args.command == command:
            return args
    except BadUsage:
        pass
    parser, options = _parser(list(COMMANDS))
    args = parser.parse_args(arguments)
    for owners, own in options.items():
        given = [one for one in own if getattr(args, one.dest) != one.default]
        if given and args.command not in owners:
            flag = given[0].option_strings[0]
            raise BadUsage(f"{flag} belongs to the command `{owners[0]}`", f"`{owners[0]} {flag} ...`")
    return args


class Parser(argparse.ArgumentParser):
    """argparse, with wrong usage as a Failure: printed by main like every other."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(clean(without_keys(message)), "`--help` shows what there is")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Of one width: argparse would load what tells the terminal's, for every option and help or not."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=HELP_WIDTH)


Options = Dict[Tuple[str, ...], List[argparse.Action]]
"""The options of each command that has its own."""


def _parser(commands: List[str]) -> Tuple[Parser, Options]:
    """The parser of these commands, and their own options."""
    parser = Parser(
        prog="stats.py",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    add = parser.add_argument
    what = "; ".join(f"{name}: {what}" for name, what in COMMANDS.items())
    add("command", nargs="?", choices=COMMANDS, default="summary", help=what)
    add("--json", action="store_true", help="JSON on stdout")
    add("--timeout", type=_seconds, default=20.0, metavar="SECONDS", help="for the whole command (default 20)")
    add("--max-age", type=_duration, metavar="AGE", help=MAX_AGE)
    add("--offline", action="store_true", help="ask nobody: answer from memory")
    add("--profile", type=_profile, metavar="NAME", help=PROFILE)
    add("--all-profiles", action="store_true", help="of every profile, with a total over distinct accounts")
    add("--demo", action="store_true", help="show a sample account instead of yours")
    add("--now", type=_instant, help=argparse.SUPPRESS)
    return parser, {owners: made(parser) for owners, made in OWN.items() if set(owners) & set(commands)}


def _of_days(parser: Parser) -> List[argparse.Action]:
    add = parser.add_argument_group("report, why (completed UTC days of the whole account)").add_argument
    return [
        add("--by", type=_by, metavar="DIM", help=f"{', '.join(DIMENSIONS)}; report: or two, date,model"),
        add("--days", type=_whole(MOST_DAYS), metavar="N", help="the last N days (default 30; why: 7)"),
        add("--from", type=_date, dest="first", metavar="DATE", help="the first day"),
        add("--to", type=_date, dest="last", metavar="DATE", help="the last day (default: yesterday)"),
    ]


def _of_why(parser: Parser) -> List[argparse.Action]:
    add = parser.add_argument_group("why").add_argument
    return [add("--vs", type=_span, metavar="FROM..TO", help="what to compare with (default: as many days before)")]


def _of_report(parser: Parser) -> List[argparse.Action]:
    add = parser.add_argument_group("report").add_argument
    return [
        add("--date", type=_date, metavar="DATE", help="one day: YYYY-MM-DD, today (live) or yesterday"),
        add("--model", type=_name, metavar="GLOB", help="only models that fit, such as 'openai/*'"),
        add("--key", type=_name, metavar="NAME", help="only the key of that name"),
        add("--top", type=_whole(10**6), metavar="N", help="show the N dearest rows; totals are of all"),
        add("--no-credits", action="store_true", help="leave out the credits line"),
        add("--csv", action="store_true", help="CSV on stdout"),
    ]


def _of_check(parser: Parser) -> List[argparse.Action]:
    add = parser.add_argument_group("check (of the account, and of the key's limits)").add_argument
    below, above, usd = "alert below", "alert above", "USD"
    return [
        add("--warn-runway", type=_duration, metavar="TIME", help=f"{below} it (default 72h); 0: never"),
        add("--crit-runway", type=_duration, metavar="TIME", help=f"{below} it (default 24h); 0: never"),
        add("--warn-balance", type=_amount, metavar=usd, help=f"{below} it"),
        add("--crit-balance", type=_amount, metavar=usd, help=f"{below} it"),
        add("--warn-today", type=_amount, metavar=usd, help=f"{above} it: today's spend"),
        add("--crit-today", type=_amount, metavar=usd, help=f"{above} it: today's spend"),
        add("--warn-limit", type=_amount, metavar="PERCENT", help=f"{above} it: what is used of a limit"),
        add("--crit-limit", type=_amount, metavar="PERCENT", help=f"{above} it: what is used of a limit"),
        add("--need", type=_amount, metavar=usd, help="is so much left? Alone: 0 it is, 2 it is not, 3 not known"),
        add("--quiet", action="store_true", help="print nothing when OK: for cron"),
        add("--announce", action="store_true", help="for chats: a sentence when the level changed, else NO_REPLY"),
        add("--remind", type=_duration, metavar="TIME", default=timedelta(days=1), help=REMIND),
    ]


def _of_metrics(parser: Parser) -> List[argparse.Action]:
    add = parser.add_argument_group("metrics").add_argument
    return [add("--output", type=_path, metavar="FILE", help="write it there, whole or not at all")]


def _of_bar(parser: Parser) -> List[argparse.Action]:
    add = parser.add_argument_group("bar").add_argument
    return [
        add("--host", choices=HOSTS, default="plain", help="who shows it; swiftbar is xbar's, too (default plain)"),
        add("--show", choices=SHOWS, default="both", help="which figures (default both)"),
        add("--period", choices=PERIODS, default="today", help="the UTC window of the usage (default today)"),
        add("--fetch", action="store_true", help=argparse.SUPPRESS),
    ]


def _of_login(parser: Parser) -> List[argparse.Action]:
    add = parser.add_argument_group("login, logout").add_argument
    return [
        add("--management", action="store_true", help="login: insist on a management key; logout: only that one"),
        add("--file", action="store_true", help="in the credentials file instead of the keychain"),
    ]


OWN: Dict[Tuple[str, ...], Callable[[Parser], List[argparse.Action]]] = {
    ("report", "why"): _of_days,
    ("report",): _of_report,
    ("why",): _of_why,
    ("check",): _of_check,
    ("bar",): _of_bar,
    ("metrics",): _of_metrics,
    ("login", "logout"): _of_login,
}
"""The commands that have options of their own."""


def _profile(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text, re.ASCII):
        raise argparse.ArgumentTypeError("must be a name of letters, digits, - and _")
    return text


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 3600 seconds")
    return seconds


def _duration(text: str) -> timedelta:
    """Such as 90s, 5m, 72h or 14d; zero needs no unit."""
    match = re.fullmatch(r"(\d{1,6})([smhd]?)", text, re.ASCII)
    if not match or (not match[2] and int(match[1])):
        raise argparse.ArgumentTypeError("must be a duration such as 90s, 5m, 72h or 14d, or 0")
    return timedelta(seconds=int(match[1]) * UNITS[match[2] or "s"])


def _amount(text: str) -> Decimal:
    """An amount that is not negative, a dollar sign before it or not."""
    digits = text[1:] if text.startswith("$") else text
    if not re.fullmatch(r"\d{1,9}(\.\d{1,10})?", digits, re.ASCII):
        raise argparse.ArgumentTypeError("must be an amount such as 5 or 12.50")
    return Decimal(digits)


def _path(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("must name a file")
    return text


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        moment = moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        moment = datetime.min
    if not 2000 <= moment.year <= 9000:
        raise argparse.ArgumentTypeError("must be an instant such as 2026-11-20T14:09:00Z")
    return moment


def _date(text: str) -> Union[date, timedelta]:
    """A UTC day; today and yesterday as the time since: which days these are depends on the clock."""
    if text in AGO:
        return AGO[text]
    try:
        day = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else "")
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 9000:
        raise argparse.ArgumentTypeError("must be a UTC day such as 2026-11-19, or today, or yesterday")
    return day


def _span(text: str) -> Tuple[Union[date, timedelta], Union[date, timedelta]]:
    """Two UTC days, or one."""
    first, _, last = text.partition("..")
    return _date(first), _date(last or first)


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
