"""Whether unusually much was spent when that was last judged, for `bar`, which asks nothing itself.

`whose` tells with which keys it was judged; it is stored as a salted digest.
"""

from __future__ import annotations

from typing import Optional

from openrouter_usage.cache import json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.files import salted
from openrouter_usage.rare_records import SpikeMark

SPIKE = "spike"


@falls_back_to(None)
def current(cache: Cache, whose: str) -> Optional[SpikeMark]:
    """The mark that still holds, if there is one."""
    held = json_store.last(cache.database, _id(cache, whose), SPIKE)
    mark = held[1] if held and held[0] <= cache.now else None
    return mark if isinstance(mark, SpikeMark) and cache.now < mark.until else None


@falls_back_to(None)
def keep(cache: Cache, whose: str, mark: Optional[SpikeMark]) -> None:
    """Stores what was judged just now; None: nothing was unusual, or it is not known."""
    key_id = _id(cache, whose)
    if mark is None:
        if json_store.last(cache.database, key_id, SPIKE):
            json_store.forget(cache.database, SPIKE, key_id)
        return
    json_store.keep(cache.database, key_id, SPIKE, mark, cache.now, tries_again=True)


def _id(cache: Cache, whose: str) -> str:
    return salted(whose, cache.database.salt).hex()
