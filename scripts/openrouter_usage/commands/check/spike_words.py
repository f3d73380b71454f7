"""Says what was spent today, or in the last hour, beside what is usual."""

from decimal import ROUND_HALF_UP, Decimal

from openrouter_usage.figures.usual_hours import Pace
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.document import Json

MOST_TIMES = 99
"""The highest factor that is written as it is."""


def of(pace: Pace) -> str:
    """Returns such as `today $18.20 by 14:09 UTC, usually $4.10 by 15:00 (4.4x, all keys), dearest model: gpt-5.1`."""
    usual = dollars(pace.usual) if pace.usual else "nothing"
    unusual = f"{usual}{{}} ({', '.join(filter(None, (times(pace), 'all keys')))})"
    model = f", dearest model: {pace.model.rpartition('/')[2]}" if pace.model else ""
    if pace.window == "hour":
        hour = f"from {pace.since:%H:%M} to {pace.until:%H:%M} UTC"
        return f"{dollars(pace.usd)} {hour}, usually {unusual.format(' in that hour')}{model}"
    until = f" by {'24:00' if pace.usual_until.hour == 0 else f'{pace.usual_until:%H:%M}'}"
    return f"today {dollars(pace.usd)} by {pace.until:%H:%M} UTC, usually {unusual.format(until)}{model}"


def times(pace: Pace) -> str:
    """Returns how many times the usual it is, such as `4.4x` or `12x`; empty where nothing is usual."""
    factor = pace.times
    if factor is None:
        return ""
    if factor > MOST_TIMES:
        return f">{MOST_TIMES}x"
    return f"{factor.quantize(Decimal('0.1') if factor < 10 else Decimal(1), ROUND_HALF_UP)}x"


def cells(pace: Pace) -> Json:
    """Returns what is usual, for a program."""
    return {
        "from": pace.since,
        "to": pace.until,
        "usual_usd": pace.usual,
        "usual_to": pace.usual_until,
        "model": pace.model or None,
    }
