"""Asks what was used today so far, for which nobody waits as long as for all else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Optional, Tuple, Union

from openrouter_usage.errors import Failure
from openrouter_usage.fetch import completed_days
from openrouter_usage.fetch.asker import Desk, unknown
from openrouter_usage.records import Key, TodayUse, Unknown

if TYPE_CHECKING:
    from openrouter_usage.fetch.neighbours import Books, Shelf

PATIENCE = 0.1
"""The part of the time that is left for which it is waited for, once all else is there."""


def put(desk: Desk, router: Books, key: Key, dimensions: Tuple[str, ...], now: datetime) -> None:
    """Asks without waiting. With the day among the dimensions, rows of another day are told apart."""
    desk.put(*_question(router, key, dimensions, now))


def so_far(
    desk: Desk,
    router: Books,
    key: Key,
    dimensions: Tuple[str, ...],
    now: datetime,
    shelf: Optional[Shelf],
    share: float = PATIENCE,
) -> Union[TodayUse, Unknown]:
    """The account's use on the UTC day of `now`, until now; `share` is the part of the time that it may take."""
    table = desk.wait(*_question(router, key, dimensions, now), share=share)
    if isinstance(table, Failure):
        return unknown(table)
    activity = desk.wait(router.activity, key, share=0) if desk.was_put(router.activity, key) else None
    return completed_days.of_today(table, activity, shelf)


def _question(router: Books, key: Key, dimensions: Tuple[str, ...], now: datetime) -> Tuple[Any, ...]:
    return router.usage_until, key, dimensions, now.date(), now.date(), now
