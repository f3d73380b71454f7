"""Makes the figures of a summary into tiles: a label, and under it figures, each with what it is."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.commands.summary.records import Block, Summary, Total, credits_of
from openrouter_usage.commands.summary.text import limit_details
from openrouter_usage.days import month_start, week_start
from openrouter_usage.figures.limits import share_used
from openrouter_usage.forecast.records import BALANCE_SCOPE, KEY_SCOPES
from openrouter_usage.records import (
    NEEDS_MANAGEMENT_KEY,
    Amount,
    AsOf,
    Balance,
    Counters,
    FreeRequests,
    Limit,
    Spend,
    Unknown,
)
from openrouter_usage.text.amounts import dollars, starred
from openrouter_usage.text.dates import WEEKDAYS, as_of_words, short
from openrouter_usage.text.evidence import disagreement
from openrouter_usage.text.runway import ALL_KEYS, THIS_KEY, scope_name

LABELS = {"today": "Today", "week": "This week", "month": "This month"}
BYOK, BALANCE, KEY_LIMIT = "BYOK", scope_name(BALANCE_SCOPE), scope_name("key_limit")


class Figure(NamedTuple):
    """A figure, with what it is: whose, of what, and when it was told if that is long ago."""

    text: str
    about: tuple[str, ...]


class Tile(NamedTuple):
    """A label with what it is of, the figures under it, and the used part of a limit from 0 to 1."""

    label: str
    of: str
    figures: tuple[Figure, ...]
    used: Optional[Decimal] = None


def of_block(block: Block, summary: Summary) -> Iterator[Tile]:
    """Yields the tiles of an account: its windows, its balance, its limits, its free requests."""
    for window in Spend._fields:
        yield _tile(window, _spent(window, block, summary), summary)
    yield _balance(ALL_KEYS, block.balance, block.balance_as_of, summary.now)
    if not isinstance(block.limits, Unknown):
        yield from (_limit(one, block, summary.now) for one in block.limits)
    yield from _free(block, summary.now)


def of_total(total: Total, summary: Summary) -> Iterator[Tile]:
    """Yields the tiles of all profiles together."""
    about = ("all accounts", *as_of_words(total.as_of, summary.now))
    for window, usd in total.credits._asdict().items():
        yield _tile(window, [_figure(usd, window in summary.live, about)], summary)
    yield _balance("all accounts", total.balance, total.as_of, summary.now)


def gaps(block: Block) -> Iterator[tuple[str, Unknown]]:
    """Yields what is not known of the tiles of an account, with the reason."""
    if block.account is None:
        yield ALL_KEYS, NEEDS_MANAGEMENT_KEY
    for whose, counters in ((ALL_KEYS, block.account), (THIS_KEY, block.key)):
        if counters is not None:
            yield from ((whose, usd) for usd in credits_of(counters) if isinstance(usd, Unknown))
    if isinstance(block.first, Counters):
        yield from ((BYOK, usd) for usd in block.first.byok if isinstance(usd, Unknown))
    if isinstance(block.balance, Unknown):
        yield BALANCE, block.balance
    if isinstance(block.limits, Unknown) and not isinstance(block.key, Unknown):
        yield KEY_LIMIT, block.limits


def total_gaps(total: Total) -> Iterator[tuple[str, Unknown]]:
    """Yields what is not known of the tiles of all profiles together, with the reason."""
    yield from ((window, usd) for window, usd in zip(LABELS.values(), total.credits) if isinstance(usd, Unknown))
    if isinstance(total.balance, Unknown):
        yield BALANCE, total.balance


def _tile(window: str, figures: Iterable[Figure], summary: Summary) -> Tile:
    today = summary.now.date()
    since = {"today": today, "week": week_start(today), "month": month_start(today)}[window]
    day = f"{WEEKDAYS[since.weekday()]}, {short(since)}"
    return Tile(LABELS[window], day if window == "today" else f"since {day}", tuple(figures))


def _spent(window: str, block: Block, summary: Summary) -> Iterator[Figure]:
    """Yields what was spent in a window: by all keys where that is known apart, by the key, and with BYOK."""
    live, first = window in summary.live, as_of_words(block.first_as_of, summary.now)
    if block.scope == "account" or block.sets_key_beside_account:
        yield _of_all_keys(window, block, summary)
    if block.scope == "key":
        yield _figure(getattr(credits_of(block.key), window), live, (THIS_KEY, *first))
    byok = getattr(block.first.byok, window) if isinstance(block.first, Counters) else Decimal(0)
    if isinstance(byok, Unknown) or byok:
        yield _figure(byok, live, (BYOK, THIS_KEY if block.scope == "key" else ALL_KEYS, *first))


def _of_all_keys(window: str, block: Block, summary: Summary) -> Figure:
    """Returns what all keys spent, and what the sources leave open of it."""
    usd, lesser = getattr(credits_of(block.account), window), dict(block.disputed).get(window)
    about = (ALL_KEYS, *as_of_words(block.account_as_of, summary.now))
    if lesser is not None and isinstance(usd, Decimal):
        about = (*about, disagreement(usd, lesser))
    figure = _figure(usd, window in summary.live, about)
    is_least = window in block.at_least and isinstance(usd, Decimal)
    return figure._replace(text=f"at least {figure.text}") if is_least else figure


def _figure(usd: Amount, live: bool, about: tuple[str, ...]) -> Figure:
    return Figure(starred(usd, live), about)


def _balance(whose: str, left: Union[Balance, Unknown], as_of: AsOf, now: datetime) -> Tile:
    if isinstance(left, Unknown):
        return Tile(BALANCE, whose, (_figure(left, False, ()),))
    about = (f"of {dollars(left.purchased)} purchased", *as_of_words(as_of, now))
    return Tile(BALANCE, whose, (_figure(left.remaining, False, about),))


def _limit(limit: Limit, block: Block, now: datetime) -> Tile:
    whose = THIS_KEY if limit.scope in KEY_SCOPES else "all who spend of it"
    about = (f"of {dollars(limit.limit)}", *limit_details(limit), *as_of_words(block.key_as_of, now))
    return Tile(scope_name(limit.scope), whose, (_figure(limit.remaining, False, about),), share_used(limit))


def _free(block: Block, now: datetime) -> Iterator[Tile]:
    free = block.free_requests
    if isinstance(free, FreeRequests) and free.used != 0 and not isinstance(free.remaining, Unknown):
        about = (f"of {free.limit} requests left", *as_of_words(block.free_as_of, now))
        yield Tile("Free models", f"{ALL_KEYS}, today", (Figure(str(free.remaining), about),))
