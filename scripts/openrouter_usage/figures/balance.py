"""Decides whether an answer about credits can be true, and computes the balance that it leaves."""

from decimal import Decimal
from typing import Union

from openrouter_usage.figures.windows import LAG
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Balance, Credits, KeyInfo, Unknown

CREDITS_CONTRADICTED = Unknown("OpenRouter's credits are less than this key alone has used", "credits_contradicted")


def believed(
    credits: Union[Credits, Unknown], key: Union[KeyInfo, Unknown, None], asked_by_management: bool
) -> Union[Balance, Unknown]:
    """Returns purchased minus used in USD, which may be negative, or Unknown if the answer cannot be true.

    OpenRouter answers some regular keys of a funded account with two zeros. And an account cannot have used less than
    one of its own keys did before today.
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
    return Balance(credits.purchased - credits.used, credits.purchased, credits.used)


def _least_used(key: Union[KeyInfo, Unknown, None]) -> Decimal:
    """Returns what the account must have used before today, in USD, judged by one of its keys."""
    if not isinstance(key, KeyInfo):
        return Decimal(0)
    lifetime, today = key.counters.total, key.counters.credits.today
    if isinstance(lifetime, Unknown) or isinstance(today, Unknown):
        return Decimal(0)
    return (lifetime - today) * (1 - LAG)
