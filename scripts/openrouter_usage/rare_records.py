"""Records that few commands need. They stand apart because to make the type of one takes a four-hundredth of the time
of a remembered summary.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional

from openrouter_usage.records import Amount, ListedKey, Unknown


class Renewal(NamedTuple):
    """A background refresh of the cache: when it began, by this machine's clock, and how it ended.

    `is_done`: every question was answered or refused, so that another refresh would get the same. `trouble` is the
    failure that it met, `in_vain` the number of refreshes in a row that failed. Name and fields are those of the
    records that are stored.
    """

    begun: datetime
    is_done: bool = False
    trouble: Optional[Unknown] = None
    in_vain: int = 0


class UsageFilter(NamedTuple):
    """The only values that are asked for in a dimension, by OpenRouter's own ids: of a key its hash, of a model its
    permaslugs."""

    dimension: str
    values: tuple[str, ...]


class HourlySpend(NamedTuple):
    """The account's credits in USD by hour, from the first hour of the UTC day `first` on: 24 amounts for each day.

    `as_of` is set where the answer is an older one.
    """

    first: date
    usd: tuple[Decimal, ...]
    as_of: Optional[datetime] = None


class ByokFees(NamedTuple):
    """The fee for BYOK beyond the monthly allowance, in credits; `as_of` is set where the answer is an older one."""

    usd: Amount
    as_of: Optional[datetime] = None


class KeysPage(NamedTuple):
    """A page of the key list of one workspace; `as_of` is set where the answer is an older one."""

    keys: tuple[ListedKey, ...]
    is_last: bool
    as_of: Optional[datetime] = None


class ListedModel(NamedTuple):
    """A model of OpenRouter's public list. Prices are USD for one token, or for one request; None: not told.

    `version` is what analytics calls the model. `retires` is the UTC day after which it may be removed, None if none
    is told.
    """

    id: str
    version: str
    prompt_usd: Optional[Decimal]
    completion_usd: Optional[Decimal]
    cached_usd: Optional[Decimal]
    reasoning_usd: Optional[Decimal]
    request_usd: Optional[Decimal]
    retires: Optional[date]


class ListedModels(NamedTuple):
    """The models that OpenRouter lists publicly; `as_of` is set where the answer is an older one."""

    models: tuple[ListedModel, ...]
    as_of: Optional[datetime] = None


class Announcement(NamedTuple):
    """The level that a check announced last, and when."""

    level: int
    at: datetime


class SpikeMark(NamedTuple):
    """Unusually much was spent: so many times the usual (None: nothing is usual). It is not said after `until`."""

    times: Optional[Decimal]
    until: datetime
