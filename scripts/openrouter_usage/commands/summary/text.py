"""Renders a summary for people: a short digest with an emoji at its head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage.commands.summary.models import ModelRow, ModelTable
from openrouter_usage.commands.summary.records import Block, Summary, Total, credits_of
from openrouter_usage.days import DAY, midnight
from openrouter_usage.figures.balance import BY_PURCHASES
from openrouter_usage.figures.evidence import Gap
from openrouter_usage.figures.limits import is_zero, share_used
from openrouter_usage.forecast.records import KEY_SCOPES
from openrouter_usage.records import (
    NEEDS_MANAGEMENT_KEY,
    Amount,
    Balance,
    Counters,
    FreeRequests,
    Limit,
    Spend,
    Unknown,
)
from openrouter_usage.text import runway
from openrouter_usage.text.amounts import dollars, percent, starred
from openrouter_usage.text.dates import as_of_words, in_brackets, short
from openrouter_usage.text.runway import SPENDERS, scope_name
from openrouter_usage.text.style import ANSWER, DEMO, FOOTNOTE, HEADING, SIGN, WARNING, Line, Page, page


def render(summary: Summary) -> Page:
    """Returns the whole digest, ending in a newline."""
    parts = [list(_block(block, summary)) for block in summary.blocks]
    if summary.total:
        parts.append(list(_total(summary.total, summary)))
    has_star = any(_has_star(block, summary) or _has_today(block) for block in summary.blocks)
    parts.append([*([Line(footer(summary.now), FOOTNOTE)] if has_star else []), *notes(summary)])
    return page(*parts)


def notes(summary: Summary) -> list[str]:
    """Returns a line for each note, with the name of its account if there are several."""
    named = [(block.name, note) for block in summary.blocks for note in block.notes]
    own = [f"Note: {name}: {note.message}" if name else f"Note: {note.message}" for name, note in named]
    return [*own, *(f"Note: {note.message}" for note in summary.notes)]


def _block(block: Block, summary: Summary) -> Iterator[str]:
    yield Line(title(block, summary.demo), HEADING)
    yield from rows(block, summary)
    yield ""
    yield from _models(block, summary.now)


def rows(block: Block, summary: Summary) -> Iterator[str]:
    """Yields the lines of an account without its models."""
    now, are_both = summary.now, block.sets_key_beside_account
    own, whose = as_of_words(block.first_as_of, now), ["this key's"] if are_both else []
    windows = _windows(credits_of(block.first), summary, block if block.scope == "account" else None)
    yield Line(("This key: " if are_both else "") + windows + in_brackets(own), ANSWER)
    if are_both:
        account_as_of = in_brackets(as_of_words(block.account_as_of, now))
        yield Line("All keys: " + _windows(credits_of(block.account), summary, block) + account_as_of, ANSWER)
    elif block.account is None:
        yield f"All keys: unknown ({NEEDS_MANAGEMENT_KEY.reason})"
    yield from today_local(block, now)
    yield _balance(block.balance) + in_brackets(as_of_words(block.balance_as_of, now))
    yield from limits(block, now)
    if block.month is not None:
        from openrouter_usage.text import month  # rarely of use

        yield from month.summary_line(block.month, now)
    if isinstance(block.first, Counters) and any(isinstance(one, Unknown) or one for one in block.first.byok):
        yield "BYOK: " + _windows(block.first.byok, summary) + in_brackets([*whose, *own])
    yield from lasts(block, now)
    yield from (line + in_brackets(as_of_words(block.free_as_of, now)) for line in _free(block.free_requests))
    yield from (_expiry(what, at, now) for what, at in block.expiring.items())


def lasts(block: Block, now: datetime) -> Iterator[str]:
    """Yields how long it takes until something blocks, with the time of the figures if that is old, and warnings."""
    for place, line in enumerate(runway.lines(block.forecast, block.balance, block.sets_key_beside_account)):
        yield line if place else line + in_brackets(as_of_words(block.forecast_as_of, now))


def today_local(block: Block, now: datetime) -> list[str]:
    """Returns the line of today's spend by the machine's clock; none where its day is the UTC day, or is not known."""
    found = block.today_local
    if found is None or isinstance(found, Unknown):
        return []
    whose = " (all keys)" if block.scope == "key" else ""
    words = [f"since {found.day.clock} {found.day.zone}", *as_of_words(block.today_as_of, now)]
    return [f"Today, your time{whose}: {starred(found.usd, True)}{in_brackets(words)}"]


def title(block: Block, demo: bool) -> str:
    """Returns the heading, with whose figures these are unless the lines below set the key beside the account."""
    scope = "" if block.sets_key_beside_account else SPENDERS[block.scope]
    return "💰 OpenRouter Usage" + in_brackets((DEMO if demo else "", block.profile, block.title or scope))


def _total(total: Union[Total, Unknown], summary: Summary) -> Iterator[str]:
    if isinstance(total, Unknown):
        yield f"All profiles together: unknown ({total.reason})"
        return
    alone = [f"of {' and '.join(total.keys_alone)} only what these keys spent"] if total.keys_alone else []
    accounts = "1 account" if total.accounts == 1 else f"{total.accounts} accounts"
    of = in_brackets([accounts, *alone, *as_of_words(total.as_of, summary.now)])
    yield Line(f"💰 All profiles together{of}", HEADING)
    yield Line(_windows(total.credits, summary), ANSWER)
    left = total.balance
    yield f"Balance: unknown ({left.reason})" if isinstance(left, Unknown) else _balance(left)


def _windows(spend: Spend, summary: Summary, account: Optional[Block] = None) -> str:
    """Returns the windows; with an account also what its sources leave open."""
    figures = []
    for label, window, amount in zip(("Today", "Week", "Month"), Spend._fields, spend):
        least = "at least " if account and window in account.at_least and isinstance(amount, Decimal) else ""
        figures.append(f"{label}: {least}{starred(amount, window in summary.live)}")
    return " | ".join(figures) + _because(spend) + (_disputed(spend, account) if account else "")


def _disputed(spend: Spend, account: Block) -> str:
    """Returns in brackets both counts of the windows of which the sources disagree."""
    fuller = spend._asdict()
    counts = [(window, fuller[window], lesser) for window, lesser in account.disputed]
    words = [f"{window} {dollars(usd)} or {dollars(lesser)}" for window, usd, lesser in counts]
    return f" (sources disagree: {', '.join(words)})" if words else ""


def _because(amounts: Iterable[Amount]) -> str:
    """Returns in brackets why some of the amounts are not known, each reason once."""
    reasons = dict.fromkeys(amount.reason for amount in amounts if isinstance(amount, Unknown) and amount.reason)
    return f" ({'; '.join(reasons)})" if reasons else ""


def _has_star(block: Block, summary: Summary) -> bool:
    shown = [one for one in (block.key, block.account) if isinstance(one, Counters)]
    live = [getattr(spend, window) for one in shown for spend in (one.credits, one.byok) for window in summary.live]
    return any(not isinstance(amount, Unknown) for amount in live)


def _has_today(block: Block) -> bool:
    return isinstance(block.models, ModelTable) and any(row.notable_today is not None for row in block.models.rows)


def _balance(balance: Union[Balance, Unknown]) -> str:
    if isinstance(balance, Unknown):
        is_told = balance.code == BY_PURCHASES.code
        return f"Balance: {balance.reason}" if is_told else f"Balance: unknown ({balance.reason})"
    return f"Balance: {dollars(balance.remaining)} / {dollars(balance.purchased)}"


def limits(block: Block, now: datetime) -> list[str]:
    """Returns a line for each limit, the one that blocks first at the front; none if the key is not known."""
    if isinstance(block.limits, Unknown):
        return [] if isinstance(block.key, Unknown) else [f"Key limit: unknown ({block.limits.reason})"]
    as_of, names_key = as_of_words(block.key_as_of, now), block.sets_key_beside_account
    whose = {scope: ["this key's"] for scope in KEY_SCOPES} if names_key else {}
    return [_limit(limit, [*whose.get(limit.scope, []), *as_of]) for limit in block.limits]


def _limit(limit: Limit, remarks: list[str]) -> str:
    amounts = f"{dollars(limit.remaining)} / {dollars(limit.limit)}"
    return f"{scope_name(limit.scope)}: {amounts}{in_brackets([*limit_details(limit), *remarks])}"


def limit_details(limit: Limit) -> list[str]:
    """Returns how much of the limit is used and when it resets, such as "79% used", "resets monthly", "Dec 1"."""
    share = share_used(limit)
    details = [] if share is None else [f"{percent(share)} used"]
    if is_zero(limit):
        details = ["for free models alone"]
    elif limit.resets is None:
        details.append("does not reset")
    elif not isinstance(limit.resets, Unknown):
        details += [f"resets {limit.resets}", *([short(limit.resets_at)] if limit.resets_at else [])]
    if isinstance(limit.remaining, Unknown):
        details.append(limit.remaining.reason)
    return details


def _free(free: Union[FreeRequests, Unknown]) -> Iterator[str]:
    if isinstance(free, Unknown) or free.used == 0:
        return
    if not isinstance(free.remaining, Unknown) and not isinstance(free.limit, Unknown):
        yield f"Free models: {free.remaining} of {free.limit} requests left today"


def _expiry(what: str, at: datetime, now: datetime) -> str:
    from openrouter_usage.text import expiry  # rarely of use

    return Line(f"{SIGN}{expiry.line(what, at, now)}", WARNING)


def _models(block: Block, now: datetime) -> Iterator[str]:
    models, as_of = block.models, as_of_words(block.models_as_of, now)
    whose = "" if block.scope == "account" or block.alone else ", all keys"
    gap = f"; {_broken_down(models.gap)}" if isinstance(models, ModelTable) and models.gap else ""
    heading = f"Recent Models (7d{whose}{gap})"
    if isinstance(models, Unknown):
        yield f"Recent Models (7d): unknown ({models.advice})"
    elif not models.rows:
        none = f"{heading}: none, no requests from {short(models.first)} to {short(models.last)}"
        yield none + in_brackets(as_of)
    else:
        yield Line(f"{heading}:", HEADING)
        yield from (f"• {one}" for one in model_rows(models))
        today = [f"today {when}" for when in as_of_words(block.today_as_of, now) if _has_today(block)]
        yield Line(_models_total(models, [*as_of, *today]), FOOTNOTE)


def _broken_down(gap: Gap) -> str:
    from openrouter_usage.text.evidence import broken_down  # rarely of use

    return broken_down(gap)


def model_rows(models: ModelTable) -> Iterator[str]:
    """Yields a line for each of the dearest models, and one for all others together."""
    counted = next((row for row in models.shown if not row.is_new and not isinstance(row.use.requests, Unknown)), None)
    return (f"{row.label}: {_row(row, row is counted)}" for row in models.shown)


def _row(row: ModelRow, explains_count: bool) -> str:
    today = "" if row.notable_today is None else f"today {starred(row.notable_today, True)}"
    if row.is_new:
        return today
    usd, byok_usd, requests = row.use[:3]
    byok = f" + {dollars(byok_usd)} BYOK" if isinstance(byok_usd, Unknown) or byok_usd else ""
    unit = (" request" if requests == 1 else " requests") if explains_count else ""
    count = "" if isinstance(requests, Unknown) else f" ({requests}{unit})"
    return f"{dollars(usd)}{byok}{count}" + (f", {today}" if today else "")


def _models_total(models: ModelTable, as_of: list[str]) -> str:
    why = _because(amount for row in models.rows for amount in (row.use.usd, row.use.byok_usd))
    days = ", ".join([f"7d: {short(models.first)} to {short(models.last)}", "completed UTC days", *as_of])
    return f"{days}; total {dollars(models.total)}{why}"


def footer(now: datetime) -> str:
    """Returns what the star means, and how much of the UTC day is left."""
    left = midnight(now.date() + DAY) - now
    hours, minutes = divmod(int(left.total_seconds()) // 60, 60)
    return f"* live: the UTC day is not over ({hours}h {minutes}m left)"
