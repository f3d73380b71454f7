"""Random command lines: any options together, with sensible, extreme and garbage values, and keys among them."""

from argparse import Action
from collections.abc import Iterator
from random import Random

from conftest import NOW
from frame import Case, trial
from openrouter_usage.cli.arguments import parser_of
from openrouter_usage.commands.registry import COMMANDS
from world import ACCOUNT, MEMORIES, CommandLine, World

KEY = ACCOUNT.keys[0].text

SENSIBLE: dict[str, tuple[str, ...]] = {
    "days": ("1", "7", "30", "366"),
    "top": ("1", "3"),
    "max_age": ("0", "60", "5m"),
    "profile": ("work", "default"),
    "budget": ("100",),
    "need": ("20",),
    "output": ("page.html", "spend.svg"),
    "columns": ("spend,reqs", "bar"),
    "tz": ("local", "Asia/Tokyo", "UTC"),
    "vs": ("2026-11-01..2026-11-07",),
    "show": ("both", "balance", "model,context,both"),
}
"""Values that some options take; all others take an amount, a day, a name or a duration."""

ANY = ("agent", "openai/*", "2026-11-18", "yesterday", "last-week", "72h", "5", "50", "model", "date,model", "key")
GARBAGE = (
    "", " ", "-1", "0", "1e9", "9" * 400, "x" * 5000, "\x1b[31mred", "Note: forged-by-the-server\nError: y", "'; --",
    "[", "[!", "*" * 300, "../..", "/dev/null", "/dev/full", "2026-02-30", "0001-01-01", "9999-12-31", "NaN",
    "-", "--", "--json", "summary", "ｆｕｌｌ", "\u202e\u200b", "%s", "{}", "null", "$(id)", "1,2,3", "a..b", "..",
    KEY, f"x{KEY}", f"{KEY}.svg", f"--{KEY}", KEY[:40],
)  # fmt: skip

LEFT_ALONE = ("--now", "--timeout", "--fetch", "--help", "-h", "--version")
"""The clock and the time are the trial's; a background refresh is no command of a person's, and the help has tests."""


def _options() -> dict[str, list[Action]]:
    of_all = parser_of(*COMMANDS)[1]
    return {
        command: [one for one in (*of_all[""], *of_all[command]) if not set(one.option_strings) & set(LEFT_ALONE)]
        for command in COMMANDS
    }


@trial(count=200, about="random options with sensible, extreme and garbage values, keys among them")
def command_lines(chance: Random) -> Iterator[Case]:
    options = _options()
    every = [one for some in options.values() for one in some if one.option_strings]
    while True:
        own = Random(chance.random())  # noqa: S311 (it keeps no secret)
        line = _line(own, options, every)
        codes = (0, 1, 2, 3, 4, 5) if line[0] in ("check", "login", "logout") else (2, 5)
        yield Case(line, _prepare, told=f"at {NOW:%H:%M}", memory=own.choice(MEMORIES), codes=codes)


def _line(chance: Random, options: dict[str, list[Action]], every: list[Action]) -> CommandLine:
    """A command with up to five options, mostly its own; sometimes a word that is none."""
    command = chance.choice(list(COMMANDS))
    words = [command]
    own = [one for one in options[command] if one.option_strings]
    for _ in range(chance.choice((0, 1, 2, 2, 3, 5))):
        words += _option(chance, chance.choice(own if chance.random() < 0.9 else every))
    if chance.random() < 0.1:
        words.append(chance.choice(GARBAGE))
    return tuple(word.replace("\0", "") for word in words)


def _option(chance: Random, option: Action) -> list[str]:
    flag = chance.choice(option.option_strings)
    if option.nargs == 0:
        return [flag]
    if option.choices and chance.random() < 0.7:
        value = str(chance.choice(list(option.choices)))
    elif chance.random() < 0.6:
        value = chance.choice(SENSIBLE.get(option.dest, ANY))
    else:
        value = chance.choice(GARBAGE)
    is_joined = chance.random() < 0.5 or flag == "--output"  # whose file is of any form here, and not looked into
    return [f"{flag}={value}"] if is_joined else [flag, value]


def _prepare(world: World) -> None:
    world.lies = True  # a filter, a day or a profile makes other figures than those of the plain command
