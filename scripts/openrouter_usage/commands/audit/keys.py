"""Finds what is odd about single keys: limits nearly used up, ends, spend after the end, and keys that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Optional, Union, cast

from openrouter_usage.commands.audit import steps
from openrouter_usage.commands.audit.records import Facts, Finding
from openrouter_usage.commands.audit.usage import Usage
from openrouter_usage.days import DAY, Span
from openrouter_usage.dimensions import DIMENSIONS
from openrouter_usage.figures import expired, limits, windows
from openrouter_usage.figures.evidence import ZERO
from openrouter_usage.records import A_CENT, AccountKeys, KeyInfo, Limit, ListedKey, Unknown
from openrouter_usage.sanitize import quoted
from openrouter_usage.text.amounts import dollars, percent
from openrouter_usage.text.dates import short
from openrouter_usage.text.runway import scope_name

KEY = DIMENSIONS["key"]

IDLE_DAYS = 30
"""The least number of UTC days without use after which a key is idle; where more days are asked about, those."""

MOST_NAMED = 3
"""The keys that a line names; more are counted."""


def findings(facts: Facts, usage: Usage) -> Iterator[Finding]:
    """Yields the findings about the listed keys, and about the regular key by itself."""
    keys = listed(facts)
    for key in keys:
        label = _label(usage, key)
        if key.is_usable(facts.now):
            yield from _near(key.limit, KEY.called(quoted(label)), label, key.created, facts)
            yield from _expires(key, label, facts)
        else:
            yield from _spends_on(key, label, facts, usage)
    yield from _idle([key for key in keys if _is_idle(key, facts, usage)], facts, usage)
    yield from _of_own(facts, keys, usage)


def listed(facts: Facts) -> tuple[ListedKey, ...]:
    """Returns the listed keys, as far as what was told of them still holds."""
    return expired.account_keys(facts.listed, facts.now).keys if isinstance(facts.listed, AccountKeys) else ()


def unlimited(facts: Facts, usage: Usage) -> tuple[str, ...]:
    """Returns the names of the keys that can be used and have no limit."""
    return names([key for key in listed(facts) if key.limit is None and key.is_usable(facts.now)], usage)


def names(keys: Sequence[ListedKey], usage: Usage) -> tuple[str, ...]:
    """Returns the printed name of each key."""
    return tuple(_label(usage, key) for key in keys)


# Limits


def _near(
    limit: Union[Limit, Unknown, None], whose: str, label: str, since: Optional[date], facts: Facts
) -> Iterator[Finding]:
    """Yields a finding if 80% of a limit above zero are used; its amount is what was spent of it."""
    if not isinstance(limit, Limit) or limits.is_zero(limit) or isinstance(limit.spent, Unknown):
        return
    used, today = limits.share_used(limit), facts.now.date()
    if used is None or used < limits.NEAR:
        return
    reset = limit.resets_at.date() if limit.resets_at else windows.reset_day(limit.resets, today)
    until = f", resets {short(reset)}" if reset else ""
    message = f"of the {dollars(limit.limit)} {_name(limit)} of {whose} is used ({percent(used)}){until}"
    first = windows.start_of(limit.resets, today) or since or today
    yield Finding("near_limit", limit.spent, (first, today), message, steps.RAISE, keys=(label,))


def _name(limit: Limit) -> str:
    resets = f"{limit.resets} " if isinstance(limit.resets, str) else ""
    return resets + ("limit" if limit.scope == "key_limit" else scope_name(limit.scope).lower())


# Ends


def _expires(key: ListedKey, label: str, facts: Facts) -> Iterator[Finding]:
    """Yields a finding if a key that is in use expires within 14 days; it has no amount, for nothing is lost by it."""
    if windows.expires_soon(key.expires_at, facts.now) and not _is_unused(key, facts.span[0]):
        yield _expiring(cast(datetime, key.expires_at), KEY.called(quoted(label)), label, facts)


def _expiring(at: datetime, whose: str, label: str, facts: Facts) -> Finding:
    days = (at.date() - facts.now.date()).days
    when = "today" if days == 0 else "tomorrow" if days == 1 else f"in {days} days"
    message = f"{whose} expires {when} ({short(at.date())})"
    return Finding("expires", None, facts.span, message, steps.RENEW, keys=(label,))


def _spends_on(key: ListedKey, label: str, facts: Facts, usage: Usage) -> Iterator[Finding]:
    """Yields a finding if a key spent after the day on which it expired, or spends today although it is disabled.

    When a key was disabled is not told: what it spent before today may have been right.
    """
    today, end = facts.now.date(), key.expires_at
    live = key.counters.credits.today if isinstance(key.counters.credits.today, Decimal) else ZERO
    if isinstance(end, datetime) and end <= facts.now:
        after = _spent_after(end.date(), key, usage)
        days = [*after, *([today] if live >= A_CENT and end.date() < today else [])]
        usd = sum(after.values(), live if today in days else ZERO)
        what = f"was spent by {KEY.called(quoted(label))} after it expired on {short(end.date())}"
    else:
        days, usd = ([today] if live >= A_CENT else []), live
        what = f"was spent today by {KEY.called(quoted(label))}, which is disabled; since when is not told"
    if days and usd >= A_CENT:
        last = "" if days[-1] == today else f", last on {short(days[-1])}"
        yield Finding("spends_on", usd, (days[0], days[-1]), what + last, steps.DELETE, keys=(label,))


def _spent_after(day: date, key: ListedKey, usage: Usage) -> dict[date, Decimal]:
    """Returns the credits of each day after that one; none if another key has the same name."""
    if not usage.is_of_one_key(key.name):
        return {}
    spent = usage.key_days.get((key.name,), {})
    return {one: spent[one] for one in sorted(spent) if one > day and spent[one] >= A_CENT}


# Idle keys


def idle_since(facts: Facts) -> date:
    """Returns the first of the days on which an idle key was not used."""
    return min(facts.span[0], facts.now.date() - IDLE_DAYS * DAY)


def _is_unused(key: ListedKey, since: date) -> bool:
    """Tells whether a key was not used on or after that day, for sure."""
    return key.last_used is None or (isinstance(key.last_used, datetime) and key.last_used.date() < since)


def _is_idle(key: ListedKey, facts: Facts, usage: Usage) -> bool:
    since = idle_since(facts)
    is_old = key.created is not None and key.created < since
    month = key.counters.credits.month
    has_spent = (isinstance(month, Decimal) and month > 0) or usage.spent_by(key.name) > 0
    return key.is_usable(facts.now) and is_old and _is_unused(key, since) and not has_spent


def _idle(keys: list[ListedKey], facts: Facts, usage: Usage) -> Iterator[Finding]:
    """Yields one finding for all idle keys; it has no amount, for nothing was spent."""
    if not keys:
        return
    days: Span = idle_since(facts), facts.now.date() - DAY
    labels = names(keys, usage)
    named = [f"{quoted(label)} ({_last(key, facts.now)})" for key, label in list(zip(keys, labels))[:MOST_NAMED]]
    more = f" and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    what = "1 key is" if len(keys) == 1 else f"{len(keys)} keys are"
    message = f"{what} idle since {short(days[0])} or longer, and can be used: {', '.join(named)}{more}"
    yield Finding("idle", None, days, message, steps.DELETE_IDLE, keys=labels)


def _last(key: ListedKey, now: datetime) -> str:
    if not isinstance(key.last_used, datetime):
        return "never used"
    year = "" if key.last_used.year == now.year else f" {key.last_used.year}"
    return f"last on {short(key.last_used.date())}{year}"


# The regular key by itself


def _of_own(facts: Facts, keys: tuple[ListedKey, ...], usage: Usage) -> Iterator[Finding]:
    """Yields what the regular key tells of itself, and the key list does not: its budgets; all if it is not listed."""
    if not isinstance(facts.own, KeyInfo) or facts.own.is_management:
        return
    own = expired.key_info(facts.own, facts.now)
    same = next((key for key in keys if key.label_id and key.label_id == own.label_id), None)
    label = _label(usage, same) if same else facts.own_name
    whose = KEY.called(quoted(label)) if same else f"this key ({label})"
    for layer in () if isinstance(own.limits, Unknown) else own.limits:
        if same is None or layer.scope != "key_limit":
            yield from _near(layer, whose, label, None, facts)
    if same is None and windows.expires_soon(own.expires_at, facts.now):
        yield _expiring(cast(datetime, own.expires_at), whose, label, facts)


def _label(usage: Usage, key: ListedKey) -> str:
    """Returns the printed name of a key: of several of one name also what tells it from the others."""
    return usage.key_label(key.name) if usage.is_of_one_key(key.name) else key.name_and_hash
