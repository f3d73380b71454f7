"""Computes what all keys of an account spent in the current windows, from all sources that tell it."""

from datetime import date
from decimal import Decimal
from typing import Dict, FrozenSet, Iterator, NamedTuple, Optional, Sequence, Tuple

from openrouter_usage.days import DAY
from openrouter_usage.figures import windows
from openrouter_usage.figures.evidence import Evidence, is_noticeable
from openrouter_usage.figures.windows import LAG
from openrouter_usage.records import A_CENT, Amount, Counters, Spend, Unknown, total

NOTHING_TOLD = Unknown("OpenRouter told nothing of today")
DAYS_NOT_TOLD = Unknown("OpenRouter did not tell all of its days")


class AccountSpend(NamedTuple):
    """The spend of all keys in the current UTC day, week and month.

    Of the windows in `at_least` more may have been spent. `disputed` has the lesser count in USD of those of which the
    sources disagree.
    """

    counters: Counters
    at_least: FrozenSet[str] = frozenset()
    disputed: Tuple[Tuple[str, Decimal], ...] = ()


def account_spend(
    found: Evidence, listed: Optional[Counters], floors: Sequence[Counters], lifetime: Amount
) -> AccountSpend:
    """Returns the spend in the windows of the day `found.on`; `lifetime` are all credits that were ever used.

    `listed` is the sum over all listed keys: it stands in where analytics does not tell today, or lacks money. `floors`
    are counters that the account's cannot be below, told within two minutes of the rest.
    """
    starts = dict(zip(Spend._fields, windows.starts(found.on)))
    credits = {window: _credits(found, window, start, listed) for window, start in starts.items()}
    byok = {window: _byok(found, window, start, listed) for window, start in starts.items()}
    is_doubtful = found.doubts_live and listed is None
    at_least = {window for window, start in starts.items() if is_doubtful or found.shortfall((start, found.on))}
    for window, least in broken_floors(credits, [*floors, *([listed] if listed else [])]).items():
        credits[window] = least
        at_least.add(window)
    disputed = tuple(one for one in _lesser(found, starts, credits) if one[0] not in at_least)
    return AccountSpend(Counters(Spend(**credits), Spend(**byok), lifetime), frozenset(at_least), disputed)


def broken_floors(credits: Dict[str, Amount], floors: Sequence[Counters]) -> Dict[str, Decimal]:
    """Returns the highest floor in USD of each window whose spend is below it by a cent and more than 1%."""
    broken: Dict[str, Decimal] = {}
    for window, usd in credits.items():
        told = [getattr(one.credits, window) for one in floors]
        least = max((one for one in told if isinstance(one, Decimal)), default=Decimal(0))
        if isinstance(usd, Decimal) and least - usd >= A_CENT and least * (1 - LAG) > usd:
            broken[window] = least
    return broken


def _credits(found: Evidence, window: str, start: date, listed: Optional[Counters]) -> Amount:
    """Returns the completed days since `start` and today, or what the listed keys tell where that is more."""
    told = [found.live.usd] if found.live else []
    by_keys: Amount = DAYS_NOT_TOLD if found.live else NOTHING_TOLD
    if listed and (found.live is None or found.doubts_live):
        told.append(listed.credits.today)
        by_keys = getattr(listed.credits, window)
    today = [usd for usd in told if isinstance(usd, Decimal)]
    days = (start, found.on - DAY)
    if not today or not found.holds(days):
        return by_keys
    every = (*(one.usd for one in found.within(days)), max(today), found.shortfall((start, found.on)))
    by_days = total(every, Decimal(0))
    both = [usd for usd in (by_days, by_keys) if isinstance(usd, Decimal)]
    return max(both, default=by_days)


def _byok(found: Evidence, window: str, start: date, listed: Optional[Counters]) -> Amount:
    """Returns the completed days since `start` and today; of two counts of today the higher one."""
    days, keys = (start, found.on - DAY), listed if listed and (found.live is None or found.doubts_live) else None
    if found.live and found.holds(days):
        by_keys = keys.byok.today if keys and isinstance(keys.byok.today, Decimal) else Decimal(0)
        live = found.live.byok_usd
        today = live if isinstance(live, Unknown) else max(live, by_keys)
        return total((*(one.use.byok_usd for one in found.within(days)), today), Decimal(0))
    if keys:
        return getattr(keys.byok, window)  # type: ignore[no-any-return]
    return DAYS_NOT_TOLD if found.live else NOTHING_TOLD


def _lesser(found: Evidence, starts: Dict[str, date], credits: Dict[str, Amount]) -> Iterator[Tuple[str, Decimal]]:
    """Yields the windows of which the sources disagree, with their lesser count in USD."""
    live = credits["today"]
    if isinstance(live, Decimal) and found.factor and found.is_live_disputed:
        live /= found.factor
    for window, start in starts.items():
        usd = credits[window]
        if isinstance(usd, Decimal) and isinstance(live, Decimal):
            lesser = found.lesser((start, found.on - DAY)) + live
            if is_noticeable(usd - lesser, usd):
                yield window, lesser
