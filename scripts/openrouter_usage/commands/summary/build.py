"""Builds the summary from the answers of each account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Callable, Optional, Union, cast

from openrouter_usage import records
from openrouter_usage.commands.summary import models
from openrouter_usage.commands.summary.records import AccountAnswers, Block, Summary, credits_of
from openrouter_usage.days import DAY, days_before, is_utc_here, midnight
from openrouter_usage.figures import balance, expired, limits, rows, windows
from openrouter_usage.figures.account_spend import AccountSpend, account_spend
from openrouter_usage.forecast import pace
from openrouter_usage.forecast.build import forecast
from openrouter_usage.forecast.records import Funds
from openrouter_usage.records import Balance, Completed, Counters, KeyInfo, Limit, Note, Unknown
from openrouter_usage.text.amounts import dollars

if TYPE_CHECKING:
    from openrouter_usage.commands.summary.local_today import LocalToday

CountersOf = Union[Counters, Unknown, None]
"""The counters of a key or an account; None if there is no such key."""

OF_ANOTHER_TIME = Unknown("the credits were told at another time", "of_another_time")
NO_DAYS = Unknown("none of the last completed days is known", "too_few_days")
COMPLETED_ALREADY = Unknown("by OpenRouter's clock the day is completed", "clock")


def build_summary(
    all_answers: Sequence[AccountAnswers],
    now: datetime,
    max_age: timedelta,
    demo: bool,
    with_total: bool = False,
    notes: tuple[Note, ...] = (),
) -> Summary:
    """Returns the summary of one or more accounts at `now`.

    Figures older than `max_age` are marked with their time. `notes` concern all accounts.
    """
    current = [_without_expired(answers, now) for answers in all_answers]
    profiles = [answers.profile for answers in all_answers]
    titles = [answers.title if profiles.count(answers.profile) > 1 else "" for answers in all_answers]
    blocks = tuple(_block(answers, title, now, max_age) for answers, title in zip(current, titles))
    times = [one.at for block in blocks for one in (block.key_as_of, block.account_as_of, block.balance_as_of)]
    total = None
    if with_total:
        from openrouter_usage.commands.summary import totals  # rarely of use

        total = totals.of_accounts(current, blocks, now)
    return Summary(now, min(times), demo, windows.live_windows(now.date()), blocks, notes, total)


def _without_expired(answers: AccountAnswers, now: datetime) -> AccountAnswers:
    key, manager, spend = answers.key, answers.manager, answers.spend
    return answers._replace(
        key=expired.key_info(key, now) if isinstance(key, KeyInfo) else key,
        manager=expired.key_info(manager, now) if isinstance(manager, KeyInfo) else manager,
        spend=expired.account_keys(spend, now) if isinstance(spend, records.AccountKeys) else spend,
    )


def has_figures(summary: Summary) -> bool:
    """Tells whether any figure of the summary is known."""
    figures: list[object] = []
    for block in summary.blocks:
        counted = [one for one in (block.key, block.account) if isinstance(one, Counters)]
        figures += [amount for one in counted for amount in (*one.credits, *one.byok, one.total)]
        figures += [block.by_purchases, block.models]
    return any(not isinstance(figure, Unknown) for figure in figures)


def _block(answers: AccountAnswers, title: str, now: datetime, max_age: timedelta) -> Block:
    def as_of(answer: object) -> records.AsOf:
        return windows.as_of(getattr(answer, "as_of", None), now, max_age)

    today = now.date()
    witness = answers.key if _are_simultaneous(answers.key, answers.credits, now) else None
    told = balance.believed(answers.credits, witness, answers.is_by_management, answers.evidence.credits_gap)
    judged = _account(answers, told, now)
    account = judged.counters if isinstance(judged, AccountSpend) else judged
    at_least, disputed = (judged.at_least, judged.disputed) if isinstance(judged, AccountSpend) else (frozenset(), ())
    left = balance.spendable(told, answers.readings, _spent_today(answers, account, now))
    key = answers.key.counters if isinstance(answers.key, KeyInfo) else answers.key
    layers = _limits(answers.key, today)
    free, free_from = _free_requests(answers)
    simultaneous = _are_simultaneous(answers.key, answers.spend, now)
    others = _others_spend(key, account) if simultaneous else None
    key_as_of, account_as_of, balance_as_of = map(as_of, (answers.key, answers.spend, answers.credits))
    funds = Funds(left, balance_as_of.at, layers, key, key_as_of.at, account, account_as_of.at, others)
    return Block(
        profile=answers.profile or "",
        title=title,
        scope="account" if key is None else "key",
        key=key,
        key_as_of=key_as_of,
        account=account,
        account_as_of=account_as_of,
        at_least=at_least,
        disputed=disputed,
        sources=_sources(answers),
        others_spend=others,
        alone=others is False and windows.live_since(now).date() <= today - records.RECENT_DAYS * DAY,
        balance=left,
        balance_as_of=balance_as_of,
        limits=layers,
        forecast=forecast(funds, forecast_days(answers, now), now),
        free_requests=free,
        free_as_of=as_of(free_from),
        models=_models(answers, today),
        models_as_of=_models_as_of(answers.activity, as_of),
        today_as_of=as_of(answers.today.table if isinstance(answers.today, records.TodayUse) else None),
        expires_at=answers.key.expires_at if isinstance(answers.key, KeyInfo) else None,
        expiring=dict(_expiring(answers, now)),
        notes=(*answers.notes, *_remarks(answers, at_least, left, now)),
        by_purchases=told,
        today_local=None if is_utc_here(now) else _today_local(answers, now),
    )


def _today_local(answers: AccountAnswers, now: datetime) -> Union[LocalToday, Unknown, None]:
    from openrouter_usage.commands.summary.local_today import local_today  # of no use where it is UTC

    return local_today(answers.today, now)


def _spent_today(answers: AccountAnswers, account: CountersOf, now: datetime) -> records.Amount:
    """Returns the spend of all keys today, if it was told together with the credits; the key list is but a floor."""
    is_whole = isinstance(answers.spend, records.AccountDays)
    is_comparable = is_whole and _are_simultaneous(answers.spend, answers.credits, now)
    return credits_of(account).today if is_comparable else balance.NOT_LOOKED_UP


def _are_simultaneous(one: object, other: object, now: datetime) -> bool:
    """Tells whether two answers were given so close together that their figures can be compared."""
    return windows.are_simultaneous(getattr(one, "as_of", None) or now, getattr(other, "as_of", None) or now)


def _account(
    answers: AccountAnswers, told: Union[Balance, Unknown], now: datetime
) -> Union[AccountSpend, Unknown, None]:
    """Returns what the account spent; None if there is no key that may see it."""
    if answers.manager is None or isinstance(answers.spend, Unknown):
        return answers.manager and cast(Unknown, answers.spend)
    lifetime = told if isinstance(told, Unknown) else told.used
    if not _are_simultaneous(answers.spend, answers.credits, now):
        lifetime = OF_ANOTHER_TIME
    keys = next((one.keys for one in (answers.listed, answers.spend) if isinstance(one, records.AccountKeys)), None)
    listed = windows.of_keys(keys, lifetime) if keys else None
    found = account_spend(answers.evidence, listed, answers.floors, lifetime)
    lasting = windows.without_ended(found.counters, answers.evidence.on, now.date())
    return found._replace(counters=lasting)


def _sources(answers: AccountAnswers) -> tuple[tuple[str, bool], ...]:
    """Returns whether each source of the account's days was told, and lacks nothing that another one has."""
    if answers.manager is None:
        return ()
    told = {"activity": answers.activity, "analytics": answers.spend}
    failed = {name for name, answer in told.items() if not isinstance(answer, (Completed, records.AccountDays))}
    lacking = answers.evidence.lacking_sources
    return tuple((name, name not in failed and name not in lacking) for name in told)


def forecast_days(answers: AccountAnswers, now: datetime) -> Union[Completed, Unknown]:
    """Returns the days that a forecast goes by, unless more was spent than they tell."""
    found = answers.evidence
    if found.shortfalls:
        return pace.DAYS_CONTRADICTED
    if isinstance(answers.activity, Unknown) and not found.days:
        return answers.activity
    known = found.completed(days_before(now.date(), records.FORECAST_DAYS))
    return known if known.days else NO_DAYS


def _others_spend(key: CountersOf, account: CountersOf) -> Optional[bool]:
    """Tells whether the account spends through other keys as well; None if the figures do not show it."""
    if not isinstance(key, Counters) or not isinstance(account, Counters):
        return None
    pairs = _known_pairs((*account.credits, *account.byok), (*key.credits, *key.byok))
    if any(whole - part >= records.A_CENT for whole, part in pairs):
        return True
    is_complete = len(pairs) == len(account.credits) + len(account.byok)
    return False if is_complete and not any(_is_less(*pair) for pair in pairs) else None


def _known_pairs(whole: Sequence[records.Amount], part: Sequence[records.Amount]) -> list[tuple[Decimal, Decimal]]:
    pairs = zip(whole, part)
    return [(one, other) for one, other in pairs if isinstance(one, Decimal) and isinstance(other, Decimal)]


def _is_less(whole: Decimal, part: Decimal) -> bool:
    """Tells whether an account's figure is below that of its key by more than the time between them explains."""
    return part - whole >= records.A_CENT and part * (1 - windows.LAG) > whole


def _limits(key: Union[KeyInfo, Unknown, None], today: date) -> Union[tuple[Limit, ...], Unknown]:
    """Returns the limits of the key, the one that blocks first at the front. An account has none."""
    if not isinstance(key, KeyInfo):
        return key or ()
    if isinstance(key.limits, Unknown) and key.effective_limit is None:
        return key.limits
    found = []
    for limit in limits.first_to_block(() if isinstance(key.limits, Unknown) else key.limits, key.effective_limit):
        day = windows.reset_day(limit.resets, today)
        found.append(limit._replace(resets_at=limit.resets_at or (midnight(day) if day else None)))
    return tuple(found)


def _free_requests(answers: AccountAnswers) -> tuple[Union[records.FreeRequests, Unknown], object]:
    """Returns the account's count, and the answer that it is from: that of any of its keys."""
    infos = [info for info in (answers.key, answers.manager) if info is not None]
    counts = [(info.free_requests if isinstance(info, KeyInfo) else info, info) for info in infos]
    return next((one for one in counts if isinstance(one[0], records.FreeRequests)), counts[0])


def _models_as_of(activity: Union[Completed, Unknown], as_of: Callable[[object], records.AsOf]) -> records.AsOf:
    """Returns the time of the completed days. It is final if none of them can still grow."""
    if isinstance(activity, Unknown):
        return as_of(None)
    found = as_of(activity.table)
    return found._replace(is_final=not activity.unsettled and activity.days[-1] == found.at.date() - DAY)


def _models(answers: AccountAnswers, today: date) -> Union[models.ModelTable, Unknown]:
    """Returns the spend by model, with that of today unless OpenRouter's clock says that the day is completed."""
    activity, live = answers.activity, answers.today
    if isinstance(activity, Unknown):
        return activity
    of_today = rows.named(live.table, live.models, (today,)) if isinstance(live, records.TodayUse) else live
    first, last = activity.days[0], activity.days[-1]
    gap = answers.evidence.gap((first, last))
    if gap and not activity.table.rows:
        return Unknown(f"OpenRouter's /activity has nothing of the {dollars(gap.whole)} spent", "activity_lacks")
    if answers.evidence.shortfalls and not activity.table.rows:
        return Unknown("OpenRouter's /activity has no row, although more was spent than it tells", "activity_lacks")
    return models.by_model(activity.table, first, last, of_today if last < today else COMPLETED_ALREADY, gap)


def _expiring(answers: AccountAnswers, now: datetime) -> Iterator[tuple[str, datetime]]:
    for what, info in (("Key", answers.key), ("Management key", answers.manager)):
        expiry = info.expires_at if isinstance(info, KeyInfo) else None
        if isinstance(expiry, datetime) and windows.expires_soon(expiry, now):
            yield what, expiry


def _of_keys(listed: records.AccountKeys, failed: str, are_days_told: bool) -> Note:
    """Returns the note on totals by the key list, because analytics `failed` as these words say.

    `are_days_told`: the completed days are those of /activity, so that only today is by the list.
    """
    what = "today's total is" if are_days_told else "the totals of all keys are"
    gap = listed.workspaces_gap
    where = "the default workspace" if listed.default_workspace_only else "every workspace"
    others = f"keys of other workspaces (unknown: {gap.reason}), " if gap else ""
    return Note(
        "account_from_keys",
        f"{failed}: {what} the sum over the {len(listed.keys)} keys listed "
        f"in {where}, which may miss {others}deleted, disabled and expired keys, those made by OAuth, and the chatroom",
    )


def _remarks(answers: AccountAnswers, at_least: frozenset[str], left: object, now: datetime) -> Iterator[Note]:
    """Yields the notes on the account's figures."""
    if isinstance(answers.spend, records.AccountKeys):
        failed = "analytics has no row" if answers.evidence.is_silent else "analytics failed"
        yield _of_keys(answers.spend, failed, isinstance(answers.activity, Completed))
    if at_least:
        yield Note("at_least", "more may have been spent by all keys: OpenRouter's sources do not tell all of it")
    if answers.evidence.is_doubtful:
        from openrouter_usage.text import evidence  # rarely of use

        earliest = min(windows.live_since(now).date(), now.date() - records.RECENT_DAYS * DAY)
        yield from evidence.notes(answers.evidence, (earliest, now.date()))
    if isinstance(answers.today, records.TodayUse):
        yield from answers.today.table.warning_notes
    if isinstance(left, Balance) and left.remaining < 0:
        yield Note("negative_balance", "the balance is negative: calls may fail (HTTP 402), to free models too")
