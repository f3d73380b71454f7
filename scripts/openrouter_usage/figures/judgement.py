"""Judges what the account spent on each UTC day: compares the sources of days, and goes by the fuller count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage.days import DAY, every_day, midnight
from openrouter_usage.figures import contradictions, windows
from openrouter_usage.figures.evidence import (
    ACTIVITY_LACKS,
    AGREED,
    ANALYTICS_LACKS,
    CONTRADICTED,
    NOT_BROKEN_DOWN,
    NOT_TOLD,
    ZERO,
    Doubt,
    Evidence,
    JudgedDay,
    agree,
    has_use,
)
from openrouter_usage.figures.groups import by_day
from openrouter_usage.records import (
    A_CENT,
    SETTLING,
    AccountDays,
    Completed,
    Counters,
    DaySpend,
    Reading,
    Unknown,
    Use,
    total,
)


def judge(
    activity: Union[Completed, Unknown, None],
    analytics: Union[AccountDays, Unknown, None],
    now: datetime,
    floors: Sequence[Counters] = (),
    readings: Sequence[Reading] = (),
) -> Evidence:
    """Returns what the account spent on each completed UTC day before `now`, and on the current one.

    `activity` has completed days by date. `floors` are counters that the account's cannot be below, answered at the
    same time: those of one of its keys, or of all that it lists. `readings` are those of its lifetime credits, in
    order.
    """
    found = _compared(activity, analytics, now, floors)
    credits_gap = contradictions.credits_gap(found, readings)
    believed = readings[:-1] if credits_gap else readings
    return found._replace(
        days=tuple(contradictions.with_excess(found, believed)),
        shortfalls=(*contradictions.by_floors(found, floors), *contradictions.by_credits(found, believed)),
        credits_gap=credits_gap,
        doubts=tuple(_doubts(found, activity.doubts)) if isinstance(activity, Completed) else (),
    )


def _compared(
    activity: Union[Completed, Unknown, None],
    analytics: Union[AccountDays, Unknown, None],
    now: datetime,
    floors: Sequence[Counters],
) -> Evidence:
    """Returns the days as the two sources of days tell them."""
    told = by_day(activity) if isinstance(activity, Completed) else {}
    counted: dict[date, DaySpend] = {}
    on = now.date()
    is_silent = isinstance(analytics, AccountDays) and _is_silent(analytics, told, floors)
    if isinstance(analytics, AccountDays) and not is_silent:
        told_on = (analytics.as_of or now).date()
        on = min(told_on, on)
        counted = counted_by_day(analytics, on)
        if told_on > on:  # what it tells of this machine's day is nothing of OpenRouter's current one
            counted[on] = DaySpend(on, windows.OF_LATER, windows.OF_LATER, windows.OF_LATER)
    live = counted.pop(on, None)
    open_days = _open_days(activity, now) if isinstance(activity, Completed) else frozenset()
    days = sorted(day for day in {*told, *counted} if day < now.date())
    judged = [_judged(day, told.get(day), counted.get(day), day in open_days) for day in days]
    factor = _factor(judged)
    return Evidence(tuple(_contradicted(judged)) if factor else tuple(judged), on, live, factor, is_silent=is_silent)


def _doubts(found: Evidence, lesser: Sequence[tuple[date, Decimal]]) -> Iterator[Doubt]:
    told = dict(lesser)
    for one in found.days if told else ():
        is_confirmed = one.activity is None or (one.analytics is not None and one.analytics > one.activity - A_CENT)
        if one.day in told and one.activity is not None and not is_confirmed:
            yield Doubt(one.day, one.activity, told[one.day])


def _is_silent(analytics: AccountDays, told: dict[date, Use], floors: Sequence[Counters]) -> bool:
    """Tells whether analytics has no row at all although something was used, by another source."""
    is_used = any(map(has_use, told.values())) or any(
        isinstance(usd, Decimal) and usd > 0 for one in floors for usd in (*one.credits, *one.byok)
    )
    return is_used and not analytics.days


def counted_by_day(analytics: AccountDays, on: date) -> dict[date, DaySpend]:
    """Returns the spend on each UTC day up to `on` that analytics was asked about; a day without a row has no use."""
    days: dict[date, DaySpend] = {}
    for one in analytics.days:
        if one.day <= on:
            same = days.get(one.day)
            days[one.day] = one if same is None else _added(same, one)
    first = analytics.since or min(days, default=on)
    return {day: days.get(day) or DaySpend(day, ZERO, ZERO, 0) for day in every_day((first, on))}


def _added(one: DaySpend, other: DaySpend) -> DaySpend:
    usd, byok = (total(pair, ZERO) for pair in ((one.usd, other.usd), (one.byok_usd, other.byok_usd)))
    return DaySpend(one.day, usd, byok, total((one.requests, other.requests), 0))


def _open_days(activity: Completed, now: datetime) -> frozenset[date]:
    """Returns the days that /activity told less than six hours after their end."""
    as_of = activity.table.as_of or now
    return frozenset({*activity.unsettled, *(day for day in activity.days if as_of < midnight(day + DAY) + SETTLING)})


def _judged(day: date, told: Optional[Use], counted: Optional[DaySpend], is_open: bool) -> JudgedDay:
    activity = told.usd if told and isinstance(told.usd, Decimal) else None
    analytics = counted.usd if counted and isinstance(counted.usd, Decimal) else None
    use = told or _use(counted)
    if activity is None or analytics is None:
        known = use if told and (activity is not None or analytics is None) else _use(counted)
        return JudgedDay(day, known, activity, analytics, NOT_TOLD, is_open)
    lacks = analytics - activity
    has_rows = [has_use(use), has_use(_use(counted))]
    if lacks >= A_CENT or has_rows == [False, True]:
        return JudgedDay(day, _use(counted), activity, analytics, ACTIVITY_LACKS, is_open)
    is_less = -lacks >= A_CENT or has_rows == [True, False]
    return JudgedDay(day, use, activity, analytics, ANALYTICS_LACKS if is_less else AGREED, is_open)


def _use(counted: Optional[DaySpend]) -> Use:
    """Returns the use of a day as analytics counts it by day, without tokens."""
    if counted is None:
        return Use(*[NOT_BROKEN_DOWN] * len(Use._fields))
    return Use(counted.usd, counted.byok_usd, counted.requests, *[NOT_BROKEN_DOWN] * 4)


def _factor(days: Iterable[JudgedDay]) -> Optional[int]:
    """Returns the whole multiple, from 2 on, by which one source has more on most days that both tell of; or None."""
    pairs = [(one.activity, one.analytics) for one in days if not one.is_open]
    both = [(one, other) for one, other in pairs if one and other and min(one, other) >= A_CENT]
    differing = [pair for pair in both if not agree(*pair)]  # remembered days may be right beside those told now
    factors = {round(max(pair) / min(pair)) for pair in differing}
    factor = factors.pop() if len(factors) == 1 and len({one > other for one, other in differing}) == 1 else 1
    are_multiples = all(agree(max(pair), factor * min(pair)) for pair in differing)
    return factor if factor > 1 and are_multiples and 2 * len(differing) > len(both) else None


def _contradicted(days: Iterable[JudgedDay]) -> Iterable[JudgedDay]:
    for one in days:
        yield one._replace(judgement=CONTRADICTED) if one.differs else one
