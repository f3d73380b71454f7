"""Where `login` puts a key, and `logout` takes it from."""

from __future__ import annotations

import argparse
from typing import Iterator, Sequence, Tuple, Union

from openrouter_usage.cache import found_keys, refreshes
from openrouter_usage.commands.login import text
from openrouter_usage.errors import BadUsage, Failure
from openrouter_usage.keys import keychain, search, sources
from openrouter_usage.keys.sources import Place, Source
from openrouter_usage.records import Unknown
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session


def check(args: argparse.Namespace) -> None:
    """Raises BadUsage for what has no meaning here."""
    for flag in ("demo", "offline", "all_profiles"):
        if getattr(args, flag):
            raise BadUsage(f"--{flag} has no meaning for `{args.command}`".replace("_", "-"), "leave it out")


def source(args: argparse.Namespace, where: Place) -> Source:
    """The file, or the keychain. Raises KeychainTrouble where there is none."""
    if args.file:
        path = sources.config_file(where)
        return Source(sources.tilde(path), path)
    keychain.check()
    return Source(sources.KEYCHAIN)


def done(session: Session, where: Source, names: Sequence[str], kind: Union[str, Unknown] = "") -> Output:
    """What is different now, and which keys will be used from now on."""
    args = session.args
    found_keys.forget_all(session.cache)
    refreshes.forget_all(session.cache)
    keychain_name = "" if args.file else keychain.backend()
    used = tuple(_used(session))
    change = text.KeyChange(args.command, where.name, keychain_name, tuple(names), kind, args.profile or "", used)
    return Output(0, (text.render_json if args.json else text.render)(change))


def _used(session: Session) -> Iterator[Tuple[str, str]]:
    """The source in which each key is found."""
    try:
        keys = search.find(sources.here(session.args.profile), session.time_left(), session.secrets)
    except Failure:
        return
    yield from ((key.name, key.source) for key in keys.found)
