"""Finds what moved the price of a token: the part that is completion, the part that is cached, or the provider."""

from decimal import Decimal
from typing import Callable, Dict, List, Mapping, Optional, Tuple

from openrouter_usage.commands.why.changes import tokens_of
from openrouter_usage.commands.why.records import Change, Effects, Shift
from openrouter_usage.figures.groups import NO_USE, add_up
from openrouter_usage.records import Count, Unknown, Use

NOTICEABLE = Decimal("0.05")
"""A part of the tokens that moved by less has not moved the price."""

Parts = Mapping[str, Use]
"""The use by provider."""


def finder(
    before: Mapping[Tuple[str, str], Use], after: Mapping[Tuple[str, str], Use]
) -> Callable[[Change], Optional[Shift]]:
    """Finds the shift behind a model's change, given all use by model and provider."""
    earlier, later = _by_model(before), _by_model(after)
    return lambda row: _shift(row, earlier.get(row.name, {}), later.get(row.name, {}))


def _by_model(uses: Mapping[Tuple[str, str], Use]) -> Dict[str, Dict[str, Use]]:
    found: Dict[str, Dict[str, Use]] = {}
    for (model, provider), use in uses.items():
        found.setdefault(model, {})[provider] = use
    return found


def _shift(row: Change, before: Parts, after: Parts) -> Optional[Shift]:
    """The largest that could have moved the price that way: the completion is dearer than the prompt, the cache
    cheaper."""
    is_up = isinstance(row.effects, Effects) and row.effects.price > 0
    found = [
        shift
        for shift in (_part_of_tokens("completion", row), _part_of_tokens("cached", row))
        if shift and (shift.after > shift.before) == (is_up == (shift.part == "completion"))
    ]
    found += _providers(before, after, is_up)
    noticeable = [shift for shift in found if abs(shift.after - shift.before) >= NOTICEABLE]
    return max(noticeable, key=lambda shift: abs(shift.after - shift.before), default=None)


def _part_of_tokens(part: str, row: Change) -> Optional[Shift]:
    """Cached tokens are a part of the prompt, those of the completion of both."""
    before, after = (
        _share(use.completion_tokens, tokens_of(use))
        if part == "completion"
        else _share(use.cached_tokens, use.prompt_tokens)
        for use in (row.before, row.after)
    )
    return None if before is None or after is None else Shift(part, before, after)


def _share(part: Count, whole: Count) -> Optional[Decimal]:
    if isinstance(part, Unknown) or isinstance(whole, Unknown) or whole <= 0:
        return None
    return min(Decimal(part) / whole, Decimal(1))


def _providers(before: Parts, after: Parts, is_up: bool) -> List[Shift]:
    """A provider that got a larger part of the tokens at a price on that side of all, or a smaller one on the other;
    those that got more come first."""
    wholes = [add_up(uses.values()) for uses in (before, after)]
    found: List[Shift] = []
    for provider in {**before, **after}:
        uses = [uses.get(provider, NO_USE) for uses in (before, after)]
        shares = [_share(tokens_of(use), tokens_of(whole)) for use, whole in zip(uses, wholes)]
        own, all_of_them = _price(add_up(uses)), _price(add_up(wholes))
        if shares[0] is None or shares[1] is None or own is None or all_of_them is None:
            continue
        if (own > all_of_them) == ((shares[1] > shares[0]) == is_up):
            found.append(Shift("provider", shares[0], shares[1], provider))
    return sorted(found, key=lambda shift: shift.after < shift.before)


def _price(use: Use) -> Optional[Decimal]:
    tokens = tokens_of(use)
    if isinstance(use.usd, Unknown) or isinstance(tokens, Unknown) or tokens <= 0:
        return None
    return use.usd / tokens
