"""The limits of a key: which of them blocks it first, and how far each is used."""

from __future__ import annotations

from decimal import Decimal
from typing import Optional

from openrouter_usage.records import Limit, Unknown

NEARLY_ALL, MOST_TOLD = Decimal("0.9999"), Decimal("9.99")
"""The most that is called used of a limit of which something remains, and of one of which nothing does."""


NEAR = Decimal("0.8")
"""The used share of a limit from which on it is near."""


def first_to_block(limits: tuple[Limit, ...], effective: Optional[Limit]) -> tuple[Limit, ...]:
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


def share_used(limit: Limit) -> Optional[Decimal]:
    """Returns the share that is used, at most 9.99: 1 or more only if nothing remains; None where it is not known."""
    if isinstance(limit.spent, Unknown) or isinstance(limit.limit, Unknown) or isinstance(limit.remaining, Unknown):
        return None
    if limit.limit <= 0:
        return Decimal(1)
    most = NEARLY_ALL if limit.remaining > 0 else MOST_TOLD
    return min(most, max(Decimal(0), limit.spent) / limit.limit)
