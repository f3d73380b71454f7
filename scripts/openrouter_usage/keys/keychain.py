"""Reads and writes the system keychain, through the package `keyring` where the user has installed it."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Dict, Iterator, List, Optional, Sequence, Set, Tuple

from openrouter_usage.errors import KeychainTrouble, is_broken_bytecode
from openrouter_usage.sanitize import clean

SERVICE = "openrouter-usage"

PROFILE_LIST = "profiles"
"""The entry that lists the profiles with keys: a keychain tells no names by itself."""

USE_A_FILE = "use --file: keys are then in a file that only you can read"


def read_in_time(profile: Optional[str], names: Sequence[str], seconds: float) -> Dict[str, str]:
    """The profile's values for these names, as `read` has them, but no later than after so many seconds.

    A keychain may wait for somebody to unlock it. Raises KeychainTrouble.
    """
    found: List[Dict[str, str]] = []
    troubles: List[Exception] = []

    def look() -> None:
        try:
            found.append(read(profile, names))
        except Exception as trouble:  # handed on to the waiting thread
            troubles.append(trouble)

    looking = Thread(target=look, daemon=True)
    looking.start()
    looking.join(seconds)
    if troubles or not found:
        raise troubles[0] if troubles else KeychainTrouble("it did not answer in time; it may be locked", USE_A_FILE)
    return found[0]


def read(profile: Optional[str], names: Sequence[str]) -> Dict[str, str]:
    """The profile's values for these names; none where there is no keychain. Raises KeychainTrouble."""
    if _why_not():
        return {}
    import keyring

    with _guarded():
        kept = {name: keyring.get_password(_service(profile), name) for name in names}
    return {name: value for name, value in kept.items() if value}


def profiles(seconds: float) -> List[str]:
    """The profiles that have keys here. Raises KeychainTrouble where they cannot be read, or not in time."""
    return read_in_time(None, [PROFILE_LIST], seconds).get(PROFILE_LIST, "").split()


def check() -> None:
    """Raises KeychainTrouble where nothing can be stored."""
    why_not = _why_not()
    if why_not:
        raise KeychainTrouble(*why_not)


def backend() -> str:
    """The name that keyring has for the keychain, such as "macOS Keyring"."""
    import keyring

    with _guarded():
        return clean(keyring.get_keyring().name)


def keep(profile: Optional[str], name: str, value: str) -> None:
    """Stores a key, and reads it back. Raises KeychainTrouble, and changes nothing then."""
    before, listed = read(profile, [name]).get(name), _listed()
    try:
        _set(profile, name, value)
        if profile and profile not in listed:
            _list({*listed, profile})
    except KeychainTrouble:
        with suppress(KeychainTrouble):
            _set(profile, name, before)
        raise


def _set(profile: Optional[str], name: str, value: Optional[str]) -> None:
    """Stores a value; None deletes it."""
    import keyring

    with _guarded():
        if value is None:
            keyring.delete_password(_service(profile), name)
            return
        keyring.set_password(_service(profile), name, value)
        if keyring.get_password(_service(profile), name) != value:
            raise KeychainTrouble("the keychain did not keep it", USE_A_FILE)


def forget(profile: Optional[str], names: Sequence[str], others: Sequence[str]) -> List[str]:
    """Deletes these names; returns those that held a key. `others` are all other names that there may be."""
    there = list(read(profile, names))
    for name in there:
        _set(profile, name, None)
    if profile and not read(profile, others):
        _list(_listed() - {profile})
    return there


def _listed() -> Set[str]:
    return set(read(None, [PROFILE_LIST]).get(PROFILE_LIST, "").split())


def _list(names: Set[str]) -> None:
    import keyring

    with _guarded():
        keyring.set_password(SERVICE, PROFILE_LIST, " ".join(sorted(names)))


def _service(profile: Optional[str]) -> str:
    return f"{SERVICE}/{profile}" if profile else SERVICE


def _why_not() -> Tuple[str, ...]:
    """The reason why there is no keychain and the next step; empty where there is one."""
    chosen = (value for name, value in os.environ.items() if "KEYRING" in name)
    if any(value.endswith((".null.Keyring", ".fail.Keyring")) for value in chosen):  # without loading keyring
        return "keyring is switched off by its own variable", USE_A_FILE
    logging.getLogger("keyring.backend").addFilter(_raise_broken_bytecode)
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return "the package `keyring` is not installed for this Python", f"install it, or {USE_A_FILE}"
    with _guarded():
        is_none = isinstance(keyring.get_keyring(), fail.Keyring)
    return ("keyring found no keychain on this system", USE_A_FILE) if is_none else ()


def _raise_broken_bytecode(record: logging.LogRecord) -> bool:
    """Raises the error of a backend whose bytecode is broken: keyring only logs it, and goes on without the backend."""
    error = record.exc_info[1] if record.exc_info else None
    if error and is_broken_bytecode(error):
        raise error
    return True


@contextmanager
def _guarded() -> Iterator[None]:
    """Turns keyring's errors into KeychainTrouble without their texts: its backends are foreign, and hold keys."""
    try:
        yield
    except KeychainTrouble:
        raise
    except Exception as error:
        if is_broken_bytecode(error):
            raise
        raise KeychainTrouble(f"the keychain failed ({type(error).__name__})", USE_A_FILE) from None
