"""Whether an answer about credits can be believed, and what it leaves."""

from decimal import Decimal
from typing import Union

from openrouter_usage.figures.windows import LAG
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Balance, Credits, KeyInfo, Unknown


def believed(
    credits: Union[Credits, Unknown], key: Union[KeyInfo, Unknown, None], asked_by_management: bool
) -> Union[Balance, Unknown]:
    """Purchased minus used, negative where more was used than bought; Unknown where the answer cannot be true.

    A funded account answers some regular keys with two zeros, and an account cannot
    have used less than one of its own keys did before today.
    """
    if isinstance(credits, Unknown):
        return credits
    if isinstance(credits.purchased, Unknown):
        return credits.purchased
    if isinstance(credits.used, Unknown):
        return credits.used
    if not asked_by_management and credits.purchased == 0 == credits.used:
        return NEEDS_MANAGEMENT_KEY
    if credits.used < _least_used(key):
        return _contradicted(asked_by_management)
    return Balance(credits.purchased - credits.used, credits.purchased, credits.used)


def _least_used(key: Union[KeyInfo, Unknown, None]) -> Decimal:
    """What the account must have used by yesterday, going by one of its keys."""
    if not isinstance(key, KeyInfo):
        return Decimal(0)
    lifetime, today = key.counters.total, key.counters.credits.today
    if isinstance(lifetime, Unknown) or isinstance(today, Unknown):
        return Decimal(0)
    return (lifetime - today) * (1 - LAG)


def _contradicted(asked_by_management: bool) -> Unknown:
    if not asked_by_management:
        return NEEDS_MANAGEMENT_KEY
    return Unknown("OpenRouter's credits are less than this key alone has used", "credits_contradicted")
