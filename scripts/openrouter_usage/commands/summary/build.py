"""Puts what is known of each account into the one summary that every renderer shows."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Callable, Iterator, List, Optional, Sequence, Tuple, Union

from openrouter_usage.commands.summary import models
from openrouter_usage.commands.summary.records import Block, Expiry, Summary
from openrouter_usage.days import DAY, midnight
from openrouter_usage.figures import balance, expired, limits, rows, windows
from openrouter_usage.forecast.build import forecast
from openrouter_usage.forecast.records import Funds
from openrouter_usage.records import (
    A_CENT,
    RECENT_DAYS,
    AccountDays,
    AccountKeys,
    AsOf,
    Balance,
    Completed,
    Counters,
    FreeRequests,
    Holding,
    KeyInfo,
    Limit,
    Note,
    Spend,
    TodayUse,
    Unknown,
    UsageTable,
)

CountersOf = Union[Counters, Unknown, None]
"""None where there is nobody to count for."""

OF_ANOTHER_TIME = Unknown("the credits were told at another time", "of_another_time")
COMPLETED_ALREADY = Unknown("by OpenRouter's clock the day is completed", "clock")


def digest(
    holdings: Sequence[Holding],
    now: datetime,
    max_age: timedelta,
    demo: bool,
    with_total: bool = False,
    notes: Tuple[Note, ...] = (),
) -> Summary:
    """The summary of one or more accounts at `now`.

    Figures older than `max_age` are marked with their time. `notes` concern all of it.
    """
    aged = [_aged(holding, now) for holding in holdings]
    blocks = [_block(holding, now, max_age) for holding in aged]
    profiles = [holding.profile for holding in holdings]
    blocks = [
        block._replace(title=holding.name) if profiles.count(holding.profile) > 1 else block
        for block, holding in zip(blocks, holdings)
    ]
    told = [at.at for block in blocks for at in (block.key_as_of, block.account_as_of, block.balance_as_of)]
    total = None
    if with_total:
        from openrouter_usage.commands.summary import totals  # rarely of use

        total = totals.of_accounts(aged, blocks)
    return Summary(now, min(told), demo, windows.live_windows(now.date()), tuple(blocks), notes, total)


def _aged(holding: Holding, now: datetime) -> Holding:
    """The same, without what ended since it was told."""
    key, manager, spend = holding.key, holding.manager, holding.spend
    return holding._replace(
        key=expired.key_info(key, now) if isinstance(key, KeyInfo) else key,
        manager=expired.key_info(manager, now) if isinstance(manager, KeyInfo) else manager,
        spend=expired.account_keys(spend, now) if isinstance(spend, AccountKeys) else spend,
    )


def says_anything(summary: Summary) -> bool:
    """Whether any figure of the summary is known."""
    return any(_figures_known(block) for block in summary.blocks)


def _figures_known(block: Block) -> bool:
    spends = [counters for counters in (block.key, block.account) if isinstance(counters, Counters)]
    amounts = [amount for one in spends for amount in (*one.credits, *one.byok, one.total)]
    return any(not isinstance(figure, Unknown) for figure in (*amounts, block.balance, block.models))


def _block(holding: Holding, now: datetime, max_age: timedelta) -> Block:
    def as_of(answer: object) -> AsOf:
        return windows.as_of(getattr(answer, "as_of", None), now, max_age)

    today = now.date()
    witness = holding.key if _at_once(holding.key, holding.credits, now) else None
    left = balance.believed(holding.credits, witness, holding.by_management)
    account = _account(holding, left, now)
    key = holding.key.counters if isinstance(holding.key, KeyInfo) else holding.key
    layers = _limits(holding.key, today)
    free, teller = _free_requests(holding)
    at_once = _at_once(holding.key, holding.spend, now)
    others = _others_spend(key, account) if at_once else None
    key_as_of, account_as_of, balance_as_of = map(as_of, (holding.key, holding.spend, holding.credits))
    funds = Funds(left, balance_as_of.at, layers, key, key_as_of.at, account, account_as_of.at, others)
    return Block(
        profile=holding.profile or "",
        title="",
        scope="account" if key is None else "key",
        key=key,
        key_as_of=key_as_of,
        account=account,
        account_as_of=account_as_of,
        others_spend=others,
        alone=others is False and windows.live_since(now).date() <= today - RECENT_DAYS * DAY,
        balance=left,
        balance_as_of=balance_as_of,
        limits=layers,
        percents_used=() if isinstance(layers, Unknown) else tuple(map(limits.percent_used, layers)),
        forecast=forecast(funds, holding.days, now),
        free_requests=free,
        free_as_of=as_of(teller),
        models=_models(holding, today),
        models_as_of=_models_as_of(holding.activity, as_of),
        today_as_of=as_of(holding.today.table if isinstance(holding.today, TodayUse) else None),
        expires_at=holding.key.expires_at if isinstance(holding.key, KeyInfo) else None,
        expiring=tuple(_expiring(holding, now)),
        notes=(*holding.notes, *_remarks(holding, key if at_once else None, account, left)),
    )


def _at_once(one: object, other: object, now: datetime) -> bool:
    """Whether two answers are of one time, so that their figures can be compared."""
    times: List[datetime] = [getattr(answer, "as_of", None) or now for answer in (one, other)]
    return abs(times[0] - times[1]) <= windows.CLOCK_TOLERANCE


def _account(holding: Holding, left: Union[Balance, Unknown], now: datetime) -> CountersOf:
    """The account's counters; None where there is no key that may see them."""
    if holding.manager is None:
        return None
    today = now.date()
    lifetime = left if isinstance(left, Unknown) else left.used
    if not _at_once(holding.spend, holding.credits, now):
        lifetime = OF_ANOTHER_TIME
    if isinstance(holding.spend, AccountDays):
        return windows.of_days(holding.spend, today, lifetime)
    if isinstance(holding.spend, AccountKeys):
        return windows.of_keys(holding.spend.keys, lifetime)
    return holding.spend


def _others_spend(key: CountersOf, account: CountersOf) -> Optional[bool]:
    """Whether the account spends through keys other than this one; None where the figures do not tell."""
    if not isinstance(key, Counters) or not isinstance(account, Counters):
        return None
    pairs = list(zip((*account.credits, *account.byok), (*key.credits, *key.byok)))
    known = [(whole, part) for whole, part in pairs if isinstance(whole, Decimal) and isinstance(part, Decimal)]
    if any(whole - part >= A_CENT for whole, part in known):
        return True
    return False if known == pairs and not any(_is_less(whole, part) for whole, part in known) else None


def _is_less(whole: Decimal, part: Decimal) -> bool:
    """Whether an account's figure is below that of one of its keys by more than the moments between them explain."""
    return part - whole >= A_CENT and part * (1 - windows.LAG) > whole


def _limits(key: Union[KeyInfo, Unknown, None], today: date) -> Union[Tuple[Limit, ...], Unknown]:
    """The layers that can block the key, the first to block at the front; an account has none."""
    if key is None:
        return ()
    if isinstance(key, Unknown):
        return key
    if isinstance(key.limits, Unknown) and key.effective_limit is None:
        return key.limits
    told = () if isinstance(key.limits, Unknown) else key.limits
    return tuple(_with_reset(limit, today) for limit in limits.first_to_block(told, key.effective_limit))


def _with_reset(limit: Limit, today: date) -> Limit:
    day = windows.reset_day(limit.resets, today)
    return limit._replace(resets_at=limit.resets_at or (midnight(day) if day else None))


def _free_requests(holding: Holding) -> Tuple[Union[FreeRequests, Unknown], object]:
    """The account's count, and who tells it: any of its keys may."""
    tellers = [info for info in (holding.key, holding.manager) if info is not None]
    told = [(info.free_requests if isinstance(info, KeyInfo) else info, info) for info in tellers]
    return next((one for one in told if isinstance(one[0], FreeRequests)), told[0])


def _models_as_of(activity: Union[Completed, Unknown], as_of: Callable[[object], AsOf]) -> AsOf:
    """Days that are over for long enough are what they are, however long ago they were told."""
    if isinstance(activity, Unknown):
        return as_of(None)
    told = as_of(activity.table)
    return told._replace(is_final=not activity.unsettled and activity.days[-1] == told.at.date() - DAY)


def _models(holding: Holding, today: date) -> Union[models.ModelTable, Unknown]:
    if isinstance(holding.activity, Unknown):
        return holding.activity
    table, days = holding.activity.table, holding.activity.days
    return models.by_model(table, days[0], days[-1], _live(holding, today))


def _live(holding: Holding, today: date) -> Union[UsageTable, Unknown, None]:
    """The rows of today, by the models' own names; a day that OpenRouter calls completed is not today."""
    use = holding.today
    if isinstance(holding.activity, Completed) and holding.activity.days[-1] >= today:
        return COMPLETED_ALREADY
    return rows.named(use.table, use.models, (today,)) if isinstance(use, TodayUse) else use


def _expiring(holding: Holding, now: datetime) -> Iterator[Expiry]:
    for what, info in (("Key", holding.key), ("Management key", holding.manager)):
        if isinstance(info, KeyInfo) and isinstance(info.expires_at, datetime):
            days = (info.expires_at.date() - now.date()).days
            if days <= windows.EXPIRES_SOON:
                yield Expiry(what, info.expires_at, days if info.expires_at > now else min(days, -1))


def _remarks(holding: Holding, key: CountersOf, account: CountersOf, left: object) -> Iterator[Note]:
    """What the account's figures need beside them; `key` where it was told together with them."""
    if isinstance(holding.spend, AccountKeys):
        where = "the default workspace" if holding.spend.default_workspace_only else "every workspace"
        yield Note(
            "account_from_keys",
            f"analytics failed: the totals of all keys are the sum over the {len(holding.spend.keys)} keys listed "
            f"in {where}, which may miss deleted, disabled and expired keys",
        )
    if isinstance(key, Counters) and isinstance(account, Counters) and _is_below(account.credits, key.credits):
        yield Note(
            "account_below_key",
            "OpenRouter counts less for all keys than for this key alone: not yet counted, or keys of two accounts",
        )
    if isinstance(holding.today, TodayUse):
        yield from holding.today.table.warning_notes
    if isinstance(left, Balance) and left.remaining < 0:
        yield Note("negative_balance", "the balance is negative: every call fails (HTTP 402), to free models too")


def _is_below(whole: Spend, part: Spend) -> bool:
    pairs = zip(whole, part)
    return any(_is_less(w, p) for w, p in pairs if isinstance(w, Decimal) and isinstance(p, Decimal))
