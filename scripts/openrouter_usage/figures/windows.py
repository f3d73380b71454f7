"""The current UTC day, week (from Monday) and month: what was spent in each, and when a limit resets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Optional

from openrouter_usage.days import DAY, midnight, month_start, week_start
from openrouter_usage.records import AccountDays, Amount, AsOf, Counters, ListedKey, Spend, Told, Unknown, total

LAG = Decimal("0.01")
"""The share by which figures of a key, its account and its credits may differ: OpenRouter updates them at different
times, up to a minute apart."""

CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far two clocks may differ and still agree, and an answer be in the future: another process may have cached it
since this one began."""

EXPIRES_SOON = 14
"""The days for which an expiry is announced, counted from UTC day to UTC day."""

WINDOW_ENDED = Unknown("OpenRouter's answer is from before this window began")
OF_LATER = Unknown("OpenRouter's answer is of a later day than this machine's clock shows", "clock")
TOO_SHORT = Unknown("OpenRouter was asked about fewer days")


def is_fresh(at: datetime, now: datetime, max_age: timedelta) -> bool:
    """Tells whether an answer of that instant is young enough, and of the current UTC day: windows end with it."""
    return at.date() == now.date() and -CLOCK_TOLERANCE <= now - at <= max_age


def as_of(at: Optional[datetime], now: datetime, max_age: timedelta) -> AsOf:
    """Returns the time of a figure that was answered `at` that instant; None means just now.

    It is old if that is longer ago than `max_age`, on another UTC day, or in the future (a clock was set back).
    """
    if at is None:
        return AsOf(now)
    return AsOf(at, not is_fresh(at, now, max_age))


def are_simultaneous(one: datetime, other: datetime) -> bool:
    """Tells whether two answers were given so close together that their figures can be compared."""
    return abs(one - other) <= CLOCK_TOLERANCE


def is_same_time(one: datetime, other: datetime) -> bool:
    """Tells whether two clocks agree: within two minutes, and on the UTC day, by which windows begin and end."""
    return are_simultaneous(one, other) and one.date() == other.date()


def expires_soon(expiry: object, now: datetime) -> bool:
    """Tells whether a key expires within 14 UTC days, or has expired."""
    return isinstance(expiry, datetime) and (expiry.date() - now.date()).days <= EXPIRES_SOON


def starts(today: date) -> tuple[date, date, date]:
    """Returns the first days of the current UTC day, week and month."""
    return today, week_start(today), month_start(today)


def start_of(resets: Told, today: date) -> Optional[date]:
    """Returns the first UTC day of the current window of a daily, weekly or monthly limit."""
    found = dict(zip(("daily", "weekly", "monthly"), starts(today)))
    return found.get(resets) if isinstance(resets, str) else None


def without_ended(counters: Counters, day: date, today: date) -> Counters:
    """Returns the counters of another UTC day without the windows that are not today's any more; the total stays."""
    lasts = [then == now for then, now in zip(starts(day), starts(today))]
    ended = not_of(day, today)
    credits, byok = (
        Spend(*(amount if lasting else ended for amount, lasting in zip(spend, lasts)))
        for spend in (counters.credits, counters.byok)
    )
    return Counters(credits, byok, counters.total)


def not_of(day: date, today: date) -> Unknown:
    """Returns why what was told on that UTC day, not today, is no figure of a current window."""
    return WINDOW_ENDED if day < today else OF_LATER


def live_since(now: datetime) -> datetime:
    """Returns the beginning of the current week or month, whichever is earlier."""
    return midnight(min(starts(now.date())))


def live_windows(today: date) -> frozenset[str]:
    """Returns the names of the windows in which no day is completed yet."""
    return frozenset(name for name, start in zip(Spend._fields, starts(today)) if start == today)


def reset_day(resets: Told, today: date) -> Optional[date]:
    """Returns the UTC day at whose start a daily, weekly (Monday) or monthly (the 1st) limit resets next."""
    if resets == "daily":
        return today + DAY
    if resets == "weekly":
        return week_start(today) + 7 * DAY
    return month_start(month_start(today) + 32 * DAY) if resets == "monthly" else None


def of_days(answer: AccountDays, today: date, lifetime: Amount) -> Counters:
    """Returns the account's counters from its spend by day, which reaches back to the earlier of Monday and the 1st.

    A window that ended since the answer was given (just before midnight, from a cache) is Unknown.
    """

    def since(start: date) -> tuple[Amount, Amount]:
        if answer.since and start < answer.since:
            return TOO_SHORT, TOO_SHORT
        days = [day for day in answer.days if start <= day.day <= today]
        return total((day.usd for day in days), Decimal(0)), total((day.byok_usd for day in days), Decimal(0))

    credits, byok = zip(*map(since, starts(today)))
    counters = Counters(Spend(*credits), Spend(*byok), lifetime)
    return without_ended(counters, answer.as_of.date(), today) if answer.as_of else counters


def of_keys(keys: Sequence[ListedKey], lifetime: Amount) -> Counters:
    """Returns the account's counters as the sum over its keys."""
    every = [key.counters for key in keys]
    return Counters(summed([one.credits for one in every]), summed([one.byok for one in every]), lifetime)


def summed(spends: Sequence[Spend]) -> Spend:
    """Returns the exact sum in each window; one that is Unknown in any of them is Unknown in the sum."""
    return Spend(*(total((getattr(one, window) for one in spends), Decimal(0)) for window in Spend._fields))
