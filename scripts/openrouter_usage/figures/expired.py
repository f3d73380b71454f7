"""Removes from an answer that was given earlier the figures of windows that have ended since."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from openrouter_usage.days import midnight
from openrouter_usage.figures import windows
from openrouter_usage.records import AccountKeys, KeyInfo, Limit, Unknown


def key_info(info: KeyInfo, now: datetime) -> KeyInfo:
    """Returns what a key told about itself, as far as it still holds at `now`."""
    if info.as_of is None:
        return info
    as_of, limits, effective = info.as_of, info.limits, info.effective_limit
    return info._replace(
        counters=windows.without_ended(info.counters, as_of.date(), now.date()),
        limits=limits if isinstance(limits, Unknown) else tuple(limit(one, as_of, now) for one in limits),
        effective_limit=limit(effective, as_of, now) if effective else None,
        free_requests=info.free_requests if as_of.date() == now.date() else windows.not_of(as_of.date(), now.date()),
    )


def account_keys(listed: AccountKeys, now: datetime) -> AccountKeys:
    """Returns the key list, as far as it still holds at `now`."""
    if listed.as_of is None:
        return listed
    as_of, keys = listed.as_of, []
    for key in listed.keys:
        lasting = windows.without_ended(key.counters, as_of.date(), now.date())
        own = limit(key.limit, as_of, now) if isinstance(key.limit, Limit) else key.limit
        keys.append(key._replace(counters=lasting, limit=own))
    return listed._replace(keys=tuple(keys))


def limit(layer: Limit, as_of: datetime, now: datetime) -> Limit:
    """Returns the limit, without what was spent and what remained if it was reset after `as_of`, or may have been."""
    begun = _begun(layer, now)
    has_window = layer.resets_at or windows.start_of(layer.resets, now.date())
    is_of_later = has_window and as_of.date() > now.date()
    if not is_of_later and (begun is None or as_of >= begun):
        return layer
    ended = windows.OF_LATER if is_of_later else windows.WINDOW_ENDED
    return layer._replace(spent=ended, remaining=ended, resets_at=None)


def _begun(layer: Limit, now: datetime) -> Optional[datetime]:
    """Returns when the current window of the limit began; None if it has no window, or no known one."""
    if layer.resets_at:
        return layer.resets_at if layer.resets_at <= now else None
    start = windows.start_of(layer.resets, now.date())
    return midnight(start) if start else None
