"""Runs `login`, which stores a key where it will be found again, and `logout`, which takes it out."""

from __future__ import annotations

import os
import shlex
import sys
import time
from argparse import Action, ArgumentParser, Namespace
from contextlib import suppress
from typing import Dict, List, Mapping, Optional, Sequence, Tuple, Union

from openrouter_usage import files, invocation
from openrouter_usage.cache import found_keys, refreshes
from openrouter_usage.commands.doctor import keys
from openrouter_usage.commands.login import text
from openrouter_usage.commands.login.text import KeyChange, Place
from openrouter_usage.errors import BadUsage, Failure, KeyTrouble, MissingPackage
from openrouter_usage.fetch import questions
from openrouter_usage.keys import env_file, keychain, search, sources
from openrouter_usage.keys.sources import ADDRESS, MANAGEMENT, REGULAR, ConfigFolder, Keychain
from openrouter_usage.records import DEFAULT_ADDRESS, MANAGEMENT_KEYS_PAGE, KeyInfo, Secret
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

Store = Union[ConfigFolder, Keychain]
"""A source of keys that is written to."""

MOST_BYTES = 10_000
"""The bytes of standard input that are read: a key is shorter."""

UNLOCKED_IN = 60.0
"""Seconds in which a person may unlock the keychain; they are none of the command's own."""

DETAILS = (
    "login stores a key in the system keychain, if the package keyring is installed and finds one, else in "
    f"{ConfigFolder.help}, which only you can read, with the address that the key was tried at. "
    "logout takes keys out of both. More: references/keys.md."
)
EXAMPLES = (
    ("login", "store a key (asked for on a terminal, else read from standard input)"),
    ("login --profile work", "store it under a name"),
    ("logout", "take both keys out"),
    ("logout --management", "take the management key out"),
)


def add_options(parser: ArgumentParser) -> List[Action]:
    add = parser.add_argument
    return [
        add("--management", action="store_true", help="login: insist on a management key; logout: only that one"),
        add("--file", action="store_true", help="the credentials file alone, not the keychain"),
    ]


def run(session: Session) -> Output:
    """Stores the key from standard input, once OpenRouter has told its kind. Raises a Failure if nothing is stored.

    The store is looked at once more then: a person takes long to enter a key, and so may another `login`.
    """
    args = session.args
    why_not_keychain, (store, *_) = _stores(args)
    _load(store)
    held = _held(store, session)
    key = search.entered(_given(), (MANAGEMENT if args.management else REGULAR)[0], store, held, session.secrets)
    session.restart_clock()
    session.connect(key)
    info = session.asker_without_cache().answer(questions.key(key))
    if isinstance(info, Failure):
        raise type(info)(f"{info.message}; nothing was stored", info.next_step)
    names, secret = MANAGEMENT if _is_management(info, args.management) else REGULAR, session.secrets.of(key)
    _wait_for_others(session)
    address = _address(_held(store, session), names, secret, store)
    store.edit({**dict.fromkeys(names), names[0]: secret.text, **address})
    change = _change(session, [_place(store, names[:1])], why_not_keychain)
    return _shown(change._replace(kind=keys.kind(info), address=secret.address_shown), args)


def logout(session: Session) -> Output:
    """Takes out the management key alone, or both keys. Raises a Failure if nothing can be taken out."""
    args = session.args
    why_not_keychain, stores = _stores(args)
    names = MANAGEMENT if args.management else (*REGULAR, *MANAGEMENT)
    _wait_for_others(session)
    every = [(store, _held(store, session)) for store in stores]
    places: List[Place] = []
    for store, held in every:
        taken = [name for name in names if held.get(name)]
        is_empty = not any(held.get(name) for name in (*REGULAR, *MANAGEMENT) if name not in taken)
        addresses = [name for name in ADDRESS if is_empty and held.get(name)]
        if taken:
            _take_out(store, [*taken, *addresses], places)
        if store.path:
            with suppress(OSError):
                files.remove_unfinished(os.path.realpath(store.path))
        places.append(_place(store, taken))
    return _shown(_change(session, places, why_not_keychain), args)


def failed(failure: Failure, arguments: List[str]) -> Output:
    """Reports a failure; where a package is missing, with the way to run this very command."""
    if isinstance(failure, MissingPackage):
        failure.next_step = invocation.with_packages(shlex.join(arguments))
    return output.failed(failure, "--json" in arguments)


def _wait_for_others(session: Session) -> None:
    """Waits until no other `login` or `logout` changes what is stored. Raises BadUsage where that takes too long."""
    while not found_keys.claim_change(session.cache):
        if session.time_left() <= 0:
            raise BadUsage("another login or logout is under way, so nothing was changed", "try again after it")
        time.sleep(0.05)


def _take_out(store: Store, names: Sequence[str], before: Sequence[Place]) -> None:
    """Takes these out of the store. A Failure says what was taken out of others before, for that stays so."""
    try:
        store.edit(dict.fromkeys(names))
    except Failure as failure:
        done = [f"; taken out of {place.source}: {' and '.join(place.names)}" for place in before if place.names]
        raise type(failure)("".join([failure.message, *done]), failure.next_step) from None


def _stores(args: Namespace) -> Tuple[str, List[Store]]:
    """Returns why there is no keychain (empty where there is one, or it is not asked for), and where keys can be.

    The first is where `login` puts them. Raises BadUsage for options without meaning here, and KeychainTrouble.
    """
    for flag in ("demo", "offline", "all_profiles"):
        if getattr(args, flag):
            raise BadUsage(f"--{flag} has no meaning for `{args.command}`".replace("_", "-"), "leave it out")
    place = sources.here(args.profile)
    file = ConfigFolder(place)
    why_not = "" if args.file else keychain.why_not()
    return why_not, [file] if args.file or why_not else [Keychain(place), file]


def _load(store: Store) -> None:
    """Imports everything before standard input is read: a run that is started again could not read it once more.

    Raises MissingPackage, so that nobody enters a key in vain.
    """
    from openrouter_usage.api import client, transport  # noqa: F401

    transport.load_requests()
    if store.path:
        env_file.load_parser()


def _held(store: Store, session: Session) -> Mapping[str, str]:
    """Returns what is in the store. Raises KeyTrouble."""
    try:
        return store.values(UNLOCKED_IN)
    except KeyTrouble as trouble:
        next_step = trouble.next_step or "look at the file"
        raise type(trouble)(f"{trouble.message}; nothing was changed", next_step) from None
    finally:
        session.restart_clock()


def _given() -> str:
    """Returns the text of standard input. On a terminal it asks for the key, and nothing is echoed."""
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        try:
            return getpass("OpenRouter key (not shown): ")
        except EOFError:
            return ""
    try:
        return sys.stdin.buffer.read(MOST_BYTES).decode("utf-8", "replace") if sys.stdin is not None else ""
    except OSError:  # it is open, but not to be read
        return ""


def _is_management(info: KeyInfo, expected: bool) -> bool:
    """Tells whether it is a management key: by OpenRouter, or else as expected. Raises BadUsage if it is regular."""
    if expected and info.is_management is False:
        next_step = f"make a management key at {MANAGEMENT_KEYS_PAGE}, or leave out --management to store this one"
        raise BadUsage("this is a regular key, so nothing was stored", next_step)
    return expected if info.is_management is None else info.is_management


def _address(held: Mapping[str, str], names: Sequence[str], secret: Secret, store: Store) -> Dict[str, Optional[str]]:
    """Returns what has to change for the new key to be sent where it was tried.

    Raises BadUsage where other keys in the store are for another address: all have the same one.
    """
    if secret.address == search.address_beside(held):
        return {}
    others = [name for name in (*REGULAR, *MANAGEMENT) if held.get(name) and name not in names]
    if others:
        raise BadUsage(
            f"this key was tried at another address ({secret.address_from}) than {others[0]} in {store.name} is for, "
            "and one address holds for all keys there, so nothing was stored",
            f"store it under a name: `{invocation.command('login --profile NAME')}`",
        )
    return {**dict.fromkeys(ADDRESS), ADDRESS[0]: None if secret.address == DEFAULT_ADDRESS else secret.address}


def _place(store: Store, names: Sequence[str]) -> Place:
    """Returns what is told of the store."""
    if isinstance(store, Keychain):
        return Place(store.name, keychain.backend(), None, names)
    has_mode = os.name == "posix" and os.path.exists(store.path)
    return Place(store.name, None, f"{os.stat(store.path).st_mode & 0o777:04o}" if has_mode else None, names)


def _change(session: Session, places: Sequence[Place], why_not_keychain: str) -> KeyChange:
    """Returns what has changed, with the keys that will be used from now on."""
    found_keys.forget_all(session.cache)
    refreshes.forget_all(session.cache)
    profile = session.args.profile
    used, unread = search.used(sources.here(profile), session.time_left(), session.secrets)
    return KeyChange(session.args.command, profile, tuple(places), why_not_keychain, used, unread)


def _shown(change: KeyChange, args: Namespace) -> Output:
    return Output(0, (text.render_json if args.json else text.render)(change))
