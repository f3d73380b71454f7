"""Looks at what an answer depends on besides OpenRouter: what is installed, and what the environment sets."""

import re
import sys
from typing import Iterator, Mapping, Optional, Sequence, Tuple
from urllib.request import getproxies

from openrouter_usage.commands.doctor.records import Machine
from openrouter_usage.records import VERSION

PACKAGES = ("requests", "python-dotenv", "keyring")
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that `requests` takes another bundle of certificates from."""


_PLACE = r"((?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)/?"


def look(environ: Mapping[str, str], profiles: Sequence[str]) -> Machine:
    certificates = next((name for name in CERTIFICATES if environ.get(name)), "")
    return Machine(tuple(_versions()), tuple(_proxies()), certificates, tuple(profiles))


def _versions() -> Iterator[Tuple[str, Optional[str]]]:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    yield "openrouter-usage", VERSION
    yield "Python", ".".join(map(str, sys.version_info[:3]))
    for package in PACKAGES:
        try:
            yield package, installed(package)
        except PackageNotFoundError:
            yield package, None


def _proxies() -> Iterator[str]:
    """Host and port alone: the address of a proxy may hold a name and a password."""
    for scheme, address in sorted(getproxies().items()):
        if scheme in ("http", "https", "all"):
            place = re.fullmatch(_PLACE, address.rpartition("@")[2].rpartition("//")[2], re.ASCII)
            yield f"{scheme} by {place[1] if place else 'what is no address'}"
