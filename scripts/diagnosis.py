"""The vocabulary of the doctor: which keys there are, what they see, and what is remembered of their accounts."""

from datetime import date, datetime, timedelta
from typing import NamedTuple, Optional, Tuple, Union

from usage import AccountDays, Activity, Credits, Key, KeyInfo, Note, Remembered, Span, Unknown

OWN, BALANCE, ACCOUNT, DAYS = "own spend and limits", "balance", "spend of all keys", "completed days and models"
"""What a key may see."""


class Examined(NamedTuple):
    """What one key was answered; None where that was not asked, because a key of its kind is never told."""

    key: Key
    profile: str
    info: Union[KeyInfo, Unknown]
    credits: Union[Credits, Unknown]
    account: Union[AccountDays, Unknown, None]
    days: Union[Activity, Remembered, Unknown, None]


class KeyFound(NamedTuple):
    """A key, masked, with the source it was found in, its address and its kind: "regular" or "management".

    `sees` tells of each thing that a key may see whether this one does: None, or why not.
    """

    name: str
    profile: str
    masked: str
    source: str
    address: str
    kind: Union[str, Unknown]
    sees: Tuple[Tuple[str, Optional[Unknown]], ...]


class KeyChange(NamedTuple):
    """What a login stored, or a logout took out: these names, in or of that source, for that profile.

    `keychain` is what the source is really called, where it is one.

    `kind` is that of a key that was stored, "" of those that were taken out. `used` is the source in which each key
    is found from now on.
    """

    command: str
    source: str
    keychain: str
    names: Tuple[str, ...]
    kind: Union[str, Unknown]
    profile: str
    used: Tuple[Tuple[str, str], ...]


class Machine(NamedTuple):
    """What an answer depends on besides OpenRouter: the versions of what is installed (None: it is not), the proxies
    and the bundle of certificates that the environment sets, and which profiles there are."""

    versions: Tuple[Tuple[str, Optional[str]], ...]
    proxies: Tuple[str, ...]
    certificates: str
    profiles: Tuple[str, ...]


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
    """All that the doctor says. `memory` is None where nothing is remembered.

    `works` tells of each command whether these keys suffice for it: None, or what is wanting. `clock` is how far
    this machine's is ahead of OpenRouter's, where that is known; `troubles` need somebody's hand.
    """

    as_of: datetime
    demo: bool
    keys: Tuple[KeyFound, ...]
    works: Tuple[Tuple[str, Optional[Unknown]], ...]
    clock: Optional[timedelta]
    machine: Machine
    memory: Optional[MemoryFound]
    troubles: Tuple[str, ...]
    exit_code: int
    notes: Tuple[Note, ...]
