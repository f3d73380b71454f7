"""Takes the figures of one line, and of the menu behind it, from a summary."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, Optional

from openrouter_usage.commands.check import judge
from openrouter_usage.commands.check.records import OK, UNKNOWN, USUAL, WARNING, WORST_FIRST
from openrouter_usage.commands.summary.models import ModelTable, by_model
from openrouter_usage.commands.summary.records import Block, Summary, credits_of
from openrouter_usage.days import Span, every_day
from openrouter_usage.figures.evidence import Evidence
from openrouter_usage.figures.groups import by_day
from openrouter_usage.forecast.records import BALANCE_SCOPE
from openrouter_usage.rare_records import SpikeMark
from openrouter_usage.records import Amount, AsOf, Balance, Completed, Unknown

NO_AMOUNT = Unknown("this day is not known")

FULL_DAYS = Decimal(30)
"""The days for which a balance that counts as full lasts."""


class Figures(NamedTuple):
    """The balance of one account and its usage in the period, under these names, each with its time.

    The usage is the key's where the summary's block is the key's, else that of the whole account: it may be more with
    `is_at_least`, and it may be `lesser` where the sources disagree. `name` tells the account from others.
    """

    name: str
    amounts: dict[str, tuple[Amount, AsOf]]
    is_at_least: bool = False
    lesser: Optional[Decimal] = None


class Month(NamedTuple):
    """An account's spend on each of the last 30 completed UTC days, up to `last`, and by model on those that are known.

    `name` is that of the account, where there are several.
    """

    name: str
    days: tuple[Amount, ...]
    last: date
    models: ModelTable


class Glance(NamedTuple):
    """The figures of a line at `now`, account by account, in the current UTC `period`: today, week or month.

    `level` is the worst of a check by the usual thresholds. `percentage` is what is left of what blocks first, from 0
    to 100. `trouble` is why nothing newer is known; `summary` is None where nothing is known at all. `spike` is there
    if unusually much was spent when that was last judged. With `is_asked` what is missing is being asked for.
    """

    now: datetime
    period: str
    level: int
    figures: tuple[Figures, ...]
    percentage: Optional[int]
    trouble: Optional[Unknown]
    summary: Optional[Summary]
    months: tuple[Month, ...] = ()
    spike: Optional[SpikeMark] = None
    is_asked: bool = False


def glance(
    summary: Summary,
    period: str,
    trouble: Optional[Unknown],
    months: tuple[Month, ...],
    spike: Optional[SpikeMark] = None,
    is_asked: bool = False,
) -> Glance:
    """Returns the figures of the current UTC `period`."""
    figures = tuple(_figures(block, period) for block in summary.blocks)
    level = min(judge.check(summary, USUAL).level, WARNING if spike else OK, key=WORST_FIRST.index)
    parts = [part for part in map(_percentage_left, summary.blocks) if part is not None]
    left = min(parts, default=None)
    return Glance(summary.now, period, level, figures, left, trouble, summary, months, spike, is_asked)


def nothing(now: datetime, period: str, gap: Unknown, is_asked: bool = False) -> Glance:
    """Returns a glance without figures, for a reason such as that there is no key."""
    figures = Figures("", dict.fromkeys(("balance", "usage"), (gap, AsOf(now))))
    return Glance(now, period, UNKNOWN, (figures,), None, gap, None, is_asked=is_asked)


def _figures(block: Block, period: str) -> Figures:
    usage: Amount = getattr(credits_of(block.first), period)
    left = block.balance.remaining if isinstance(block.balance, Balance) else block.balance
    amounts = {"balance": (left, block.balance_as_of), "usage": (usage, block.first_as_of)}
    if block.scope == "key":
        return Figures(block.name, amounts)
    return Figures(block.name, amounts, period in block.at_least, dict(block.disputed).get(period))


def _percentage_left(block: Block) -> Optional[int]:
    """Returns the percentage that is left of what blocks first; None where it is not known what does.

    Of a limit it is the part that remains. Of the balance it is the days that it lasts, of FULL_DAYS: how much was ever
    bought says nothing about how much is left.
    """
    limits = () if isinstance(block.limits, Unknown) else block.limits
    if any(isinstance(limit.remaining, Decimal) and limit.remaining <= 0 for limit in limits):
        return 0
    forecast = block.forecast
    if isinstance(forecast, Unknown) or forecast.may_block_first:
        return None
    first = forecast.first or next((one for one in forecast.scopes if one.scope == BALANCE_SCOPE), None)
    if first is None:
        return None
    if first.scope == BALANCE_SCOPE:
        return 100 if first.days is None else _percentage(first.days, FULL_DAYS)
    of_first = (one.limit for one in limits if (one.scope, one.remaining) == (first.scope, first.remaining))
    return next((_percentage(first.remaining, limit) for limit in of_first if isinstance(limit, Decimal)), None)


def _percentage(part: Decimal, total: Decimal) -> int:
    percentage = int((100 * part / total).to_integral_value(ROUND_HALF_UP))
    return min(max(percentage, 0), 100)


def month(name: str, found: Evidence, models: Completed, span: Span) -> Month:
    """Returns the spend of the UTC days of `span`, as far as they are known, from all sources, and that by model."""
    uses = by_day(found.completed(span))
    amounts = tuple(uses[day].usd if day in uses else NO_AMOUNT for day in every_day(span))
    return Month(name, amounts, span[1], by_model(models.table, *span, gap=found.gap(span)))
