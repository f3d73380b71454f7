"""Writes how the books of an account's month stand: each count of it, and what is to be said of them."""

from datetime import datetime
from typing import Iterable, Iterator, Tuple

from openrouter_usage.commands.doctor.differences import NAMES, notes, sentences
from openrouter_usage.commands.doctor.records import KEY, OTHER_TIMES, UNEXPLAINED, Difference, Reconciliation, Side
from openrouter_usage.records import DAY_NOT_KNOWN, Amount, Note, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import in_brackets, short, told
from openrouter_usage.text.document import Json


def lines(found: Reconciliation, now: datetime) -> Iterator[str]:
    """A short block; a single line where nothing is known of the account."""
    of = f" of {found.profile}" if found.profile else ""
    if not found.is_told:
        yield f"Books{of}: not known ({_why(found)}){_own_alone(found, now)}"
    elif not found.account_of:
        live = f"* with today, as of {_time(found.base_side.as_of.at, now)}"
        yield f"Books{of} since {short(found.month)} (UTC; credits; {live}):"
        yield from _block(found, now)
    else:
        yield f"Books{of}: the account is that of {found.account_of}, above"
        yield from () if found.own is None else _block(found, now)


def _block(found: Reconciliation, now: datetime) -> Iterator[str]:
    yield from _aligned(_rows(found, now))
    said = list(sentences(found))
    yield from (f"  {sentence}" for sentence in said)
    if _agrees(found):
        yield "  Otherwise the books agree." if said else "  The books agree."


def _why(found: Reconciliation) -> str:
    gap = found.analytics.usd
    return gap.reason if isinstance(gap, Unknown) else ""


def _own_alone(found: Reconciliation, now: datetime) -> str:
    if found.own is None or isinstance(found.own.usd, Unknown):
        return ""
    says = f"; {found.own_name}'s own counter says {_live(found.own.usd)} this month"
    return says + in_brackets(told(found.own.as_of, now))


def _live(amount: Amount) -> str:
    return "unknown" if isinstance(amount, Unknown) else f"{dollars(amount)}*"


def _time(at: datetime, now: datetime) -> str:
    day = "" if at.date() == now.date() else f"{short(at)} "
    return f"{day}{at:%H:%M} UTC"


def _agrees(found: Reconciliation) -> bool:
    """Whether at least two sides of the account are known, and nothing is left to explain."""
    known = [name for name, side in found.sides.items() if name != KEY and not isinstance(side.usd, Unknown)]
    return len(known) > 1 and not any(one.cause in (UNEXPLAINED, OTHER_TIMES) for one in found.differences)


# Rows


def _rows(found: Reconciliation, now: datetime) -> Iterator[Tuple[str, str]]:
    """Of each side the amount, and what it is."""
    if not found.account_of:
        completed_and_today = found.completed_and_today
        known = not isinstance(completed_and_today.usd, Unknown)
        yield _live(completed_and_today.usd), _days(found) + (_remark(completed_and_today, now) if known else "")
        yield _live(found.analytics.usd), f"/analytics/query{_remark(found.analytics, now)}"
        yield _live(found.listed.usd), f"/keys{_number(found)}{_remark(found.listed, now)}"
    if found.own is not None:
        yield _live(found.own.usd), f"{found.own_name} by its own counter{_remark(found.own, now)}"


def _remark(side: Side, now: datetime) -> str:
    """Why it is not known; when it was told, where that is long ago."""
    return f" ({side.usd.reason})" if isinstance(side.usd, Unknown) else in_brackets(told(side.as_of, now))


def _days(found: Reconciliation) -> str:
    today = found.today
    if isinstance(today, Unknown):
        return f"/activity{_completed(found)}, today unknown ({today.reason})"
    return f"/activity{_completed(found)}, and today by {NAMES[found.today_by]} ({_live(today)})"


def _completed(found: Reconciliation) -> str:
    usd, gap = found.completed.usd, found.completed_and_today.usd
    if isinstance(usd, Unknown):
        return f": completed days unknown ({usd.reason})"
    if found.completed_to is None:
        return ": no completed day yet"
    missing = f"; {gap.reason}" if isinstance(gap, Unknown) and gap.code == DAY_NOT_KNOWN.code else ""
    return f" to {short(found.completed_to)} ({dollars(usd)}{missing})"


def _number(found: Reconciliation) -> str:
    if isinstance(found.keys, Unknown):
        return ""
    keys = f": {found.keys} {'key' if found.keys == 1 else 'keys'}"
    if found.default_workspace_only:
        return f"{keys} of the default workspace"
    if isinstance(found.workspaces, Unknown):
        return keys
    return f"{keys} in {found.workspaces} {'workspace' if found.workspaces == 1 else 'workspaces'}"


def _aligned(rows: Iterable[Tuple[str, str]]) -> Iterator[str]:
    every = list(rows)
    width = max((len(amount) for amount, _ in every), default=0)
    return (f"  {amount:>{width}} {what}" for amount, what in every)


# JSON


def cells(found: Reconciliation) -> Json:
    """The sides in full precision; each time is that of its figure."""
    return {
        **({"profile": found.profile} if found.profile else {}),
        "from": found.month,
        "completed_to": found.completed_to,
        **{f"{name}_usd": amount if found.is_told or name == KEY else None for name, amount in _amounts(found)},
        "base": found.base or None,
        "as_of": {name: side.as_of.at for name, side in found.sides.items() if not isinstance(side.usd, Unknown)},
        "differences": [_difference(one) for one in found.differences],
    }


def _amounts(found: Reconciliation) -> Iterator[Tuple[str, Amount]]:
    yield "completed", found.completed.usd
    yield "today", found.today
    yield from ((name, side.usd) for name, side in found.sides.items())
    yield "byok", found.byok


def _difference(one: Difference) -> Json:
    return {"side": one.side, "cause": one.cause, "usd": one.usd, **({"day": one.day} if one.day else {})}


def as_notes(every: Iterable[Reconciliation]) -> Iterator[Note]:
    """Each difference in words; why nothing is known of an account."""
    for found in every:
        of = f"{found.profile}: " if found.profile else ""
        if found.is_told:
            yield from (note._replace(message=of + note.message) for note in notes(found))
        elif isinstance(found.analytics.usd, Unknown):
            gap = found.analytics.usd
            yield Note(gap.code, f"books: {of}{gap.advice}")
