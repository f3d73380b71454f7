"""Looks through what was told about an account, and builds what stands out in it, dearest first."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Union

from openrouter_usage.commands.audit import account, keys, models, odd_days
from openrouter_usage.commands.audit.records import Audit, Facts, Finding, NotLookedAt
from openrouter_usage.commands.audit.usage import Usage, spend
from openrouter_usage.days import day_count
from openrouter_usage.figures.evidence import has_use, is_noticeable
from openrouter_usage.figures.outliers import FEWEST_DAYS
from openrouter_usage.rare_records import ListedModels
from openrouter_usage.records import AccountKeys, Count, KeyInfo, Note, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.runway import ALL_KEYS, THIS_KEY

LACKING = Unknown("OpenRouter's analytics lacks it", "analytics_lacks")
NO_WORKSPACE = Unknown("no workspace was listed", "default_workspace")
NOT_PRICED = Unknown("OpenRouter's public list has no such model, or not its prices", "not_listed")


def build(facts: Facts, demo: bool, notes: tuple[Note, ...] = ()) -> Audit:
    """Returns the audit of the facts; `notes` stand beside it. The same facts always give the same audit."""
    usage = Usage(facts)
    listed = keys.listed(facts)
    found = [
        *odd_days.findings(usage),
        *models.findings(facts, usage),
        *keys.findings(facts, usage),
        *account.findings(facts),
    ]
    return Audit(
        as_of=facts.as_of,
        demo=demo,
        span=facts.span,
        scope=ALL_KEYS if facts.is_of_account else THIS_KEY,
        findings=tuple(sorted(found, key=_order)),
        days=len(facts.days),
        keys=keys.names(listed, usage) if isinstance(facts.listed, AccountKeys) else facts.listed,
        models=_models_used(facts, usage),
        unlimited=_unlimited(facts, usage),
        usable=sum(key.is_usable(facts.now) for key in listed) or 1,
        not_looked_at=tuple(_not_looked_at(facts, usage)),
        notes=notes,
    )


def _order(finding: Finding) -> tuple[bool, Decimal, str, str, tuple[str, ...]]:
    """A sort key: the dearest first, those without an amount last."""
    return finding.usd is None, -(finding.usd or Decimal(0)), finding.code, finding.model, finding.keys


def _models_used(facts: Facts, usage: Usage) -> Count:
    if isinstance(facts.by_model, Unknown):
        return facts.by_model
    return sum(map(has_use, usage.models.values()))


def _unlimited(facts: Facts, usage: Usage) -> Union[tuple[str, ...], Unknown]:
    """The keys without a limit; of a regular key alone its own name if nothing limits it."""
    if isinstance(facts.listed, AccountKeys):
        return keys.unlimited(facts, usage)
    if facts.is_of_account or not isinstance(facts.own, KeyInfo):
        return facts.listed
    limits = facts.own.limits
    return limits if isinstance(limits, Unknown) else () if limits else (facts.own_name,)


# What could not be looked at


def _not_looked_at(facts: Facts, usage: Usage) -> Iterator[NotLookedAt]:
    without_models = ("the days", "the models (their cache, reasoning and end, too)", "the fee for BYOK")
    with_models = (
        ("which key it was", facts.by_key),
        ("models that retire, and what cache and reasoning cost", facts.models),
        ("the fee for BYOK", facts.fees.usd if facts.fees and not isinstance(facts.fees, Unknown) else facts.fees),
    )
    told = (
        *([(what, facts.by_model) for what in without_models] if isinstance(facts.by_model, Unknown) else with_models),
        ("the keys", facts.listed),
        ("the regular key by itself", facts.own),
    )
    yield from (NotLookedAt(what, gap) for what, gap in told if isinstance(gap, Unknown))
    yield from _days(facts, usage)
    yield from _keys(facts)
    of_keys = sum(map(spend, usage.by_key.values()), Decimal(0))
    if not isinstance(facts.by_key, Unknown) and is_noticeable(usage.usd - of_keys, usage.usd):
        yield NotLookedAt(f"which key spent {dollars(usage.usd - of_keys)}", LACKING)
    unpriced = _unpriced(facts, usage)
    if unpriced:
        what = f"cache, reasoning and end of {', '.join(unpriced[: keys.MOST_NAMED])}"
        more = f" and {len(unpriced) - keys.MOST_NAMED} more" if len(unpriced) > keys.MOST_NAMED else ""
        yield NotLookedAt(what + more, NOT_PRICED)


def _days(facts: Facts, usage: Usage) -> Iterator[NotLookedAt]:
    if isinstance(facts.by_model, Unknown) and isinstance(facts.by_key, Unknown):
        return
    missing = day_count(facts.span) - len(facts.days)
    if missing:
        gap = Unknown("they are not known", "days_missing")
        yield NotLookedAt(f"{missing} of the {day_count(facts.span)} days", gap)
    if len(odd_days.used_days(usage)) < FEWEST_DAYS:
        yield NotLookedAt("days that stand out", odd_days.TOO_FEW_DAYS)


def _keys(facts: Facts) -> Iterator[NotLookedAt]:
    if not isinstance(facts.listed, AccountKeys):
        return
    if facts.listed.default_workspace_only:
        gap = facts.listed.workspaces_gap or NO_WORKSPACE
        yield NotLookedAt("keys of other workspaces than the default one", gap)
    untold = [key.last_used for key in facts.listed.keys if isinstance(key.last_used, Unknown)]
    if untold:
        yield NotLookedAt(f"whether {len(untold)} of {len(facts.listed.keys)} keys are idle", untold[0])


def _unpriced(facts: Facts, usage: Usage) -> list[str]:
    """The models that cost a dollar or more and are not in the public list with their prices."""
    if not isinstance(facts.models, ListedModels):
        return []
    found = models.Listed(facts.models)
    return [usage.model_label(model) for model, use in usage.models.items() if models.is_unpriced(use, found.of(model))]
