"""Frozen records of what OpenRouter answered, and Unknown for what it did not.

Money is `Decimal` US dollars. Spend is OpenRouter credits; BYOK (spend on the user's own provider
keys) is always a figure of its own. It drains no credits below the monthly allowance; the fee beyond it
is spend. Days are UTC days, weeks start on Monday, instants are aware datetimes in UTC.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Generic, NamedTuple, Optional, TypeVar, Union

VERSION = "1.10.0"

DEFAULT_ADDRESS = "https://openrouter.ai/api/v1"
"""Where a key travels to unless another address is set."""

KEYS_PAGE = "https://openrouter.ai/settings/keys"
MANAGEMENT_KEYS_PAGE = "https://openrouter.ai/settings/management-keys"
CREDITS_PAGE = "https://openrouter.ai/settings/credits"
ACTIVITY_PAGE = "https://openrouter.ai/activity"
STATUS_PAGE = "https://status.openrouter.ai"

A_CENT = Decimal("0.01")
"""Smaller differences are not reported."""

KEY_PREFIX = "sk-or-v1-"
"""The prefix of OpenRouter's keys."""


class Unknown(NamedTuple):
    """The reason why a figure is not known, `short` in few words where it has them. It never stands for zero."""

    reason: str
    code: str = "not_told"
    next_step: str = ""
    short: str = ""

    @property
    def advice(self) -> str:
        """The reason and the next step."""
        return "; ".join(part for part in (self.reason, self.next_step) if part)


NEEDS_MANAGEMENT_KEY = Unknown(
    "needs a management key",
    "needs_management_key",
    f"make one at {MANAGEMENT_KEYS_PAGE} and store it with `stats.py login`",
    "needs management key",
)

NOTHING_SPENT = Unknown("the total is not above zero", "nothing_spent")
NO_TOKENS = Unknown("no tokens were used", "no_tokens")
NO_REQUESTS = Unknown("no requests were made", "no_requests")
NOT_SUMMED = Unknown("limits, expiries and balances are not added up", "not_summed")
NOT_A_KEY = Unknown("it is no key's use", "not_a_key")
NOT_APPLICABLE = (NOTHING_SPENT, NO_TOKENS, NO_REQUESTS, NOT_SUMMED, NOT_A_KEY)
"""Figures that do not exist, such as a ratio over nothing: there is nothing to know."""

DAY_NOT_KNOWN = Unknown("of a day that is not known there is only the balance", "day_not_known")
NO_READING = Unknown("the balance was not read on that day", "no_reading")
LAST_USE_NOT_TOLD = Unknown("OpenRouter did not tell last_used_at")
WORKSPACE_NOT_TOLD = Unknown("OpenRouter did not tell workspace_id")

LEFT_OUT = Unknown("OpenRouter left rows out of its answer", "truncated")
MAY_BE_ZEROS = Unknown("OpenRouter did not tell whether it is a management key, whose own counters are always 0")

Amount = Union[Decimal, Unknown]
Count = Union[int, Unknown]
Told = Union[str, Unknown, None]
"""A text as OpenRouter tells it; None where it says that there is none, Unknown where it says nothing."""


Figure = TypeVar("Figure", Decimal, int)


def total(figures: Iterable[Union[Figure, Unknown]], nothing: Figure) -> Union[Figure, Unknown]:
    """Returns the exact sum, or the first Unknown among the figures."""
    known = nothing
    for figure in figures:
        if isinstance(figure, Unknown):
            return figure
        known += figure
    return known


class Note(NamedTuple):
    """A remark that a figure needs beside it."""

    code: str
    message: str


class Key(NamedTuple):
    """An API key without its secret: its id, the name of its variable, and the source in which it was found.

    `id` differs from that of every other key and `address_id` from that of every other address. Both are
    salted digests, for an address may hold a secret, too. `keys.secrets` has the secret itself.
    """

    id: str
    name: str
    source: str
    address_id: str


class Secret(NamedTuple):
    """The text of a key, the one address it may travel to, and the headers that tell OpenRouter of the caller.

    `address_from` names the variable that sets the address, with its file; empty where none does. `program` is that
    of the command which printed the key; empty where none did.
    """

    text: str
    address: str
    headers: tuple[tuple[str, str], ...] = ()
    address_from: str = ""
    program: str = ""

    def __repr__(self) -> str:
        return "<secret>"

    @property
    def masked(self) -> str:
        """The prefix that all keys share and the last three letters: enough to recognise a key by."""
        prefix = KEY_PREFIX if self.text.startswith(KEY_PREFIX) else ""
        return f"{prefix}…{self.text[-3:]}" if len(self.text) >= 32 else "…"

    @property
    def address_shown(self) -> str:
        """The address with its path if that is one of an API like OpenRouter's: any other may hold a token."""
        origin, path = "/".join(self.address.split("/")[:3]), "/".join(self.address.split("/")[3:])
        return self.address if path in ("", "v1", "api/v1") else f"{origin}/…"


KEY, ACTIVITY, ACCOUNT_DAYS, MODELS, HOURLY_SPEND = "key", "activity", "account_days", "models", "hourly_spend"
"""The names of the questions whose answers the cache treats in a way of their own."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Question(Generic[T_co]):
    """A question to OpenRouter, answered by a record of type T; `fetch.questions` makes all that there are.

    `name` is what the client and the cache know it by, `key` is the key it is asked with, and
    `about` tells it from other questions of that name.
    """

    def __init__(self, name: str, key: Key, *about: object) -> None:
        self.name = name
        self.key = key
        self.about = about

    def _identity(self) -> tuple[object, ...]:
        return self.name, self.key, self.about

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())


class Keys(NamedTuple):
    """The keys that a search found; Unknown where a variable holds what cannot be a key.

    `notes` stand beside the figures, `remarks` go to standard error. `is_whole`: every place could be read. `budget` is
    the user's own in USD per UTC month, from `budget_source`; None where none is set, Unknown where it is no amount.
    `has_foreign_part`: a source that may be anybody's had a part in what was found, or in what is said of it.
    """

    regular: Union[Key, Unknown, None]
    management: Union[Key, Unknown, None]
    notes: tuple[Note, ...] = ()
    remarks: tuple[str, ...] = ()
    is_whole: bool = True
    budget: Union[Decimal, Unknown, None] = None
    budget_source: str = ""
    has_foreign_part: bool = False

    @property
    def found(self) -> tuple[Key, ...]:
        """The slots that hold a key, the regular one first."""
        return tuple(slot for slot in (self.regular, self.management) if isinstance(slot, Key))

    @property
    def first_for_account(self) -> Optional[Key]:
        """The key that is asked first about the whole account: the management key, where there is one."""
        return next(reversed(self.found), None)


class Spend(NamedTuple):
    """US dollars in the current UTC day, week (from Monday) and month (from the 1st), up to now."""

    today: Amount
    week: Amount
    month: Amount


class Counters(NamedTuple):
    """The spend of one key, or one account: credits and BYOK by window, credits over its lifetime."""

    credits: Spend
    byok: Spend
    total: Amount


class Limit(NamedTuple):
    """A limit that can block a key. `resets` is daily, weekly, monthly, or None: never; `resets_at` the instant.

    `spent` counts credits, and BYOK too where `includes_byok`.
    """

    scope: str
    limit: Amount
    spent: Amount
    remaining: Amount
    resets: Told
    resets_at: Optional[datetime]
    includes_byok: bool = False


class FreeRequests(NamedTuple):
    """The account's requests to free models in the current UTC day."""

    used: Count
    limit: Count
    remaining: Count


class KeyInfo(NamedTuple):
    """OpenRouter's answer about a key itself; `as_of` is set where the answer is an older one.

    `label_id` is a digest of its label, a piece of the key that is never kept; empty where none was told.
    """

    counters: Counters
    limits: Union[tuple[Limit, ...], Unknown]
    effective_limit: Optional[Limit]
    free_requests: Union[FreeRequests, Unknown]
    is_management: Optional[bool]
    expires_at: Union[datetime, Unknown, None]
    organization: Told
    creator: Told
    as_of: Optional[datetime] = None
    workspace: Told = WORKSPACE_NOT_TOLD
    label_id: str = ""

    @property
    def is_zero(self) -> bool:
        """Tells whether its lifetime spend is 0, as a management key's always is, whatever the account spends."""
        return self.counters.total == 0


class Credits(NamedTuple):
    """The lifetime credits of an account as OpenRouter answered them, now or at `as_of`; they may be wrong."""

    purchased: Amount
    used: Amount
    as_of: Optional[datetime] = None


class Use(NamedTuple):
    """The use of one group: credits, BYOK, requests and tokens.

    Reasoning tokens are part of the completion and cached tokens part of the prompt, except in
    answers in which OpenRouter itself counts more of them.
    """

    usd: Amount
    byok_usd: Amount
    requests: Count
    prompt_tokens: Count
    completion_tokens: Count
    reasoning_tokens: Count
    cached_tokens: Count


class ActivityRow(NamedTuple):
    """The use of one endpoint on one completed UTC day. The same day and model may come several times.

    `permaslug` names the model's version, as analytics does; empty where it is not told.
    """

    day: date
    model: str
    permaslug: str
    provider: str
    use: Use


class Person(NamedTuple):
    """A user of the account, by the name and the email that OpenRouter tells; an empty one is not told."""

    name: str
    email: str


class Weekday(NamedTuple):
    """A day of the week: by its ISO number, of which Monday has 1 and Sunday 7, and by its English name."""

    number: int
    name: str


Name = Union[str, date, datetime, Person, Weekday]
"""The name of a row in one dimension: a UTC day for `date`, the first one for `week` and `month`, the hour's first
instant for `hour`, a Weekday, a Person for `user`, else a text."""


class UsageRow(NamedTuple):
    """The use of one group, named in each of the dimensions its table has."""

    names: tuple[Name, ...]
    use: Use


class UsageTable(NamedTuple):
    """Rows with a name in each of the `dimensions`. The same names may come several times.

    `partial`: OpenRouter left rows out. `warnings` are its own words, cleaned; `as_of` is set
    where the answer is an older one.
    """

    dimensions: tuple[str, ...]
    rows: tuple[UsageRow, ...]
    partial: bool = False
    warnings: tuple[str, ...] = ()
    as_of: Optional[datetime] = None

    @property
    def warning_notes(self) -> tuple[Note, ...]:
        """The warnings as notes."""
        return tuple(Note("warning", f"OpenRouter warns: {warning}") for warning in self.warnings)


REQUESTS_NOT_TOLD = Unknown("OpenRouter did not tell request_count")


class DaySpend(NamedTuple):
    """The account's spend and requests on one UTC day, today included."""

    day: date
    usd: Amount
    byok_usd: Amount
    requests: Count = REQUESTS_NOT_TOLD


class AccountDays(NamedTuple):
    """The account's spend by UTC day from `since` on (None: not told), every key counted.

    `as_of` is set where the answer is an older one.
    """

    days: tuple[DaySpend, ...]
    as_of: Optional[datetime]
    since: Optional[date] = None


class ListedKey(NamedTuple):
    """A key of the account's key list, by its hash, with its own counters and its own limit (None: it has none).

    `name` is empty where the key has none; `created` is the UTC day. `label_id` is as in KeyInfo. `last_used` is None
    if it was not used since the end of 2025.
    """

    hash: str
    name: str
    created: Optional[date]
    disabled: Union[bool, Unknown]
    expires_at: Union[datetime, Unknown, None]
    limit: Union[Limit, Unknown, None]
    counters: Counters
    workspace: Told = WORKSPACE_NOT_TOLD
    label_id: str = ""
    last_used: Union[datetime, Unknown, None] = LAST_USE_NOT_TOLD

    @property
    def short_hash(self) -> str:
        """As much of its hash as is shown, and as --key takes, where its name does not tell it from others."""
        return self.hash[:8]

    @property
    def name_and_hash(self) -> str:
        """Its name with its short hash, such as "ci, hash 1f3a5b7c"."""
        return f"{self.name or 'unnamed'}, hash {self.short_hash}"

    def is_usable(self, now: datetime) -> bool:
        """Tells whether the key is neither disabled nor expired, as far as OpenRouter tells."""
        return self.disabled is not True and not (isinstance(self.expires_at, datetime) and self.expires_at <= now)


class AccountKeys(NamedTuple):
    """Every key that OpenRouter lists, each once. Deleted, disabled and expired keys may be missing.

    `as_of` is the oldest of its pages'. `workspaces_gap` is why the workspaces are not known, where they are not: then
    `default_workspace_only`, and those of others may be missing.
    """

    keys: tuple[ListedKey, ...]
    default_workspace_only: bool
    as_of: Optional[datetime] = None
    workspaces_gap: Optional[Unknown] = None

    @property
    def other_workspaces(self) -> Unknown:
        """Why the keys of other workspaces are not known, where they are not."""
        gap = self.workspaces_gap
        reason = f"the workspaces are unknown ({gap.reason})" if gap else "no workspace was listed"
        return Unknown(reason, "default_workspace", gap.next_step if gap else "")


class Activity(NamedTuple):
    """The rows of /activity, and when they were answered by OpenRouter's clock (None: not told)."""

    rows: tuple[ActivityRow, ...]
    at: Optional[datetime]


class Remembered(NamedTuple):
    """An answer of /activity that is cached as days, the last of them seen at `as_of`."""

    as_of: datetime


class StoredDay(NamedTuple):
    """When the rows of a stored day were told, and when it was doubted since (None: it was not).

    `lesser` is what /activity told of it then, in USD of credits, None where it was analytics that counted more.
    """

    seen_at: datetime
    doubted_at: Optional[datetime]
    lesser: Optional[Decimal]


class Completed(NamedTuple):
    """The account's use on completed UTC days, with the days that are known, in order.

    `unsettled` are those of the days that were seen last when they might still grow. `doubts` are those of which
    /activity later told less, with the USD of credits that it then told.
    """

    table: UsageTable
    days: tuple[date, ...]
    unsettled: tuple[date, ...] = ()
    doubts: tuple[tuple[date, Decimal], ...] = ()


class TodayUse(NamedTuple):
    """The account's use on the current UTC day so far; `models` gives the model of each permaslug in its rows.

    `hours` has its hours, and earlier ones of the machine's own day, where that is another one and the day was told by
    hour.
    """

    table: UsageTable
    models: dict[str, str]
    hours: Optional[UsageTable] = None


class AsOf(NamedTuple):
    """The instant at which OpenRouter told a figure; `is_old`: longer ago than was asked for, so that it is said.

    `is_final`: every later answer would be the same.
    """

    at: datetime
    is_old: bool = False
    is_final: bool = False


class Balance(NamedTuple):
    """Credits left, bought and used over the account's lifetime. What is left may be negative."""

    remaining: Decimal
    purchased: Decimal
    used: Decimal


class Reading(NamedTuple):
    """The lifetime credits of an account in USD, as they were read at an instant."""

    at: datetime
    purchased: Decimal
    used: Decimal


MOST_PAGES = 100
"""The number of pages of a list after which it is taken for endless, and given up."""

RECENT_DAYS = 7
"""The number of completed UTC days that the summary's models are of."""

FORECAST_DAYS = 56
"""The number of completed UTC days that a forecast looks back on, where they are known: 8 weeks."""

SETTLING = timedelta(hours=6)
"""The time after its end for which a UTC day may still grow: OpenRouter counts on for some hours."""
