"""Asks what is judged of each account beside its summary."""

from __future__ import annotations

from datetime import datetime
from typing import Dict, Iterable, List, Sequence, Tuple, Union

from openrouter_usage.commands.check.records import Thresholds, Watched
from openrouter_usage.commands.summary.records import AccountAnswers
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import key_list
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.figures import expired
from openrouter_usage.records import KeyInfo, ListedKey, Unknown
from openrouter_usage.session.session import Session


def watched(session: Session, by: Thresholds, all_answers: Sequence[AccountAnswers]) -> Tuple[Watched, ...]:
    """Returns for each account what these thresholds judge beside the summary, asked with its management key."""
    askers = {profile.name: profile.asker for profile in session.profiles}
    return tuple(_watched(askers[answers.profile], by, answers) for answers in all_answers)


def _watched(asker: Asker, by: Thresholds, answers: AccountAnswers) -> Watched:
    watches_keys = by.of("limit").are_set and answers.is_by_management
    return Watched(keys=_other_keys(asker, answers) if watches_keys else None)


def _other_keys(asker: Asker, answers: AccountAnswers) -> Union[Dict[str, ListedKey], Unknown]:
    """Returns the account's keys that can be used, but for the one that told of itself."""
    if answers.asked_with is None:
        return {}
    found = key_list.every_key(asker, answers.asked_with)
    if isinstance(found, Failure):
        return unknown(found)
    own = answers.key.label_id if isinstance(answers.key, KeyInfo) else ""
    usable = [key for key in expired.account_keys(found, asker.now).keys if _is_usable(key, asker.now)]
    same = [key for key in usable if own and key.label_id == own]
    return _named(key for key in usable if len(same) != 1 or key not in same)


def _is_usable(key: ListedKey, now: datetime) -> bool:
    """Tells whether the key can be used, unless OpenRouter does not tell: neither disabled nor expired."""
    return key.disabled is not True and not (isinstance(key.expires_at, datetime) and key.expires_at <= now)


def _named(keys: Iterable[ListedKey]) -> Dict[str, ListedKey]:
    """Returns the keys by their names; those that share one, or have none, by the beginning of their hashes as well."""
    every: List[ListedKey] = list(keys)
    names = [key.name for key in every]
    return {
        key.name if key.name and names.count(key.name) == 1 else f"{key.name or 'unnamed'}, hash {key.hash[:8]}": key
        for key in every
    }
