"""The vocabulary of the doctor: the keys, what they see, how their accounts' counts agree, and what is remembered."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Dict, NamedTuple, Optional, Tuple, Union

from openrouter_usage.cache.inventory import Inventory
from openrouter_usage.records import (
    AccountDays,
    AccountKeys,
    Activity,
    Amount,
    AsOf,
    Completed,
    Count,
    Credits,
    Key,
    KeyInfo,
    Note,
    Remembered,
    Unknown,
    UsageTable,
)

COMPLETED, COMPLETED_AND_TODAY = "completed", "completed_and_today"
ANALYTICS, KEYS, KEY, ALL = "analytics", "keys", "key", "all"
"""The sides that are reconciled: four of the account, that of the regular key, and what concerns them all."""

TODAY, BYOK, OTHER_TIMES, UNEXPLAINED = "today", "byok", "other_times", "unexplained"
OTHER_KEYS, OTHER_WORKSPACES, DISABLED, EXPIRED = "other_keys", "other_workspaces", "disabled_keys", "expired_keys"
UNLISTED, NO_KEYS_USE = "unlisted_keys", "no_key"
"""Why a side differs from the account's figure."""

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


class Evidence(NamedTuple):
    """What one key of a profile was answered of the account's current UTC month.

    `days` are the completed ones by date, told at `days_at` where that is remembered; `by_key` is the use by the
    keys' names, and date.
    """

    profile: str
    account: Union[AccountDays, Unknown]
    days: Union[Completed, Unknown]
    days_at: Optional[datetime]
    listed: Union[AccountKeys, Unknown]
    by_key: Union[UsageTable, Unknown]


class Side(NamedTuple):
    """Credits spent in the current UTC month by one of OpenRouter's own counts, and when that was told."""

    usd: Amount
    as_of: AsOf


class Difference(NamedTuple):
    """A part of what a side lacks of the account's figure; below zero where it has more.

    `day`: it is of that completed UTC day alone.
    """

    side: str
    cause: str
    usd: Decimal
    day: Optional[date] = None


class Reconciliation(NamedTuple):
    """The current UTC month of one account by each of OpenRouter's counts, credits only.

    `completed` are the days up to `completed_to` (None: there is none yet) by /activity; `completed_and_today` adds
    `today`, as `today_by` tells it. `base` is the side by which the others are measured, "" where there is none,
    `byok` what it counts of BYOK. `own` is the regular key's, None where there is no such key; it is not compared
    where it `is_apart`, of another account, nor where that cannot be told: None. `account_of` is another profile of
    the same account, with the same figures.
    """

    profile: str
    month: date
    completed: Side
    completed_to: Optional[date]
    today: Amount
    today_by: str
    completed_and_today: Side
    analytics: Side
    listed: Side
    keys: Count
    workspaces: Count
    default_workspace_only: bool
    own: Optional[Side]
    own_name: str
    is_apart: Optional[bool]
    byok: Amount
    base: str
    differences: Tuple[Difference, ...]
    account_of: str = ""

    @property
    def sides(self) -> Dict[str, Side]:
        """What is compared, by name."""
        of_account = {COMPLETED_AND_TODAY: self.completed_and_today, ANALYTICS: self.analytics, KEYS: self.listed}
        return of_account if self.own is None else {**of_account, KEY: self.own}

    @property
    def base_side(self) -> Side:
        """That of the base; where there is none, what analytics answered."""
        return self.listed if self.base == KEYS else self.analytics

    @property
    def is_told(self) -> bool:
        """Whether anything is known of the account."""
        return bool(self.base) or not isinstance(self.completed.usd, Unknown)


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
    books: Tuple[Reconciliation, ...]
    memory: Optional[Inventory]
    troubles: Tuple[str, ...]
    exit_code: int
    notes: Tuple[Note, ...]
