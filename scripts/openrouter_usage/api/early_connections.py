"""Opens connections while `requests` is being imported, which takes longer than a round trip."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection
from typing import TYPE_CHECKING, Callable, Optional
from urllib.parse import urlsplit

from openrouter_usage.errors import Failure

if TYPE_CHECKING:
    import ssl

HTTPS_PORT = 443


class EarlyConnections:
    """TLS connections to the host of an address, each of which is handed out once. Nothing was sent over them yet.

    `context` makes the TLS context. At most so many connections are opened, and none where the address is not https,
    or where a proxy is set in any way: `requests` alone decides what passes it.
    """

    def __init__(self, address: str, context: Callable[[], ssl.SSLContext], most: int) -> None:
        self._at = urlsplit(address)
        self._context = context
        self._places = [] if self._at.scheme != "https" or has_proxy() else [None] * most
        self._opened: list[ssl.SSLSocket] = []

    def open(self, timeout: float) -> None:
        """Opens one more. A failure is left to urllib3, which then connects anew, and tells what it meets."""
        with suppress(IndexError, OSError, ValueError, ImportError, Failure):
            self._places.pop()
            host, port = str(self._at.hostname), self._at.port or HTTPS_PORT
            with create_connection((host, port), timeout) as plain:
                plain.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # as urllib3's own have it
                context = self._context()
                if context.check_hostname:  # that of urllib3 1 leaves the name of the host to be checked later
                    self._opened.append(context.wrap_socket(plain, server_hostname=host))

    def take(self) -> Optional[ssl.SSLSocket]:
        """Returns one that is open, which is the caller's from then on; None where there is none."""
        with suppress(IndexError):
            return self._opened.pop()
        return None


def has_proxy() -> bool:
    """Tells whether any proxy is set: in the environment, or in the settings of macOS and Windows."""
    if sys.platform not in ("darwin", "win32"):
        return any(name.lower().endswith("_proxy") for name in os.environ)
    from urllib.request import getproxies  # costly

    return bool(getproxies())
