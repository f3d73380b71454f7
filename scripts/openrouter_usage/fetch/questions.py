"""Everything that OpenRouter can be asked, as data.

Each question has the name of the client's method that answers it, where its windows and errors are told.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Optional, Union

from openrouter_usage.days import DAY, midnight
from openrouter_usage.records import ACCOUNT_DAYS, ACTIVITY, FORECAST_DAYS, HOURLY_SPEND, KEY, MODELS, Question

if TYPE_CHECKING:
    from openrouter_usage.rare_records import ByokFees, HourlySpend, KeysPage, ListedModels, UsageFilter
    from openrouter_usage.records import AccountDays, Activity, Credits, Key, KeyInfo, Remembered, UsageTable


def key(key: Key) -> Question[KeyInfo]:
    return Question(KEY, key)


def credits(key: Key) -> Question[Credits]:
    return Question("credits", key)


def activity(key: Key) -> Question[Union[Activity, Remembered]]:
    return Question(ACTIVITY, key)


def account_days(key: Key, now: datetime) -> Question[AccountDays]:
    """The question for the days that a forecast looks back on, and the current one until `now`."""
    start = midnight(now.date() - FORECAST_DAYS * DAY)
    return Question(ACCOUNT_DAYS, key, start, now)


def hourly_spend(key: Key, first: date, last: date) -> Question[HourlySpend]:
    return Question(HOURLY_SPEND, key, first, last)


def byok_fees(key: Key, first: date, until: datetime) -> Question[ByokFees]:
    return Question("byok_fees", key, first, until)


def usage(
    key: Key, dimensions: tuple[str, ...], first: date, last: date, filters: tuple[UsageFilter, ...] = ()
) -> Question[UsageTable]:
    return Question("usage", key, dimensions, first, last, *([filters] if filters else []))


def usage_until(
    key: Key,
    dimensions: tuple[str, ...],
    first: date,
    today: date,
    until: datetime,
    filters: tuple[UsageFilter, ...] = (),
) -> Question[UsageTable]:
    return Question("usage_until", key, dimensions, first, today, until, *([filters] if filters else []))


def workspaces(key: Key) -> Question[tuple[str, ...]]:
    return Question("workspaces", key)


def keys_page(key: Key, workspace: Optional[str], page: int) -> Question[KeysPage]:
    return Question("keys_page", key, workspace, page)


def models(key: Key) -> Question[ListedModels]:
    """The question for the public list of models: nothing of the key but its address has a part in it."""
    return Question(MODELS, key)
