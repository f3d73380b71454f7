"""Finds whether two keys belong to one account, whose figures may be added up, or to two."""

from __future__ import annotations

from typing import Optional

from openrouter_usage.fetch import questions
from openrouter_usage.fetch.asker import Asker
from openrouter_usage.figures.same_account import are_of_two_creators, have_different_credits
from openrouter_usage.records import AccountKeys, Credits, Key, KeyInfo


def are_one(asker: Asker, regular: Key, management: Key) -> Optional[bool]:
    """Tells whether two keys that do not say it themselves are of one account; None where it is not told in any way.

    Members of one organization have keys of two creators: the management key lists the other one by its label.
    """
    own, other = (asker.known(questions.key(key)) for key in (regular, management))
    if not isinstance(own, KeyInfo):
        return None
    if own.label_id and _lists(asker, management, own.label_id):
        return True
    if not isinstance(other, KeyInfo) or not are_of_two_creators(own, other):
        return None
    one, another = (asker.known(questions.credits(key)) for key in (regular, management))
    if isinstance(one, Credits) and isinstance(another, Credits):
        return False if have_different_credits(one, another, asker.now) else None
    return None


def _lists(asker: Asker, management: Key, label_id: str) -> bool:
    from openrouter_usage.fetch.key_list import every_key  # rarely of use

    listed = every_key(asker, management)
    return isinstance(listed, AccountKeys) and any(one.label_id == label_id for one in listed.keys)
