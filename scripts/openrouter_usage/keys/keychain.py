"""Reads and writes the system keychain, through the package `keyring` where the user has installed it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Optional

from openrouter_usage.errors import KeychainTrouble, is_broken_bytecode
from openrouter_usage.sanitize import clean

if TYPE_CHECKING:
    import logging

SERVICE = "openrouter-usage"

PROFILE_LIST = "profiles"
"""The entry that lists the profiles with keys: a keychain tells no names by itself."""

NOT_INSTALLED = "the package `keyring` is not installed for this Python"
USE_A_FILE = "use --file: keys are then in a file that only you can read"
UNLOCK_IT = f"unlock it, or {USE_A_FILE}"


def read_in_time(profile: Optional[str], names: Sequence[str], seconds: float) -> dict[str, str]:
    """The profile's values for these names, as `read` has them, but no later than after so many seconds.

    A keychain may wait for somebody to unlock it. Raises KeychainTrouble.
    """
    found: list[dict[str, str]] = []
    troubles: list[Exception] = []

    def look() -> None:
        try:
            found.append(read(profile, names))
        except Exception as trouble:  # handed on to the waiting thread
            troubles.append(trouble)

    looking = Thread(target=look, daemon=True)
    looking.start()
    looking.join(seconds)
    if troubles or not found:
        raise troubles[0] if troubles else KeychainTrouble("it did not answer in time; it may be locked", UNLOCK_IT)
    return found[0]


def read(profile: Optional[str], names: Sequence[str]) -> dict[str, str]:
    """The profile's values for these names; none where there is no keychain. Raises KeychainTrouble."""
    if why_not():
        return {}
    import keyring

    with _guarded():
        kept = {name: keyring.get_password(_service(profile), name) for name in names}
    return {name: value for name, value in kept.items() if value}


def profiles(seconds: float) -> list[str]:
    """The profiles that have keys here. Raises KeychainTrouble where they cannot be read, or not in time."""
    return read_in_time(None, [PROFILE_LIST], seconds).get(PROFILE_LIST, "").split()


def backend() -> str:
    """The name that keyring has for the keychain, such as "macOS Keyring"."""
    import keyring

    with _guarded():
        return clean(keyring.get_keyring().name)


def edit(profile: Optional[str], changes: Mapping[str, Optional[str]], names: Sequence[str]) -> None:
    """Sets these entries, each read back, and deletes those whose value is None.

    `names` are all that a profile may have, the address last: one without any is no longer listed. Raises
    KeychainTrouble, and changes nothing then.
    """
    before, listed = read(profile, names), _listed()
    after: dict[str, Optional[str]] = {**before, **changes}
    try:
        for name, value in _steps(before, after, names):
            _set(profile, name, value)
        if profile and any(after.values()) != (profile in listed):
            _list(listed ^ {profile})
    except (KeychainTrouble, KeyboardInterrupt):
        for name, value in _steps(after, before, names):
            with suppress(KeychainTrouble):
                _set(profile, name, value)
        raise


def _steps(
    before: Mapping[str, Optional[str]], after: Mapping[str, Optional[str]], names: Sequence[str]
) -> list[tuple[str, Optional[str]]]:
    """Returns the entries to be set one by one, or deleted (None), so that a change can end at any of them.

    A key that changes with the address is deleted before and set after it: none is ever beside the other's address.
    """
    changed = [name for name in names if after.get(name) != before.get(name)]
    deleted = [name for name in changed if before.get(name) and (names[-1] in changed or not after.get(name))]
    kept = [name for name in reversed(changed) if after.get(name)]
    return [*((name, None) for name in deleted), *((name, after[name]) for name in kept)]


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


def _listed() -> set[str]:
    return set(read(None, [PROFILE_LIST]).get(PROFILE_LIST, "").split())


def _list(names: set[str]) -> None:
    import keyring

    with _guarded():
        keyring.set_password(SERVICE, PROFILE_LIST, " ".join(sorted(names)))


def _service(profile: Optional[str]) -> str:
    return f"{SERVICE}/{profile}" if profile else SERVICE


def why_not() -> str:
    """The reason why there is no keychain; empty where there is one, which may be locked. Raises KeychainTrouble."""
    chosen = (value for name, value in os.environ.items() if "KEYRING" in name)
    if any(value.endswith((".null.Keyring", ".fail.Keyring")) for value in chosen):  # without loading keyring
        return "keyring is switched off by its own variable"
    if not all(map(os.path.isabs, _folders_of_keyring())):
        return "keyring would take its settings from the working directory"
    if not find_spec("keyring"):
        return NOT_INSTALLED
    import logging  # costly

    logging.getLogger("keyring.backend").addFilter(_raise_broken_bytecode)
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return NOT_INSTALLED
    with _guarded():
        return "keyring found none on this system" if isinstance(keyring.get_keyring(), fail.Keyring) else ""


def _folders_of_keyring() -> list[str]:
    """Returns the folders below which keyring has its settings, which may name code to be run, and its files."""
    home = os.path.expanduser("~")
    return [home, *(os.environ.get(name) or home for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"))]


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
        kind = type(error).__name__
        is_locked = kind == "KeyringLocked"
        raise KeychainTrouble(f"the keychain {'is locked' if is_locked else f'failed ({kind})'}", UNLOCK_IT) from None
