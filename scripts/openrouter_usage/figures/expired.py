"""Takes from an answer that was given earlier what does not hold any more: figures of windows that ended since."""

from datetime import date, datetime
from typing import Optional, Union

from openrouter_usage.figures import windows
from openrouter_usage.figures.windows import TOO_OLD
from openrouter_usage.records import AccountKeys, Counters, FreeRequests, KeyInfo, Limit, ListedKey, Spend, Unknown


def key_info(info: KeyInfo, now: datetime) -> KeyInfo:
    """What a key told of itself, as far as it is true at `now`."""
    if info.as_of is None:
        return info
    told, limits, effective = info.as_of, info.limits, info.effective_limit
    return info._replace(
        counters=counters(info.counters, told, now.date()),
        limits=limits if isinstance(limits, Unknown) else tuple(limit(one, told, now) for one in limits),
        effective_limit=limit(effective, told, now) if effective else None,
        free_requests=free_requests(info.free_requests, told, now.date()),
    )


def account_keys(listed: AccountKeys, now: datetime) -> AccountKeys:
    """The key list, as far as it is true at `now`."""
    told = listed.as_of
    return listed._replace(keys=tuple(_listed_key(key, told, now) for key in listed.keys)) if told else listed


def _listed_key(key: ListedKey, told: datetime, now: datetime) -> ListedKey:
    own = limit(key.limit, told, now) if isinstance(key.limit, Limit) else key.limit
    return key._replace(counters=counters(key.counters, told, now.date()), limit=own)


def counters(counted: Counters, told: datetime, today: date) -> Counters:
    """Spend in the windows that had begun when it was told. The total of a lifetime stays what it was then."""
    return counted._replace(credits=_spend(counted.credits, told, today), byok=_spend(counted.byok, told, today))


def _spend(spend: Spend, told: datetime, today: date) -> Spend:
    return Spend(
        *(amount if lasts else TOO_OLD for amount, lasts in zip(spend, windows.still_last(told.date(), today)))
    )


def limit(layer: Limit, told: datetime, now: datetime) -> Limit:
    """A limit that was reset since has its amount, but what is spent and left of it is not known."""
    begun = _begun(layer, now)
    if begun is None or told >= begun:
        return layer
    return layer._replace(spent=TOO_OLD, remaining=TOO_OLD, resets_at=None)


def _begun(layer: Limit, now: datetime) -> Optional[datetime]:
    """When the current window of the limit began; None where it has none, or none that is known."""
    today = now.date()
    starts = {"daily": today, "weekly": windows.week_start(today), "monthly": windows.month_start(today)}
    if layer.resets_at and layer.resets_at <= now:
        return layer.resets_at
    start = starts.get(layer.resets) if isinstance(layer.resets, str) else None
    return windows.midnight(start) if start and layer.resets_at is None else None


def free_requests(free: Union[FreeRequests, Unknown], told: datetime, today: date) -> Union[FreeRequests, Unknown]:
    """The count is of a UTC day."""
    return free if told.date() == today else TOO_OLD
