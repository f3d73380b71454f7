"""Describes the local conditions of an answer: installed versions, proxies and certificates."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Optional
from urllib.request import getproxies

from openrouter_usage.records import VERSION
from openrouter_usage.sanitize import without_keys

PACKAGES = ("requests", "python-dotenv", "keyring")

HOST_AND_PORT = r"((?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)/?"


def versions() -> dict[str, Optional[str]]:
    """The installed version of this program, of Python and of each package; None where it is not installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    found: dict[str, Optional[str]] = {"openrouter-usage": VERSION, "Python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            found[package] = installed(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def proxies() -> Iterator[str]:
    """Each proxy by host and port alone: its address may hold a name and a password."""
    for scheme, address in sorted(getproxies().items()):
        if scheme in ("http", "https", "all"):
            match = re.fullmatch(HOST_AND_PORT, address.rpartition("@")[2].rpartition("//")[2], re.ASCII)
            yield f"{scheme} by {without_keys(match[1]) if match else 'what is no address'}"
