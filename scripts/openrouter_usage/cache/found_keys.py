"""Keeps which keys a search found, so that it need not be made again while all that it depends on is as it was."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Tuple

from openrouter_usage.cache import answers
from openrouter_usage.cache.database import History
from openrouter_usage.digests import salted
from openrouter_usage.records import Keys

FOUND, PROFILES = "keys", "profiles"


def keys(history: History, standing: str) -> Optional[Tuple[datetime, Keys]]:
    """What was found, with a digest in place of each key and of its address, and when."""
    held = answers.last(history, _name(history, standing), FOUND)
    return held if held and isinstance(held[1], Keys) else None


def keep_keys(history: History, standing: str, found: Keys, at: datetime) -> None:
    """`found` has no secret in it."""
    answers.keep(history, _name(history, standing), FOUND, found, at)


def forget_all(history: History) -> None:
    answers.forget(history, FOUND)


def forget(history: History, standing: str) -> None:
    answers.forget(history, FOUND, _name(history, standing))


def profiles(history: History) -> Tuple[str, ...]:
    held = answers.last(history, PROFILES, PROFILES)
    return held[1] if held else ()


def keep_profiles(history: History, names: Tuple[str, ...], at: datetime) -> None:
    answers.keep(history, PROFILES, PROFILES, names, at)


def _name(history: History, standing: str) -> str:
    return salted(standing, history.salt).hex()
