"""Judges what is left of an account by thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import repeat
from operator import gt, lt
from typing import TYPE_CHECKING, Optional, Union

from openrouter_usage.commands.check import records
from openrouter_usage.commands.check.records import (
    CRITICAL,
    OK,
    UNKNOWN,
    WARNING,
    Check,
    Finding,
    Thresholds,
    Verdict,
    Watched,
)
from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.days import DAY
from openrouter_usage.errors import REFUSED_CODES
from openrouter_usage.figures import usual_hours
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.figures.usual_hours import Hours
from openrouter_usage.forecast.burn import TOO_FEW_ACTIVE, TOO_FEW_COUNTED
from openrouter_usage.forecast.records import BALANCE_SCOPE, HARMLESS_CODES
from openrouter_usage.rare_records import Announcement
from openrouter_usage.records import Amount, AsOf, Balance, Counters, Limit, ListedKey, Note, Unknown
from openrouter_usage.text.dates import instant

if TYPE_CHECKING:
    from openrouter_usage.forecast.month import Month
else:
    Month = object  # rarely of use

TOO_OLD, TOO_OLD_ALONE = DAY, timedelta(hours=1)
"""Older figures say nothing about now. The shorter time is for what a single figure decides: `need`, today's spend."""

KEY_LIMIT_SCOPE = "key_limit"

SPIKE_NOT_JUDGED = "spike_not_judged"

HYSTERESIS = Decimal("0.1")
"""The part of a threshold by which a figure must have left it before an announced level is over."""

TOO_FEW_CODES = (TOO_FEW_ACTIVE.code, TOO_FEW_COUNTED.code)

FIGURE_NOT_TOLD = Unknown("OpenRouter did not tell it")


def check(summary: Summary, by: Thresholds, watched: Sequence[Watched] = ()) -> Check:
    """Returns the verdicts on all accounts. A figure that is not known is UNKNOWN, never OK.

    `watched` is what is judged of each account beside the summary, where it was asked for.
    """
    verdicts = []
    for block, beside in zip(summary.blocks, watched or repeat(Watched())):
        every = (*_findings(block, by, summary.now, beside), *_spikes(beside.hours, by.spike))
        findings = sorted(every, key=lambda one: records.WORST_FIRST.index(one.level))
        verdicts.append(Verdict(block, tuple(findings), beside))
    return Check(summary, by, tuple(verdicts))


def _findings(block: Block, by: Thresholds, now: datetime, beside: Watched) -> Iterator[Finding]:
    if by.of("need").are_set:
        yield from _need(block, by, now)
    if "runway" in by.bounds:
        if by.of("runway").are_set:
            yield _runway(block, by)
        yield from _balance(block, by)
        yield from _dearest(block, by.requests)
        yield from _used_up(block)
        if isinstance(block.account, Unknown) and block.account.code in REFUSED_CODES:
            yield Finding("account", UNKNOWN, block.account)  # the spend of other keys is not seen
    yield from _spends(block, by, now)
    if by.of("limit").are_set:
        yield from _limits(block, by, beside)
    oldest = min(as_of.at for as_of in (block.balance_as_of, block.key_as_of))
    if now - oldest > TOO_OLD:
        yield Finding("age", UNKNOWN, _nothing_since(oldest))


def _finding(figure: str, value: Optional[Amount], by: Thresholds, about: str = "") -> Finding:
    """Returns the figure with its level by its bounds alone."""
    if value is None or isinstance(value, Unknown):
        return Finding(figure, OK if value is None else UNKNOWN, value, about)
    warn, crit = by.of(figure)
    is_beyond = gt if figure in records.ALERT_ABOVE else lt
    if crit is not None and is_beyond(value, crit):
        return Finding(figure, CRITICAL, value, about)
    return Finding(figure, WARNING if warn is not None and is_beyond(value, warn) else OK, value, about)


def not_watched(summary: Summary, watched: Sequence[Watched], is_spike_asked: bool) -> Iterator[Note]:
    """Yields a note for each account of which only the own key's limits are judged, because the others are not told.

    With `is_spike_asked` also for each whose spend is not held against the usual one.
    """
    for block, beside in zip(summary.blocks, watched):
        of = f"{block.name}: " if block.name else ""
        if isinstance(beside.keys, Unknown) and block.key is not None:
            yield Note("limits_not_watched", f"{of}the limits of other keys are not watched ({beside.keys.reason})")
        if beside.unlisted and block.key is not None:
            whose = f"{of}the limits of keys of other workspaces"
            yield Note("limits_not_watched", f"{whose} are not watched ({beside.unlisted.reason})")
        if isinstance(beside.hours, Unknown) and is_spike_asked:
            yield spike_not_judged(beside.hours, of)


def spike_not_judged(gap: Unknown, of: str = "") -> Note:
    """Returns the note that spend is not held against the usual one, and why."""
    return Note(SPIKE_NOT_JUDGED, f"{of}whether more than usual is spent is not judged ({gap.reason})")


# Each figure


def _need(block: Block, by: Thresholds, now: datetime) -> Iterator[Finding]:
    """Judges what remains of the balance and of each limit. What is not known may be too little."""
    for scope, amount, as_of in _remaining(block):
        found = _finding("need", amount, by, scope)
        is_stale_ok = found.level == OK and _is_stale(as_of, now)
        yield _finding("need", _nothing_since(as_of.at), by, scope) if is_stale_ok else found


def _remaining(block: Block) -> Iterator[tuple[str, Amount, AsOf]]:
    """Yields each scope that can block, with the USD that remain of it, and the time of that figure."""
    balance = block.balance
    yield BALANCE_SCOPE, balance if isinstance(balance, Unknown) else balance.remaining, block.balance_as_of
    if isinstance(block.limits, Unknown):
        yield KEY_LIMIT_SCOPE, block.limits, block.key_as_of
    else:
        yield from ((limit.scope, limit.remaining, block.key_as_of) for limit in block.limits)


def _runway(block: Block, by: Thresholds) -> Finding:
    forecast = block.forecast
    if isinstance(forecast, Unknown):
        return Finding("runway", OK if forecast.code in HARMLESS_CODES else UNKNOWN, forecast)
    first = forecast.first
    found = _finding("runway", first.days, by, first.scope) if first else Finding("runway", OK, None)
    # What calls are paid from besides purchases is never told: then the limits are judged.
    gaps = [one for one in forecast.troubling if one.why.code != BY_PURCHASES.code]
    return _finding("runway", gaps[0].why, by, gaps[0].scope) if found.level == OK and gaps else found


def _balance(block: Block, by: Thresholds) -> Iterator[Finding]:
    """Judges the balance. Credits that are used up are critical whatever the thresholds, if any were ever bought."""
    balance = block.balance
    if isinstance(balance, Unknown):
        if by.of("balance").are_set or not any(
            by.of(other).are_set for other in ("runway", "today", "month", "limit", "budget")
        ):
            yield _finding("balance", balance, by)
    elif balance.remaining <= 0 < max(balance.purchased, balance.used):
        yield Finding("balance", CRITICAL, balance.remaining)
    else:
        yield _finding("balance", balance.remaining, by)


def _dearest(block: Block, requests: Decimal) -> Iterator[Finding]:
    """Judges whether the balance pays for some requests to the dearest model, on average over its 7 completed days."""
    if not isinstance(block.balance, Balance) or not isinstance(block.models, ModelTable):
        return
    prices = [
        (row.use.usd / row.use.requests, row.label)
        for row in block.models.rows
        if isinstance(row.use.usd, Decimal) and isinstance(row.use.requests, int) and row.use.requests > 0
    ]
    price, model = max(prices, default=(Decimal(0), ""))
    if 0 < block.balance.remaining < requests * price:
        yield Finding("request", WARNING, price, about=model)


def _used_up(block: Block) -> Iterator[Finding]:
    """Yields each limit of which nothing remains: it blocks now."""
    for limit in () if isinstance(block.limits, Unknown) else block.limits:
        if isinstance(limit.remaining, Decimal) and limit.remaining <= 0:
            yield Finding("used_up", CRITICAL, limit.remaining, about=limit.scope)


def _spends(block: Block, by: Thresholds, now: datetime) -> Iterator[Finding]:
    yield from (_spent(window, block, by, now) for window in ("today", "month") if by.of(window).are_set)
    if by.of("budget").are_set and block.month and block.month.budget:
        yield _budget(block.month, block.month.budget, by, now)


def _spent(window: str, block: Block, by: Thresholds, now: datetime) -> Finding:
    """Judges the spend of today or of the month so far, of the account if a key may see it.

    It only grows: an old figure is never OK.
    """
    of_key = block.account is None
    whose, counters = ("key", block.key) if of_key else ("account", block.account)
    as_of = block.key_as_of if of_key else block.account_as_of
    spent = getattr(counters.credits, window) if isinstance(counters, Counters) else counters or FIGURE_NOT_TOLD
    found = _finding(window, spent, by, whose)
    is_stale_ok = found.level == OK and _is_stale(as_of, now)
    return _finding(window, _nothing_since(as_of.at), by, whose) if is_stale_ok else found


def _budget(month: Month, usd: Decimal, by: Thresholds, now: datetime) -> Finding:
    """Judges the month by the user's budget in USD: whether it is passed, and whether it is expected to be.

    With too few days to tell it is judged by what is spent alone.
    """
    warn, crit = (usd * (part or Decimal(1)) for part in by.of("budget"))
    if isinstance(month.so_far, Decimal) and month.so_far > crit:
        return Finding("budget", CRITICAL, month.so_far, month.scope)
    end = month.end if isinstance(month.end, Unknown) else month.end.usd
    if isinstance(end, Unknown) and isinstance(month.so_far, Decimal) and end.code in TOO_FEW_CODES:
        end = month.so_far
    if isinstance(end, Decimal) and end > warn:
        return Finding("budget", WARNING, end, month.scope)
    gap = end if isinstance(end, Unknown) else month.gap
    gap = gap or (_nothing_since(month.as_of.at) if _is_stale(month.as_of, now) else None)
    return Finding("budget", UNKNOWN, gap, month.scope) if gap else Finding("budget", OK, end, month.scope)


def _limits(block: Block, by: Thresholds, beside: Watched) -> Iterator[Finding]:
    """Judges the own limit that is used most, and those of other keys where they are known."""
    own = _own_limit(block, by)
    if isinstance(beside.keys, Unknown):
        yield own if block.key is not None else _finding("limit", beside.keys, by)
        return
    others = list(_other_limits(beside.keys or {}, by))
    yield from (one for one in (own, *others) if one.value is not None or not others)
    if beside.unlisted and block.key is None:
        yield _finding("limit", beside.unlisted, by)


def _own_limit(block: Block, by: Thresholds) -> Finding:
    if isinstance(block.limits, Unknown):
        return _finding("limit", block.limits, by, KEY_LIMIT_SCOPE)
    used = [(_percent_used(limit), limit.scope) for limit in block.limits]
    known = [(percent, scope) for percent, scope in used if percent is not None]
    percent, scope = max(known, default=(None, ""))
    found = _finding("limit", percent, by, scope)
    return (
        _finding("limit", FIGURE_NOT_TOLD, by, KEY_LIMIT_SCOPE)
        if found.level == OK and len(known) < len(used)
        else found
    )


def _other_limits(keys: dict[str, ListedKey], by: Thresholds) -> Iterator[Finding]:
    """Yields the limits that alert or are not known, most used first; where none is so, the one that is used most."""
    found = []
    for name, key in keys.items():
        percent = _percent_used(key.limit) if isinstance(key.limit, Limit) else key.limit
        if key.limit is not None:
            value = FIGURE_NOT_TOLD if percent is None else percent
            found.append(_finding("limit", value, by, KEY_LIMIT_SCOPE)._replace(key=name))
    found.sort(key=lambda one: one.value if isinstance(one.value, Decimal) else Decimal(-1), reverse=True)
    yield from [one for one in found if one.level != OK] or found[:1]


def _spikes(hours: Union[Hours, Unknown, None], factor: Decimal) -> Iterator[Finding]:
    """Judges what was spent today and in the last hour by what is usual until then, where that is known."""
    for pace in usual_hours.paces(hours, factor) if factor and isinstance(hours, Hours) else ():
        yield Finding("spike", WARNING if pace.is_spike else OK, pace.usd, pace.window, pace=pace)


def _percent_used(limit: Limit) -> Optional[Decimal]:
    """Returns the exact percentage; a limit of nothing is used up."""
    if isinstance(limit.limit, Unknown) or isinstance(limit.remaining, Unknown):
        return None
    return 100 * (limit.limit - limit.remaining) / limit.limit if limit.limit > 0 else Decimal(100)


def _is_stale(as_of: AsOf, now: datetime) -> bool:
    return as_of.is_old and now - as_of.at > TOO_OLD_ALONE


def _nothing_since(at: datetime) -> Unknown:
    return Unknown(f"OpenRouter told nothing since {instant(at)}", "too_old")


# Announcements


def check_loosely(summary: Summary, by: Thresholds, watched: Sequence[Watched] = ()) -> Check:
    """Returns the verdicts by thresholds that are looser by the hysteresis, with the real thresholds."""
    looser = {
        figure: bounds.times(1 - HYSTERESIS if figure in records.ALERT_ABOVE else 1 + HYSTERESIS)
        for figure, bounds in by.bounds.items()
    }
    found = check(
        summary,
        by._replace(bounds=looser, requests=by.requests * (1 + HYSTERESIS), spike=by.spike * (1 - HYSTERESIS)),
        watched,
    )
    return found._replace(thresholds=by)


def settled(strict: int, loose: int, last: Optional[Announcement]) -> int:
    """Returns the level to announce: the last one stays as long as the looser thresholds say that it lasts."""
    if last is None or UNKNOWN in (strict, loose, last.level):
        return strict
    return max(strict, min(loose, last.level))


def is_due(
    level: int, last: Optional[Announcement], now: datetime, remind: timedelta, gap: timedelta = timedelta(0)
) -> bool:
    """Tells whether to announce the level: it is new, or it is not OK and was announced at least `remind` ago.

    Within the `gap` after the last announcement only a worse level is announced.
    """
    if last is None:
        return level != OK
    passed = now - last.at
    if records.WORST_FIRST.index(level) < records.WORST_FIRST.index(last.level):
        return True
    is_due_again = level != last.level or (level != OK and passed >= remind)
    return is_due_again and not timedelta(0) <= passed < gap


def is_new_spike(
    spike: int, last_spike: Optional[Announcement], last: Optional[Announcement], now: datetime, gap: timedelta
) -> bool:
    """Tells whether to announce a spike beside a level that does not change; within the gap after the last one not."""
    if spike == OK or (last_spike and last_spike.level != OK):
        return False
    return last is None or not timedelta(0) <= now - last.at < gap
