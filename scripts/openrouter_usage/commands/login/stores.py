"""The stores that `login` and `logout` write to: the keychain, and the credentials file."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Optional, Union

from openrouter_usage import files, invocation
from openrouter_usage.commands.login.records import StoreChange
from openrouter_usage.errors import BadUsage, Failure, KeyTrouble
from openrouter_usage.keys import keychain, search, sources
from openrouter_usage.keys.sources import ADDRESS, MANAGEMENT, REGULAR, ConfigFolder, Keychain
from openrouter_usage.records import DEFAULT_ADDRESS, Secret
from openrouter_usage.session.session import Session

Store = Union[ConfigFolder, Keychain]
"""A source of keys that is written to."""

UNLOCKED_IN = 60.0
"""Seconds in which a person may unlock the keychain; they are none of the command's own."""


def find(args: Namespace) -> tuple[str, list[Store]]:
    """Returns why there is no keychain (empty where there is one, or it is not asked for), and where keys can be.

    The first is where `login` puts them. Raises KeychainTrouble.
    """
    place = sources.here(args.profile)
    file = ConfigFolder(place)
    why_not = "" if args.file else keychain.why_not()
    return why_not, [file] if args.file or why_not else [Keychain(place), file]


def require_place(store: Store) -> None:
    """Raises BadUsage where a key is to be stored in the file, and there is no folder for it."""
    if isinstance(store, ConfigFolder) and not files.has_place(store.place.environ, "XDG_CONFIG_HOME"):
        raise BadUsage(
            "there is no home folder, so no key was asked for or stored", "set HOME, or XDG_CONFIG_HOME to a folder"
        )


def held(store: Store, session: Session) -> Mapping[str, str]:
    """Returns what is in the store. Raises KeyTrouble."""
    try:
        return store.values(UNLOCKED_IN)
    except KeyTrouble as trouble:
        next_step = trouble.next_step or "look at the file"
        raise type(trouble)(f"{trouble.message}; nothing was changed", next_step) from None
    finally:
        session.restart_time()


def address(before: Mapping[str, str], names: Sequence[str], secret: Secret, store: Store) -> dict[str, Optional[str]]:
    """Returns what has to change for the new key to be sent where it was tried.

    Raises BadUsage where other keys in the store are for another address: all have the same one.
    """
    if secret.address == search.address_beside(before):
        return {}
    others = [name for name in (*REGULAR, *MANAGEMENT) if before.get(name) and name not in names]
    if others:
        raise BadUsage(
            f"this key was tried at another address ({secret.address_from}) than {others[0]} in {store.name} is for, "
            "and one address holds for all keys there, so nothing was stored",
            f"store it under a name: `{invocation.command('login --profile NAME')}`",
        )
    return {**dict.fromkeys(ADDRESS), ADDRESS[0]: None if secret.address == DEFAULT_ADDRESS else secret.address}


def take_out(store: Store, before: Mapping[str, str], names: Sequence[str], done: Sequence[StoreChange]) -> StoreChange:
    """Takes these keys out of the store, which held `before`, and its address where no key is left.

    A Failure says what was taken out of other stores, those of `done`, for that stays so.
    """
    taken = [name for name in names if before.get(name)]
    is_empty = not any(before.get(name) for name in (*REGULAR, *MANAGEMENT) if name not in taken)
    addresses = [name for name in ADDRESS if is_empty and before.get(name)]
    try:
        if taken:
            store.edit(dict.fromkeys([*taken, *addresses]))
    except Failure as failure:
        told = [f"; taken out of {one.source}: {' and '.join(one.names)}" for one in done if one.names]
        raise type(failure)("".join([failure.message, *told]), failure.next_step) from None
    if store.path:
        with suppress(OSError):
            files.remove_unfinished(os.path.realpath(store.path))
    return changed(store, taken)


def changed(store: Store, names: Sequence[str]) -> StoreChange:
    """Returns what is told of the store, in which these keys were stored or from which they were taken."""
    if isinstance(store, Keychain):
        return StoreChange(store.name, keychain.backend(), None, names)
    has_mode = os.name == "posix" and os.path.exists(store.path)
    return StoreChange(store.name, None, f"{os.stat(store.path).st_mode & 0o777:04o}" if has_mode else None, names)
