"""Says what is left of the balance and of each limit, beside what is needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from openrouter_usage.commands.check.records import CRITICAL, OK, UNKNOWN, Finding, Verdict
from openrouter_usage.forecast.records import BALANCE_SCOPE
from openrouter_usage.records import Limit, ListedKey, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.runway import scope_name

SOURCES: dict[str, str] = {BALANCE_SCOPE: "balance", "key_limit": "the key's limit", "api_key": "the key's budget"}
"""What an amount is of; the other scopes go by their usual names."""


MOST_KEYS = 3
"""The most keys that are named."""


def of(findings: Sequence[Finding], needed: Decimal, verdict: Verdict) -> str:
    """Returns such as `enough for $5.00: $81.43 of balance and $4,979.90 of the key's limit`.

    What is too little comes first, with how much it lacks; where nothing is, what is known to be enough.
    """
    short, unknown, enough = ([one for one in findings if one.level == level] for level in (CRITICAL, UNKNOWN, OK))
    gaps = " and ".join(f"{_subject(one)} is unknown ({_reason(one)})" for one in unknown)
    if short:
        others = [*([f"{_listed(map(_amount, enough))} would do"] if enough else []), *([gaps] if gaps else [])]
        return "; ".join([_lacking(short, needed), *others])
    if gaps:
        known = _listed(map(_amount, enough))
        if known:
            return f"{known} {'are' if len(enough) > 1 else 'is'} left, but {gaps}"
        return f"whether there is enough for {dollars(needed)} is unknown: {gaps}"
    return f"enough for {dollars(needed)}: {_listed(map(_amount, enough))}{_without_limit(verdict, needed)}"


def _reason(one: Finding) -> str:
    return one.value.reason if isinstance(one.value, Unknown) else ""


def _source(one: Finding) -> str:
    return SOURCES.get(one.about) or f"the {scope_name(one.about).lower()}"


def _subject(one: Finding) -> str:
    return "the balance" if one.about == BALANCE_SCOPE else _source(one)


def _amount(one: Finding) -> str:
    left = one.value if isinstance(one.value, Decimal) else Decimal(0)
    return f"{dollars(left)} of {_source(one)}"


def _lacking(short: Sequence[Finding], needed: Decimal) -> str:
    """Returns what lacks how much. An announced lack lasts until there is clearly enough."""
    lacks = [(one, needed - one.value) for one in short if isinstance(one.value, Decimal) and one.value < needed]
    if not lacks:
        return f"hardly enough for {dollars(needed)}: {_listed(map(_amount, short))}"
    parts = (f"{_amount(one)} is {dollars(lack)} short" for one, lack in lacks)
    return f"not enough for {dollars(needed)}: {_listed(parts)}"


def _listed(parts: Iterable[str]) -> str:
    """Returns the parts with commas, and the last one behind `and`."""
    every: list[str] = list(parts)
    return " and ".join(filter(None, (", ".join(every[:-1]), *every[-1:])))


def _without_limit(verdict: Verdict, needed: Decimal) -> str:
    """Returns that no limit was compared with it, where that is so, and why."""
    if verdict.block.limits:
        return ""
    if verdict.block.key is not None:
        return "; the key has no limit"
    every = verdict.beside.keys
    return f"; which key will spend is not known, {_of_keys(every if isinstance(every, dict) else {}, needed)}"


def _of_keys(keys: dict[str, ListedKey], needed: Decimal) -> str:
    """Returns which keys have less left of their limits, the least first; what is unknown is not among them."""
    left = {name: key.limit.remaining for name, key in keys.items() if isinstance(key.limit, Limit)}
    less = sorted((usd, name) for name, usd in left.items() if isinstance(usd, Decimal) and usd < needed)
    if not less:
        return "so no key's limit was compared with it"
    named = [f'"{name}" ({dollars(usd)})' for usd, name in less[:MOST_KEYS]]
    more = [f"{len(less) - MOST_KEYS} more"] if len(less) > MOST_KEYS else []
    return f"and less is left of the limit{'s' if len(less) > 1 else ''} of {_listed([*named, *more])}"
