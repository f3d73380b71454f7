"""Determines the pace at which an account or a key spends, from its completed UTC days or from its counters."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Union

from openrouter_usage.days import DAY, midnight, month_start, week_start
from openrouter_usage.figures import windows
from openrouter_usage.figures.groups import by_day
from openrouter_usage.forecast import burn
from openrouter_usage.forecast.burn import WEEK, Burn, rounded
from openrouter_usage.forecast.records import Pace
from openrouter_usage.records import SETTLING, Completed, Counters, Limit, Spend, Unknown, total

NO_TODAY = Unknown("what the account has spent today is not known")
NO_WEEKS = Unknown("two whole weeks of completed days are not known", "too_few_days")
NO_PATTERN = Unknown("it takes three weeks of completed days", "too_few_days")
DAYS_CONTRADICTED = Unknown("OpenRouter counts spend in a week of which its days hold none", "contradicted")
OTHERS_NOT_KNOWN = Unknown("what other keys spend of it is not known", "others_not_known")

Weeks = Union[tuple[Decimal, Decimal], Unknown]
"""The USD of the last 7 completed days, and of the 7 before them."""


class Spending(NamedTuple):
    """The expected spend: `burn` is the model that runways are computed from, `pace` the figures that are shown."""

    burn: Burn
    pace: Pace


def of_days(
    known: Completed, account: Union[Counters, Unknown, None], now: datetime, with_byok: bool
) -> Union[Spending, Unknown]:
    """Returns the spending of the account from its completed UTC days and its counters of today.

    A last day that may have grown since it was answered counts as little as today; an earlier such day is not known.
    Today is left out unless the days reach to yesterday.
    """
    spend = _by_day(known, with_byok)
    if isinstance(spend, Unknown):
        return spend
    settled, unfinished = _settled(known, spend, now)
    last = (settled or known.days)[-1]
    if isinstance(account, Counters) and known.days[-1] + DAY == now.date():
        today, week, _ = _windows(account, with_byok)
        unfinished += [] if isinstance(today, Unknown) else [(now.date(), float(today))]
    else:
        today = week = NO_TODAY
    found = burn.of_days([(day, float(spend[day])) for day in settled], last + DAY, unfinished)
    if isinstance(found, Unknown):
        spends = isinstance(week, Decimal) and isinstance(today, Decimal) and week > today
        return DAYS_CONTRADICTED if found.code == burn.IDLE.code and spends else found
    return _spending(found, False, with_byok, last, _weeks(spend))


def _by_day(known: Completed, with_byok: bool) -> Union[dict[date, Decimal], Unknown]:
    """Returns the USD of each day, or why one of them is not known."""
    spend: dict[date, Decimal] = {}
    for day, use in by_day(known).items():
        usd = total((use.usd, use.byok_usd), Decimal(0)) if with_byok else use.usd
        if isinstance(usd, Unknown):
            return usd
        spend[day] = usd
    return spend


def _settled(
    known: Completed, spend: dict[date, Decimal], now: datetime
) -> tuple[list[date], list[tuple[date, float]]]:
    """Returns the days that cannot grow any more, and the last one with its USD if it still can."""
    as_of, last = known.table.as_of or now, known.days[-1]
    may_grow = last in known.unsettled or as_of < midnight(last + DAY) + SETTLING
    settled = [day for day in known.days if day not in known.unsettled and not (day == last and may_grow)]
    return settled, [(last, float(spend[last]))] if may_grow else []


def _weeks(spend: dict[date, Decimal]) -> Weeks:
    """Returns the USD of the last 7 completed days, and of the 7 before them."""
    days: list[date] = sorted(spend)[-2 * WEEK :]
    if len(days) < 2 * WEEK or days[-1] - days[0] != (2 * WEEK - 1) * DAY:
        return NO_WEEKS
    last, before = (sum((spend[day] for day in part), Decimal(0)) for part in (days[WEEK:], days[:WEEK]))
    return last, before


def of_counters(counters: Counters, as_of: datetime, of_key: bool, with_byok: bool) -> Union[Spending, Unknown]:
    """Returns the spending by the completed UTC days that the counters of the current week and month cover.

    `as_of` is when OpenRouter answered the counters. With `of_key` they are those of a single key, and other keys may
    spend as well.
    """
    today, week, month = spend = _windows(counters, with_byok)
    if isinstance(today, Unknown) or isinstance(week, Unknown) or isinstance(month, Unknown):
        return next(amount for amount in spend if isinstance(amount, Unknown))
    day = as_of.date()
    found = burn.of_counters(
        month=(float(month - today), (day - month_start(day)).days),
        week=(float(week - today), (day - week_start(day)).days),
        so_far=float(today),
    )
    if isinstance(found, Unknown):
        is_new = found == burn.TOO_FEW_COUNTED and counters.total == counters.credits.month
        return found._replace(code=burn.TOO_FEW_ACTIVE.code) if is_new else found
    return _spending(found, of_key, with_byok, day - DAY)


def _windows(counters: Counters, with_byok: bool) -> Spend:
    """Returns the USD of the current UTC day, week and month."""
    return windows.summed([counters.credits, counters.byok]) if with_byok else counters.credits


def of_window(limit: Limit, as_of: datetime) -> Union[Spending, Unknown]:
    """Returns the spending of all keys from a shared limit, by the part of its current window that is over."""
    if isinstance(limit.spent, Unknown):
        return limit.spent
    start = windows.start_of(limit.resets, as_of.date())
    if start is None:
        return OTHERS_NOT_KNOWN
    found = burn.of_window(max(0.0, float(limit.spent)), (as_of - midnight(start)) / DAY)
    return _spending(found, True, limit.includes_byok, as_of.date() - DAY, of_window=True)


def _spending(
    found: Burn, of_key: bool, with_byok: bool, last: date, weeks: Weeks = NO_WEEKS, of_window: bool = False
) -> Spending:
    mean, margin = found.mean(WEEK), found.margin(WEEK)
    pace = Pace(
        usd=rounded(found.rate),
        low=rounded(mean / margin),
        high=rounded(mean * margin),
        of_key=of_key,
        with_byok=with_byok,
        days=found.days,
        last=last,
        weekdays=tuple(rounded(found.rate * factor) for factor in found.weekday) if found.has_pattern else NO_PATTERN,
        weeks=weeks,
        of_window=of_window,
    )
    return Spending(found, pace)
