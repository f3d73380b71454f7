"""Renders an audit: a sentence, a line for each finding, and what was looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openrouter_usage.commands.audit.records import Audit, Finding
from openrouter_usage.records import Count, Unknown
from openrouter_usage.sanitize import quoted
from openrouter_usage.text.amounts import dollars, number_of
from openrouter_usage.text.dates import in_brackets, written
from openrouter_usage.text.evidence import source_line
from openrouter_usage.text.runway import ALL_KEYS, THIS_KEY
from openrouter_usage.text.style import ANSWER, DEMO, FOOTNOTE, WARNING, Line, Page, page

NAMED = 5
"""The keys that a line names; more are counted."""

NO_AMOUNT = "–"

URGENT = ("near_limit", "expires", "retires", "spends_on")
"""The codes of what stops soon, or goes on unwanted, unless somebody acts; all else is over, or may be right."""


def render(found: Audit) -> Page:
    """Returns the audit; a finding is one line."""
    return page([Line(headline(found), ANSWER), *_findings(found)], foot(found))


def headline(found: Audit) -> str:
    """Returns how much was found, on which days and for whom. The amounts overlap, so there is no sum of them."""
    number = len(found.findings)
    what = number_of(number, "finding") if number else "Nothing odd found"
    is_part = _is_of_a_part(found) if number else found.not_looked_at
    what += " in what could be looked at" if is_part else ""
    marks = [found.profile, found.scope, DEMO if found.demo else ""]
    order = ", dearest first" if _has_amounts(found) else ""
    when = f"{'on' if found.span[0] == found.span[1] else 'from'} {written(found.span)}"
    return f"{what}{f' {when}' if found.scope == ALL_KEYS else ''}{in_brackets(marks)}{order}{_account_gap(found)}"


def _is_of_a_part(found: Audit) -> bool:
    """Tells whether the models of the account, or its keys, could not be looked at."""
    return found.scope == ALL_KEYS and any(isinstance(one, Unknown) for one in (found.keys, found.models))


def _account_gap(found: Audit) -> str:
    """Returns why nothing is known but of the regular key, where that is so."""
    if found.scope == ALL_KEYS or not found.not_looked_at:
        return ""
    return f"; all keys: unknown ({found.not_looked_at[0].gap.reason})"


def _findings(found: Audit) -> Iterator[str]:
    amounts = [NO_AMOUNT if one.usd is None else dollars(one.usd) for one in found.findings]
    column = max(map(len, amounts), default=0)
    for one, amount in zip(found.findings, amounts):
        line = f"{amount:>{column}} {one.message}. Next: {one.next_step}"
        yield Line(line, WARNING) if one.code in URGENT else line


def sentence(finding: Finding) -> str:
    """Returns what was found, beginning with its amount if it has one."""
    return finding.message if finding.usd is None else f"{dollars(finding.usd)} {finding.message}"


def _has_amounts(found: Audit) -> bool:
    """Tells whether more than one finding has an amount."""
    return sum(one.usd is not None for one in found.findings) > 1


def foot(found: Audit) -> Iterator[str]:
    """Yields what was looked at and what was not, which keys have no limit, the notes, and the source."""
    if _has_amounts(found):
        yield Line("Amounts are credits. They overlap, so they are not added up.", FOOTNOTE)
    yield Line(f"Looked at: {looked_at(found)}.", FOOTNOTE)
    yield from _unlimited(found)
    reasons: dict[str, list[str]] = {}
    for one in found.not_looked_at:
        reasons.setdefault(one.gap.advice, []).append(one.what)
    yield from (f"Not looked at: {', '.join(what)} ({reason})" for reason, what in reasons.items())
    yield from (f"Note: {note.message}" for note in found.notes)
    yield Line(source_line("", found.key_name, found.as_of), FOOTNOTE)


def looked_at(found: Audit) -> str:
    """Returns what was looked at, such as "2 keys (agent, ci), 10 models, 30 completed UTC days"."""
    if found.scope == THIS_KEY:
        return "this key's limit, budgets and expiry"
    keys = found.keys if isinstance(found.keys, Unknown) else len(found.keys)
    named = f" ({_first(found.keys)})" if found.keys and not isinstance(found.keys, Unknown) else ""
    others = (_counted(found.models, "model"), _counted(found.days, "completed UTC day"))
    return ", ".join((_counted(keys, "key") + named, *others))


def _counted(count: Count, what: str) -> str:
    return f"{'?' if isinstance(count, Unknown) else count} {what}{'' if count == 1 else 's'}"


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(map(quoted, names[:NAMED])) + more


def _unlimited(found: Audit) -> Iterator[str]:
    if isinstance(found.unlimited, Unknown):
        return
    names = found.unlimited
    if names:
        yield f"Without a limit: {len(names)} of {found.usable} usable keys: {_first(names)}."
