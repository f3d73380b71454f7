"""Finds the names that a person meant."""

import re
from typing import FrozenSet, Iterable, Pattern, Tuple

NEAREST = 3
ALIKE = 0.4
"""How alike two names must be, from 0 to 1, for one to be offered in place of the other."""


def pattern(glob: str) -> Pattern[str]:
    """What a shell pattern matches, whatever the case: `*` any characters, `?` one, `[ab]` one of these."""
    from fnmatch import translate

    return re.compile(translate(glob), re.IGNORECASE)


def matches(glob: Pattern[str], name: str) -> bool:
    """Whether the pattern matches the whole name, or what follows the vendor in it."""
    return bool(glob.match(name) or glob.match(name.split("/", 1)[-1]))


def meant(wanted: str, names: Iterable[str]) -> FrozenSet[str]:
    """Which of the names it is: the very same, else those that differ in case alone."""
    listed = frozenset(names)
    return listed & {wanted} or frozenset(name for name in listed if name.casefold() == wanted.casefold())


def nearest(wanted: str, names: Iterable[str]) -> Tuple[str, ...]:
    """The few names most like the wanted one, most alike first; one that holds it whole comes before all others."""
    from difflib import SequenceMatcher

    plain = wanted.strip("*?").lower()

    def likeness(name: str) -> float:
        parts = (name.lower(), name.lower().split("/", 1)[-1])
        return 1.0 if plain in parts[0] else max(SequenceMatcher(None, plain, part).ratio() for part in parts)

    ranked = sorted((-likeness(name), name) for name in set(names))
    return tuple(name for score, name in ranked[:NEAREST] if -score >= ALIKE)
