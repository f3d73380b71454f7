"""Splits a change in spend exactly into what made it: a price-volume-mix decomposition.

Of what was used in both periods the spend is requests x tokens per request x credits per token. The
factors are replaced one after the other, each at the old figures of those after it and the new ones
of those before it, as price-volume variance analysis does: what was sold more is valued at the old
price, a new price at the new volume (C. T. Horngren, S. M. Datar, M. V. Rajan, "Cost Accounting: A
Managerial Emphasis", the chapters on flexible budgets and on sales-mix variances). From a spend of
C0 to C1, of R0 to R1 requests and of T0 to T1 prompt and completion tokens:

    requests = C0 * (R1 / R0 - 1)
    size     = C0 * (T1 / T0 - R1 / R0)
    price    = C1 - C0 * T1 / T0

Their sum is C1 - C0. Where no tokens are counted the price is that of a request. Tokens and requests
count BYOK, too, which costs no credits: a move to it is a lower price.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Callable, List, Mapping, Optional, Sequence, Tuple, Union

from openrouter_usage.commands.why.records import SHOWN, Change, Changes, Effects, Shift
from openrouter_usage.figures.groups import NO_USE, add_up
from openrouter_usage.records import A_CENT, Amount, Count, Unknown, Use, total

NONE = Effects(*[Decimal(0)] * len(Effects._fields))
UNIT = 10**10
"""Effects are told in units of 1e-10 USD, as OpenRouter tells money."""

MOST, HALF = Decimal("0.67"), Decimal("0.5")
MOVERS = 3


def split(before: Use, after: Use) -> Union[Effects, Unknown]:
    """What made the credits of one use differ from those of another, to 1e-10 USD; the parts add up exactly."""
    if isinstance(before.usd, Unknown):
        return before.usd
    if isinstance(after.usd, Unknown):
        return after.usd
    change = after.usd - before.usd
    if not any(before):
        return NONE._replace(new=change)
    if not any(after):
        return NONE._replace(gone=change)
    calls = _ratio(before.requests, after.requests)
    if calls is None:
        return NONE._replace(unsplit=change)
    tokens = _ratio(tokens_of(before), tokens_of(after)) or calls
    requests, size = _part(before.usd, calls - 1), _part(before.usd, tokens - calls)
    return NONE._replace(requests=requests, size=size, price=change - requests - size)


def _ratio(before: Count, after: Count) -> Optional[Fraction]:
    """None where one of them is not known, or nothing."""
    if isinstance(before, Unknown) or isinstance(after, Unknown) or before <= 0 or after <= 0:
        return None
    return Fraction(after, before)


def _part(usd: Decimal, ratio: Fraction) -> Decimal:
    return Decimal(round(Fraction(usd) * ratio * UNIT)) / UNIT


def tokens_of(use: Use) -> Count:
    """Prompt and completion, which hold the cached and the reasoning tokens."""
    return total((use.prompt_tokens, use.completion_tokens), 0)


def by(
    dimension: str,
    before: Mapping[str, Use],
    after: Mapping[str, Use],
    labels: Mapping[str, str],
    shift: Callable[[Change], Optional[Shift]] = lambda row: None,
) -> Changes:
    """What changed of each name, the largest change first; what is not known comes before all.

    `shift` finds what moved a price, where that is what changed the spend most.
    """
    changes = (_change(name, labels[name], before.get(name, NO_USE), after.get(name, NO_USE)) for name in labels)
    rows = [row._replace(shift=shift(row)) if "price" in row.main else row for row in changes]
    rows.sort(key=lambda row: (not isinstance(row.usd, Unknown), -_magnitude(row.usd), row.name))
    whole, rest = _together("Total", rows), rows[SHOWN:]
    return Changes(
        dimension,
        rows=tuple(rows),
        rest=_together(f"{len(rest)} more", rest) if rest else None,
        total=whole,
        movers=tuple(_movers(rows, whole.usd)),
    )


def _change(name: str, label: str, before: Use, after: Use) -> Change:
    effects = split(before, after)
    return Change(name, label, before, after, _sum(effects), effects, _main(effects))


def _together(label: str, rows: Sequence[Change]) -> Change:
    """Effects of the sum are the sums of the effects, for what is one model's price is another one's volume."""
    before, after = add_up(row.before for row in rows), add_up(row.after for row in rows)
    effects = _added([row.effects for row in rows])
    return Change(label, label, before, after, _sum(effects), effects, _main(effects))


def _sum(effects: Union[Effects, Unknown]) -> Amount:
    return effects if isinstance(effects, Unknown) else sum(effects, Decimal(0))


def _added(every: Sequence[Union[Effects, Unknown]]) -> Union[Effects, Unknown]:
    known = [effects for effects in every if isinstance(effects, Effects)]
    unknown = [effects for effects in every if isinstance(effects, Unknown)]
    return unknown[0] if unknown else Effects(*(sum(amounts, Decimal(0)) for amounts in zip(NONE, *known)))


def _main(effects: Union[Effects, Unknown]) -> Tuple[str, ...]:
    """The largest effect in the direction of the change; the second, too, where the first is not most of them."""
    change = _sum(effects)
    if isinstance(effects, Unknown) or isinstance(change, Unknown) or abs(change) < A_CENT:
        return ()
    amounts = {name: amount * (1 if change > 0 else -1) for name, amount in zip(Effects._fields, effects)}
    along = {name: amount for name, amount in amounts.items() if amount > 0}
    first, *others = sorted(along, key=lambda name: -along[name])
    is_most = along[first] >= MOST * sum(along.values(), Decimal(0))
    return (first,) if is_most else (first, *others[:1])


def _movers(rows: Sequence[Change], change: Amount) -> List[Change]:
    """Those in the direction of the change, the largest first, until they come to half of it; three at most."""
    if isinstance(change, Unknown) or abs(change) < A_CENT:
        return []
    sign, so_far = (1 if change > 0 else -1), Decimal(0)
    movers: List[Change] = []
    for row in rows:
        if isinstance(row.usd, Decimal) and row.usd * sign >= A_CENT and len(movers) < MOVERS:
            if so_far >= HALF * abs(change):
                break
            movers.append(row)
            so_far += abs(row.usd)
    return movers


def _magnitude(amount: Amount) -> Decimal:
    return Decimal(0) if isinstance(amount, Unknown) else abs(amount)
