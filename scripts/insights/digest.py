"""Puts what is known of each account into the one report that every renderer shows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Iterator, List, Optional, Sequence, Tuple, Union

from usage import (
    NEEDS_MANAGEMENT_KEY,
    AccountDays,
    AccountKeys,
    Balance,
    Block,
    Counters,
    Expiry,
    FreeRequests,
    Holding,
    KeyInfo,
    Limit,
    ModelTable,
    Note,
    Report,
    Spend,
    Unknown,
)

from insights import balance, breakdown, limits, windows

CountersOf = Union[Counters, Unknown, None]
"""None where there is nobody to count for."""

RECENT_DAYS = 7
EXPIRES_SOON = 14
A_CENT = Decimal("0.01")
SLACK = Decimal("1.01")
"""Figures of one key and of its account are measured moments apart: one percent is forgiven."""
FRESH = timedelta(minutes=2)
NO_REGULAR_KEY = Unknown("no regular key was found", "no_regular_key")


def digest(holdings: Sequence[Holding], now: datetime, demo: bool, notes: Tuple[Note, ...] = ()) -> Report:
    """The report on one or more accounts at `now`. `notes` concern all of it."""
    blocks = [_block(holding, now) for holding in holdings]
    if len(blocks) > 1:
        notes = (Note("two_accounts", "the keys belong to two accounts: two blocks, and nothing is added up"), *notes)
        blocks = [block._replace(title=holding.name) for block, holding in zip(blocks, holdings)]
    blocks[-1] = blocks[-1]._replace(notes=(*blocks[-1].notes, *notes))
    return Report(now, demo, windows.live_windows(now.date()), tuple(blocks))


def says_anything(report: Report) -> bool:
    """Whether any figure of the report is known."""
    return any(_figures_known(block) for block in report.blocks)


def _figures_known(block: Block) -> bool:
    spends = [counters for counters in (block.key, block.account) if isinstance(counters, Counters)]
    amounts = [amount for one in spends for amount in (*one.credits, *one.byok, one.total)]
    return any(not isinstance(figure, Unknown) for figure in (*amounts, block.balance, block.models))


def _block(holding: Holding, now: datetime) -> Block:
    today = now.date()
    left = balance.believed(holding.credits, holding.key, holding.by_management)
    account = _account(holding, left, today)
    key = holding.key.counters if isinstance(holding.key, KeyInfo) else holding.key
    layers = _limits(holding.key, today)
    others = _others_spend(key, account)
    block = Block(
        title="",
        scope="account" if key is None else "key",
        key=key,
        account=account,
        others_spend=others,
        alone=others is False and windows.live_since(now).date() <= today - timedelta(days=RECENT_DAYS),
        balance=left,
        limits=layers,
        percent_used=limits.percent_used(layers[0]) if layers else None,
        free_requests=_free_requests(holding),
        models=_models(holding, today),
        expires_at=holding.key.expires_at if isinstance(holding.key, KeyInfo) else None,
        expiring=tuple(_expiring(holding, now)),
        notes=(*holding.notes, *_remarks(holding, key, account, left, now)),
        gaps=(),
    )
    return block._replace(gaps=tuple(_gaps(block)))


def _account(holding: Holding, left: Union[Balance, Unknown], today: date) -> CountersOf:
    """The account's counters; None where there is no key that may see them."""
    if holding.manager is None:
        return None
    lifetime = left if isinstance(left, Unknown) else left.used
    if isinstance(holding.spend, AccountDays):
        return windows.of_days(holding.spend.days, today, lifetime)
    if isinstance(holding.spend, AccountKeys):
        return windows.of_keys(holding.spend.keys, lifetime)
    return holding.spend


def _others_spend(key: CountersOf, account: CountersOf) -> Optional[bool]:
    """Whether the account spends through keys other than this one; None where that cannot be told."""
    if not isinstance(key, Counters) or not isinstance(account, Counters):
        return None
    differences = [
        None if isinstance(whole, Unknown) or isinstance(part, Unknown) else whole - part
        for whole, part in zip((*account.credits, *account.byok), (*key.credits, *key.byok))
    ]
    if any(difference is not None and difference >= A_CENT for difference in differences):
        return True
    return None if None in differences else False


def _limits(key: Union[KeyInfo, Unknown, None], today: date) -> Tuple[Limit, ...]:
    if not isinstance(key, KeyInfo):
        return ()
    ordered = limits.first_to_block(key.limits, key.effective_limit)
    return tuple(limit if limit.resets_at else _with_reset(limit, today) for limit in ordered)


def _with_reset(limit: Limit, today: date) -> Limit:
    day = windows.reset_day(limit.resets, today)
    return limit._replace(resets_at=windows.midnight(day) if day else None)


def _free_requests(holding: Holding) -> Optional[FreeRequests]:
    """The account's count: any of its keys tells it."""
    told = [info.free_requests for info in (holding.key, holding.manager) if isinstance(info, KeyInfo)]
    return next((free for free in told if free is not None), None)


def _models(holding: Holding, today: date) -> Union[ModelTable, Unknown]:
    if isinstance(holding.activity, Unknown):
        return holding.activity
    return breakdown.by_model(holding.activity, today - timedelta(days=RECENT_DAYS), today - timedelta(days=1))


def _expiring(holding: Holding, now: datetime) -> Iterator[Expiry]:
    for what, info in (("Key", holding.key), ("Management key", holding.manager)):
        if isinstance(info, KeyInfo) and info.expires_at is not None:
            days = (info.expires_at.date() - now.date()).days
            if days <= EXPIRES_SOON:
                yield Expiry(what, info.expires_at, days)


def _remarks(holding: Holding, key: CountersOf, account: CountersOf, left: object, now: datetime) -> Iterator[Note]:
    """What the account's figures need beside them."""
    if isinstance(holding.spend, AccountKeys):
        where = "the default workspace" if holding.spend.default_workspace_only else "every workspace"
        yield Note(
            "account_from_keys",
            f"analytics failed: the totals of all keys are the sum over the {len(holding.spend.keys)} keys listed "
            f"in {where}, which may miss deleted, disabled and expired keys",
        )
    if isinstance(holding.spend, AccountDays) and holding.spend.as_of and now - holding.spend.as_of > FRESH:
        yield Note("cached", f"the totals of all keys are as of {holding.spend.as_of:%Y-%m-%d %H:%M} UTC")
    if isinstance(key, Counters) and isinstance(account, Counters) and _less(account.credits, key.credits):
        yield Note(
            "account_below_key",
            "OpenRouter counts less for all keys than for this key alone: not yet counted, or keys of two accounts",
        )
    if isinstance(left, Balance) and left.remaining < 0:
        yield Note("negative_balance", "the balance is negative: every call fails (HTTP 402), to free models too")


def _less(whole: Spend, part: Spend) -> bool:
    pairs = [(w, p) for w, p in zip(whole, part) if isinstance(w, Decimal) and isinstance(p, Decimal)]
    return any(p - w >= A_CENT and p > w * SLACK for w, p in pairs)


def _gaps(block: Block) -> List[Note]:
    """One note for everything in the block that is not known."""
    found: List[Note] = []
    for figure, value in _figures(block):
        if isinstance(value, Unknown):
            note = Note(value.code, f"{figure}: {value.reason}" + (f"; {value.next_step}" if value.next_step else ""))
            if note not in found:
                found.append(note)
    return found


def _figures(block: Block) -> Iterator[Tuple[str, object]]:
    yield from _counter_figures("key", NO_REGULAR_KEY if block.key is None else block.key)
    yield from _counter_figures("account", NEEDS_MANAGEMENT_KEY if block.account is None else block.account)
    yield "balance", block.balance
    for limit in block.limits:
        yield from ((f"limits.{limit.scope}.{name}", getattr(limit, name)) for name in ("limit", "spent", "remaining"))
    free = block.free_requests
    yield from free._asdict().items() if free else [("free_requests", Unknown("OpenRouter did not tell them"))]
    yield from _model_figures(block.models)


def _counter_figures(scope: str, counters: Union[Counters, Unknown]) -> Iterator[Tuple[str, object]]:
    if isinstance(counters, Unknown):
        yield scope, counters
        return
    yield from ((f"{scope}.{window}_usd", amount) for window, amount in counters.credits._asdict().items())
    yield from ((f"{scope}.byok_{window}_usd", amount) for window, amount in counters.byok._asdict().items())
    yield f"{scope}.total_usd", counters.total


def _model_figures(models: Union[ModelTable, Unknown]) -> Iterator[Tuple[str, object]]:
    if isinstance(models, Unknown):
        yield "models", models
        return
    yield "models.total", models.total
    for row in models.rows:
        yield from ((f"models.{name}", value) for name, value in row._asdict().items())
