"""Finds the keys, and the address each may travel to: the only reader of secrets."""

from __future__ import annotations

import os
import re
import stat
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

from errors import BadUsage, MalformedKey, MissingPackage, NoKey
from plaintext import clean
from usage import Key, Keys, Note, Unknown

REGULAR = ("OPENROUTER_API_KEY",)
MANAGEMENT = ("OPENROUTER_MGMT_KEY", "OPENROUTER_MANAGEMENT_KEY", "OPENROUTER_MANAGEMENT_API_KEY")
ADDRESS = ("OPENROUTER_API_URL", "OPENROUTER_BASE_URL")

# A bearer token's letters (RFC 6750, section 2.1).
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_REFERENCE = re.compile(r"\$(?:\w|\{)")
_AROUND_A_KEY = " \t\r\n\f\v\u00a0\"'`"
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~%/-]*)?", re.ASCII
)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)


class Source(NamedTuple):
    """A place that may hold keys: the environment (no path), or a file."""

    name: str
    path: str = ""
    in_working_directory: bool = False


class Found(NamedTuple):
    """A key as it was found, with the source it came from and that source's own address."""

    key: Key
    source: Source


Slot = Union[Found, Unknown, None]


def find(environ: Mapping[str, str], working_directory: str, skill_folder: str, default_address: str) -> Keys:
    """The regular and the management key, each from the first source that has it.

    Searched: environment, `.env` of the working directory, `credentials.env` beside SKILL.md,
    then in the user's configuration folder. Raises NoKey, MalformedKey where nothing better was
    found, BadUsage for an address that no key may travel to, MissingPackage where only files
    could hold a key and python-dotenv is not installed.
    """
    search = _Search(environ, default_address)
    for source in _sources(environ, working_directory, skill_folder):
        if search.regular is not None and search.management is not None:
            break
        search.look_into(source)
    return search.result()


def _sources(environ: Mapping[str, str], working_directory: str, skill_folder: str) -> Iterator[Source]:
    yield Source("the environment")
    yield Source("./.env", os.path.join(working_directory, ".env"), in_working_directory=True)
    beside = os.path.join(skill_folder, "credentials.env")
    yield Source("credentials.env beside SKILL.md", beside)
    yield Source(_tilde(config_file(environ), environ), config_file(environ))


def config_file(environ: Mapping[str, str]) -> str:
    """`~/.config/openrouter-usage/credentials.env`, or under XDG_CONFIG_HOME."""
    home = os.path.expanduser("~")
    folder = environ.get("XDG_CONFIG_HOME") or ""
    root = folder if os.path.isabs(folder) else os.path.join(home, ".config")
    return os.path.join(root, "openrouter-usage", "credentials.env")


def _tilde(path: str, environ: Mapping[str, str]) -> str:
    home = os.path.expanduser("~")
    return clean("~" + path[len(home) :] if home != "~" and path.startswith(home + os.sep) else path)


class _Search:
    """What was found so far, source by source."""

    def __init__(self, environ: Mapping[str, str], default_address: str) -> None:
        self._environ = environ
        self._default_address = default_address
        self._unread: List[str] = []
        self._remarks: List[str] = []
        self.regular: Slot = None
        self.management: Slot = None

    def look_into(self, source: Source) -> None:
        values = self._values(source)
        regular, management = _first(values, REGULAR), _first(values, MANAGEMENT)
        if self.regular is None and regular:
            self.regular = self._slot(regular, values, source)
        if self.management is None and management:
            self.management = self._slot(management, values, source)

    def _values(self, source: Source) -> Mapping[str, str]:
        if not source.path:
            return self._environ
        if not os.path.isfile(source.path):
            return {}
        try:
            return _read(source.path)
        except ImportError:
            self._unread.append(f"{source.name} was not read: the package python-dotenv is not installed")
        except (OSError, ValueError):
            self._unread.append(f"{source.name} cannot be read, or is not UTF-8 text")
        return {}

    def _slot(self, found: Tuple[str, str], values: Mapping[str, str], source: Source) -> Slot:
        name, text = found
        self._remark(source)
        if not _KEY.fullmatch(text):
            reason = f"{name} in {source.name} is no key: it holds a blank or a character that no key has"
            return Unknown(reason, MalformedKey.code, "write the key alone, without quotes or spaces")
        own = _first(self._environ, ADDRESS), _first(values, ADDRESS)
        address = self._default_address
        if own[0]:
            address = _address(*own[0], "the environment")
        elif own[1]:
            address = _address(*own[1], source.name)
        return Found(Key(text, name, source.name, address), source)

    def _remark(self, source: Source) -> None:
        remark = f"{source.name} can be read by other users of this machine; close it with `chmod 600`"
        if source.path and _others_can_read(source.path) and remark not in self._remarks:
            self._remarks.append(remark)

    def result(self) -> Keys:
        slots = (self.regular, self.management)
        if not any(isinstance(slot, Found) for slot in slots):
            self._give_up()
        notes = [
            Note("key_from_working_directory", f"{slot.key.name} is taken from .env in the working directory")
            for slot in slots
            if isinstance(slot, Found) and slot.source.in_working_directory
        ]
        regular, management = (slot.key if isinstance(slot, Found) else slot for slot in slots)
        return Keys(regular, management, tuple(notes), tuple(self._remarks + self._unread))

    def _give_up(self) -> None:
        for slot in (self.regular, self.management):
            if isinstance(slot, Unknown):
                raise MalformedKey(slot.reason, slot.next_step)
        if any("python-dotenv" in remark for remark in self._unread):
            raise MissingPackage(self._unread[0], "run `uv run --script scripts/stats.py`, or set OPENROUTER_API_KEY")
        where = _tilde(config_file(self._environ), self._environ)
        unread = "".join(f" ({remark})" for remark in self._unread)
        raise NoKey(
            f"no OpenRouter key was found, so nothing was asked{unread}",
            f"set OPENROUTER_API_KEY (make a key at https://openrouter.ai/settings/keys), or write it into {where}; "
            "`--demo` shows a sample",
        )


def _read(path: str) -> Dict[str, str]:
    """A key file's values. No variable is expanded: `KEY=${OTHER}` in a foreign file counts as nothing."""
    import logging

    from dotenv import dotenv_values

    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    return {name: value for name, value in values.items() if value is not None and not _REFERENCE.match(value)}


def _first(values: Mapping[str, str], names: Tuple[str, ...]) -> Optional[Tuple[str, str]]:
    """The first of the names that has a value, with what stands around the value taken off."""
    stripped = ((name, values.get(name, "").strip(_AROUND_A_KEY)) for name in names)
    return next((pair for pair in stripped if pair[1]), None)


def _address(name: str, value: str, source: str) -> str:
    """The address without a trailing slash. It is never repeated in an error: it may hold a password."""
    match = _ADDRESS.fullmatch(value)
    if not match:
        raise BadUsage(f"{name} in {source} is not an address", "it looks like https://openrouter.ai/api/v1")
    if match["scheme"] == "http" and not _LOOPBACK.fullmatch(match["host"]):
        raise BadUsage(f"{name} in {source} is not https, so no key is sent there", "use https (http only on loopback)")
    return value.rstrip("/")


def _others_can_read(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return os.name == "posix" and bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
