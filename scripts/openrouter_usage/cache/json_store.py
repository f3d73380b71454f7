"""Records as JSON in the database, each under a key's id and a name."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Callable, Optional

from openrouter_usage import records
from openrouter_usage.cache.locks import ASKING
from openrouter_usage.days import DAY
from openrouter_usage.files import salted

if TYPE_CHECKING:
    from openrouter_usage.cache.database import Database

KIND = "kind"
"""Where a record has its name in JSON; no field is called that."""

PLAIN: dict[str, Callable[[str], Any]] = {
    "Decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}

STORED_FOR = DAY
"""How long an answer about certain days or pages is stored; every other is, until there is a later one."""


def last(database: Database, key_id: str, name: str) -> Optional[tuple[datetime, Any]]:
    """The record and its instant; None where there is none that can be read."""
    told = database.sealed(_dated, "SELECT * FROM answer WHERE key = ? AND question = ?", (key_id, name))
    for question, at, record in told:
        return (at, record) if question == name and isinstance(record, tuple) else None
    return None


def _dated(question: str, at: str, record: str) -> tuple[str, datetime, Any]:
    return question, instant(at), unpacked(record)


def all_instants(database: Database, key_id: str) -> list[datetime]:
    """The instants of all records of a key."""
    return database.sealed(lambda _, at, __: instant(at), "SELECT * FROM answer WHERE key = ?", (key_id,))


def keep(database: Database, key_id: str, name: str, record: Any, at: datetime, tries_again: bool = False) -> None:
    """Stores a record in the place of the last one, and deletes what has been stored for long enough."""
    with database.changing(tries_again):
        put(database, key_id, name, record, at)
        database.do("DELETE FROM answer WHERE question LIKE '% %' AND at < ?", ((at - STORED_FOR).isoformat(),))


def put(database: Database, key_id: str, name: str, record: Any, at: datetime) -> None:
    """Stores a record within a change that has begun."""
    database.put("answer", (key_id, name, at.isoformat(), packed(record)))


def forget(database: Database, name: str, key_id: Optional[str] = None) -> None:
    """Deletes the key's record of that name; None: every key's."""
    with database.changing(tries_again=True):
        database.do("DELETE FROM answer WHERE question = ?1 AND (?2 IS NULL OR key = ?2)", (name, key_id))


def instant(text: str) -> datetime:
    """The instant that was stored as such a text. Raises ValueError or TypeError for any other."""
    found = datetime.fromisoformat(text)
    if not found.tzinfo or not 1 < found.year < 9999:
        raise ValueError(text)
    return found


def text(value: str) -> str:
    """The text that was stored. Raises TypeError for anything else."""
    if type(value) is not str:
        raise TypeError(type(value).__name__)
    return value


def whole(value: int) -> int:
    """The whole number that was stored. Raises TypeError for anything else."""
    if type(value) is not int:
        raise TypeError(type(value).__name__)
    return value


def lock_place(database: Database, key_id: str, name: str) -> int:
    """The place in the lock file of who asks for that record; two records may share one."""
    return ASKING + int.from_bytes(salted(f"{key_id} {name}", database.salt)[:3], "big")


def packed(value: Any) -> str:
    """A record, a tuple of records or a plain value as JSON."""
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Any:
    """The value that was packed; None where the text is damaged, or of a version whose records had other fields."""
    try:
        return _tuples(json.loads(text, object_hook=_object))
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError):
        return None


def _plain(value: Any) -> Any:
    """The value in JSON's own types; any other type becomes an object that names its kind."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, records.Secret):
        raise TypeError("a secret is never stored")
    name = type(value).__name__
    if name in PLAIN:
        return {name: str(value) if name == "Decimal" else value.isoformat()}
    if hasattr(value, "_fields"):
        return {KIND: name, **{field: _plain(item) for field, item in value._asdict().items()}}
    return [_plain(item) for item in value]


def _object(pairs: dict[str, Any]) -> Any:
    if KIND in pairs:
        kind, fields = pairs.pop(KIND), {field: _tuples(item) for field, item in pairs.items()}
        if kind == "Key" and "text" in fields:  # version 1.5.0 called the ids of a key and of its address so
            return records.Key(fields["text"], fields["name"], fields["source"], fields["address"])
        return _type(kind)(**fields)
    ((name, value),) = pairs.items()
    return PLAIN[name](value)


def _type(kind: str) -> Callable[..., Any]:
    """The type of the record of that name."""
    if hasattr(records, kind):
        return getattr(records, kind)  # type: ignore[no-any-return]
    from openrouter_usage import rare_records  # of no use to a remembered summary

    return getattr(rare_records, kind)  # type: ignore[no-any-return]


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
