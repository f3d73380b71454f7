"""Signals at random moments of every command: the next run tells the truth."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from random import Random

from conftest import NOW, STATS
from frame import Case, trial
from world import COMMAND_LINES, MEMORIES, CommandLine, World

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
LONGEST = 0.6
"""Seconds after which the last signal comes: by then most commands are done."""


@trial(count=60, about="killed, ended or interrupted at a random moment of a run before")
def kills(chance: Random) -> Iterator[Case]:
    while True:
        line, number = chance.choice(COMMAND_LINES), chance.choice(SIGNALS)
        after, memory = chance.uniform(0.02, LONGEST), chance.choice(MEMORIES)
        prepare = partial(_kill, line=line, number=number, after=after)
        yield Case(line, prepare, f"{number.name} after {after:.2f} s", memory=memory)


def _kill(world: World, line: CommandLine, number: signal.Signals, after: float) -> None:
    """Runs the command line, asking anew, and sends the signal. Nothing that it left may lie in the way of the next."""
    process = subprocess.Popen(
        [sys.executable, str(STATS), *line, "--max-age", "0", "--now", NOW.isoformat()],
        env=world.skill.env,
        cwd=world.skill.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    time.sleep(after)
    process.send_signal(number)
    err = process.communicate(timeout=60)[1]
    if b"Traceback" in err and b"openrouter_usage" in err:  # while Python itself starts it has one of its own
        raise AssertionError(err.decode())
    if process.returncode not in (0, 1, 2, 3, 4, 130, -number):
        raise AssertionError(f"exit code {process.returncode}")
    for file in filter(os.path.isfile, world.skill.cwd.iterdir()):  # an output is there whole, or not at all
        if file.suffix == ".tmp" and number != signal.SIGKILL:
            raise AssertionError(f"{file.name} was left")
