"""Builds the forecast: how long the balance and each limit last, and which of them blocks first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Callable, Optional, Union

from openrouter_usage.days import DAY
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.figures.limits import is_zero
from openrouter_usage.figures.windows import LAG
from openrouter_usage.forecast import pace
from openrouter_usage.forecast.burn import Burn
from openrouter_usage.forecast.pace import Spending
from openrouter_usage.forecast.records import (
    BALANCE_SCOPE,
    HARMLESS_CODES,
    KEY_SCOPES,
    Forecast,
    Funds,
    ScopeRunway,
    UnknownRunway,
)
from openrouter_usage.forecast.runway import runway
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Completed, Counters, Limit, Unknown

OUTDATED = 3 * DAY
"""Completed days that end this long before the balance was read do not show how it is being spent."""
SOONEST = Decimal("0.01")
"""The shortest runway in days that is not zero: a quarter of an hour."""

NO_DAYS = Unknown("no completed day is known", "no_days")
DAYS_TOO_OLD = Unknown("the completed days that are known end too long ago", "days_too_old")
OTHERS_MAY_SPEND = Unknown("what other keys spend is not known (needs a management key)", "others_not_known")
NEVER_FUNDED = Unknown("no credits were ever bought", "never_funded")
NOTHING_RUNS_OUT = Unknown("there is neither a balance nor a limit", "nothing_runs_out")

Days = Union[Completed, Unknown]
AccountSpending = Union[Callable[[bool], Union[Spending, Unknown]], Unknown]
"""Computes the spending of the whole account from its completed days, with BYOK (True) or without, each once."""
AnyRunway = Union[ScopeRunway, UnknownRunway]


def forecast(funds: Funds, days: Days, now: datetime) -> Union[Forecast, Unknown]:
    """Returns how long the funds last from `now` on, soonest first; if nothing is known, why the first is not.

    `days` are the account's completed UTC days, by date.
    """
    recent = _recent(days, funds.balance_at)
    by_days = recent if isinstance(recent, Unknown) else lru_cache()(partial(pace.of_days, recent, funds.account, now))
    every = list(_runways(funds, by_days, now))
    unknown = tuple(one for one in every if isinstance(one, UnknownRunway))
    known = [one for one in every if isinstance(one, ScopeRunway)]
    known.sort(key=lambda one: (one.days is None, one.days or Decimal(0)))
    if not known:
        return _why_none(unknown)
    return Forecast(known[0] if known[0].days is not None else None, tuple(known), unknown)


def _why_none(unknown: Sequence[UnknownRunway]) -> Unknown:
    """Returns why nothing has a runway: why a limit has none, where calls are paid from more than purchases."""
    reasons = [one.why for one in unknown if one.why.code != BY_PURCHASES.code] or [one.why for one in unknown]
    return reasons[0] if reasons else NOTHING_RUNS_OUT


def _recent(days: Days, balance_at: datetime) -> Days:
    """Returns the days if they reach close to the instant at which the balance was read."""
    if isinstance(days, Unknown):
        return days
    if not days.days:
        return NO_DAYS
    return days if days.days[-1] + OUTDATED > balance_at.date() else DAYS_TOO_OLD


def _runways(funds: Funds, by_days: AccountSpending, now: datetime) -> Iterator[AnyRunway]:
    balance = funds.balance
    if isinstance(balance, Unknown):
        yield UnknownRunway(BALANCE_SCOPE, balance, balance)
    elif balance.purchased == 0 == balance.used:
        yield UnknownRunway(BALANCE_SCOPE, balance.remaining, NEVER_FUNDED)
    else:
        credits = Limit(BALANCE_SCOPE, balance.purchased, balance.used, balance.remaining, None, None)
        yield _runway(credits, _balance_spending(funds, by_days, balance.used), funds.balance_at, now)
    if isinstance(funds.limits, Unknown):
        yield UnknownRunway("key_limit", funds.limits, funds.limits)
    elif isinstance(funds.key, Counters):
        for limit in funds.limits:
            yield _limit_runway(limit, funds.key, funds, by_days, now)


def _balance_spending(funds: Funds, by_days: AccountSpending, used: Decimal) -> Union[Spending, Unknown]:
    """Returns the spending of the whole account or, if that is not known, of the key as far as it tells anything.

    `used` are the USD that the account ever used.
    """
    if not isinstance(by_days, Unknown):
        return by_days(False)
    if isinstance(funds.account, Counters):
        return pace.of_counters(funds.account, funds.account_at, of_key=False, with_byok=False)
    if isinstance(funds.key, Counters):
        by_key = funds.key.total
        is_all = isinstance(by_key, Decimal) and used - by_key <= used * LAG
        is_minor = isinstance(by_key, Decimal) and 2 * by_key < used
        found = pace.of_counters(funds.key, funds.key_at, of_key=not is_all, with_byok=False)
        is_silent = isinstance(found, Unknown) and found.code in HARMLESS_CODES
        return OTHERS_MAY_SPEND if not is_all and (is_silent or is_minor) else found
    if isinstance(funds.key, Unknown) and by_days.code == NEEDS_MANAGEMENT_KEY.code:
        return funds.key  # what the key would have told suffices
    return by_days


def account_burn(days: Days, account: Counters, account_at: datetime, now: datetime) -> Union[Burn, Unknown]:
    """Returns the burn of the whole account from its completed UTC days, else from its counters told at that instant.

    It is of credits alone, as the balance's.
    """
    recent = _recent(days, account_at)
    if isinstance(recent, Unknown):
        found = pace.of_counters(account, account_at, of_key=False, with_byok=False)
    else:
        found = pace.of_days(recent, account, now, with_byok=False)
    return found if isinstance(found, Unknown) else found.burn


def key_burn(key: Counters, key_at: datetime) -> Union[Burn, Unknown]:
    """Returns the burn of a key from its counters told at that instant, of credits alone."""
    found = pace.of_counters(key, key_at, of_key=True, with_byok=False)
    return found if isinstance(found, Unknown) else found.burn


def _limit_runway(limit: Limit, key: Counters, funds: Funds, by_days: AccountSpending, now: datetime) -> AnyRunway:
    """Returns the runway at the limit's own pace. If that is not known, it is known to last where it does so for sure
    at that of all keys.
    """
    found = _runway(limit, _limit_spending(limit, key, funds, by_days), funds.key_at, now)
    if isinstance(found, ScopeRunway) or isinstance(by_days, Unknown):
        return found
    at_most = _runway(limit, by_days(limit.includes_byok), funds.key_at, now)
    if isinstance(at_most, ScopeRunway) and at_most.low_days is None:
        return at_most._replace(pace=found.why)
    return found


def _limit_spending(limit: Limit, key: Counters, funds: Funds, by_days: AccountSpending) -> Union[Spending, Unknown]:
    """Returns the spending from a limit: that of its key, which is the account's if no other key spends."""
    if limit.scope not in KEY_SCOPES:
        return pace.of_window(limit, funds.key_at)
    if funds.others_spend is False and not isinstance(by_days, Unknown):
        return by_days(limit.includes_byok)
    return pace.of_counters(key, funds.key_at, of_key=True, with_byok=limit.includes_byok)


def _runway(limit: Limit, spending: Union[Spending, Unknown], as_of: datetime, now: datetime) -> AnyRunway:
    """Returns how long what remained at `as_of` lasts from `now` on; a limit that is used up needs no pace."""
    scope, remaining = limit.scope, limit.remaining
    if isinstance(remaining, Unknown):
        return UnknownRunway(scope, remaining, remaining)
    if isinstance(spending, Unknown) and remaining > 0:
        return UnknownRunway(scope, remaining, spending)
    ends: Sequence[Optional[datetime]] = (now, now, now)
    if remaining > 0 and isinstance(spending, Spending):
        ends = _ends(limit, spending, as_of, remaining)
    days, low, high = (_days_until(end, now) for end in ends)
    on, earliest, latest = (end.date() if end else None for end in ends)
    rate = spending if isinstance(spending, Unknown) else spending.pace
    only_free = is_zero(limit)
    until = (limit.resets, None if only_free else limit.resets_at)
    return ScopeRunway(scope, remaining, rate, days, low, high, on, earliest, latest, *until, only_free)


def _ends(limit: Limit, spending: Spending, as_of: datetime, remaining: Decimal) -> list[Optional[datetime]]:
    """Returns the expected, the earliest and the latest end; None if that is not before the reset."""
    lasting = runway(spending.burn, float(remaining), as_of)
    ends = [None if days is None else as_of + days * DAY for days in lasting]
    return [None if end and limit.resets_at and end >= limit.resets_at else end for end in ends]


def _days_until(end: Optional[datetime], now: datetime) -> Optional[Decimal]:
    """Returns the days until then, zero only if it has passed."""
    if end is None:
        return None
    return max(Decimal(f"{(end - now) / DAY:.2f}"), SOONEST) if end > now else Decimal(0)
