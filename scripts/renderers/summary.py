"""Renders a report as the emoji digest."""

from datetime import datetime, timedelta
from typing import Iterator, Optional, Tuple

from usage import Balance, Block, Counters, Expiry, FreeRequests, Limit, ModelRow, ModelTable, Report, Spend, Unknown

from renderers.money import dollars

LIMIT_NAMES = {
    "key_limit": "Key limit",
    "api_key": "Key budget",
    "member": "Member budget",
    "workspace": "Workspace budget",
    "workspace_default_key": "Workspace's key budget",
    "workspace_default_member": "Workspace's member budget",
}


def render(report: Report) -> str:
    """The whole digest, ending in a newline."""
    parts = ["\n".join(_block(block, report)) for block in report.blocks]
    tail = [_footer(report.as_of)] if any("*" in part for part in parts) else []
    tail += [f"Note: {note.message}" for block in report.blocks for note in block.notes]
    return "\n\n".join([*parts, "\n".join(tail)] if tail else parts) + "\n"


def _block(block: Block, report: Report) -> Iterator[str]:
    yield _title(block, report.demo)
    yield _spend_line(block.key if block.scope == "key" else block.account, report)
    if _sets_key_beside_account(block):
        yield "All keys: " + _spend_line(block.account, report)
    yield _balance(block.balance)
    yield from (_limit(limit, block.percent_used) for limit in block.limits[:1])
    yield from _byok(block, report)
    yield from _free(block.free_requests)
    yield from (_expiry(expiry) for expiry in block.expiring)
    yield ""
    yield from _models(block)


def _sets_key_beside_account(block: Block) -> bool:
    return block.scope == "key" and block.account is not None and block.others_spend is not False


def _title(block: Block, demo: bool) -> str:
    """Names whose the figures are wherever the lines below do not set the key beside the account."""
    scope = "all keys" if block.scope == "account" else "" if _sets_key_beside_account(block) else "this key"
    marks = [mark for mark in ("demo: a sample account" if demo else "", block.title or scope) if mark]
    return "💰 OpenRouter Usage" + (f" ({', '.join(marks)})" if marks else "")


def _spend_line(counters: object, report: Report) -> str:
    if isinstance(counters, Counters):
        return _windows(counters.credits, report)
    reason = f" ({counters.reason})" if isinstance(counters, Unknown) else ""
    return f"Today: unknown | Week: unknown | Month: unknown{reason}"


def _windows(spend: Spend, report: Report) -> str:
    figures = zip(("Today", "Week", "Month"), Spend._fields, spend)
    line = " | ".join(f"{label}: {_starred(amount, window in report.live)}" for label, window, amount in figures)
    reasons = {amount.reason: None for amount in spend if isinstance(amount, Unknown)}
    return line + (f" ({'; '.join(reasons)})" if reasons else "")


def _starred(amount: object, live: bool) -> str:
    text = dollars(amount)  # type: ignore[arg-type]
    return text + "*" if live and not isinstance(amount, Unknown) else text


def _balance(balance: object) -> str:
    if isinstance(balance, Balance):
        return f"Balance: {dollars(balance.remaining)} / {dollars(balance.purchased)}"
    return f"Balance: unknown ({balance.reason})" if isinstance(balance, Unknown) else "Balance: unknown"


def _limit(limit: Limit, percent: Optional[int]) -> str:
    name = LIMIT_NAMES.get(limit.scope, f"Budget ({limit.scope})")
    details = [f"{percent}% used"] if percent is not None else []
    if limit.resets:
        details.append(f"resets {limit.resets}" + (f", {_day(limit.resets_at)}" if limit.resets_at else ""))
    else:
        details.append("does not reset")
    return f"{name}: {dollars(limit.remaining)} / {dollars(limit.limit)} ({', '.join(details)})"


def _byok(block: Block, report: Report) -> Iterator[str]:
    """BYOK of the same scope as the first line, where there is any or where it is not known."""
    counters = block.key if block.scope == "key" else block.account
    if isinstance(counters, Counters) and any(isinstance(amount, Unknown) or amount for amount in counters.byok):
        yield "BYOK: " + _windows(counters.byok, report)


def _free(free: Optional[FreeRequests]) -> Iterator[str]:
    if free and not isinstance(free.remaining, Unknown) and not isinstance(free.limit, Unknown) and free.used != 0:
        yield f"Free models: {free.remaining} of {free.limit} requests left today"


def _expiry(expiry: Expiry) -> str:
    if expiry.days < 0:
        return f"⚠️ {expiry.what} expired ({_day(expiry.at)})"
    when = {0: "today", 1: "tomorrow"}.get(expiry.days, f"in {expiry.days} days")
    return f"⚠️ {expiry.what} expires {when} ({_day(expiry.at)})"


def _models(block: Block) -> Iterator[str]:
    heading = "Recent Models (7d)" if block.scope == "account" or block.alone else "Recent Models (7d, all keys)"
    models = block.models
    if isinstance(models, Unknown):
        why = "; ".join(part for part in (models.reason, models.next_step) if part)
        yield f"Recent Models (7d): unknown ({why})"
    elif not models.rows:
        yield f"{heading}: none, no requests from {_day(models.first)} to {_day(models.last)}"
    else:
        yield f"{heading}:"
        yield from (f"• {row.label}: {_row(row)}" for row in _rows(models))
        yield f"7d: {_day(models.first)} to {_day(models.last)}, completed UTC days; total {dollars(models.total)}"


def _rows(models: ModelTable) -> Tuple[ModelRow, ...]:
    return models.shown if models.rest is None else (*models.shown, models.rest)


def _row(row: ModelRow) -> str:
    byok = f" + {dollars(row.byok_usd)} BYOK" if not isinstance(row.byok_usd, Unknown) and row.byok_usd else ""
    requests = "" if isinstance(row.requests, Unknown) else f" ({row.requests})"
    return f"{dollars(row.usd)}{byok}{requests}"


def _day(day: object) -> str:
    """ "Nov 9": the month's name in English whatever the locale."""
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{month[day.month - 1]} {day.day}"  # type: ignore[attr-defined]


def _footer(now: datetime) -> str:
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    hours, minutes = divmod(int((tomorrow - now).total_seconds()) // 60, 60)
    return f"* live: the UTC day is not over ({hours}h {minutes}m left)"
