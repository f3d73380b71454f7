"""The keys that a search found: it need not be made again while everything it depends on is as it was.

`fingerprint` is that everything, as `keys.sources` tells it; it is stored as a salted digest.
"""

from __future__ import annotations

from typing import Optional

from openrouter_usage.cache import json_store
from openrouter_usage.cache.cache import Cache, falls_back_to
from openrouter_usage.cache.locks import CHANGING_KEYS
from openrouter_usage.days import DAY
from openrouter_usage.files import salted
from openrouter_usage.records import Keys

FOUND, PROFILES = "keys", "profiles"

SEARCHED_AGAIN = DAY
"""The age at which a search is made again: what a keychain holds may be another by then."""


@falls_back_to(None)
def last(cache: Cache, fingerprint: str, however_old: bool = False) -> Optional[Keys]:
    """The keys that the last search found, unless it is to be made again."""
    held = json_store.last(cache.database, _id(cache, fingerprint), FOUND)
    if held is None or not isinstance(held[1], Keys):
        return None
    return held[1] if however_old or abs(cache.now - held[0]) < SEARCHED_AGAIN else None


@falls_back_to(None)
def keep(cache: Cache, fingerprint: str, keys: Keys) -> None:
    """Stores what a search found, where it could read every place; there is no secret in it."""
    if keys.is_whole and last(cache, fingerprint) != keys:
        json_store.keep(cache.database, _id(cache, fingerprint), FOUND, keys, cache.now)


@falls_back_to(None)
def forget(cache: Cache, fingerprint: str) -> None:
    """Deletes what a search found that finds nothing any more."""
    json_store.forget(cache.database, FOUND, _id(cache, fingerprint))


@falls_back_to(None)
def forget_all(cache: Cache) -> None:
    """Deletes what all searches found: a key was stored, or taken out."""
    json_store.forget(cache.database, FOUND)


@falls_back_to(True)
def claim_change(cache: Cache) -> bool:
    """Claims the right to change which keys are stored, until this process ends; False while another has it."""
    return cache.database.locks.acquire(CHANGING_KEYS)


@falls_back_to(())
def profiles(cache: Cache) -> tuple[str, ...]:
    """The profiles that the keychain had at the last search for them."""
    held = json_store.last(cache.database, PROFILES, PROFILES)
    return held[1] if held else ()


@falls_back_to(None)
def keep_profiles(cache: Cache, names: tuple[str, ...]) -> None:
    """Stores which profiles the keychain has."""
    if names != profiles(cache):
        json_store.keep(cache.database, PROFILES, PROFILES, names, cache.now)


def _id(cache: Cache, fingerprint: str) -> str:
    return salted(fingerprint, cache.database.salt).hex()
