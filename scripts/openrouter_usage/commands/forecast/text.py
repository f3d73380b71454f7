"""Renders how long the balance and each limit last, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.forecast.month import MonthEnd
from openrouter_usage.forecast.records import BALANCE_SCOPE, KEY_SCOPES, Forecast, Pace, ScopeRunway, UnknownRunway
from openrouter_usage.records import Balance, Note, Unknown
from openrouter_usage.text import expiry, month, runway
from openrouter_usage.text.amounts import dollars, percent_change
from openrouter_usage.text.dates import WEEKDAYS, as_of_words, in_brackets, short
from openrouter_usage.text.document import Json, gaps
from openrouter_usage.text.runway import ALL_KEYS, THIS_KEY, about, at_rate, between, dated, rate, scope_name
from openrouter_usage.text.style import ANSWER, DEMO, FOOTNOTE, HEADING, WARNING, Line, Page, page, role_of

LEGEND = "80%: in 8 of 10 cases it ends within this range. What blocks first comes first. Days are UTC."
LIVE = "* live: today is included"
SINGLE_KEYS = "Limits of single keys are not in it: `report --by key` shows them"

TENTHS = 10
"""The days below which tenths are written, since a date stands beside them: from the evening on it is a day further."""


def render(summary: Summary, budget_first: bool = False) -> Page:
    """Returns the runways of each account, soonest first, its month, and the paces they are based on.

    With `budget_first` the budget was asked for, and the first line answers that.
    """
    is_made = any(isinstance(block.forecast, Forecast) or _has_end(block) for block in summary.blocks)
    stars = [LIVE] if any(block.month and month.has_star(block.month) for block in summary.blocks) else []
    footnotes = [Line(one, FOOTNOTE) for one in ([LEGEND] if is_made else []) + stars]
    tail = [*footnotes, *(f"Note: {note.message}" for note in summary.every_note)]
    return page(*(_block(block, summary, budget_first) for block in summary.blocks), tail)


def lines(block: Block, summary: Summary) -> list[str]:
    """Returns the lines of an account below its title."""
    _, *below = _block(block, summary, budget_first=False)
    return [line for line in below if line]


def _has_end(block: Block) -> bool:
    return block.month is not None and isinstance(block.month.end, MonthEnd) and not block.month.is_idle


def _block(block: Block, summary: Summary, budget_first: bool) -> Iterator[str]:
    of_month = list(_month(block, summary.now))
    marks = DEMO if summary.demo else "", block.name
    yield Line(f"💰 OpenRouter Forecast{in_brackets(marks)}", HEADING)
    first, *others = _answers(block, of_month if budget_first else [], summary.now)
    yield Line(first, role_of(first) or ANSWER)
    yield from others
    yield from () if block.key or isinstance(block.forecast, Unknown) else [SINGLE_KEYS]
    yield from (Line(one, WARNING) for one in _expiry(block, summary.now))
    yield from () if budget_first else of_month
    paces = _paces(block.forecast) if isinstance(block.forecast, Forecast) else {}
    yield from [""] if paces else []
    for pace, whose in paces.items():
        yield from _pace(pace, whose)


def _answers(block: Block, of_month: list[str], now: datetime) -> Iterator[str]:
    yield from reversed(of_month)
    if isinstance(block.forecast, Forecast):
        yield from scopes(block, block.forecast, now)
    else:
        yield from _none(block, block.forecast, now)


def _month(block: Block, now: datetime) -> Iterator[str]:
    """Yields what the month has cost and will have, then whether the budget is kept."""
    if block.month is not None:
        yield month.line(block.month, now)
        yield from month.budget_line(block.month)


def _expiry(block: Block, now: datetime) -> Iterator[str]:
    return expiry.beside_runway(block.expires_at, block.expiring, block.forecast, now)


def _none(block: Block, why: Unknown, now: datetime) -> Iterator[str]:
    """Yields why there is no forecast, and the balance if that is another reason."""
    left = block.balance
    as_of = in_brackets(as_of_words(block.balance_as_of, now))
    if isinstance(left, Balance):
        yield f"None: {why.advice}"
        yield f"Balance: {dollars(left.remaining)} left{as_of}"
    elif why == left:
        yield f"None: {why.advice}"
    else:
        yield f"None: {why.advice}; {runway.UNKNOWN_BALANCE}"
        yield f"Balance: {left.advice}{as_of}"


def scopes(block: Block, forecast: Forecast, now: datetime) -> Iterator[str]:
    """Yields a line for the balance and for each limit, soonest to block first."""
    first = runway.balance_may_block(forecast)
    for one in forecast.scopes:
        as_of = block.balance_as_of if one.scope == BALANCE_SCOPE else block.key_as_of
        yield Line(_scope(one) + in_brackets(as_of_words(as_of, now)) + first, runway.level_role(one))
        first = ""
    yield from map(_unknown, forecast.unknown)


def _unknown(gap: UnknownRunway) -> str:
    if gap.why.code == BY_PURCHASES.code:
        return f"{scope_name(gap.scope)}: {gap.why.advice}"
    left = "" if isinstance(gap.remaining, Unknown) else f"{dollars(gap.remaining)} left, "
    return f"{scope_name(gap.scope)}: {left}for how long is unknown ({gap.why.advice})"


def _scope(one: ScopeRunway) -> str:
    name = scope_name(one.scope)
    if one.only_free:
        return f"{name}: $0.00, for free models alone, also after its reset"
    if one.remaining <= 0:
        return f"{name}: nothing is left" + (f" until its reset ({short(one.resets_at)})" if one.resets_at else "")
    return f"{name}: {dollars(one.remaining)} left, {_how_long(one)}{at_rate(one)}"


def _how_long(one: ScopeRunway) -> str:
    if one.on is not None:
        return f"{about(one.days, TENTHS)}, to {dated(one.on, one)} (80%: {between(one)})"
    until = f"lasts until its reset ({short(one.resets_at)})" if one.resets_at else about(one.days)
    return until + (f" (in 1 case of 10 it is gone by {short(one.earliest)})" if one.earliest else "")


def _paces(forecast: Forecast) -> dict[Pace, str]:
    """Returns each pace once, with the words for who spends at it."""
    found: dict[Pace, str] = {}
    for one in forecast.scopes:
        if not isinstance(one.pace, Unknown):
            shared = f"all who spend of the {scope_name(one.scope).lower()}"
            own = THIS_KEY if one.pace.of_key else ALL_KEYS
            found.setdefault(one.pace, own if one.scope in (BALANCE_SCOPE, *KEY_SCOPES) else shared)
    return found


def _pace(pace: Pace, whose: str) -> Iterator[str]:
    byok = ", BYOK included" if pace.with_byok else ""
    likely = f"{dollars(pace.low)} to {dollars(pace.high)}"
    yield f"Burn rate of {whose}{byok}: {rate(pace)} (80%: {likely}), on {runway.basis(pace)}"
    if not isinstance(pace.weeks, Unknown):
        last, before = pace.weeks
        yield f"Week on week: {dollars(last)} after {dollars(before)}" + in_brackets(_change(pace))
    if not isinstance(pace.weekdays, Unknown):
        named = [f"{day} {dollars(usd)}" for day, usd in zip(WEEKDAYS, pace.weekdays)]
        yield f"Expected by weekday: {', '.join(named) if len(set(map(dollars, pace.weekdays))) > 1 else 'no pattern'}"


def _change(pace: Pace) -> list[str]:
    change = runway.week_over_week(pace)
    if isinstance(change, Unknown):
        return []
    return [percent_change(change) if change else "no change"]


# JSON


def render_json(summary: Summary) -> str:
    """Returns JSON like the summary's, with the forecast alone."""
    from openrouter_usage.commands.summary import data  # the summary's JSON, of no use for text

    return data.by_profile(summary, "forecast", lambda block: _cells(block, summary.now), {})


def _cells(block: Block, now: datetime) -> Json:
    figures: Json = {"forecast": runway.cells(block.forecast)}
    notes = [*block.notes, *runway.notes(block.forecast), *(Note("key_expires", one) for one in _expiry(block, now))]
    if block.month is not None:
        figures["month_end"] = month.cells(block.month)
        notes += month.notes(block.month)
    notes += dict.fromkeys(gaps(figures))
    return {**figures, "notes": notes}
