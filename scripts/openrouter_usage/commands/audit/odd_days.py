"""Finds the days that cost far more than the others, with the model and its key that made them so."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from statistics import median
from typing import NamedTuple, Optional

from openrouter_usage.commands.audit import steps
from openrouter_usage.commands.audit.records import FLOOR, Finding
from openrouter_usage.commands.audit.usage import DaysByNames, Usage
from openrouter_usage.figures import outliers
from openrouter_usage.records import A_CENT, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import short

TIMES_THE_USUAL = 4
"""The multiple of the usual day from which on a day is odd. Work days, weekends and noise keep below it."""

SATURDAY = 5
FEWEST_OF_A_KIND = 5
"""The work days, or weekend days, that tell the usual one of them; of fewer it is that of all days."""

MOST_DAYS = 3
"""The number of odd days above which they are a habit or a change of it: then none of them is odd."""

TOO_FEW_DAYS = Unknown(f"fewer than {outliers.FEWEST_DAYS} days with spend", "too_few_days")


class Increase(NamedTuple):
    """By how many USD a model was above its own usual day; `names` is the model, or the model and one key."""

    names: tuple[str, ...]
    usd: Decimal


def used_days(usage: Usage) -> Mapping[date, Decimal]:
    """Returns the days on which a cent or more was spent: the others tell nothing of the usual one."""
    return {day: usd for day, usd in usage.days.items() if usd >= A_CENT}


def findings(usage: Usage) -> Iterator[Finding]:
    """Yields a finding for each odd day; its amount is what was spent above the usual day."""
    days = used_days(usage)
    if len(days) < outliers.FEWEST_DAYS:
        return
    usual = median(days.values())
    odd = [day for day in outliers.all_above(_factors(days)) if is_odd(days[day], usual)]
    if len(odd) <= MOST_DAYS:
        yield from (_finding(usage, day, days[day], usual) for day in odd)


def _factors(days: Mapping[date, Decimal]) -> dict[date, Decimal]:
    """Returns the logarithm of how many times the usual work day, or weekend day, each day cost.

    Spend varies by factors: a day of four times the usual one is odd in a steady account, and none in a lively one.
    """
    kinds = {day: day.weekday() >= SATURDAY for day in days}
    logs = {day: usd.ln() for day, usd in days.items()}
    middles = {kind: median(_of_kind(logs, kinds, kind) or logs.values()) for kind in (False, True)}
    return {day: log - middles[kinds[day]] for day, log in logs.items()}


def _of_kind(logs: Mapping[date, Decimal], kinds: Mapping[date, bool], kind: bool) -> list[Decimal]:
    """Returns the days of one kind, none if they are too few to tell the usual one."""
    found = [log for day, log in logs.items() if kinds[day] is kind]
    return found if len(found) >= FEWEST_OF_A_KIND else []


def is_odd(usd: Decimal, usual: Decimal) -> bool:
    """Tells whether a day is dear enough beside the usual one to be spoken of."""
    return usd >= TIMES_THE_USUAL * usual and usd - usual >= FLOOR


def _finding(usage: Usage, day: date, usd: Decimal, usual: Decimal) -> Finding:
    of_model, of_key = (_most_above(found, day) for found in (usage.model_days, usage.key_model_days))
    most = of_key or of_model
    is_all = of_key and of_model and of_key.names[0] == of_model.names[0] and of_model.usd - of_key.usd < A_CENT
    told = [_said(usage, most)] if most else []
    told += [f"{_said(usage, of_model)} through all keys"] if of_key and of_model and not is_all else []
    by = f": {'; '.join(told)}" if told else ""
    message = f"more than a usual day ({dollars(usual)}) was spent on {short(day)}{by}"
    model, *keys = most.names if most else ("",)
    labels = usage.key_labels(keys[0]) if keys else ()
    return Finding("odd_day", usd - usual, (day, day), message, steps.of_day(day), model, labels)


def _said(usage: Usage, increase: Increase) -> str:
    return f"{usage.named(*increase.names)} +{dollars(increase.usd)}"


def _most_above(uses: DaysByNames, day: date) -> Optional[Increase]:
    """Returns what is farthest above its own median on that day, None if nothing is."""
    above = [Increase(names, days[day] - median(days.values())) for names, days in uses.items()]
    most = max(above, key=lambda one: one.usd, default=None)
    return most if most and most.usd > 0 else None
