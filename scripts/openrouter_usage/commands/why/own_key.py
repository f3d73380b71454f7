"""Answers `why` for a regular key alone: whether it spends more than usual, by its own counters."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Iterator, NamedTuple, Optional, Tuple, Union

from openrouter_usage.cache import midnights
from openrouter_usage.commands.why.records import Periods
from openrouter_usage.days import DAY, day_count, month_start
from openrouter_usage.fetch import questions
from openrouter_usage.fetch.asker import Asker
from openrouter_usage.figures import expired, key_days, windows
from openrouter_usage.figures.key_days import Midnight, Stretch
from openrouter_usage.records import NEEDS_MANAGEMENT_KEY, Amount, AsOf, Counters, Key, KeyInfo, Keys, Note, Unknown
from openrouter_usage.text.dates import written

NOTHING_EARLIER = Unknown("nothing earlier is known of it: each day on which it is asked adds one", "too_few_days")
NO_DAY_YET = Unknown("no day of the month is over yet", "no_completed_day")
LIFETIME_FELL = Note("lifetime_fell", "the key's lifetime spend was once told as less than before: not all days count")


class OwnSpend(NamedTuple):
    """What a regular key tells of its own spend at `now`, in US dollars of credits, with BYOK apart.

    `asked` are the periods that were asked for. `later` and `earlier` are the sums that are compared: those of these
    periods if they are known, else the nearest ones; Unknown if there are not two. `per_day` is the mean of this
    month's completed days. `stretches` are all sums of days that are known, in order.
    """

    now: datetime
    as_of: AsOf
    key_name: str
    asked: Periods
    counters: Counters
    per_day: Amount
    later: Union[Stretch, Unknown]
    earlier: Union[Stretch, Unknown]
    stretches: Tuple[Stretch, ...]
    notes: Tuple[Note, ...] = ()
    profile: str = ""

    @property
    def is_asked(self) -> bool:
        """Tells whether the sums are those of the periods that were asked for."""
        return tuple(getattr(one, "days", None) for one in (self.later, self.earlier)) == self.asked[:2]


def answer(asker: Asker, keys: Keys, asked: Periods, max_age: timedelta) -> Optional[OwnSpend]:
    """Returns what the first regular key tells of itself, None if none of the keys is known to be one."""
    for key in keys.found:
        info = asker.known(questions.key(key))
        if isinstance(info, KeyInfo) and info.is_management is False:
            return _own_spend(asker, key, info, asked, max_age)
    return None


def _own_spend(asker: Asker, key: Key, info: KeyInfo, asked: Periods, max_age: timedelta) -> OwnSpend:
    now, at = asker.now, info.as_of or asker.now
    told = dict(key_days.told(info, at))
    held = {**told, **dict(midnights.read(asker.cache, key))}
    held.update({day: usd for day, usd in told.items() if day == at.date()})
    believed = key_days.believed(Midnight(*one) for one in held.items())
    found = tuple(key_days.within(believed, span) for span in (asked.later, asked.earlier))
    later, earlier = found if all(found) else key_days.compared(believed) or (None, None)
    counters = expired.key_info(info, now).counters
    own = OwnSpend(
        now=now,
        as_of=windows.as_of(info.as_of, now, max_age),
        key_name=key.name,
        asked=asked,
        counters=counters,
        per_day=_per_day(counters, now),
        later=later or NOTHING_EARLIER,
        earlier=earlier or NOTHING_EARLIER,
        stretches=tuple(key_days.stretches(believed)),
    )
    return own._replace(notes=tuple(_notes(own, is_whole=len(believed) == len(held))))


def _per_day(counters: Counters, now: datetime) -> Amount:
    """Returns the mean of this month's completed days."""
    today, month = counters.credits.today, counters.credits.month
    if isinstance(month, Unknown):
        return month
    if isinstance(today, Unknown):
        return today
    days = day_count((month_start(now.date()), now.date() - DAY))
    return max(month - today, Decimal(0)) / days if days else NO_DAY_YET


def _notes(own: OwnSpend, is_whole: bool) -> Iterator[Note]:
    """Yields what is to be said of the figures; `is_whole`: every midnight that was told is believed."""
    yield Note(NEEDS_MANAGEMENT_KEY.code, f"models and other keys are unknown: {NEEDS_MANAGEMENT_KEY.advice}")
    if isinstance(own.later, Stretch) and not own.is_asked:
        days = " and ".join(written(span) for span in own.asked[:2])
        yield Note("days_missing", f"of {days} its counters tell no sums: the nearest that are known are compared")
    if not is_whole:
        yield LIFETIME_FELL
