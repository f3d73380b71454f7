"""Reads off what each of OpenRouter's counts says of an account's current UTC month, credits and BYOK apart."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Tuple, Union

from openrouter_usage.commands.doctor.records import ANALYTICS, KEYS, Evidence, Side
from openrouter_usage.days import midnight, month_start
from openrouter_usage.figures import expired, windows
from openrouter_usage.figures.windows import CLOCK_TOLERANCE
from openrouter_usage.records import (
    DAY_NOT_KNOWN,
    MAY_BE_ZEROS,
    NOT_SUMMED,
    SETTLING,
    WORKSPACE_NOT_TOLD,
    AccountDays,
    AccountKeys,
    Amount,
    AsOf,
    Completed,
    Count,
    Counters,
    KeyInfo,
    Spend,
    Unknown,
    total,
)

NO_KEYS = Unknown("OpenRouter lists no key", "no_keys")
DAY_MISSING = Unknown("a completed day of the month is not known", DAY_NOT_KNOWN.code)


class Counted(NamedTuple):
    """The account's counters as one source tells them, and when it did so."""

    name: str
    counters: Counters
    as_of: AsOf

    @property
    def month(self) -> Amount:
        return self.counters.credits.month

    @property
    def side(self) -> Side:
        return Side(self.month, self.as_of)


class Sides:
    """The month of the account of `evidence` at `now`, as far as what was told is still true."""

    def __init__(self, evidence: Evidence, now: datetime) -> None:
        self.now = now
        self.first, self.today = month_start(now.date()), now.date()
        self.days = evidence.days
        self.days_at = evidence.days_at or now
        self._are_remembered = evidence.days_at is not None
        self.keys = _listed(evidence.listed, now)
        self.analytics = Counted(ANALYTICS, *_by_analytics(evidence.account, now))
        self.listed = Counted(KEYS, *_by_keys(self.keys, now))
        self.base = self.analytics if isinstance(self.analytics.month, Decimal) else self.listed
        self.spent_today, self.today_by = self._today()

    def _today(self) -> Tuple[Amount, str]:
        """By analytics; where that does not tell, by the key list."""
        for told in (self.analytics, self.listed):
            if isinstance(told.counters.credits.today, Decimal):
                return told.counters.credits.today, told.name
        return self.analytics.counters.credits.today, ""

    @property
    def is_based(self) -> bool:
        """Whether any source tells the account's month."""
        return isinstance(self.base.month, Decimal)

    # Completed days

    @property
    def completed(self) -> Side:
        """The completed days that are known."""
        as_of = told_at(self.days_at, self.now)
        if isinstance(self.days, Unknown):
            return Side(self.days, as_of)
        if not self.days.days and not self.is_first:
            return Side(DAY_MISSING, as_of)
        return Side(total((row.use.usd for row in self.days.table.rows), Decimal(0)), as_of)

    @property
    def completed_to(self) -> Optional[date]:
        return self.days.days[-1] if isinstance(self.days, Completed) and self.days.days else None

    @property
    def is_first(self) -> bool:
        """Whether no day of the month is completed yet."""
        return self.first == self.today

    @property
    def is_whole(self) -> bool:
        """Whether every completed day of the month is known."""
        return isinstance(self.days, Completed) and len(self.days.days) == (self.today - self.first).days

    @property
    def are_days_final(self) -> bool:
        """Whether the completed days were told when none of them could grow any more."""
        if self._are_remembered:
            return isinstance(self.days, Completed) and not self.days.unsettled
        return self.has_settled(self.now)

    def has_settled(self, at: datetime) -> bool:
        """Whether at that time yesterday could not grow any more."""
        return self.is_first or at - midnight(self.today) >= SETTLING

    @property
    def completed_and_today(self) -> Side:
        """The completed days with today; not known, rather than too small, where a part of it is not."""
        at = (self.listed if self.today_by == KEYS else self.analytics).as_of
        if isinstance(self.completed.usd, Decimal) and not self.is_whole:
            return Side(DAY_MISSING, at)
        if not self.are_days_final and self.days_at < at.at:
            at = told_at(self.days_at, self.now)
        return Side(total((self.completed.usd, self.spent_today), Decimal(0)), at)

    # Keys

    @property
    def number_of_keys(self) -> Count:
        return self.keys if isinstance(self.keys, Unknown) else len(self.keys.keys)

    @property
    def workspaces(self) -> Count:
        """Of how many workspaces the listed keys are."""
        if isinstance(self.keys, Unknown):
            return self.keys
        named = {key.workspace for key in self.keys.keys}
        return len(named) if all(isinstance(one, str) for one in named) else WORKSPACE_NOT_TOLD

    @property
    def default_workspace_only(self) -> bool:
        """Whether the key list is of the default workspace alone."""
        return isinstance(self.keys, AccountKeys) and self.keys.default_workspace_only


def own_side(own: Union[KeyInfo, Unknown, None], now: datetime) -> Optional[Side]:
    """The regular key's month by its own counter; zeros of what may be a management key say nothing."""
    if own is None:
        return None
    if isinstance(own, Unknown):
        return Side(own, AsOf(now))
    is_doubtful = own.is_management is None and own.counters.total == 0
    month = expired.key_info(own, now).counters.credits.month
    return Side(MAY_BE_ZEROS if is_doubtful else month, told_at(own.as_of, now))


def told_at(at: Optional[datetime], now: datetime) -> AsOf:
    return windows.as_of(at, now, CLOCK_TOLERANCE)


def _listed(told: Union[AccountKeys, Unknown], now: datetime) -> Union[AccountKeys, Unknown]:
    if isinstance(told, Unknown):
        return told
    return expired.account_keys(told, now) if told.keys else NO_KEYS


def _by_analytics(account: Union[AccountDays, Unknown], now: datetime) -> Tuple[Counters, AsOf]:
    if isinstance(account, Unknown):
        return _nothing(account), AsOf(now)
    return windows.of_days(account, now.date(), NOT_SUMMED), told_at(account.as_of, now)


def _by_keys(keys: Union[AccountKeys, Unknown], now: datetime) -> Tuple[Counters, AsOf]:
    if isinstance(keys, Unknown):
        return _nothing(keys), AsOf(now)
    return windows.of_keys(keys.keys, NOT_SUMMED), told_at(keys.as_of, now)


def _nothing(why: Unknown) -> Counters:
    spend = Spend(why, why, why)
    return Counters(spend, spend, why)
