"""Searches the sources for keys, and finds the address that each may be sent to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Optional, Union

from openrouter_usage import invocation
from openrouter_usage.errors import (
    BadUsage,
    KeychainTrouble,
    KeyCommandTrouble,
    KeysNotRead,
    KeyTrouble,
    MalformedKey,
    MissingPackage,
    NoKey,
)
from openrouter_usage.keys import budget, sources
from openrouter_usage.keys.command import Commands, Printed
from openrouter_usage.keys.permissions import changeable_by_others, readable_by_others
from openrouter_usage.keys.secrets import Secrets
from openrouter_usage.keys.sources import ADDRESS, COMMANDS, HEADERS, MANAGEMENT, REGULAR, Place, Source
from openrouter_usage.records import DEFAULT_ADDRESS, KEYS_PAGE, Key, Keys, Note, Secret, Unknown
from openrouter_usage.sanitize import without_keys

# A bearer token's letters (RFC 6750, section 2.1).
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)
_BLANKS = " \t\r\n\f\v\u00a0"
_AROUND_A_KEY = f"{_BLANKS}\"'`"
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~%/-]*)?", re.ASCII
)
_HEADER = r"[\x20-\x7e]{1,200}"
_LOOPBACK = r"(?i:localhost|127(?:\.\d{1,3}){3}|\[::1\])"

_RUNS_NONE = Commands(lambda: 0)


def find(place: Place, seconds: float, secrets: Secrets, commands: Commands) -> Keys:
    """Returns the regular and the management key, each from the first source that has a value for it.

    Slow sources are waited for so many seconds, and skipped if it is 0. `secrets` keeps the secrets, `commands` runs
    the commands that print keys. A value that cannot be a key, or a command without one, is Unknown, and hides those
    in later sources. Raises NoKey where there is no value at all, MalformedKey or KeyCommandTrouble where there are
    only such values, BadUsage for an address that no key may be sent to, and MissingPackage where only files could
    hold a key and python-dotenv is not installed.
    """
    search = _Search(place, seconds, secrets, commands)
    for source in sources.searched(place):
        if search.regular is not None and search.management is not None:
            break
        search.look_into(source)
    return search.result()


def hidden(place: Place, key: Key, seconds: float, secrets: Secrets) -> tuple[str, ...]:
    """Returns the names of the other sources that hold a key of that kind, too."""
    search, names = _Search(place, seconds, secrets, _RUNS_NONE), REGULAR if key.name in REGULAR else MANAGEMENT
    others = (source for source in sources.searched(place) if source.name != key.source)
    return tuple(source.name for source in others if search.first(search.values(source), names, source))


def used(place: Place, seconds: float, secrets: Secrets) -> tuple[dict[str, str], tuple[str, ...]]:
    """Returns the variable that each key is taken from, with its source, and why sources could not be read.

    No command is run.
    """
    search, found = _Search(place, seconds, secrets, _RUNS_NONE), {}
    everything = [(source, search.values(source)) for source in sources.searched(place)]
    for names in (REGULAR, MANAGEMENT):
        there = ((search.first(values, names, source), source.name) for source, values in everything)
        found.update(next(({variable[0]: name} for variable, name in there if variable), {}))
    return found, search.unread


def entered(text: str, name: str, source: Source, values: Mapping[str, str], secrets: Secrets) -> Key:
    """Returns the key that a person entered, as if the source had it beside these values.

    Raises KeyTrouble, or BadUsage for the address that it would be sent to.
    """
    given = _first({name: text}, (name,))
    if given is None:
        raise NoKey(
            "no key was given, so nothing was stored",
            f"run `{_login(source.place)}` in your own terminal, which asks for the key, "
            "or hand it over from a password manager, through standard input",
        )
    slot = _Search(source.place, 0, secrets, _RUNS_NONE).slot(given, values, source)
    if isinstance(slot, Unknown):
        raise MalformedKey("what was given is no key, so nothing was stored", slot.next_step)
    return slot


def address_beside(values: Mapping[str, str]) -> str:
    """Returns the address that keys among these values are for; it may be none that a key is sent to."""
    found = _first(values, ADDRESS)
    return found[1].rstrip("/") if found else DEFAULT_ADDRESS


class _Search:
    """The search so far, source by source."""

    def __init__(self, place: Place, seconds: float, secrets: Secrets, commands: Commands) -> None:
        self._place = place
        self._seconds = seconds
        self._secrets = secrets
        self._commands = commands
        self._unread: list[KeyTrouble] = []
        self._passed_over: dict[str, None] = {}
        self._is_whole = True
        self._has_foreign_part = False
        self._remarks: list[str] = []
        self._notes: dict[str, Note] = {}
        self.regular: Union[Key, Unknown, None] = None
        self.management: Union[Key, Unknown, None] = None

    def look_into(self, source: Source) -> None:
        """Takes from the source each key that no earlier one has a value for. Raises BadUsage."""
        unread = len(self._unread)
        values = self.values(source)
        if source.is_foreign and (len(self._unread) > unread or any(map(values.get, (*REGULAR, *MANAGEMENT)))):
            self._has_foreign_part = True
        if self.regular is None:
            self.regular = self._slot_of(REGULAR, values, source)
        if self.management is None:
            self.management = self._slot_of(MANAGEMENT, values, source)

    def _slot_of(self, names: tuple[str, ...], values: Mapping[str, str], source: Source) -> Union[Key, Unknown, None]:
        found = self.first(values, names, source)
        return self.slot(found, values, source) if found else None

    def first(self, values: Mapping[str, str], names: tuple[str, ...], source: Source) -> Optional[tuple[str, str]]:
        """Returns the first of the names that has a value, with it; None, and a remark, if it may not be used."""
        found = _first(values, names)
        why_not = self._why_not_used(found[0], values, source) if found else ""
        if found and why_not:
            self._passed_over[f"{found[0]} in {source.name} was not used: {why_not}"] = None
            return None
        return found

    def _why_not_used(self, name: str, values: Mapping[str, str], source: Source) -> str:
        if name in COMMANDS and not source.holds_commands:
            own_file = sources.ConfigFolder(self._place).name
            return f"commands are taken from {sources.Environment.name} and {own_file} alone"
        if source.is_foreign and _leads_elsewhere(values):
            return "the address beside it is neither OpenRouter's nor on this machine"
        return ""

    def values(self, source: Source) -> Mapping[str, str]:
        """Returns the values of the source; none where it cannot be read, or is slow and there is no time for it."""
        if source.is_slow and not self._seconds:
            return {}
        try:
            return source.values(self._seconds)
        except KeyTrouble as trouble:
            self._unread.append(trouble)
            return {}

    @property
    def unread(self) -> tuple[str, ...]:
        """Why sources could not be read."""
        return tuple(trouble.message for trouble in self._unread)

    def slot(self, found: tuple[str, str], values: Mapping[str, str], source: Source) -> Union[Key, Unknown]:
        """Returns the key of a name and value that was found in the source. Raises BadUsage for its address."""
        name, text = found
        program = ""
        if name in COMMANDS:
            try:
                text, program = self._printed(text, source)
            except KeyCommandTrouble as trouble:
                self._is_whole = False
                reason = f"{name} in {source.name} gave no key: {trouble.message}"
                return Unknown(reason, trouble.code, trouble.next_step)
        elif source.path and readable_by_others(source.path):
            self._remark(f"{source.name} can be read by other users of this machine; close it with `chmod 600`")
        if not _KEY.fullmatch(text):
            reason = f"{name} in {source.name} is no key: it holds a blank or a character that no key has"
            return Unknown(reason, MalformedKey.code, "write the key alone, without quotes or spaces")
        address, address_from = self._address(values, source)
        secret = Secret(text, address, self._headers(values), address_from, program)
        if source.note:
            self._notes[name] = Note(source.note[0], f"{name} {source.note[1]}")
        return self._secrets.add(name, source.name, secret)

    def _printed(self, command: str, source: Source) -> Printed:
        """Returns the key that the command in that source prints. Raises KeyCommandTrouble."""
        changeable = source.path and changeable_by_others(source.path)
        if changeable:
            raise KeyCommandTrouble(
                f"others may write to {sources.tilde(changeable)}, so it was not run",
                "make it yours, and `chmod go-w` it",
            )
        printed = self._commands.printed(command, self._place.environ)
        key = printed.text.strip(_AROUND_A_KEY)
        if not _KEY.fullmatch(key):
            what = f"what `{printed.program}` printed is no key" if key else f"`{printed.program}` printed nothing"
            raise KeyCommandTrouble(what, "it must print the key alone")
        return printed._replace(text=key)

    def _address(self, values: Mapping[str, str], source: Source) -> tuple[str, str]:
        """The address of a key, and what sets it: the environment's is for all keys, that of a source for its own."""
        everywhere, here = _first(self._place.environ, ADDRESS), _first(values, ADDRESS)
        if everywhere:
            return _checked_address(*everywhere, sources.Environment.name), everywhere[0]
        if here:
            return _checked_address(*here, source.name), f"{here[0]} in {source.name}"
        return DEFAULT_ADDRESS, ""

    def _headers(self, values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """The headers of a key, which are found as its address is."""
        headers = []
        for variable, header in HEADERS.items():
            value = _first(self._place.environ, (variable,)) or _first(values, (variable,))
            if value and re.fullmatch(_HEADER, value[1]):
                headers.append((header, value[1]))
            elif value:
                self._remark(f"{variable} was not sent: it is longer than 200 characters, or not of plain ASCII")
        return tuple(headers)

    def _remark(self, remark: str) -> None:
        if remark not in self._remarks:
            self._remarks.append(remark)

    def result(self) -> Keys:
        """Returns the keys. Raises a KeyTrouble where there is none."""
        slots = (self.regular, self.management)
        if not any(isinstance(slot, Key) for slot in slots):
            self._give_up()
        notes = tuple(self._notes[slot.name] for slot in slots if isinstance(slot, Key) and slot.name in self._notes)
        own_budget, source = self._budget()
        remarks, is_whole = (*self._remarks, *self._passed_over, *self.unread), self._is_whole and not self._unread
        return Keys(*slots, notes, remarks, is_whole, own_budget, source, self._has_foreign_part)

    def _budget(self) -> tuple[Union[Decimal, Unknown, None], str]:
        """Returns the user's monthly budget, and its source."""
        try:
            return budget.find(self._place)
        except KeyTrouble as trouble:
            self._unread += [] if trouble.message in [one.message for one in self._unread] else [trouble]
            return None, ""

    def _give_up(self) -> None:
        """Raises why there is no key."""
        for slot in (self.regular, self.management):
            if isinstance(slot, Unknown):
                is_command = slot.code == KeyCommandTrouble.code
                raise (KeyCommandTrouble if is_command else MalformedKey)(slot.reason, slot.next_step)
        missing = next((one for one in reversed(self._unread) if isinstance(one, MissingPackage)), None)
        raise missing or self._not_found()

    def _not_found(self) -> NoKey:
        """Returns the failure of a search in which no source had a value for a key."""
        whose = f" for the profile {self._place.profile}" if self._place.profile else ""
        unread = "".join(f" ({reason})" for reason in (*self._passed_over, *self.unread))
        message = f"no OpenRouter key was found{whose}, so nothing was asked{unread}"
        is_locked = any(isinstance(one, KeychainTrouble) for one in self._unread)
        unlock = "unlock the keychain, if your key is in it; or " if is_locked else ""
        return (KeysNotRead if self._unread else NoKey)(message, unlock + _ways_to_a_key(self._place))


def _ways_to_a_key(place: Place) -> str:
    """Returns what may be done where no key was found for that place."""
    store = f"store one with `{_login(place)}` in your own terminal, never in a chat"
    file, others = sources.ConfigFolder(place).name, ", ".join(sources.profiles_with_files(place))
    if place.profile:
        return f"{store}; or write it into {file}" + (f"; profiles with a file: {others}" if others else "")
    last = f"`--all-profiles` asks with those of {others}" if others else "`--demo` shows a sample"
    return f"{store} (keys are made at {KEYS_PAGE}); or set OPENROUTER_API_KEY, or write it into {file}; {last}"


def _login(place: Place) -> str:
    """Returns the command that stores a key for that place, as it is pasted into a terminal."""
    return invocation.command("login" + (f" --profile {place.profile}" if place.profile else ""))


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> Optional[tuple[str, str]]:
    """The first of the names that has a value, with what stands around the value taken off."""
    around = {name: _BLANKS if name in COMMANDS else _AROUND_A_KEY for name in names}
    stripped = ((name, values.get(name, "").strip(around[name])) for name in names)
    return next((pair for pair in stripped if pair[1]), None)


def _leads_elsewhere(values: Mapping[str, str]) -> bool:
    """Tells whether an address in the values is neither OpenRouter's nor on this machine."""
    addresses = [found[1] for found in (_first(values, (name,)) for name in ADDRESS) if found]
    here = (match and re.fullmatch(_LOOPBACK, match["host"], re.ASCII) for match in map(_ADDRESS.fullmatch, addresses))
    return not all(is_here or address.rstrip("/") == DEFAULT_ADDRESS for address, is_here in zip(addresses, here))


def _checked_address(name: str, value: str, source: str) -> str:
    """The address without a trailing slash. It is never repeated in an error: it may hold a password."""
    match = _ADDRESS.fullmatch(value)
    if not match or without_keys(match["host"]) != match["host"]:
        raise BadUsage(f"{name} in {source} is not an address", f"it looks like {DEFAULT_ADDRESS}")
    if match["scheme"] == "http" and not re.fullmatch(_LOOPBACK, match["host"], re.ASCII):
        raise BadUsage(f"{name} in {source} is not https, so no key is sent there", "use https (http only on loopback)")
    return value.rstrip("/")
