"""Links, pipes, sockets, folders and devices in the place of files of our state, of keys, and of `--output`."""

import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, Callable

from evidence_matrix import KEYS
from frame import Case, Found, trial
from world import COMMAND_LINES, MEMORIES, Printed, World

WORDS = "somebody's words\n"


@trial(count=80, about="no file in the place of a file: a link, a pipe, a socket, a folder, a device")
def special(chance: Random) -> Iterator[Case]:
    while True:
        line = chance.choice(COMMAND_LINES)
        places = [*PLACES, *(["the output"] * 5 if "--output" in line else [])]
        place, kind = chance.choice(places), chance.choice(list(KINDS))
        seen: list[Any] = []
        prepare = partial(_put, place=place, kind=kind, line=line, seen=seen)
        codes = (2,) if place == "the output" or line[0] == "login" else ()
        keys, memory = chance.choice(list(KEYS)), chance.choice(MEMORIES)
        yield Case(line, prepare, f"{kind} for {place}", keys, memory, codes, look=partial(_stays, seen=seen))


def _put(world: World, place: str, kind: str, line: tuple[str, ...], seen: list[Any]) -> None:
    """Puts it there, beside a file for others to read that it may lead to."""
    path = PLACES[place](world) if place in PLACES else world.skill.cwd / line[line.index("--output") + 1]
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = path.with_name("target")
    target.write_text(WORDS)
    target.chmod(0o644)
    path.unlink(missing_ok=True)
    KINDS[kind](path)
    seen[:] = [path, target, place == "the output" and kind == "a link", _state(path, target)]


def _stays(world: World, printed: Printed, seen: list[Any]) -> Iterable[Found]:
    """It is as it was; only the file to which a link of `--output` leads may be another one, as open as before."""
    path, target, may_change, before = seen
    after = _state(path, target)
    if after[:2] != before[:2] or (after != before and not may_change):
        yield "other", f"it was {before}, and is {after}"


def _state(path: Path, target: Path) -> tuple[Any, ...]:
    return os.lstat(path)[:3], target.stat().st_mode, target.read_bytes()


PLACES: dict[str, Callable[[World], Path]] = {
    **{name: lambda world, name=name: world.skill.state / name for name in (
        "history.db", "history.db-wal", "history.db-shm", "history.db-journal", "history.lock",
    )},
    ".env": lambda world: world.skill.cwd / ".env",
    "credentials.env": lambda world: world.skill.home / ".config" / "openrouter-usage" / "credentials.env",
}  # fmt: skip

KINDS: dict[str, Callable[[Path], Any]] = {
    "a link": lambda path: path.symlink_to("target"),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to endless zeros": lambda path: path.symlink_to("/dev/zero"),
    "a link to a terminal's stream": lambda path: path.symlink_to("/dev/stdout"),
    "a link to a folder": lambda path: path.symlink_to("/usr"),
    "a pipe": os.mkfifo,
    "a socket": lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
    "a folder": os.mkdir,
}
