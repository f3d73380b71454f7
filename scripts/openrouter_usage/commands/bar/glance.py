"""Takes from a summary what a glance at a bar is to tell."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Iterator, Optional, Tuple

from openrouter_usage.commands.bar.glances import Figures, Glance, Month
from openrouter_usage.commands.check import judge
from openrouter_usage.commands.check.records import UNKNOWN, USUAL
from openrouter_usage.commands.summary import models
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.figures import groups
from openrouter_usage.forecast.records import BALANCE_SCOPE, Forecast
from openrouter_usage.records import ACTIVITY_REACH, AsOf, Balance, Completed, Counters, Unknown

HUNDRED = Decimal(100)
NOT_SEEN = Unknown("this day is not known")


def glance(summary: Summary, period: str, trouble: Optional[Unknown], months: Tuple[Month, ...]) -> Glance:
    """The figures of the current UTC `period`: today, week or month."""
    figures = tuple(_figures(block, period) for block in summary.blocks)
    level = judge.worst([judge.verdict(block, USUAL, summary.now) for block in summary.blocks])
    left = [part for part in map(_left, summary.blocks) if part is not None]
    return Glance(summary.now, period, level, figures, min(left, default=None), trouble, summary, months)


def nothing(now: datetime, period: str, trouble: Optional[Unknown]) -> Glance:
    """Where there is not even a key of which something could be known."""
    gap = trouble or Unknown("nothing is known")
    figures = Figures("", gap, AsOf(now), gap, AsOf(now))
    return Glance(now, period, UNKNOWN, (figures,), None, trouble, None)


def _figures(block: Block, period: str) -> Figures:
    """The usage is of whom the summary's first line is."""
    counters, told = (block.key, block.key_as_of) if block.scope == "key" else (block.account, block.account_as_of)
    usage = getattr(counters.credits, period) if isinstance(counters, Counters) else counters or Unknown("")
    left = block.balance.remaining if isinstance(block.balance, Balance) else block.balance
    return Figures(block.name, left, block.balance_as_of, usage, told)


# What is left


def _left(block: Block) -> Optional[int]:
    """The percentage that is left of what blocks first; where that is not known, the least of all."""
    parts = dict(_parts(block))
    first = block.forecast.first if isinstance(block.forecast, Forecast) else None
    if first and first.scope in parts:
        return parts[first.scope]
    return min(parts.values(), default=None)


def _parts(block: Block) -> Iterator[Tuple[str, int]]:
    """What is left of the balance and of each limit; of limits alike that of the first to block."""
    balance = block.balance
    if isinstance(balance, Balance) and balance.purchased > 0:
        yield BALANCE_SCOPE, _percentage(balance.remaining, balance.purchased)
    limits = () if isinstance(block.limits, Unknown) else block.limits
    for limit in reversed(limits):
        if isinstance(limit.limit, Decimal) and isinstance(limit.remaining, Decimal) and limit.limit > 0:
            yield limit.scope, _percentage(limit.remaining, limit.limit)


def _percentage(part: Decimal, whole: Decimal) -> int:
    share = (HUNDRED * part / whole).to_integral_value(ROUND_HALF_UP)
    return int(min(max(share, Decimal(0)), HUNDRED))


# The month behind it


def month(name: str, by_date: Completed, by_model: Completed, last: date) -> Month:
    """The spend by day and by model of the 30 completed UTC days up to `last`, as far as they are known."""
    spent = {day: use.usd for (day,), use in groups.grouped(by_date.table, ("date",)).items()}
    first = last - timedelta(days=ACTIVITY_REACH - 1)
    days = (first + timedelta(days=number) for number in range(ACTIVITY_REACH))
    amounts = tuple(spent.get(day, Decimal(0)) if day in by_date.days else NOT_SEEN for day in days)
    return Month(name, amounts, last, models.by_model(by_model.table, first, last))
