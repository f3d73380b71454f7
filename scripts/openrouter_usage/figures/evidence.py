"""Judges what the account spent on each UTC day by every source that tells it, of which none is believed alone.

/activity and /analytics/query were both seen to answer without rows, without the latest days or without a vendor. A
source can lack money, it does not invent it: so the fuller count is the spend of a day, and what the poorer source
alone can tell of it is partial. Where one source has a multiple of the other, which of them is right is not known.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from openrouter_usage.days import DAY, Span, day_count, every_day, midnight
from openrouter_usage.figures.groups import by_day
from openrouter_usage.figures.windows import LAG, starts
from openrouter_usage.records import (
    A_CENT,
    RECENT_DAYS,
    SETTLING,
    AccountDays,
    Amount,
    Completed,
    Counters,
    DaySpend,
    Reading,
    Unknown,
    UsageRow,
    UsageTable,
    Use,
    total,
)

NOTICEABLE = Decimal("0.01")
"""The part of the spend shown that a gap must exceed to be spoken of."""

ZERO = Decimal(0)

CREDITS_BELOW_DAYS = Unknown("/credits tells less use than the days add up to", "credits_contradicted")
CREDITS_FELL = Unknown("/credits told more use before", "credits_contradicted")
CREDITS_MULTIPLIED = Unknown("/credits tells a multiple of the use that it told before", "credits_contradicted")

REMEMBERED_FOR = DAY
"""How long earlier readings of the credits contradict a lesser one: they may have been the wrong ones."""

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
    def counts(self) -> List[Decimal]:
        """The credits in USD by each source that tells them, the lesser count first."""
        return sorted(one for one in (self.activity, self.analytics) if one is not None)

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

    days: Tuple[JudgedDay, ...]
    on: date
    live: Optional[DaySpend] = None
    factor: Optional[int] = None
    shortfalls: Tuple[Shortfall, ...] = ()
    doubts: Tuple[Doubt, ...] = ()
    is_silent: bool = False
    credits_gap: Optional[Unknown] = None

    def within(self, span: Span) -> Tuple[JudgedDay, ...]:
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
        return bool(self.factor) and any(_is_disputed(one) and one.activity_lacks for one in self.days)

    @property
    def is_doubtful(self) -> bool:
        """Tells whether the sources differ in anything, so that there may be something to say of it."""
        return bool(self.shortfalls or self.doubts) or any(one.differs for one in self.days)

    @property
    def lacking_sources(self) -> FrozenSet[str]:
        """The sources, "activity" and "analytics", that lack money of some completed day, or contradict each other."""
        if self.shortfalls or any(map(_is_disputed, self.days)):
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
        return Gap(broken_down, whole, any(map(_is_disputed, days)))

    def disputed(self, span: Span) -> Decimal:
        """Returns the USD that the fuller counts of the days of the span have more, where the sources disagree."""
        return sum((one.counts[1] - one.counts[0] for one in self.within(span) if _is_disputed(one)), ZERO)


NOTHING_TOLD = Evidence((), date.min)
"""The evidence of an account that no key may see."""


def is_lesser(told: Use, held: Use) -> bool:
    """Tells whether an answer holds less of a day than another: fewer credits, or no use at all of what was used."""
    if isinstance(told.usd, Unknown) or isinstance(held.usd, Unknown):
        return isinstance(told.usd, Unknown) and not isinstance(held.usd, Unknown)
    return told.usd < held.usd or (_has_use(held) and not _has_use(told))


def agree(one: Amount, other: Optional[Amount]) -> bool:
    """Tells whether two counts of a day in USD are the same to the cent."""
    return isinstance(one, Decimal) and isinstance(other, Decimal) and abs(one - other) < A_CENT


def is_noticeable(lacking: Decimal, whole: Decimal) -> bool:
    """Tells whether a difference in USD is spoken of: it is a cent or more, and more than 1% of what is shown."""
    return lacking >= A_CENT and lacking > NOTICEABLE * whole


def _is_disputed(one: JudgedDay) -> bool:
    return one.judgement == CONTRADICTED


# The judgement


def judge(
    activity: Union[Completed, Unknown, None],
    analytics: Union[AccountDays, Unknown, None],
    now: datetime,
    floors: Sequence[Counters] = (),
    readings: Sequence[Reading] = (),
) -> Evidence:
    """Returns what the account spent on each completed UTC day before `now`, and on the current one.

    `activity` has completed days by date. `floors` are counters that the account's cannot be below, answered at the
    same time: those of one of its keys, or of all that it lists. `readings` are those of its lifetime credits, in
    order.
    """
    told = by_day(activity) if isinstance(activity, Completed) else {}
    counted: Dict[date, DaySpend] = {}
    on = now.date()
    is_silent = isinstance(analytics, AccountDays) and _is_silent(analytics, told, floors)
    if isinstance(analytics, AccountDays) and not is_silent:
        on = min((analytics.as_of or now).date(), on)
        counted = counted_by_day(analytics, on)
    live = counted.pop(on, None)
    open_days = _open_days(activity, now) if isinstance(activity, Completed) else frozenset()
    days = sorted(day for day in {*told, *counted} if day < now.date())
    judged = [_judged(day, told.get(day), counted.get(day), day in open_days) for day in days]
    factor = _factor(judged)
    found = Evidence(tuple(_contradicted(judged)) if factor else tuple(judged), on, live, factor, is_silent=is_silent)
    credits_gap = _credits_gap(found, readings)
    believed = readings[:-1] if credits_gap else readings
    return found._replace(
        days=tuple(_with_excess(found, believed)),
        shortfalls=(*_by_floors(found, floors), *_by_credits(found, believed)),
        credits_gap=credits_gap,
        doubts=tuple(_doubts(found, activity.doubts)) if isinstance(activity, Completed) else (),
    )


def _doubts(found: Evidence, lesser: Sequence[Tuple[date, Decimal]]) -> Iterator[Doubt]:
    told = dict(lesser)
    for one in found.days if told else ():
        is_confirmed = one.activity is None or (one.analytics is not None and one.analytics > one.activity - A_CENT)
        if one.day in told and one.activity is not None and not is_confirmed:
            yield Doubt(one.day, one.activity, told[one.day])


def _is_silent(analytics: AccountDays, told: Dict[date, Use], floors: Sequence[Counters]) -> bool:
    """Tells whether analytics has no row at all although something was used, by another source."""
    is_used = any(map(_has_use, told.values())) or any(
        isinstance(usd, Decimal) and usd > 0 for one in floors for usd in (*one.credits, *one.byok)
    )
    return is_used and not analytics.days


def counted_by_day(analytics: AccountDays, on: date) -> Dict[date, DaySpend]:
    """Returns the spend on each UTC day up to `on` that analytics was asked about; a day without a row has no use."""
    days: Dict[date, DaySpend] = {}
    for one in analytics.days:
        if one.day <= on:
            same = days.get(one.day)
            days[one.day] = one if same is None else _added(same, one)
    first = analytics.since or min(days, default=on)
    return {day: days.get(day) or DaySpend(day, ZERO, ZERO, 0) for day in every_day((first, on))}


def _added(one: DaySpend, other: DaySpend) -> DaySpend:
    usd, byok = (total(pair, ZERO) for pair in ((one.usd, other.usd), (one.byok_usd, other.byok_usd)))
    return DaySpend(one.day, usd, byok, total((one.requests, other.requests), 0))


def _open_days(activity: Completed, now: datetime) -> FrozenSet[date]:
    """Returns the days that /activity told less than six hours after their end."""
    as_of = activity.table.as_of or now
    return frozenset({*activity.unsettled, *(day for day in activity.days if as_of < midnight(day + DAY) + SETTLING)})


def _judged(day: date, told: Optional[Use], counted: Optional[DaySpend], is_open: bool) -> JudgedDay:
    activity = told.usd if told and isinstance(told.usd, Decimal) else None
    analytics = counted.usd if counted and isinstance(counted.usd, Decimal) else None
    use = told or _use(counted)
    if activity is None or analytics is None:
        known = use if told and (activity is not None or analytics is None) else _use(counted)
        return JudgedDay(day, known, activity, analytics, NOT_TOLD, is_open)
    lacks = analytics - activity
    has_rows = [_has_use(use), _has_use(_use(counted))]
    if lacks >= A_CENT or has_rows == [False, True]:
        return JudgedDay(day, _use(counted), activity, analytics, ACTIVITY_LACKS, is_open)
    is_less = -lacks >= A_CENT or has_rows == [True, False]
    return JudgedDay(day, use, activity, analytics, ANALYTICS_LACKS if is_less else AGREED, is_open)


def _use(counted: Optional[DaySpend]) -> Use:
    """Returns the use of a day as analytics counts it by day, without tokens."""
    if counted is None:
        return Use(*[NOT_BROKEN_DOWN] * len(Use._fields))
    return Use(counted.usd, counted.byok_usd, counted.requests, *[NOT_BROKEN_DOWN] * 4)


def _has_use(use: Use) -> bool:
    return any(not isinstance(one, Unknown) and one for one in (use.usd, use.byok_usd, use.requests))


def _factor(days: Iterable[JudgedDay]) -> Optional[int]:
    """Returns the whole multiple, from 2 on, by which one source has more on most days that both tell of; or None."""
    pairs = [(one.activity, one.analytics) for one in days if not one.is_open]
    both = [(one, other) for one, other in pairs if one and other and min(one, other) >= A_CENT]
    differing = [pair for pair in both if not agree(*pair)]  # remembered days may be right beside those told now
    factors = {round(max(pair) / min(pair)) for pair in differing}
    factor = factors.pop() if len(factors) == 1 and len({one > other for one, other in differing}) == 1 else 1
    are_multiples = all(agree(max(pair), factor * min(pair)) for pair in differing)
    return factor if factor > 1 and are_multiples and 2 * len(differing) > len(both) else None


def _contradicted(days: Iterable[JudgedDay]) -> Iterable[JudgedDay]:
    for one in days:
        yield one._replace(judgement=CONTRADICTED) if one.differs else one


# What proves that all sources of days lack money, or hold too much


def _by_floors(found: Evidence, floors: Sequence[Counters]) -> Iterator[Shortfall]:
    """Yields what the completed days of the current week and month lack of what keys alone spent in them."""
    for counters in floors:
        _, week, month = starts(found.on)
        for start, usd in ((week, counters.credits.week), (month, counters.credits.month)):
            days = (start, found.on - DAY)
            if start == found.on:  # no day of the window is completed
                continue
            spent, known = total((usd, _negative(counters.credits.today)), ZERO), _spent(found, days)
            if isinstance(spent, Decimal) and known is not None:
                yield from _shortfall(spent, known, days)


def _negative(usd: Amount) -> Amount:
    return usd if isinstance(usd, Unknown) else -usd


def _spent(found: Evidence, days: Span) -> Optional[Decimal]:
    """Returns the USD of the days of the span, None if one of them is not known, or may not be published yet."""
    known = total((one.usd for one in found.within(days)), ZERO)
    is_open = any(one.is_open and one.analytics is None for one in found.within(days))
    return known if isinstance(known, Decimal) and found.holds(days) and not is_open else None


def _shortfall(spent: Decimal, known: Decimal, days: Span) -> List[Shortfall]:
    return [Shortfall(spent - known, days)] if is_noticeable(spent - known, spent) else []


def _grown(readings: Sequence[Reading]) -> List[Tuple[Reading, Reading]]:
    """Returns pairs of readings: each with the next one, and each with the last one."""
    return [*zip(readings, readings[1:]), *((one, readings[-1]) for one in readings[:-2])]


def _credits_gap(found: Evidence, readings: Sequence[Reading]) -> Optional[Unknown]:
    """Returns why the last reading cannot be true: less was used than before, or than on the days, or far more."""
    if not readings:
        return None
    *earlier, last = readings
    known = total((_least(found, one) for one in found.days), ZERO)
    if isinstance(known, Decimal) and is_noticeable(known - last.used, known):
        return CREDITS_BELOW_DAYS
    recent = [one for one in earlier if last.at - one.at <= REMEMBERED_FOR]
    higher = [one for one in recent if is_noticeable(one.used - last.used, one.used)]
    if 2 * len(higher) > len(recent):
        return CREDITS_FELL
    return CREDITS_MULTIPLIED if recent and _is_multiple(found, recent[-1], last) else None


def _least(found: Evidence, one: JudgedDay) -> Amount:
    """Returns the USD of the day that may be right; where one source has a multiple, its count is divided by it."""
    if _is_disputed(one):
        return one.counts[0]
    return one.usd / found.factor if found.factor and isinstance(one.usd, Decimal) and len(one.counts) == 1 else one.usd


def _is_multiple(found: Evidence, before: Reading, after: Reading) -> bool:
    """Tells whether a reading is a multiple of the one before it, which all that was spent since does not explain."""
    spent = _spent(found, (before.at.date(), min(after.at.date(), found.on - DAY)))
    live = found.live.usd if found.live else None
    if spent is None or not isinstance(live, Decimal) or before.used < A_CENT:
        return False
    factor, grown = round(after.used / before.used), after.used - before.used
    most = factor * (before.used + spent + live) * (1 + LAG)
    return factor > 1 and grown > 2 * (spent + live) and factor * before.used * (1 - LAG) <= after.used <= most


def _by_credits(found: Evidence, readings: Sequence[Reading]) -> Iterator[Shortfall]:
    """Yields what all days lack that the account's lifetime spend touched while it grew."""
    for before, after in _grown(readings):
        first, last = before.at.date(), after.at.date()
        known = _spent(found, (first, min(last, found.on - DAY)))
        if last == found.on:
            live = found.live.usd if found.live else None
            known = known + live if known is not None and isinstance(live, Decimal) else None
        if known is not None and last <= found.on:
            yield from _shortfall(after.used - before.used, known, (first, last))


def _with_excess(found: Evidence, readings: Sequence[Reading]) -> Iterator[JudgedDay]:
    """Yields the days; they are contradicted where they add up to more than the lifetime spend grew by around them."""
    excessive: List[Span] = []
    for before, after in _grown(readings):
        inside = (before.at.date() + DAY, after.at.date() - DAY)
        known = _spent(found, inside) if inside[0] <= inside[1] else None
        if known is not None and is_noticeable(known - (after.used - before.used), known):
            excessive.append(inside)
    for one in found.days:
        is_excessive = any(first <= one.day <= last for first, last in excessive)
        yield one._replace(judgement=CONTRADICTED) if is_excessive and one.differs else one
