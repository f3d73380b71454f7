"""Writes in a line how long something lasts."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Iterator, Optional

from openrouter_usage.commands.summary.records import BALANCE, CALM, Block, Forecast, Lasts, Pace
from openrouter_usage.records import AsOf, Balance, Unknown
from openrouter_usage.text.dates import short
from openrouter_usage.text.money import dollars

SCOPES = {
    BALANCE: "Balance",
    "key_limit": "Key limit",
    "api_key": "Key budget",
    "member": "Member budget",
    "workspace": "Workspace budget",
    "workspace_default_key": "Workspace's key budget",
    "workspace_default_member": "Workspace's member budget",
}

YEAR = 365
SOON = 3
"""Days under which it is warned of, and told to a tenth: 72 hours."""

CREDITS_PAGE = "https://openrouter.ai/settings/credits"

LONGEST = 40
"""Letters of a scope that is none of these."""


def scope_name(scope: str) -> str:
    return SCOPES.get(scope, f"Budget ({scope if len(scope) <= LONGEST else scope[: LONGEST - 1] + '…'})")


def lines(block: Block) -> Iterator[str]:
    """How long it lasts until what blocks first; a warning where that is soon. Nothing where nothing can run out."""
    forecast = block.forecast
    if isinstance(forecast, Unknown):
        if isinstance(block.balance, Balance) and forecast.code != "never_funded":
            yield f"Lasts: {_declined(forecast)}"
        return
    first = forecast.first
    yield f"Lasts: {_ending(first) if first else _endless(forecast.scopes[0])}{_but(forecast)}"
    yield from _warning(first) if first else ()


def _but(forecast: Forecast) -> str:
    """What else can block, of which nothing can be told."""
    untold = [one for one in forecast.untold if one.scope != BALANCE and one.why.code not in CALM]
    return "".join(f"; the {scope_name(one.scope).lower()}: unknown" for one in untold)


def as_of(block: Block) -> AsOf:
    """When that was told of which it is said how long it lasts."""
    first = block.forecast.first if isinstance(block.forecast, Forecast) else None
    return block.key_as_of if first and first.scope != BALANCE else block.balance_as_of


def _declined(why: Unknown) -> str:
    return f"{'no end in sight' if why.code == 'idle' else 'unknown'} ({why.reason})"


def _endless(lasts: Lasts) -> str:
    if lasts.until:
        return f"the {scope_name(lasts.scope).lower()} until its reset ({short(lasts.until)}){at_rate(lasts)}"
    return f"more than 10 years{at_rate(lasts)}"


def _ending(lasts: Lasts) -> str:
    if lasts.remaining <= 0:
        return f"nothing is left of the {scope_name(lasts.scope).lower()}"
    then = "" if lasts.scope == BALANCE else f", then the {scope_name(lasts.scope).lower()} blocks"
    return f"{about(lasts.days)} ({between(lasts)}){at_rate(lasts)}{then}"


def about(days: Optional[Decimal]) -> str:
    """Such as "~9 days", and "~2.0 days" where it is few."""
    if days is None:
        return "more than 10 years"
    if days == 0:
        return "used up by now"
    if days > YEAR:
        return "more than a year"
    exact = days < SOON
    figure = days.quantize(Decimal("0.1") if exact else Decimal(1), ROUND_HALF_UP)
    return f"~{figure} days"


def between(lasts: Lasts) -> str:
    """The 80% range of the date: "Nov 26 to Dec 3"."""
    first, last = lasts.earliest, lasts.latest
    if first is None:
        return ""
    if last is None:
        return f"{dated(first, lasts)} or {'not before its reset' if lasts.until else 'later'}"
    return dated(first, lasts) if first == last else f"{dated(first, lasts)} to {dated(last, lasts)}"


def dated(day: date, lasts: Lasts) -> str:
    """With its year, where the range reaches beyond the next twelve months."""
    is_far = lasts.until is None if lasts.high is None else lasts.high > YEAR
    return f"{short(day)} {day.year}" if is_far else short(day)


def at_rate(lasts: Lasts) -> str:
    if isinstance(lasts.pace, Unknown):
        return ""
    alone = " by this key alone" if lasts.pace.of_key and lasts.scope == BALANCE else ""
    return f" at {rate(lasts.pace)}{alone}"


def rate(pace: Pace) -> str:
    return f"{dollars(pace.usd)}/day"


def _warning(lasts: Lasts) -> Iterator[str]:
    if lasts.days is None or lasts.days >= SOON:
        return
    if lasts.scope == BALANCE:
        expected = "may have run out" if lasts.days == 0 else f"run out in {about(lasts.days)}"
        what = "Calls fail" if lasts.remaining <= 0 else f"Credits {expected}"
        yield f"⚠️ {what}: top up at {CREDITS_PAGE}"
    else:
        name = scope_name(lasts.scope)
        reset = f" until its reset ({short(lasts.until)})" if lasts.until else ""
        expected = "may block by now" if lasts.days == 0 else f"blocks in {about(lasts.days)}"
        when = "blocks now" if lasts.remaining <= 0 else expected
        yield f"⚠️ {name} {when}{reset}"
