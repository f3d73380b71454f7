"""Finds why the counts of an account's current UTC month differ, each difference of a cent or more by its cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage.commands.doctor.counts import count, is_settled
from openrouter_usage.commands.doctor.keys import kind
from openrouter_usage.commands.doctor.records import (
    DAY_MISSING,
    Cause,
    CountedBy,
    Counts,
    Difference,
    KeyAnswers,
    Reconciliation,
)
from openrouter_usage.dimensions import WITHOUT_KEY
from openrouter_usage.figures.same_account import are_apart
from openrouter_usage.figures.windows import LAG, are_simultaneous
from openrouter_usage.keys.sources import REGULAR
from openrouter_usage.records import A_CENT, Amount, KeyInfo, ListedKey, Unknown, total


def reconciliations(answers: Sequence[KeyAnswers], now: datetime) -> tuple[Reconciliation, ...]:
    """Compares the counts of each profile's account; names an earlier profile with the same account and figures."""
    found: list[Reconciliation] = []
    for profile in dict.fromkeys(one.profile for one in answers):
        of_profile = [one for one in answers if one.profile == profile]
        one = reconcile(_most_told(of_profile), _regular_key(of_profile), now)
        same = (other.counts.answers.profile for other in found if _is_same(one.counts, other.counts))
        found.append(one._replace(account_of=next(same, "")))
    return tuple(found)


def _most_told(answers: Sequence[KeyAnswers]) -> KeyAnswers:
    """The answers of the key that was told most of its account; of two alike that in the place of a management key."""

    def order(one: KeyAnswers) -> tuple[bool, int, bool]:
        known = sum(not isinstance(answer, Unknown) for answer in (one.account, one.listed, one.days))
        return kind(one.info) != "regular", known, kind(one.info) == "management"

    return max(reversed(answers), key=order)


def _regular_key(answers: Sequence[KeyAnswers]) -> Optional[KeyAnswers]:
    """The regular key; where none is known to be one, that in its variable unless it is known to be another kind."""
    regular = [one for one in answers if kind(one.info) == "regular"]
    perhaps = [one for one in answers if one.key.name in REGULAR and kind(one.info) != "management"]
    return next(iter([*regular, *perhaps]), None)


def _is_apart(one: Union[KeyInfo, Unknown], other: Union[KeyInfo, Unknown]) -> Optional[bool]:
    """Tells whether two keys belong to two accounts; None where OpenRouter does not say."""
    return are_apart(one, other) if isinstance(one, KeyInfo) and isinstance(other, KeyInfo) else None


def _is_same(one: Counts, other: Counts) -> bool:
    """Tells whether two profiles have one account, and the same figures of it."""
    of_account = (CountedBy.ACTIVITY_AND_TODAY, CountedBy.ANALYTICS, CountedBy.KEY_LIST)
    is_equal = all(one.month[by].usd == other.month[by].usd for by in of_account)
    return bool(one.base) and is_equal and _is_apart(one.answers.info, other.answers.info) is False


def reconcile(answers: KeyAnswers, own: Optional[KeyAnswers], now: datetime) -> Reconciliation:
    """Compares the counts of the account that `answers` are about; `own` is what its regular key was told."""
    counts = count(answers, own.info if own else None, now)
    comparison = _Comparison(counts, own.info if own and isinstance(own.info, KeyInfo) else None)
    differences = tuple(one for one in comparison.differences() if abs(one.usd) >= A_CENT)
    return Reconciliation(counts, own.key.name if own else "", comparison.is_apart, differences)


def split(counted_by: CountedBy, usd: Decimal, parts: Iterable[Difference]) -> list[Difference]:
    """The parts of a cent and more, and last what they leave unexplained: they add up to `usd`."""
    named = [one for one in parts if abs(one.usd) >= A_CENT]
    rest = usd - sum((one.usd for one in named), Decimal(0))
    return [*named, Difference(counted_by, Cause.UNEXPLAINED, rest)]


class _Comparison:
    """Compares each count of an account with the base."""

    def __init__(self, counts: Counts, own: Optional[KeyInfo]) -> None:
        self._counts = counts
        self._own = own
        self._base = counts.base_spent
        self._listed: Sequence[ListedKey] = ()
        if not isinstance(counts.keys, Unknown) and self._is_told_with_base(CountedBy.KEY_LIST):
            self._listed = counts.keys.keys
        self.is_apart = _is_apart(own, counts.answers.info) if own else None
        if own and self.is_apart is None and own.label_id:
            self.is_apart = False if any(key.label_id == own.label_id for key in self._listed) else None

    def differences(self) -> Iterator[Difference]:
        """The differences of each count, including those below a cent."""
        counts, spend = self._counts, self._spend_by_cause()
        if isinstance(counts.today, Decimal):
            yield Difference(CountedBy.ACTIVITY, Cause.TODAY, counts.today)
        yield from self._of_activity()
        if counts.base is CountedBy.ANALYTICS:
            not_listed = (Cause.UNLISTED_KEYS, Cause.NO_KEY)
            yield from self._of_keys(CountedBy.KEY_LIST, {cause: spend.get(cause) for cause in not_listed})
        if self.is_apart is False:
            yield from self._of_keys(CountedBy.OWN_KEY, self._without_own(spend))
        if isinstance(counts.byok, Decimal):
            yield Difference(CountedBy.ALL, Cause.BYOK, counts.byok)

    def _is_told_with_base(self, counted_by: CountedBy) -> bool:
        return are_simultaneous(self._counts.month[counted_by].as_of.at, self._base.as_of.at)

    def _differences(self, counted_by: CountedBy, is_comparable: bool, parts: Iterable[Difference]) -> list[Difference]:
        """The difference of a count from the base, in parts if the two are comparable; empty if one is not known."""
        base, usd = self._base.usd, self._counts.month[counted_by].usd
        if isinstance(base, Unknown) or isinstance(usd, Unknown):
            return []
        if not is_comparable:
            return [Difference(counted_by, Cause.OTHER_TIMES, base - usd)]
        return split(counted_by, base - usd, parts)

    # /activity

    def _of_activity(self) -> list[Difference]:
        """The differences of /activity: of its completed days, with today where that is known."""
        counts = self._counts
        if counts.month[CountedBy.ACTIVITY_AND_TODAY].usd == DAY_MISSING:
            return []
        counted_by = CountedBy.ACTIVITY_AND_TODAY if isinstance(counts.today, Decimal) else CountedBy.ACTIVITY
        return self._differences(counted_by, self._are_days_comparable(), self._days_that_differ(counted_by))

    def _are_days_comparable(self) -> bool:
        """Tells whether /activity and the base count the same days: final ones, or told at the same time."""
        completed, told, now = self._counts.month[CountedBy.ACTIVITY].as_of, self._base.as_of.at, self._counts.now
        are_final = completed.is_final and is_settled(told, now)
        return told.date() == now.date() and (are_final or are_simultaneous(told, completed.at))

    def _days_that_differ(self, counted_by: CountedBy) -> Iterator[Difference]:
        """The completed days of which analytics knows another amount than /activity."""
        account, days = self._counts.answers.account, self._counts.answers.days
        if self._counts.base is not CountedBy.ANALYTICS or isinstance(account, Unknown) or isinstance(days, Unknown):
            return
        lacking = dict.fromkeys(days.days, Decimal(0))
        told = [(one.day, one.usd, 1) for one in account.days]
        for day, usd, sign in [*told, *((row.names[0], row.use.usd, -1) for row in days.table.rows)]:
            if isinstance(day, date) and day in lacking and isinstance(usd, Decimal):
                lacking[day] += sign * usd
        yield from (Difference(counted_by, Cause.UNEXPLAINED, usd, day) for day, usd in lacking.items())

    # /keys, and the key's own counter

    def _of_keys(self, counted_by: CountedBy, spend: Mapping[Cause, Optional[Amount]]) -> list[Difference]:
        amounts = ((cause, spend.get(cause)) for cause in Cause)
        parts = [Difference(counted_by, cause, one) for cause, one in amounts if isinstance(one, Decimal)]
        found = self._differences(counted_by, self._is_told_with_base(counted_by), parts)
        return found if abs(sum((one.usd for one in found), Decimal(0))) >= A_CENT else []

    def _spend_by_cause(self) -> dict[Cause, Amount]:
        """The spend of the listed keys, each in one class, and by analytics that of others if it can be compared."""
        counts, table, names = self._counts, self._counts.answers.by_key, {key.name for key in self._listed}
        spend: dict[Cause, Amount] = {}
        for key in self._listed:
            _add(spend, self._class_of(key), key.counters.credits.month)
        if not names or isinstance(table, Unknown) or table.partial or counts.base is not CountedBy.ANALYTICS:
            return spend
        if are_simultaneous(table.as_of or counts.now, self._base.as_of.at):
            for (name, day), use in table.rows:
                if name not in names and isinstance(day, date) and counts.first <= day <= counts.now.date():
                    _add(spend, Cause.NO_KEY if name in WITHOUT_KEY else Cause.UNLISTED_KEYS, use.usd)
        return spend

    def _without_own(self, spend: Mapping[Cause, Amount]) -> dict[Cause, Amount]:
        """The spend without the regular key's, which is among that of its workspace, or else of keys in no list."""
        own = self._counts.month[CountedBy.OWN_KEY].usd
        among = Cause.OTHER_KEYS if self._is_listed() else Cause.UNLISTED_KEYS
        others: dict[Cause, Amount]
        others = {cause: usd for cause, usd in spend.items() if cause not in (among, Cause.OTHER_KEYS)}
        usd = spend.get(among)
        if isinstance(usd, Decimal) and isinstance(own, Decimal) and usd > own:
            others[among] = usd - own
        return others

    def _class_of(self, key: ListedKey) -> Cause:
        if key.disabled is True:
            return Cause.DISABLED_KEYS
        if isinstance(key.expires_at, datetime) and key.expires_at <= self._counts.now:
            return Cause.EXPIRED_KEYS
        own = self._own.workspace if self._own else None
        is_told = isinstance(own, str) and isinstance(key.workspace, str)
        return Cause.OTHER_WORKSPACES if is_told and own != key.workspace else Cause.OTHER_KEYS

    def _is_listed(self) -> bool:
        """Tells whether a listed key of the regular key's class has its lifetime total, but for a minute's spend."""
        if self._own is None:
            return False
        of_its_class = [key for key in self._listed if self._class_of(key) is Cause.OTHER_KEYS]
        return any(_is_near(key.counters.total, self._own.counters.total) for key in of_its_class)


def _add(spend: dict[Cause, Amount], cause: Cause, usd: Amount) -> None:
    spend[cause] = total((spend.get(cause, Decimal(0)), usd), Decimal(0))


def _is_near(one: Amount, other: Amount) -> bool:
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return False
    return abs(one - other) <= max(LAG * max(one, other), A_CENT)
