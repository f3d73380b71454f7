"""Writes how long the balance and each limit last, in a line and as JSON cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Callable, Optional, Union

from openrouter_usage.forecast.records import (
    BALANCE_SCOPE,
    CRITICAL_DAYS,
    WARNING_DAYS,
    Forecast,
    Pace,
    ScopeRunway,
    UnknownRunway,
)
from openrouter_usage.records import CREDITS_PAGE, Balance, Note, Unknown
from openrouter_usage.text.amounts import dollars, number_of
from openrouter_usage.text.dates import WEEKDAYS, short
from openrouter_usage.text.style import CRITICAL, SIGN, WARNING, Line

if TYPE_CHECKING:
    from openrouter_usage.text.document import Json

SCOPE_NAMES = {
    BALANCE_SCOPE: "Balance",
    "key_limit": "Key limit",
    "api_key": "Key budget",
    "member": "Member budget",
    "workspace": "Workspace budget",
    "workspace_default_key": "Workspace's key budget",
    "workspace_default_member": "Workspace's member budget",
}
LONGEST_SCOPE = 40
"""The most letters shown of a scope that is none of these."""

ALL_KEYS, THIS_KEY = "all keys", "this key"
SPENDERS = {"account": ALL_KEYS, "key": THIS_KEY}
"""Whose spend a figure is, in words."""

YEAR = 365
ENDING = ("days", "low_days", "high_days", "on", "earliest", "latest")
"""The fields of a ScopeRunway that are cells of the same name."""

UNKNOWN_BALANCE = "the balance is unknown and may block first"
NO_WEEK_BEFORE = Unknown("nothing was spent in the week before", "nothing_spent")


def lines(
    forecast: Union[Forecast, Unknown], balance: Union[Balance, Unknown], names_key: bool = False
) -> Iterator[str]:
    """Yields how long it takes until something blocks, and a warning if that is soon; no line if nothing can.

    With `names_key` the limit that blocks is said to be this key's, since figures of all keys stand beside it.
    """
    if isinstance(forecast, Unknown):
        if isinstance(balance, Balance) and forecast.code != "never_funded":
            yield f"Lasts: {'no end in sight' if forecast.code == 'idle' else 'unknown'} ({forecast.reason})"
        return
    first = forecast.scopes[0]
    unknown = [scope_name(one.scope).lower() for one in forecast.troubling if one.scope != BALANCE_SCOPE]
    others = "".join(f"; the {name}: unknown" for name in unknown)
    yield f"Lasts: {_lasting(first, names_key)}{others}{balance_may_block(forecast)}"
    role = level_role(first)
    if role:
        yield Line(_warning(first), role)


def level_role(one: ScopeRunway) -> str:
    """Returns the role of a line on this runway: a level of `check` if it is that short, else none."""
    if one.days is None or one.days >= WARNING_DAYS or one.only_free:
        return ""
    return CRITICAL if one.days < CRITICAL_DAYS else WARNING


def balance_may_block(forecast: Union[Forecast, Unknown]) -> str:
    """Returns the words, to follow those on what blocks first, for a balance that may do so before; else nothing."""
    gap = forecast.may_block_first if isinstance(forecast, Forecast) else None
    if gap is None:
        return ""
    if isinstance(gap.remaining, Unknown):
        return f"; {UNKNOWN_BALANCE}"
    return "; how long the balance lasts is unknown"


def scope_name(scope: str) -> str:
    """Returns the name of a limit's scope for people."""
    is_short = len(scope) <= LONGEST_SCOPE
    return SCOPE_NAMES.get(scope, f"Budget ({scope if is_short else scope[: LONGEST_SCOPE - 1] + '…'})")


def _lasting(one: ScopeRunway, names_key: bool) -> str:
    name = scope_name(one.scope).lower()
    if one.only_free:
        return only_free(one.scope)
    if one.remaining <= 0:
        return f"nothing is left of the {name}"
    if one.days is None:
        until = f"the {name} until its reset ({short(one.resets_at)})" if one.resets_at else about(None)
        return until + at_rate(one)
    of_key = names_key and name.startswith("key ")
    blocking = f"this key's {name[len('key ') :]}" if of_key else f"the {name}"
    then = "" if one.scope == BALANCE_SCOPE else f", then {blocking} blocks"
    return f"{about(one.days)} ({between(one)}){at_rate(one)}{then}"


def only_free(scope: str) -> str:
    """Returns the words for a limit of zero."""
    return f"the {scope_name(scope).lower()} is $0.00, for free models alone"


def _warning(one: ScopeRunway) -> str:
    if one.scope == BALANCE_SCOPE:
        expected = "may have run out" if one.days == 0 else f"run out in {about(one.days)}"
        what = "Calls may fail" if one.remaining <= 0 else f"Credits {expected}"
        return f"{SIGN}{what}: top up at {CREDITS_PAGE}"
    reset = f" until its reset ({short(one.resets_at)})" if one.resets_at else ""
    expected = "may block by now" if one.days == 0 else f"blocks in {about(one.days)}"
    when = "blocks now" if one.remaining <= 0 else expected
    return f"{SIGN}{scope_name(one.scope)} {when}{reset}"


def about(days: Optional[Decimal], tenths_below: int = WARNING_DAYS) -> str:
    """Returns such as "~9 days", and "~2.0 days" for few. None means that it lasts beyond what is forecast."""
    if days is None:
        return "more than 10 years"
    if days == 0:
        return "used up by now"
    if days > YEAR:
        return "more than a year"
    return f"~{days.quantize(Decimal('0.1') if days < tenths_below else Decimal(1), ROUND_HALF_UP)} days"


def between(one: ScopeRunway) -> str:
    """Returns the 80% range of the date, such as "Nov 26 to Dec 3"."""
    first, last = one.earliest, one.latest
    if first is None:
        return ""
    if last is None:
        return f"{dated(first, one)} or {'not before its reset' if one.resets_at else 'later'}"
    return dated(first, one) if first == last else f"{dated(first, one)} to {dated(last, one)}"


def dated(day: date, one: ScopeRunway) -> str:
    """Returns the day, with its year if the range reaches beyond the next twelve months."""
    is_far = one.resets_at is None if one.high_days is None else one.high_days > YEAR
    return f"{short(day)} {day.year}" if is_far else short(day)


def at_rate(one: ScopeRunway) -> str:
    """Returns such as " at $4.00/day", empty if the pace is not known."""
    if isinstance(one.pace, Unknown):
        return ""
    alone = " by this key alone" if one.pace.of_key and one.scope == BALANCE_SCOPE else ""
    return f" at {rate(one.pace)}{alone}"


def rate(pace: Pace) -> str:
    """Returns such as "$4.00/day"."""
    return f"{dollars(pace.usd)}/day"


def basis(pace: Pace) -> str:
    """Returns the days that the pace is based on."""
    if pace.of_window:
        return "what was spent in its current window"
    counters = " of its counters" if pace.of_key else ""
    return f"{number_of(pace.days, 'completed UTC day')}{counters} to {short(pace.last)}"


def week_over_week(pace: Pace) -> Union[Decimal, Unknown]:
    """Returns the change from the week before to the last 7 completed days, as a part of the former."""
    if isinstance(pace.weeks, Unknown):
        return pace.weeks
    last, before = pace.weeks
    return round(last / before - 1, 4) if before > 0 else NO_WEEK_BEFORE


# JSON

PACE_CELLS: dict[str, Callable[[Pace], object]] = {
    "burn_usd_per_day": lambda pace: pace.usd,
    "low_usd_per_day": lambda pace: pace.low,
    "high_usd_per_day": lambda pace: pace.high,
    "basis": basis,
    "week_over_week": week_over_week,
    "weekday_usd": lambda pace: (
        pace.weekdays if isinstance(pace.weekdays, Unknown) else dict(zip(WEEKDAYS, pace.weekdays))
    ),
}


def cells(forecast: Union[Forecast, Unknown]) -> Union[Json, Unknown]:
    """Returns the runway of the scope that blocks first, beside those of all scopes."""
    if isinstance(forecast, Unknown):
        return forecast
    first = forecast.scopes[0]
    pace = first.pace
    return {
        **{name: pace if isinstance(pace, Unknown) else figure(pace) for name, figure in PACE_CELLS.items()},
        "binding": forecast.first.scope if forecast.first else None,
        **{name: getattr(first, name) for name in ENDING},
        "scopes": [*map(_scope_cells, forecast.scopes), *map(_scope_cells, forecast.unknown)],
    }


def notes(forecast: Union[Forecast, Unknown]) -> list[Note]:
    """Returns the notes beside the cells: which scope is unknown, and that null days mean an endless runway."""
    if isinstance(forecast, Unknown):
        return []
    unknown = [Note(one.why.code, f"forecast of {one.scope}: {one.why.advice}") for one in forecast.unknown]
    may_block = balance_may_block(forecast).lstrip("; ")
    if may_block:
        unknown.append(Note("balance_may_block_first", f"forecast.binding: {may_block}"))
    zero = [Note("zero_limit", f"forecast.days: {only_free(one.scope)}") for one in forecast.scopes if one.only_free]
    endless = Note("does_not_run_out", "forecast.days: nothing that is known runs out, or not before its reset")
    return [*unknown, *zero, *([] if forecast.first else [endless])]


def _scope_cells(one: Union[ScopeRunway, UnknownRunway]) -> Json:
    """Returns the runway of a scope. An unknown one has nulls without a note of their own: `notes` says why."""
    burn = one.pace if isinstance(one, ScopeRunway) else None
    return {
        "scope": one.scope,
        "remaining_usd": None if isinstance(one.remaining, Unknown) else one.remaining,
        "burn_usd_per_day": burn.usd if isinstance(burn, Pace) else burn,
        **{name: getattr(one, name, None) for name in (*ENDING, "resets_at")},
    }
