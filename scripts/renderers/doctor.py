"""Renders a diagnosis, for people and as JSON."""

from typing import Iterator, List

from diagnosis import AccountMemory, Diagnosis, KeyFound, MemoryFound
from renderers.encode import SCHEMA, Json, as_note, dumps, gaps
from usage import Span, Unknown

ARTICLES = {"regular": "a regular key", "management": "a management key"}
UNITS = ("bytes", "KB", "MB", "GB")


def render(found: Diagnosis) -> str:
    """Lines for people, ending in a newline."""
    title = "💰 OpenRouter Doctor" + (" (demo: a sample account)" if found.demo else "")
    keys = [_key(key) for key in found.keys] or ["No usable key was found."]
    parts = [[title, *keys, *_wanting(found)], list(_memory(found)), [f"Note: {note.message}" for note in found.notes]]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _key(key: KeyFound) -> str:
    if isinstance(key.kind, Unknown):
        return f"{key.name}: from {key.source}; its kind is unknown ({key.kind.reason})"
    return f"{key.name}: {ARTICLES[key.kind]}, from {key.source}"


def _wanting(found: Diagnosis) -> List[str]:
    if not found.keys or any(key.kind != "regular" for key in found.keys):
        return []
    return ["No management key was found: the balance, the models and reports need one."]


def _memory(found: Diagnosis) -> Iterator[str]:
    if found.memory is None:
        yield "Memory: none, nothing is remembered."
        return
    yield f"Memory: {found.memory.file}, {_size(found.memory.size)} (delete its folder to forget)"
    for account in found.memory.accounts:
        yield f"Account of {' and '.join(account.keys)}: {_days(account)}"
        fetch = f"{account.last_fetch:%Y-%m-%d %H:%M} UTC" if account.last_fetch else "never"
        yield f"  last fetch: {fetch}; balance readings: {account.readings}"
    others = found.memory.known_accounts - len(found.memory.accounts)
    if others:
        yield f"Other accounts remembered: {others}"


def _days(account: AccountMemory) -> str:
    if account.first is None:
        return "no completed day is held"
    missing = ", ".join(_span(span) for span in account.missing) or "none"
    return f"{account.days} completed UTC days, {account.first} to {account.last}; missing: {missing}"


def _span(span: Span) -> str:
    return f"{span[0]}" if span[0] == span[1] else f"{span[0]} to {span[1]}"


def _size(size: int) -> str:
    """Three digits are enough."""
    power = 0
    figure = float(size)
    while figure >= 1000 and power < len(UNITS) - 1:
        figure, power = figure / 1000, power + 1
    return f"{figure:.3g} {UNITS[power]}"


def render_json(found: Diagnosis) -> str:
    """One JSON object."""
    keys: List[Json] = [dict(key._asdict()) for key in found.keys]
    document: Json = {
        "schema": SCHEMA,
        "command": "doctor",
        "as_of": found.as_of,
        "demo": found.demo,
        "keys": keys,
        "memory": _memory_cells(found.memory) if found.memory else None,
        "notes": [as_note(note) for note in (*found.notes, *dict.fromkeys(gaps({"keys": keys})))],
    }
    return dumps(document) + "\n"


def _memory_cells(memory: MemoryFound) -> Json:
    return {
        "file": memory.file,
        "size_bytes": memory.size,
        "accounts": [_account_cells(account) for account in memory.accounts],
        "known_accounts": memory.known_accounts,
    }


def _account_cells(account: AccountMemory) -> Json:
    return {
        "keys": list(account.keys),
        "days": account.days,
        "first": account.first,
        "last": account.last,
        "missing": [{"from": first, "to": last} for first, last in account.missing],
        "last_fetch": account.last_fetch,
        "balance_readings": account.readings,
    }
