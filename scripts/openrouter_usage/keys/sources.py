"""Lists the sources of keys, one class each, and where each of them is for a profile.

To add a source, write its class and add it to SOURCES, at its place in the order of the search.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple, Optional

from openrouter_usage import files
from openrouter_usage.invocation import SKILL_FOLDER
from openrouter_usage.sanitize import clean, without_keys

REGULAR = ("OPENROUTER_API_KEY", "OPENROUTER_KEY", "OPENROUTER_API_KEY_CMD")
MANAGEMENT = (
    "OPENROUTER_MGMT_KEY",
    "OPENROUTER_MANAGEMENT_KEY",
    "OPENROUTER_MANAGEMENT_API_KEY",
    "OPENROUTER_MGMT_API_KEY",
    "OPENROUTER_PROVISIONING_KEY",
    "OPENROUTER_PROVISIONING_API_KEY",
    "OPENROUTER_MGMT_KEY_CMD",
)
"""The variables of each kind of key: the first that a source has a value for is used."""

COMMANDS = (REGULAR[-1], MANAGEMENT[-1])
"""The variables that hold a command which prints the key."""

DOTENV = "OPENROUTER_DOTENV"
"""The variable of the environment that switches the working directory's `.env` off."""

OFF = ("0", "false", "no", "off")

ADDRESS = ("OPENROUTER_API_URL", "OPENROUTER_BASE_URL")
HEADERS = {"OPENROUTER_HTTP_REFERER": "HTTP-Referer", "OPENROUTER_X_TITLE": "X-Title"}
"""The variables that describe the calling program to OpenRouter, each with the HTTP header that carries it."""

BUDGET = "OPENROUTER_MONTHLY_BUDGET"
"""The variable of the user's own budget in USD per UTC month."""

DEFAULT = "default"
"""The name of the keys of no profile, beside those of the others."""

_PROFILE_FILE = r"credentials\.(.+)\.env"


class Place(NamedTuple):
    """The settings and folders of this process, and the profile whose keys are searched for.

    `working_directory` is None where no file of it is read.
    """

    environ: Mapping[str, str]
    working_directory: Optional[str]
    skill_folder: str
    profile: Optional[str] = None

    @property
    def file_name(self) -> str:
        """The name of the profile's credentials files."""
        return f"credentials.{self.profile}.env" if self.profile else "credentials.env"


def here(profile: Optional[str] = None, *, reads_dotenv: bool = True) -> Place:
    """Returns the place where this process searches for the keys of a profile, or of none."""
    working_directory = None
    if reads_dotenv and os.environ.get(DOTENV, "").strip().lower() not in OFF:
        with suppress(OSError):  # it was deleted
            working_directory = os.getcwd()
    return Place(os.environ, working_directory, SKILL_FOLDER, profile)


# The sources


class Source:
    """A source of keys in a place: its name, and the way to read it.

    `help` is what the help calls it, `path` is empty if it is no file, `note` is the code and the text of what is said
    beside the figures of a key from here. Reading one that `is_slow` may wait for a person. One without `has_profiles`
    is not searched for a profile's keys. One that `holds_budget` may set the user's monthly budget, too. Only one that
    `holds_commands` may name a command. A key in one that `is_foreign`, which may be anybody's, is not used beside an
    address that is neither OpenRouter's own nor on loopback.
    """

    name = ""
    help = ""
    path = ""
    note: tuple[str, ...] = ()
    is_slow = False
    has_profiles = True
    holds_budget = True
    holds_commands = False
    is_foreign = False

    def __init__(self, place: Place) -> None:
        self.place = place

    def values(self, seconds: float) -> Mapping[str, str]:
        """Returns the values by the names of their variables, in so many seconds. Raises a KeyTrouble."""
        raise NotImplementedError


class Environment(Source):
    """The variables of this process."""

    name = help = "the environment"
    has_profiles = False
    holds_commands = True

    def values(self, seconds: float) -> Mapping[str, str]:
        return self.place.environ


class KeyFile(Source):
    """A file with a line such as `OPENROUTER_API_KEY=...`; it need not exist."""

    def values(self, seconds: float) -> Mapping[str, str]:
        from openrouter_usage.keys import env_file

        return env_file.read(self.path, self.name)


class WorkingDirectory(KeyFile):
    """The file `.env` of the working directory, which may be anybody's."""

    name, help = "./.env", ".env in the working directory"
    note = "key_from_working_directory", "is taken from .env in the working directory"
    has_profiles = False
    holds_budget = False
    is_foreign = True

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.path = os.path.join(place.working_directory, ".env") if place.working_directory else ""

    def values(self, seconds: float) -> Mapping[str, str]:
        # Many call the folder of a virtual environment so.
        return {} if os.path.isdir(self.path) else super().values(seconds)


class SkillFolder(KeyFile):
    """The profile's credentials file beside SKILL.md."""

    help = "credentials.env beside SKILL.md"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.name = f"{place.file_name} beside SKILL.md"
        self.path = os.path.join(place.skill_folder, place.file_name)


class ConfigFolder(KeyFile):
    """The profile's credentials file in the user's configuration folder."""

    help = "~/.config/openrouter-usage/credentials.env"
    holds_commands = True

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.path = os.path.join(files.config_folder(place.environ), place.file_name)
        self.name = tilde(self.path)

    def edit(self, changes: Mapping[str, Optional[str]]) -> None:
        """Sets these variables, and takes out those whose value is None. Raises BadUsage, or MissingDotenv."""
        from openrouter_usage.keys import env_file

        env_file.edit(self.path, changes)


class Keychain(Source):
    """The system's keychain, which has keys under these `names` and may wait for somebody to unlock it."""

    name, help = "the system keychain", "the system keychain (`login`)"
    names = (REGULAR[0], MANAGEMENT[0], ADDRESS[0])
    """The variables that it has entries of, the address last."""

    is_slow = True
    holds_budget = False

    def values(self, seconds: float) -> Mapping[str, str]:
        from openrouter_usage.errors import KeychainTrouble
        from openrouter_usage.keys import keychain

        try:
            return keychain.read_in_time(self.place.profile, self.names, seconds)
        except KeychainTrouble as trouble:
            raise KeychainTrouble(f"{self.name} was not read: {trouble.message}", trouble.next_step) from None

    def edit(self, changes: Mapping[str, Optional[str]]) -> None:
        """Sets these entries, and deletes those whose value is None. Raises KeychainTrouble."""
        from openrouter_usage.keys import keychain

        keychain.edit(self.place.profile, {name: changes[name] for name in self.names if name in changes}, self.names)


SOURCES: list[type[Source]] = [Environment, WorkingDirectory, SkillFolder, ConfigFolder, Keychain]
"""The sources in the order of the search."""


def searched(place: Place) -> list[Source]:
    """Returns the sources that are searched in that place, in order."""
    return [kind(place) for kind in SOURCES if kind.has_profiles or not place.profile]


def is_slow(name: str) -> bool:
    """Tells by its name whether reading a source may wait for a person."""
    return any(kind.is_slow and kind.name == name for kind in SOURCES)


# Profiles, and what a search depends on


def is_profile(name: str) -> bool:
    """Tells whether a text can be the name of a profile; a key, which somebody may give by mistake, is none."""
    return bool(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name, re.ASCII)) and without_keys(name) == name


def profiles_with_files(place: Place) -> list[str]:
    """Returns the names of the profiles that have a credentials file, in order."""
    return sorted({name for name, _ in profile_files(place)})


def profile_files(place: Place) -> Iterator[tuple[str, str]]:
    """Yields the name of a profile and the path of its file, for each file."""
    for folder in (place.skill_folder, files.config_folder(place.environ)):
        with suppress(OSError):
            for name in sorted(os.listdir(folder)):
                match = re.fullmatch(_PROFILE_FILE, name, re.ASCII)
                if match and match[1] != DEFAULT and is_profile(match[1]):
                    yield match[1], os.path.join(folder, name)


def fingerprint(place: Place) -> str:
    """Returns what a search depends on but for slow sources: while it is the same, a search finds the same.

    Another Python may have other packages, and so find other keys. It holds the secrets of the environment: only a
    digest of it is stored.
    """
    names = (*ADDRESS, *HEADERS) if place.profile else (*REGULAR, *MANAGEMENT, *ADDRESS, *HEADERS, BUDGET)
    of_keyring = [name for name in sorted(place.environ) if "KEYRING" in name]
    settings = [f"{name}={place.environ[name]}" for name in (*names, *of_keyring) if place.environ.get(name)]
    return "\0".join(
        [
            f"profile {place.profile or ''}",
            sys.executable or "",
            *settings,
            *(files.version_of(source.path) for source in searched(place) if isinstance(source, KeyFile)),
        ]
    )


def tilde(path: str) -> str:
    """Returns the path as people write it: below the home folder with a tilde."""
    home = os.path.expanduser("~")
    return clean("~" + path[len(home) :] if home != "~" and path.startswith(home + os.sep) else path)
