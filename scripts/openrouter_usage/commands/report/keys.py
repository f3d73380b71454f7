"""Joins the key list with the use of keys, which OpenRouter tells apart by nothing but their names."""

from datetime import datetime
from decimal import Decimal
from typing import Dict, Iterator, List, Optional, Sequence, TypeVar, Union

from openrouter_usage.commands.report.records import KeyFacts
from openrouter_usage.figures import windows
from openrouter_usage.records import NOT_SUMMED, AccountKeys, ListedKey, Spend, Unknown, Use, total

Figure = TypeVar("Figure")

NOT_LISTED = Unknown("the key is not listed: deleted, or of another kind", "not_listed")
SEVERAL = Unknown("several keys of one name differ in it", "several_keys")


def by_name(listed: Union[AccountKeys, Unknown, None]) -> Dict[str, List[ListedKey]]:
    """The listed keys by name; the nameless under an empty one."""
    found: Dict[str, List[ListedKey]] = {}
    for key in listed.keys if isinstance(listed, AccountKeys) else ():
        found.setdefault(key.name, []).append(key)
    return found


def label(name: str, keys: Sequence[ListedKey]) -> str:
    """What keys of that name are called: `x (2 keys)` for two, `unnamed, created 2026-01-05` for a nameless one."""
    if len(keys) > 1:
        return f"{name or 'unnamed'} ({len(keys)} keys)"
    if not name and keys and keys[0].created:
        return f"unnamed, created {keys[0].created}"
    return name or "unnamed"


def facts(keys: Sequence[ListedKey], use: Optional[Use], now: datetime) -> KeyFacts:
    """What the list tells of the keys of one name; `use` is all of theirs in the report's days, where it is known."""
    if not keys:
        return untold(NOT_LISTED, 0)._replace(marks=("not_listed",))
    return KeyFacts(
        keys=len(keys),
        spend=windows.of_keys(keys, NOT_LISTED).credits,
        limit=_shared([key.limit for key in keys]),
        expires_at=_expiry(keys, now),
        disabled=_shared([key.disabled for key in keys]),
        marks=tuple(_marks(keys, use, now)),
    )


def untold(why: Unknown, keys: Union[int, Unknown]) -> KeyFacts:
    """Of so many keys nothing is told."""
    return KeyFacts(keys, Spend(why, why, why), why, why, why, ())


def together(facts: Sequence[KeyFacts]) -> KeyFacts:
    """The live counters of several rows added up; nothing else of them is."""
    spend = (total((getattr(one.spend, window) for one in facts), Decimal(0)) for window in Spend._fields)
    return untold(NOT_SUMMED, total((one.keys for one in facts), 0))._replace(spend=Spend(*spend))


def _shared(figures: Sequence[Figure]) -> Union[Figure, Unknown]:
    """What a single key has; of several, what they have in common: that they have no limit, or are disabled or not."""
    first = figures[0]
    common = first is None or isinstance(first, bool)
    return first if len(figures) == 1 or (common and all(one == first for one in figures)) else SEVERAL


def _expiry(keys: Sequence[ListedKey], now: datetime) -> Union[datetime, Unknown, None]:
    """The next to come, else one that is not told, else the last that was; None where one of them never expires."""
    instants = [key.expires_at for key in keys if isinstance(key.expires_at, datetime)]
    to_come = [one for one in instants if one > now]
    untold = [key.expires_at for key in keys if isinstance(key.expires_at, Unknown)]
    if to_come or untold:
        return min(to_come) if to_come else untold[0]
    return max(instants) if len(instants) == len(keys) else None


def _marks(keys: Sequence[ListedKey], use: Optional[Use], now: datetime) -> Iterator[str]:
    expiry = _expiry(keys, now)
    if any(key.limit is None for key in keys):
        yield "no_limit"
    if any(key.disabled is True for key in keys):
        yield "disabled" if all(key.disabled is True for key in keys) else "some_disabled"
    if isinstance(expiry, datetime) and expiry <= now:
        yield "expired"
    elif isinstance(expiry, datetime) and (expiry.date() - now.date()).days <= windows.EXPIRES_SOON:
        yield "expires_soon"
    if use and all(figure == 0 for figure in (use.usd, use.byok_usd, use.requests)):
        yield "unused"
