"""Says where keys may lie: in which files and variables, for which profile."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from typing import Iterator, List, Mapping, NamedTuple, Optional, Tuple

from openrouter_usage import files
from openrouter_usage.sanitize import clean

REGULAR = ("OPENROUTER_API_KEY",)
MANAGEMENT = ("OPENROUTER_MGMT_KEY", "OPENROUTER_MANAGEMENT_KEY", "OPENROUTER_MANAGEMENT_API_KEY")
ADDRESS = ("OPENROUTER_API_URL", "OPENROUTER_BASE_URL")
HEADERS = {"OPENROUTER_HTTP_REFERER": "HTTP-Referer", "OPENROUTER_X_TITLE": "X-Title"}
"""What OpenRouter may be told of the program that asks, and the header that tells it."""

ENVIRONMENT = "the environment"
WORKING_DIRECTORY = "./.env"
KEYCHAIN = "the system keychain"
DEFAULT = "default"
"""What the keys of no profile are called beside those of the others."""

SKILL_FOLDER = os.path.normpath(os.path.join(os.path.realpath(__file__), *[os.pardir] * 4))

_PROFILE_FILE = r"credentials\.([A-Za-z0-9_-]+)\.env"


class Source(NamedTuple):
    """A place that may hold keys: the environment or the keychain (no path), or a file."""

    name: str
    path: str = ""


class Place(NamedTuple):
    """Where keys are looked for: the settings and folders of this process, and the profile whose keys are wanted."""

    environ: Mapping[str, str]
    working_directory: Optional[str]
    skill_folder: str
    profile: Optional[str] = None


def here(profile: Optional[str] = None) -> Place:
    """Where this process looks for the keys of a profile, or of none."""
    try:
        working_directory: Optional[str] = os.getcwd()
    except OSError:  # it was deleted
        working_directory = None
    return Place(os.environ, working_directory, SKILL_FOLDER, profile)


def key_files(place: Place) -> Iterator[Source]:
    name, config = file_name(place.profile), config_file(place)
    if place.working_directory is not None and not place.profile:
        yield Source(WORKING_DIRECTORY, os.path.join(place.working_directory, ".env"))
    yield Source(f"{name} beside SKILL.md", os.path.join(place.skill_folder, name))
    yield Source(tilde(config), config)


def file_name(profile: Optional[str]) -> str:
    return f"credentials.{profile}.env" if profile else "credentials.env"


def config_file(place: Place) -> str:
    """`~/.config/openrouter-usage/credentials.env`, or under XDG_CONFIG_HOME; the profile's own."""
    return os.path.join(files.config(place.environ), file_name(place.profile))


def profiles_with_files(place: Place) -> List[str]:
    """Their names, in order."""
    return sorted({name for name, _ in _profile_files(place)})


def _profile_files(place: Place) -> Iterator[Tuple[str, str]]:
    """The name and the path of each."""
    for folder in (place.skill_folder, files.config(place.environ)):
        with suppress(OSError):
            for name in sorted(os.listdir(folder)):
                match = re.fullmatch(_PROFILE_FILE, name, re.ASCII)
                if match and match[1] != DEFAULT:
                    yield match[1], os.path.join(folder, name)


def fingerprint(place: Place) -> str:
    """Everything that a search depends on but for the keychain: while it is the same, a search finds the same.

    Another Python may have other packages, and so find other keys. It holds the secrets of the environment: only a
    digest of it is stored.
    """
    names = (*ADDRESS, *HEADERS) if place.profile else (*REGULAR, *MANAGEMENT, *ADDRESS, *HEADERS)
    of_keyring = [name for name in sorted(place.environ) if "KEYRING" in name]
    settings = [f"{name}={place.environ[name]}" for name in (*names, *of_keyring) if place.environ.get(name)]
    return "\0".join(
        [
            f"profile {place.profile or ''}",
            sys.executable or "",
            *settings,
            *(files.state_of(source.path) for source in key_files(place)),
        ]
    )


def surroundings(place: Place) -> str:
    """The same for searches of whatever profile."""
    states = (files.state_of(path) for _, path in _profile_files(place))
    return "\0".join([fingerprint(place._replace(profile=None)), *states])


def tilde(path: str) -> str:
    """The path as people write it: below the home folder with a tilde."""
    home = os.path.expanduser("~")
    return clean("~" + path[len(home) :] if home != "~" and path.startswith(home + os.sep) else path)
