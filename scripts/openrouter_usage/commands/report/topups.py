"""Tells from readings of the credits what was left on each UTC day, and what was bought."""

from datetime import date
from decimal import Decimal
from typing import Dict, Iterable, Iterator, Optional, Tuple

from openrouter_usage.commands.report.records import DayBalance
from openrouter_usage.records import Amount, Reading, Unknown, total

NOTHING_BEFORE = Unknown("there is no earlier reading of the balance", "no_earlier_reading")


def by_day(readings: Iterable[Reading]) -> Dict[date, DayBalance]:
    """The balance of each day that has a reading; the readings are in order.

    Credits bought between two readings count for the day of the later one. A negative top-up is
    credits that were taken back.
    """
    days: Dict[date, DayBalance] = {}
    for before, reading in _with_the_one_before(readings):
        bought: Amount = reading.purchased - before.purchased if before else NOTHING_BEFORE
        earlier = days.get(reading.at.date())
        if earlier:
            bought = total((earlier.top_up, bought), Decimal(0))
        days[reading.at.date()] = DayBalance(reading.purchased - reading.used, reading.at, bought)
    return days


def _with_the_one_before(readings: Iterable[Reading]) -> Iterator[Tuple[Optional[Reading], Reading]]:
    before: Optional[Reading] = None
    for reading in readings:
        yield before, reading
        before = reading
