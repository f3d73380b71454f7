"""Judges what is left of an account by thresholds."""

from datetime import datetime, timedelta
from decimal import Decimal
from operator import gt, lt
from typing import Callable, Iterator, List, Optional, Sequence, Tuple

from openrouter_usage.commands.check import records
from openrouter_usage.commands.check.records import CRITICAL, OK, UNKNOWN, WARNING, Bounds, Finding, Thresholds, Verdict
from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block
from openrouter_usage.days import DAY
from openrouter_usage.forecast.records import BALANCE_SCOPE, HARMLESS_CODES
from openrouter_usage.records import Amount, Announcement, AsOf, Balance, Counters, Limit, Unknown
from openrouter_usage.text.dates import instant

TOO_OLD, TOO_OLD_ALONE = DAY, timedelta(hours=1)
"""Older figures say nothing about now. The shorter time is for what a single figure decides: `need`, today's spend."""

HYSTERESIS = Decimal("0.1")
"""The part of a threshold by which a figure must have left it before an announced level is over."""

FIGURE_NOT_TOLD = Unknown("OpenRouter did not tell it")

REFUSED_CODES = ("key_refused", "malformed_key")


def verdict(block: Block, thresholds: Thresholds, now: datetime) -> Verdict:
    """Returns the findings by these thresholds, worst first. A figure that is not known is UNKNOWN, never OK."""
    findings = sorted(_findings(block, thresholds, now), key=lambda one: records.WORST_FIRST.index(one.level))
    return Verdict(findings[0].level if findings else OK, tuple(findings))


def worst(verdicts: Sequence[Verdict]) -> int:
    """Returns the worst level of all verdicts."""
    return min((one.level for one in verdicts), key=records.WORST_FIRST.index)


def _findings(block: Block, thresholds: Thresholds, now: datetime) -> Iterator[Finding]:
    if thresholds.need is not None:
        yield _need(block, thresholds.need, now)
    if not thresholds.need_alone:
        if thresholds.runway.are_set:
            yield _runway(block, thresholds.runway)
        yield from _balance(block, thresholds)
        yield from _dearest(block, thresholds.requests)
        yield from _used_up(block)
        if isinstance(block.account, Unknown) and block.account.code in REFUSED_CODES:
            yield Finding("account", UNKNOWN, block.account)  # the spend of other keys is not seen
    if thresholds.today.are_set:
        yield _today(block, thresholds.today, now)
    if thresholds.limit.are_set:
        yield _limit(block, thresholds.limit)
    oldest = min(as_of.at for as_of in (block.balance_as_of, block.key_as_of))
    if now - oldest > TOO_OLD:
        yield Finding("age", UNKNOWN, _nothing_since(oldest))


# Each figure


def _need(block: Block, need: Decimal, now: datetime) -> Finding:
    """Judges the least of the balance and of every limit. One that is not known may be too little."""
    amounts = _remaining(block)
    known = [(amount, scope) for scope, amount in amounts if isinstance(amount, Decimal)]
    unknown = [amount for _, amount in amounts if isinstance(amount, Unknown)]
    unknown += [_nothing_since(one.at) for one in (block.balance_as_of, block.key_as_of) if _is_stale(one, now)]
    least, scope = min(known, default=(Decimal("Infinity"), ""))
    bounds = Bounds(crit=need)
    if least < need:
        return Finding("need", CRITICAL, least, bounds, scope)
    return Finding("need", UNKNOWN if unknown else OK, unknown[0] if unknown else least, bounds, scope)


def _remaining(block: Block) -> List[Tuple[str, Amount]]:
    """Returns the scopes that can block, with the USD that remain of each."""
    balance = block.balance if isinstance(block.balance, Unknown) else block.balance.remaining
    if isinstance(block.limits, Unknown):
        return [(BALANCE_SCOPE, balance), ("key_limit", block.limits)]
    return [(BALANCE_SCOPE, balance), *((limit.scope, limit.remaining) for limit in block.limits)]


def _runway(block: Block, bounds: Bounds) -> Finding:
    forecast = block.forecast
    if isinstance(forecast, Unknown):
        return Finding("runway", OK if forecast.code in HARMLESS_CODES else UNKNOWN, forecast, bounds)
    first = forecast.first
    level = _level(first.days, bounds, lt) if first and first.days is not None else OK
    if level == OK and forecast.troubling:
        gap = forecast.troubling[0]
        return Finding("runway", UNKNOWN, gap.why, bounds, gap.scope)
    return Finding("runway", level, first.days if first else None, bounds, first.scope if first else "")


def _balance(block: Block, thresholds: Thresholds) -> Iterator[Finding]:
    """Judges the balance. Credits that are used up are critical whatever the thresholds, if any were ever bought."""
    bounds, balance = thresholds.balance, block.balance
    if isinstance(balance, Unknown):
        others = thresholds.runway.are_set or thresholds.today.are_set or thresholds.limit.are_set
        if bounds.are_set or not others:
            yield Finding("balance", UNKNOWN, balance, bounds)
    elif balance.remaining <= 0 < max(balance.purchased, balance.used):
        yield Finding("balance", CRITICAL, balance.remaining, bounds)
    else:
        yield Finding("balance", _level(balance.remaining, bounds, lt), balance.remaining, bounds)


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


def _today(block: Block, bounds: Bounds, now: datetime) -> Finding:
    """Judges today's spend, of the account if a key may see it. It only grows: an old figure is never OK."""
    of_key = block.account is None
    whose, counters = ("key", block.key) if of_key else ("account", block.account)
    as_of = block.key_as_of if of_key else block.account_as_of
    today = counters.credits.today if isinstance(counters, Counters) else counters or FIGURE_NOT_TOLD
    level = UNKNOWN if isinstance(today, Unknown) else _level(today, bounds, gt)
    if level == OK and _is_stale(as_of, now):
        return Finding("today", UNKNOWN, _nothing_since(as_of.at), bounds, whose)
    return Finding("today", level, today, bounds, whose)


def _limit(block: Block, bounds: Bounds) -> Finding:
    """Judges the limit that is used most, if there is any."""
    if isinstance(block.limits, Unknown):
        return Finding("limit", UNKNOWN, block.limits, bounds)
    used = [(_percent_used(limit), limit.scope) for limit in block.limits]
    known = [(percent, scope) for percent, scope in used if percent is not None]
    percent, scope = max(known, default=(None, ""))
    level = OK if percent is None else _level(percent, bounds, gt)
    if level == OK and len(known) < len(used):
        return Finding("limit", UNKNOWN, FIGURE_NOT_TOLD, bounds)
    return Finding("limit", level, percent, bounds, scope)


def _percent_used(limit: Limit) -> Optional[Decimal]:
    """Returns the exact percentage; a limit of nothing is used up."""
    if isinstance(limit.limit, Unknown) or isinstance(limit.remaining, Unknown):
        return None
    return 100 * (limit.limit - limit.remaining) / limit.limit if limit.limit > 0 else Decimal(100)


def _is_stale(as_of: AsOf, now: datetime) -> bool:
    return as_of.is_old and now - as_of.at > TOO_OLD_ALONE


def _nothing_since(at: datetime) -> Unknown:
    return Unknown(f"OpenRouter told nothing since {instant(at)}", "too_old")


def _level(figure: Decimal, bounds: Bounds, is_beyond: Callable[[Decimal, Decimal], bool]) -> int:
    if bounds.crit is not None and is_beyond(figure, bounds.crit):
        return CRITICAL
    return WARNING if bounds.warn is not None and is_beyond(figure, bounds.warn) else OK


# Announcements


def lingering(block: Block, thresholds: Thresholds, now: datetime) -> Verdict:
    """Returns the verdict by thresholds that are looser by the hysteresis, its findings with the real bounds."""
    real = {one.name: one.bounds for one in _findings(block, thresholds, now)}
    found = verdict(block, _loosened(thresholds), now)
    return found._replace(findings=tuple(one._replace(bounds=real.get(one.name, one.bounds)) for one in found.findings))


def _loosened(thresholds: Thresholds) -> Thresholds:
    return thresholds._replace(
        runway=_times(thresholds.runway, 1 + HYSTERESIS),
        balance=_times(thresholds.balance, 1 + HYSTERESIS),
        today=_times(thresholds.today, 1 - HYSTERESIS),
        limit=_times(thresholds.limit, 1 - HYSTERESIS),
        need=None if thresholds.need is None else thresholds.need * (1 + HYSTERESIS),
        requests=thresholds.requests * (1 + HYSTERESIS),
    )


def _times(bounds: Bounds, factor: Decimal) -> Bounds:
    return Bounds(*(None if bound is None else bound * factor for bound in bounds))


def settled(strict: int, loose: int, last: Optional[Announcement]) -> int:
    """Returns the level to announce: the last one stays as long as the looser thresholds say that it lasts."""
    if last is None or UNKNOWN in (strict, loose, last.level):
        return strict
    return max(strict, min(loose, last.level))


def is_due(level: int, last: Optional[Announcement], now: datetime, remind: timedelta) -> bool:
    """Tells whether to announce the level: it is new, or it is not OK and was announced at least `remind` ago."""
    before = last.level if last else OK
    return level != before or (last is not None and level != OK and now - last.at >= remind)
