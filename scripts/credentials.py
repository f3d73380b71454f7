"""Finds the keys, and the address each may travel to: the only reader of secrets."""

from __future__ import annotations

import os
import re
import stat
from typing import Dict, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union

from errors import BadUsage, MalformedKey, MissingPackage, NoKey
from plaintext import clean
from usage import DEFAULT_ADDRESS, Key, Keys, Note, Unknown

REGULAR = ("OPENROUTER_API_KEY",)
MANAGEMENT = ("OPENROUTER_MGMT_KEY", "OPENROUTER_MANAGEMENT_KEY", "OPENROUTER_MANAGEMENT_API_KEY")
ADDRESS = ("OPENROUTER_API_URL", "OPENROUTER_BASE_URL")

WORKING_DIRECTORY = "./.env"

# A bearer token's letters (RFC 6750, section 2.1).
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_AROUND_A_KEY = " \t\r\n\f\v\u00a0\"'`"
_REFERENCE = r"\$[\w{(]"
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~%/-]*)?", re.ASCII
)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)


class Source(NamedTuple):
    """A place that may hold keys: the environment (no path), or a file."""

    name: str
    path: str = ""


def find(environ: Mapping[str, str], working_directory: Optional[str], skill_folder: str) -> Keys:
    """The regular and the management key, each from the first source that has a value for it.

    Searched: environment, `.env` of the working directory, `credentials.env` beside SKILL.md,
    then in the user's configuration folder. A value that cannot be a key is Unknown, and hides
    those in later sources. Raises NoKey where there is no value at all, MalformedKey where there
    are only such values, BadUsage for an address that no key may travel to, and MissingPackage
    where only files could hold a key and python-dotenv is not installed.
    """
    search = _Search(environ)
    for source in _sources(environ, working_directory, skill_folder):
        if search.regular is not None and search.management is not None:
            break
        search.look_into(source)
    return search.result()


def _sources(environ: Mapping[str, str], working_directory: Optional[str], skill_folder: str) -> Iterator[Source]:
    yield Source("the environment")
    if working_directory is not None:
        yield Source(WORKING_DIRECTORY, os.path.join(working_directory, ".env"))
    yield Source("credentials.env beside SKILL.md", os.path.join(skill_folder, "credentials.env"))
    yield Source(tilde(config_file(environ)), config_file(environ))


def config_file(environ: Mapping[str, str]) -> str:
    """`~/.config/openrouter-usage/credentials.env`, or under XDG_CONFIG_HOME."""
    folder = environ.get("XDG_CONFIG_HOME") or ""
    root = folder if os.path.isabs(folder) else os.path.join(os.path.expanduser("~"), ".config")
    return os.path.join(root, "openrouter-usage", "credentials.env")


def tilde(path: str) -> str:
    """The path as people write it: below the home folder with a tilde."""
    home = os.path.expanduser("~")
    return clean("~" + path[len(home) :] if home != "~" and path.startswith(home + os.sep) else path)


class _Search:
    """What was found so far, source by source."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._unread: List[str] = []
        self._remarks: List[str] = []
        self.regular: Union[Key, Unknown, None] = None
        self.management: Union[Key, Unknown, None] = None

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

    def _slot(self, found: Tuple[str, str], values: Mapping[str, str], source: Source) -> Union[Key, Unknown]:
        name, text = found
        self._remark(source)
        if not _KEY.fullmatch(text):
            reason = f"{name} in {source.name} is no key: it holds a blank or a character that no key has"
            return Unknown(reason, MalformedKey.code, "write the key alone, without quotes or spaces")
        return Key(text, name, source.name, self._address(values, source))

    def _address(self, values: Mapping[str, str], source: Source) -> str:
        """The environment's address is for all keys, a file's for the keys in that file."""
        everywhere, here = _first(self._environ, ADDRESS), _first(values, ADDRESS)
        if everywhere:
            return _checked_address(*everywhere, "the environment")
        return _checked_address(*here, source.name) if here else DEFAULT_ADDRESS

    def _remark(self, source: Source) -> None:
        remark = f"{source.name} can be read by other users of this machine; close it with `chmod 600`"
        if source.path and _others_can_read(source.path) and remark not in self._remarks:
            self._remarks.append(remark)

    def result(self) -> Keys:
        slots = (self.regular, self.management)
        if not any(isinstance(slot, Key) for slot in slots):
            self._give_up()
        notes = [
            Note("key_from_working_directory", f"{slot.name} is taken from .env in the working directory")
            for slot in slots
            if isinstance(slot, Key) and slot.source == WORKING_DIRECTORY
        ]
        return Keys(*slots, tuple(notes), tuple(self._remarks + self._unread))

    def _give_up(self) -> None:
        for slot in (self.regular, self.management):
            if isinstance(slot, Unknown):
                raise MalformedKey(slot.reason, slot.next_step)
        if any("python-dotenv" in remark for remark in self._unread):
            raise MissingPackage(self._unread[0], "run `uv run --script scripts/stats.py`, or set OPENROUTER_API_KEY")
        unread = "".join(f" ({remark})" for remark in self._unread)
        raise NoKey(
            f"no OpenRouter key was found, so nothing was asked{unread}",
            "set OPENROUTER_API_KEY (make a key at https://openrouter.ai/settings/keys), "
            f"or write it into {tilde(config_file(self._environ))}; `--demo` shows a sample",
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
        raise BadUsage(f"{name} in {source} is not an address", "it looks like https://openrouter.ai/api/v1")
    if match["scheme"] == "http" and not _LOOPBACK.fullmatch(match["host"]):
        raise BadUsage(f"{name} in {source} is not https, so no key is sent there", "use https (http only on loopback)")
    return value.rstrip("/")


def _others_can_read(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return os.name == "posix" and bool(mode & (stat.S_IRGRP | stat.S_IROTH))
