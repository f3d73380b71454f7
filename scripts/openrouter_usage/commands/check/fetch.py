"""Asks what is judged of each account beside its summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage.cache import spikes
from openrouter_usage.commands.check.records import Thresholds, Watched
from openrouter_usage.commands.summary.records import AccountAnswers, Block, Summary, credits_of
from openrouter_usage.days import DAY, HOUR, midnight
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import key_list, usual_hours
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.figures import expired
from openrouter_usage.figures import usual_hours as figures
from openrouter_usage.figures.usual_hours import Hours
from openrouter_usage.rare_records import SpikeMark
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, AccountKeys, Key, KeyInfo, ListedKey, Unknown
from openrouter_usage.session.session import Session


def ask(session: Session, by: Thresholds) -> None:
    """Asks, without waiting for any answer, what the management keys are likely to be needed for."""
    for profile in session.profiles if by.spike else ():
        if isinstance(profile.keys.management, Key):
            usual_hours.ask(profile.asker, profile.keys.management)


def watched(
    session: Session, by: Thresholds, shown: Summary, all_answers: Sequence[AccountAnswers]
) -> tuple[Watched, ...]:
    """Returns for each account what these thresholds judge beside the summary, asked with its management key.

    Whether unusually much is spent, by the usual factor, is cached for `bar`.
    """
    askers = {profile.name: profile.asker for profile in session.profiles}
    pairs = zip(all_answers, shown.blocks)
    found = tuple(_watched(askers[answers.profile], by, answers, block) for answers, block in pairs)
    known = [one.hours for one in found if isinstance(one.hours, Hours)]
    if known and not session.args.offline:
        spikes.keep(session.cache, session.whose, _mark(known))
    return found


def _mark(accounts: Iterable[Hours]) -> Optional[SpikeMark]:
    """Returns the greatest spike of all accounts: one of today holds until midnight, one of an hour for an hour."""
    marks = []
    for hours in accounts:
        for pace in figures.paces(hours, figures.FACTOR):
            ends = midnight(hours.at.date() + DAY) if pace.window == "today" else pace.until + HOUR
            marks += [SpikeMark(pace.times, ends)] if pace.is_spike else []
    return max(marks, key=lambda one: Decimal("Infinity") if one.times is None else one.times, default=None)


def _watched(asker: Asker, by: Thresholds, answers: AccountAnswers, block: Block) -> Watched:
    key = answers.asked_with
    if not answers.is_by_management or key is None:
        gap = answers.spend if isinstance(answers.spend, Unknown) else NEEDS_MANAGEMENT_KEY
        return Watched(hours=gap if by.spike else None)
    so_far = NEEDS_MANAGEMENT_KEY if block.account_as_of.is_old else credits_of(block.account).today
    listed = key_list.every_key(asker, key) if by.of("limit").are_set else None
    return Watched(
        keys=_other_keys(listed, answers.key, asker.now) if listed else None,
        unlisted=listed.other_workspaces if isinstance(listed, AccountKeys) and listed.default_workspace_only else None,
        hours=usual_hours.known(asker, key, answers.evidence, so_far) if by.spike else None,
    )


def _other_keys(
    found: Union[AccountKeys, Failure], own_answer: Union[KeyInfo, Unknown, None], now: datetime
) -> Union[dict[str, ListedKey], Unknown]:
    """Returns the account's keys that can be used, but for the one that told of itself."""
    if isinstance(found, Failure):
        return unknown(found)
    own = own_answer.label_id if isinstance(own_answer, KeyInfo) else ""
    usable = [key for key in expired.account_keys(found, now).keys if key.is_usable(now)]
    same = [key for key in usable if own and key.label_id == own]
    return _named(key for key in usable if len(same) != 1 or key not in same)


def _named(keys: Iterable[ListedKey]) -> dict[str, ListedKey]:
    """Returns the keys by their names; those that share one, or have none, by the beginning of their hashes as well."""
    every: list[ListedKey] = list(keys)
    names = [key.name for key in every]
    return {key.name if key.name and names.count(key.name) == 1 else key.name_and_hash: key for key in every}
