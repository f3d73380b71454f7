"""Adds up what distinct accounts spent and have left; an account that several profiles see is counted once."""

from decimal import Decimal
from typing import Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple, Union

from openrouter_usage.commands.summary.records import Block, Total
from openrouter_usage.records import AsOf, Balance, Counters, Holding, KeyInfo, Spend, Unknown, total

MAY_BE_ONE = Unknown("OpenRouter did not tell whether two of these profiles are of one account", "accounts_not_told")


NOT_KNOWN = Unknown("its spend is not known")


class Seen(NamedTuple):
    """One account as one profile sees it."""

    holding: Holding
    block: Block

    @property
    def keys(self) -> Set[str]:
        """The texts of its keys."""
        return {key.id for key in (self.holding.own, self.holding.asker) if key}

    @property
    def tells_anything(self) -> bool:
        block = self.block
        return any(isinstance(one, (Counters, Balance)) for one in (block.key, block.account, block.balance))

    @property
    def infos(self) -> List[KeyInfo]:
        return [one for one in (self.holding.key, self.holding.manager) if isinstance(one, KeyInfo)]


Account = List[Seen]


def of_accounts(holdings: Sequence[Holding], blocks: Sequence[Block]) -> Union[Total, Unknown]:
    """The total of all that these profiles see; Unknown where it cannot be told which of them are of one account."""
    accounts: List[Account] = []
    for seen in map(Seen, holdings, blocks):
        alike = [_is_of(seen, account) for account in accounts]
        if None in alike and True not in alike:
            return MAY_BE_ONE
        if True in alike:
            accounts[alike.index(True)].append(seen)
        else:
            accounts.append([seen])
    spends = [_spend(account) for account in accounts]
    balances = [_balance(account) for account in accounts]
    told = [at for _, at in (*spends, *balances)]
    return Total(
        accounts=len(accounts),
        credits=Spend(*(total((spend[window] for spend, _ in spends), Decimal(0)) for window in range(3))),
        balance=_together(balance for balance, _ in balances),
        keys_alone=tuple(seen.block.name for account in accounts for seen in account if _is_alone(seen, account)),
        as_of=min(told, key=lambda at: (not at.is_old, at.at)),
    )


def _is_of(seen: Seen, account: Account) -> Optional[bool]:
    """Whether it is that account; one of which nothing at all is known is one of its own, with unknown figures."""
    pairs = [(one, other) for known in account for one in seen.infos for other in known.infos]
    apart = [one.is_apart_from(other) for one, other in pairs]
    if False in apart or any(seen.keys & known.keys for known in account):
        return True
    knows_nothing = not (seen.tells_anything and any(known.tells_anything for known in account))
    return False if True in apart or knows_nothing else None


def _whole(account: Account) -> Optional[Seen]:
    """Who sees the spend of all its keys, if anybody does."""
    return next((seen for seen in account if isinstance(seen.block.account, Counters)), None)


def _is_alone(seen: Seen, account: Account) -> bool:
    """Whether the total has only what its key spent."""
    return _whole(account) is None and isinstance(seen.block.key, Counters)


def _spend(account: Account) -> Tuple[Spend, AsOf]:
    """That of all its keys; where it is not known, that of the keys that these profiles have, each once."""
    whole = _whole(account)
    if whole and isinstance(whole.block.account, Counters):
        return whole.block.account.credits, whole.block.account_as_of
    keys = list({seen.holding.own.id if seen.holding.own else "": seen for seen in account}.values())
    spends = [_own(seen) for seen in keys]
    return Spend(*(total(amounts, Decimal(0)) for amounts in zip(*spends))), keys[0].block.key_as_of


def _own(seen: Seen) -> Spend:
    """What its key alone spent."""
    if isinstance(seen.block.key, Counters):
        return seen.block.key.credits
    why = next(one for one in (seen.block.key, seen.block.account, NOT_KNOWN) if isinstance(one, Unknown))
    gap = _named(seen, why)
    return Spend(gap, gap, gap)


def _named(seen: Seen, gap: Unknown) -> Unknown:
    return gap._replace(reason=f"{seen.block.name}: {gap.reason}")


def _balance(account: Account) -> Tuple[Union[Balance, Unknown], AsOf]:
    """As any of the profiles sees it; where none does, why the first does not."""
    known = next((seen for seen in account if isinstance(seen.block.balance, Balance)), account[0])
    left = known.block.balance
    return _named(known, left) if isinstance(left, Unknown) else left, known.block.balance_as_of


def _together(balances: Iterable[Union[Balance, Unknown]]) -> Union[Balance, Unknown]:
    known: List[Balance] = []
    for one in balances:
        if isinstance(one, Unknown):
            return one
        known.append(one)
    return Balance(*(sum(amounts, Decimal(0)) for amounts in zip(*known)))
