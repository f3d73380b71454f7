"""Writes the current UTC month, what it will have cost by its end, and the budget, in lines and as JSON cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Union

from openrouter_usage.forecast.burn import IDLE
from openrouter_usage.forecast.month import Month, MonthEnd
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Note, Unknown
from openrouter_usage.text.amounts import STAR, dollars
from openrouter_usage.text.dates import as_of_words, in_brackets, short
from openrouter_usage.text.evidence import disagreement
from openrouter_usage.text.runway import SPENDERS
from openrouter_usage.text.style import CRITICAL, WARNING, Line

if TYPE_CHECKING:
    from openrouter_usage.text.document import Json


FEW = 10
"""USD. A range that reaches less far beyond what is spent is written to the cent."""


def line(month: Month, now: datetime) -> str:
    """Returns such as "Month: $374.05* so far, ~$388 by Nov 30 (80%: $378 to $429)"."""
    whose = f", {SPENDERS[month.scope]}" if month.is_named else ""
    return f"Month{whose}: " + "".join((_so_far(month, now), _to_come(month), _byok(month), _gap(month)))


def has_star(month: Month) -> bool:
    """Tells whether the spend so far is marked as live: it is of now."""
    return isinstance(month.so_far, Decimal) and not month.as_of.is_old


def _so_far(month: Month, now: datetime) -> str:
    if isinstance(month.so_far, Unknown):
        return f"unknown ({month.so_far.reason})"
    star, as_of = STAR if has_star(month) else "", in_brackets(as_of_words(month.as_of, now))
    return f"{_count(month, star)} so far{_disputed(month)}{as_of}"


def _count(month: Month, star: str = "") -> str:
    return f"{'at least ' if month.at_least else ''}{dollars(month.so_far)}{star}"


def _disputed(month: Month) -> str:
    """Returns in brackets both counts of what is spent so far, where the sources disagree."""
    if month.lesser is None or isinstance(month.so_far, Unknown):
        return ""
    return f" ({disagreement(month.so_far, month.lesser)})"


def _passed(month: Month) -> str:
    """Returns "passed", and the day where it is known; "perhaps passed" where the lesser count is within the budget."""
    if month.lesser is not None and month.budget is not None and month.lesser <= month.budget:
        return "perhaps passed"
    return f"passed on {short(month.passes_on)}" if month.passes_on else "passed"


def _to_come(month: Month) -> str:
    if isinstance(month.so_far, Unknown):
        return ""
    if isinstance(month.end, Unknown):
        return f", by {short(month.last)} unknown ({month.end.reason})"
    if month.is_idle:
        return f", nothing more expected by {short(month.last)} ({IDLE.reason})"
    return f", {expected(month)} ({_range(month, month.end)})"


def expected(month: Month) -> str:
    """Returns such as "~$388 by Nov 30", empty where nothing can be projected."""
    if isinstance(month.end, Unknown):
        return ""
    return f"~{_about(month.end.usd, month)} by {short(month.last)}"


def _range(month: Month, end: MonthEnd) -> str:
    return f"80%: {_about(end.low, month)} to {_about(end.high, month)}"


def _about(usd: Decimal, month: Month) -> str:
    """Returns whole dollars, or cents where little is left to come, or where rounding would leap over what is told."""
    whole = usd.quantize(Decimal(1), ROUND_HALF_UP)
    told = [one for one in (month.so_far, month.budget) if isinstance(one, Decimal)]
    leaps = any((usd > one) != (whole > one) or (usd < one) != (whole < one) for one in told)
    is_small = isinstance(month.end, MonthEnd) and month.end.high - told[0] < FEW
    return dollars(usd) if leaps or is_small else f"${whole:,}"


def _byok(month: Month) -> str:
    """Returns the words for BYOK, which is apart, where there is any."""
    return f"; BYOK is apart: {dollars(month.byok)} so far" if isinstance(month.byok, Decimal) and month.byok else ""


def _gap(month: Month) -> str:
    return f"; all keys: unknown ({month.gap.reason})" if month.gap else ""


# The budget


def budget_line(month: Month) -> Iterator[str]:
    """Yields such as "Budget: $100.00 a month: likely kept (~$98 by Nov 30, 80%: $92 to $107)"; nothing without one."""
    if month.budget is not None:
        whose = f", {SPENDERS[month.scope]}" if month.is_named else ""
        yield Line(f"Budget{whose}: {dollars(month.budget)} a month: {_outlook(month)}{_all_keys(month)}", _role(month))


def _role(month: Month) -> str:
    """Returns the role of a line on the budget, as `check` judges it: critical once it is passed."""
    return CRITICAL if month.is_passed else WARNING if month.passes_on else ""


def _all_keys(month: Month) -> str:
    """Returns that all keys together may pass the budget, where this key alone is known, and not expected to."""
    is_passed = month.is_passed or month.passes_on is not None
    if month.scope != "key" or is_passed or isinstance(month.so_far, Unknown):
        return ""
    return f"; all keys: unknown ({(month.gap or NEEDS_MANAGEMENT_KEY).reason})"


def _outlook(month: Month) -> str:
    if isinstance(month.so_far, Unknown):
        return f"whether it is kept is unknown ({month.so_far.reason})"
    end, spent = month.end, f"{_count(month)} spent{_disputed(month)}"
    if month.is_passed:
        to_come = f", {expected(month)}" if isinstance(end, MonthEnd) and not month.is_idle else ""
        return f"{_passed(month)}, {spent}{to_come}"
    if isinstance(end, Unknown):
        return f"not passed yet, {spent}; whether it is kept is unknown ({end.reason})"
    if month.is_idle:
        return f"likely kept, {spent} and nothing more expected ({IDLE.reason})"
    kept = f"likely passed on {short(month.passes_on)}" if month.passes_on else "likely kept"
    return f"{kept} ({expected(month)}, {_range(month, end)})"


def summary_line(month: Month, now: datetime) -> Iterator[str]:
    """Yields such as "Budget: $63.11 of $100.00, ~$98 by Nov 30"; nothing without a budget."""
    if month.budget is None:
        return
    whose = f", {SPENDERS[month.scope]}" if month.is_named else ""
    if isinstance(month.so_far, Unknown):
        yield f"Budget{whose}: unknown of {dollars(month.budget)} ({month.so_far.reason})"
        return
    passed = _passed(month) if month.is_passed else ""
    idle = f"nothing more expected by {short(month.last)}" if month.is_idle else expected(month)
    unknown = f"by {short(month.last)} unknown ({month.end.reason})" if isinstance(month.end, Unknown) else ""
    words = [one for one in (passed, unknown or idle) if one]
    so_far = f"{_count(month)} of {dollars(month.budget)}{_disputed(month)}"
    as_of = in_brackets(as_of_words(month.as_of, now))
    yield Line(f"Budget{whose}: {', '.join([so_far, *words])}{as_of}{_all_keys(month)}", _role(month))


def verdict(month: Month, value: Union[Decimal, Unknown, None], is_kept: bool, is_passed: bool) -> str:
    """Returns how a check judges the budget, by the figure that decided: what is spent, or is expected to be."""
    budget = f"the month's budget of {dollars(month.budget or Decimal(0))}"
    spent = f"{_count(month)} spent by {SPENDERS[month.scope]} so far{_disputed(month)}"
    if isinstance(value, Unknown):
        return f"whether {budget} is kept is unknown ({value.reason})"
    if is_passed:
        return f"{budget} is {_passed(month) if month.is_passed else 'nearly used up'}: {spent}"
    if isinstance(month.end, Unknown):
        return f"{budget} is not passed: {spent}, by {short(month.last)} unknown ({month.end.reason}){_all_keys(month)}"
    passed = f"passed on {short(month.passes_on)}" if month.passes_on else "kept" if is_kept else "nearly used up"
    return f"{budget} is likely {passed}: {spent}, {expected(month)}{_all_keys(month)}"


# JSON


def cells(month: Month) -> Json:
    """Returns what is expected by the end of the month, beside the budget (null: none is set)."""
    end = month.end
    low, high = (None, None) if isinstance(end, Unknown) else (end.low, end.high)
    return {
        "usd": end if isinstance(end, Unknown) else end.usd,
        "low_usd": low,
        "high_usd": high,
        "budget_usd": month.budget,
        "so_far_usd": month.so_far,
        "scope": month.scope,
        "on": month.last,
        "budget_passes_on": month.passes_on,
        "as_of": month.as_of.at,
    }


def notes(month: Month) -> Iterator[Note]:
    """Yields the notes beside the cells: whose spend it is, and what is uncertain in it."""
    if month.gap:
        yield Note(month.gap.code, f"month_end: of this key alone: that of all keys is unknown ({month.gap.reason})")
    if month.lesser is not None and isinstance(month.so_far, Decimal):
        yield Note("sources_disagree", f"month_end.so_far_usd: {disagreement(month.so_far, month.lesser)}")
    if month.is_idle:
        yield Note("idle", f"month_end.usd: nothing more is expected: {IDLE.reason}")
