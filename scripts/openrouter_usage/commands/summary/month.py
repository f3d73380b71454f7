"""Builds what each account has spent in the current UTC month, and what it will have by its end, beside the budget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import Optional, Union

from openrouter_usage.commands.summary.build import forecast_days
from openrouter_usage.commands.summary.records import AccountAnswers, Block, Summary, credits_of
from openrouter_usage.days import DAY, month_end, month_start
from openrouter_usage.figures.evidence import Evidence
from openrouter_usage.forecast.build import account_burn, key_burn
from openrouter_usage.forecast.burn import IDLE, Burn
from openrouter_usage.forecast.month import NOT_PROJECTED, Month, passing_day, projected
from openrouter_usage.records import Counters, Note, Unknown
from openrouter_usage.session.session import Session


def added(session: Session, shown: Summary, all_answers: Sequence[AccountAnswers]) -> Summary:
    """Returns the summary with the month of each block, beside the budget that the option or its profile's keys set."""
    given = getattr(session.args, "budget", None)  # not every command has the option
    set_by = {one.name or "": given or one.keys.budget for one in session.profiles}
    budgets = {profile: usd for profile, usd in set_by.items() if isinstance(usd, Decimal)}
    blocks = tuple(
        block._replace(month=of_block(answers, block, shown.now, budgets.get(block.profile)))
        for answers, block in zip(all_answers, shown.blocks)
    )
    wrong = [usd for usd in set_by.values() if isinstance(usd, Unknown)]
    ignored = tuple(Note("budget_ignored", f"budget ignored: {one.reason}") for one in wrong)
    return shown._replace(blocks=blocks, notes=(*shown.notes, *ignored))


def of_block(answers: AccountAnswers, block: Block, now: datetime, budget: Optional[Decimal]) -> Month:
    """Returns the month of all keys or, where only that is known, of the key."""
    found = _so_far(block, now, budget)
    burn = found.so_far if isinstance(found.so_far, Unknown) else _burn(found.scope, answers, block, now)
    found = found._replace(is_idle=isinstance(burn, Unknown) and burn.code == IDLE.code)
    if isinstance(burn, Unknown) and not found.is_idle:
        found = found._replace(end=burn)
    elif isinstance(found.so_far, Decimal):
        found = _with_end(found, burn if isinstance(burn, Burn) else None, found.so_far, min(found.as_of.at, now))
    if budget is not None and found.is_passed and found.scope == "account":
        found = found._replace(passes_on=_passed_on(answers.evidence, budget, found.as_of.at.date()))
    return found


def _so_far(block: Block, now: datetime, budget: Optional[Decimal]) -> Month:
    """Returns the month so far, without its end."""
    scope = _scope(block)
    of_all = scope == "account"
    counters, as_of = (block.account, block.account_as_of) if of_all else (block.key, block.key_as_of)
    so_far = credits_of(counters).month
    return Month(
        scope=scope,
        is_named=not of_all or block.sets_key_beside_account,
        so_far=so_far,
        as_of=as_of,
        byok=counters.byok.month if isinstance(counters, Counters) else so_far,
        at_least=of_all and "month" in block.at_least,
        lesser=dict(block.disputed).get("month") if of_all else None,
        gap=block.account if not of_all and isinstance(block.account, Unknown) else None,
        last=month_end(now.date()),
        is_idle=False,
        budget=budget,
    )


def _with_end(found: Month, burn: Optional[Burn], so_far: Decimal, at: datetime) -> Month:
    """Returns the month with what is expected from `at` to its end; without a burn that is nothing more."""
    budget = None if found.is_passed else found.budget
    passes_on = passing_day(burn, so_far, at, budget) if budget is not None else None
    return found._replace(end=projected(burn, so_far, at), passes_on=passes_on)


def _passed_on(found: Evidence, budget: Decimal, today: date) -> Optional[date]:
    """Returns the UTC day, up to `today`, with which the budget was passed; None where the days do not tell it."""
    completed = (month_start(today), today - DAY)
    if not found.holds(completed) or found.shortfall(completed) or found.disputed(completed):
        return None
    sums = accumulate(one.usd for one in found.within(completed) if isinstance(one.usd, Decimal))
    passed = (one.day for one, spent in zip(found.within(completed), sums) if spent > budget)
    return next(passed, today)


def _scope(block: Block) -> str:
    """Returns whose month it is: that of all keys, unless only that of the key is known."""
    of_all, of_key = (credits_of(counters).month for counters in (block.account, block.key))
    is_account = isinstance(of_all, Decimal) or (block.account is not None and isinstance(of_key, Unknown))
    return "account" if is_account else "key"


def _burn(scope: str, answers: AccountAnswers, block: Block, now: datetime) -> Union[Burn, Unknown]:
    if scope == "account" and isinstance(block.account, Counters):
        return account_burn(forecast_days(answers, now), block.account, block.account_as_of.at, now)
    if scope == "key" and isinstance(block.key, Counters):
        return key_burn(block.key, block.key_as_of.at)
    return NOT_PROJECTED
