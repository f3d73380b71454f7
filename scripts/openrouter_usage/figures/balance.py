"""Decides whether an answer about credits can be true, and whether calls are paid from the balance that it leaves.

OpenRouter tells of purchases alone. Granted credits, and what is invoiced, are in none of its answers: there purchased
minus used falls below zero, and calls go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Optional, Union

from openrouter_usage.days import DAY
from openrouter_usage.figures.windows import LAG
from openrouter_usage.records import (
    A_CENT,
    CREDITS_PAGE,
    NEEDS_MANAGEMENT_KEY,
    Amount,
    Balance,
    Credits,
    KeyInfo,
    Reading,
    Unknown,
)

CREDITS_CONTRADICTED = Unknown("OpenRouter's credits are less than this key alone has used", "credits_contradicted")

BY_PURCHASES = Unknown("by purchases {usd}: grants and invoices are not told", "by_purchases", f"see {CREDITS_PAGE}")
"""Why a balance below zero is not known, with a place for purchased minus used."""

NOT_LOOKED_UP = Unknown("it was not looked up", "not_asked")

READINGS_APART = timedelta(minutes=10)
"""Use that is counted late grows for a minute after the last call that worked; use that grows for longer is new."""

GOES_ON_FOR = 3 * DAY
"""The time since spending was last seen to go on after which a weekend does not explain that it was not seen again."""


def believed(
    credits: Union[Credits, Unknown],
    key: Union[KeyInfo, Unknown, None],
    asked_by_management: bool,
    contradicted: Optional[Unknown] = None,
) -> Union[Balance, Unknown]:
    """Returns purchased minus used in USD, which may be negative, or Unknown if the answer cannot be true.

    OpenRouter answers some regular keys of a funded account with two zeros. And an account cannot have used less than
    one of its own keys did before today. `contradicted` is why other sources do not allow the answer, None if they do.
    """
    if isinstance(credits, Unknown):
        return credits
    if isinstance(credits.purchased, Unknown):
        return credits.purchased
    if isinstance(credits.used, Unknown):
        return credits.used
    are_zeros = credits.purchased == 0 == credits.used
    if (are_zeros and not asked_by_management) or credits.used < _least_used(key):
        return CREDITS_CONTRADICTED if asked_by_management else NEEDS_MANAGEMENT_KEY
    return contradicted or Balance(credits.purchased - credits.used, credits.purchased, credits.used)


def spendable(
    told: Union[Balance, Unknown], readings: Sequence[Reading], spent_today: Amount = NOT_LOOKED_UP
) -> Union[Balance, Unknown]:
    """Returns a balance that is believed, unless calls are paid from grants or invoices as well: then it is Unknown.

    Use without any purchase shows that. After a purchase a negative balance blocks calls, unless spending is seen to
    go on: `readings` are those of the account's credits in order, the newest included, and `spent_today` is the spend
    of all keys on the UTC day of the newest, told together with it.
    """
    if isinstance(told, Unknown) or told.remaining >= 0:
        return told
    is_blocked = not (_was_negative_before_today(told, readings, spent_today) or _goes_on(readings))
    return told if told.purchased > 0 and is_blocked else by_purchases(told.remaining)


def of_reading(readings: Sequence[Reading], place: int) -> Amount:
    """Returns the balance of the reading at that place of several in order, judged by those up to it."""
    _, purchased, used = readings[place]
    found = spendable(Balance(purchased - used, purchased, used), readings[: place + 1])
    return found if isinstance(found, Unknown) else found.remaining


def by_purchases(remaining: Decimal) -> Unknown:
    """Returns the reason why the balance is not known if purchased minus used is this negative amount."""
    owed = -remaining
    usd = "-<$0.01" if owed < A_CENT else f"-${owed.quantize(A_CENT, ROUND_HALF_UP):,}"
    return BY_PURCHASES._replace(reason=BY_PURCHASES.reason.format(usd=usd))


def overdrawn(credits: Union[Credits, Unknown, None], now: datetime) -> Optional[Reading]:
    """Returns the reading that the answer is if more was used than bought: earlier ones may show how calls are paid."""
    if not isinstance(credits, Credits):
        return None
    purchased, used = credits.purchased, credits.used
    if isinstance(purchased, Unknown) or isinstance(used, Unknown) or used <= purchased:
        return None
    return Reading(credits.as_of or now, purchased, used)


def _was_negative_before_today(told: Balance, readings: Sequence[Reading], spent: Amount) -> bool:
    """Tells whether the balance was negative before today's spend began, which then worked with nothing to pay from.

    A purchase during the day makes the balance before it still lower. A reading of today that is not below zero
    contradicts it: then some of today's spend is not counted yet.
    """
    if isinstance(spent, Unknown) or not -told.remaining > spent >= A_CENT:
        return False
    today = [one for one in readings if one.at.date() == readings[-1].at.date()]
    return all(one.used > told.purchased for one in today)


def _goes_on(readings: Sequence[Reading]) -> bool:
    """Tells whether a cent or more was used between two recent readings, with the balance negative all the time.

    The use at both is above all that was bought by now, so that no purchase has paid for it.
    """
    recent = _recent(readings)
    bought = max((one.purchased for one in recent), default=Decimal(0))
    overdrawn = [one for one in recent if one.used > bought]
    if not overdrawn:
        return False
    newest, oldest = overdrawn[0], overdrawn[-1]
    return newest.at - oldest.at >= READINGS_APART and newest.used - oldest.used >= A_CENT


def _recent(readings: Sequence[Reading]) -> list[Reading]:
    """Returns the readings of the last days, newest first, and the last one before them."""
    found: list[Reading] = []
    for one in reversed(readings):
        found.append(one)
        if found[0].at - one.at > GOES_ON_FOR:
            break
    return found


def _least_used(key: Union[KeyInfo, Unknown, None]) -> Decimal:
    """Returns what the account must have used before today, in USD, judged by one of its keys."""
    if not isinstance(key, KeyInfo):
        return Decimal(0)
    lifetime, today = key.counters.total, key.counters.credits.today
    if isinstance(lifetime, Unknown) or isinstance(today, Unknown):
        return Decimal(0)
    return (lifetime - today) * (1 - LAG)
