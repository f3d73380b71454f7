"""Tells at what pace an account, or a key, spends: by its completed UTC days, or else by its counters."""

from datetime import date, datetime
from decimal import Decimal
from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from openrouter_usage.days import DAY, midnight, month_start, week_start
from openrouter_usage.figures import windows
from openrouter_usage.figures.groups import grouped
from openrouter_usage.forecast import burn
from openrouter_usage.forecast.burn import Burn
from openrouter_usage.forecast.records import Pace
from openrouter_usage.records import SETTLING, Amount, Completed, Counters, Limit, Spend, Unknown, Use, total

WEEK = 7

NO_TODAY = Unknown("what the account has spent today is not known")
NO_WEEKS = Unknown("two whole weeks of completed days are not known", "too_few_days")
DAYS_CONTRADICTED = Unknown("OpenRouter counts spend in a week of which its days hold none", "contradicted")
OTHERS_NOT_KNOWN = Unknown("what other keys spend of it is not known", "others_not_known")
NO_PATTERN = Unknown("it takes three weeks of completed days", "too_few_days")


class Spending(NamedTuple):
    """The same twice: as the arithmetic wants it, and as it is shown."""

    burn: Burn
    pace: Pace


def of_days(
    known: Completed, account: Union[Counters, Unknown, None], now: datetime, with_byok: bool
) -> Union[Spending, Unknown]:
    """By the completed UTC days that are known, in order, and by what the account has spent today so far.

    A last day that may still have grown since it was told counts as little as today; one before it that was
    never told again is not known. Where the days end before yesterday, today is left out.
    """
    spend = _by_day(known, with_byok)
    if isinstance(spend, Unknown):
        return spend
    settled, unfinished = _settled(known, spend, now)
    if isinstance(account, Counters) and known.days[-1] + DAY == now.date():
        today, week, _ = _windows(account, with_byok)
        unfinished += [] if isinstance(today, Unknown) else [(now.date(), float(today))]
    else:
        today = week = NO_TODAY
    found = burn.of_days([(day, float(spend[day])) for day in settled], _next(settled, known), unfinished)
    if isinstance(found, Unknown):
        spends = isinstance(week, Decimal) and isinstance(today, Decimal) and week > today
        return DAYS_CONTRADICTED if found.code == burn.IDLE.code and spends else found
    return Spending(found, _pace(found, False, with_byok, (settled or known.days)[-1], _weeks(spend)))


def _settled(
    known: Completed, spend: Dict[date, Decimal], now: datetime
) -> Tuple[List[date], List[Tuple[date, float]]]:
    """The days that do not grow any more; and the last one, where it may."""
    told_at, last = known.table.as_of or now, known.days[-1]
    may_grow = last in known.unsettled or told_at < midnight(last + DAY) + SETTLING
    settled = [day for day in known.days if day not in known.unsettled and not (day == last and may_grow)]
    return settled, [(last, float(spend[last]))] if may_grow else []


def _next(settled: List[date], known: Completed) -> date:
    return (settled[-1] if settled else known.days[-1]) + DAY


def _by_day(known: Completed, with_byok: bool) -> Union[Dict[date, Decimal], Unknown]:
    """What each day came to; or why that is not known of one of them."""
    uses = grouped(known.table, ("date",))
    spend = {day: _cost(uses.get((day,)), with_byok) for day in known.days}
    unknown = next((usd for usd in spend.values() if isinstance(usd, Unknown)), None)
    return unknown or {day: usd for day, usd in spend.items() if isinstance(usd, Decimal)}


def _cost(use: Optional[Use], with_byok: bool) -> Amount:
    if use is None:
        return Decimal(0)
    return total((use.usd, use.byok_usd), Decimal(0)) if with_byok else use.usd


def _weeks(spend: Dict[date, Decimal]) -> Union[Tuple[Decimal, Decimal], Unknown]:
    """What was spent in the last 7 completed days, and in the 7 before them."""
    days: List[date] = sorted(spend)[-2 * WEEK :]
    if len(days) < 2 * WEEK or days[-1] - days[0] != (2 * WEEK - 1) * DAY:
        return NO_WEEKS
    last, before = (sum((spend[day] for day in part), Decimal(0)) for part in (days[WEEK:], days[:WEEK]))
    return last, before


def of_counters(counters: Counters, told_at: datetime, of_key: bool, with_byok: bool) -> Union[Spending, Unknown]:
    """By what the counters hold beside today: the completed UTC days of the current week and month.

    `told_at` is when OpenRouter told the counters. Where they are those of a key that others spend beside, its
    silence is not the account's.
    """
    today, week, month = spend = _windows(counters, with_byok)
    if isinstance(today, Unknown) or isinstance(week, Unknown) or isinstance(month, Unknown):
        return next(amount for amount in spend if isinstance(amount, Unknown))
    day = told_at.date()
    found = burn.of_counters(
        month=(float(month - today), (day - month_start(day)).days),
        week=(float(week - today), (day - week_start(day)).days),
        so_far=float(today),
    )
    if isinstance(found, Unknown):
        is_new = found == burn.TOO_FEW_COUNTED and counters.total == counters.credits.month
        return found._replace(code=burn.TOO_FEW_DAYS.code) if is_new else found
    return Spending(found, _pace(found, of_key, with_byok, day - DAY, NO_WEEKS))


def of_window(limit: Limit, told_at: datetime) -> Union[Spending, Unknown]:
    """Of a limit that other keys use up, too: by what all spent of it in the part of its window that is over."""
    if isinstance(limit.spent, Unknown):
        return limit.spent
    start = windows.start_of(limit.resets, told_at.date())
    if start is None:
        return OTHERS_NOT_KNOWN
    found = burn.of_window(max(0.0, float(limit.spent)), (told_at - midnight(start)) / DAY)
    pace = _pace(found, True, limit.includes_byok, told_at.date() - DAY, NO_WEEKS)
    return Spending(found, pace._replace(of_window=True))


def _windows(counters: Counters, with_byok: bool) -> Spend:
    """What the current UTC day, week and month have brought."""
    if not with_byok:
        return counters.credits
    return Spend(*(total(both, Decimal(0)) for both in zip(counters.credits, counters.byok)))


def _pace(
    found: Burn, of_key: bool, with_byok: bool, last: date, weeks: Union[Tuple[Decimal, Decimal], Unknown]
) -> Pace:
    low, high = burn.range_of(found, WEEK)
    return Pace(
        usd=rounded(found.rate),
        low=rounded(low),
        high=rounded(high),
        of_key=of_key,
        with_byok=with_byok,
        days=found.days,
        last=last,
        weekdays=tuple(rounded(found.rate * factor) for factor in found.weekday) if found.has_pattern else NO_PATTERN,
        weeks=weeks,
    )


def rounded(estimate: float) -> Decimal:
    """Six figures of an estimate are more than it knows."""
    return Decimal(f"{estimate:.6g}")
