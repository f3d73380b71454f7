"""Joins the key list with the use of keys, which OpenRouter identifies by nothing but their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Optional, TypeVar, Union

from openrouter_usage.commands.report.records import KeyFacts
from openrouter_usage.days import month_start, week_start
from openrouter_usage.dimensions import WITHOUT_KEY
from openrouter_usage.figures import expired, limits, rows, windows
from openrouter_usage.records import (
    NOT_A_KEY,
    NOT_SUMMED,
    AccountKeys,
    Limit,
    ListedKey,
    Spend,
    Unknown,
    Use,
    total,
)

Figure = TypeVar("Figure")

HASH_BEGINNING = re.compile("[0-9a-f]{8,64}")
"""What may stand for a key in the place of its name: as much of its hash as tells it from the others."""

NOT_LISTED = Unknown("not listed: /keys tells neither keys made by OAuth nor deleted ones", "not_listed")
LIST_TOO_OLD = Unknown("the key list is of an earlier time", "key_list_as_of")
SEVERAL_KEYS = Unknown("several keys of one name differ in it", "several_keys")


class KeysByName:
    """The keys of a key list by their names, as they are at `now`; nameless keys have an empty name.

    Whether a key is listed at all is told only by a list that is not older than `max_age`.
    """

    def __init__(
        self, key_list: Union[AccountKeys, Unknown, None], now: datetime, max_age: timedelta = timedelta(0)
    ) -> None:
        self._is_old = windows.as_of(getattr(key_list, "as_of", None), now, max_age).is_old
        self._list = expired.account_keys(key_list, now) if isinstance(key_list, AccountKeys) else key_list
        self._now = now
        self._keys: dict[str, list[ListedKey]] = {}
        for key in self._list.keys if isinstance(self._list, AccountKeys) else ():
            self._keys.setdefault(key.name, []).append(key)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the listed keys, each once."""
        return tuple(self._keys)

    def meant(self, wanted: Sequence[str]) -> tuple[ListedKey, ...]:
        """Returns the listed keys that names or labels mean, or else the one that the beginning of a hash does."""
        named = [key for name in rows.wanted_keys(wanted, self.labels) for key in self._keys[name]]
        hashes = tuple(one.lower() for one in wanted if HASH_BEGINNING.fullmatch(one.lower()))
        every = (key for keys in self._keys.values() for key in keys)
        return tuple(named or (key for key in every if key.hash.startswith(hashes)))

    @property
    def labels(self) -> dict[str, str]:
        """The printed name of each name of a listed key."""
        return {name: self.label(name) for name in self._keys}

    def label(self, name: str) -> str:
        """Returns, for example, `x (2 keys)` for two keys, or `unnamed, created 2026-01-05` for a nameless one."""
        keys = self._keys.get(name, ())
        if len(keys) > 1:
            return f"{name or 'unnamed'} ({len(keys)} keys)"
        if not name and keys and keys[0].created:
            return f"unnamed, created {keys[0].created}"
        return name or "unnamed"

    def facts(self, name: str, use: Optional[Use], first: Optional[date] = None) -> KeyFacts:
        """Returns the facts about the keys of a name.

        `use` is all their use in the report's days, of which `first` is the first one; None if it is not known.
        """
        keys = self._keys.get(name, ())
        if not keys:
            return _unknown(NOT_A_KEY, 0) if name in WITHOUT_KEY else self._unlisted_facts()
        return KeyFacts(
            keys=len(keys),
            spend=windows.of_keys(keys, NOT_LISTED).credits,
            limit=_in_common([key.limit for key in keys]),
            expires_at=_expiry(keys, self._now),
            disabled=_in_common([key.disabled for key in keys]),
            marks=tuple(_marks(keys, use, first, self._now)),
            last_used=_last_use(keys),
        )

    def _unlisted_facts(self) -> KeyFacts:
        if isinstance(self._list, Unknown):
            return _unknown(self._list, self._list)
        if self._is_old:
            return _unknown(LIST_TOO_OLD, LIST_TOO_OLD)
        if self._list and self._list.default_workspace_only:
            gap = self._list.other_workspaces
            return _unknown(gap, gap)
        return _unknown(NOT_LISTED, 0)._replace(marks=("not_listed",))


def _unknown(reason: Unknown, keys: Union[int, Unknown]) -> KeyFacts:
    """Returns the facts about `keys` keys of which nothing else is known."""
    return KeyFacts(keys, Spend(reason, reason, reason), reason, reason, reason, (), reason)


def sum_up(facts: Sequence[KeyFacts]) -> KeyFacts:
    """Returns the sums of the live counters of several rows; limits and expiries cannot be summed.

    What is no key's use has no counters to be added: it makes no sum unknown.
    """
    keys = total((one.keys for one in facts), 0)
    spends = [one.spend for one in facts if NOT_A_KEY not in one.spend] or [one.spend for one in facts]
    return _unknown(NOT_SUMMED, keys)._replace(spend=windows.summed(spends))


def _in_common(figures: Sequence[Figure]) -> Union[Figure, Unknown]:
    """Returns the figure of a single key, or what several keys have in common: no limit, disabled or not disabled."""
    first = figures[0]
    can_be_common = first is None or isinstance(first, bool)
    if len(figures) == 1 or (can_be_common and all(one == first for one in figures)):
        return first
    return SEVERAL_KEYS


def _expiry(keys: Sequence[ListedKey], now: datetime) -> Union[datetime, Unknown, None]:
    """Returns the next expiry to come, or else an unknown one, or else the last; None if a key never expires."""
    expiries = [key.expires_at for key in keys if isinstance(key.expires_at, datetime)]
    to_come = [expiry for expiry in expiries if expiry > now]
    unknown = [key.expires_at for key in keys if isinstance(key.expires_at, Unknown)]
    if to_come or unknown:
        return min(to_come) if to_come else unknown[0]
    return max(expiries) if len(expiries) == len(keys) else None


def _last_use(keys: Sequence[ListedKey]) -> Union[datetime, Unknown, None]:
    """Returns the last use of any of the keys; an unknown one may be later than all others."""
    unknown = [key.last_used for key in keys if isinstance(key.last_used, Unknown)]
    return unknown[0] if unknown else max((key.last_used for key in keys if key.last_used), default=None)


def _marks(keys: Sequence[ListedKey], use: Optional[Use], first: Optional[date], now: datetime) -> Iterator[str]:
    if any(key.limit is None for key in keys):
        yield "no_limit"
    if any(key.disabled is True for key in keys):
        yield "disabled" if all(key.disabled is True for key in keys) else "some_disabled"
    if all(key.disabled is True for key in keys):
        yield from _spent_disabled(keys)
    yield from _expiry_marks(keys, use, first, now)
    if use and all(figure == 0 for figure in (use.usd, use.byok_usd, use.requests)):
        yield "unused"
    limit = _in_common([key.limit for key in keys])
    if isinstance(limit, Limit) and not limits.is_zero(limit) and (limits.share_used(limit) or 0) >= limits.NEAR:
        yield "near_limit"


def _expiry_marks(keys: Sequence[ListedKey], use: Optional[Use], first: Optional[date], now: datetime) -> Iterator[str]:
    expiry = _expiry(keys, now)
    if isinstance(expiry, datetime) and expiry <= now:
        yield "expired"
        if _spent_since(keys, expiry.date(), use, first, now):
            yield "still_spending"
    elif windows.expires_soon(expiry, now):
        yield "expires_soon"


def _spent_since(
    keys: Sequence[ListedKey], day: date, use: Optional[Use], first: Optional[date], now: datetime
) -> bool:
    """Tells whether something was spent after that UTC day, by the live counters or by the days of the report."""
    today = now.date()
    begun = {"today": today, "week": week_start(today), "month": month_start(today)}
    counters = windows.of_keys(keys, NOT_LISTED)
    live = [
        getattr(one, name) for name, start in begun.items() if start > day for one in (counters.credits, counters.byok)
    ]
    told = [use.usd, use.byok_usd] if use and first and first > day else []
    return any(isinstance(usd, Decimal) and usd > 0 for usd in (*live, *told))


def _spent_disabled(keys: Sequence[ListedKey]) -> Iterator[str]:
    """Yields in which window disabled keys spent; since when they are disabled is not told."""
    counters = windows.of_keys(keys, NOT_LISTED)
    for window, mark in (("today", "spent_today"), ("week", "spent_this_week")):
        if any(isinstance(usd, Decimal) and usd > 0 for usd in (getattr(one, window) for one in counters[:2])):
            yield mark
            return
