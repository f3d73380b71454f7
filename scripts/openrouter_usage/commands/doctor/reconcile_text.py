"""Writes the reconciliation of an account's month, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Optional

from openrouter_usage.commands.doctor.records import DAY_MISSING, Cause, CountedBy, Counts, Difference, Reconciliation
from openrouter_usage.days import DAY
from openrouter_usage.records import A_CENT, AccountKeys, Amount, Note, Unknown, total
from openrouter_usage.text.amounts import dollars
from openrouter_usage.text.dates import as_of_words, in_brackets, short
from openrouter_usage.text.document import Json
from openrouter_usage.text.style import HEADING, Line

MOST_DAYS_NAMED = 5
"""Days that a line names; the earlier ones are added up."""

NOT_PUBLISHED = "not published yet"

LATE = 3 * DAY
"""How long a completed day may not be published yet, as far as was seen."""


def lines(found: Reconciliation) -> Iterator[str]:
    """The block of one account, for people; a single line where no count of the account is known."""
    counts, rows = found.counts, list(_rows(found))
    yield Line(_heading(found), HEADING)
    if not counts.is_known or not rows:
        return
    notes = [f"  {note.message}" for note in _notes(found, are_shares_joined=True)]
    yield from (*rows, *_used(counts), *notes, *_fee(found))
    known = [by for by in _compared_at(counts) if by is not CountedBy.OWN_KEY]
    are_open = any(one.cause in (Cause.UNEXPLAINED, Cause.OTHER_TIMES) for one in found.differences)
    if len(known) > 1 and not are_open:
        yield "  Otherwise the books agree." if notes else "  The books agree."


def _heading(found: Reconciliation) -> str:
    counts, own = found.counts, found.counts.month.get(CountedBy.OWN_KEY)
    books = f"Books of {counts.answers.profile}" if counts.answers.profile else "Books"
    if found.account_of:
        return f"{books}: the account is that of {found.account_of}, above"
    if counts.is_known:
        live = f"* with today, as of {_time(counts.base_spent.as_of.at, counts.now.date())}"
        return f"{books} since {short(counts.first)} (UTC; credits; {live}):"
    says = ""
    if own and not isinstance(own.usd, Unknown):
        as_of = in_brackets(as_of_words(own.as_of, counts.now))
        says = f"; {found.own_name}'s own counter says {_live(own.usd)} this month{as_of}"
    return f"{books}: not known{_reason(counts.month[CountedBy.ANALYTICS].usd)}{says}"


def _compared_at(counts: Counts) -> dict[CountedBy, datetime]:
    """The times of the known counts that are compared; /activity is compared together with today."""
    known = {by: one.as_of.at for by, one in counts.month.items() if not isinstance(one.usd, Unknown)}
    known.pop(CountedBy.ACTIVITY, None)
    return known


# Rows


def _rows(found: Reconciliation) -> Iterator[str]:
    """The amount by each count, and what counted it; of an account that is shown above only the key's own."""
    counts = found.counts
    what = {CountedBy.OWN_KEY: f"{found.own_name} by its own counter"}
    if not found.account_of:
        what = {
            CountedBy.ACTIVITY_AND_TODAY: f"/activity{_completed(counts)}{_today(counts)}",
            CountedBy.ANALYTICS: "/analytics/query",
            CountedBy.KEY_LIST: f"/keys{_number_of_keys(counts)}",
            **what,
        }
    live = {by: _live(counts.month[by].usd) for by in what if by in counts.month}
    width = max(map(len, live.values()), default=0)
    for by, amount in live.items():
        spent = counts.month[by]
        as_of = "" if isinstance(spent.usd, Unknown) else in_brackets(as_of_words(spent.as_of, counts.now))
        reason = "" if by is CountedBy.ACTIVITY_AND_TODAY else _reason(spent.usd)
        yield f"  {amount:>{width}} {what[by]}{reason}{as_of}"


def _used(counts: Counts) -> Iterator[str]:
    """The month that every command goes by, where it is not the base's."""
    base = counts.base_spent.usd
    if isinstance(counts.used, Decimal) and isinstance(base, Decimal) and abs(counts.used - base) >= A_CENT:
        yield f"  {_live(counts.used)} is what all commands go by: the fuller count of each day"
    found = counts.answers.evidence
    if found and found.factor:
        yield f"  /activity and /analytics/query disagree: one has {found.factor} times the other, day by day"


def _completed(counts: Counts) -> str:
    usd = counts.month[CountedBy.ACTIVITY].usd
    if isinstance(usd, Unknown):
        return f": completed days unknown{_reason(usd)}"
    if counts.completed_to is None:
        return ": no completed day yet"
    is_missing = counts.month[CountedBy.ACTIVITY_AND_TODAY].usd == DAY_MISSING
    return f" to {short(counts.completed_to)} ({dollars(usd)}{f'; {DAY_MISSING.reason}' if is_missing else ''})"


def _today(counts: Counts) -> str:
    if isinstance(counts.today, Unknown):
        return f", today unknown{_reason(counts.today)}"
    return f", and today by {counts.today_by.words} ({_live(counts.today)})"


def _number_of_keys(counts: Counts) -> str:
    if isinstance(counts.keys, Unknown):
        return ""
    number, workspaces = len(counts.keys.keys), counts.workspaces
    keys = f": {number} {'key' if number == 1 else 'keys'}"
    if counts.keys.workspaces_gap:
        return f"{keys}; other workspaces unknown"
    if counts.keys.default_workspace_only:
        return f"{keys} of the default workspace"
    if isinstance(workspaces, Unknown):
        return keys
    return f"{keys} in {workspaces} {'workspace' if workspaces == 1 else 'workspaces'}"


def _reason(amount: Amount) -> str:
    return f" ({amount.reason})" if isinstance(amount, Unknown) else ""


def _live(amount: Amount) -> str:
    return "unknown" if isinstance(amount, Unknown) else f"{dollars(amount)}*"


def _time(at: datetime, today: Optional[date] = None) -> str:
    """The time with its UTC day, unless that is today."""
    return f"{'' if at.date() == today else short(at) + ' '}{at:%H:%M} UTC"


def _fee(found: Reconciliation) -> Iterator[str]:
    """The line on the fee for BYOK, where the month has BYOK of a cent or more."""
    counts, fee = found.counts, found.counts.byok_fees
    if not found.account_of and isinstance(counts.byok, Decimal) and counts.byok >= A_CENT:
        as_of = "" if isinstance(fee.usd, Unknown) else in_brackets(as_of_words(fee.as_of, counts.now))
        is_some = isinstance(fee.usd, Decimal) and fee.usd >= A_CENT
        which = f"; {CountedBy.ANALYTICS.words} has it among the credits" if is_some else ""
        yield f"  BYOK fee beyond the monthly allowance: {_live(fee.usd)}{_reason(fee.usd)}{as_of}{which}"


# Differences


def _notes(found: Reconciliation, are_shares_joined: bool) -> Iterator[Note]:
    """Each difference as a sentence; of an account that is shown above only what concerns the key's own count."""
    shown = [one for one in found.differences if one.counted_by is CountedBy.OWN_KEY or not found.account_of]
    joined = [cause for cause in Cause if cause.is_share and are_shares_joined]
    sentences = groupby(shown, lambda one: (one.counted_by, one.cause in joined or one.cause, one.day is None))
    for _, group in sentences:
        alike = list(group)
        messages = [_sentence(alike, found)] if alike[0].day is None else _of_days(alike, found.counts)
        yield from (Note(f"books_{alike[0].cause.code}", message) for message in messages)
    yield from _not_compared(found)


def _sentence(alike: Sequence[Difference], found: Reconciliation) -> str:
    """The words of a cause with the figures of its difference."""
    one, counts, base = alike[0], found.counts, found.counts.base_spent
    if one.cause.is_share:
        return _shares(alike, counts)
    told_by = CountedBy.ACTIVITY if one.counted_by is CountedBy.ACTIVITY_AND_TODAY else one.counted_by
    others = [other for other in found.differences if other.counted_by is one.counted_by and other is not one]
    return one.cause.words.format(
        usd=dollars(one.usd),
        size=dollars(abs(one.usd)),
        count=one.counted_by.words,
        base=counts.base.words if counts.base else "",
        base_and_usd=dollars(total((base.usd, one.usd), Decimal(0))),
        at=_time(counts.month.get(told_by, base).as_of.at),
        base_at=_time(base.as_of.at),
        with_others=", with all that is named here," if others else "",
        direction="lower" if one.usd > 0 else "higher",
        guess=_guess(one, counts),
    )


def _shares(alike: Sequence[Difference], counts: Counts) -> str:
    """The sentence on everything that one count lacks by known causes, each with its amount where there are several."""
    is_one_of_several = isinstance(counts.workspaces, int) and counts.workspaces > 1
    values = {
        "of_its_workspace": " of its workspace" if is_one_of_several else "",
        "of_other_workspaces": ", of other workspaces" if counts.is_default_workspace_only else "",
    }
    amounts = [f" {dollars(one.usd)}" if len(alike) > 1 else "" for one in alike]
    causes = [one.cause.words.format(**values) + amount for one, amount in zip(alike, amounts)]
    count, usd = alike[0].counted_by.words, sum((one.usd for one in alike), Decimal(0))
    return f"{count[:1].upper()}{count[1:]} lacks {dollars(usd)}: {', '.join(causes)}"


def _guess(one: Difference, counts: Counts) -> str:
    """The likely cause of what is unexplained; only what a list or a key lacks can be the spend of other keys."""
    if one.counted_by not in (CountedBy.KEY_LIST, CountedBy.OWN_KEY) or one.usd < 0:
        return NOT_PUBLISHED
    if counts.is_default_workspace_only:
        return f"of other workspaces, or {NOT_PUBLISHED}"
    return f"of other keys, or {NOT_PUBLISHED}" if one.counted_by is CountedBy.OWN_KEY else NOT_PUBLISHED


def _of_days(daily: Sequence[Difference], counts: Counts) -> Iterator[str]:
    """The completed days of which /activity has less, or more, than analytics."""
    less, more = [one for one in daily if one.usd > 0], [one for one in daily if one.usd < 0]
    if less:
        are_new = all(one.day and one.day >= counts.now.date() - LATE for one in less)
        yield f"Unexplained: /activity lacks {_with_days(less)}" + (f", perhaps {NOT_PUBLISHED}" if are_new else "")
    if more:
        yield f"Unexplained: /activity has more than /analytics/query: {_with_days(more)}"


def _with_days(daily: Sequence[Difference]) -> str:
    """The amounts with their days; those before the last few days in one sum."""
    named = [f"{dollars(abs(one.usd))} on {short(one.day)}" for one in daily[-MOST_DAYS_NAMED:] if one.day]
    others = daily[:-MOST_DAYS_NAMED]
    if others:
        usd = sum((one.usd for one in others), Decimal(0))
        named.insert(0, f"{dollars(abs(usd))} on {len(others)} days before")
    return ", ".join(named)


def _not_compared(found: Reconciliation) -> Iterator[Note]:
    """Notes on keys that are not listed, and on a key that is not compared."""
    counts, name = found.counts, found.own_name
    if counts.is_default_workspace_only and not found.account_of:
        gap = counts.keys.workspaces_gap if isinstance(counts.keys, AccountKeys) else None
        told = f"The workspaces are unknown ({gap.reason})" if gap else "No workspace is listed"
        yield Note("books_default_workspace_only", f"{told}: /keys is of the default one alone")
    if CountedBy.OWN_KEY not in _compared_at(counts) or found.is_apart is False or not counts.base:
        return
    if found.is_apart:
        yield Note("books_two_accounts", f"{name} is of another account, so it is not compared with this one")
    else:
        message = f"OpenRouter did not tell whether {name} is of this account, so it is not compared with it"
        yield Note("books_account_not_told", message)


# JSON


def cells(found: Reconciliation) -> Json:
    """The counts in full precision; each time is that of its figure."""
    counts, profile = found.counts, found.counts.answers.profile
    by_count = {by.code: one.usd for by, one in counts.month.items()}
    amounts = {"completed": None, "today": counts.today, **by_count, "byok": counts.byok, "used": counts.used}
    amounts["byok_fees"] = counts.byok_fees.usd
    return {
        **({"profile": profile} if profile else {}),
        "from": counts.first,
        "completed_to": counts.completed_to,
        **{f"{name}_usd": usd if counts.is_known or name == "key" else None for name, usd in amounts.items()},
        "base": counts.base.code if counts.base else None,
        "as_of": {by.code: at for by, at in _compared_at(counts).items()},
        "differences": [
            {"side": by.code, "cause": cause.code, "usd": usd, **({"day": day} if day else {})}
            for by, cause, usd, day in found.differences
        ],
    }


def notes(every: Iterable[Reconciliation]) -> Iterator[Note]:
    """The notes on each difference, one for each cause, and on accounts of which nothing is known."""
    for found in every:
        profile, gap = found.counts.answers.profile, found.counts.month[CountedBy.ANALYTICS].usd
        of = f"{profile}: " if profile else ""
        if found.counts.is_known:
            messages = _notes(found, are_shares_joined=False)
            yield from (note._replace(message=of + note.message) for note in messages)
        elif isinstance(gap, Unknown):
            yield Note(gap.code, f"books: {of}{gap.advice}")
