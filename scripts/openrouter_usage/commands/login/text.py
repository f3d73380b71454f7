"""Renders what `login` and `logout` did."""

from typing import Dict, Iterator, NamedTuple, Optional, Sequence, Tuple, Union

from openrouter_usage import invocation
from openrouter_usage.commands.doctor.text import KIND_WORDS
from openrouter_usage.keys import sources
from openrouter_usage.records import DEFAULT_ADDRESS, Note, Unknown
from openrouter_usage.text.dates import in_brackets
from openrouter_usage.text.document import document, gaps
from openrouter_usage.text.style import ANSWER, WARNING, Line, Page


class Place(NamedTuple):
    """Where keys were stored or looked for: a source, and the names of the keys that were stored there or taken out.

    `keychain` is the keychain's own name, `mode` that of a file in octal digits; None where it is no such place.
    """

    source: str
    keychain: Optional[str]
    mode: Optional[str]
    names: Sequence[str]


class KeyChange(NamedTuple):
    """A change by `login` or `logout`. `why_not_keychain` is empty where there is one, or it was not asked for.

    `kind` and `address` are those of a stored key, None after a logout. `used` has the source of each key that is found
    from now on, and `unread` why some sources could not be searched.
    """

    command: str
    profile: Optional[str]
    places: Tuple[Place, ...]
    why_not_keychain: str
    used: Dict[str, str]
    unread: Tuple[str, ...]
    kind: Union[str, Unknown, None] = None
    address: Optional[str] = None

    @property
    def changed(self) -> Tuple[Place, ...]:
        """The places with a change; all places if there is none."""
        return tuple(place for place in self.places if place.names) or self.places


def render(change: KeyChange) -> Page:
    """Returns what was stored or taken out, and which keys are used all the same."""
    first = _taken(change) if change.kind is None else [_stored(change, change.kind)]
    return Page([*(Line(one, ANSWER) for one in first), *(Line(one, WARNING) for one in _others(change))])


def _stored(change: KeyChange, kind: Union[str, Unknown]) -> str:
    (place,) = change.places
    what = "a key of a kind that OpenRouter did not tell" if isinstance(kind, Unknown) else KIND_WORDS[kind]
    address = "" if change.address == DEFAULT_ADDRESS else f", sent to {change.address}"
    mode = f"mode {place.mode}" if place.mode else ""
    where = _where(change, place, [mode, _no_keychain(change)])
    return f"Stored as {place.names[0]} in {where}: {what}{address}"


def _taken(change: KeyChange) -> Iterator[str]:
    for place in change.changed:
        if place.names:
            yield f"Taken out of {_where(change, place)}: {' and '.join(place.names)}"
    if not any(place.names for place in change.places):
        places = " and ".join(_where(change, place, [_no_keychain(change)]) for place in change.places)
        yield f"Taken out of {places}: nothing, no such key was there"


def _where(change: KeyChange, place: Place, more: Sequence[str] = ()) -> str:
    profile = f", for the profile {change.profile}" if change.profile else ""
    return place.source + in_brackets([place.keychain or "", *more]) + profile


def _no_keychain(change: KeyChange) -> str:
    return f"no keychain: {change.why_not_keychain}" if change.why_not_keychain else ""


def _others(change: KeyChange) -> Iterator[str]:
    """Yields which keys are used although they were not meant."""
    (first, *_), file = change.places, sources.ConfigFolder(sources.here(change.profile)).name
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
        "source": " and ".join(place.source for place in changed),
        "keychain": next((place.keychain for place in changed if place.keychain), None),
        "mode": next((place.mode for place in changed if place.mode), None),
        "names": [name for place in changed for name in place.names],
        **({} if change.kind is None else {"kind": change.kind, "address": change.address}),
        "used": change.used,
    }
    notes = [Note("no_keychain", why_not)] if why_not else []
    unread = [Note("not_read", message) for message in change.unread]
    return document(change.command, {**cells, "notes": [*gaps(cells), *notes, *unread]})
