"""The client, imported and made when the first question is sent: a cached answer has no time for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional

if TYPE_CHECKING:
    from datetime import datetime

    from openrouter_usage.api.client import Client
    from openrouter_usage.records import Key, Secret


class Connection:
    """The connection to OpenRouter. `make` makes its client; `secret_of` gives the secret of a key that is sent."""

    def __init__(self, make: Callable[[], Client], secret_of: Callable[[Key], Secret]) -> None:
        self._make = make
        self._secret_of = secret_of
        self._client: Optional[Client] = None

    def client(self, key: Key) -> Client:
        """The client, once the secret of the key is at hand: it is searched for here, before any thread starts.

        Raises a Failure where the secret, or a package, cannot be had, and KeysChanged.
        """
        self._secret_of(key)
        if self._client is None:
            self._client = self._make()
        return self._client

    @property
    def server_time(self) -> Optional[datetime]:
        """OpenRouter's clock at its last answer; None where it told none."""
        return self._client.server_time if self._client else None
