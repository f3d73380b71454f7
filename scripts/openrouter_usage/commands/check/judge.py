"""Judges what is left of an account by thresholds."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Iterator, List, Optional, Sequence, Tuple

from openrouter_usage.commands.check.records import (
    CRITICAL,
    OK,
    UNKNOWN,
    WARNING,
    WORST_FIRST,
    Bounds,
    Finding,
    Thresholds,
    Verdict,
)
from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block
from openrouter_usage.forecast.records import BALANCE_SCOPE, HARMLESS_CODES
from openrouter_usage.records import Amount, Announcement, AsOf, Balance, Counters, Limit, Unknown

TOO_OLD, TOO_OLD_FOR_ONE = timedelta(days=1), timedelta(hours=1)
"""What was told longer ago, and could not be asked again, says nothing about now; a need, or today's spend, by the
sooner."""

SLACK = Decimal("0.1")
"""The part of a threshold by which a figure must have left it behind before a level that was announced is over."""

NOT_TOLD = Unknown("OpenRouter did not tell it")

REFUSED = ("key_refused", "malformed_key")


def verdict(block: Block, thresholds: Thresholds, now: datetime) -> Verdict:
    """All that the thresholds ask of the block, worst first; what cannot be told is unknown, and never OK."""
    findings = sorted(_findings(block, thresholds, now), key=lambda one: WORST_FIRST.index(one.level))
    return Verdict(findings[0].level if findings else OK, tuple(findings))


def worst(verdicts: Sequence[Verdict]) -> int:
    """The level of all of them."""
    return min((one.level for one in verdicts), key=WORST_FIRST.index)


def _findings(block: Block, thresholds: Thresholds, now: datetime) -> Iterator[Finding]:
    if thresholds.need is not None:
        yield _need(block, thresholds.need, now)
    if not thresholds.need_alone:
        if thresholds.runway.are_set:
            yield _runway(block, thresholds.runway)
        yield from _balance(block, thresholds)
        yield from _dearest(block, thresholds.requests)
        yield from _used_up(block)
        yield from _unwatched(block)
    if thresholds.today.are_set:
        yield _today(block, thresholds.today, now)
    if thresholds.limit.are_set:
        yield _limit(block, thresholds.limit)
    yield from _old(block, now)


# Each figure


def _need(block: Block, need: Decimal, now: datetime) -> Finding:
    """Whether the least of the balance and every limit is enough; one that is not known may be too little."""
    known = [(amount, scope) for scope, amount in _stores(block) if isinstance(amount, Decimal)]
    unknown = [amount for _, amount in _stores(block) if isinstance(amount, Unknown)]
    unknown += [_nothing_since(told.at) for told in (block.balance_as_of, block.key_as_of) if _is_stale(told, now)]
    least, scope = min(known, default=(Decimal("Infinity"), ""))
    bounds = Bounds(crit=need)
    if least < need:
        return Finding("need", CRITICAL, least, bounds, scope)
    return Finding("need", UNKNOWN if unknown else OK, unknown[0] if unknown else least, bounds, scope)


def _stores(block: Block) -> List[Tuple[str, Amount]]:
    """What is left of all that can block."""
    balance = block.balance if isinstance(block.balance, Unknown) else block.balance.remaining
    if isinstance(block.limits, Unknown):
        return [(BALANCE_SCOPE, balance), ("key_limit", block.limits)]
    return [(BALANCE_SCOPE, balance), *((limit.scope, limit.remaining) for limit in block.limits)]


def _runway(block: Block, bounds: Bounds) -> Finding:
    forecast = block.forecast
    if isinstance(forecast, Unknown):
        return Finding("runway", OK if forecast.code in HARMLESS_CODES else UNKNOWN, forecast, bounds)
    first = forecast.first
    level = _below(first.days, bounds) if first and first.days is not None else OK
    gaps = forecast.troubling
    if level == OK and gaps:
        return Finding("runway", UNKNOWN, gaps[0].why, bounds, gaps[0].scope)
    return Finding("runway", level, first.days if first else None, bounds, first.scope if first else "")


def _balance(block: Block, thresholds: Thresholds) -> Iterator[Finding]:
    """Credits that are used up are critical, whatever the thresholds; there were none where none were ever bought."""
    bounds, balance = thresholds.balance, block.balance
    if isinstance(balance, Unknown):
        others = thresholds.runway.are_set or thresholds.today.are_set or thresholds.limit.are_set
        if bounds.are_set or not others:
            yield Finding("balance", UNKNOWN, balance, bounds)
    elif balance.remaining <= 0 < max(balance.purchased, balance.used):
        yield Finding("balance", CRITICAL, balance.remaining, bounds)
    else:
        yield Finding("balance", _below(balance.remaining, bounds), balance.remaining, bounds)


def _dearest(block: Block, requests: Decimal) -> Iterator[Finding]:
    """The balance beside so many requests of the costliest model, on average over the 7 completed days."""
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
    """A limit of which nothing is left blocks now."""
    for limit in () if isinstance(block.limits, Unknown) else block.limits:
        if isinstance(limit.remaining, Decimal) and limit.remaining <= 0:
            yield Finding("used_up", CRITICAL, limit.remaining, about=limit.scope)


def _unwatched(block: Block) -> Iterator[Finding]:
    """A key that should see the account, and is refused, sees nothing of what others spend."""
    if isinstance(block.account, Unknown) and block.account.code in REFUSED:
        yield Finding("account", UNKNOWN, block.account)


def _today(block: Block, bounds: Bounds, now: datetime) -> Finding:
    """The account's spend today; the key's, where there is no key that may see the account's.

    It only grows within a day: an old figure may alert, but is never OK.
    """
    whose = "key" if block.account is None else "account"
    counters = block.key if block.account is None else block.account
    today = counters.credits.today if isinstance(counters, Counters) else counters or NOT_TOLD
    told = block.key_as_of if block.account is None else block.account_as_of
    level = UNKNOWN if isinstance(today, Unknown) else _above(today, bounds)
    if level == OK and _is_stale(told, now):
        return Finding("today", UNKNOWN, _nothing_since(told.at), bounds, whose)
    return Finding("today", level, today, bounds, whose)


def _limit(block: Block, bounds: Bounds) -> Finding:
    """The percentage of the limit that is used most; none where there is no limit."""
    if isinstance(block.limits, Unknown):
        return Finding("limit", UNKNOWN, block.limits, bounds)
    used = [(_percent(limit), limit.scope) for limit in block.limits]
    known = [(percent, scope) for percent, scope in used if percent is not None]
    percent, scope = max(known, default=(None, ""))
    level = OK if percent is None else _above(percent, bounds)
    if level == OK and len(known) < len(used):
        return Finding("limit", UNKNOWN, NOT_TOLD, bounds)
    return Finding("limit", level, percent, bounds, scope)


def _percent(limit: Limit) -> Optional[Decimal]:
    """What is used of it, exactly; all of a limit of nothing."""
    if isinstance(limit.limit, Unknown) or isinstance(limit.remaining, Unknown):
        return None
    return 100 * (limit.limit - limit.remaining) / limit.limit if limit.limit > 0 else Decimal(100)


def _old(block: Block, now: datetime) -> Iterator[Finding]:
    told = min(as_of.at for as_of in (block.balance_as_of, block.key_as_of))
    if now - told > TOO_OLD:
        yield Finding("age", UNKNOWN, _nothing_since(told))


def _is_stale(told: AsOf, now: datetime) -> bool:
    """Too old for what is judged by a single figure, and nobody could renew it."""
    return told.is_old and now - told.at > TOO_OLD_FOR_ONE


def _nothing_since(told: datetime) -> Unknown:
    return Unknown(f"OpenRouter told nothing since {told:%Y-%m-%d %H:%M} UTC", "too_old")


def _below(figure: Decimal, bounds: Bounds) -> int:
    if bounds.crit is not None and figure < bounds.crit:
        return CRITICAL
    return WARNING if bounds.warn is not None and figure < bounds.warn else OK


def _above(figure: Decimal, bounds: Bounds) -> int:
    if bounds.crit is not None and figure > bounds.crit:
        return CRITICAL
    return WARNING if bounds.warn is not None and figure > bounds.warn else OK


# What is announced


def lingering(block: Block, thresholds: Thresholds, now: datetime) -> Verdict:
    """By thresholds that a figure must have left behind for what was announced to be over; told by the real ones."""
    told = {one.name: one.bounds for one in _findings(block, thresholds, now)}
    found = verdict(block, _loosened(thresholds), now)
    return found._replace(findings=tuple(one._replace(bounds=told.get(one.name, one.bounds)) for one in found.findings))


def _loosened(thresholds: Thresholds) -> Thresholds:
    return thresholds._replace(
        runway=_times(thresholds.runway, 1 + SLACK),
        balance=_times(thresholds.balance, 1 + SLACK),
        today=_times(thresholds.today, 1 - SLACK),
        limit=_times(thresholds.limit, 1 - SLACK),
        need=None if thresholds.need is None else thresholds.need * (1 + SLACK),
        requests=thresholds.requests * (1 + SLACK),
    )


def _times(bounds: Bounds, factor: Decimal) -> Bounds:
    return Bounds(*(None if bound is None else bound * factor for bound in bounds))


def settled(strict: int, loose: int, last: Optional[Announcement]) -> int:
    """The level to go by: one that was announced lasts as long as the loosened thresholds say that it does."""
    if last is None or UNKNOWN in (strict, loose, last.level):
        return strict
    return max(strict, min(loose, last.level))


def is_due(level: int, last: Optional[Announcement], now: datetime, remind: timedelta) -> bool:
    """Whether it is to be announced: the level is another one than before, or is bad for so long."""
    before = last.level if last else OK
    return level != before or (last is not None and level != OK and now - last.at >= remind)
