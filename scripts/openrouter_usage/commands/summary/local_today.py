"""Sums up what was spent on the current day of this machine's time zone, where that is not the UTC day."""

from datetime import datetime
from typing import NamedTuple, Union

from openrouter_usage.figures.groups import add_up
from openrouter_usage.figures.zones import LocalDay, local_day
from openrouter_usage.records import Amount, TodayUse, Unknown

OLDER = Unknown("OpenRouter's answer is from before this day began", "before_window")


class LocalToday(NamedTuple):
    """What the account spent since the day began in this machine's time zone, in USD; BYOK apart."""

    day: LocalDay
    usd: Amount
    byok_usd: Amount


def local_today(told: Union[TodayUse, Unknown, None], now: datetime) -> Union[LocalToday, Unknown, None]:
    """Returns the spend of that day; None where it is the UTC day, or nothing was asked by hour."""
    day = local_day(now)
    if day is None or told is None or isinstance(told, Unknown):
        return told if day and isinstance(told, Unknown) else None
    if told.hours is None:
        return None
    if (told.hours.as_of or now) < day.start:
        return OLDER
    hours = ((row.names[0], row.use) for row in told.hours.rows)
    use = add_up(use for hour, use in hours if isinstance(hour, datetime) and hour >= day.start)
    return LocalToday(day, use.usd, use.byok_usd)
