"""What `login` and `logout` did."""

from collections.abc import Sequence
from typing import NamedTuple, Optional, Union

from openrouter_usage.records import Unknown


class StoreChange(NamedTuple):
    """A source in which keys were stored, or looked for, and the names of those that were stored there or taken out.

    `keychain` is the keychain's own name, `mode` that of a file in octal digits; None where it is no such source.
    """

    source: str
    keychain: Optional[str]
    mode: Optional[str]
    names: Sequence[str]


class KeyChange(NamedTuple):
    """A change by `login` or `logout`. `why_not_keychain` is empty where there is one, or it was not asked for.

    `kind` and `address` are those of a stored key, None after a logout. `used` has the source of each key that is found
    from now on, and `unread` why some sources could not be searched.
    """

    command: str
    profile: Optional[str]
    stores: tuple[StoreChange, ...]
    why_not_keychain: str
    used: dict[str, str]
    unread: tuple[str, ...]
    kind: Union[str, Unknown, None] = None
    address: Optional[str] = None

    @property
    def changed(self) -> tuple[StoreChange, ...]:
        """The stores with a change; all if there is none."""
        return tuple(store for store in self.stores if store.names) or self.stores
