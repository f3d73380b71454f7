"""Says what was spent today, or in the last hour, beside what is usual."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Union

from openrouter_usage.figures.usual_hours import SpendSoFar
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Unknown
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.document import Json

LEAST_TIMES, MOST_TIMES = Decimal("0.1"), 99
"""The lowest and the highest factor that is written as it is."""


def of(pace: SpendSoFar) -> str:
    """Returns such as `today $18.20 by 14:09 UTC, usually $4.10 by 15:00 (4.4x, all keys), dearest model: gpt-5.1`."""
    model = f", dearest model: {pace.model.rpartition('/')[2]}" if pace.model else ""
    if pace.window == "hour":
        hour = f"from {pace.since:%H:%M} to {pace.until:%H:%M} UTC"
        return f"{dollars(pace.usd)} {hour}, {_usually(pace, 'in that hour')}{model}"
    return f"today {_by_now(pace)}{model}"


def today(told: Union[SpendSoFar, Unknown], account: str = "", at_least: bool = False) -> str:
    """Returns such as `Today: $2.92 by 15:48 UTC, usually $7.81 by 16:00 (0.4x, all keys)`, or why that is not known.

    `account` is the account's name where there are several; with `at_least` more may have been spent.
    """
    subject = f"Today, {account}" if account else "Today"
    if isinstance(told, SpendSoFar):
        return f"{subject}: {'at least ' if at_least else ''}{_by_now(told)}"
    instead = "; `why` compares the days of a key alone" if told.code == NEEDS_MANAGEMENT_KEY.code else ""
    return f"{subject}: not compared with the usual: {told.reason}{instead}"


def _by_now(pace: SpendSoFar) -> str:
    until = "24:00" if pace.usual_until.hour == 0 else f"{pace.usual_until:%H:%M}"
    return f"{dollars(pace.usd)} by {pace.until:%H:%M} UTC, {_usually(pace, f'by {until}')}"


def _usually(pace: SpendSoFar, when: str) -> str:
    usual = dollars(pace.usual) if pace.usual else "nothing"
    return f"usually {usual} {when} ({', '.join(filter(None, (times(pace), 'all keys')))})"


def times(pace: SpendSoFar) -> str:
    """Returns how many times the usual it is, such as `4.4x` or `12x`; empty where nothing is usual."""
    factor = pace.times
    if factor is None:
        return ""
    if factor > MOST_TIMES:
        return f">{MOST_TIMES}x"
    if factor < LEAST_TIMES:
        return f"<{LEAST_TIMES}x" if factor else "0x"
    return f"{factor.quantize(Decimal('0.1') if factor < 10 else Decimal(1), ROUND_HALF_UP)}x"


def cells(pace: SpendSoFar) -> Json:
    """Returns what is usual, for a program."""
    return {
        "from": pace.since,
        "to": pace.until,
        "usual_usd": pace.usual,
        "usual_to": pace.usual_until,
        "model": pace.model or None,
    }
