"""What is wrong in what one run of the program printed. Each judge yields pairs: the name of a count, and words."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from prometheus_client.openmetrics.parser import text_string_to_metric_families

import evidence_matrix as matrix
import json_schema
from world import Printed, World

COUNTS = (
    "traceback", "key", "escape", "false zero", "wrong figure", "JSON", "CSV", "OpenMetrics", "HTML", "exit code",
    "overrun", "trial", "other",
)  # fmt: skip
"""What is counted. `trial`: the trial itself broke; `other`: what only one trial looks for."""

Found = tuple[str, str]

FORGED = "forged-by-the-server"
"""A word in hostile texts, none of which may begin a line of ours, a tag, or an option of a menu's row."""

PIECE = 8
"""So many letters of a key in a row are a good piece of it."""

ANSWERED, CHECKED = (0, 3, 4), (0, 1, 2, 3)
LEVELS = ("OK", "WARNING", "CRITICAL", "UNKNOWN")

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr", "col"}


def usual(printed: Printed, world: World, codes: Iterable[int] = ()) -> Iterator[Found]:
    """All that is wrong whatever the truth is. `codes`: exit codes that are right besides the usual ones."""
    yield from traceback(printed)
    yield from keys(printed, world.secrets)
    yield from escapes(printed)
    yield from exit_code(printed, codes)
    yield from form(printed)
    for file in world.skill.state.rglob("*") if world.skill.state.is_dir() else ():
        if file.is_file() and not file.is_symlink():
            yield from _keys_in(file.read_bytes().decode("latin-1"), world.secrets, f"in {file.name}")


def traceback(printed: Printed) -> Iterator[Found]:
    for words in ("Traceback (most recent", "a bug in openrouter-usage", "Exception ignored", "Warning: "):
        at = (printed.out + printed.err).find(words)
        if at >= 0:
            yield "traceback", (printed.out + printed.err)[at : at + 1500]


# Keys


def keys(printed: Printed, secrets: list[str]) -> Iterator[Found]:
    """A key, or a good piece of one: of those that are there, and of whatever looks like one."""
    for name, text in _texts(printed):
        yield from _keys_in(text, secrets, f"on {name}")
        looks = re.search(r"(?<![A-Za-z0-9])sk-[^\s\"'\\]{12,}", text)
        if looks:
            yield "key", f"on {name}, what looks like one: {looks[0][:40]!r}"


def _texts(printed: Printed) -> Iterator[tuple[str, str]]:
    yield "stdout", printed.out
    yield "stderr", printed.err
    yield "the file", printed.file.decode("utf-8", "replace") if b"\x89PNG" not in printed.file[:8] else ""


def _keys_in(text: str, secrets: list[str], where: str) -> Iterator[Found]:
    for secret in secrets:
        body = secret.rpartition("-")[2]
        pieces = [body[at : at + PIECE] for at in range(len(body) - PIECE + 1)]
        found = next((piece for piece in pieces if piece in text), None)
        if found:
            yield "key", f"{where}, of a key: {found}"


# Escapes


def escapes(printed: Printed) -> Iterator[Found]:
    """What a terminal, a menu or a status bar would obey, and lines that look like ours."""
    for name, text in _texts(printed):
        if any("claude" in word for word in printed.line):
            text = re.sub(r"\x1b\[[\d;]*m", "", text)
        odd = next((c for c in text if not (c.isprintable() or c in "\n\u00a0\u202f")), None)
        if odd and not (odd in "\t\r" and (name == "the file" or "--csv" in printed.line)):
            at = text.index(odd)
            yield "escape", f"{odd!r} on {name}: {text[max(0, at - 60) : at + 40]!r}"
        forged = re.search(rf"^ *(?:Error|Note|Next|Remark)s?: *{FORGED}.*", text, re.MULTILINE)
        if forged:
            yield "escape", f"a line that looks like ours on {name}: {forged[0][:120]!r}"
    yield from _host_escapes(printed)


def _host_escapes(printed: Printed) -> Iterator[Found]:
    if "swiftbar" in printed.line:
        for row in printed.out.splitlines():
            if row.count("|") > 1 or FORGED in row.partition("|")[2]:
                yield "escape", f"options of a menu's row: {row!r}"
    if "tmux" in printed.line:
        odd = re.search(r"#(?!\[(?:fg=colour\d+,bg=colour\d+|default)\])", printed.out.replace("##", ""))
        if odd:
            yield "escape", f"a style or a command of tmux: {printed.out!r}"


# Exit codes


def exit_code(printed: Printed, codes: Iterable[int] = ()) -> Iterator[Found]:
    command = printed.line[0]
    usual = CHECKED if command == "check" else (0,) if command == "bar" else ANSWERED
    if "--announce" in printed.line:
        usual = (0,)
    if printed.code not in (*usual, *codes):
        yield "exit code", f"{printed.code}: {printed.err[-500:]!r}"
    if printed.code in (3, 4) and not (printed.err or printed.out):
        yield "exit code", f"{printed.code} without a word"
    if printed.code == 0 and "--output" in printed.line and not printed.file:
        yield "exit code", "0 without the file"
    if command == "check" and printed.out.startswith("OPENROUTER "):
        level = printed.out.split()[1]
        if level not in LEVELS or LEVELS.index(level) != printed.code:
            yield "exit code", f"{printed.code} with {level}"


# Forms


def form(printed: Printed) -> Iterator[Found]:
    """What is not of the form that was asked for."""
    if printed.is_json and "--announce" not in printed.line and printed.out:
        yield from json_form(printed)
    elif "--csv" in printed.line and printed.code == 0:
        yield from csv_form(printed.out)
    elif printed.line[0] == "metrics" and printed.code == 0 and printed.out:
        yield from openmetrics_form(printed.out)
    name = printed.line[printed.line.index("--output") + 1] if "--output" in printed.line else ""
    if printed.file and name.endswith(".html"):
        yield from html_form(printed.file)
    elif printed.file and name.endswith(".svg"):
        yield from svg_form(printed.file)
    elif printed.file and not (printed.file.startswith(b"\x89PNG") and printed.file.endswith(b"IEND\xaeB`\x82")):
        yield "other", "a picture that is cut"


def json_form(printed: Printed) -> Iterator[Found]:
    try:
        document = json.loads(printed.out, object_pairs_hook=_without_doubles, parse_constant=_refused)
        if "--json" in printed.line:
            json_schema.hold(printed.line, printed.out)
    except (ValueError, AssertionError) as error:
        yield "JSON", str(error)[:1000]
        return
    is_error = isinstance(document, dict) and "error" in document
    if is_error and printed.code == 0 and printed.line[0] not in ("bar",):
        yield "exit code", "0 with an error"
    level = document.get("level") if isinstance(document, dict) and document.get("command") == "check" else None
    if level and (LEVELS.index(level.upper()) != printed.code or document["exit_code"] != printed.code):
        yield "exit code", f"{printed.code} with {level}"


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError(f"a name twice: {names}")
    return dict(pairs)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def csv_form(text: str) -> Iterator[Found]:
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if not rows or len(set(rows[0])) < len(rows[0]):
        yield "CSV", f"no header, or a column twice: {rows[:1]}"
    for row in rows[1:]:
        if len(row) != len(rows[0]):
            yield "CSV", f"{len(row)} cells for {len(rows[0])}: {row}"
        run = [cell for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _is_number(cell)]
        if run:
            yield "CSV", f"a spreadsheet would execute {run[0]!r}"


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", cell))


def openmetrics_form(text: str) -> Iterator[Found]:
    try:
        list(text_string_to_metric_families(text))
    except ValueError as error:
        yield "OpenMetrics", str(error)
    except Exception as error:  # the parser is no validator: it falls over what it does not expect
        yield "OpenMetrics", repr(error)


class _Page(HTMLParser):
    """Follows which elements are open."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, Any]]) -> None:
        self.seen.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name.startswith("on") or FORGED in name or (name == "style" and FORGED in str(value)):
                self.wrong.append(f"<{tag} {name}>")
            if name in ("href", "src", "action") and not re.match(r"https://openrouter\.ai/|#|data:", value or ""):
                self.wrong.append(f"<{tag} {name}={value!r}>")
        if tag in ("script", "iframe", "object", "embed", "base", "form") or FORGED in tag:
            self.wrong.append(f"<{tag}>")

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, Any]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> that ends nothing")


def html_form(data: bytes) -> Iterator[Found]:
    page = _Page()
    try:
        page.feed(data.decode("utf-8"))
        page.close()
    except (ValueError, AssertionError) as error:
        yield "HTML", str(error)
        return
    wrong = page.wrong + [f"<{tag}> is never closed" for tag in page.open]
    if wrong or not {"html", "head", "title", "body"} <= page.seen:
        yield "HTML", "; ".join(wrong) or "it is no whole page"


def svg_form(data: bytes) -> Iterator[Found]:
    try:
        ElementTree.fromstring(data)  # noqa: S314 (what we drew)
    except ElementTree.ParseError as error:
        yield "HTML", f"an SVG that is no XML: {error}"


# Figures


MAY_BE_ZERO = re.compile(r"complete|\.up$|success|warn_|crit_|exit_code|offset|_age|version|known_days")
"""Numbers in whose place a zero says no more than that something failed or is not known, and settings."""


NOTHING_SPENT = re.compile(r"Nothing was used|no use|nothing was spent|unused|-100%|\$0\.00(?!\d| of)")
"""Words that claim that nothing was spent; of a sum nothing may be broken down."""


def figures(printed: Printed, right: Printed, server_lies: bool) -> Iterator[Found]:
    """Zeros in the place of what is not zero; and, where the server told no lie, figures that are not so."""
    if server_lies or right.code not in CHECKED or (printed.code in (3, 4) and not printed.out):
        return
    told, true = numbers(printed), numbers(right)
    zeros = [path for path, value in told.items() if not value and true.get(path) and not MAY_BE_ZERO.search(path)]
    if zeros:
        yield "false zero", "; ".join(f"{path} for {true[path]}" for path in zeros[:4])
    elif not printed.is_json:
        yield from _zero_lines(printed, right)
    yield from _wrong(printed, right)


def numbers(printed: Printed) -> dict[str, Decimal]:
    """The numbers in an output for programs, each with its place; of what is for people, or is broken, none."""
    try:
        if "--json" in printed.line and printed.out:
            return dict(_of_json(_document(printed)))
        if "--csv" in printed.line and printed.code == 0:
            return dict(_of_csv(list(csv.DictReader(io.StringIO(printed.out, newline="")))))
        if printed.line[0] == "metrics" and printed.code == 0 and printed.out:
            return dict(_of_metrics(printed.out))
    except (ValueError, KeyError):
        pass  # another judge says so
    return {}


def _document(printed: Printed) -> Any:
    """The document that was printed, without what the doctor says of the memory: that is what this machine was told."""
    document = json.loads(printed.out, parse_float=Decimal)
    if isinstance(document, dict):
        document.pop("memory", None)
    return document


def _of_json(value: Any, path: str = "") -> Iterator[tuple[str, Decimal]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _of_json(one, f"{path}.{name}")
    elif isinstance(value, list):
        for at, one in enumerate(value):
            told = [str(one[name]) for name in matrix.NAMES if isinstance(one, dict) and name in one]
            yield from _of_json(one, f"{path}[{'/'.join(told) or at}]")
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        yield path, Decimal(value)


def _of_csv(rows: list[dict[str, str]]) -> Iterator[tuple[str, Decimal]]:
    for row in rows:
        cells = list(row.items())
        names = "/".join(value for name, value in cells[: [name for name, _ in cells].index("usd")])
        for name, value in cells:
            if _is_number(value or ""):
                yield f"[{names}].{name}", Decimal(value)


def _of_metrics(text: str) -> Iterator[tuple[str, Decimal]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield f"{sample.name}{json.dumps(sample.labels, sort_keys=True)}", Decimal(str(sample.value))


def _zero_lines(printed: Printed, right: Printed) -> Iterator[Found]:
    """Lines that claim that nothing was spent, where the right text has none like it."""
    for line in printed.out.splitlines():
        if NOTHING_SPENT.search(line) and line not in right.out.splitlines():
            yield "false zero", repr(line[:200])
            return


def _wrong(printed: Printed, right: Printed) -> Iterator[Found]:
    """Amounts in JSON that are not the true ones, in a document that says no more than the right one."""
    if "--json" not in printed.line or not printed.out or not right.out:
        return
    try:
        documents = [_document(one) for one in (printed, right)]
    except ValueError:
        return
    told, true = (dict(matrix.figures(document)) for document in documents)
    pairs = {path: (usd, true[path]) for path, usd in told.items() if path in true}
    wrong = [path for path, (usd, should) in pairs.items() if matrix.differs(usd, should)]
    runs = [matrix.Run(one.code, one.out, one.err) for one in (printed, right)]
    if wrong and not matrix.is_marked(*runs):
        yield "wrong figure", matrix.written(wrong, pairs)
