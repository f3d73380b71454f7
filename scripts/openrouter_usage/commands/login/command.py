"""Answers `login`: puts a key where it will be found again."""

from __future__ import annotations

import sys

from openrouter_usage.commands.doctor import keys
from openrouter_usage.commands.login import stores
from openrouter_usage.errors import BadUsage, Failure
from openrouter_usage.fetch import questions
from openrouter_usage.keys import env_file, keychain, search, sources
from openrouter_usage.keys.sources import MANAGEMENT, REGULAR
from openrouter_usage.records import Key, KeyInfo
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

MOST = 10_000
"""Bytes that are read: a key is shorter."""


def run(session: Session) -> Output:
    """Asks OpenRouter what kind of key it is, and only then keeps it. Raises a Failure, and has kept nothing then."""
    args = session.args
    stores.check(args)
    where = sources.here(args.profile)
    source = stores.source(args, where)
    key = search.entered(_given(), (MANAGEMENT if args.management else REGULAR)[0], where, source, session.secrets)
    session.begin_anew()
    info = _told(session, key)
    manages = _is_management(info, args.management)
    names = MANAGEMENT if manages else REGULAR
    if args.file:
        env_file.keep(source.path, names, session.secrets.of(key).text)
    else:
        keychain.keep(args.profile, names[0], session.secrets.of(key).text)
    return stores.done(session, source, names[:1], keys.kind(info))


def _given() -> str:
    """From standard input; a person at a terminal is asked, and nothing is echoed."""
    if sys.stdin is not None and sys.stdin.isatty():
        from getpass import getpass

        try:
            return getpass("OpenRouter key (not shown): ")
        except EOFError:
            return ""
    return sys.stdin.buffer.read(MOST).decode("utf-8", "replace") if sys.stdin is not None else ""


def _told(session: Session, key: Key) -> KeyInfo:
    """What OpenRouter says of it. Raises a Failure."""
    answer = session.asker_without_cache().answer(questions.key(key))
    if isinstance(answer, Failure):
        raise type(answer)(f"{answer.message}; nothing was stored", answer.next_step)
    return answer


def _is_management(info: KeyInfo, meant: bool) -> bool:
    """As OpenRouter says; where it does not, as is meant."""
    if meant and info.is_management is False:
        raise BadUsage("this is a regular key, so nothing was stored", "leave out --management")
    return meant if info.is_management is None else info.is_management
