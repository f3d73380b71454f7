"""Chooses by whose pace, and by which of its figures, it is told how long the balance and each limit last."""

from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import Callable, Iterator, Union

from openrouter_usage.commands.summary.records import CALM, OWN, Block, Forecast, Lasts, Untold
from openrouter_usage.figures.windows import LAG
from openrouter_usage.forecast import pace, scopes
from openrouter_usage.forecast.pace import SpendingOf
from openrouter_usage.forecast.scopes import LastsOf
from openrouter_usage.records import Balance, Completed, Counters, Limit, Unknown

OUTDATED = timedelta(days=3)
"""Completed days that end so long before the balance was told say nothing about how it is being spent."""

NO_DAYS = Unknown("no completed day is known", "no_days")
DAYS_TOO_OLD = Unknown("the completed days that are known end too long ago", "days_too_old")
OTHERS_MAY_SPEND = Unknown("what other keys spend is not known (needs a management key)", "others_not_known")

Days = Union[Completed, Unknown]
"""The account's completed UTC days, by date."""
ByDays = Union[Callable[[bool], SpendingOf], Unknown]
"""The pace of the account by these days, with BYOK or without; weighed once, whoever wants it."""


def outlook(block: Block, days: Days, now: datetime) -> Union[Forecast, Unknown]:
    """How long what the block shows will last from `now` on."""
    recent = _recent(days, block.balance_as_of.at)
    by_days = recent if isinstance(recent, Unknown) else lru_cache()(partial(pace.of_days, recent, block.account, now))
    return scopes.together(_scopes(block, by_days, now))


def _recent(days: Days, told_at: datetime) -> Days:
    """The days, where they reach close to the instant at which the balance was told."""
    if isinstance(days, Unknown):
        return days
    if not days.days:
        return NO_DAYS
    return days if days.days[-1] + OUTDATED > told_at.date() else DAYS_TOO_OLD


def _scopes(block: Block, by_days: ByDays, now: datetime) -> Iterator[LastsOf]:
    yield scopes.of_balance(block.balance, block.balance_as_of.at, _drain(block, by_days), now)
    if isinstance(block.limits, Unknown):
        yield Untold("key_limit", block.limits, block.limits)
    elif isinstance(block.key, Counters):
        for limit in block.limits:
            yield _of_limit(limit, block.key, block, by_days, now)


def _drain(block: Block, by_days: ByDays) -> SpendingOf:
    """What drains the balance: the whole account; where that is not known, the key, as far as it goes."""
    if not isinstance(by_days, Unknown):
        return by_days(False)
    if isinstance(block.account, Counters):
        return pace.of_counters(block.account, block.account_as_of.at, of_key=False, with_byok=False)
    if isinstance(block.key, Counters):
        of_one = not _is_all(block.key, block.balance)
        found = pace.of_counters(block.key, block.key_as_of.at, of_key=of_one, with_byok=False)
        tells_nothing = _is_minor(block.key, block.balance) or (isinstance(found, Unknown) and found.code in CALM)
        return OTHERS_MAY_SPEND if of_one and tells_nothing else found
    return by_days


def _is_all(key: Counters, balance: Union[Balance, Unknown]) -> bool:
    """Whether the account used nothing in its life but by this key."""
    if isinstance(balance, Unknown) or isinstance(key.total, Unknown):
        return False
    return balance.used - key.total <= balance.used * LAG


def _is_minor(key: Counters, balance: Union[Balance, Unknown]) -> bool:
    """Whether most of what the account used in its life went through other keys."""
    if isinstance(balance, Unknown) or isinstance(key.total, Unknown):
        return False
    return 2 * key.total < balance.used


def _of_limit(limit: Limit, key: Counters, block: Block, by_days: ByDays, now: datetime) -> LastsOf:
    """At its own pace; where that is not known yet, it can be told if the limit lasts even at that of all keys."""
    told_at = block.key_as_of.at
    found = scopes.of_limit(limit, told_at, _limit_pace(limit, key, block, by_days), now)
    if isinstance(found, Lasts) or isinstance(by_days, Unknown):
        return found
    at_most = scopes.of_limit(limit, told_at, by_days(limit.includes_byok), now)
    return at_most if isinstance(at_most, Lasts) and at_most.days is None else found


def _limit_pace(limit: Limit, key: Counters, block: Block, by_days: ByDays) -> SpendingOf:
    """What a limit is spent by: its key; where nobody else spends, the account's days are the key's."""
    if limit.scope not in OWN:
        return pace.of_window(limit, block.key_as_of.at)
    if block.others_spend is False and not isinstance(by_days, Unknown):
        return by_days(limit.includes_byok)
    return pace.of_counters(key, block.key_as_of.at, of_key=True, with_byok=limit.includes_byok)
