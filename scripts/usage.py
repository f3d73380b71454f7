"""The vocabulary every room speaks: frozen records of spend, and Unknown for what is not known.

Money is `Decimal` US dollars. Spend is OpenRouter credits; BYOK (spend on the user's own provider
keys, which drains no credits) is always a figure of its own. Days are UTC days, weeks start on
Monday, instants are aware datetimes in UTC.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import FrozenSet, NamedTuple, Optional, Tuple, Union


class Unknown(NamedTuple):
    """What is not known, and why. It never stands for zero."""

    reason: str
    code: str = "not_told"
    next_step: str = ""


NEEDS_MANAGEMENT_KEY = Unknown(
    "needs a management key",
    "needs_management_key",
    "make one at https://openrouter.ai/settings/management-keys and set OPENROUTER_MGMT_KEY",
)

Amount = Union[Decimal, Unknown]
Count = Union[int, Unknown]
Told = Union[str, Unknown, None]
"""A text as OpenRouter tells it; None where it says that there is none, Unknown where it says nothing."""


class Key(NamedTuple):
    """An API key with its name, the source it was found in, and the one address it may travel to."""

    text: str
    name: str
    source: str
    address: str

    def __repr__(self) -> str:
        return f"<{self.name} from {self.source}>"


class Keys(NamedTuple):
    """The keys that were found; Unknown where a variable holds what cannot be a key. `notes` go beside the figures,
    `remarks` are for whoever looks after the files."""

    regular: Union[Key, Unknown, None]
    management: Union[Key, Unknown, None]
    notes: Tuple["Note", ...] = ()
    remarks: Tuple[str, ...] = ()


class Spend(NamedTuple):
    """US dollars in the current UTC day, week (from Monday) and month (from the 1st), up to now."""

    today: Amount
    week: Amount
    month: Amount


class Counters(NamedTuple):
    """What one key, or one account, has spent: credits and BYOK by window, credits over its lifetime."""

    credits: Spend
    byok: Spend
    total: Amount


class Limit(NamedTuple):
    """One layer that can block a key. `resets` is daily, weekly, monthly, or None: never; `resets_at` the instant."""

    scope: str
    limit: Amount
    spent: Amount
    remaining: Amount
    resets: Told
    resets_at: Optional[datetime]


class FreeRequests(NamedTuple):
    """The account's requests to free models in the current UTC day."""

    used: Count
    limit: Count
    remaining: Count


class KeyInfo(NamedTuple):
    """What OpenRouter tells a key about itself."""

    counters: Counters
    limits: Union[Tuple[Limit, ...], Unknown]
    effective_limit: Optional[Limit]
    free_requests: Union[FreeRequests, Unknown]
    is_management: Optional[bool]
    expires_at: Union[datetime, Unknown, None]
    organization: Told
    creator: Told


class Credits(NamedTuple):
    """Lifetime credits of an account, as OpenRouter answered them; believed or not elsewhere."""

    purchased: Amount
    used: Amount


class ActivityRow(NamedTuple):
    """One endpoint's use on one completed UTC day. The same day and model may come several times."""

    day: date
    model: str
    provider: str
    usd: Amount
    byok_usd: Amount
    requests: Count
    prompt_tokens: Count
    completion_tokens: Count
    reasoning_tokens: Count
    cached_tokens: Count


class DaySpend(NamedTuple):
    """The account's spend on one UTC day, today included."""

    day: date
    usd: Amount
    byok_usd: Amount


class AccountDays(NamedTuple):
    """The account's spend by day, every key counted; `as_of` where OpenRouter said it served an older answer."""

    days: Tuple[DaySpend, ...]
    as_of: Optional[datetime]


class ListedKey(NamedTuple):
    """One key of the account's key list, by its hash, with its own counters."""

    hash: str
    counters: Counters


class AccountKeys(NamedTuple):
    """Every key that OpenRouter lists, each once. It may list no key that is deleted, disabled or expired."""

    keys: Tuple[ListedKey, ...]
    default_workspace_only: bool


class Holding(NamedTuple):
    """All that one account answered. `key` and `manager` (what the management key told) are None where there is
    no such key; `by_management` says whether the credits' asker is known to be a management key."""

    name: str
    key: Union[KeyInfo, Unknown, None]
    manager: Union[KeyInfo, Unknown, None]
    by_management: bool
    credits: Union[Credits, Unknown]
    spend: Union[AccountDays, AccountKeys, Unknown]
    activity: Union[Tuple[ActivityRow, ...], Unknown]
    notes: Tuple["Note", ...]


class Balance(NamedTuple):
    """Credits left, bought and used over the account's lifetime. What is left may be negative."""

    remaining: Decimal
    purchased: Decimal
    used: Decimal


class ModelRow(NamedTuple):
    """One model's use, or that of several taken together, over the table's days."""

    model: str
    label: str
    usd: Amount
    byok_usd: Amount
    requests: Count
    prompt_tokens: Count
    completion_tokens: Count
    reasoning_tokens: Count
    cached_tokens: Count


class ModelTable(NamedTuple):
    """The account's spend by model over completed UTC days, both ends included, dearest first."""

    first: date
    last: date
    total: Amount
    rows: Tuple[ModelRow, ...]
    shown: Tuple[ModelRow, ...]
    rest: Optional[ModelRow]


class Expiry(NamedTuple):
    """A key that expires within the next 14 days, counted from UTC day to UTC day; negative: it has expired."""

    what: str
    at: datetime
    days: int


class Note(NamedTuple):
    """A remark that a figure needs beside it."""

    code: str
    message: str


class Block(NamedTuple):
    """What is shown of one account.

    `scope` says whose the first line is: "key" or "account". `others_spend` is False where the key is
    known to be the only one that spent in the current windows, `alone` where in the models' days too.
    `percent_used` is of the first limit, `expires_at` the key's.
    """

    title: str
    scope: str
    key: Union[Counters, Unknown, None]
    account: Union[Counters, Unknown, None]
    others_spend: Optional[bool]
    alone: bool
    balance: Union[Balance, Unknown]
    limits: Union[Tuple[Limit, ...], Unknown]
    percent_used: Optional[int]
    free_requests: Union[FreeRequests, Unknown]
    models: Union[ModelTable, Unknown]
    expires_at: Union[datetime, Unknown, None]
    expiring: Tuple[Expiry, ...]
    notes: Tuple[Note, ...]


class Report(NamedTuple):
    """All that is shown. `live` names the windows the breakdown holds nothing of yet; `notes` concern all blocks."""

    as_of: datetime
    demo: bool
    live: FrozenSet[str]
    blocks: Tuple[Block, ...]
    notes: Tuple[Note, ...]
