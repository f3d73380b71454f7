"""The evals have the form that their runners read, and their situations are what they are called."""

import os
import subprocess
import sys

import pytest

import serve
from conftest import EVALS, NOW, STATS, shared_cache

AT = ["--now", NOW.isoformat()]
SERVE = [sys.executable, str(EVALS / "serve.py"), *AT]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the exports are for a POSIX shell")

KEY = "Today: $1.78* | Week: $17.42 | Month: $61.87"
ACCOUNT = "Today: $2.64* | Week: $25.84 | Month: $91.79"
ASK = "unknown (needs a management key)"
SERVED = {
    "both": (0, f"This key: {KEY}", f"All keys: {ACCOUNT}", "Balance: $41.36 / $265.87"),
    "regular": (0, KEY, f"All keys: {ASK}", "Balance: $41.36 / $265.87"),
    "regular-no-balance": (0, KEY, f"Balance: {ASK}"),
    "none": (3, "Error: no OpenRouter key was found, so nothing was asked"),
    "two-accounts": (0, KEY, "Today: $2.00* | Week: $10.00 | Month: $40.00"),
    "profiles": (0, f"This key: {KEY}"),
    "remembered": (0, "All keys: Today: $1.84* | Week: $25.05 | Month: $91.00 (as of 11:09 UTC)"),
    "incomplete": (0, "Recent Models (7d, all keys; $13.77 of $33.79 is broken down so far):"),
    "free": (0, "Key limit: $0.00 / $0.00 (for free models alone)", f"Balance: {ASK}"),
    "debt": (0, "Balance: -$3.20 / $218.67"),
}
"""The exit code of a summary, and lines of it, in the situations that are made in ways of their own."""


@pytest.fixture
def served():
    """Runs a command in a shell that took over what the server of a situation printed."""
    servers = []

    def run(situation, *arguments):
        server = subprocess.Popen([*SERVE, situation], stdout=subprocess.PIPE, text=True)
        servers.append(server)
        exports = "".join(server.stdout.readline() for _ in range(4))
        command = f'{exports}export XDG_CACHE_HOME={shared_cache()}; cd "$HOME" && exec "$0" "$@"'
        shell = ["sh", "-c", command, sys.executable, str(STATS), *arguments, *AT]
        environment = {"PATH": os.environ["PATH"], "OPENROUTER_API_KEY": "of whoever runs it"}
        return subprocess.run(shell, env=environment, capture_output=True, text=True, timeout=60)

    yield run
    for server in servers:
        server.terminate()
        assert server.wait(20) == 0
        server.stdout.close()


@pytest.mark.parametrize("situation", SERVED)
def test_a_summary_in_a_situation(served, situation):
    code, *lines = SERVED[situation]
    printed = served(situation)
    told = (printed.stdout + printed.stderr).splitlines()
    assert (printed.returncode, [line for line in lines if line not in told]) == (code, [])


def test_a_second_profile_is_another_account(served):
    printed = served("profiles", "--all-profiles").stdout.splitlines()
    assert printed[printed.index("💰 All profiles together (2 accounts)") + 1] == (
        "Today: $4.64* | Week: $35.84 | Month: $131.79"
    )


def test_the_list_of_keys_is_forbidden(served):
    printed = served("keys-forbidden", "report", "--by", "key").stdout
    assert 'OpenRouter forbids this to OPENROUTER_MGMT_KEY (HTTP 403): "You do not have permission' in printed


@pytest.mark.parametrize("name", [name for name, one in serve.SITUATIONS.items() if not one.is_remembered])
def test_every_situation_can_be_made_and_has_a_key_file_for_its_keys(tmp_path, name):
    situation = serve.SITUATIONS[name]
    with serve.serving(situation, NOW, tmp_path) as (fake, environment):
        files = [path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.env")]
    assert environment["HOME"] == str(tmp_path)
    assert len(files) == bool(situation.keys) + bool(situation.work)
    assert all(fake.address in text for text in files)
