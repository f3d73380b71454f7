"""Makes the sessions of `requests`: one for each address, whose first connections were opened early."""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any

from openrouter_usage import invocation
from openrouter_usage.api import certificates
from openrouter_usage.api.early_connections import LOADING, MOST_CONNECTIONS, EarlyConnections
from openrouter_usage.errors import MissingPackage

if TYPE_CHECKING:
    import requests


class Sessions:
    """A session for each address."""

    def __init__(self, early: EarlyConnections) -> None:
        self._early = early
        self._lock = Lock()
        self._made: dict[str, requests.Session] = {}

    def of(self, address: str) -> requests.Session:
        """The session for an address. Raises Unreachable where certificates cannot be read."""
        with self._lock:
            if address not in self._made:
                is_plain = address.startswith("http:")
                self._made[address] = _loopback() if is_plain else _secure(address, self._early)
            return self._made[address]


def load_requests() -> None:
    """Imports `requests`, in one thread at a time. Raises MissingPackage."""
    with LOADING:
        try:
            import requests  # noqa: F401
        except ImportError:
            raise missing() from None


def missing() -> MissingPackage:
    """The failure of a run that needs `requests`, which is not installed."""
    return MissingPackage(
        "the package `requests` is not installed, so OpenRouter was not asked",
        f"{invocation.with_packages()}; `--demo` needs neither",
    )


def _loopback() -> requests.Session:
    """A session that heeds no proxy of the environment: what is plain text stays on this machine."""
    import requests

    session = requests.Session()
    session.trust_env = False
    return session


def _secure(address: str, early: EarlyConnections) -> requests.Session:
    """A session with the trusted certificates loaded once for all its connections.

    Its first connections are those that were opened early.

    On its own requests loads the same bundle anew for each connection, which costs more than
    everything else in a cold summary. What is trusted, and that it is checked, stays as it was.
    """
    import requests
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool

    context, session = early.context(), requests.Session()
    session.verify = certificates.named(os.environ)[1] or True

    class Connection(HTTPSConnection):
        def connect(self) -> None:
            self.sock = early.take(address)
            if self.sock is None:
                super().connect()
            else:
                self.is_verified = True

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    class OneContextAdapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **more)
            self.poolmanager.pool_classes_by_scheme = {"https": Pool}

        def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
            return super().build_connection_pool_key_attributes(request, bool(verify), cert)

        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
            if conn.proxy is None:  # a proxy's own certificate is checked with them
                conn.ca_certs = conn.ca_cert_dir = None

    session.mount("https://", OneContextAdapter(pool_maxsize=MOST_CONNECTIONS, pool_block=True))
    return session
