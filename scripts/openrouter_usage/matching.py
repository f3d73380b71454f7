"""Finds the names that a person meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from re import Pattern

NEAREST = 3
PRESET = "@preset/"
"""The beginning of the name of a preset that was used in the place of a model."""

LONGEST_NAME = 120
"""The letters of a wanted name that are compared: no name that is shown has more, and the time grows with them."""

ALIKE = 0.4
"""The likeness, from 0 to 1, from which on a name is offered in place of another."""


def pattern(glob: str) -> Pattern[str]:
    """Compiles a shell pattern, case-insensitive: `*` is any characters, `?` one, `[ab]` one of these."""
    from fnmatch import translate

    return re.compile(translate(glob), re.IGNORECASE)


def matches(glob: Pattern[str], name: str) -> bool:
    """Tells whether the pattern matches the name, or the part that follows its vendor."""
    return bool(glob.match(name) or glob.match(without_vendor(name)))


def without_vendor(model: str) -> str:
    """The name of a model without its vendor. A preset, `@preset/ocr`, has none: it is never called like a model."""
    return model if model.startswith(PRESET) else model.split("/", 1)[-1] or model


def meant(wanted: str, names: Iterable[str]) -> frozenset[str]:
    """The names that equal the wanted one; where none does, those that differ in case alone."""
    listed = frozenset(names)
    return listed & {wanted} or frozenset(name for name in listed if name.casefold() == wanted.casefold())


def nearest(wanted: str, names: Iterable[str]) -> tuple[str, ...]:
    """The few names most like the wanted one, most alike first; names that contain it come before all others."""
    from difflib import SequenceMatcher

    plain = wanted.strip("*?")[:LONGEST_NAME].lower()

    def likeness(name: str) -> float:
        parts = (name.lower(), without_vendor(name.lower()))
        return 1.0 if plain in parts[0] else max(SequenceMatcher(None, plain, part).ratio() for part in parts)

    ranked = sorted((-likeness(name), name) for name in set(names))
    return tuple(name for score, name in ranked[:NEAREST] if -score >= ALIKE)
