"""Finds why the counts of an account's current UTC month differ, each part of a cent and more with its cause."""

from datetime import date, datetime
from decimal import Decimal
from typing import Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple, Union

from openrouter_usage.commands.doctor.counts import Sides, own_side
from openrouter_usage.commands.doctor.records import (
    ALL,
    ANALYTICS,
    BYOK,
    COMPLETED,
    COMPLETED_AND_TODAY,
    DISABLED,
    EXPIRED,
    KEY,
    KEYS,
    NO_KEYS_USE,
    OTHER_KEYS,
    OTHER_TIMES,
    OTHER_WORKSPACES,
    TODAY,
    UNEXPLAINED,
    UNLISTED,
    Difference,
    Evidence,
    Reconciliation,
    Side,
)
from openrouter_usage.figures.windows import LAG, at_once
from openrouter_usage.records import (
    A_CENT,
    NO_KEY,
    Amount,
    KeyInfo,
    ListedKey,
    Unknown,
    UsageTable,
    total,
)

Cause = Tuple[str, Decimal, Optional[date]]
"""What it is, its amount, and the UTC day where it is of one alone."""


def reconciled(
    evidence: Evidence,
    own: Union[KeyInfo, Unknown, None],
    own_name: str,
    is_apart: Optional[bool],
    now: datetime,
) -> Reconciliation:
    """The counts of the account of `evidence` at `now`, compared. `own` is what the regular key told."""
    sides = Sides(evidence, now)
    reconciler = _Reconciler(sides, evidence, own, is_apart)
    return Reconciliation(
        profile=evidence.profile,
        month=sides.first,
        completed=sides.completed,
        completed_to=sides.completed_to,
        today=sides.spent_today,
        today_by=sides.today_by,
        completed_and_today=sides.completed_and_today,
        analytics=sides.analytics.side,
        listed=sides.listed.side,
        keys=sides.number_of_keys,
        workspaces=sides.workspaces,
        default_workspace_only=sides.default_workspace_only,
        own=reconciler.own,
        own_name=own_name,
        is_apart=reconciler.is_apart,
        byok=sides.base.counters.byok.month,
        base=sides.base.name if sides.is_based else "",
        differences=tuple(reconciler.differences()),
    )


def split(side: str, whole: Decimal, causes: Iterable[Cause]) -> List[Difference]:
    """The difference in its parts of a cent and more, and last what they leave unexplained: they add up to it."""
    named = [Difference(side, cause, usd, day) for cause, usd, day in causes if abs(usd) >= A_CENT]
    rest = whole - sum((one.usd for one in named), Decimal(0))
    return [*named, Difference(side, UNEXPLAINED, rest)]


class _Reconciler:
    """Compares the sides of one account with each other, and with what its regular key told of itself."""

    def __init__(
        self, sides: Sides, evidence: Evidence, own: Union[KeyInfo, Unknown, None], is_apart: Optional[bool]
    ) -> None:
        self._sides = sides
        self._base = sides.base
        self._account = evidence.account
        self._by_key = evidence.by_key
        self._info = own
        self.own = own_side(own, sides.now)
        self.is_apart = False if is_apart is None and self._is_surely_listed() else is_apart

    def differences(self) -> Iterator[Difference]:
        """Those of a cent and more."""
        every = [*self._today_alone(), *self._days_gap(), *self._keys_gap(), *self._own_gap(), *self._byok()]
        return (one for one in every if abs(one.usd) >= A_CENT)

    def _byok(self) -> List[Difference]:
        byok = self._base.counters.byok.month
        return [Difference(ALL, BYOK, byok)] if isinstance(byok, Decimal) else []

    # /activity

    def _today_alone(self) -> List[Difference]:
        today = self._sides.spent_today
        return [Difference(COMPLETED, TODAY, today)] if isinstance(today, Decimal) else []

    def _days_gap(self) -> List[Difference]:
        """What the completed days lack, with today where that is known."""
        sides, base = self._sides, self._base.month
        name, usd = COMPLETED_AND_TODAY, sides.completed_and_today.usd
        if isinstance(sides.spent_today, Unknown):
            name, usd = COMPLETED, sides.completed.usd
        if isinstance(base, Unknown) or isinstance(usd, Unknown) or not sides.is_whole:
            return []
        if not self._are_days_comparable():
            return [Difference(name, OTHER_TIMES, base - usd)]
        return split(name, base - usd, self._days_that_differ())

    def _are_days_comparable(self) -> bool:
        """Whether /activity and the base tell of the same days: neither grows any more, or both were told at once."""
        sides, told = self._sides, self._base.as_of.at
        if told.date() != sides.today:
            return False
        return (sides.are_days_final and sides.has_settled(told)) or at_once(told, sides.days_at)

    def _days_that_differ(self) -> Iterator[Cause]:
        """Completed days of which analytics knows another amount than /activity."""
        account, days = self._account, self._sides.days
        if self._base.name != ANALYTICS or isinstance(account, Unknown) or isinstance(days, Unknown):
            return
        lacking = dict.fromkeys(days.days, Decimal(0))
        for one in account.days:
            if one.day in lacking and isinstance(one.usd, Decimal):
                lacking[one.day] += one.usd
        for (day,), use in days.table.rows:
            if isinstance(day, date) and day in lacking and isinstance(use.usd, Decimal):
                lacking[day] -= use.usd
        yield from ((UNEXPLAINED, usd, day) for day, usd in lacking.items())

    # /keys, and the key's own counter

    def _keys_gap(self) -> List[Difference]:
        """What the key list lacks of analytics."""
        if self._base.name != ANALYTICS:
            return []
        return self._gap(KEYS, self._sides.listed.side, self._unlisted)

    def _own_gap(self) -> List[Difference]:
        """What the key's own counter lacks of the account, where it is of that account."""
        if self.own is None or self.is_apart is not False:
            return []
        return self._gap(KEY, self.own, lambda: [*self._other_keys(), *self._unlisted_others()])

    def _gap(self, name: str, side: Side, causes: Callable[[], Iterable[Cause]]) -> List[Difference]:
        base = self._base.month
        if isinstance(base, Unknown) or isinstance(side.usd, Unknown) or abs(base - side.usd) < A_CENT:
            return []
        if not at_once(self._base.as_of.at, side.as_of.at):
            return [Difference(name, OTHER_TIMES, base - side.usd)]
        return split(name, base - side.usd, causes())

    def _unlisted(self) -> Iterator[Cause]:
        """What analytics counts of keys that are in no list, and of none."""
        table, names = self._by_key, {key.name for key in self._keys_now()}
        if not names or isinstance(table, Unknown) or not self._is_comparable(table):
            return
        spent: Dict[str, List[Amount]] = {UNLISTED: [], NO_KEYS_USE: []}
        for (name, day), use in table.rows:
            if name not in names and isinstance(day, date) and self._sides.first <= day <= self._sides.today:
                spent[NO_KEYS_USE if name == NO_KEY else UNLISTED].append(use.usd)
        yield from _known({cause: total(amounts, Decimal(0)) for cause, amounts in spent.items()})

    def _unlisted_others(self) -> Iterator[Cause]:
        """The same without the own key, which is among them where it is in no list."""
        own = self.own.usd if self.own and not self._is_listed() else Decimal(0)
        for cause, usd, day in self._unlisted():
            if cause != UNLISTED:
                yield cause, usd, day
            elif isinstance(own, Decimal) and usd > own:
                yield cause, usd - own, day

    def _is_comparable(self, table: UsageTable) -> bool:
        """Whether the table is whole, and of the same source and time as the base."""
        told = table.as_of or self._sides.now
        return self._base.name == ANALYTICS and not table.partial and at_once(told, self._base.as_of.at)

    def _keys_now(self) -> Sequence[ListedKey]:
        """The listed keys; none where the list is of another time than the base."""
        keys = self._sides.keys
        if isinstance(keys, Unknown) or not at_once(self._sides.listed.as_of.at, self._base.as_of.at):
            return ()
        return keys.keys

    def _other_keys(self) -> Iterator[Cause]:
        """What the other listed keys spent, each counted in one class; of its own class nothing, unless it is there."""
        spent = self._spent_by_class()
        fellows, own = spent.pop(OTHER_KEYS, Decimal(0)), self.own.usd if self.own else Decimal(0)
        if self._is_listed() and isinstance(fellows, Decimal) and isinstance(own, Decimal) and fellows > own:
            yield OTHER_KEYS, fellows - own, None
        yield from _known(spent)

    def _spent_by_class(self) -> Dict[str, Amount]:
        spent: Dict[str, Amount] = {}
        for key in self._keys_now():
            name = self._class_of(key)
            spent[name] = total((spent.get(name, Decimal(0)), key.counters.credits.month), Decimal(0))
        return spent

    def _class_of(self, key: ListedKey) -> str:
        if key.disabled is True:
            return DISABLED
        if isinstance(key.expires_at, datetime) and key.expires_at <= self._sides.now:
            return EXPIRED
        own = self._info.workspace if isinstance(self._info, KeyInfo) else None
        both = isinstance(own, str) and isinstance(key.workspace, str)
        return OTHER_WORKSPACES if both and own != key.workspace else OTHER_KEYS

    def _is_surely_listed(self) -> bool:
        """Whether a listed key has the very same counters, and has spent something: no other account's has."""
        told = self._info.counters if isinstance(self._info, KeyInfo) else None
        return told is not None and bool(told.total) and any(key.counters == told for key in self._keys_now())

    def _is_listed(self) -> bool:
        """Whether a listed key may be the own one: of its class, with its lifetime's total but for a minute's spend."""
        info = self._info
        if not isinstance(info, KeyInfo):
            return False
        fellows = [key for key in self._keys_now() if self._class_of(key) == OTHER_KEYS]
        return any(_is_near(key.counters.total, info.counters.total) for key in fellows)


def _known(spent: Dict[str, Amount]) -> Iterator[Cause]:
    """In a steady order."""
    for cause in (OTHER_WORKSPACES, DISABLED, EXPIRED, UNLISTED, NO_KEYS_USE):
        usd = spent.get(cause)
        if isinstance(usd, Decimal):
            yield cause, usd, None


def _is_near(one: Amount, other: Amount) -> bool:
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        return False
    return abs(one - other) <= max(LAG * max(one, other), A_CENT)
