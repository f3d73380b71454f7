"""A disk that is full: for the home, for the working directory, for standard output; really so where root can mount."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random

from conftest import NOW, STATS
from frame import HANGS_AFTER, Case, trial
from world import COMMAND_LINES, MEMORIES, CommandLine, Printed, World

SIZES = (16, 24, 48, 96, 200, 400)
"""Sizes of a disk in KB: from one on which nothing has room to one that holds all but some bytecode."""

PLACES = ("home", "home", "output", "limit")
NOT_WRITTEN = {"check": 3}
"""The exit codes where that is not 5."""


@trial(count=30, about="a disk that is full, or that gets full while the program writes")
def full_disk(chance: Random) -> Iterator[Case]:
    while True:
        line, place, size = chance.choice(COMMAND_LINES), chance.choice(PLACES), chance.choice(SIZES)
        keeps_bytecode, memory = chance.random() < 0.3, chance.choice(MEMORIES)
        run = partial(_run, place=place, size=size)
        prepare = partial(_prepare, place=place, size=size, keeps_bytecode=keeps_bytecode)
        told = f"{place}, {size} KB{', with bytecode' if keeps_bytecode else ''}"
        yield Case(line, prepare, told, memory=memory if place != "home" else "nothing", codes=(5,), run=run)


def _prepare(world: World, place: str, size: int, keeps_bytecode: bool) -> None:
    if keeps_bytecode:
        del world.skill.env["XDG_CACHE_HOME"]
    if place == "home" and os.geteuid() == 0:
        _mount(world, world.skill.home, size)


def _mount(world: World, folder: Path, size: int) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k,mode=700", "tmpfs", str(folder)], check=True)
    world.stack.callback(subprocess.run, ["umount", "-l", str(folder)], check=True)


def _run(world: World, line: CommandLine, place: str, size: int) -> Printed:
    """Runs it twice, for the second one finds what the first one left, and returns what the second one printed."""
    for _ in range(2):
        printed = _once(world, line, place, size)
    return printed


def _once(world: World, line: CommandLine, place: str, size: int) -> Printed:
    out = Path("/dev/full") if place == "output" else world.folder / "out"
    limit: list[int] = [size * 1024] * 2
    began = time.monotonic()
    with open(out, "wb") as stream:
        done = subprocess.run(
            [sys.executable, str(STATS), *line, "--now", NOW.isoformat()],
            env=world.skill.env,
            cwd=world.skill.cwd,
            input=(world.account.key("agent").text if line[0] == "login" else "").encode(),
            stdout=stream,
            stderr=subprocess.PIPE,
            timeout=HANGS_AFTER * 3,
            preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)) if place == "limit" else None,
        )
    seconds = min(time.monotonic() - began, 1.0)  # Python is started, perhaps twice: bench/ measures that
    err, code = done.stderr.decode(), done.returncode
    if "could not be written to standard output" in err:  # what is there is no answer, which only the code tells
        return Printed(line, 5 if code == NOT_WRITTEN.get(line[0], 5) else 1, "", err, seconds)
    told = "" if place == "output" else out.read_text(encoding="utf-8")
    return Printed(line, code, told, err, seconds, world.written(line))
