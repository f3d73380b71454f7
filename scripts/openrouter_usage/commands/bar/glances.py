"""The vocabulary of the bar: what fits into a line, and what lies behind it."""

from datetime import date, datetime
from typing import NamedTuple, Optional, Tuple

from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Summary
from openrouter_usage.records import Amount, AsOf, Unknown


class Figures(NamedTuple):
    """What a line shows of one account: what is left of the balance, and what was spent in the period, each with its
    time. `name` tells it from other accounts."""

    name: str
    balance: Amount
    balance_as_of: AsOf
    usage: Amount
    usage_as_of: AsOf


class Month(NamedTuple):
    """An account's spend on each of the last 30 completed UTC days, up to `last`, and by model on those that are known.

    `name` is that of the account, where there are several.
    """

    name: str
    days: Tuple[Amount, ...]
    last: date
    models: ModelTable


class Glance(NamedTuple):
    """A line's figures at `now`, account by account, in the current UTC `period`: today, week or month.

    `level` is the worst of a check by the usual thresholds. `percentage` is what is left of what
    blocks first, from 0 to 100. `trouble` is why nothing newer is known; `summary` is None where
    nothing is known at all.
    """

    now: datetime
    period: str
    level: int
    figures: Tuple[Figures, ...]
    percentage: Optional[int]
    trouble: Optional[Unknown]
    summary: Optional[Summary]
    months: Tuple[Month, ...] = ()
