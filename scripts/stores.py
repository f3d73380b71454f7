"""Where `login` puts a key, and `logout` takes it from."""

from __future__ import annotations

import argparse
from typing import Iterator, Sequence, Tuple, Union

import credentials
import keychain
import places
from diagnosis import KeyChange
from errors import BadUsage, Failure
from output import Output
from places import Place, Source
from renderers import stored
from session import Session
from usage import Unknown


def check(args: argparse.Namespace) -> None:
    """Raises BadUsage for what has no meaning here."""
    for flag in ("demo", "offline", "all_profiles"):
        if getattr(args, flag):
            raise BadUsage(f"--{flag} has no meaning for `{args.command}`".replace("_", "-"), "leave it out")


def source(args: argparse.Namespace, where: Place) -> Source:
    """The file, or the keychain. Raises KeychainTrouble where there is none."""
    if args.file:
        path = places.config_file(where)
        return Source(places.tilde(path), path)
    keychain.check()
    return Source(places.KEYCHAIN)


def done(session: Session, where: Source, names: Sequence[str], kind: Union[str, Unknown] = "") -> Output:
    """What is different now, and which keys will be used from now on."""
    args = session.args
    if session.memory:
        session.memory.forget_keys()
    keychain_name = "" if args.file else keychain.backend()
    used = tuple(_used(session))
    change = KeyChange(args.command, where.name, keychain_name, tuple(names), kind, args.profile or "", used)
    return Output(0, (stored.render_json if args.json else stored.render)(change))


def _used(session: Session) -> Iterator[Tuple[str, str]]:
    """The source in which each key is found."""
    try:
        keys = credentials.find(places.here(session.args.profile), session.time_left())
    except Failure:
        return
    yield from ((key.name, key.source) for key in keys.found)
