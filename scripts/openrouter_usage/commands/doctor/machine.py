"""Describes the local conditions of an answer: installed versions, proxies and certificates."""

import re
import sys
from typing import Iterator, Mapping, Optional, Sequence, Tuple
from urllib.request import getproxies

from openrouter_usage.commands.doctor.records import Machine
from openrouter_usage.records import VERSION

PACKAGES = ("requests", "python-dotenv", "keyring")
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The environment variables from which `requests` takes another bundle of certificates."""

HOST_AND_PORT = r"((?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)/?"


def describe(environ: Mapping[str, str], profiles: Sequence[str]) -> Machine:
    """The machine, as far as its environment variables and installed packages tell."""
    return Machine(
        versions=tuple(_versions()),
        proxies=tuple(_proxies()),
        certificates=next((name for name in CERTIFICATES if environ.get(name)), ""),
        profiles=tuple(profiles),
    )


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
    """Each proxy by host and port alone: its address may hold a name and a password."""
    for scheme, address in sorted(getproxies().items()):
        if scheme in ("http", "https", "all"):
            match = re.fullmatch(HOST_AND_PORT, address.rpartition("@")[2].rpartition("//")[2], re.ASCII)
            yield f"{scheme} by {match[1] if match else 'what is no address'}"
