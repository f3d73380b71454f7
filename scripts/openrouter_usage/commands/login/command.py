"""Runs `login`, which stores a key where it will be found again, and `logout`, which takes it out."""

from __future__ import annotations

import shlex
import sys
import time
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Sequence

from openrouter_usage import invocation
from openrouter_usage.cache import found_keys, refreshes
from openrouter_usage.commands.doctor import keys
from openrouter_usage.commands.login import stores, text
from openrouter_usage.commands.login.records import KeyChange, StoreChange
from openrouter_usage.errors import BadUsage, Failure, MissingPackage
from openrouter_usage.fetch import questions
from openrouter_usage.keys import env_file, search, sources
from openrouter_usage.keys.sources import MANAGEMENT, REGULAR, ConfigFolder
from openrouter_usage.records import MANAGEMENT_KEYS_PAGE, KeyInfo
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

MOST_BYTES = 10_000
"""The bytes of standard input that are read: a key is shorter."""

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


def add_options(parser: ArgumentParser) -> list[Action]:
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
    why_not_keychain, (store, *_) = stores.find(args)
    stores.require_place(store)
    _load(store)
    held = stores.held(store, session)
    key = search.entered(_given(), (MANAGEMENT if args.management else REGULAR)[0], store, held, session.secrets)
    session.restart_time()
    session.connect(key)
    info = session.asker_without_cache().answer(questions.key(key))
    if isinstance(info, Failure):
        raise type(info)(f"{info.message}; nothing was stored", info.next_step)
    names, secret = MANAGEMENT if _is_management(info, args.management) else REGULAR, session.secrets.of(key)
    _wait_for_others(session)
    address = stores.address(stores.held(store, session), names, secret, store)
    store.edit({**dict.fromkeys(names), names[0]: secret.text, **address})
    change = _change(session, [stores.changed(store, names[:1])], why_not_keychain)
    return _shown(change._replace(kind=keys.kind(info), address=secret.address_shown), args)


def logout(session: Session) -> Output:
    """Takes out the management key alone, or both keys. Raises a Failure if nothing can be taken out."""
    args = session.args
    why_not_keychain, every = stores.find(args)
    names = MANAGEMENT if args.management else (*REGULAR, *MANAGEMENT)
    _wait_for_others(session)
    held = [(store, stores.held(store, session)) for store in every]
    changes: list[StoreChange] = []
    for store, before in held:
        changes.append(stores.take_out(store, before, names, changes))
    return _shown(_change(session, changes, why_not_keychain), args)


def failed(failure: Failure, arguments: list[str]) -> Output:
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


def _load(store: stores.Store) -> None:
    """Imports everything before standard input is read: a run that is started again could not read it once more.

    Raises MissingPackage, so that nobody enters a key in vain.
    """
    from openrouter_usage.api import client, sessions  # noqa: F401
    from openrouter_usage.fetch import sending  # noqa: F401
    from openrouter_usage.session import overrun  # noqa: F401

    sessions.load_requests()
    if store.path:
        env_file.load_parser()


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


def _change(session: Session, changes: Sequence[StoreChange], why_not_keychain: str) -> KeyChange:
    """Returns what has changed, with the keys that will be used from now on."""
    found_keys.forget_all(session.cache)
    refreshes.forget_all(session.cache)
    profile = session.args.profile
    used, unread = search.used(sources.here(profile), session.time_left(), session.secrets)
    return KeyChange(session.args.command, profile, tuple(changes), why_not_keychain, used, unread)


def _shown(change: KeyChange, args: Namespace) -> Output:
    return Output(0, (text.render_json if args.json else text.render)(change))
