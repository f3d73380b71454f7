"""The limits of a key: which of them blocks it first, and how far each is used."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Optional, Tuple

from openrouter_usage.records import Limit, Unknown


def first_to_block(limits: Tuple[Limit, ...], effective: Optional[Limit]) -> Tuple[Limit, ...]:
    """Returns the limits, the one that blocks first at the front.

    OpenRouter may name it (`effective_budget`). Otherwise, and for the others, its rule is: the first used up one in
    the order of its checks, else the one with the least remaining. Limits with an unknown rest come last.
    """
    if effective is not None:
        same = (effective.scope, effective.limit, effective.resets)
        others = tuple(one for one in limits if (one.scope, one.limit, one.resets) != same)
        return (effective, *first_to_block(others, None))

    def remaining(limit: Limit) -> Decimal:
        return Decimal("Infinity") if isinstance(limit.remaining, Unknown) else max(limit.remaining, Decimal(0))

    return tuple(sorted(limits, key=remaining))  # sorting keeps equals in the order of the checks


def is_zero(limit: Limit) -> bool:
    """Tells whether the limit allows no spend at all, after its reset neither: only free models can be called."""
    return isinstance(limit.limit, Decimal) and limit.limit <= 0


def percent_used(limit: Limit) -> Optional[int]:
    """Returns the whole percent used, at most 999: 100 only if nothing remains, 0 only if nothing was spent."""
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
