"""Answers without an end, and larger than any real one: each costs its own figures alone, and no time."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from functools import cache, partial
from itertools import chain, repeat
from random import Random
from typing import Callable

from evidence_matrix import KEYS
from frame import Case, trial
from world import COMMAND_LINES, MEMORIES, World, truth

OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"
EVERYWHERE = "everywhere"
MB = 2**20
MANY = 550_000
"""Values just below the number that is refused."""


def _sent(head: bytes, once: bytes = b"", ever: bytes = b"") -> Callable[[], Iterable[bytes]]:
    """The bytes of an answer: its head, a body, and what follows that without an end."""
    return lambda: chain([head + b"\r\n", once], repeat(ever) if ever else ())


def _ever(what: bytes) -> Callable[[], Iterable[bytes]]:
    return lambda: repeat(what)


@cache
def _bomb(times: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join([*(packer.compress(b" " * MB) for _ in range(200)), packer.flush()])
    for _ in range(times - 1):
        packed = gzip.compress(packed)
    return packed


def _packed(*packings: bytes) -> bytes:
    return OK + b"Content-Encoding: " + b", ".join(packings) + b"\r\n"


def _data(value: bytes, times: int) -> Callable[[], Iterable[bytes]]:
    """An answer with a list of so many times that value."""
    return _sent(OK, b'{"data": [' + b",".join([value] * times) + b"]}")


ENDLESS: dict[str, Callable[[], Iterable[bytes]]] = {
    **{
        f"{words.decode()} with an endless body": _sent(OK.replace(b"200 OK", words), ever=b" " * 65_536)
        for words in (b"200 OK", b"302 Found", b"403 No", b"404 No", b"429 No", b"503 No")
    },
    "an endless redirect": _sent(OK.replace(b"200 OK", b"307 No") + b"Location: /api/v1/key\r\n", ever=b" " * 65_536),
    "100 for ever": _ever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "endless headers": lambda: chain([b"HTTP/1.1 200 OK\r\n"], repeat(b"X: " + b"y" * 60_000 + b"\r\n")),
    "an endless status": lambda: chain([b"HTTP/1.1 200 "], repeat(b"y" * 60_000)),
    "endless small chunks": _sent(CHUNKED, ever=b"1\r\n \r\n" * 1000),
    "an endless size of a chunk": _sent(CHUNKED, ever=b"0" * 10_000),
    "endless trailers": _sent(CHUNKED + b"\r\n0\r\n", ever=b"X: y\r\n" * 1000),
    "a bomb": lambda: _sent(_packed(b"gzip"), _bomb(1))(),
    "a bomb in a bomb": lambda: _sent(_packed(b"gzip", b"gzip"), _bomb(2))(),
    "empty blocks without an end": _sent(_packed(b"gzip"), gzip.compress(b"")[:10], ever=b"\0\0\0\xff\xff" * 10_000),
    "lists in lists": _sent(OK, b'{"data": ' + b"[" * (8 * MB)),
    "numbers": _data(b"0.1", MANY),
    "objects": _data(b"{}", MANY // 2),
    "rows of a day": _data(b'{"date":"2026-11-19"}', MANY // 2),
    "a number of a million digits": _data(b"9" * MB, 1),
    "a text of 15 MB": _data(b'{"date":"2026-11-19","model":"' + b"m" * (15 * MB) + b'"}', 1),
}
"""What a server sends, by a name for it; all of it lies."""


@trial(count=40, about=f"answers without an end; all pairs are {len(ENDLESS) * len(COMMAND_LINES)} cases")
def bounds(chance: Random) -> Iterator[Case]:
    """Yields each pair once, in any order; then anew, with other endpoints, keys and memories."""
    pairs = [(name, line) for name in ENDLESS for line in COMMAND_LINES]
    while True:
        for name, line in chance.sample(pairs, len(pairs)):
            keys, memory = chance.choice(("both", "both", *KEYS)), chance.choice(MEMORIES)
            prepare = partial(_send, name=name, where=chance.random(), truth_of=(line, keys))
            yield Case((*line, "--timeout", "3"), prepare, told=name, keys=keys, memory=memory)


def _send(world: World, name: str, where: float, truth_of: tuple[tuple[str, ...], str]) -> None:
    """Makes one of the endpoints that the command line asks, or one time in three all of them, send that."""
    world.lies = True
    place = EVERYWHERE if where < 0.33 else Random(where).choice(truth(*truth_of).asked or ("/key",))  # noqa: S311
    world.done.append(f"at {place}")
    fault = {"how": "raw", "pieces": ENDLESS[name]}
    if place == EVERYWHERE:
        world.fake.fault_everywhere(**fault)
    else:
        world.fake.fault(place, **fault)
