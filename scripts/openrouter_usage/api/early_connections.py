"""Opens connections while packages are being imported, which takes longer than a round trip.

What is imported here delays the first connection: as little as there can be.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Callable, Optional

from openrouter_usage.errors import Failure

if TYPE_CHECKING:
    import ssl

LOADING = Lock()
"""Held by the thread that imports what several threads may import at once: `requests`, and what is below it.

A thread that waits for another's import is handed a half loaded module where that import fails.
"""

MOST_CONNECTIONS = 8
"""The most connections to one address."""

HTTPS_PORT = 443


class EarlyConnections:
    """TLS connections to the hosts of addresses, each of which is handed out once. Nothing was sent over them yet.

    A third of `time_left`, in seconds, may go into opening one. None is opened where the address is not https, or has
    more than a host, a port and a path, nor where a proxy is set in any way: `requests` alone decides what passes it.
    """

    def __init__(self, time_left: Callable[[], float]) -> None:
        self._time_left = time_left
        self._has_proxy = has_proxy()
        self._context: Optional[ssl.SSLContext] = None
        self._places: dict[str, Semaphore] = {}
        self._opened: dict[str, list[ssl.SSLSocket]] = {}

    def context(self) -> ssl.SSLContext:
        """The TLS context of all connections, made by the first thread that needs it. Raises what that meets."""
        if self._context is None:  # else nobody waits for an import that goes on
            from openrouter_usage.api import certificates

            with LOADING:
                if self._context is None:
                    self._context = certificates.context()
        return self._context

    def make_context(self, address: str) -> None:
        """Makes the TLS context, if connections are opened to that address. Raises what that meets."""
        if self._host_and_port(address):
            self.context()

    def open(self, address: str) -> None:
        """Opens one more. A failure is left to urllib3, which then connects anew, and tells what it meets."""
        at = self._host_and_port(address)
        if not at or not self._places.setdefault(address, Semaphore(MOST_CONNECTIONS)).acquire(blocking=False):
            return
        with suppress(OSError, ValueError, ImportError, Failure):
            host, port = at[1], int(at[2] or HTTPS_PORT)
            with create_connection((host, port), self._time_left() / 3) as plain:
                plain.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)  # as urllib3's own have it
                context = self.context()
                if context.check_hostname:  # that of urllib3 1 leaves the name of the host to be checked later
                    self._opened.setdefault(address, []).append(context.wrap_socket(plain, server_hostname=host))

    def take(self, address: str) -> Optional[ssl.SSLSocket]:
        """Returns one that is open, which is the caller's from then on; None where there is none."""
        with suppress(LookupError):
            return self._opened[address].pop()
        return None

    def _host_and_port(self, address: str) -> Optional[re.Match[str]]:
        """What an address has of them, if connections are opened to it early; None for any other."""
        return None if self._has_proxy else re.match(r"https://([A-Za-z0-9.-]+)(?::(\d{1,5}))?(?:/|$)", address)


def has_proxy() -> bool:
    """Tells whether any proxy is set: in the environment, or in the settings of macOS and Windows."""
    if sys.platform not in ("darwin", "win32"):
        return any(name.lower().endswith("_proxy") for name in os.environ)
    from urllib.request import getproxies  # costly

    return bool(getproxies())
