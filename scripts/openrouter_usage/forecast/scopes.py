"""Tells how long the balance and every limit will last, and which of them blocks first."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Iterable, Optional, Tuple, Union

from openrouter_usage.commands.summary.records import BALANCE, Forecast, Lasts, Untold
from openrouter_usage.forecast.pace import SpendingOf
from openrouter_usage.forecast.runway import runway
from openrouter_usage.records import Balance, Limit, Told, Unknown

DAY = timedelta(days=1)
SOONEST = Decimal("0.01")
"""Days: a quarter of an hour."""

NEVER_FUNDED = Unknown("no credits were ever bought", "never_funded")
NOTHING_RUNS_OUT = Unknown("there is neither a balance nor a limit", "nothing_runs_out")

LastsOf = Union[Lasts, Untold]


def of_balance(balance: Union[Balance, Unknown], told_at: datetime, spending: SpendingOf, now: datetime) -> LastsOf:
    """How long the credits last from `now` on, at that pace; they were told at `told_at`."""
    if isinstance(balance, Unknown):
        return Untold(BALANCE, balance, balance)
    if balance.purchased == 0 == balance.used:
        return Untold(BALANCE, balance.remaining, NEVER_FUNDED)
    return _lasts(BALANCE, balance.remaining, spending, told_at, now)


def of_limit(limit: Limit, told_at: datetime, spending: SpendingOf, now: datetime) -> LastsOf:
    """How long a limit lasts from `now` on, at that pace, within its own window: a reset ends it."""
    if isinstance(limit.remaining, Unknown):
        return Untold(limit.scope, limit.remaining, limit.remaining)
    return _lasts(limit.scope, limit.remaining, spending, told_at, now, limit.resets, limit.resets_at)


def _lasts(
    scope: str,
    remaining: Decimal,
    spending: SpendingOf,
    told_at: datetime,
    now: datetime,
    resets: Told = None,
    until: Optional[datetime] = None,
) -> LastsOf:
    """From the instant at which what remains was told, for since then it is being spent. What is gone needs no pace."""
    if remaining <= 0:
        pace = spending if isinstance(spending, Unknown) else spending.pace
        gone, today = Decimal(0), now.date()
        return Lasts(scope, remaining, pace, gone, gone, gone, today, today, today, resets, until)
    if isinstance(spending, Unknown):
        return Untold(scope, remaining, spending)
    found = runway(spending.burn, float(remaining), told_at)
    ends = [_end(told_at, lasting, until) for lasting in found]
    days, low, high = (None if end is None else _days(end - now) for end in ends)
    on, earliest, latest = (None if end is None else end.date() for end in ends)
    return Lasts(scope, remaining, spending.pace, days, low, high, on, earliest, latest, resets, until)


def _end(told_at: datetime, lasting: Optional[float], until: Optional[datetime]) -> Optional[datetime]:
    """None where it does not end, or not before the reset."""
    end = None if lasting is None else told_at + timedelta(days=lasting)
    return None if end is None or (until and end >= until) else end


def _days(time: timedelta) -> Decimal:
    """None at all only where the end has passed."""
    return max(Decimal(f"{time / DAY:.2f}"), SOONEST) if time > timedelta(0) else Decimal(0)


def together(told: Iterable[LastsOf]) -> Union[Forecast, Unknown]:
    """All scopes, what blocks first at the front; where nothing can be told of any, why not of the first."""
    every = list(told)
    scopes = sorted((one for one in every if isinstance(one, Lasts)), key=_order)
    untold = tuple(one for one in every if isinstance(one, Untold))
    if not scopes:
        return untold[0].why if untold else NOTHING_RUNS_OUT
    return Forecast(scopes[0] if scopes[0].days is not None else None, tuple(scopes), untold)


def _order(lasts: Lasts) -> Tuple[bool, Decimal]:
    return (lasts.days is None, lasts.days or Decimal(0))
