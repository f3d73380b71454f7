"""Reads the command line into what is asked for, or a BadUsage that says what would be right.

The options that every command has are defined here, those of a single command in its `command.py`.
"""

import argparse
import re
from datetime import datetime, timezone
from functools import cache
from typing import Dict, List, NoReturn, Tuple

from openrouter_usage.commands import registry
from openrouter_usage.commands.option_types import age, exclude
from openrouter_usage.commands.registry import COMMANDS, DEFAULT_COMMAND
from openrouter_usage.errors import BadUsage
from openrouter_usage.keys.sources import DEFAULT, SOURCES
from openrouter_usage.sanitize import clean, without_keys

MAX_AGE = "a remembered answer this young will do: 60 (seconds), 5m, 72h, 14d (default 60s; bar: 5m); 0 asks again"
PROFILE = "only the keys stored under NAME: in credentials.NAME.env, or by login"

HELP_WIDTH, INDENT = 110, "  "

LOOKED_FOR_IN = (
    "looked for in: {}. With --profile NAME only in credentials.NAME.env in these two folders, and in the keychain"
)

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
{sources}

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


Options = Dict[str, List[argparse.Action]]
"""The options that each command has, besides those of all commands under an empty name."""


def parsed(arguments: List[str]) -> argparse.Namespace:
    """Returns the values of all options.

    Beside them `given` holds the arguments themselves, `format` is text, json or csv, and `policy` is the command's row
    of the table. Raises BadUsage.
    """
    args = _parsed(arguments)
    validate = getattr(registry.module(args.command), "validate", None)
    if validate:
        validate(args)
    exclude(args, ("demo", "profile"), ("demo", "all_profiles"), ("profile", "all_profiles"))
    args.given, args.policy = arguments, COMMANDS[args.command]
    if args.profile == DEFAULT:
        args.profile = None
    if args.max_age is None:
        args.max_age = args.policy.max_age
    args.format = "json" if args.json else "csv" if getattr(args, "csv", False) else "text"
    return args


def _parsed(arguments: List[str]) -> argparse.Namespace:
    """Parses with the options of the meant command alone, which is fast; with all of them where that is an error."""
    command = command_meant(arguments)
    try:
        args = parser_of(command)[0].parse_args(arguments)
        if args.command == command:
            return args
    except BadUsage:
        pass
    every, options = parser_of(*COMMANDS)
    args = every.parse_args(arguments)
    own = (*options[""], *options[args.command])
    foreign = ((owner, one) for owner, actions in options.items() for one in actions if one not in own)
    for owner, option in foreign:
        if getattr(args, option.dest) != option.default:
            flag = option.option_strings[0]
            raise BadUsage(f"{flag} belongs to the command `{owner}`", f"`{owner} {flag} ...`")
    return args


def help_text() -> str:
    """Returns the help, with the options of all commands and the sources of keys."""
    import textwrap

    every, _ = parser_of(*COMMANDS)
    listed = LOOKED_FOR_IN.format("; ".join(source.help for source in SOURCES))
    lines = textwrap.wrap(listed, HELP_WIDTH - len(INDENT), break_on_hyphens=False)
    every.epilog = EPILOG.format(sources="\n".join(INDENT + line for line in lines))
    return every.format_help()


def command_meant(arguments: List[str]) -> str:
    """Returns the command of a command line that may be wrong: the first word that is one, and no option's value."""
    for before, word in zip(["", *arguments], arguments):
        if word in COMMANDS and not _has_value(before, word):
            return word
    return DEFAULT_COMMAND


def _has_value(word: str, command: str) -> bool:
    """Tells whether the word is an option that takes the next one for its value; an unknown option may do so."""
    if not word.startswith("--") or word == "--" or "=" in word:
        return False
    for commands in ((command,), COMMANDS):
        every = (action for actions in parser_of(*commands)[1].values() for action in actions)
        if any(word in action.option_strings and action.nargs == 0 for action in every):
            return False
    return True


class Parser(argparse.ArgumentParser):
    """An argument parser that raises BadUsage, which is reported like every other failure."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(clean(without_keys(message)), "`--help` shows what there is")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help of one width: argparse would load a module for the terminal's with every option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=HELP_WIDTH)


@cache
def parser_of(*commands: str) -> Tuple[Parser, Options]:
    """Returns the parser of these commands, with the options that it has."""
    made = Parser(
        prog="stats.py",
        description=DESCRIPTION,
        formatter_class=_Help,
        allow_abbrev=False,
        add_help=False,
    )
    common = _add_common_options(made)
    adders = {command: getattr(registry.module(command), "add_options", None) for command in commands}
    added = {add: add(made) for add in dict.fromkeys(adders.values()) if add}
    return made, {"": common, **{command: added.get(add, []) for command, add in adders.items()}}


def _add_common_options(parser: argparse.ArgumentParser) -> List[argparse.Action]:
    add = parser.add_argument
    what = "; ".join(f"{name}: {command.help}" for name, command in COMMANDS.items())
    add("command", nargs="?", choices=COMMANDS, default=DEFAULT_COMMAND, help=what)
    return [
        add("-h", "--help", action="help", help="show this help message and exit"),
        add("--json", action="store_true", help="JSON on stdout"),
        add("--timeout", type=_seconds, default=20.0, metavar="SECONDS", help="for the whole command (default 20)"),
        add("--max-age", type=age, metavar="AGE", help=MAX_AGE),
        add("--offline", action="store_true", help="ask nobody: answer from memory"),
        add("--profile", type=_profile, metavar="NAME", help=PROFILE),
        add("--all-profiles", action="store_true", help="of every profile, with a total over distinct accounts"),
        add("--demo", action="store_true", help="show a sample account instead of yours"),
        add("--now", type=_instant, help=argparse.SUPPRESS),
    ]


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 3600 seconds")
    return seconds


def _profile(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text, re.ASCII):
        raise argparse.ArgumentTypeError("must be a name of letters, digits, - and _")
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
