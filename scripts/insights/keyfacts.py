"""Joins the key list with the use of keys, which OpenRouter tells apart by nothing but their names."""

from datetime import datetime
from decimal import Decimal
from typing import Dict, Iterator, List, Optional, Sequence, Tuple, Union

from insights import windows
from insights.windows import total
from usage import NOT_SUMMED, AccountKeys, KeyFacts, Limit, ListedKey, Spend, Unknown, Use

EXPIRES_SOON = 14
"""Days, counted from UTC day to UTC day."""

NOT_LISTED = Unknown("the key is not listed: deleted, or of another kind", "not_listed")
SEVERAL = Unknown("several keys of one name have limits of their own", "several_keys")


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
        return unlisted(NOT_LISTED, ("not_listed",))
    return KeyFacts(
        keys=len(keys),
        spend=windows.of_keys(keys, NOT_LISTED).credits,
        limit=_limit(keys),
        expires_at=_expiry(keys),
        marks=tuple(_marks(keys, use, now)),
    )


def unlisted(why: Unknown, marks: Tuple[str, ...] = ()) -> KeyFacts:
    """A key of which the list tells nothing."""
    return KeyFacts(0, Spend(why, why, why), why, why, marks)


def together(facts: Sequence[KeyFacts]) -> KeyFacts:
    """The live counters of several rows added up; their limits are not."""
    spend = (total((getattr(one.spend, window) for one in facts), Decimal(0)) for window in Spend._fields)
    return KeyFacts(total((one.keys for one in facts), 0), Spend(*spend), NOT_SUMMED, NOT_SUMMED, ())


def _limit(keys: Sequence[ListedKey]) -> Union[Limit, Unknown, None]:
    limits = [key.limit for key in keys]
    if len(limits) == 1 or not any(limits):
        return limits[0]
    return SEVERAL


def _expiry(keys: Sequence[ListedKey]) -> Union[datetime, Unknown, None]:
    """The first to come; None where no key expires."""
    told = [key.expires_at for key in keys if key.expires_at is not None]
    instants = [one for one in told if isinstance(one, datetime)]
    return min(instants) if instants else (told[0] if told else None)


def _marks(keys: Sequence[ListedKey], use: Optional[Use], now: datetime) -> Iterator[str]:
    if any(key.limit is None for key in keys):
        yield "no_limit"
    if all(key.disabled for key in keys):
        yield "disabled"
    expiry = _expiry(keys)
    if isinstance(expiry, datetime) and expiry <= now:
        yield "expired"
    elif isinstance(expiry, datetime) and (expiry.date() - now.date()).days <= EXPIRES_SOON:
        yield "expires_soon"
    if use and all(figure == 0 for figure in (use.usd, use.byok_usd, use.requests)):
        yield "unused"
