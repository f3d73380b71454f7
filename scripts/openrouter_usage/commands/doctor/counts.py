"""Counts an account's current UTC month by each of OpenRouter's endpoints, in credits."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage import records
from openrouter_usage.commands.doctor.records import DAY_MISSING, CountedBy, Counts, KeyAnswers, Spent
from openrouter_usage.days import DAY, Span, midnight, month_start
from openrouter_usage.fetch.account import NO_KEY_LISTED
from openrouter_usage.figures import expired, windows
from openrouter_usage.figures.account_spend import account_spend
from openrouter_usage.figures.evidence import Evidence
from openrouter_usage.rare_records import ByokFees
from openrouter_usage.records import (
    AccountDays,
    AccountKeys,
    Amount,
    AsOf,
    Completed,
    Counters,
    KeyInfo,
    Spend,
    Unknown,
)

WITHOUT_ROWS = Unknown("it has no row of what was spent", "no_rows")


def count(answers: KeyAnswers, own: Union[KeyInfo, Unknown, None], now: datetime) -> Counts:
    """The month of the account as one key was told; `own` is what the regular key was told of itself, if there is one.

    Amounts of a window that has ended since OpenRouter answered are Unknown.
    """
    keys = answers.listed
    if isinstance(keys, AccountKeys):
        keys = expired.account_keys(keys, now) if keys.keys else NO_KEY_LISTED
    found = answers.evidence
    told: dict[CountedBy, Union[AccountDays, AccountKeys, Unknown]]
    told = {
        CountedBy.ANALYTICS: WITHOUT_ROWS if found and found.is_silent else answers.account,
        CountedBy.KEY_LIST: keys,
    }
    counters = {by: _counters(answer, now) for by, answer in told.items()}
    live = {by: Spent(counters[by].credits.month, _as_of(answer, now)) for by, answer in told.items()}
    todays = {by: Spent(counters[by].credits.today, one.as_of) for by, one in live.items()}
    base, today_by = _first_known(live), _first_known(todays) or CountedBy.ANALYTICS
    days = _without_silence(answers.days, found, (month_start(now.date()), now.date() - DAY))
    completed = _completed(days, answers.days_at, now)
    with_today = _with_today(completed, days, todays[today_by], now)
    month = {CountedBy.ACTIVITY: completed, CountedBy.ACTIVITY_AND_TODAY: with_today, **live}
    if own is not None:
        month[CountedBy.OWN_KEY] = _by_own_key(own, now)
    byok = counters[base or CountedBy.KEY_LIST].byok.month
    used = base_usd = month[base or CountedBy.ANALYTICS].usd
    if found and isinstance(base_usd, Decimal):
        listed = counters[CountedBy.KEY_LIST] if isinstance(keys, AccountKeys) else None
        used = account_spend(found, listed, [], records.NOT_SUMMED).counters.credits.month
    fees = _fees(answers.byok_fees, byok, now)
    return Counts(answers, now, keys, month, base, todays[today_by].usd, today_by, byok, used, fees)


def _without_silence(
    days: Union[Completed, Unknown], found: Optional[Evidence], span: Span
) -> Union[Completed, Unknown]:
    """The days, unless /activity has no row of what was spent on them."""
    gap = found.gap(span) if found else None
    return WITHOUT_ROWS if gap and isinstance(days, Completed) and not days.table.rows else days


def _fees(told: Union[ByokFees, Unknown], byok: Amount, now: datetime) -> Spent:
    """The fee for the month's BYOK. Without any BYOK there is none, and it is not asked for."""
    if not isinstance(byok, Decimal) or byok == 0:
        return Spent(byok, AsOf(now))
    return Spent(told.usd if isinstance(told, ByokFees) else told, _as_of(told, now))


def is_settled(at: datetime, now: datetime) -> bool:
    """Tells whether the completed days of the month of `now` could not grow any more at that time."""
    return now.day == 1 or at - midnight(now.date()) >= records.SETTLING


def _counters(answer: Union[AccountDays, AccountKeys, Unknown], now: datetime) -> Counters:
    if isinstance(answer, Unknown):
        spend = Spend(answer, answer, answer)
        return Counters(spend, spend, answer)
    if isinstance(answer, AccountDays):
        return windows.of_days(answer, now.date(), records.NOT_SUMMED)
    return windows.of_keys(answer.keys, records.NOT_SUMMED)


def _as_of(answer: Union[AccountDays, AccountKeys, ByokFees, KeyInfo, Unknown], now: datetime) -> AsOf:
    return AsOf(now) if isinstance(answer, Unknown) else windows.as_of(answer.as_of, now, windows.CLOCK_TOLERANCE)


def _first_known(counts: dict[CountedBy, Spent]) -> Optional[CountedBy]:
    return next((by for by, spent in counts.items() if isinstance(spent.usd, Decimal)), None)


def _completed(days: Union[Completed, Unknown], days_at: Optional[datetime], now: datetime) -> Spent:
    """The known completed days; final where they were answered when none of them could grow any more."""
    as_of = windows.as_of(days_at, now, windows.CLOCK_TOLERANCE)
    if isinstance(days, Unknown):
        return Spent(days, as_of)
    is_final = is_settled(now, now) if days_at is None else not days.unsettled
    usd = records.total((row.use.usd for row in days.table.rows), Decimal(0))
    return Spent(usd if days.days or now.day == 1 else DAY_MISSING, as_of._replace(is_final=is_final))


def _with_today(completed: Spent, days: Union[Completed, Unknown], today: Spent, now: datetime) -> Spent:
    """The completed days and today; Unknown, rather than too small, where a completed day is missing."""
    if isinstance(days, Completed) and isinstance(completed.usd, Decimal) and len(days.days) != now.day - 1:
        return Spent(DAY_MISSING, today.as_of)
    is_older = not completed.as_of.is_final and completed.as_of.at < today.as_of.at
    usd = records.total((completed.usd, today.usd), Decimal(0))
    return Spent(usd, completed.as_of if is_older else today.as_of)


def _by_own_key(own: Union[KeyInfo, Unknown], now: datetime) -> Spent:
    """The regular key's own count; zeros of what may be a management key say nothing."""
    if isinstance(own, Unknown):
        return Spent(own, AsOf(now))
    is_doubtful = own.is_management is None and own.is_zero
    month = expired.key_info(own, now).counters.credits.month
    return Spent(records.MAY_BE_ZEROS if is_doubtful else month, _as_of(own, now))
