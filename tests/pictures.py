"""Makes the documents' pictures, SVGs of what this version shows of the sample account: `python3 tests/pictures.py`.

`--check` writes nothing: it names the pictures that this version would make otherwise, and exits with 1. Of a chart the
words alone are compared: all else differs between versions of matplotlib.
"""

import os
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from html import escape
from html.parser import HTMLParser
from importlib.util import find_spec
from itertools import accumulate, groupby
from pathlib import Path
from typing import Callable, NamedTuple, Optional

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "scripts"))
import run
from openrouter_usage.text.table import display_width

FOLDER = ROOT / "references" / "pictures"

PROGRAM = ROOT / "scripts" / "stats.py"
SVG, XHTML = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"
COLUMNS = 100

# Terminals

FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
SIZE, CELL, LINE, MARGIN = 14, 8.43, 20, 16
"""The font's size, and the width and the height of a character's place, in pixels."""

STYLE = f"""
svg {{ background: #ffffff; }}
text, rect {{ fill: #1f2328; }}
text {{ font: {SIZE}px {FONT}; white-space: pre; }}
@media (prefers-color-scheme: dark) {{ svg {{ background: #0d1117; }} text, rect {{ fill: #e6edf3; }} }}
"""

EIGHTHS = " ▏▎▍▌▋▊▉█"
"""What bars are made of, each an eighth of a column longer than the one before it."""

SEQUENCE = re.compile("\x1b\\[([\\d;]*)m")


class Style(NamedTuple):
    """How text looks: what begins with SGR's 1, 3 and 38;5;N."""

    bold: bool = False
    italic: bool = False
    colour: str = ""

    def changed(self, parameters: str) -> "Style":
        """Returns the style after a sequence. Raises ValueError for one that the program does not write."""
        style, numbers = self, [int(one) for one in (parameters or "0").split(";")]
        while numbers:
            first = numbers.pop(0)
            if first == 0:
                style = Style()
            elif first == 1:
                style = style._replace(bold=True)
            elif first == 3:
                style = style._replace(italic=True)
            elif first == 38 and numbers[:1] == [5]:
                style, numbers = style._replace(colour=colour(numbers[1])), numbers[2:]
            else:
                raise ValueError(f"no such style: {parameters}")
        return style

    @property
    def attributes(self) -> str:
        found = {"font-weight": "bold" * self.bold, "font-style": "italic" * self.italic, "fill": self.colour}
        shown = "; ".join(f"{name}: {value}" for name, value in found.items() if value)
        return f' style="{shown}"' if shown else ""


def colour(number: int) -> str:
    """Returns the RGB of one of the 256 colours, from 16 on: those before are up to the terminal."""
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    levels = (0, 95, 135, 175, 215, 255)
    cube = number - 16
    return "#" + "".join(f"{levels[place]:02x}" for place in (cube // 36, cube // 6 % 6, cube % 6))


SETTINGS = {"PATH": os.environ["PATH"], "HOME": os.path.expanduser("~"), "TERM": "xterm-256color", "TZ": "UTC"}
"""What the program is told by the environment."""


def printed(
    arguments: Sequence[str], columns: int, program: Path = PROGRAM, settings: Mapping[str, str] = SETTINGS
) -> str:
    """Returns what the program writes to a terminal of so many columns that has colours."""
    import fcntl
    import pty
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    run = subprocess.Popen(
        [sys.executable, str(program), *arguments],
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    parts: list[bytes] = []
    with suppress(OSError):  # Linux says so that nobody writes any more
        for part in iter(partial(os.read, ours, 65536), b""):
            parts.append(part)
    os.close(ours)
    run.wait()
    return b"".join(parts).decode("utf-8").replace("\r\n", "\n")


def of_terminal(text: str, columns: int) -> str:
    """Returns a picture of a text with the sequences of its styles; lines that are longer go on in the next one."""
    lines = [line for logical in styled(text) for line in folded(logical, columns)]
    width, height = columns * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    drawn = [text for row, line in enumerate(lines) for text in _drawn(line, MARGIN + row * LINE + SIZE)]
    return "\n".join(
        [
            f'<svg xmlns="{SVG}" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}">',
            f"<style>{STYLE}</style>",
            *drawn,
            "</svg>\n",
        ]
    )


Styled = list[tuple[str, Style]]
"""A line: each character with its style. A mark that belongs to the character before it is part of that."""


def styled(text: str) -> Iterator[Styled]:
    """Yields the lines of a text with sequences."""
    style = Style()
    for line in text.splitlines():
        parts = SEQUENCE.split(line)
        found: Styled = []
        for place, part in enumerate(parts):
            if place % 2:
                style = style.changed(part)
                continue
            for character in part:
                if found and not display_width(character):
                    found[-1] = (found[-1][0] + character, found[-1][1])
                else:
                    found.append((character, style))
        yield found


def folded(line: Styled, columns: int) -> Iterator[Styled]:
    """Yields the rows of a line as a terminal breaks it."""
    row: Styled = []
    used = 0
    for character, style in line:
        if used + display_width(character) > columns:
            yield row
            row, used = [], 0
        row.append((character, style))
        used += display_width(character)
    yield row


def _drawn(line: Styled, y: int) -> Iterator[str]:
    """Yields the texts of a row. Each word begins in its own column, so that columns are straight in any font."""
    columns = accumulate((display_width(character) for character, _ in line), initial=0)

    def together(cell: tuple[int, tuple[str, Style]]) -> tuple[Style, bool, int]:
        column, (character, style) = cell
        return style, character == " ", column if display_width(character) > 1 else -1

    for (style, is_blank, _), cells in groupby(zip(columns, line), key=together):
        word = list(cells)
        if not is_blank:
            yield _word("".join(character for _, (character, _) in word), word[0][0], y, style)


def _word(text: str, column: int, y: int, style: Style) -> str:
    """Returns a word, or a bar, which a font would draw with seams between its blocks."""
    x, width = MARGIN + column * CELL, display_width(text) * CELL
    if set(text) <= set(EIGHTHS):
        length = sum(map(EIGHTHS.index, text)) / 8 * CELL
        return f'<rect x="{x:.2f}" y="{y - SIZE + 1}" width="{length:.2f}" height="{LINE - 3}"{style.attributes}/>'
    place = f'x="{x:.2f}" y="{y}" textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs"'
    return f"<text {place}{style.attributes}>{escape(text, quote=False)}</text>"


def terminal(*arguments: str) -> str:
    """Returns a picture of a command line with what it prints."""
    shown = " ".join(("$ python3 scripts/stats.py", *arguments))
    return of_terminal(f"{shown}\n{printed(arguments, COLUMNS)}", COLUMNS)


# Files that the program writes


def written(command: str, ending: str) -> str:
    """Returns the file that a command writes of the sample account; the chart needs the packages of the tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"picture{ending}"
        python = sys.executable if find_spec("matplotlib") else run.python()
        arguments = [python, str(PROGRAM), command, "--demo", "--output", str(path)]
        subprocess.run(arguments, env=SETTINGS, check=True, stdout=subprocess.DEVNULL)
        return path.read_text(encoding="utf-8")


PAGE_WIDTH, PAGE_HEIGHT = 1200, 1500
"""How much of the page is seen, in pixels."""

VOID = ("br", "col", "hr", "img", "input", "link", "meta", "wbr")
"""The elements of HTML that have no end."""


class Page(HTMLParser):
    """The style and the body of a page, which is made XML."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: dict[str, list[str]] = {"style": [], "body": [], "": []}
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, Optional[str]]]) -> None:
        if tag in ("style", "body"):
            self._inside = tag
        elif self._inside == "body":
            every = {**({"xmlns": SVG} if tag == "svg" else {}), **dict(attributes)}
            as_written = {one.lower(): one for one in re.findall(r'([\w-]+)="', self.get_starttag_text() or "")}
            shown = (
                f' {as_written.get(name, name)}="{escape(name if value is None else value)}"'
                for name, value in every.items()
            )
            self._add(f"<{tag}{''.join(shown)}{'/' * (tag in VOID)}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""
        elif self._inside == "body" and tag not in VOID:
            self._add(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._add(escape(data, quote=False))

    def _add(self, text: str) -> None:
        self.parts[self._inside].append(text)


def dashboard() -> str:
    """Returns a picture of the upper part of the page: the page itself, as part of an SVG."""
    page = Page(written("dashboard", ".html"))
    style, body = "".join(page.parts["style"]), "".join(page.parts["body"])
    return (
        f'<svg xmlns="{SVG}" viewBox="0 0 {PAGE_WIDTH} {PAGE_HEIGHT}" width="{PAGE_WIDTH}" '
        f'height="{PAGE_HEIGHT}">\n<style>{style}</style>\n<foreignObject width="{PAGE_WIDTH}" height="{PAGE_HEIGHT}">'
        f'<body xmlns="{XHTML}">{body}</body></foreignObject>\n</svg>\n'
    )


def chart() -> str:
    return written("chart", ".svg")


# Pictures

PICTURES: dict[str, Callable[[], str]] = {
    "summary": lambda: terminal("--demo"),
    "forecast": lambda: terminal("forecast", "--demo"),
    "report": lambda: terminal("report", "--by", "date", "--days", "14", "--demo"),
    "chart": chart,
    "dashboard": dashboard,
}


def file(name: str) -> Path:
    return FOLDER / f"{name}.svg"


def is_same(name: str, made: str) -> bool:
    """Tells whether the file shows what was made."""
    kept = file(name).read_text(encoding="utf-8") if file(name).exists() else ""
    return words(kept) == words(made) if name == "chart" else kept == made


def words(picture: str) -> list[str]:
    return re.findall("<text[^>]*>([^<]*)", picture)


def main(arguments: Sequence[str]) -> int:
    made = {name: make() for name, make in PICTURES.items()}
    others = [name for name, picture in made.items() if not is_same(name, picture)]
    if list(arguments) == ["--check"]:
        print("".join(f"{file(name).relative_to(ROOT)} is not of this version\n" for name in others), end="")
        return 1 if others else 0
    FOLDER.mkdir(exist_ok=True)
    for name in others:
        file(name).write_text(made[name], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
