"""Looks at the keys and at what is remembered of their accounts, for the doctor to tell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Iterator, List, Optional, Union

from desk import Desk, unknown
from diagnosis import Diagnosis, KeyFound
from errors import Failure, KeyTrouble
from usage import Key, KeyInfo, Keys, Note, Unknown

KINDS = {True: "management", False: "regular"}
NOT_TOLD = Unknown("OpenRouter did not tell")


if TYPE_CHECKING:
    from neighbours import Inventory, Questions


def take(
    router: Questions, keys: Keys, now: datetime, demo: bool, desk: Desk, memory: Optional[Inventory]
) -> Diagnosis:
    """Each key's kind, as it says itself, and what memory holds of its account."""
    slots = [slot for slot in (keys.regular, keys.management) if slot is not None]
    found = [slot for slot in slots if isinstance(slot, Key)]
    for key in found:
        desk.put(router.key, key)
    answers = [desk.wait(router.key, key) for key in found]
    return Diagnosis(
        as_of=now,
        demo=demo,
        keys=tuple(KeyFound(key.name, key.source, _kind(answer)) for key, answer in zip(found, answers)),
        memory=memory.contents(found) if memory else None,
        exit_code=_exit_code(answers),
        notes=tuple(_notes(slots, desk)),
    )


def _notes(slots: List[Union[Key, Unknown]], desk: Desk) -> Iterator[Note]:
    yield from (Note(slot.code, slot.reason) for slot in slots if isinstance(slot, Unknown))
    if desk.replaced:
        yield Note("remembered", f"the kinds of the keys are remembered ones: {desk.replaced[0].message}")


def _kind(answer: Union[KeyInfo, Failure]) -> Union[str, Unknown]:
    if isinstance(answer, Failure):
        return unknown(answer)
    return NOT_TOLD if answer.is_management is None else KINDS[answer.is_management]


def _exit_code(answers: List[Union[KeyInfo, Failure]]) -> int:
    """0 where any key was answered, or what it was answered is remembered."""
    failures = [answer for answer in answers if isinstance(answer, Failure)]
    if len(failures) < len(answers):
        return 0
    return failures[0].exit_code if failures else KeyTrouble.exit_code
