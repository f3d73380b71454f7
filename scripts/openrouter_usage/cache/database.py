"""The SQLite file of the cache: opened in whatever state it is, migrated, or set aside."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from typing import Any, Callable, Optional

from openrouter_usage.cache.locks import MAKING, Locks
from openrouter_usage.errors import CacheTrouble
from openrouter_usage.files import NotOwn, claim_folder, open_own, own, salted
from openrouter_usage.records import T
from openrouter_usage.sanitize import clean

LOCK_FILE = "history.lock"

PARTS = ("", "-wal", "-shm", "-journal")
"""What is behind the name of the database, and behind those of the files that SQLite keeps beside it."""

APPLICATION_ID = 0x6F727573
"""The mark of our files (PRAGMA application_id): "orus"."""

SCHEMA_VERSION = 5
"""The version of the tables (PRAGMA user_version); `cache.schema` has the migrations that lead to it."""

BUSY_TIMEOUT = 1.0
"""The usual time, in seconds, for which another process that is writing is waited for."""

SYNCHRONOUS = "PRAGMA synchronous = NORMAL"
"""With WAL it takes a power cut to lose the last change."""

SYNCHRONOUS_LATER = "PRAGMA synchronous = OFF"
"""For the run that makes the file: after a power cut in that moment it may be damaged, and begun anew. To wait for the
disk took a twentieth of the time of a summary with nothing cached."""

SALT_BYTES = 32

MOST_SET_ASIDE = 3
"""How many files that were set aside are kept, the last ones."""

OF_OTHER_TABLES = (
    "no such ",
    "has no column",
    " columns but ",
    "already exists",
    "duplicate column",
    "is a view",
    "foreign key mismatch",
    "integer overflow",
    "Could not decode",
    "unsupported file format",
)
"""What SQLite says of a statement of ours where the tables, or the values in them, are not as we wrote them."""

ANOTHER_PLACE = "XDG_STATE_HOME can name another place"


class NotOurs(Exception):
    """The file is damaged, or another program's."""


class Database:
    """The open file. Whatever is wrong with it is a CacheTrouble; after one it is written to no more in this run.

    The folder is made for its owner alone (0700), the file too (0600). A file that is damaged or
    another program's is set aside under another name, and a new one begun: `remarks`, or the CacheTrouble, say so.
    One that a newer version wrote is left alone. One that cannot be written can still be read.
    """

    def __init__(self, path: str, name: str, busy_timeout: float = BUSY_TIMEOUT) -> None:
        """`name` is what the file is called in messages, `busy_timeout` the seconds for which it may be locked."""
        self._busy_timeout = busy_timeout
        self.path = path
        self.name = name
        self.locks = Locks(os.path.join(os.path.dirname(path), LOCK_FILE))
        self.remarks: list[str] = []
        self._failure: Optional[CacheTrouble] = None
        self._damaged: Optional[CacheTrouble] = None
        self._synchronous = SYNCHRONOUS
        self._make()
        self._inode = _inode(self.path)
        self._db = self._opened()
        self._inode = _inode(self.path)

    @cached_property
    def salt(self) -> bytes:
        """The random key of the file's digests: without it they say nothing."""
        found = [value for (value,) in self.rows("SELECT value FROM salt")]
        if len(found) != 1 or not isinstance(found[0], bytes) or len(found[0]) != SALT_BYTES:
            raise self.damage()
        return found[0]

    # Reading and writing

    def rows(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""
        with self._guarded():
            return self._db.execute(question, values).fetchall()

    def read(self, make: Callable[..., T], question: str, values: Sequence[Any] = ()) -> list[T]:
        """What `make` makes of each row of a SELECT. Where it can make nothing of one, the file is damaged."""
        found = self.rows(question, values)
        try:
            return [make(*row) for row in found]
        except (ValueError, TypeError, ArithmeticError):
            raise self.damage() from None

    def sealed(self, make: Callable[..., T], question: str, values: Sequence[Any]) -> list[T]:
        """What `make` makes of each whole row of a SELECT, without the owner at its beginning and the seal at its end.

        The seal is a digest of what is in between: a row that is not as `put` wrote it counts as absent, and so does
        one of before there were seals of which nothing can be made. The owner is the first of the values: in a damaged
        file SQLite may find another's row.
        """
        found = []
        for owner, *row, seal in self.rows(question, values):
            if owner == values[0] and seal in (None, self._seal(row)):
                with suppress(ValueError, TypeError, ArithmeticError):
                    found.append(make(*row))
        return found

    def put(self, table: str, *rows: Sequence[Any]) -> None:
        """Writes rows with their seals, within `changing`; each replaces the one that has its place."""
        for row in rows:
            places = ", ".join("?" * (len(row) + 1))
            self.do(f"INSERT OR REPLACE INTO {table} VALUES ({places})", (*row, self._seal(row[1:])))  # noqa: S608

    def _seal(self, values: Sequence[Any]) -> bytes:
        return salted("\0".join(map(str, values)), self.salt)

    def do(self, statement: str, *rows: Sequence[Any]) -> None:
        """Runs the statement for each of these rows of values, within `changing`."""
        with self._guarded():
            self._db.executemany(statement, rows)

    @contextmanager
    def changing(self, tries_again: bool = False) -> Iterator[None]:
        """Makes all changes, or none. After a failure it is raised again: to wait for the file once more takes time.

        `tries_again`: the changes matter more than the time.
        """
        if self._failure and not tries_again:
            raise self._failure
        with self._guarded():
            self._db.execute(self._synchronous)
            self._db.execute("PRAGMA foreign_keys = ON")
            with _transaction(self._db):
                yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Reads as if no other process wrote in between; so does `changing`, within which it adds nothing."""
        with self._guarded():
            self._db.execute("PRAGMA threads = 1")  # a second thread sorts a million rows: a tenth of the time less
            with nullcontext() if self._db.in_transaction else _transaction(self._db, "BEGIN"):
                yield

    def close(self) -> None:
        """Closes the file; SQLite's own files beside it go with the last process that has it open."""
        with self._guarded():
            self._db.close()
        self.locks.release()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            self._failure = self.damage() if self._shows_damage(error) else self._trouble(error)
            raise self._failure from None

    def _shows_damage(self, error: Exception) -> bool:
        return _is_damage(error) or (isinstance(error, sqlite3.IntegrityError) and not self._is_whole)

    @cached_property
    def _is_whole(self) -> bool:
        """Tells whether every page and index is in order; looked at once, for it takes seconds of a large file."""
        try:
            return self._db.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
        except sqlite3.Error as error:
            return not _is_damage(error)

    def _trouble(self, error: Exception) -> CacheTrouble:
        """SQLite's own words may hold names and values of the file."""
        return CacheTrouble(f"{self.name}: {clean(f'{error}')}")

    def examine(self) -> None:
        """Looks through the whole file, and sets it aside if it is damaged. Raises CacheTrouble then."""
        if self._damaged or not self._is_whole:
            raise self.damage()

    def damage(self) -> CacheTrouble:
        """Sets the file aside, and tells of it. That is done once, whichever process finds it.

        A file that a newer version has migrated meanwhile only looks damaged, and is left alone.
        """
        if self._damaged is None:
            if _inode(self.path) != self._inode:
                self._damaged = CacheTrouble(f"{self.name} was damaged")
            else:
                self._damaged = self._newer() if self._is_newer else CacheTrouble(self._set_aside())
        self._failure = self._damaged
        return self._damaged

    @property
    def _is_newer(self) -> bool:
        with suppress(sqlite3.Error, NotOurs):
            return _version(self._db) > SCHEMA_VERSION
        return False

    def _newer(self) -> CacheTrouble:
        return CacheTrouble(f"{self.name} was written by a newer version: update this skill to use it")

    # Opening

    def _make(self) -> None:
        """The folder, and an empty file that only its owner can read. What others may have written is not used."""
        try:
            why_not = claim_folder(os.path.dirname(self.path))
            if why_not:
                raise CacheTrouble(f"the folder of {self.name} is not used: {why_not}; {ANOTHER_PLACE}")
            self._check_own()
            found = own(self.path)
            if found is None:
                os.close(open_own(self.path, os.O_RDWR | os.O_CREAT))
            elif os.name == "posix" and found.st_mode & 0o077:  # from a backup, say
                os.chmod(self.path, 0o600)
        except OSError as error:
            if not os.path.isfile(self.path):
                why = f"{self.name} cannot be made: {error.strerror}"
                raise CacheTrouble(f"{why}; {ANOTHER_PLACE}") from None

    def _check_own(self) -> None:
        """Raises CacheTrouble where one of the files is not ours, for SQLite opens whatever is there."""
        for path in (*(self.path + part for part in PARTS), self.locks.path):
            try:
                own(path)
            except NotOwn as error:
                name = os.path.join(os.path.dirname(self.name), os.path.basename(path))
                raise CacheTrouble(f"{name} is not used: {error.strerror}; move it away") from None

    def _opened(self) -> sqlite3.Connection:
        """Opens the file at our version. One process at a time makes, migrates or sets it aside."""
        try:
            db, version = self._inspected()
            if version == SCHEMA_VERSION:
                return db
            db.close()
        except NotOurs:
            pass
        try:
            self._wait_for_lock()
            return self._repaired()
        except CacheTrouble as trouble:
            raise CacheTrouble("; ".join([*self.remarks, f"{trouble}"])) from None
        finally:
            self.locks.release()

    def _repaired(self) -> sqlite3.Connection:
        """Makes or migrates the file, unless another process has done so by now."""
        try:
            db, version = self._inspected()
        except NotOurs:
            self.remarks.append(self._set_aside())
            self._make()
            db, version = self._begun_anew()
        self._db = db
        try:
            if version > SCHEMA_VERSION:
                raise self._newer()
            if version < SCHEMA_VERSION:
                with self._guarded():
                    self._synchronous = SYNCHRONOUS if version else SYNCHRONOUS_LATER
                    db.execute(self._synchronous)
                    _migrate(db)
        except CacheTrouble:
            db.close()
            raise
        return db

    def _begun_anew(self) -> tuple[sqlite3.Connection, int]:
        try:
            return self._inspected()
        except NotOurs:
            raise CacheTrouble(f"{self.name} cannot be begun anew") from None

    def _inspected(self) -> tuple[sqlite3.Connection, int]:
        """The open file and its version: 0 for an empty one. Raises NotOurs."""
        try:
            try:
                return _with_version(_connected(self.path, self._busy_timeout))
            except sqlite3.OperationalError:
                if os.access(os.path.dirname(self.path), os.W_OK):
                    raise
            # SQLite wants to make files beside it, and may not.
            return _with_version(_connected(f"file:{_quoted(self.path)}?immutable=1", self._busy_timeout))
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if _is_damage(error):
                raise NotOurs from None
            raise self._trouble(error) from None

    def _wait_for_lock(self) -> None:
        until = time.monotonic() + self._busy_timeout
        while not self.locks.acquire(MAKING) and time.monotonic() < until:
            time.sleep(0.01)

    @property
    def set_aside(self) -> tuple[str, ...]:
        """The names of the files that were set aside and are still there. Raises OSError."""
        return tuple(f"{os.path.basename(self.path)}.set-aside-{number}" for number in self._numbers_set_aside())

    def _numbers_set_aside(self) -> list[int]:
        folder, name = os.path.split(self.path)
        matches = [re.fullmatch(rf"{re.escape(name)}\.set-aside-(\d+)", one, re.ASCII) for one in os.listdir(folder)]
        return sorted(int(match[1]) for match in matches if match)

    def _set_aside(self) -> str:
        """Renames the file, and what SQLite keeps beside it, under the next number, and tells of it."""
        try:
            numbers = self._numbers_set_aside()
            number = numbers[-1] + 1 if numbers else 1
            for part in PARTS:
                with suppress(FileNotFoundError):
                    os.replace(self.path + part, f"{self.path}.set-aside-{number}{part}")
            for old in numbers[: 1 - MOST_SET_ASIDE]:
                for part in PARTS:
                    with suppress(OSError):
                        os.remove(f"{self.path}.set-aside-{old}{part}")
        except OSError as error:
            raise CacheTrouble(f"{self.name} is damaged and cannot be set aside: {error.strerror}") from None
        return (
            f"{self.name} is damaged or another program's: it was set aside as "
            f"{os.path.basename(self.path)}.set-aside-{number}, and a new one takes its place"
        )


def _connected(path: str, busy_timeout: float) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=busy_timeout, isolation_level=None, uri=path.startswith("file:"))


def _inode(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def _quoted(path: str) -> str:
    from urllib.parse import quote  # costly, and rarely of use

    return quote(os.fsencode(path))


def _with_version(db: sqlite3.Connection) -> tuple[sqlite3.Connection, int]:
    """The connection with the version of its tables; it is closed where that cannot be read. Raises NotOurs."""
    try:
        return db, _version(db)
    except (NotOurs, sqlite3.Error, UnicodeDecodeError):
        db.close()
        raise


def _version(db: sqlite3.Connection) -> int:
    """The version of our tables, 0 where there are none. Raises NotOurs for another program's file."""
    ((version,),) = db.execute("PRAGMA user_version")
    ((application,),) = db.execute("PRAGMA application_id")
    if application == APPLICATION_ID and version >= 0:
        return int(version)
    ((tables,),) = db.execute("SELECT COUNT(*) FROM sqlite_master")
    if application or version or tables:
        raise NotOurs
    return 0


def _migrate(db: sqlite3.Connection) -> None:
    """Runs all migrations in one transaction: Python's own `with db` would leave out DDL and the version.

    The version is read within it, for another process may have come first.
    """
    from openrouter_usage.cache.schema import MIGRATIONS

    db.execute("PRAGMA journal_mode = WAL")  # readers and writers do not wait for each other
    with _transaction(db):
        for statements in MIGRATIONS[_version(db) :]:
            for statement in statements:
                db.execute(statement)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@contextmanager
def _transaction(db: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    db.execute(begin)
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _is_damage(error: Exception) -> bool:
    """Tells whether the file is malformed or no database, or has other tables than we made.

    The former raises DatabaseError itself, not a subclass, or UnicodeDecodeError where SQLite's words are the file's.
    """
    if isinstance(error, sqlite3.OperationalError):
        return any(one in f"{error}" for one in OF_OTHER_TABLES)
    return type(error) is sqlite3.DatabaseError or isinstance(error, UnicodeDecodeError)
