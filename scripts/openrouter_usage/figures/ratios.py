"""What a use comes to in proportion: its share, its price per million tokens, its part read from cache."""

from decimal import Decimal
from typing import Union

from openrouter_usage.figures.windows import total
from openrouter_usage.records import NO_TOKENS, NOTHING_SPENT, Amount, Count, Unknown, Use

MILLION = 1_000_000


def share(part: Use, whole: Use) -> Amount:
    """The part of the whole's credits, from 0 to 1."""
    if isinstance(part.usd, Unknown):
        return part.usd
    return _ratio(part.usd, whole.usd, NOTHING_SPENT)


def usd_per_million_tokens(use: Use) -> Amount:
    """Credits and BYOK together, over prompt and completion tokens: these count both kinds of requests."""
    cost = total((use.usd, use.byok_usd), Decimal(0))
    tokens = total((use.prompt_tokens, use.completion_tokens), 0)
    return cost if isinstance(cost, Unknown) else _ratio(cost * MILLION, tokens, NO_TOKENS)


def cached_share(use: Use) -> Amount:
    """The part of the prompt tokens that was read from cache, at most 1: OpenRouter may count more than the prompt."""
    if isinstance(use.cached_tokens, Unknown):
        return use.cached_tokens
    ratio = _ratio(Decimal(use.cached_tokens), use.prompt_tokens, NO_TOKENS)
    return ratio if isinstance(ratio, Unknown) else min(ratio, Decimal(1))


def _ratio(part: Decimal, whole: Union[Amount, Count], nothing: Unknown) -> Amount:
    if isinstance(whole, Unknown):
        return whole
    return part / whole if whole > 0 else nothing
