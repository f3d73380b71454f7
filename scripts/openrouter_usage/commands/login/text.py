"""Renders what `login` and `logout` did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Union

from openrouter_usage import invocation
from openrouter_usage.commands.doctor.text import KIND_WORDS
from openrouter_usage.commands.login.records import KeyChange, StoreChange
from openrouter_usage.keys import sources
from openrouter_usage.records import DEFAULT_ADDRESS, Note, Unknown
from openrouter_usage.text.dates import in_brackets
from openrouter_usage.text.document import document, gaps
from openrouter_usage.text.style import ANSWER, WARNING, Line, Page


def render(change: KeyChange) -> Page:
    """Returns what was stored or taken out, and which keys are used all the same."""
    first = _taken(change) if change.kind is None else [_stored(change, change.kind)]
    return Page([*(Line(one, ANSWER) for one in first), *(Line(one, WARNING) for one in _others(change))])


def _stored(change: KeyChange, kind: Union[str, Unknown]) -> str:
    (store,) = change.stores
    what = "a key of a kind that OpenRouter did not tell" if isinstance(kind, Unknown) else KIND_WORDS[kind]
    address = "" if change.address == DEFAULT_ADDRESS else f", sent to {change.address}"
    mode = f"mode {store.mode}" if store.mode else ""
    where = _where(change, store, [mode, _no_keychain(change)])
    return f"Stored as {store.names[0]} in {where}: {what}{address}"


def _taken(change: KeyChange) -> Iterator[str]:
    for store in change.changed:
        if store.names:
            yield f"Taken out of {_where(change, store)}: {' and '.join(store.names)}"
    if not any(store.names for store in change.stores):
        stores = " and ".join(_where(change, store, [_no_keychain(change)]) for store in change.stores)
        yield f"Taken out of {stores}: nothing, no such key was there"


def _where(change: KeyChange, store: StoreChange, more: Sequence[str] = ()) -> str:
    profile = f", for the profile {change.profile}" if change.profile else ""
    return store.source + in_brackets([store.keychain or "", *more]) + profile


def _no_keychain(change: KeyChange) -> str:
    return f"no keychain: {change.why_not_keychain}" if change.why_not_keychain else ""


def _others(change: KeyChange) -> Iterator[str]:
    """Yields which keys are used although they were not meant."""
    (first, *_), file = change.stores, sources.ConfigFolder(sources.here(change.profile)).name
    for name, source in change.used.items():
        if change.kind is None:
            yield f"Still found: {name}, from {source}"
        elif (name in sources.REGULAR) == (first.names[0] in sources.REGULAR) and source != first.source:
            profile = f" --profile {change.profile}" if change.profile else ""
            step = f"; `{invocation.command(f'logout --file{profile}')}` takes it out" if source == file else ""
            yield f"Not used yet: {name} from {source} comes first{step}"
    yield from (f"Not known whether a key is found there: {message}" for message in change.unread)


def render_json(change: KeyChange) -> str:
    """Returns the change as a JSON document; that of a logout has neither a kind nor an address."""
    changed, why_not = change.changed, change.why_not_keychain
    cells = {
        "profile": change.profile,
        "source": " and ".join(store.source for store in changed),
        "keychain": next((store.keychain for store in changed if store.keychain), None),
        "mode": next((store.mode for store in changed if store.mode), None),
        "names": [name for store in changed for name in store.names],
        **({} if change.kind is None else {"kind": change.kind, "address": change.address}),
        "used": change.used,
    }
    notes = [Note("no_keychain", why_not)] if why_not else []
    unread = [Note("not_read", message) for message in change.unread]
    return document(change.command, {**cells, "notes": [*gaps(cells), *notes, *unread]})
