"""Renders what `login` and `logout` did."""

from typing import Dict, Iterator, NamedTuple, Optional, Sequence, Union

from openrouter_usage.commands.doctor.text import KIND_WORDS
from openrouter_usage.keys.sources import REGULAR
from openrouter_usage.records import Unknown
from openrouter_usage.text.dates import in_brackets
from openrouter_usage.text.document import document, gaps
from openrouter_usage.text.style import ANSWER, WARNING, Line, Page


class KeyChange(NamedTuple):
    """A change by `login` or `logout`: the names of the keys that were stored in, or taken out of, a source.

    `keychain` is the keychain's own name, if the source is one. `kind` is that of a stored key, None after a logout.
    `used` has the source of each key that is found from now on.
    """

    command: str
    profile: Optional[str]
    source: str
    keychain: Optional[str]
    names: Sequence[str]
    kind: Union[str, Unknown, None]
    used: Dict[str, str]


def render(change: KeyChange) -> Page:
    """Returns what was stored or taken out, and which keys are used all the same."""
    return Page([Line(_first(change), ANSWER), *(Line(one, WARNING) for one in _others(change))])


def _first(change: KeyChange) -> str:
    what = " and ".join(change.names)
    where = change.source + in_brackets([change.keychain] if change.keychain else [])
    where += f", for the profile {change.profile}" if change.profile else ""
    if change.kind is None:
        return f"Taken out of {where}: {what or 'nothing, no such key was there'}"
    untold = "a key of a kind that OpenRouter did not tell"
    return f"Stored as {what} in {where}: {untold if isinstance(change.kind, Unknown) else KIND_WORDS[change.kind]}"


def _others(change: KeyChange) -> Iterator[str]:
    for name, source in change.used.items():
        if change.kind is None:
            yield f"Still found: {name}, from {source}"
        elif (name in REGULAR) == (change.names[0] in REGULAR) and source != change.source:
            yield f"Not used yet: {name} from {source} comes first"


def render_json(change: KeyChange) -> str:
    """Returns the change as a JSON document; that of a logout has no kind."""
    cells = change._asdict()
    if change.kind is None:
        del cells["kind"]
    return document(cells.pop("command"), {**cells, "notes": list(gaps(cells))})
