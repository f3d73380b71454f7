"""Writes the help: an overview of all commands on one screen, or all about one command."""

from __future__ import annotations

import re
import textwrap
from argparse import SUPPRESS, Action
from collections.abc import Iterator
from typing import Optional

from openrouter_usage.cli import arguments as cli_arguments
from openrouter_usage.commands import registry
from openrouter_usage.commands.registry import COMMANDS
from openrouter_usage.text.style import HEADING, TABLE, Line, Page, role_of

NARROWEST, WIDEST = 40, 110
NARROW = 60
"""Below this width a text begins right behind what it explains, not in a column of its own."""

LEAST_EXPLAINED = 36
"""The columns that explanations have at least, whatever stands before them."""

MOST_LINES = 59
"""The most lines of the help of a command: where it has more, what all commands have in common is shortened."""

PROGRAM = "stats.py"
ABOUT = "What an OpenRouter account has spent, has left, and on what. Days are UTC days."
OFTEN_USED = ("--json", "--max-age", "--profile", "--demo")
KEYS = f"keys: OPENROUTER_API_KEY, OPENROUTER_MGMT_KEY (see {PROGRAM} doctor --help)"
MORE = f"{PROGRAM} COMMAND --help: all about one command"
EXIT_CODES = (
    "0 answered (what is missing is said), 1 a bug, 2 wrong usage, 3 no key, or it was refused, "
    "4 OpenRouter unreachable or failing, and nothing remembered, 5 the disk is full, 130 interrupted"
)

Rows = list[tuple[str, str]]
"""Options, commands or examples, each with its explanation."""


def render(command: Optional[str], columns: int) -> Page:
    """Returns the help of the command, or the overview without one, for a terminal of so many columns."""
    width = min(WIDEST, max(NARROWEST, columns))
    lines = _overview(width) if command is None else _of_command(command, width)
    return Page(Line(line, role_of(line) or TABLE) for line in lines)


def _overview(width: int) -> list[str]:
    commands = [(name, _first_clause(row.help)) for name, row in COMMANDS.items()]
    common = cli_arguments.parser_of(registry.DEFAULT_COMMAND)[1][""]
    often = [one for one in common if one.option_strings[-1] in OFTEN_USED]
    return [
        f"usage: {PROGRAM} [COMMAND] [OPTIONS]",
        *_wrapped(ABOUT, width),
        "",
        *_table(commands, width),
        "",
        *_table([(_invocation(one), _first_clause(_explained(one))) for one in often], width),
        "",
        *_wrapped(KEYS, width),
        *_wrapped(MORE, width),
    ]


def _first_clause(explanation: str) -> str:
    return re.split("[:;]", explanation)[0]


def _of_command(command: str, width: int) -> list[str]:
    """Returns the help of the command, as complete as is possible within MOST_LINES."""
    for brevity in range(4):
        lines = list(_sections(command, width, brevity))
        if len(lines) <= MOST_LINES:
            break
    return lines


def _sections(command: str, width: int, brevity: int) -> Iterator[str]:
    """Yields the lines. The more brevity, the less is explained: common options, then details, then all options."""
    module, row = registry.module(command), COMMANDS[command]
    options = cli_arguments.parser_of(command)[1]
    own = _explained_options(options[command])
    common = _explained_options([one for one in options[""] if one.dest not in row.refuses])
    yield from _wrapped(f"usage: {PROGRAM} {command} [OPTIONS]", width)
    yield ""
    yield from _wrapped(_sentence(row.help), width)
    if brevity < 2:
        yield from _wrapped(getattr(module, "DETAILS", ""), width)
    if own:
        yield from ("", Line("options:", HEADING), *(_table(own, width) if brevity < 3 else _named(own, width)))
    shared = _named(common, width) if brevity else _table(common, width)
    yield from ("", Line("options of every command:", HEADING), *shared)
    yield from ("", Line("examples:", HEADING), *_table(_examples(command, module), width))
    yield ""
    yield from _wrapped(f"exit codes: {getattr(module, 'EXIT_CODES', EXIT_CODES)}", width)


def _sentence(clause: str) -> str:
    return f"{clause[0].upper()}{clause[1:]}."


def _examples(command: str, module: object) -> Rows:
    """Returns the command lines that the module shows of the command, or the two that every command has."""
    usual = ((command, "as text"), (f"{command} --json", "for a program"))
    shown = [
        one for one in getattr(module, "EXAMPLES", usual) if cli_arguments.command_meant(one[0].split()) == command
    ]
    return [(f"{PROGRAM} {line}".rstrip(), what) for line, what in shown]


def _explained_options(options: list[Action]) -> Rows:
    return [(_invocation(one), _explained(one)) for one in options if one.help != SUPPRESS]


def _invocation(option: Action) -> str:
    """Returns such as "--days N"."""
    value = "" if option.nargs == 0 else f" {option.metavar or option.dest.upper()}"
    return ", ".join(option.option_strings) + value


def _explained(option: Action) -> str:
    """Returns what the option is for, and its values where there are but some."""
    explanation = (option.help or "") % vars(option)
    return f"{explanation}: {', '.join(map(str, option.choices))}" if option.choices else explanation


# Lines of a width


def _table(rows: Rows, width: int) -> Iterator[str]:
    """Yields the rows with what is explained at the left, indented."""
    column = min(max(len(left) for left, _ in rows) + 4, width - LEAST_EXPLAINED)
    for left, right in rows:
        if width < NARROW:
            yield from _wrapped(f"{left}  {right}", width, "  ", " " * 6)
        elif len(left) + 4 > column:
            yield from _wrapped(left, width, "  ", " " * 6)
            yield from _wrapped(right, width, " " * column, " " * column)
        else:
            yield from _wrapped(right, width, f"  {left}".ljust(column), " " * column)


def _named(options: Rows, width: int) -> list[str]:
    """Returns the options without their explanations."""
    return _wrapped(", ".join(left for left, _ in options), width, "  ", "  ")


def _wrapped(paragraph: str, width: int, first: str = "", others: str = "") -> list[str]:
    return textwrap.wrap(paragraph, width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)
