"""Decides by what two keys tell whether they belong to two accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Optional

from openrouter_usage.figures.windows import LAG, are_simultaneous
from openrouter_usage.records import Amount, Credits, KeyInfo, Unknown


def are_apart(one: KeyInfo, other: KeyInfo) -> Optional[bool]:
    """Tells whether two keys belong to two accounts: by organization, else by creator. None: that is not told.

    Two creators alone prove nothing: an organization's members each make their own keys.
    """
    if not isinstance(one.organization, Unknown) and not isinstance(other.organization, Unknown):
        if one.organization != other.organization:
            return True
        if one.organization is not None:
            return False
    is_same_creator = isinstance(one.creator, str) and one.creator == other.creator
    return False if is_same_creator else None


def are_of_two_creators(one: KeyInfo, other: KeyInfo) -> bool:
    """Tells whether the keys were made by two users, who may be members of one organization."""
    return isinstance(one.creator, str) and isinstance(other.creator, str) and one.creator != other.creator


def have_different_credits(one: Credits, other: Credits, now: datetime) -> bool:
    """Tells whether two answers about credits, told together, are more than 1% apart: then they are of two accounts.

    An answer of zeros tells nothing: OpenRouter gives it to some keys of funded accounts.
    """
    is_told = all(figure != 0 for credits in (one, other) for figure in credits[:2])
    if not is_told or not are_simultaneous(one.as_of or now, other.as_of or now):
        return False
    return _differ(one.purchased, other.purchased) or _differ(one.used, other.used)


def _differ(one: Amount, other: Amount) -> bool:
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return False
    return abs(one - other) > LAG * max(abs(one), abs(other))
