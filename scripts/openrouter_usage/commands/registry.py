"""Lists the commands, one row each.

To add a command, write a folder with a module `command.py` and add its row here. That module has a function that takes
a Session and returns an Output. It may also have:

- add_options(parser): adds the command's own options to an ArgumentParser, and returns them.
- validate(args): raises BadUsage for values that exclude each other.
- failed(failure, arguments): returns the Output for a Failure, where it is not the usual one.
- DETAILS, EXAMPLES, EXIT_CODES: what the command's help says beyond `help` and the options: a paragraph, command lines
  each with what it shows (of all commands of the module), and the exit codes where they are not the usual ones.
"""

from datetime import timedelta
from typing import Any, NamedTuple, Optional

OWN_SPEND, CREDITS_LEFT = "own spend and limits", "balance"
ACCOUNT_SPEND, COMPLETED_DAYS = "spend of all keys", "completed days and models"
"""The things that a key may see, as the doctor prints them."""

OWN_SPEND_INSTEAD = "of this key alone `stats.py` tells its spend, limit and expiry"
OWN_CHANGE_INSTEAD = f"{OWN_SPEND_INSTEAD}, `stats.py why` its lifetime and whether it spends more than usual"

NOT_OF_KEYS = ("max_age", "offline", "all_profiles", "demo")
"""The options that concern answers, not the storing of a key."""


class Command(NamedTuple):
    """A command, as the code that runs any of them knows it.

    The function `run` of `folder`/command.py answers it. `needs` are the things of which a key must see one, empty if
    anything will do; None if the command is not about usage. Answers in the cache younger than `max_age` are not asked
    for again. A command that does not wait asks neither OpenRouter nor the keychain, reads no working directory's
    `.env` and runs no command for a key. One that `examines_keys` searches
    for keys anew, in every profile unless one is named, and goes on where there are none. `failure_code` is the exit
    code of a bug, and where no answer could be written, if those are not the usual ones; 0 is no code of the latter.
    `instead` is the next step where a regular key does not suffice: what
    of the answer that key can be told, and by which command. `refuses` names the options of every command that have no
    meaning for this one.
    """

    help: str
    folder: str
    needs: Optional[tuple[str, ...]] = None
    run: str = "run"
    max_age: timedelta = timedelta(seconds=60)
    waits: bool = True
    examines_keys: bool = False
    failure_code: Optional[int] = None
    instead: str = OWN_SPEND_INSTEAD
    refuses: tuple[str, ...] = ()


DEFAULT_COMMAND = "summary"

COMMANDS: dict[str, Command] = {
    "summary": Command("the emoji digest (the default)", "summary", needs=()),
    "report": Command(
        "spend broken down, as a table, CSV or JSON",
        "report",
        needs=(COMPLETED_DAYS,),
        instead=OWN_CHANGE_INSTEAD,
    ),
    "forecast": Command(
        "how long the credits, and every limit, will last",
        "forecast",
        needs=(CREDITS_LEFT, OWN_SPEND),
    ),
    "why": Command(
        "what changed in spend between two periods, and what made it change",
        "why",
        needs=(COMPLETED_DAYS, OWN_SPEND),
        instead="without --by, `stats.py why` tells how much this key alone spends and whether that is more than usual",
    ),
    "check": Command(
        "what is left as a monitoring check: exit 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN",
        "check",
        needs=(CREDITS_LEFT, OWN_SPEND),
        failure_code=3,
    ),
    "bar": Command(
        "one line for a menu bar, status line or prompt: what is remembered, renewed in the background",
        "bar",
        needs=(),
        max_age=timedelta(minutes=5),
        waits=False,
        failure_code=0,
    ),
    "metrics": Command("OpenMetrics text, for Prometheus", "metrics", needs=()),
    "audit": Command(
        "what looks odd or wasteful, dearest first",
        "audit",
        needs=(COMPLETED_DAYS, OWN_SPEND),
    ),
    "chart": Command(
        "a picture of spend by day, for a chat or slide, or in the terminal",
        "chart",
        needs=(COMPLETED_DAYS,),
        instead=OWN_CHANGE_INSTEAD,
    ),
    "dashboard": Command("one HTML file with all of it, for a browser", "dashboard", needs=()),
    "doctor": Command(
        "which keys were found, what each may see, why figures differ",
        "doctor",
        examines_keys=True,
    ),
    "login": Command(
        "store a key: in the system keychain where there is one, else in a file of your own",
        "login",
        refuses=NOT_OF_KEYS,
    ),
    "logout": Command("take stored keys out of the keychain and the file", "login", run="logout", refuses=NOT_OF_KEYS),
}


def takes_management_key(command: str) -> bool:
    """Tells whether the command of that name answers nothing to a regular key alone."""
    return COMMANDS[command].needs == (COMPLETED_DAYS,)


def module(name: str) -> Any:
    """Returns the module of the command of that name, loaded only now."""
    return __import__(f"openrouter_usage.commands.{COMMANDS[name].folder}.command", fromlist=["run"])
