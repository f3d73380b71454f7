"""A database that is damaged: bytes, pages, tables, values, and the files that SQLite keeps beside it."""

import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Callable

import judges
from evidence_matrix import KEYS
from frame import Case, Found, trial
from world import COMMAND_LINES, CommandLine, Printed, World

PAGE = 4096
PARTS = ("-wal", "-shm", "-journal")

VALUES = (
    "NULL", "x'ff00'", "CAST(x'80ff' AS TEXT)", "'text'", "''", "1.5", "-1", "0", "9e999", "9223372036854775807",
    "'2026-11-01'", "'2026-11-01T00:00:00'", "'9999-12-31T23:59:59+00:00'", "'0001-01-01T00:00:00+00:00'",
    "'2026-13-77'", "replace(hex(zeroblob(9000)), '0', '[')", "replace(hex(zeroblob(9000)), '0', '{\"a\":')",
)  # fmt: skip
"""What is put in the place of a value, as SQL."""

RENAMED = (
    "CREATE VIEW {0} AS SELECT * FROM other", "CREATE VIEW {0} AS SELECT 1 AS one", "CREATE TABLE {0} (one)",
    "CREATE TABLE {0} AS SELECT * FROM other LIMIT 3",
)  # fmt: skip
SCHEMA = (
    "DELETE FROM sqlite_master WHERE type = 'index'", "DELETE FROM sqlite_master WHERE name = '{0}'",
    "UPDATE sqlite_master SET rootpage = rootpage + 1 WHERE name = '{0}'",
    "UPDATE sqlite_master SET rootpage = 99999 WHERE name = '{0}'",
    "UPDATE sqlite_master SET sql = replace(sql, 'TEXT', 'INTEGER') WHERE name = '{0}'",
    "UPDATE sqlite_master SET sql = 'CREATE TABLE \x1b[31mred((' WHERE name = '{0}'",
    "UPDATE sqlite_master SET name = '\x1b]0;title\x07' WHERE name = '{0}'",
)  # fmt: skip
VERSIONS = (-1, 0, 1, 2, 3, 4, 99, 2**31 - 1)


@trial(count=200, about="a database that is damaged in some way, whatever else is remembered")
def damage(chance: Random) -> Iterator[Case]:
    while True:
        line, kind = chance.choice(COMMAND_LINES), chance.choice(list(DAMAGE))
        keys, memory = chance.choice(list(KEYS)), chance.choice(("fresh", "old"))
        is_offline = chance.random() < 0.4 and line[0] not in ("bar", "login")
        prepare = partial(_damage, kind=kind, chance=Random(chance.random()))  # noqa: S311 (it keeps no secret)
        yield Case(line, prepare, kind, keys, memory, look=_is_healed, run=_offline if is_offline else World.run)


def _offline(world: World, line: CommandLine) -> Printed:
    return world.run((*line, "--offline"))


def _damage(world: World, kind: str, chance: Random) -> None:
    DAMAGE[kind](world.skill.state / "history.db", chance)


def _is_healed(world: World, printed: Printed) -> Iterable[Found]:
    """What a report finds damaged, the next one does not any more; and no more than three files are kept for good."""
    once, again = (world.run(("report", "--by", "date")) for _ in range(2))
    if re.search("damaged|did not write|malformed", again.err):
        yield "other", f"damaged once more: {again.err}"
    for one in (once, again):
        yield from judges.usual(one, world)
    aside = [file.name for file in world.skill.state.glob("*.set-aside-*") if not file.name.endswith(PARTS)]
    if len(aside) > 3:
        yield "other", f"set aside: {aside}"


# The bytes


def _bits(path: Path, chance: Random) -> None:
    _flip(path, chance, chance.choice((1, 3, 30, 300)))


def _flip(path: Path, chance: Random, number: int, until: int = 0) -> None:
    data = bytearray(path.read_bytes())
    for _ in range(number if data else 0):
        data[chance.randrange(until or len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _cut(path: Path, chance: Random) -> None:
    size = chance.randrange(path.stat().st_size)
    os.truncate(path, chance.choice((size, size // PAGE * PAGE)))


def _zero(path: Path, chance: Random) -> None:
    data = bytearray(path.read_bytes())
    at = chance.randrange(len(data) // PAGE) * PAGE
    data[at : at + PAGE] = bytes(PAGE)
    path.write_bytes(data)


def _swap(path: Path, chance: Random) -> None:
    """Two pages change places, or one takes that of the other, too."""
    data = bytearray(path.read_bytes())
    one, other = (chance.randrange(len(data) // PAGE) * PAGE for _ in range(2))
    first, second = data[one : one + PAGE], data[other : other + PAGE]
    data[one : one + PAGE] = second
    if chance.random() < 0.5:
        data[other : other + PAGE] = first
    path.write_bytes(data)


def _words(path: Path, chance: Random) -> None:
    """One word takes the place of another that is as long, everywhere or once."""
    data = path.read_bytes()
    words = re.findall(rb"[A-Za-z_]{3,}|\d+", data)
    old = chance.choice(words)
    new = chance.choice([word for word in words if len(word) == len(old)])
    at = chance.choice([match.start() for match in re.finditer(re.escape(old), data)])
    once = data[:at] + new + data[at + len(old) :]
    path.write_bytes(chance.choice((once, data.replace(old, new))))


def _others(path: Path, chance: Random) -> None:
    """What is no database, or another program's."""
    path.unlink()
    if chance.random() < 0.7:
        noise = bytes(chance.randrange(256) for _ in range(chance.choice((1, 600, 20_000))))
        path.write_bytes(chance.choice((b"", bytes(len(noise)), noise, b"SQLite format 3\0" + noise)))
        return
    mark = f"PRAGMA application_id = {chance.choice((0, 5, 0x6F727573))}"
    _sql(path, "CREATE TABLE answer (a, b)", mark, f"PRAGMA user_version = {chance.choice(VERSIONS)}")


# What SQLite has in it


def _sql(path: Path, *statements: str) -> None:
    """Runs what SQLite lets itself be made to run."""
    db = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA writable_schema = ON", "PRAGMA ignore_check_constraints = ON", *statements):
        try:
            db.execute(statement)
        except sqlite3.Error:
            break
    db.close()


def _columns(path: Path) -> list[tuple[str, str]]:
    """The tables with their columns."""
    db = sqlite3.connect(path)
    tables = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found = [(name, row[1]) for (name,) in tables for row in db.execute(f"PRAGMA table_info({name})")]
    db.close()
    return found


def _values(path: Path, chance: Random) -> None:
    table, column = chance.choice(_columns(path))
    first = f"(SELECT MIN({column}) FROM {table})"  # noqa: S608 (names of ours)
    where = chance.choice(("", f" WHERE {column} = {first}"))
    no_rule = "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '')"
    value = chance.choice((*VALUES, f"{column} + 1", f"CAST({column} AS BLOB)", f"{column} || x'ff'"))
    _sql(path, no_rule)
    _sql(path, f"UPDATE OR IGNORE {table} SET {column} = {value}{where}")  # noqa: S608 (names of ours)


def _tables(path: Path, chance: Random) -> None:
    table, column = chance.choice(_columns(path))
    drop, delete = f"DROP TABLE {table}", f"DELETE FROM {table}"  # noqa: S608 (a name of ours)
    no_view, rename = "DROP VIEW daily_spend", f"ALTER TABLE {table} RENAME TO other"
    ways = (
        (drop,), (delete,), (no_view, f"ALTER TABLE {table} DROP COLUMN {column}"),
        (f"ALTER TABLE {table} RENAME COLUMN {column} TO other",),
        (no_view, rename, chance.choice(RENAMED).format(table)),
    )  # fmt: skip
    _sql(path, *chance.choice(ways))


def _schema(path: Path, chance: Random) -> None:
    _sql(path, chance.choice(SCHEMA).format(chance.choice(_columns(path))[0]))


def _version(path: Path, chance: Random) -> None:
    _sql(path, f"PRAGMA user_version = {chance.choice(VERSIONS)}")


def _beside(path: Path, chance: Random) -> None:
    """The files beside it, as they are while it is written: damaged, cut, or those of another."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("UPDATE day SET seen_at = seen_at")
    for part in ("", "-wal", "-shm"):
        shutil.copy(f"{path}{part}", f"{path}{part}.copy")
    db.close()
    for part in ("", "-wal", "-shm"):
        os.replace(f"{path}{part}.copy", f"{path}{part}")
    part = Path(f"{path}{chance.choice(PARTS)}")
    kept = part.read_bytes() if part.exists() else b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(PAGE)
    part.write_bytes(chance.choice((kept, kept[: chance.randrange(len(kept) + 1)], b"noise" * 999)))
    _flip(part, chance, chance.choice((0, 1, 30)))


DAMAGE: dict[str, Callable[[Path, Random], None]] = {
    "bits": _bits,
    "the header": lambda path, chance: _flip(path, chance, chance.choice((1, 3)), until=100),
    "cut": _cut,
    "a page of zeros": _zero,
    "more behind it": lambda path, chance: path.write_bytes(path.read_bytes() + b"more" * chance.choice((1, 9999))),
    "pages swapped": _swap,
    "words": _words,
    "another file": _others,
    "values": _values,
    "tables": _tables,
    "the schema": _schema,
    "the version": _version,
    "files beside it": _beside,
}
