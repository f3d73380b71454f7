"""Which of the layers that can block a key blocks it first."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Optional, Tuple

from openrouter_usage.records import Limit, Unknown


def first_to_block(limits: Tuple[Limit, ...], effective: Optional[Limit]) -> Tuple[Limit, ...]:
    """The limits, the one that blocks first at the front.

    OpenRouter names it (`effective_budget`) or not. Its rule: of the spent ones the first it
    checks, else the one with the least remaining; one whose rest is not known comes last.
    """
    if effective is not None:
        return (effective, *(limit for limit in limits if not _same_layer(limit, effective)))
    return tuple(sorted(limits, key=_room))


def _same_layer(one: Limit, other: Limit) -> bool:
    return (one.scope, one.limit, one.resets) == (other.scope, other.limit, other.resets)


def _room(limit: Limit) -> Decimal:
    """What is left, no less than nothing; sorting keeps the order of equals, which is the order of checks."""
    return Decimal("Infinity") if isinstance(limit.remaining, Unknown) else max(limit.remaining, Decimal(0))


def percent_used(limit: Limit) -> Optional[int]:
    """Whole percent of the limit that is spent, at most 999; 100 only with nothing left, 0 only with nothing spent."""
    if isinstance(limit.spent, Unknown) or isinstance(limit.limit, Unknown) or isinstance(limit.remaining, Unknown):
        return None
    if limit.limit <= 0:
        return 100
    if limit.spent <= 0:
        return 0
    if limit.spent >= 10 * limit.limit:
        return 999
    percent = int((limit.spent * 100 / limit.limit).to_integral_value(ROUND_HALF_UP))
    return min(99, max(1, percent)) if limit.remaining > 0 else percent
