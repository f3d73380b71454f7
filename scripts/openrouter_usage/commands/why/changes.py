"""Splits a change in spend exactly into its causes: a price-volume-mix decomposition.

The spend of what was used in both periods is requests x tokens per request x credits per token. The factors are
replaced one after the other, each at the old figures of those after it and the new ones of those before it, as
price-volume variance analysis does: an increase in sales is valued at the old price, a new price at the new volume
(C. T. Horngren, S. M. Datar, M. V. Rajan, "Cost Accounting: A Managerial Emphasis", the chapters on flexible budgets
and on sales-mix variances). From a spend of C0 to C1, of R0 to R1 requests and of T0 to T1 prompt and completion
tokens:

    requests = C0 * (R1 / R0 - 1)
    size     = C0 * (T1 / T0 - R1 / R0)
    price    = C1 - C0 * T1 / T0

Their sum is C1 - C0. Where tokens are not told, size and price cannot be told apart: what is left beside the
requests is unsplit. Tokens and requests include BYOK, which costs no credits below the monthly allowance, so that a
move to BYOK is a lower price.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Optional, Union

from openrouter_usage.commands.why.records import Change, Changes, Effects, Shift
from openrouter_usage.figures.groups import NO_USE, Names, add_up
from openrouter_usage.records import Amount, Count, Name, Unknown, Use, total

NO_EFFECTS = Effects(*[Decimal(0)] * len(Effects._fields))
UNITS_PER_USD = 10**10
"""Effects are rounded to 1e-10 USD, as money is in OpenRouter's answers."""

NOTICEABLE_SHIFT = Decimal("0.05")
"""A share of the tokens that moved by less has not moved the price."""


# The effects


def split(before: Use, after: Use) -> Union[Effects, Unknown]:
    """Returns the effects by which the credits of two uses differ, rounded to 1e-10 USD; their sum is exact."""
    if isinstance(before.usd, Unknown):
        return before.usd
    if isinstance(after.usd, Unknown):
        return after.usd
    change = after.usd - before.usd
    if not any(before):
        return NO_EFFECTS._replace(new=change)
    if not any(after):
        return NO_EFFECTS._replace(gone=change)
    calls, tokens = _calls(before, after), _ratio_of_tokens(before, after)
    if calls is None:
        return NO_EFFECTS._replace(unsplit=change)
    requests = _part(before.usd, calls - 1)
    if tokens is None:
        return NO_EFFECTS._replace(requests=requests, unsplit=change - requests)
    size = _part(before.usd, tokens - calls)
    return NO_EFFECTS._replace(requests=requests, size=size, price=change - requests - size)


def untold(before: Use, after: Use) -> tuple[str, ...]:
    """Returns the names of the effects that cannot be told from these uses."""
    if not any(before) or not any(after):
        return ()
    if _calls(before, after) is None:
        return ("requests", "size", "price")
    return ("size", "price") if _ratio_of_tokens(before, after) is None else ()


def _calls(before: Use, after: Use) -> Optional[Fraction]:
    return _ratio(before.requests, after.requests)


def _ratio_of_tokens(before: Use, after: Use) -> Optional[Fraction]:
    # No request is without prompt tokens, so that zero is no count of them.
    are_told = before.prompt_tokens and after.prompt_tokens
    return _ratio(_tokens(before), _tokens(after)) if are_told else None


def _ratio(before: Count, after: Count) -> Optional[Fraction]:
    """Returns the quotient of the counts, None if one of them is not known or not positive."""
    if isinstance(before, Unknown) or isinstance(after, Unknown) or before <= 0 or after <= 0:
        return None
    return Fraction(after, before)


def _part(usd: Decimal, ratio: Fraction) -> Decimal:
    return Decimal(round(Fraction(usd) * ratio * UNITS_PER_USD)) / UNITS_PER_USD


def _tokens(use: Use) -> Count:
    """Returns prompt and completion tokens; cached and reasoning tokens are among them."""
    return total((use.prompt_tokens, use.completion_tokens), 0)


# The changes


def compare(
    dimension: str,
    before: Mapping[Name, Use],
    after: Mapping[Name, Use],
    labels: Mapping[Name, str],
    providers: Optional[Sequence[Mapping[Names, Use]]] = None,
) -> Changes:
    """Returns the change of each name in `labels`, unknown changes first, then the largest first.

    `providers` has the use by model and provider, before and after; with it, the shift behind a price is found.
    """
    rows: list[Change] = []
    for name, label in labels.items():
        uses = before.get(name, NO_USE), after.get(name, NO_USE)
        row = Change(name, label, *uses, split(*uses), untold=untold(*uses))
        if providers and "price" in row.main:
            row = row._replace(shift=_shift(row, providers))
        rows.append(row)
    rows.sort(key=lambda row: (Decimal("-inf") if isinstance(row.usd, Unknown) else -abs(row.usd), row.name))
    return Changes(dimension, tuple(rows), sum_up("Total", rows))


def sum_up(label: str, rows: Sequence[Change]) -> Change:
    """Returns rows as one; its effects are the sums of theirs, since one model's price is another one's volume."""
    before, after = add_up(row.before for row in rows), add_up(row.after for row in rows)
    known = [row.effects for row in rows if isinstance(row.effects, Effects)]
    unknown = [row.effects for row in rows if isinstance(row.effects, Unknown)]
    sums = Effects(*(sum(amounts, Decimal(0)) for amounts in zip(NO_EFFECTS, *known)))
    lacking = {name for row in rows for name in row.untold}
    still = tuple(name for name, usd in sums._asdict().items() if name in lacking and not usd)
    return Change(label, label, before, after, unknown[0] if unknown else sums, untold=still)


# The shifts


def _shift(row: Change, providers: Sequence[Mapping[Names, Use]]) -> Optional[Shift]:
    """Returns the largest shift that could have moved the price that way, None if there is no noticeable one.

    A larger share of what is dearer raises the price; a larger share of what is cheaper lowers it.
    """
    is_up = isinstance(row.effects, Effects) and row.effects.price > 0
    shifts = [*_token_shifts(row), *_provider_shifts(row.name, providers)]
    fitting = [shift for shift, is_dearer in shifts if (shift.after > shift.before) == (is_dearer == is_up)]
    noticeable = [shift for shift in fitting if abs(shift.after - shift.before) >= NOTICEABLE_SHIFT]
    return max(noticeable, key=lambda shift: abs(shift.after - shift.before), default=None)


def _token_shifts(row: Change) -> Iterator[tuple[Shift, bool]]:
    """Yields the shifts of completion tokens, which are dearer than others, and of cached ones, which are cheaper."""
    uses = (row.before, row.after)
    shares = {
        "completion": [_share(use.completion_tokens, _tokens(use)) for use in uses],
        "cached": [_share(use.cached_tokens, use.prompt_tokens) for use in uses],
    }
    for part, (before, after) in shares.items():
        if before is not None and after is not None:
            yield Shift(part, before, after), part == "completion"


def _provider_shifts(model: Name, providers: Sequence[Mapping[Names, Use]]) -> list[tuple[Shift, bool]]:
    """Returns the shift of each provider of a model, and whether it is dearer than the average.

    Providers that got more of the tokens come first.
    """
    before, after = ({names[1]: use for names, use in uses.items() if names[0] == model} for uses in providers)
    totals = [add_up(uses.values()) for uses in (before, after)]
    average = _price(*totals)
    found: list[tuple[Shift, bool]] = []
    for provider in {**before, **after}:
        uses = [uses.get(provider, NO_USE) for uses in (before, after)]
        earlier, later = (_share(_tokens(use), _tokens(of_all)) for use, of_all in zip(uses, totals))
        price = _price(*uses)
        if earlier is not None and later is not None and price is not None and average is not None:
            found.append((Shift("provider", earlier, later, str(provider)), price > average))
    return sorted(found, key=lambda one: one[0].after < one[0].before)


def _share(part: Count, whole: Count) -> Optional[Decimal]:
    share = _quotient(part, whole)
    return None if share is None else min(share, Decimal(1))


def _quotient(part: Union[Amount, Count], whole: Count) -> Optional[Decimal]:
    if isinstance(part, Unknown) or isinstance(whole, Unknown) or whole <= 0:
        return None
    return Decimal(part) / whole


def _price(*uses: Use) -> Optional[Decimal]:
    """Returns the credits for a token of all these uses."""
    use = add_up(uses)
    return _quotient(use.usd, _tokens(use))
