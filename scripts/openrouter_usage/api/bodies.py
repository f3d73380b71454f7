"""Reads the bodies of answers, unpacked, within bounds of size and time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING, Callable

from openrouter_usage.api import failures
from openrouter_usage.errors import LONGER_TIMEOUT, BadAnswer, OutOfTime
from openrouter_usage.records import Key

if TYPE_CHECKING:
    import requests

MOST_BYTES = 2**24
"""The size of an answer, unpacked, above which it is given up. The largest that OpenRouter may give is /activity of an
account that used each of its 1,200 endpoints on each of the 30 days: 36,000 rows of 420 bytes."""

MOST_BYTES_OF_A_KEY = 2**26
"""The size of all answers of one run to one key: above it the rest is given up. An account with the largest /activity,
10,000 keys and ten tables of the most rows that analytics gives has 50 MB."""

PIECE = 2**16
"""The bytes that are read at once."""


class Bodies:
    """The bodies of one run; `time_left` tells the seconds that it has."""

    def __init__(self, time_left: Callable[[], float]) -> None:
        self._time_left = time_left
        self._lock = Lock()
        self._sizes: dict[Key, int] = {}

    def read(self, response: requests.Response, key: Key) -> bytes:
        """The body of an answer to that key, or its beginning where its status is no 200.

        Raises BadAnswer where it is too large, BrokenAnswer where it is cut, and OutOfTime.
        """
        if response.status_code != 200:
            return _beginning(response, failures.LONGEST_BODY, self._time_left)
        body = _beginning(response, MOST_BYTES, self._time_left)
        with self._lock:
            self._sizes[key] = self._sizes.get(key, 0) + len(body)
        if len(body) > MOST_BYTES:
            raise _too_large("OpenRouter's answer is", MOST_BYTES)
        if self._sizes[key] > MOST_BYTES_OF_A_KEY:
            raise _too_large("OpenRouter's answers are together", MOST_BYTES_OF_A_KEY)
        return body


def _too_large(what: str, most: int) -> BadAnswer:
    return BadAnswer(f"{what} larger than {most >> 20} MB, which no real account's are", failures.TRY_AGAIN)


def _beginning(response: requests.Response, most: int, time_left: Callable[[], float]) -> bytes:
    """The unpacked body of a response. Of one that is longer than `most` it is a beginning that is longer, too."""
    from urllib3.exceptions import ProtocolError

    body = bytearray()
    try:
        for piece in _unpacked(response):
            body += piece
            if len(body) > most:
                break
            if time_left() <= 0:
                raise OutOfTime("OpenRouter's answer did not end in time", LONGER_TIMEOUT)
    except (ProtocolError, zlib.error):
        raise failures.broken() from None
    finally:
        response.close()  # the connection, too, unless all was read
    return bytes(body)


def _unpacked(response: requests.Response) -> Iterator[bytes]:
    """Yields the unpacked body of a response in pieces of at most PIECE bytes.

    Not every urllib3 has a bound for what it unpacks at once. A packing that was not asked for stays as it is, so that
    the answer is no JSON.
    """
    pieces = response.raw.stream(PIECE, decode_content=False)
    if response.headers.get("Content-Encoding", "").strip().lower() != "gzip":
        yield from pieces
        return
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    for piece in pieces:
        while piece and not unpacker.eof:
            yield unpacker.decompress(piece, PIECE)
            piece = unpacker.unconsumed_tail
