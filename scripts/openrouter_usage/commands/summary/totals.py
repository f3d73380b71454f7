"""Adds up the spend and the balances of distinct accounts. An account that several profiles see counts once."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Optional, Union

from openrouter_usage.commands.summary.records import AccountAnswers, Block, Total, credits_of
from openrouter_usage.figures.same_account import are_apart, are_of_two_creators, have_different_credits
from openrouter_usage.figures.windows import summed
from openrouter_usage.records import AsOf, Balance, Counters, Credits, KeyInfo, Spend, Unknown

MAY_BE_ONE = Unknown("OpenRouter did not tell whether two of these profiles are of one account", "accounts_not_told")
SPEND_NOT_KNOWN = Unknown("its spend is not known")


class View(NamedTuple):
    """An account as one of the profiles sees it."""

    answers: AccountAnswers
    block: Block

    @property
    def keys(self) -> set[str]:
        """The ids of the keys."""
        return {key.id for key in (self.answers.own, self.answers.asked_with) if key}

    @property
    def has_figures(self) -> bool:
        """Tells whether any spend or the balance is known."""
        block = self.block
        return any(isinstance(one, (Counters, Balance)) for one in (block.key, block.account, block.balance))

    @property
    def infos(self) -> list[KeyInfo]:
        """The answers of the keys about themselves."""
        return [one for one in (self.answers.key, self.answers.manager) if isinstance(one, KeyInfo)]

    def named(self, gap: Unknown) -> Unknown:
        """Returns the gap with the profile's name."""
        return gap._replace(reason=f"{self.block.name}: {gap.reason}")


Account = list[View]


def of_accounts(all_answers: Sequence[AccountAnswers], blocks: Sequence[Block], now: datetime) -> Union[Total, Unknown]:
    """Returns the total of all profiles; Unknown if it is not known which of them belong to the same account."""
    accounts: list[Account] = []
    for view in map(View, all_answers, blocks):
        same = [_is_of(view, account, now) for account in accounts]
        if None in same and True not in same:
            return MAY_BE_ONE
        if True in same:
            accounts[same.index(True)].append(view)
        else:
            accounts.append([view])
    spends = [_spend(account) for account in accounts]
    balances = [_balance(account) for account in accounts]
    return Total(
        accounts=len(accounts),
        credits=summed([spend for spend, _, _ in spends]),
        balance=_added_up([balance for balance, _ in balances]),
        keys_alone=tuple(name for _, _, alone in spends for name in alone),
        as_of=min((*(at for _, at, _ in spends), *(at for _, at in balances)), key=lambda at: (not at.is_old, at.at)),
    )


def _is_of(view: View, account: Account, now: datetime) -> Optional[bool]:
    """Tells whether the view is one of that account, which a view without figures never is; None: not known."""
    pairs = [(one, other) for known in account for one in view.infos for other in known.infos]
    apart = [are_apart(one, other) for one, other in pairs]
    if False in apart or any(view.keys & known.keys for known in account):
        return True
    is_empty = not (view.has_figures and any(known.has_figures for known in account))
    credits = [(view.answers.credits, known.answers.credits) for known in account]
    differ = any(are_of_two_creators(*pair) for pair in pairs) and any(_differ(*pair, now) for pair in credits)
    return False if True in apart or is_empty or differ else None


def _differ(one: Union[Credits, Unknown], other: Union[Credits, Unknown], now: datetime) -> bool:
    return isinstance(one, Credits) and isinstance(other, Credits) and have_different_credits(one, other, now)


def _spend(account: Account) -> tuple[Spend, AsOf, tuple[str, ...]]:
    """Returns the spend of the account, its time, and the profiles of which only the keys are included.

    That is the spend of all keys as the first profile sees it that may or, without one, that of the profiles' keys.
    """
    for view in account:
        if isinstance(view.block.account, Counters):
            return view.block.account.credits, view.block.account_as_of, ()
    alone = tuple(view.block.name for view in account if isinstance(view.block.key, Counters))
    views = list({view.answers.own.id if view.answers.own else "": view for view in account}.values())
    return summed([_key_spend(view) for view in views]), views[0].block.key_as_of, alone


def _key_spend(view: View) -> Spend:
    known = (view.block.key, view.block.account, SPEND_NOT_KNOWN)
    if isinstance(known[0], Counters):
        return known[0].credits
    return credits_of(view.named(next(one for one in known if isinstance(one, Unknown))))


def _balance(account: Account) -> tuple[Union[Balance, Unknown], AsOf]:
    """Returns the balance as the first profile sees it that knows it; if none does, why the first profile does not."""
    view = next((one for one in account if isinstance(one.block.balance, Balance)), account[0])
    left = view.block.balance
    return view.named(left) if isinstance(left, Unknown) else left, view.block.balance_as_of


def _added_up(balances: Sequence[Union[Balance, Unknown]]) -> Union[Balance, Unknown]:
    known = [one for one in balances if isinstance(one, Balance)]
    if len(known) < len(balances):
        return next(one for one in balances if isinstance(one, Unknown))
    return Balance(*(sum(amounts, Decimal(0)) for amounts in zip(*known)))
