"""Builds HTML and SVG elements; the one place where text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Optional, Union

VOID = frozenset(("br", "meta"))
"""The elements that have no content, and no end tag."""


class Markup(str):
    """HTML that can stand as it is: what `element` returned. Every other text is escaped."""


Child = Union[str, None, Iterable["Child"]]
"""The content of an element: markup, text, several of either, or nothing."""


def element(tag: str, *children: Child, **attributes: Optional[str]) -> Markup:
    """Returns an element with its content; an attribute of None is left out.

    In the names of attributes a hyphen is written as an underscore, and what is a word of Python has one behind it:
    `class_`, `aria_label`.
    """
    named = [
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    ]
    start = f"<{tag}{''.join(named)}>"
    return Markup(start if tag in VOID else f"{start}{together(children)}</{tag}>")


def together(child: Child) -> Markup:
    """Returns the content as markup."""
    if child is None or isinstance(child, Markup):
        return child or Markup()
    if isinstance(child, str):
        return Markup(escape(child))
    return Markup("".join(map(together, child)))


def name(text: str) -> Markup:
    """Returns somebody's text, whose direction changes nothing of what stands around it."""
    return element("bdi", text)
