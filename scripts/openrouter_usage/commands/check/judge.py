"""Judges what is left of an account by thresholds."""

from datetime import datetime, timedelta
from decimal import Decimal
from operator import gt, lt
from typing import Iterator, List, Optional, Tuple

from openrouter_usage.commands.check import records
from openrouter_usage.commands.check.records import CRITICAL, OK, UNKNOWN, WARNING, Check, Finding, Thresholds, Verdict
from openrouter_usage.commands.summary.models import ModelTable
from openrouter_usage.commands.summary.records import Block, Summary
from openrouter_usage.days import DAY
from openrouter_usage.errors import REFUSED_CODES
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.forecast.records import BALANCE_SCOPE, HARMLESS_CODES
from openrouter_usage.records import Amount, Announcement, AsOf, Balance, Counters, Limit, Unknown
from openrouter_usage.text.dates import instant

TOO_OLD, TOO_OLD_ALONE = DAY, timedelta(hours=1)
"""Older figures say nothing about now. The shorter time is for what a single figure decides: `need`, today's spend."""

HYSTERESIS = Decimal("0.1")
"""The part of a threshold by which a figure must have left it before an announced level is over."""

FIGURE_NOT_TOLD = Unknown("OpenRouter did not tell it")


def check(summary: Summary, by: Thresholds) -> Check:
    """Returns the verdicts on all accounts. A figure that is not known is UNKNOWN, never OK."""
    verdicts = []
    for block in summary.blocks:
        findings = sorted(_findings(block, by, summary.now), key=lambda one: records.WORST_FIRST.index(one.level))
        verdicts.append(Verdict(block, tuple(findings)))
    return Check(summary, by, tuple(verdicts))


def _findings(block: Block, by: Thresholds, now: datetime) -> Iterator[Finding]:
    if by.of("need").are_set:
        yield _need(block, by, now)
    if "runway" in by.bounds:
        if by.of("runway").are_set:
            yield _runway(block, by)
        yield from _balance(block, by)
        yield from _dearest(block, by.requests)
        yield from _used_up(block)
        if isinstance(block.account, Unknown) and block.account.code in REFUSED_CODES:
            yield Finding("account", UNKNOWN, block.account)  # the spend of other keys is not seen
    if by.of("today").are_set:
        yield _today(block, by, now)
    if by.of("limit").are_set:
        yield _limit(block, by)
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


# Each figure


def _need(block: Block, by: Thresholds, now: datetime) -> Finding:
    """Judges the least of the balance and of every limit. One that is not known may be too little."""
    amounts = _remaining(block)
    known = [(amount, scope) for scope, amount in amounts if isinstance(amount, Decimal)]
    unknown = [amount for _, amount in amounts if isinstance(amount, Unknown)]
    unknown += [_nothing_since(one.at) for one in (block.balance_as_of, block.key_as_of) if _is_stale(one, now)]
    least, scope = min(known, default=(Decimal("Infinity"), ""))
    found = _finding("need", least, by, scope)
    return _finding("need", unknown[0], by, scope) if found.level == OK and unknown else found


def _remaining(block: Block) -> List[Tuple[str, Amount]]:
    """Returns the scopes that can block, with the USD that remain of each."""
    balance = block.balance if isinstance(block.balance, Unknown) else block.balance.remaining
    if isinstance(block.limits, Unknown):
        return [(BALANCE_SCOPE, balance), ("key_limit", block.limits)]
    return [(BALANCE_SCOPE, balance), *((limit.scope, limit.remaining) for limit in block.limits)]


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
        if by.of("balance").are_set or not any(by.of(other).are_set for other in ("runway", "today", "limit")):
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


def _today(block: Block, by: Thresholds, now: datetime) -> Finding:
    """Judges today's spend, of the account if a key may see it. It only grows: an old figure is never OK."""
    of_key = block.account is None
    whose, counters = ("key", block.key) if of_key else ("account", block.account)
    as_of = block.key_as_of if of_key else block.account_as_of
    today = counters.credits.today if isinstance(counters, Counters) else counters or FIGURE_NOT_TOLD
    found = _finding("today", today, by, whose)
    is_stale_ok = found.level == OK and _is_stale(as_of, now)
    return _finding("today", _nothing_since(as_of.at), by, whose) if is_stale_ok else found


def _limit(block: Block, by: Thresholds) -> Finding:
    """Judges the limit that is used most, if there is any."""
    if isinstance(block.limits, Unknown):
        return _finding("limit", block.limits, by)
    used = [(_percent_used(limit), limit.scope) for limit in block.limits]
    known = [(percent, scope) for percent, scope in used if percent is not None]
    percent, scope = max(known, default=(None, ""))
    found = _finding("limit", percent, by, scope)
    return _finding("limit", FIGURE_NOT_TOLD, by) if found.level == OK and len(known) < len(used) else found


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


def check_loosely(summary: Summary, by: Thresholds) -> Check:
    """Returns the verdicts by thresholds that are looser by the hysteresis, with the real thresholds."""
    looser = {
        figure: bounds.times(1 - HYSTERESIS if figure in records.ALERT_ABOVE else 1 + HYSTERESIS)
        for figure, bounds in by.bounds.items()
    }
    found = check(summary, by._replace(bounds=looser, requests=by.requests * (1 + HYSTERESIS)))
    return found._replace(thresholds=by)


def settled(strict: int, loose: int, last: Optional[Announcement]) -> int:
    """Returns the level to announce: the last one stays as long as the looser thresholds say that it lasts."""
    if last is None or UNKNOWN in (strict, loose, last.level):
        return strict
    return max(strict, min(loose, last.level))


def is_due(level: int, last: Optional[Announcement], now: datetime, remind: timedelta) -> bool:
    """Tells whether to announce the level: it is new, or it is not OK and was announced at least `remind` ago."""
    before = last.level if last else OK
    return level != before or (last is not None and level != OK and now - last.at >= remind)
