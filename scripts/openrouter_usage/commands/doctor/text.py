"""Writes the diagnosis, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Optional

from openrouter_usage.commands.doctor import reconcile_text
from openrouter_usage.commands.doctor.keys import without
from openrouter_usage.commands.doctor.records import Diagnosis, KeyFound, Loss
from openrouter_usage.errors import REFUSED_CODES
from openrouter_usage.figures import windows
from openrouter_usage.records import DEFAULT_ADDRESS, Unknown
from openrouter_usage.text.dates import instant, short, written
from openrouter_usage.text.document import Json, document, gaps
from openrouter_usage.text.style import ANSWER, CRITICAL, DEMO, HEADING, WARNING, Line, Page, page

if TYPE_CHECKING:
    from openrouter_usage.cache.inventory import CachedAccount, Inventory

NOT_INSTALLED = "(not installed)"
NEVER_SEEN = ("needs_management_key", "management_key", "key_refused", "forbidden")
"""Codes of the reasons for which a key will never see something; any other reason may pass."""

CLOCKS_AGREE = timedelta(seconds=10)

KIND_WORDS = {"regular": "a regular key", "management": "a management key"}
SIZE_UNITS = ("bytes", "KB", "MB", "GB")


def render(found: Diagnosis) -> Page:
    """The text for people."""
    title = "💰 OpenRouter Doctor" + (f" ({DEMO})" if found.demo else "")
    keys = [line for key in found.keys for line in _key(key, found)]
    return page(
        [Line(title, HEADING), *(keys or [Line("No usable key was found.", CRITICAL)]), *_works(found)],
        (Line(f"Trouble: {trouble}", WARNING) for trouble in found.troubles),
        *map(reconcile_text.lines, found.reconciliations),
        _memory(found),
        _machine(found),
        (f"Note: {note.message}" for note in found.notes),
    )


def _key(key: KeyFound, found: Diagnosis) -> Iterator[str]:
    kind = f"its kind is unknown ({key.kind.reason})" if isinstance(key.kind, Unknown) else KIND_WORDS[key.kind]
    address = "" if key.address == DEFAULT_ADDRESS or found.demo else f", for {key.address}"
    yield f"{key.label}: {key.masked}, {kind}, from {key.source}{address}"
    seen = [what for what, gap in key.sees if gap is None]
    yield f"  sees: {', '.join(seen) or 'nothing'}"
    for gap, things in _by_reason(key.sees).items():
        verb = "does not see" if gap.code in NEVER_SEEN else "not known whether it sees"
        role = CRITICAL if gap.code in REFUSED_CODES else ""
        yield Line(f"  {verb}: {', '.join(things)} ({gap.reason})", role)
    if isinstance(key.expires_at, datetime):
        role = WARNING if windows.expires_soon(key.expires_at, found.as_of) else ""
        yield Line(f"  {_expiry(key.expires_at, found.as_of)}: {_lost(without(key, found.keys))}", role)


def _expiry(expires_at: datetime, now: datetime) -> str:
    """Returns such as "expires Nov 29 (9 days)"."""
    days, when = (expires_at.date() - now.date()).days, short(expires_at.date())
    year = "" if expires_at.year == now.year else f", {expires_at.year}"
    if expires_at <= now:
        return f"expired {when}{year}"
    return f"expires {when}{year} ({'today' if not days else '1 day' if days == 1 else f'{days} days'})"


def _lost(loss: Loss) -> str:
    """Returns what happens once the key has expired."""
    if loss.stops and not loss.lacks:
        return "without it no command works"
    verb = "does" if len(loss.stops) == 1 else "do"
    parts = [f"without it {', '.join(loss.stops)} {verb} not work"] if loss.stops else []
    if loss.lacks:
        parts.append(f"{'' if parts else 'without it '}{', '.join(loss.lacks)} lack {', '.join(loss.things)}")
    return "; ".join(parts) or "other keys see all that it sees"


def _works(found: Diagnosis) -> Iterator[str]:
    if not found.keys:
        return
    yield Line(f"Works: {', '.join(command for command, gap in found.works if gap is None) or 'nothing'}", ANSWER)
    for gap, commands in _by_reason(found.works).items():
        yield f"Does not work: {', '.join(commands)} ({gap.advice})"


def _by_reason(told: Iterable[tuple[str, Optional[Unknown]]]) -> dict[Unknown, list[str]]:
    reasons: dict[Unknown, list[str]] = {}
    for what, gap in told:
        if gap is not None:
            reasons.setdefault(gap, []).append(what)
    return reasons


def _machine(found: Diagnosis) -> Iterator[str]:
    if found.clock_ahead is not None:
        yield f"Clock: {clock_difference(found.clock_ahead)} OpenRouter's"
    if found.proxies:
        yield f"Proxies: {', '.join(found.proxies)}"
    if found.certificates:
        yield f"Certificates: those that {found.certificates} names"
    if found.profiles:
        yield f"Profiles: {', '.join(found.profiles)}"
    yield f"Versions: {', '.join(f'{name} {version or NOT_INSTALLED}' for name, version in found.versions.items())}"


def clock_difference(ahead: timedelta) -> str:
    """Words such as "2h 5m ahead of"; clocks that differ by a few seconds agree."""
    minutes, seconds = divmod(int(abs(ahead).total_seconds()), 60)
    if abs(ahead) < CLOCKS_AGREE:
        return "agrees with"
    hours, minutes = divmod(minutes, 60)
    size = f"{hours}h {minutes}m" if hours else f"{minutes}m {seconds}s"
    return f"{size} {'ahead of' if ahead > timedelta(0) else 'behind'}"


def _memory(found: Diagnosis) -> Iterator[str]:
    if found.memory is None:
        yield "Memory: none, nothing is remembered."
        return
    yield f"Memory: {found.memory.file}, {_size(found.memory.size_bytes)} (delete its folder to forget)"
    for account in found.memory.accounts:
        yield f"Account of {' and '.join(account.keys)}: {_days(account)}"
        fetch = instant(account.last_fetch) if account.last_fetch else "never"
        yield f"  last fetch: {fetch}; balance readings: {account.balance_readings}"
    if found.memory.set_aside:
        yield f"Set aside as damaged: {', '.join(found.memory.set_aside)} (nothing reads them; delete them)"
    others = found.memory.known_accounts - len(found.memory.accounts)
    if others:
        yield f"Other accounts remembered: {others}"


def _days(account: CachedAccount) -> str:
    if account.first is None:
        return "no completed day is held"
    missing = ", ".join(map(written, account.missing)) or "none"
    return f"{account.days} completed UTC days, {account.first} to {account.last}; missing: {missing}"


def _size(size: int) -> str:
    """The size in the largest fitting unit, with three digits."""
    figure, power = float(size), 0
    while figure >= 1000 and power < len(SIZE_UNITS) - 1:
        figure, power = figure / 1000, power + 1
    return f"{figure:.3g} {SIZE_UNITS[power]}"


def render_json(found: Diagnosis) -> str:
    """The JSON document, ending in a newline."""
    figures: Json = {
        "keys": [_key_cells(key) for key in found.keys],
        "books": [reconcile_text.cells(one) for one in found.reconciliations],
    }
    notes = [*found.notes, *dict.fromkeys(gaps(figures)), *reconcile_text.notes(found.reconciliations)]
    cells: Json = {
        "as_of": found.as_of,
        "demo": found.demo,
        **figures,
        "works": {command: gap is None for command, gap in found.works},
        "troubles": found.troubles,
        "clock_ahead_seconds": None if found.clock_ahead is None else int(found.clock_ahead.total_seconds()),
        "memory": _memory_cells(found.memory) if found.memory else None,
        "proxies": found.proxies,
        "certificates": found.certificates,
        "profiles": found.profiles,
        "versions": found.versions,
        "notes": notes,
    }
    return document("doctor", cells)


def _key_cells(key: KeyFound) -> Json:
    return {
        "name": key.name,
        **({"profile": key.profile} if key.profile else {}),
        "masked": key.masked,
        "source": key.source,
        "address": key.address,
        "kind": key.kind,
        "expires_at": key.expires_at,
        "sees": [what for what, gap in key.sees if gap is None],
        "does_not_see": {what: gap.reason for what, gap in key.sees if gap is not None},
    }


def _memory_cells(memory: Inventory) -> Json:
    accounts = [
        {**account._asdict(), "missing": [{"from": first, "to": last} for first, last in account.missing]}
        for account in memory.accounts
    ]
    return {**memory._asdict(), "accounts": accounts}
