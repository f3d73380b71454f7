"""Keeps how the last renewal in the background went, and lets one process at a time be at it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Optional, Tuple

from openrouter_usage.cache import accounts, answers
from openrouter_usage.cache.database import History
from openrouter_usage.cache.locks import ASKING
from openrouter_usage.digests import salted
from openrouter_usage.records import Renewal

RENEWAL = "renewal"

BETWEEN, LONGEST = timedelta(seconds=3), timedelta(minutes=5)
"""However often a bar is shown: one that was in vain is not tried again sooner, at first and in the end."""


def last(history: History, whose: str) -> Optional[Tuple[datetime, Renewal]]:
    """The last one for those keys, and when that was."""
    return answers.last(history, _name(history, whose), RENEWAL)


def claim(history: History, whose: str, clock: datetime, at: datetime) -> bool:
    """Whether nobody is at it, nor tried in vain a moment before `clock`; from then on nobody else may."""
    name = _name(history, whose)
    if history.turn.is_taken(_place(history, name)):
        return False
    with history.changing():
        held = last(history, whose)
        before = held[1] if held else Renewal(clock, is_done=True)
        if not before.is_done and timedelta(0) <= clock - before.begun < pause(before.in_vain):
            return False
        in_vain = 1 if before.is_done else before.in_vain + 1
        answers.put(history, name, RENEWAL, Renewal(clock, False, before.trouble, in_vain), at)
    return True


def pause(in_vain: int) -> timedelta:
    """After each one in vain twice as long, up to a few minutes."""
    doubled: timedelta = BETWEEN * 2 ** min(in_vain - 1, 9)
    return min(doubled, LONGEST)


def begin(history: History, whose: str, clock: datetime, at: datetime) -> Optional[Renewal]:
    """The one that was claimed; None while another process is at it. Until the end of this one nobody else is."""
    if not history.turn.take(_place(history, _name(history, whose))):
        return None
    held = last(history, whose)
    if held and not held[1].is_done:
        return held[1]
    begun = Renewal(clock, in_vain=1)
    answers.keep(history, _name(history, whose), RENEWAL, begun, at)
    return begun


def end(history: History, whose: str, renewal: Renewal, at: datetime) -> None:
    """Where it was forgotten meanwhile, because there is another key, say, it says nothing."""
    held = last(history, whose)
    if held and held[1].begun == renewal.begun:
        answers.keep(history, _name(history, whose), RENEWAL, renewal, at)


def _name(history: History, whose: str) -> str:
    return salted(whose, history.salt).hex()


def _place(history: History, name: str) -> int:
    return ASKING + accounts.place(history, name, RENEWAL)


def forget(history: History) -> None:
    answers.forget(history, RENEWAL)
