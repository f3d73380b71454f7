"""Reads the command line into what is asked for, or a BadUsage that says what would be right.

The options that every command has are defined here, those of a single command in its `command.py`.
"""

from __future__ import annotations

import argparse
import re
from argparse import SUPPRESS
from datetime import datetime, timezone
from functools import cache
from typing import NoReturn, Optional

from openrouter_usage.commands import registry
from openrouter_usage.commands.option_types import age, exclude
from openrouter_usage.commands.registry import COMMANDS, DEFAULT_COMMAND
from openrouter_usage.days import YEARS
from openrouter_usage.errors import BadUsage
from openrouter_usage.keys.sources import DEFAULT, is_profile
from openrouter_usage.sanitize import clean

MAX_AGE = "a remembered answer this young will do: 60 (seconds), 5m, 72h, 14d (default 60s; bar: 5m); 0 asks again"
HELP_FLAGS = {"-h", "--help"}
PROFILE = "only the keys stored under NAME: in credentials.NAME.env, or by login"

Options = dict[str, list[argparse.Action]]
"""The options that each command has, besides those of all commands under an empty name."""


# No translation: `Parser.error` reads argparse's messages, and to look for catalogs takes 1% of a remembered summary.
argparse._ = str  # type: ignore[attr-defined]


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Returns the values of all options.

    Beside them `given` holds the arguments themselves, `format` is text, json or csv, and `policy` is the command's row
    of the table. Raises BadUsage.
    """
    args = _parsed(arguments)
    args.given, args.policy = arguments, COMMANDS[args.command]
    _check_meaning(args)
    validate = getattr(registry.module(args.command), "validate", None)
    if validate:
        validate(args)
    exclude(args, ("demo", "profile"), ("demo", "all_profiles"), ("profile", "all_profiles"))
    if args.profile == DEFAULT:
        args.profile = None
    if args.max_age is None:
        args.max_age = args.policy.max_age
    args.format = "json" if args.json else "csv" if getattr(args, "csv", False) else "text"
    return args


def _parsed(arguments: list[str]) -> argparse.Namespace:
    """Parses with the options of the meant command alone, which is fast; with all of them where that is an error."""
    command = command_meant(arguments)
    try:
        args = parser_of(command)[0].parse_args(arguments)
        if args.command == command:
            return args
    except BadUsage:
        pass
    every, options = parser_of(*COMMANDS)
    if arguments[:1] and arguments[0].startswith("--"):  # else the value of an unknown one would be called a command
        known = {flag for actions in options.values() for one in actions for flag in one.option_strings}
        unknown = next((word for word in arguments if word[:2] == "--" and word.partition("=")[0] not in known), None)
        if unknown:
            every.error(f"unrecognized arguments: {unknown}")
    args = every.parse_args(arguments)
    own = (*options[""], *options[args.command])
    foreign = ((owner, one) for owner, actions in options.items() for one in actions if one not in own)
    for owner, option in foreign:
        if getattr(args, option.dest) != option.default:
            flag = option.option_strings[0]
            needed = " (it needs a management key)" if registry.takes_management_key(owner) else ""
            raise BadUsage(f"{flag} belongs to the command `{owner}`", f"`{owner} {flag} ...`{needed}")
    return args


def _check_meaning(args: argparse.Namespace) -> None:
    """Raises BadUsage for an option of every command that has no meaning for this one."""
    for name in args.policy.refuses:
        if getattr(args, name) not in (None, False):
            raise BadUsage(f"--{name} has no meaning for `{args.command}`".replace("_", "-"), "leave it out")


def command_meant(arguments: list[str]) -> str:
    """Returns the command of a command line that may be wrong."""
    return command_named(arguments) or DEFAULT_COMMAND


def command_named(arguments: list[str]) -> Optional[str]:
    """Returns the first word that is a command, and no option's value; None if there is none."""
    for before, word in zip(["", *arguments], arguments):
        if word in COMMANDS and not _has_value(before, word):
            return word
    return None


def asks_for_help(arguments: list[str]) -> bool:
    """Tells whether the help is asked for. Raises BadUsage where that is the help of a command that does not exist."""
    if arguments[:1] != ["help"] and HELP_FLAGS.isdisjoint(arguments):
        return False
    words = [word for word in arguments if word != "help" and word not in HELP_FLAGS]
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        parsed(words[:1])  # for its failure, which names the nearest command
    return True


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
        strange = re.match(r"argument command: invalid choice: '(.*)' \(choose from", message)
        shown = f"there is no command {strange[1]!r}" if strange else message
        raise BadUsage(clean(shown), _nearest(message) or "`--help` shows what there is")


def _nearest(message: str) -> str:
    """Returns the next step that names the known word nearest to the wrong one of the message, if any is near."""
    from difflib import get_close_matches  # rarely of use

    choice = re.search(r"'(.*?)' (?:is none of|\(choose from) (.*)", message)
    if choice:
        word, known = choice[1], re.findall(r"[\w-]+", choice[2])
    else:
        word = message.partition("unrecognized arguments: ")[2].partition(" ")[0].partition("=")[0]
        options = [one for some in parser_of(*COMMANDS)[1].values() for one in some if one.help != SUPPRESS]
        known = [*COMMANDS, *(flag for one in options for flag in one.option_strings)]
    flags = {one.lstrip("-"): one for one in known if one.startswith("-") == word.startswith("-")}
    nearest = get_close_matches(word.lstrip("-").lower(), flags, n=1)
    return f"did you mean {flags[nearest[0]]}?" if nearest and nearest != [word] else ""


class _Formatter(argparse.HelpFormatter):
    """A formatter of one width: argparse makes one for each option, and would load a module for the terminal's."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


@cache
def parser_of(*commands: str) -> tuple[Parser, Options]:
    """Returns the parser of these commands, with the options that it has."""
    made = Parser(
        prog="stats.py",
        formatter_class=_Formatter,
        allow_abbrev=False,
        add_help=False,
    )
    common = _add_common_options(made)
    adders = {command: getattr(registry.module(command), "add_options", None) for command in commands}
    added = {add: add(made) for add in dict.fromkeys(adders.values()) if add}
    return made, {"": common, **{command: added.get(add, []) for command, add in adders.items()}}


def _add_common_options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    add = parser.add_argument
    add("command", nargs="?", choices=COMMANDS, default=DEFAULT_COMMAND)
    return [
        add("--json", action="store_true", help="JSON on stdout"),
        add("--timeout", type=_seconds, default=20.0, metavar="SECONDS", help="for the whole command (default 20)"),
        add("--max-age", type=age, metavar="AGE", help=MAX_AGE),
        add("--offline", action="store_true", help="ask nobody: answer from memory"),
        add("--profile", type=_profile, metavar="NAME", help=PROFILE),
        add("--all-profiles", action="store_true", help="of every profile, with a total over distinct accounts"),
        add("--demo", action="store_true", help="show a sample account instead of yours"),
        add("-h", "--help", action="store_true", help="show this help"),
        add("--version", action="store_true", help="show the version"),
        add("--now", type=_instant, help=SUPPRESS),
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
    if not is_profile(text):
        raise argparse.ArgumentTypeError("must be a name of letters, digits, - and _, no key")
    return text


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        moment = moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        moment = datetime.min
    if moment.year not in YEARS:
        raise argparse.ArgumentTypeError("must be an instant such as 2026-11-20T14:09:00Z")
    return moment
