"""Renders how long the balance and each limit last, for people and as JSON."""

from datetime import datetime
from decimal import Decimal
from typing import Dict, Iterator, List, Union

from openrouter_usage.commands.summary import blocks
from openrouter_usage.commands.summary.records import BALANCE, OWN, Block, Forecast, Lasts, Pace, Summary, Untold
from openrouter_usage.records import Balance, Note, Unknown
from openrouter_usage.text.dates import in_brackets, short, told
from openrouter_usage.text.document import Json, as_note, gaps
from openrouter_usage.text.money import dollars
from openrouter_usage.text.runway import about, between, dated, rate, scope_name

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NO_WEEK_BEFORE = Unknown("nothing was spent in the week before", "nothing_spent")

LEGEND = "80%: in 8 of 10 cases it ends within these days. What blocks first comes first. Days are UTC."


def render(summary: Summary) -> str:
    """Each account's scopes, what blocks first at the front, with the paces they stand on."""
    parts = ["\n".join(_block(block, summary)) for block in summary.blocks]
    notes = [note for block in summary.blocks for note in block.notes]
    is_made = any(isinstance(block.forecast, Forecast) for block in summary.blocks)
    tail = [*([LEGEND] if is_made else []), *(f"Note: {note.message}" for note in (*notes, *summary.notes))]
    return "\n\n".join([*parts, *(["\n".join(tail)] if tail else [])]) + "\n"


def _block(block: Block, summary: Summary) -> Iterator[str]:
    marks = [mark for mark in ("demo: a sample account" if summary.demo else "", block.name) if mark]
    yield f"💰 OpenRouter Forecast{in_brackets(marks)}"
    if isinstance(block.forecast, Unknown):
        yield f"None: {block.forecast.advice}"
        yield from _left(block, summary.now)
        return
    yield from scopes(block.forecast, block, summary.now)
    yield ""
    for pace, whose in _paces(block.forecast).items():
        yield from _pace(pace, whose)


def scopes(forecast: Forecast, block: Block, now: datetime) -> Iterator[str]:
    """A line for each, what blocks first at the front."""
    yield from (_scope(lasts) + _told(lasts, block, now) for lasts in forecast.scopes)
    yield from (_untold(one) for one in forecast.untold)


def _left(block: Block, now: datetime) -> Iterator[str]:
    if isinstance(block.balance, Balance):
        yield f"Balance: {dollars(block.balance.remaining)} left" + in_brackets(told(block.balance_as_of, now))


def _untold(one: Untold) -> str:
    left = "" if isinstance(one.remaining, Unknown) else f"{dollars(one.remaining)} left, "
    return f"{scope_name(one.scope)}: {left}for how long is unknown ({one.why.advice})"


def _told(lasts: Lasts, block: Block, now: datetime) -> str:
    return in_brackets(told(block.balance_as_of if lasts.scope == BALANCE else block.key_as_of, now))


def _scope(lasts: Lasts) -> str:
    name = scope_name(lasts.scope)
    if lasts.remaining <= 0:
        return f"{name}: nothing is left" + (f" until its reset ({short(lasts.until)})" if lasts.until else "")
    at = "" if isinstance(lasts.pace, Unknown) else f" at {rate(lasts.pace)}"
    return f"{name}: {dollars(lasts.remaining)} left, {_how_long(lasts)}{at}"


def _how_long(lasts: Lasts) -> str:
    if lasts.on is not None:
        return f"{about(lasts.days)}, to {dated(lasts.on, lasts)} (80%: {between(lasts)})"
    until = f"lasts until its reset ({short(lasts.until)})" if lasts.until else about(lasts.days)
    return until + (f" (in 1 case of 10 it is gone by {short(lasts.earliest)})" if lasts.earliest else "")


def _paces(forecast: Forecast) -> Dict[Pace, str]:
    """Each pace once, with whose it is."""
    found: Dict[Pace, str] = {}
    for lasts in forecast.scopes:
        if not isinstance(lasts.pace, Unknown):
            shared = f"all who spend of the {scope_name(lasts.scope).lower()}"
            own = "this key" if lasts.pace.of_key else "all keys"
            found.setdefault(lasts.pace, own if lasts.scope in (BALANCE, *OWN) else shared)
    return found


def _pace(pace: Pace, whose: str) -> Iterator[str]:
    byok = ", BYOK included" if pace.with_byok else ""
    likely = f"{dollars(pace.low)} to {dollars(pace.high)}"
    yield f"Burn rate of {whose}{byok}: {rate(pace)} (80%: {likely}), on {basis(pace)}"
    if not isinstance(pace.weeks, Unknown):
        last, before = pace.weeks
        yield f"Week on week: {dollars(last)} after {dollars(before)}" + in_brackets(_change(pace))
    if not isinstance(pace.weekdays, Unknown):
        each = ", ".join(f"{day} {dollars(usd)}" for day, usd in zip(WEEKDAYS, pace.weekdays))
        yield f"Weekdays: {each if len({dollars(usd) for usd in pace.weekdays}) > 1 else 'no pattern'}"


def _change(pace: Pace) -> List[str]:
    change = _week_over_week(pace)
    if isinstance(change, Unknown):
        return []
    percent = round(change * 100)
    return [f"{percent:+}%" if percent else "no change"]


def _week_over_week(pace: Pace) -> Union[Decimal, Unknown]:
    """By which part of the week before the last 7 completed days were dearer."""
    if isinstance(pace.weeks, Unknown):
        return pace.weeks
    last, before = pace.weeks
    return round(last / before - 1, 4) if before > 0 else NO_WEEK_BEFORE


def basis(pace: Pace) -> str:
    if pace.of_window:
        return "what was spent in its current window"
    counters = " of its counters" if pace.of_key else ""
    return f"{pace.days} completed UTC day{'s' if pace.days != 1 else ''}{counters} to {short(pace.last)}"


# JSON


def render_json(summary: Summary) -> str:
    """As the summary's JSON, with the forecast alone."""
    return blocks.render(summary, "forecast", _document, {})


def _document(block: Block) -> Json:
    figures: Json = {"forecast": cells(block.forecast)}
    notes = [*block.notes, *of_forecast(block.forecast), *dict.fromkeys(gaps(figures))]
    return {**figures, "notes": [as_note(note) for note in notes]}


def of_forecast(forecast: Union[Forecast, Unknown]) -> List[Note]:
    """What null does not tell: of which scope it is unknown, and that it is not unknown, but endless."""
    if isinstance(forecast, Unknown):
        return []
    untold = [Note(one.why.code, f"forecast of {one.scope}: {one.why.advice}") for one in forecast.untold]
    endless = Note("does_not_run_out", "forecast.days: nothing that is known runs out, or not before its reset")
    return untold if forecast.first else [*untold, endless]


def cells(forecast: Union[Forecast, Unknown]) -> Union[Json, Unknown]:
    """The forecast of what blocks first, and beside it of each scope."""
    if isinstance(forecast, Unknown):
        return forecast
    first = forecast.first or forecast.scopes[0]
    return {
        **_pace_cells(first.pace),
        "binding": forecast.first.scope if forecast.first else None,
        **_ending(first),
        "scopes": [
            *(_scope_cells(lasts) for lasts in forecast.scopes),
            *(_untold_cells(one) for one in forecast.untold),
        ],
    }


def _pace_cells(pace: Union[Pace, Unknown]) -> Json:
    if isinstance(pace, Unknown):
        names = ("burn_usd_per_day", "low_usd_per_day", "high_usd_per_day", "basis", "week_over_week", "weekday_usd")
        return dict.fromkeys(names, pace)
    weekdays = pace.weekdays
    return {
        "burn_usd_per_day": pace.usd,
        "low_usd_per_day": pace.low,
        "high_usd_per_day": pace.high,
        "basis": basis(pace),
        "week_over_week": _week_over_week(pace),
        "weekday_usd": weekdays if isinstance(weekdays, Unknown) else dict(zip(WEEKDAYS, weekdays)),
    }


def _ending(lasts: Lasts) -> Json:
    return {
        "days": lasts.days,
        "low_days": lasts.low,
        "high_days": lasts.high,
        "on": lasts.on,
        "earliest": lasts.earliest,
        "latest": lasts.latest,
    }


def _untold_cells(one: Untold) -> Json:
    """Why they are null stands in a note that names the scope."""
    remaining = None if isinstance(one.remaining, Unknown) else one.remaining
    names = ("burn_usd_per_day", "days", "low_days", "high_days", "on", "earliest", "latest", "resets_at")
    return {"scope": one.scope, "remaining_usd": remaining, **dict.fromkeys(names)}


def _scope_cells(lasts: Lasts) -> Json:
    pace = lasts.pace if isinstance(lasts.pace, Unknown) else lasts.pace.usd
    ending = _ending(lasts)
    return {
        "scope": lasts.scope,
        "remaining_usd": lasts.remaining,
        "burn_usd_per_day": pace,
        **ending,
        "resets_at": lasts.until,
    }
