"""Finds the keys, and the address each may travel to: the only reader of secrets."""

from __future__ import annotations

import os
import re
import stat
from typing import Dict, Iterator, List, Mapping, Optional, Tuple, Union

from openrouter_usage.errors import BadUsage, KeychainTrouble, KeysNotRead, MalformedKey, MissingPackage, NoKey
from openrouter_usage.keys.secrets import Secrets
from openrouter_usage.keys.sources import (
    ADDRESS,
    ENVIRONMENT,
    HEADERS,
    KEYCHAIN,
    MANAGEMENT,
    REGULAR,
    WORKING_DIRECTORY,
    Place,
    Source,
    config_file,
    key_files,
    profiles_with_files,
    tilde,
)
from openrouter_usage.records import DEFAULT_ADDRESS, KEYS_PAGE, Key, Keys, Note, Secret, Unknown

# A bearer token's letters (RFC 6750, section 2.1).
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_AROUND_A_KEY = " \t\r\n\f\v\u00a0\"'`"
_REFERENCE = r"\$[\w{(]"
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~%/-]*)?", re.ASCII
)
_HEADER = r"[\x20-\x7e]{1,200}"
_LOOPBACK = r"(?i:localhost|127(?:\.\d{1,3}){3}|\[::1\])"


def find(place: Place, patience: float, secrets: Secrets) -> Keys:
    """The regular and the management key, each from the first source that has a value for it; `secrets` keeps theirs.

    Searched: environment, `.env` of the working directory, `credentials.env` beside SKILL.md, then
    in the user's configuration folder, and for so many seconds (0: not at all) the system's keychain;
    for a profile only its own files and its part of the keychain. A value that cannot be a key is
    Unknown, and hides those in later sources. Raises NoKey where there is no value at all,
    MalformedKey where there are only such values, BadUsage for an address that no key may travel
    to, and MissingPackage where only files could hold a key and python-dotenv is not installed.
    """
    search = _Search(place, patience, secrets)
    for source in _sources(place):
        if search.regular is not None and search.management is not None:
            break
        search.look_into(source)
    return search.result()


def hidden(place: Place, key: Key, patience: float, secrets: Secrets) -> Tuple[str, ...]:
    """The names of the other sources that hold a key of that kind, too."""
    search, names = _Search(place, patience, secrets), REGULAR if key.name in REGULAR else MANAGEMENT
    others = (source for source in _sources(place) if source.name != key.source)
    return tuple(source.name for source in others if _first(search.values(source), names))


def _sources(place: Place) -> Iterator[Source]:
    if not place.profile:
        yield Source(ENVIRONMENT)
    yield from key_files(place)
    yield Source(KEYCHAIN)


def entered(text: str, name: str, place: Place, source: Source, secrets: Secrets) -> Key:
    """A key that somebody gives, as it would be found in that source. Raises NoKey, MalformedKey, or BadUsage."""
    given = _first({name: text}, (name,))
    if given is None:
        raise NoKey("no key was given, so nothing was stored", "pass it through standard input")
    search = _Search(place, 0, secrets)
    slot = search.slot(given, search.values(source), source)
    if isinstance(slot, Unknown):
        raise MalformedKey("what was given is no key, so nothing was stored", slot.next_step)
    return slot


class _Search:
    """What was found so far, source by source."""

    def __init__(self, place: Place, patience: float, secrets: Secrets) -> None:
        self._place = place
        self._patience = patience
        self._secrets = secrets
        self._environ = place.environ
        self._unread: List[str] = []
        self._without_dotenv = ""
        self._remarks: List[str] = []
        self.regular: Union[Key, Unknown, None] = None
        self.management: Union[Key, Unknown, None] = None

    def look_into(self, source: Source) -> None:
        values = self.values(source)
        regular, management = _first(values, REGULAR), _first(values, MANAGEMENT)
        if self.regular is None and regular:
            self.regular = self.slot(regular, values, source)
        if self.management is None and management:
            self.management = self.slot(management, values, source)

    def values(self, source: Source) -> Mapping[str, str]:
        if source.name == KEYCHAIN:
            return self._kept()
        if not source.path:
            return self._environ
        if not os.path.isfile(source.path):
            return {}
        try:
            return _read(source.path)
        except ImportError:
            self._without_dotenv = f"{source.name} was not read: the package python-dotenv is not installed"
            self._unread.append(self._without_dotenv)
        except (OSError, ValueError):
            self._unread.append(f"{source.name} cannot be read, or is not UTF-8 text")
        return {}

    def _kept(self) -> Mapping[str, str]:
        """What the keychain holds; a remark where it cannot be read."""
        if not self._patience:
            return {}
        from openrouter_usage.keys import keychain

        try:
            return keychain.read_in_time(self._place.profile, (REGULAR[0], MANAGEMENT[0]), self._patience)
        except KeychainTrouble as trouble:
            self._unread.append(f"{KEYCHAIN} was not read: {trouble.message}")
        return {}

    def slot(self, found: Tuple[str, str], values: Mapping[str, str], source: Source) -> Union[Key, Unknown]:
        name, text = found
        self._remark(source)
        if not _KEY.fullmatch(text):
            reason = f"{name} in {source.name} is no key: it holds a blank or a character that no key has"
            return Unknown(reason, MalformedKey.code, "write the key alone, without quotes or spaces")
        secret = Secret(text, self._address(values, source), self._headers(values, source))
        return self._secrets.add(name, source.name, secret)

    def _address(self, values: Mapping[str, str], source: Source) -> str:
        """The environment's address is for all keys, a file's for the keys in that file."""
        everywhere, here = _first(self._environ, ADDRESS), _first(values, ADDRESS)
        if everywhere:
            return _checked_address(*everywhere, ENVIRONMENT)
        return _checked_address(*here, source.name) if here else DEFAULT_ADDRESS

    def _headers(self, values: Mapping[str, str], source: Source) -> Tuple[Tuple[str, str], ...]:
        """As with addresses: the environment's are for all keys, a file's for the keys in that file."""
        told = []
        for variable, header in HEADERS.items():
            value = _first(self._environ, (variable,)) or _first(values, (variable,))
            if value and re.fullmatch(_HEADER, value[1]):
                told.append((header, value[1]))
            elif value:
                self._say(f"{variable} was not sent: it is longer than 200 characters, or not of plain ASCII")
        return tuple(told)

    def _say(self, remark: str) -> None:
        if remark not in self._remarks:
            self._remarks.append(remark)

    def _remark(self, source: Source) -> None:
        if source.path and _others_can_read(source.path):
            self._say(f"{source.name} can be read by other users of this machine; close it with `chmod 600`")

    def result(self) -> Keys:
        slots = (self.regular, self.management)
        if not any(isinstance(slot, Key) for slot in slots):
            self._give_up()
        notes = [
            Note("key_from_working_directory", f"{slot.name} is taken from .env in the working directory")
            for slot in slots
            if isinstance(slot, Key) and slot.source == WORKING_DIRECTORY
        ]
        return Keys(*slots, tuple(notes), tuple(self._remarks + self._unread), not self._unread)

    def _give_up(self) -> None:
        for slot in (self.regular, self.management):
            if isinstance(slot, Unknown):
                raise MalformedKey(slot.reason, slot.next_step)
        if self._without_dotenv:
            raise MissingPackage(
                self._without_dotenv, "run `uv run --script scripts/stats.py`, or set OPENROUTER_API_KEY"
            )
        unread = "".join(f" ({remark})" for remark in self._unread)
        kind = KeysNotRead if self._unread else NoKey
        file, profile = tilde(config_file(self._place)), self._place.profile
        others = ", ".join(profiles_with_files(self._place))
        if profile:
            raise kind(
                f"no OpenRouter key was found for the profile {profile}, so nothing was asked{unread}",
                f"write one into {file}, or use `login --profile {profile}`"
                + (f"; profiles with a file: {others}" if others else ""),
            )
        raise kind(
            f"no OpenRouter key was found, so nothing was asked{unread}",
            f"set OPENROUTER_API_KEY (make a key at {KEYS_PAGE}), use `login`, "
            f"or write it into {file}; "
            + (f"`--all-profiles` asks with those of {others}" if others else "`--demo` shows a sample"),
        )


def _read(path: str) -> Dict[str, str]:
    """A key file's values. No variable is expanded: `KEY=${OTHER}` in a foreign file counts as nothing."""
    import logging

    from dotenv import dotenv_values

    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    return {name: value for name, value in values.items() if value is not None and not re.search(_REFERENCE, value)}


def _first(values: Mapping[str, str], names: Tuple[str, ...]) -> Optional[Tuple[str, str]]:
    """The first of the names that has a value, with what stands around the value taken off."""
    stripped = ((name, values.get(name, "").strip(_AROUND_A_KEY)) for name in names)
    return next((pair for pair in stripped if pair[1]), None)


def _checked_address(name: str, value: str, source: str) -> str:
    """The address without a trailing slash. It is never repeated in an error: it may hold a password."""
    match = _ADDRESS.fullmatch(value)
    if not match:
        raise BadUsage(f"{name} in {source} is not an address", f"it looks like {DEFAULT_ADDRESS}")
    if match["scheme"] == "http" and not re.fullmatch(_LOOPBACK, match["host"], re.ASCII):
        raise BadUsage(f"{name} in {source} is not https, so no key is sent there", "use https (http only on loopback)")
    return value.rstrip("/")


def _others_can_read(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return os.name == "posix" and bool(mode & (stat.S_IRGRP | stat.S_IROTH))
