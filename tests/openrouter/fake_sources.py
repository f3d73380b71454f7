"""How a source of the fake goes wrong without saying so: it answers from fewer, or more, events than there were."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Callable

LATE_DAYS = 7

Sight = Callable[[list[Any], date], list[Any]]


def _late(events: list[Any], today: date) -> list[Any]:
    """All but today and the last seven completed days."""
    return [event for event in events if event.at.date() < today - timedelta(days=LATE_DAYS)]


def _half(events: list[Any], today: date) -> list[Any]:
    return sorted(events, key=lambda event: event.at)[::2]


def _without_a_vendor(events: list[Any], today: date) -> list[Any]:
    """All but those of the vendor on whom the most was spent."""
    spent: dict[str, Decimal] = defaultdict(Decimal)
    for event in events:
        spent[vendor(event)] += event.usd
    dearest = max(spent, key=lambda name: spent[name], default="")
    return [event for event in events if vendor(event) != dearest]


def vendor(event: Any) -> str:
    return str(event.model.split("/")[0])


SIGHTS: dict[str, Sight] = {
    "right": lambda events, today: events,
    "empty": lambda events, today: [],
    "late": _late,
    "half": _half,
    "one vendor missing": _without_a_vendor,
    "doubled": lambda events, today: [event for event in events for _ in range(2)],
}
"""What a source counts of an account's events, by the name of its state."""

REFUSALS: dict[str, dict[str, Any]] = {
    "failing": {"status": 503, "body": '{"error":{"code":503,"message":"Service temporarily unavailable"}}'},
    "refused": {"status": 403, "body": '{"error":{"code":403,"message":"You do not have permission to do this"}}'},
}
"""How a source answers that tells nothing, by the name of its state."""

STATES = (*SIGHTS, *REFUSALS)
SOURCES = ("/activity", "/analytics/query", "/keys", "/auth/key", "/credits")
