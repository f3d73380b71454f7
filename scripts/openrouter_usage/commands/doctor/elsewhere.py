"""Finds keys that are near, but not under a name, or in a place, that is read here. No value is ever shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from glob import escape, glob
from itertools import islice

from openrouter_usage import files, invocation
from openrouter_usage.errors import Failure
from openrouter_usage.keys import env_file, sources
from openrouter_usage.keys.sources import ADDRESS, BUDGET, HEADERS, MANAGEMENT, REGULAR, Environment, KeyFile, Place
from openrouter_usage.records import Note

KEYS = (*REGULAR, *MANAGEMENT)
KNOWN = (*KEYS, *ADDRESS, *HEADERS, BUDGET)

MOST_NAMES = 1000
"""The names in a foreign file that are looked at, for each takes half a millisecond."""

MOST_MISSPELT = 3
"""The misspelt names of one place that are told."""

OPENROUTER = r"https://(?:[a-z0-9-]+\.)*openrouter\.ai(?::\d+)?(?:/.*)?"
"""The addresses of OpenRouter, in lower case."""


def unread(place: Place) -> Iterator[str]:
    """Yields advice on each source with a variable that seems to be misspelt, and on each file of ours without any.

    A working directory's file is anybody's, and may well hold nothing for this program.
    """
    for source in sources.searched(place):
        if isinstance(source, Environment):
            yield from _misspelt([name for name in place.environ if "ROUTER" in name.upper()], source.name)
        elif isinstance(source, KeyFile) and os.path.isfile(source.path):
            names = _variables(source.path)
            misspelt = list(_misspelt(names, source.name))
            yield from misspelt
            if names and not misspelt and not source.is_foreign and not set(KNOWN).intersection(names):
                yield f"{source.name} holds no variable that is read here; write the key as {REGULAR[0]}=..."


def _misspelt(names: Sequence[str], where: str) -> Iterator[str]:
    """Yields advice on the first names that are nearly that of a key, unless such a key stands there, too."""
    return islice(_every_misspelt(names, where), MOST_MISSPELT)


def _every_misspelt(names: Sequence[str], where: str) -> Iterator[str]:
    for name in names[:MOST_NAMES]:
        is_name = re.fullmatch(r"\w{1,60}", name, re.ASCII) and name not in KNOWN
        meant = get_close_matches(name.upper(), KEYS, n=1, cutoff=0.85) if is_name else []
        if meant and not set(REGULAR if meant[0] in REGULAR else MANAGEMENT).intersection(names):
            yield f"{name} in {where} is not read; write it as {meant[0]}"


def _variables(path: str) -> list[str]:
    """Returns the names in a file, each once; none where it cannot be read, which is told already."""
    try:
        return list(dict.fromkeys(env_file.variables(path)))
    except Failure:
        return []


def notes(environ: Mapping[str, str]) -> Iterator[Note]:
    """Yields a note on each place where another program has its keys, which is not opened."""
    home = files.home_folder()
    login = invocation.command("login")
    for tool, patterns in (("OpenCode", _of_opencode(environ, home)), ("OpenClaw", _of_openclaw(environ, home))):
        found = next((path for pattern in patterns for path in sorted(glob(pattern))), None)
        if found:
            kept = f"{tool} keeps its keys in {sources.tilde(found)}, which is not read here"
            yield Note("key_elsewhere", f"{kept}; store one with `{login}`")
    if environ.get("ANTHROPIC_AUTH_TOKEN") and re.fullmatch(OPENROUTER, environ.get("ANTHROPIC_BASE_URL", "").lower()):
        store = f'`printf %s "$ANTHROPIC_AUTH_TOKEN" | {login}` stores it'
        yield Note("key_elsewhere", f"ANTHROPIC_AUTH_TOKEN is a key of OpenRouter, which is not read here; {store}")


def _of_opencode(environ: Mapping[str, str], home: str) -> list[str]:
    folders = (environ.get("XDG_DATA_HOME", ""), os.path.join(home, ".local", "share"))
    return [os.path.join(escape(folder), "opencode", "auth.json") for folder in folders if os.path.isabs(folder)]


def _of_openclaw(environ: Mapping[str, str], home: str) -> list[str]:
    """Returns the patterns of its stores: each agent's, of older and newer versions, and the shared one."""
    usual = os.path.join(environ.get("OPENCLAW_HOME") or home, ".openclaw")
    folder = escape(environ.get("OPENCLAW_STATE_DIR") or usual)
    agent = os.path.join(folder, "agents", "*", "agent")
    names = ("auth-profiles.json", "openclaw-agent.sqlite")
    return [*(os.path.join(agent, name) for name in names), os.path.join(folder, "state", "openclaw.sqlite")]
