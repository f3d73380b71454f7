"""Renders what `login` and `logout` did."""

from typing import Iterator, NamedTuple, Tuple, Union

from openrouter_usage.commands.doctor.text import KIND_WORDS
from openrouter_usage.records import Unknown
from openrouter_usage.text.dates import in_brackets
from openrouter_usage.text.document import Json, document, gaps


class KeyChange(NamedTuple):
    """A change by `login` or `logout`: the names of the keys that were stored in, or taken out of, a source.

    `keychain` is the keychain's own name, if the source is one. `kind` is that of a stored key, "" after a logout.
    `used` has each key that is found from now on, with its source.
    """

    command: str
    source: str
    keychain: str
    names: Tuple[str, ...]
    kind: Union[str, Unknown]
    profile: str
    used: Tuple[Tuple[str, str], ...]


def render(change: KeyChange) -> str:
    """Returns what was stored or taken out, and which keys are used all the same."""
    return "\n".join([_first(change), *_others(change)]) + "\n"


def _first(change: KeyChange) -> str:
    what = " and ".join(change.names)
    where = change.source + in_brackets([change.keychain] if change.keychain else [])
    where += f", for the profile {change.profile}" if change.profile else ""
    if change.command == "logout":
        return f"Taken out of {where}: {what or 'nothing, no such key was there'}"
    kind = (
        "a key of a kind that OpenRouter did not tell" if isinstance(change.kind, Unknown) else KIND_WORDS[change.kind]
    )
    return f"Stored as {what} in {where}: {kind}"


def _others(change: KeyChange) -> Iterator[str]:
    for name, source in change.used:
        if change.command == "logout":
            yield f"Still found: {name}, from {source}"
        elif name in change.names and source != change.source:
            yield f"Not used yet: {name} from {source} comes first"


def render_json(change: KeyChange) -> str:
    cells: Json = {
        "profile": change.profile or None,
        "source": change.source,
        "keychain": change.keychain or None,
        "names": list(change.names),
    }
    if change.command == "login":
        cells["kind"] = change.kind
    return document(change.command, {**cells, "used": dict(change.used), "notes": list(gaps(cells))})
