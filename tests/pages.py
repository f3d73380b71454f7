"""Reads an HTML page as a browser would: its elements, and the text of each section and table."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Optional

VOID = ("meta", "br")
BLOCKS = ("p", "li", "dt", "dd", "caption", "summary", "h1", "h2", "h3", "title", "text")


@dataclass
class Page:
    """`elements` are the tags with their attributes. By the id of its section, `sections` has the lines of text,
    `tables` the cells of each row, and `pictures` the texts in drawings."""

    elements: list[tuple[str, dict[str, Optional[str]]]] = field(default_factory=list)
    sections: dict[str, list[str]] = field(default_factory=dict)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    pictures: dict[str, list[str]] = field(default_factory=dict)
    style: str = ""

    def named(self, tag: str) -> list[dict[str, Optional[str]]]:
        """The attributes of all elements of that name."""
        return [attributes for name, attributes in self.elements if name == tag]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[str] = []
        self._ids: list[str] = [""]
        self._text = ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.page.elements.append((tag, attributes))
        if tag in VOID:
            return
        self._open.append(tag)
        if tag in ("section", "header", "footer"):
            self._ids.append(attributes.get("id") or tag)
        if tag == "tr":
            self.page.tables.setdefault(self._ids[-1], []).append([])
        if tag in (*BLOCKS, "td", "th"):
            self._text = ""

    def handle_endtag(self, tag):
        assert self._open.pop() == tag
        if tag in ("section", "header", "footer"):
            self._ids.pop()
        text = " ".join(self._text.split())
        if tag in ("td", "th"):
            self.page.tables[self._ids[-1]][-1].append(text)
        elif tag in BLOCKS:
            lines = self.page.pictures if "svg" in self._open else self.page.sections
            lines.setdefault(self._ids[-1], []).extend([text] if text else [])
            self._text = ""

    def handle_data(self, data):
        if self._open[-1:] == ["style"]:
            self.page.style += data
        else:
            self._text += data


def read(html: str) -> Page:
    """Reads a page, whose elements are all closed in the right order."""
    assert html.startswith("<!doctype html>\n")
    reader = _Reader()
    reader.feed(html.split("\n", 1)[1])
    reader.close()
    assert reader._open == []
    return reader.page
