"""Writes in words each difference between the counts, with its cause."""

from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Callable, Iterator, Optional, Sequence, Tuple

from openrouter_usage.commands.doctor.records import (
    ANALYTICS,
    BYOK,
    COMPLETED,
    COMPLETED_AND_TODAY,
    DISABLED,
    EXPIRED,
    KEY,
    KEYS,
    NO_KEYS_USE,
    OTHER_KEYS,
    OTHER_TIMES,
    OTHER_WORKSPACES,
    TODAY,
    UNEXPLAINED,
    UNLISTED,
    Difference,
    Reconciliation,
)
from openrouter_usage.records import Note, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import short

NAMES = {
    COMPLETED: "/activity",
    COMPLETED_AND_TODAY: "/activity with today",
    ANALYTICS: "/analytics/query",
    KEYS: "/keys",
    KEY: "the key's own counter",
}

CAUSES = {
    OTHER_WORKSPACES: "keys of other workspaces",
    DISABLED: "disabled keys",
    EXPIRED: "expired keys",
    NO_KEYS_USE: "use without a key (the chatroom, perhaps)",
}

PARTS = (OTHER_KEYS, UNLISTED, *CAUSES)
"""The causes that people are told in one sentence, where they are of one side."""

LATE = "not published yet"
MOST_DAYS = 5
"""So many days are named in a line; the others are added up."""

Sort = Tuple[str, str, bool]
"""Of which side and cause a difference is, and whether it is of a single day."""


def sentences(found: Reconciliation) -> Iterator[str]:
    """For people: all causes of one side together."""
    return (note.message for note in _notes(found, _sentence_of))


def notes(found: Reconciliation) -> Iterator[Note]:
    """Each cause of each side for itself."""
    return _notes(found, _sort)


def _sort(one: Difference) -> Sort:
    return one.side, one.cause, one.day is not None


def _sentence_of(one: Difference) -> Sort:
    return one.side, "" if one.cause in PARTS else one.cause, one.day is not None


def _notes(found: Reconciliation, sort: Callable[[Difference], Sort]) -> Iterator[Note]:
    """In order; of an account that is told of above only what the key adds."""
    for _, alike in groupby(found.differences, sort):
        told = list(alike)
        if told[0].side == KEY or not found.account_of:
            yield from _alike(told, found)
    yield from _caveats(found)


def _alike(told: Sequence[Difference], found: Reconciliation) -> Iterator[Note]:
    if told[0].day is None:
        yield Note(f"books_{told[0].cause}", _sentence(told, found))
    else:
        yield from _days_that_differ(told)


def _sentence(told: Sequence[Difference], found: Reconciliation) -> str:
    one = told[0]
    if one.cause == TODAY:
        return f"/activity alone, and the total of `report`, lack {dollars(one.usd)}: today is in no completed day"
    if one.cause == BYOK:
        return f"BYOK, {dollars(one.usd)}, is in none of these: a dashboard that adds it shows {_with_byok(one, found)}"
    if one.cause == OTHER_TIMES:
        return _of_other_times(one, found)
    return _unexplained(one, found) if one.cause == UNEXPLAINED else _lacking(told, found)


def _with_byok(one: Difference, found: Reconciliation) -> str:
    base = found.base_side.usd
    return dollars(base if isinstance(base, Unknown) else base + one.usd)


def _lacking(parts: Sequence[Difference], found: Reconciliation) -> str:
    """The causes of what one side lacks, each with its amount where there are several."""
    name, whole = NAMES[parts[0].side], sum((one.usd for one in parts), Decimal(0))
    amounts = [f" {dollars(one.usd)}" if len(parts) > 1 else "" for one in parts]
    causes = [_cause(one, found) + amount for one, amount in zip(parts, amounts)]
    return f"{name[:1].upper()}{name[1:]} lacks {dollars(whole)}: {', '.join(causes)}"


def _cause(one: Difference, found: Reconciliation) -> str:
    if one.cause == UNLISTED:
        perhaps = "of other workspaces or deleted" if found.default_workspace_only else "deleted"
        return f"keys in no list ({perhaps}, perhaps)"
    if one.cause == OTHER_KEYS:
        several = isinstance(found.workspaces, int) and found.workspaces > 1
        return "other keys of its workspace" if several else "other keys"
    return CAUSES[one.cause]


def _of_other_times(one: Difference, found: Reconciliation) -> str:
    side = found.sides[one.side] if one.side in (KEYS, KEY) else found.completed
    times = f"the one was told {_stamp(side.as_of.at)}, the other {_stamp(found.base_side.as_of.at)}"
    what = f"{NAMES[one.side]} and {NAMES[found.base]} differ by {dollars(abs(one.usd))}"
    return f"Not balanced: {what}, but {times}"


def _stamp(at: datetime) -> str:
    return f"{short(at)} {at:%H:%M} UTC"


def _unexplained(one: Difference, found: Reconciliation) -> str:
    others = [each for each in found.differences if each.side == one.side and each is not one]
    named = ", with all that is named here," if others else ""
    than = f"{'lower' if one.usd > 0 else 'higher'} than {NAMES[found.base]}"
    return f"Unexplained: {NAMES[one.side]}{named} is {dollars(abs(one.usd))} {than}, perhaps {_perhaps(one, found)}"


def _perhaps(one: Difference, found: Reconciliation) -> str:
    """What it may be of; only what a list or a key lacks may be of others."""
    if one.side not in (KEYS, KEY) or one.usd < 0:
        return LATE
    if found.default_workspace_only:
        return f"of other workspaces, or {LATE}"
    return f"of other keys, or {LATE}" if one.side == KEY else LATE


def _days_that_differ(daily: Sequence[Difference]) -> Iterator[Note]:
    """Completed days of which /activity has less, or more, than analytics."""
    code = f"books_{UNEXPLAINED}"
    less, more = [one for one in daily if one.usd > 0], [one for one in daily if one.usd < 0]
    if less:
        yield Note(code, f"Unexplained: /activity lacks {_dated(less)}, perhaps {LATE}")
    if more:
        yield Note(code, f"Unexplained: /activity has more than /analytics/query: {_dated(more)}")


def _dated(daily: Sequence[Difference]) -> str:
    named = [f"{dollars(abs(one.usd))} on {_day(one.day)}" for one in daily[-MOST_DAYS:]]
    others = daily[:-MOST_DAYS]
    if others:
        total = sum((one.usd for one in others), Decimal(0))
        named.insert(0, f"{dollars(abs(total))} on {len(others)} days before")
    return ", ".join(named)


def _day(day: Optional[date]) -> str:
    return short(day) if day else ""


def _caveats(found: Reconciliation) -> Iterator[Note]:
    """What is not counted, or not compared."""
    if found.default_workspace_only and not found.account_of:
        yield Note(
            "books_default_workspace_only", "The workspaces could not be listed: /keys is of the default one alone"
        )
    is_known = found.own is not None and not isinstance(found.own.usd, Unknown)
    if is_known and found.is_apart is not False and found.base:
        yield _not_compared(found)


def _not_compared(found: Reconciliation) -> Note:
    name = found.own_name
    if found.is_apart:
        return Note("books_two_accounts", f"{name} is of another account, so it is not compared with this one")
    gap = f"OpenRouter did not tell whether {name} is of this account, so it is not compared with it"
    return Note("books_account_not_told", gap)
