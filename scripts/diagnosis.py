"""The vocabulary of the doctor: which keys there are, and what is remembered of their accounts."""

from datetime import date, datetime
from typing import NamedTuple, Optional, Tuple, Union

from usage import Note, Span, Unknown


class KeyFound(NamedTuple):
    """A key, where it was found, and its kind: "regular" or "management"."""

    name: str
    source: str
    kind: Union[str, Unknown]


class AccountMemory(NamedTuple):
    """What is remembered of the account of these keys, by name.

    `first` and `last` are the ends of the completed UTC days that are held, `missing` those in
    between, and up to yesterday, that are not. `last_fetch` is when OpenRouter last answered.
    """

    keys: Tuple[str, ...]
    days: int
    first: Optional[date]
    last: Optional[date]
    missing: Tuple[Span, ...]
    last_fetch: Optional[datetime]
    readings: int


class MemoryFound(NamedTuple):
    """The file, by the name people know it by, its size in bytes, and how many accounts it knows in all."""

    file: str
    size: int
    accounts: Tuple[AccountMemory, ...]
    known_accounts: int


class Diagnosis(NamedTuple):
    """All that the doctor says. `memory` is None where nothing is remembered."""

    as_of: datetime
    demo: bool
    keys: Tuple[KeyFound, ...]
    memory: Optional[MemoryFound]
    exit_code: int
    notes: Tuple[Note, ...]
