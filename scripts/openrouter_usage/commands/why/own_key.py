"""Answers `why` for a regular key alone: whether it spends more than usual, by its own counters."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.cache import midnights
from openrouter_usage.commands.why.records import LAST_DAYS, Periods
from openrouter_usage.days import DAY, day_count, month_start
from openrouter_usage.errors import Failure
from openrouter_usage.fetch import questions
from openrouter_usage.fetch.account import AccountFetch
from openrouter_usage.fetch.asker import Asker
from openrouter_usage.figures import balance, expired, key_days, windows
from openrouter_usage.figures.key_days import Midnight, Stretch
from openrouter_usage.records import (
    NEEDS_MANAGEMENT_KEY,
    Amount,
    AsOf,
    Counters,
    Credits,
    Key,
    KeyInfo,
    Keys,
    Note,
    Unknown,
)
from openrouter_usage.text.dates import written

NOTHING_EARLIER = Unknown("nothing earlier is known of it: each day on which it is asked adds one", "too_few_days")
OTHERS = "cost per request, models and other keys"
NO_DAY_YET = Unknown("no day of the month is over yet", "no_completed_day")
NOT_ALL_DAYS = Unknown("the key's counters do not tell all of its days", "days_missing")
LIFETIME_FELL = Note("lifetime_fell", "the key's lifetime spend was once told as less than before: not all days count")


Pair = tuple[Stretch, Stretch]
"""The later and the earlier sum of days that are compared."""


class OwnSpend(NamedTuple):
    """What a regular key tells of its own spend at `now`, in US dollars of credits, with BYOK apart.

    `asked` are the periods that were asked for. `later` and `earlier` are what is known of them, which may be a sum of
    fewer days, None if nothing is. `nearest` are the last days that are known and those before them, None if there are
    no two such sums. `per_day` is the mean of this month's completed days, `account` what the account has spent since
    it was opened, by its credits as of `account_as_of`. `stretches` are all sums of days that are known, in order.
    """

    now: datetime
    as_of: AsOf
    key_name: str
    asked: Periods
    counters: Counters
    per_day: Amount
    later: Optional[Stretch]
    earlier: Optional[Stretch]
    nearest: Optional[Pair]
    stretches: tuple[Stretch, ...]
    account: Amount
    account_as_of: AsOf
    notes: tuple[Note, ...] = ()
    profile: str = ""

    @property
    def of_asked(self) -> Optional[Pair]:
        """The sums of the periods that were asked for, None if one of them is not known as a whole."""
        if self.later is None or self.earlier is None:
            return None
        is_whole = (self.later.days, self.earlier.days) == self.asked[:2]
        return (self.later, self.earlier) if is_whole else None

    @property
    def compared(self) -> Optional[Pair]:
        """The sums that are compared: where no periods were asked for, the nearest ones will do."""
        return self.of_asked or (self.nearest if self.asked.kind == LAST_DAYS else None)

    @property
    def instead(self) -> Optional[Pair]:
        """The sums that are told besides, where those of the periods that were asked for are not known."""
        return None if self.compared else self.nearest


def answer(asker: Asker, keys: Keys, asked: Periods, max_age: timedelta) -> Union[OwnSpend, Failure, None]:
    """Returns what the first regular key tells of itself, or why a key tells nothing; None if none is a regular one."""
    failure = None
    for key in keys.found:
        asker.ask(questions.credits(key))
        info = asker.answer(questions.key(key))
        if isinstance(info, KeyInfo) and _is_regular(info):
            return _own_spend(asker, key, info, asked, max_age)
        failure = failure or (info if isinstance(info, Failure) else None)
    return failure


def _is_regular(info: KeyInfo) -> bool:
    """Tells whether it is a regular key: by its answer or, where that does not say it, by what the key spent.

    A management key's own counters are always 0.
    """
    lifetime = info.counters.total
    return info.is_management is False or (
        info.is_management is None and isinstance(lifetime, Decimal) and lifetime > 0
    )


def _own_spend(asker: Asker, key: Key, info: KeyInfo, asked: Periods, max_age: timedelta) -> OwnSpend:
    now, at = asker.now, info.as_of or asker.now
    told = dict(key_days.told(info, at))
    held = {**told, **dict(midnights.read(asker.cache, key))}
    held.update({day: usd for day, usd in told.items() if day == at.date()})
    believed = key_days.believed(Midnight(*one) for one in held.items())
    counters = expired.key_info(info, now).counters
    account, told_at = _account(asker, key, info)
    own = OwnSpend(
        now=now,
        as_of=windows.as_of(info.as_of, now, max_age),
        key_name=key.name,
        asked=asked,
        counters=counters,
        per_day=_per_day(counters, now),
        later=key_days.within(believed, asked.later),
        earlier=key_days.within(believed, asked.earlier),
        nearest=key_days.compared(believed),
        stretches=tuple(key_days.stretches(believed)),
        account=account,
        account_as_of=windows.as_of(told_at, now, max_age),
    )
    return own._replace(notes=tuple(_notes(own, is_whole=len(believed) == len(held))))


def _account(asker: Asker, key: Key, info: KeyInfo) -> tuple[Amount, Optional[datetime]]:
    """Returns what the key's account has spent by its credits, if that can be true, and when it was told."""
    told = asker.known(questions.credits(key))
    told_at = told.as_of if isinstance(told, Credits) else None
    are_of_one_time = windows.are_simultaneous(info.as_of or asker.now, told_at or asker.now)
    gap = AccountFetch(asker, key).of_credits().credits_gap
    found = balance.believed(told, info if are_of_one_time else None, False, gap)
    return (found if isinstance(found, Unknown) else found.used), told_at


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
    yield Note(NEEDS_MANAGEMENT_KEY.code, f"{OTHERS} are unknown: {NEEDS_MANAGEMENT_KEY.advice}")
    if own.compared and own.of_asked is None:
        days = " and ".join(written(span) for span in own.asked[:2])
        yield Note("days_missing", f"of {days} its counters tell no sums: the nearest that are known are compared")
    if not is_whole:
        yield LIFETIME_FELL
