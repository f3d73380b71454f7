"""Records what the account spent on each UTC day by every source that tells it, of which none is believed alone.

/activity and /analytics/query were both seen to answer without rows, without the latest days or without a vendor. A
source can lack money, it does not invent it: so the fuller count is the spend of a day, and what the poorer source
alone can tell of it is partial. Where one source has a multiple of the other, which of them is right is not known.
"""

from datetime import date
from decimal import Decimal
from typing import NamedTuple, Optional

from openrouter_usage.days import DAY, Span, day_count, midnight
from openrouter_usage.records import (
    A_CENT,
    RECENT_DAYS,
    SETTLING,
    Amount,
    Completed,
    DaySpend,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
)

NOTICEABLE = Decimal("0.01")
"""The part of the spend shown that a gap must exceed to be spoken of."""

ZERO = Decimal(0)

NOT_BROKEN_DOWN = Unknown("OpenRouter does not break this part down", "not_broken_down")

AGREED, CONTRADICTED, NOT_TOLD = "agreed", "contradicted", "not_told"
ACTIVITY_LACKS, ANALYTICS_LACKS = "activity_lacks", "analytics_lacks"
"""What the comparison of the sources says of a day; NOT_TOLD: not by both of them."""


class JudgedDay(NamedTuple):
    """The use of all keys on a completed UTC day.

    `use` is that by the fuller count. `activity` and `analytics` are the credits in USD that each source tells, None
    where it does not tell the day. With `is_open` the day had been over for less than six hours when /activity told
    it, so that it may not be published yet.
    """

    day: date
    use: Use
    activity: Optional[Decimal]
    analytics: Optional[Decimal]
    judgement: str
    is_open: bool = False

    @property
    def usd(self) -> Amount:
        """The credits in USD by the fuller count."""
        return self.use.usd

    @property
    def counts(self) -> list[Decimal]:
        """The credits in USD by each source that tells them, the lesser count first."""
        return sorted(one for one in (self.activity, self.analytics) if one is not None)

    @property
    def is_disputed(self) -> bool:
        """Tells whether the sources contradict each other, so that either may be right."""
        return self.judgement == CONTRADICTED

    @property
    def differs(self) -> bool:
        """Tells whether the sources differ by a cent or more."""
        return len(self.counts) == 2 and self.counts[1] - self.counts[0] >= A_CENT

    @property
    def activity_lacks(self) -> Decimal:
        """The USD that /activity has less than analytics, zero if it has more or one of them does not tell."""
        if self.activity is None or self.analytics is None:
            return ZERO
        return max(self.analytics - self.activity, ZERO)


class Shortfall(NamedTuple):
    """USD of credits that were spent on days of this span, and that no source of days holds."""

    usd: Decimal
    days: Span


class Doubt(NamedTuple):
    """A remembered day of which /activity later told less, in USD of credits, and that analytics does not confirm."""

    day: date
    remembered: Decimal
    told: Decimal


class Gap(NamedTuple):
    """The USD of credits of some days that /activity breaks down, and their fuller count.

    With `is_disputed` one source has a multiple of the other, so that either may be right.
    """

    broken_down: Decimal
    whole: Decimal
    is_disputed: bool


class Evidence(NamedTuple):
    """What all sources together tell of the account's completed UTC days, in order, and of the current one.

    `live` is the spend on the day `on` until analytics told it, None where it did not tell it. `factor` is the multiple
    by which one source has more than the other on most days, None without one. `shortfalls` are proved by counters of
    keys, or by the account's lifetime spend. With `is_silent` analytics has no row although something was used.
    `credits_gap` is why the account's lifetime credits are not believed, None where they are.
    """

    days: tuple[JudgedDay, ...]
    on: date
    live: Optional[DaySpend] = None
    factor: Optional[int] = None
    shortfalls: tuple[Shortfall, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    is_silent: bool = False
    credits_gap: Optional[Unknown] = None

    def within(self, span: Span) -> tuple[JudgedDay, ...]:
        """Returns the judged days of the span, both ends included."""
        return tuple(one for one in self.days if span[0] <= one.day <= span[1])

    def holds(self, span: Span) -> bool:
        """Tells whether the spend of every day of the span is known, both ends included."""
        known = [one for one in self.within(span) if isinstance(one.usd, Decimal)]
        return len(known) == day_count(span)

    @property
    def doubts_live(self) -> bool:
        """Tells whether analytics lacks money in the last week, so that its count of today may lack some, too."""
        recent = self.within((self.on - RECENT_DAYS * DAY, self.on - DAY))
        return any(one.judgement == ANALYTICS_LACKS for one in recent)

    @property
    def is_live_disputed(self) -> bool:
        """Tells whether analytics has a multiple of what /activity has, so that its count of today may be one, too."""
        return bool(self.factor) and any(one.is_disputed and one.activity_lacks for one in self.days)

    @property
    def is_doubtful(self) -> bool:
        """Tells whether the sources differ in anything, so that there may be something to say of it."""
        return bool(self.shortfalls or self.doubts) or any(one.differs for one in self.days)

    @property
    def lacking_sources(self) -> frozenset[str]:
        """The sources, "activity" and "analytics", that lack money of some completed day, or contradict each other."""
        if self.shortfalls or any(one.is_disputed for one in self.days):
            return frozenset({"activity", "analytics"})
        judgements = {one.judgement for one in self.days if not one.is_open}
        lacks_activity = ACTIVITY_LACKS in judgements or self.doubts
        lacks_analytics = ANALYTICS_LACKS in judgements or self.is_silent
        lacks = {"activity": lacks_activity, "analytics": lacks_analytics}
        return frozenset(name for name, is_lacking in lacks.items() if is_lacking)

    def completed(self, span: Span) -> Completed:
        """Returns the use of the days of the span by the fuller count, by date.

        A day that analytics tells is settled, one that is open by /activity alone may still grow.
        """
        days = self.within(span)
        rows = tuple(UsageRow((one.day,), one.use) for one in days)
        unsettled = tuple(one.day for one in days if one.is_open and one.analytics is None)
        is_settled = bool(days) and days[-1].analytics is not None
        as_of = midnight(days[-1].day + DAY) + SETTLING if is_settled else None
        return Completed(UsageTable(("date",), rows, as_of=as_of), tuple(one.day for one in days), unsettled)

    def largest_shortfall(self, span: Span) -> Optional[Shortfall]:
        """Returns the largest shortfall whose days lie within the span, both ends included; None if there is none."""
        within = [one for one in self.shortfalls if span[0] <= one.days[0] and one.days[1] <= span[1]]
        return max(within, key=lambda one: one.usd, default=None)

    def shortfall(self, span: Span) -> Decimal:
        """Returns the USD that were spent within the span, and that no source of days holds."""
        largest = self.largest_shortfall(span)
        return largest.usd if largest else ZERO

    def gap(self, span: Span) -> Optional[Gap]:
        """Returns what /activity breaks down of the span if it lacks more than a cent and 1% of it, else None.

        A day that is not published yet is no gap by itself.
        """
        days = [one for one in self.within(span) if one.activity is not None and isinstance(one.usd, Decimal)]
        shortfall = self.shortfall(span)
        lacks = sum((one.activity_lacks for one in days if not one.is_open), shortfall)
        broken_down = sum((one.activity or ZERO for one in days), ZERO)
        whole = broken_down + sum((one.activity_lacks for one in days), shortfall)
        if not is_noticeable(lacks, whole):
            return None
        return Gap(broken_down, whole, any(one.is_disputed for one in days))

    def disputed(self, span: Span) -> Decimal:
        """Returns the USD that the fuller counts of the days of the span have more, where the sources disagree."""
        return sum((one.counts[1] - one.counts[0] for one in self.within(span) if one.is_disputed), ZERO)

    def analytics_lacks(self, span: Span) -> Decimal:
        """Returns the USD that analytics lacks of the days of the span, but for those on which either may be right."""
        lacking = (one for one in self.within(span) if one.differs and one.judgement == ANALYTICS_LACKS)
        return sum((one.counts[1] - one.counts[0] for one in lacking), ZERO)

    def doubts_within(self, span: Span) -> tuple[Doubt, ...]:
        """Returns the doubts on days of the span, both ends included."""
        return tuple(one for one in self.doubts if span[0] <= one.day <= span[1])

    def doubted(self, span: Span) -> Decimal:
        """Returns the USD of days of the span that /activity told at first, and no longer."""
        return sum((one.remembered - one.told for one in self.doubts_within(span)), ZERO)


NOTHING_TOLD = Evidence((), date.min)
"""The evidence of an account that no key may see."""


def is_lesser(told: Use, held: Use) -> bool:
    """Tells whether an answer holds less of a day than another: fewer credits, or no use at all of what was used."""
    if isinstance(told.usd, Unknown) or isinstance(held.usd, Unknown):
        return isinstance(told.usd, Unknown) and not isinstance(held.usd, Unknown)
    return told.usd < held.usd or (has_use(held) and not has_use(told))


def agree(one: Amount, other: Optional[Amount]) -> bool:
    """Tells whether two counts of a day in USD are the same to the cent."""
    return isinstance(one, Decimal) and isinstance(other, Decimal) and abs(one - other) < A_CENT


def has_use(use: Use) -> bool:
    """Tells whether anything was used: spend in credits or BYOK, or a request."""
    return any(not isinstance(one, Unknown) and one for one in (use.usd, use.byok_usd, use.requests))


def is_noticeable(lacking: Decimal, whole: Decimal) -> bool:
    """Tells whether a difference in USD is spoken of: it is a cent or more, and more than 1% of what is shown."""
    return lacking >= A_CENT and lacking > NOTICEABLE * whole
