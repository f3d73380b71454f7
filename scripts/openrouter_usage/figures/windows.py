"""UTC windows: when the current day, week and month began, and what was spent in each."""

from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Callable, FrozenSet, Iterable, Optional, Sequence, Tuple, TypeVar, Union

from openrouter_usage.records import AccountDays, Amount, AsOf, Counters, DaySpend, ListedKey, Spend, Told, Unknown

Figure = TypeVar("Figure", Decimal, int)

LAG = Decimal("0.01")
"""Figures of a key, of its account and of its credits are measured up to a minute apart: one percent is forgiven."""

FRESH = timedelta(minutes=2)
"""Two clocks so little apart agree."""

EXPIRES_SOON = 14
"""Days, counted from UTC day to UTC day."""

TOO_OLD = Unknown("OpenRouter's answer is from before this window began")
TOO_SHORT = Unknown("OpenRouter was asked about fewer days")


def week_start(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def month_start(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (month_start(day) + timedelta(days=32)).replace(day=1)


def midnight(day: date) -> datetime:
    """The instant at which the UTC day begins."""
    return datetime.combine(day, time(), timezone.utc)


def as_of(at: Optional[datetime], now: datetime, max_age: timedelta) -> AsOf:
    """The time of a figure; None: it was told just now.

    It has to be said where that is longer ago than `max_age`, or on another UTC day, or to come
    (by a clock that was set back).
    """
    if at is None:
        return AsOf(now)
    return AsOf(at, not -FRESH <= now - at <= max_age or at.date() != now.date())


def at_once(one: datetime, other: datetime) -> bool:
    """Whether two answers are so little apart that they tell of the same moment."""
    return abs(one - other) <= FRESH


def starts(today: date) -> Tuple[date, date, date]:
    """The first days of the current UTC day, week and month."""
    return today, week_start(today), month_start(today)


def still_last(told: date, today: date) -> Tuple[bool, ...]:
    """Whether the day, week and month in which something was told on one UTC day are still those of today."""
    return tuple(then == now for then, now in zip(starts(told), starts(today)))


def live_since(now: datetime) -> datetime:
    """The beginning of the current week or month, whichever is earlier."""
    today = now.date()
    return midnight(min(week_start(today), month_start(today)))


def live_windows(today: date) -> FrozenSet[str]:
    """The windows of which no day is completed yet, so that the breakdown holds nothing of them."""
    live = {"today"}
    if week_start(today) == today:
        live.add("week")
    if month_start(today) == today:
        live.add("month")
    return frozenset(live)


def reset_day(resets: Told, today: date) -> Optional[date]:
    """The UTC day at whose start a daily, weekly (Monday) or monthly (the 1st) limit begins anew."""
    if resets == "daily":
        return today + timedelta(days=1)
    if resets == "weekly":
        return week_start(today) + timedelta(days=7)
    return next_month(today) if resets == "monthly" else None


def total(figures: Iterable[Union[Figure, Unknown]], nothing: Figure) -> Union[Figure, Unknown]:
    """The exact sum, or the first Unknown among them: a sum with a hole is not known."""
    known = nothing
    for figure in figures:
        if isinstance(figure, Unknown):
            return figure
        known += figure
    return known


def of_days(answer: AccountDays, today: date, lifetime: Amount) -> Counters:
    """The account's counters from its spend by day. The days reach back to the earlier of Monday and the 1st.

    Of a window that is not the one in which the answer was given (just before midnight, by a cache) nothing is known.
    """
    lasting = still_last(answer.as_of.date() if answer.as_of else today, today)

    def spend(figure: Callable[[DaySpend], Amount]) -> Spend:
        def since(start: date) -> Amount:
            if answer.since and start < answer.since:
                return TOO_SHORT
            return total((figure(day) for day in answer.days if start <= day.day <= today), Decimal(0))

        return Spend(*(since(start) if lasts else TOO_OLD for start, lasts in zip(starts(today), lasting)))

    return Counters(spend(lambda day: day.usd), spend(lambda day: day.byok_usd), lifetime)


def of_keys(keys: Sequence[ListedKey], lifetime: Amount) -> Counters:
    """The account's counters as the sum over its keys."""

    def spend(figure: Callable[[Counters], Spend]) -> Spend:
        spends = [figure(key.counters) for key in keys]
        return Spend(*(total((getattr(one, window) for one in spends), Decimal(0)) for window in Spend._fields))

    return Counters(spend(lambda key: key.credits), spend(lambda key: key.byok), lifetime)
