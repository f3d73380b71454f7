"""Hostile environments: variables that hold anything, streams that are closed, and limits of the system."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import NamedTuple

from conftest import STATS
from frame import Case, trial
from openrouter_usage.keys.sources import ADDRESS, BUDGET, COMMANDS, DOTENV, HEADERS, MANAGEMENT, REGULAR
from world import COMMAND_LINES, HEAVY, MEMORIES, CommandLine, Printed, World

GARBAGE = (
    "", " ", "0", "1", "-1", "1e400", "9" * 400, "x" * 30_000, "\udcff\udcfe", "Note: forged-by-the-server\nError: x",
    "\x1b[31mred", "%s{0}${HOME}", "../../..", "/", "/dev/null", "/dev/full", "/nonexistent/folder", "~", "~nobody/x",
    "http://", "https://[::1", "file:///etc/passwd", "ｆｕｌｌ", "\u202e\u200b", "'\"`$(id)`", "true", "none", "utf-8",
)  # fmt: skip
"""What any variable may hold."""

KEY = "(a key)"
"""Stands for a key of the account, which somebody may have put anywhere."""

PYTHON = {
    "PYTHONIOENCODING": ("ascii", "latin-1", "ascii:strict", "utf-16", "cp037"),
    "PYTHONWARNINGS": ("error", "always", "nonsense"),
    "PYTHONDEVMODE": ("1",),
    "PYTHONUTF8": ("0", "1"),
    "PYTHONCOERCECLOCALE": ("0",),
    "PYTHONOPTIMIZE": ("2",),
    "PYTHONTRACEMALLOC": ("3",),
    "PYTHONMALLOC": ("debug",),
    "PYTHONFAULTHANDLER": ("1",),
    "PYTHONINSPECT": ("1",),
    "PYTHONUNBUFFERED": ("1",),
    "PYTHONSAFEPATH": ("1",),
    "PYTHONINTMAXSTRDIGITS": ("640",),
    "PYTHONPYCACHEPREFIX": ("", "/dev/null", "/nonexistent/x", "relative"),
    "PYTHONDONTWRITEBYTECODE": ("1",),
    "PYTHONPATH": ("", ".", "/nonexistent"),
    "PYTHONSTARTUP": ("/dev/null",),
    "PYTHONHASHSEED": ("0", "random"),
}
"""Variables that Python reads before any program, with what it takes."""

PLACES = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "TMPDIR", "OPENCLAW_HOME")
TERMINAL = ("COLUMNS", "LINES", "TERM", "NO_COLOR", "FORCE_COLOR", "TZ", "LANG", "LC_ALL", "LANGUAGE", "PATH", "PWD")
NETWORK = (
    "HTTP_PROXY", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "NETRC", "PYTHON_KEYRING_BACKEND",
)  # fmt: skip
OURS = (*REGULAR, *MANAGEMENT, *ADDRESS, *HEADERS, BUDGET, DOTENV)
ANY = (*PLACES, *TERMINAL, *NETWORK, *OURS)

PROXIES = ("http://ada:{key}@127.0.0.1:9", "socks5://127.0.0.1:9", "http://{key}", "127.0.0.1:9", "{key}")
ADDRESSES = (
    "https://ada:{key}@127.0.0.1:9/api/v1", "https://127.0.0.1:9/t/{key}/v1", "https://127.0.0.1:9/v1?key={key}",
    "https://127.0.0.1:9/#{key}", "https://{key}/v1", "http://127.0.0.1:9/{key}", "https://gw.invalid/{key}/v1",
)  # fmt: skip
KEY_COMMANDS = (
    "sh -c 'echo {key} >&2; exit 1'",
    "echo {key} {key}",
    "{key}",
    "/{key}",
    "sh -c 'echo {key}'",
    "yes {key}",
    "'",
)


class Limits(NamedTuple):
    """Streams that are closed: standard input (0), for what is closed of the others nobody can judge; the limits."""

    closed: tuple[int, ...] = ()
    limits: tuple[tuple[int, int], ...] = ()


NO_LIMITS = Limits()

HANGS_AFTER = 60
"""Seconds after which a run hangs. No shorter time is judged: Python's own start, with all its debugging, has none."""


@trial(count=60, about="variables that hold anything, closed streams, few files, a small stack")
def environments(chance: Random) -> Iterator[Case]:
    lines = [line for line in COMMAND_LINES if not set(HEAVY) & set(line)]
    while True:
        line, own = chance.choice(lines), Random(chance.random())  # noqa: S311 (it keeps no secret)
        variables, limits = _variables(own), _limits(own)
        told = f"{ {name: value[:60] for name, value in variables.items()} } {limits if limits != NO_LIMITS else ''}"
        codes = (2, 5) if line[0] != "bar" else ()
        yield Case(
            line,
            partial(_set, variables=variables),
            told=told,
            keys=own.choice(("both", "both", "regular", "management")),
            memory=own.choice(MEMORIES),
            codes=codes,
            run=partial(_run, limits=limits),
        )


def _variables(chance: Random) -> dict[str, str]:
    """One to four variables; of those that Python or we read also what they are made for."""
    found: dict[str, str] = {}
    for _ in range(chance.choice((1, 1, 2, 4))):
        kind = chance.randrange(5)
        if kind == 0:
            name = chance.choice(list(PYTHON))
            found[name] = chance.choice(PYTHON[name])
        elif kind == 1:
            found[chance.choice(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"))] = chance.choice(PROXIES)
            found[ADDRESS[0]] = "https://127.0.0.1:9/api/v1"
        elif kind == 2:
            found[chance.choice(ADDRESS)] = chance.choice(ADDRESSES)
        elif kind == 3:
            found[chance.choice(COMMANDS)] = chance.choice(KEY_COMMANDS)
        else:
            found[chance.choice(ANY)] = chance.choice((*GARBAGE, KEY, f"/nonexistent/{KEY}"))
    return found


def _limits(chance: Random) -> Limits:
    if chance.random() < 0.7:
        return NO_LIMITS
    closed = (0,) if chance.random() < 0.5 else ()
    some = ((resource.RLIMIT_NOFILE, chance.choice((24, 64))), (resource.RLIMIT_STACK, chance.choice((1, 64)) << 20))
    return Limits(closed, tuple(one for one in some if chance.random() < 0.3))


def _set(world: World, variables: dict[str, str]) -> None:
    """Sets the variables, a key of the account in the place of the word that stands for one."""
    world.lies = True  # another account, another budget, no key at all: its figures are not those of the truth
    key = world.secrets[0]
    for name, value in variables.items():
        world.skill.env[name] = value.replace("{key}", key).replace(KEY, key)


LAUNCHER = """
import os, resource, sys
limits, streams, rest = eval(sys.argv[1]), eval(sys.argv[2]), sys.argv[3:]
for number, most in limits:
    resource.setrlimit(number, (most, most))
for stream in streams:
    os.close(stream)
os.execv(rest[0], rest)
"""
"""Sets limits and closes streams before it becomes the program."""


def _run(world: World, line: CommandLine, limits: Limits) -> Printed:
    """Starts Python with the environment as it is, streams closed, and limits set."""
    skill = world.skill
    program = [sys.executable, str(STATS), *line, "--now", skill.now.isoformat()]
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(limits.limits), str(limits.closed)]
    done = subprocess.run(
        program if limits == NO_LIMITS else [*launcher, *program],
        cwd=skill.cwd,
        env=skill.env,
        capture_output=True,
        timeout=HANGS_AFTER,
        input=(world.secrets[0] if line[0] == "login" else "").encode(),
    )
    out, err = (stream.decode("utf-8", "replace").replace("\ufffd", "?") for stream in (done.stdout, done.stderr))
    return Printed(line, done.returncode, out, err, file=world.written(line))
