"""Asks what an account spends by the hour: once a day of the last four weeks, and each time of today."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Union

from openrouter_usage.days import DAY, Span, days_before
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import questions, today
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.figures.evidence import Evidence, is_noticeable
from openrouter_usage.figures.usual_hours import ENOUGH_DAYS, USUAL_DAYS, Hours
from openrouter_usage.rare_records import HourlySpend
from openrouter_usage.records import Amount, Key, TodayUse, Unknown

SHARE = 0.25
"""The share of the time that is left for which each answer is waited for, once all other answers are there."""

STALE = timedelta(hours=1)
"""The age from which on an answer of today tells nothing of now."""

TODAY_TOO_OLD = Unknown("OpenRouter did not tell today's hours now", "too_old")


def ask(asker: Asker, key: Key) -> None:
    """Asks without waiting for any answer."""
    asker.ask(questions.hourly_spend(key, *_span(asker)))
    today.ask(asker, key, today.HOURS_BY_MODEL)


def known(asker: Asker, key: Key, found: Evidence, so_far: Amount) -> Union[Hours, Unknown]:
    """The account's spend by hour; `so_far` is what it spent today by other counts.

    A day is left out if its hours have less than the fullest count of it in `found`. Today's hours are asked for only
    where enough days are known.
    """
    answer = asker.answer(questions.hourly_spend(key, *_span(asker)), share=SHARE)
    if isinstance(answer, Failure):
        return unknown(answer)
    days = _whole_days(answer, found)
    with_spend = sum(any(day) for day in days)
    if with_spend < ENOUGH_DAYS:
        return _too_few(with_spend)
    live = today.answer(asker, key, today.HOURS_BY_MODEL, share=SHARE)
    return live if isinstance(live, Unknown) else _with_today(days, live, asker.now, so_far)


def _too_few(days: int) -> Unknown:
    known = "1 day with spend is" if days == 1 else f"{days} days with spend are"
    return Unknown(f"{known} known by the hour, it takes {ENOUGH_DAYS}", "too_few_days")


def _span(asker: Asker) -> Span:
    return days_before(asker.now.date(), USUAL_DAYS)


def _whole_days(told: HourlySpend, found: Evidence) -> tuple[tuple[Decimal, ...], ...]:
    """The hours of each day of which they lack nothing."""
    counts = {one.day: one.usd for one in found.days}
    whole: list[tuple[Decimal, ...]] = []
    for place in range(0, len(told.usd), 24):
        hours, usd = told.usd[place : place + 24], counts.get(told.first + place // 24 * DAY)
        if not isinstance(usd, Decimal) or not is_noticeable(usd - sum(hours), usd):
            whole.append(hours)
    return tuple(whole)


def _with_today(
    days: tuple[tuple[Decimal, ...], ...], live: TodayUse, now: datetime, so_far: Amount
) -> Union[Hours, Unknown]:
    at, table = live.table.as_of or now, live.table
    if at.date() != now.date() or not -STALE < now - at < STALE or table.partial:
        return TODAY_TOO_OLD
    by_hour = [Decimal(0)] * 24
    of_day: dict[str, Decimal] = {}
    of_hour: dict[str, Decimal] = {}
    for row in table.rows:
        hour, slug = row.names
        if isinstance(hour, datetime) and hour.date() == at.date() and isinstance(row.use.usd, Decimal):
            model = live.models.get(str(slug), str(slug))
            by_hour[hour.hour] += row.use.usd
            of_day[model] = of_day.get(model, Decimal(0)) + row.use.usd
            if hour.hour == at.hour - 1:
                of_hour[model] = of_hour.get(model, Decimal(0)) + row.use.usd
    told = sum(by_hour, Decimal(0))
    total = max(told, so_far if isinstance(so_far, Decimal) else Decimal(0))
    dearest = ("", "") if is_noticeable(total - told, total) else (_dearest(of_day), _dearest(of_hour))
    return Hours(days, tuple(by_hour), total, at, dearest)


def _dearest(models: dict[str, Decimal]) -> str:
    return max(models, key=lambda name: models[name], default="")
