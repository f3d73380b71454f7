"""Computes what all keys of an account spent in the current windows, from all sources that tell it."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Optional

from openrouter_usage.days import DAY
from openrouter_usage.figures import windows
from openrouter_usage.figures.evidence import Evidence, is_noticeable
from openrouter_usage.figures.windows import LAG
from openrouter_usage.records import A_CENT, Amount, Counters, Spend, Unknown, total

TODAY_NOT_TOLD = Unknown("OpenRouter told nothing of today")
DAYS_NOT_TOLD = Unknown("OpenRouter did not tell all of its days")


class AccountSpend(NamedTuple):
    """The spend of all keys in the current UTC day, week and month.

    Of the windows in `at_least` more may have been spent. `disputed` has the lesser count in USD of those of which the
    sources disagree.
    """

    counters: Counters
    at_least: frozenset[str] = frozenset()
    disputed: tuple[tuple[str, Decimal], ...] = ()


def account_spend(
    found: Evidence, listed: Optional[Counters], floors: Sequence[Counters], lifetime: Amount
) -> AccountSpend:
    """Returns the spend in the windows of the day `found.on`; `lifetime` are all credits that were ever used.

    `listed` is the sum over all listed keys: it stands in where analytics does not tell today, or lacks money. `floors`
    are counters that the account's cannot be below, told within two minutes of the rest.
    """
    starts = dict(zip(Spend._fields, windows.starts(found.on)))
    least = [*floors, *([listed] if listed else [])]
    today = _today(found, listed)
    raised = broken_floors({"today": today}, least)
    is_more = bool(raised) or found.doubts_live
    today = raised.get("today", today)
    credits = {window: _credits(found, window, start, today, listed) for window, start in starts.items()}
    byok = {window: _byok(found, window, start, listed) for window, start in starts.items()}
    at_least = {window for window, start in starts.items() if is_more or found.shortfall((start, found.on))}
    broken = broken_floors(credits, least)
    counters = Counters(Spend(**{**credits, **broken}), Spend(**byok), lifetime)
    at_least |= broken.keys()
    disputed = tuple(one for one in _lesser(found, starts, counters.credits) if one[0] not in at_least)
    return AccountSpend(counters, frozenset(at_least), disputed)


def broken_floors(credits: dict[str, Amount], floors: Sequence[Counters]) -> dict[str, Decimal]:
    """Returns the highest floor in USD of each window whose spend is below it by a cent and more than 1%."""
    broken: dict[str, Decimal] = {}
    for window, usd in credits.items():
        told = [getattr(one.credits, window) for one in floors]
        least = max((one for one in told if isinstance(one, Decimal)), default=Decimal(0))
        if isinstance(usd, Decimal) and least - usd >= A_CENT and least * (1 - LAG) > usd:
            broken[window] = least
    return broken


def _today(found: Evidence, listed: Optional[Counters]) -> Amount:
    """Returns what analytics tells of today, or the listed keys where that does not tell it, or may lack some."""
    told: list[Amount] = [found.live.usd] if found.live else []
    if listed and (found.live is None or found.doubts_live):
        told.append(listed.credits.today)
    known = [usd for usd in told if isinstance(usd, Decimal)]
    return max(known) if known else next(iter(told), TODAY_NOT_TOLD)


def _credits(found: Evidence, window: str, start: date, today: Amount, listed: Optional[Counters]) -> Amount:
    """Returns the completed days since `start` and today, or what the listed keys tell where that is more."""
    days = (start, found.on - DAY)
    by_keys: Amount = getattr(listed.credits, window) if listed and found.live is None else DAYS_NOT_TOLD
    if not found.holds(days) or isinstance(today, Unknown):
        return by_keys if isinstance(by_keys, Decimal) else today if isinstance(today, Unknown) else by_keys
    by_days = total((*(one.usd for one in found.within(days)), _with_lacking(found, start, today)), Decimal(0))
    return max((usd for usd in (by_days, by_keys) if isinstance(usd, Decimal)), default=by_days)


def _with_lacking(found: Evidence, start: date, today: Decimal) -> Decimal:
    """Returns today's spend and what all days since `start` lack of what was proved.

    What is lacking until today was proved against what analytics tells of today: the listed keys, by whom `today` may
    have been raised, may tell the same money.
    """
    least = today + found.shortfall((start, found.on - DAY))
    live = found.live.usd if found.live else None
    return max(least, live + found.shortfall((start, found.on))) if isinstance(live, Decimal) else least


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
    return DAYS_NOT_TOLD if found.live else TODAY_NOT_TOLD


def _lesser(found: Evidence, starts: dict[str, date], credits: Spend) -> Iterator[tuple[str, Decimal]]:
    """Yields the windows of which the sources disagree, with their lesser count in USD."""
    more = Decimal(0)
    if isinstance(credits.today, Decimal) and found.factor and found.is_live_disputed:
        more = credits.today - credits.today / found.factor
    for window, start in starts.items():
        usd, disputed = getattr(credits, window), more + found.disputed((start, found.on - DAY))
        if isinstance(usd, Decimal) and is_noticeable(disputed, usd):
            yield window, usd - disputed
