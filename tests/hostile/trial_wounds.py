"""Wounded answers: fields that are missing, of another type or out of range, hostile texts, broken bodies and headers.

A wound that only takes something away, or puts in its place what is no value of that field, tells no lie: nothing may
come out as zero then, and every figure has to be true or unknown. All other wounds are lies.
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any, Callable, Union

import judges
from evidence_matrix import KEYS
from fake_openrouter import Asked, Reply
from frame import Case, Found, sees_nothing, trial
from judges import FORGED
from world import AT_ONCE, COMMAND_LINES, HEAVY, MEMORIES, Printed, World, truth

Place = tuple[Any, Union[str, int]]
"""A container in a document, and the name or the number of one of its values."""

LONG_KEY = "-".join(("sk", "or", "v1", "f00d" * 16))
TEXTS = (
    "\x1b[31mred\x1b[0m", "\x1b]8;;https://x\x07link\x1b]8;;\x07", "\x9b31mred", "a\rb\nc\x00d", "\u202eevil\u2066",
    LONG_KEY, f"name {LONG_KEY[:30]}", f"Error: {FORGED}", f"x\nNote: {FORGED}", f"\n\nNext: {FORGED}",
    f"<script>{FORGED}()</script>", f"<{FORGED} onload=x>", f"' {FORGED}='1", f"]]>{FORGED}&amp;<!--",
    '=cmd|"/C calc"!A0', "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", f"a | bash={FORGED} terminal=false", "#(touch x)",
    "#[bg=red]", "a" * 100_000, "\ud800", "\ufeffb", "é" * 200, "", " ", "null", "$(touch x)", "`touch x`", "%s%n{0}",
    'a"b\\c', 'l="1"} 5\n# EOF\nx{y="', "🏴‍☠️" * 60, "\u200b\u200d", "\u0000", "—", "../../etc/passwd", "a,b;c",
)  # fmt: skip
WHOLE = (
    "null", "true", "[]", "{}", '""', "0", '{"data": null}', '{"data": []}', '{"data": {}}', '{"data": [[]]}',
    '{"data": [null]}', '{"data": "x"}', '{"data": 1e400}', '{"data": {"data": null}}', '{"data": {"data": [null]}}',
    '{"error": {}}', '{"error": []}', '{"error": {"code": "x"}}', '{"error": {"code": 1e400, "message": []}}',
    '{"error": {"code": 403, "message": {"a": 1}}}', '{"error": {"code": 429, "metadata": {"headers": []}}}',
    "[" * 100_000, '{"data":' * 5000, '{"data": {"a":' * 3000 + "1" + "}}" * 3000, "NaN", "<html>", "\x00",
)  # fmt: skip
STATUSES = (201, 202, 203, 206, 300, 301, 304, 400, 401, 402, 403, 404, 408, 409, 422, 429, 451, 500, 502, 503, 599)
KINDS = ("text/html", "text/plain; charset=utf-16", "application/octet-stream", "", "application/json; charset=\u00ff")
DATES = (
    "9999-12-31", "0001-01-01", "2026-13-45", "2026-02-29 00:00:00", "1969-12-31T23:59:59Z", "2126-11-19",
    "2026-11-19T25:00:00+99:99", "20261119", "2026-11-19 00:00:00.000000000001Z", "9999-12-31T23:59:59-12:00",
)  # fmt: skip
CLOCKS = (
    "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "soon", "Fri, 20 Nov 2026 14:09:00 +9999",
    "Fri, 20 Nov 2026 99:99:99 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", "\u00b2\u00b2", "Fri, 20 Nov 2026 14:09:00 -0000",
)  # fmt: skip
NUMBERS = (
    -1, -1e-9, 1e-320, 1e12, 1e15, 1e300, 10**30, -(10**30), 0.1 + 0.2, 2**63, 1e-30, "1e5", "-3", "3", "3.50",
    "1" * 41, "٣", "1_000", "0x10", " 7 ",
)  # fmt: skip
NO_NUMBERS = (
    "twelve", "NaN", "Infinity", "", "1e400", "1,5", "$3", [], {}, [1], {"usd": 1}, True, False, float("nan"),
    float("inf"), -float("inf"), "-", "١٢x",
)  # fmt: skip
"""Values that are no amount and no count."""
RAW = ("1e400", "-1e400", "1E+99999999999", "1e-99999999999", "NaN", "-Infinity", "7" * 5000)
"""What stands for a number in a body, but is none that Python could write: each is put into quotes and taken out."""


def _values(document: Any) -> Iterator[Place]:
    """Yields the place of every value in a document, the innermost first."""
    members = document.items() if isinstance(document, dict) else enumerate(document)
    for name, value in list(members):
        if isinstance(value, (dict, list)):
            yield from _values(value)
        yield document, name


def _is_number(place: Place) -> bool:
    container, name = place
    value = container[name]
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _some(document: Any, chance: Random, fits: Callable[[Place], bool] = lambda place: True) -> list[Place]:
    """Some of the places that fit: half the time all of one name, else one, or a third of all."""
    places = [place for place in _values(document) if fits(place)]
    how = chance.randrange(4)
    if how == 0:
        return chance.sample(places, min(len(places), 1))
    if how == 1:
        return [place for place in places if chance.random() < 0.33]
    name = chance.choice([*dict.fromkeys(name for _, name in places if isinstance(name, str))] or [""])
    return [place for place in places if place[1] == name]


def _set(places: list[Place], value: Callable[[], Any]) -> None:
    for container, name in places:
        container[name] = value()


# Wounds of a document; each changes it in place, or returns another


def remove(document: Any, chance: Random) -> None:
    fits = chance.choice((_is_number, lambda place: isinstance(place[0], dict)))
    for container, name in _some(document["data"], chance, fits):
        del container[name]


def no_number(document: Any, chance: Random) -> None:
    _set(_some(document["data"], chance, _is_number), lambda: chance.choice((*NO_NUMBERS, *map("raw {}".format, RAW))))


def to_null(document: Any, chance: Random) -> None:
    """A null is a value of a limit, and of a metric."""
    _set(_some(document, chance), lambda: None)


def another_type(document: Any, chance: Random) -> None:
    values = (0, 1, -1, "x", [], {}, [[]], {"a": None}, True, None, [None], 1.5)
    _set(_some(document, chance), lambda: chance.choice(values))


def another_number(document: Any, chance: Random) -> None:
    _set(_some(document, chance, _is_number), lambda: chance.choice(NUMBERS))


def as_text(document: Any, chance: Random) -> None:
    for container, name in _some(document, chance, _is_number):
        container[name] = str(container[name])


def hostile_text(document: Any, chance: Random) -> None:
    def is_text(place: Place) -> bool:
        return isinstance(place[0][place[1]], str)

    _set(_some(document, chance, is_text), lambda: chance.choice(TEXTS))


def hostile_name(document: Any, chance: Random) -> None:
    """A field more, or one of another name."""
    for container, name in _some(document, chance, lambda place: isinstance(place[0], dict)):
        container[chance.choice(TEXTS)[:200]] = container.get(name)


def another_date(document: Any, chance: Random) -> None:
    def is_date(place: Place) -> bool:
        value = place[0][place[1]]
        return isinstance(value, str) and value[:2] == "20" and value[4:5] == "-"

    _set(_some(document, chance, is_date), lambda: chance.choice(DATES))


def other_rows(document: Any, chance: Random) -> None:
    """Rows that are doubled, dropped, shuffled, or of which there are none."""
    for container, name in list(_values(document)):
        rows = container[name] if isinstance(container, (dict, list)) else None
        if isinstance(rows, list) and rows:
            made = chance.choice((rows * 2, rows[::2], chance.sample(rows, len(rows)), [], [*rows, None], [rows]))
            container[name] = made[:2000]
            return


def nested(document: Any, chance: Random) -> None:
    deep: Any = 1
    for _ in range(chance.choice((50, 400))):
        deep = [deep] if chance.random() < 0.5 else {"data": deep}
    _set(_some(document, chance)[:1], lambda: deep)


def swap(document: Any, chance: Random) -> None:
    """Two values change places."""
    places = list(_values(document))
    (one, first), (other, second) = chance.choice(places), chance.choice(places)
    if first in (one if isinstance(one, dict) else range(len(one))):
        one[first], other[second] = other[second], one[first]


Wound = Callable[[Any, Random], None]
HARMLESS: tuple[Wound, ...] = (remove, no_number)
LYING: tuple[Wound, ...] = (
    to_null, another_type, another_number, as_text, hostile_text, hostile_name, another_date, other_rows, nested, swap,
)  # fmt: skip


# Wounds of a body, or of what is sent with it


def cut(reply: Reply, chance: Random) -> Reply:
    return reply._replace(body=reply.body[: chance.randrange(len(reply.body))])


def cut_on_the_way(reply: Reply, chance: Random) -> Reply:
    return reply._replace(body=reply.body[: chance.randrange(len(reply.body))], claims=len(reply.body))


def scratched(reply: Reply, chance: Random) -> Reply:
    """Some bytes are others: it may no longer be UTF-8, or no JSON."""
    body = bytearray(reply.body)
    for _ in range(chance.choice((1, 3, 30))):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return reply._replace(body=bytes(body))


def marked(reply: Reply, chance: Random) -> Reply:
    marks = (b"\xef\xbb\xbf", b"\xff\xfe", b"\n\n ", b"\x00", b")]}',\n", b"\xc3\x28")
    return reply._replace(body=chance.choice(marks) + reply.body)


def trailing(reply: Reply, chance: Random) -> Reply:
    return reply._replace(body=reply.body + chance.choice((b"\n", b"{}", b"\x00", b"\xff", b"<html>")))


def whole(reply: Reply, chance: Random) -> Reply:
    return reply._replace(body=chance.choice(WHOLE).encode("utf-8", "surrogatepass"))


def doubled_names(reply: Reply, chance: Random) -> Reply:
    """A name is there twice, first with another value."""
    return reply._replace(
        body=reply.body.replace(b'"usage"', b'"usage": null, "usage"').replace(b'{"data"', b'{"data": 1, "data"', 1)
    )


def another_status(reply: Reply, chance: Random) -> Reply:
    return reply._replace(status=chance.choice(STATUSES))


def another_kind(reply: Reply, chance: Random) -> Reply:
    return reply._replace(kind=chance.choice(KINDS))


def another_clock(reply: Reply, chance: Random) -> Reply:
    return reply._replace(date=chance.choice(CLOCKS))


def odd_headers(reply: Reply, chance: Random) -> Reply:
    headers = (
        ("Retry-After", "-1"), ("Retry-After", "1e400"), ("X-RateLimit-Reset", "nan"), ("Content-Encoding", "br"),
        ("Content-Encoding", "gzip"), ("Location", "file:///etc/passwd"), ("Set-Cookie", f"a={LONG_KEY}"),
        ("WWW-Authenticate", "Basic"), ("X-Long", "x" * 60_000), ("Transfer-Encoding", "chunked"),
    )  # fmt: skip
    return reply._replace(headers=(chance.choice(headers),), status=chance.choice((200, 200, 429, 503)))


BROKEN: tuple[Callable[[Reply, Random], Reply], ...] = (
    cut, cut_on_the_way, marked, trailing, another_status, another_kind,
)  # fmt: skip
ODD: tuple[Callable[[Reply, Random], Reply], ...] = (scratched, whole, doubled_names, another_clock, odd_headers)


# The trial


@trial(count=2000, about="one to three answers are wounded at random")
def wounds(chance: Random) -> Iterator[Case]:
    lines = [line for line in COMMAND_LINES if not set(HEAVY) & set(line)]
    while True:
        line = chance.choice(lines if chance.random() < 0.98 else COMMAND_LINES)
        keys = chance.choice(("both", "both", "both", *KEYS))
        memory = chance.choice(("nothing", *MEMORIES))
        own, look = chance.random(), chance.choice((_after, *[sees_nothing] * 3))
        yield Case(line, partial(_wound, line=line, own=own), keys=keys, memory=memory, look=look)


def _after(world: World, printed: Printed) -> Iterator[Found]:
    """Runs the same once more when all is right again: what was remembered of the wounded answers breaks nothing."""
    world.fake.rewrite = lambda asked, reply: reply
    is_fixed = printed.line[0] in ("bar", "login")  # these ask when they want to
    again = world.run((*printed.line, *(() if is_fixed else AT_ONCE)))
    for count, what in judges.usual(again, world):
        yield count, f"afterwards, {what}"


def _wound(world: World, line: tuple[str, ...], own: float) -> None:
    """Wounds the answers of one to three of the paths that the command line asks, each in one way."""
    chance = Random(own)  # noqa: S311 (it keeps no secret)
    asked = truth(line, world.keys).asked
    chosen: dict[str, Any] = {}
    for path in chance.sample(asked, min(len(asked), chance.choice((1, 1, 1, 2, 3)))):
        # As many without a lie as with one: those are held to the truth.
        chosen[path] = chance.choice(
            (chance.choice(HARMLESS), chance.choice(LYING), chance.choice(BROKEN), chance.choice(ODD))
        )
        world.lies = world.lies or chosen[path] in (*LYING, *ODD)
        world.done.append(f"{path} {chosen[path].__name__}")
    if chance.random() < 0.04 and len(asked) > 1:
        world.done.append("all answers in each other's places")
        world.lies, chosen = True, dict.fromkeys(asked, _AnotherAnswer())

    def rewrite(question: Asked, reply: Reply) -> Reply:
        made = chosen.get(question.path)
        about = json.dumps([question.path, question.params, question.body], sort_keys=True)
        return _wounded(reply, made, Random(f"{own} {about}")) if made else reply  # noqa: S311

    world.fake.rewrite = rewrite


def _wounded(reply: Reply, wound: Any, chance: Random) -> Reply:
    if wound not in (*HARMLESS, *LYING):
        return wound(reply, chance)  # type: ignore[no-any-return]
    document = json.loads(reply.body)
    if "data" in document:
        wound(document, chance)
    body = re.sub(r'"raw ([^"]*)"', r"\1", json.dumps(document))
    return reply._replace(body=body.encode("utf-8", "surrogatepass"))


class _AnotherAnswer:
    """Answers with what was answered before it, to whatever question: this alone depends on which one comes first."""

    def __init__(self) -> None:
        self.last = Reply(200, b'{"data": []}')

    def __call__(self, reply: Reply, chance: Random) -> Reply:
        self.last, told = reply, self.last
        return told
