"""Runs `login`, which stores a key where it will be found again, and `logout`, which takes it out."""

from __future__ import annotations

import sys
from argparse import Action, ArgumentParser, Namespace
from contextlib import suppress
from typing import List, Sequence, Union

from openrouter_usage.cache import found_keys, refreshes
from openrouter_usage.commands.doctor import keys
from openrouter_usage.commands.login import text
from openrouter_usage.errors import BadUsage, Failure, MissingPackage
from openrouter_usage.fetch import questions
from openrouter_usage.keys import env_file, keychain, search, sources
from openrouter_usage.keys.sources import MANAGEMENT, REGULAR, Source
from openrouter_usage.records import KeyInfo, Unknown
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

MOST_BYTES = 10_000
"""The bytes of standard input that are read: a key is shorter."""

EXAMPLES = (
    ("login", "store a key (read from standard input)"),
    ("login --profile work", "store it under a name"),
    ("logout", "take both keys out"),
    ("logout --management", "take the management key out"),
)


def add_options(parser: ArgumentParser) -> List[Action]:
    add = parser.add_argument
    return [
        add("--management", action="store_true", help="login: insist on a management key; logout: only that one"),
        add("--file", action="store_true", help="in the credentials file instead of the keychain"),
    ]


def run(session: Session) -> Output:
    """Stores the key from standard input, once OpenRouter has told its kind. Raises a Failure if nothing is stored."""
    args = session.args
    source = _source(args)
    expected = (MANAGEMENT if args.management else REGULAR)[0]
    _load(args)
    key = search.entered(_given(), expected, sources.here(args.profile), source, session.secrets)
    session.restart_clock()
    session.connect(key)
    info = session.asker_without_cache().answer(questions.key(key))
    if isinstance(info, Failure):
        raise type(info)(f"{info.message}; nothing was stored", info.next_step)
    names = MANAGEMENT if _is_management(info, args.management) else REGULAR
    if args.file:
        env_file.keep(source.path, names, session.secrets.of(key).text)
    else:
        keychain.keep(args.profile, names[0], session.secrets.of(key).text)
    return _done(session, source, names[:1], keys.kind(info))


def logout(session: Session) -> Output:
    """Takes out the management key alone, or both keys. Raises a Failure if nothing can be taken out."""
    args = session.args
    source = _source(args)
    names = MANAGEMENT if args.management else (*REGULAR, *MANAGEMENT)
    if args.file:
        taken = env_file.forget(source.path, names)
    else:
        in_keychain = sources.Keychain.names
        taken = keychain.forget(args.profile, [name for name in names if name in in_keychain], in_keychain)
    return _done(session, source, taken)


def _source(args: Namespace) -> Source:
    """Returns the file or the keychain. Raises BadUsage for options without meaning here, and KeychainTrouble."""
    for flag in ("demo", "offline", "all_profiles"):
        if getattr(args, flag):
            raise BadUsage(f"--{flag} has no meaning for `{args.command}`".replace("_", "-"), "leave it out")
    if args.file:
        return sources.ConfigFolder(sources.here(args.profile))
    keychain.check()
    return sources.Keychain(sources.here(args.profile))


def _load(args: Namespace) -> None:
    """Imports everything before standard input is read: a run that is started again could not read it once more."""
    from openrouter_usage.api import client, transport  # noqa: F401

    for load in (transport.load_requests, *([env_file.load_parser] if args.file else [])):
        with suppress(MissingPackage):  # it is reported where the package is needed
            load()


def _given() -> str:
    """Returns the text of standard input. On a terminal it asks for the key, and nothing is echoed."""
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        try:
            return getpass("OpenRouter key (not shown): ")
        except EOFError:
            return ""
    return sys.stdin.buffer.read(MOST_BYTES).decode("utf-8", "replace") if sys.stdin is not None else ""


def _is_management(info: KeyInfo, expected: bool) -> bool:
    """Tells whether it is a management key: by OpenRouter, or else as expected. Raises BadUsage if it is regular."""
    if expected and info.is_management is False:
        raise BadUsage("this is a regular key, so nothing was stored", "leave out --management")
    return expected if info.is_management is None else info.is_management


def _done(session: Session, source: Source, names: Sequence[str], kind: Union[str, Unknown, None] = None) -> Output:
    """Returns what has changed, and which keys will be used from now on."""
    args = session.args
    found_keys.forget_all(session.cache)
    refreshes.forget_all(session.cache)
    used = search.used(sources.here(args.profile), session.time_left(), session.secrets)
    keychain_name = None if args.file else keychain.backend()
    change = text.KeyChange(args.command, args.profile, source.name, keychain_name, names, kind, used)
    return Output(0, (text.render_json if args.json else text.render)(change))
