"""Writes when a key expires."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Optional, Union

from openrouter_usage.forecast.records import BALANCE_SCOPE, Forecast, ScopeRunway
from openrouter_usage.records import Unknown
from openrouter_usage.text.dates import short
from openrouter_usage.text.runway import YEAR, scope_name

OWN = "Key"
"""The regular key among those that expire; the other one is the management key."""


def line(what: str, at: datetime, now: datetime) -> str:
    """Returns such as "Key expires in 9 days (Nov 29)", with the year where that is not among the next 365 days."""
    if at <= now:
        return f"{what} expired ({short(at)})"
    days = (at.date() - now.date()).days
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"{what} expires {when} ({short(at)}{f' {at.year}' if days > YEAR else ''})"


def beside_runway(
    expires_at: Union[datetime, Unknown, None],
    expiring: dict[str, datetime],
    forecast: Union[Forecast, Unknown],
    now: datetime,
) -> Iterator[str]:
    """Yields that the key, or the management key, expires within 14 days, which are those that are `expiring`.

    Also that the key, which expires at `expires_at`, does so before what blocks first.
    """
    first = forecast.first if isinstance(forecast, Forecast) else None
    before = _before(expires_at, first, now)
    if isinstance(expires_at, datetime) and (before or OWN in expiring):
        yield line("This key", expires_at, now) + before
    yield from (line(f"The {what.lower()}", at, now) for what, at in expiring.items() if what != OWN)


def _before(at: Union[datetime, Unknown, None], first: Optional[ScopeRunway], now: datetime) -> str:
    """Returns the words, if the key expires before the first scope blocks."""
    if first is None or first.on is None or not isinstance(at, datetime) or not now < at or at.date() >= first.on:
        return ""
    return f", before the {scope_name(first.scope).lower()} {'runs out' if first.scope == BALANCE_SCOPE else 'blocks'}"
