"""The evals have the form that their runners read, and their situations are what they are called."""

import json
import os
import re
import subprocess
import sys

import pytest

import serve
from conftest import EVALS, NOW, STATS, shared_cache
from openrouter_usage.cli import arguments

AT = ["--now", NOW.isoformat()]
SERVE = [sys.executable, str(EVALS / "serve.py"), *AT]

KEY = "Today: $1.73* | Week: $17.38 | Month: $61.83"
ACCOUNT = "Today: $2.56* | Week: $25.76 | Month: $91.71"
ASK = "unknown (needs a management key)"
SERVED = {
    "both": (0, f"This key: {KEY}", f"All keys: {ACCOUNT}", "Balance: $41.36 / $265.76"),
    "regular": (0, KEY, f"All keys: {ASK}", "Balance: $41.36 / $265.76"),
    "regular-no-balance": (0, KEY, f"Balance: {ASK}"),
    "none": (3, "Error: no OpenRouter key was found, so nothing was asked"),
    "two-accounts": (0, KEY, "Today: $2.00* | Week: $10.00 | Month: $40.00"),
    "profiles": (0, f"This key: {KEY}"),
    "remembered": (0, "All keys: Today: $1.72* | Week: $24.93 | Month: $90.88 (as of 11:09 UTC)"),
    "incomplete": (0, "Recent Models (7d, all keys; $13.77 of $33.79 is broken down so far):"),
    "free": (0, "Key limit: $0.00 / $0.00 (for free models alone)", f"Balance: {ASK}"),
    "debt": (0, "Balance: -$3.20 / $218.64"),
}
"""The exit code of a summary, and lines of it, in the situations that are made in ways of their own."""

DOCUMENT = json.loads((EVALS / "evals.json").read_text(encoding="utf-8"))
ASKED = DOCUMENT["evals"]
SITUATION_OF = json.loads((EVALS / "situations.json").read_text(encoding="utf-8"))


def test_the_evals_are_thirty_of_the_known_form_each_in_a_situation():
    fields = {"id": int, "prompt": str, "expected_output": str, "files": list, "expectations": list}
    forms = [{name: type(value) for name, value in one.items()} for one in ASKED]
    assert (DOCUMENT["skill_name"], forms) == ("openrouter-usage", [fields] * 30)
    assert [one["id"] for one in ASKED] == list(range(1, 31))
    assert [one["id"] for one in ASKED if len(one["expectations"]) < 3] == []
    assert [int(number) for number in SITUATION_OF] == list(range(1, 31))
    assert set(SITUATION_OF.values()) <= set(serve.SITUATIONS)


def test_the_triggers_are_twenty_of_which_half_are_near_misses():
    triggers = json.loads((EVALS / "triggers.json").read_text(encoding="utf-8"))
    assert {tuple(one) for one in triggers} == {("query", "should_trigger")}
    assert len({one["query"] for one in triggers}) == 20
    assert sum(one["should_trigger"] for one in triggers) == 10


def test_every_command_that_an_eval_expects_is_one_of_the_program():
    text = "\n".join(line for one in ASKED for line in one["expectations"])
    named = {" ".join(one.split()) for one in re.findall(r"scripts/stats\.py((?: [\w-]+(?:,\w+)?)*)", text)}
    assert {"", "report --by date,model --csv", "check --need 50"} < named
    commands = [arguments.parsed(one.split()).command for one in named]
    assert set(commands) == {"summary", "report", "why", "forecast", "check", "audit", "doctor"}


@pytest.fixture
def served():
    """Runs a command in a shell that took over what the server of a situation printed."""
    if os.name != "posix":
        pytest.skip("the exports are for a POSIX shell")
    servers = []

    def run(situation, *words):
        server = subprocess.Popen([*SERVE, situation], stdout=subprocess.PIPE, text=True)
        servers.append(server)
        exports = "".join(server.stdout.readline() for _ in range(4))
        command = f'{exports}export XDG_CACHE_HOME={shared_cache()}; cd "$HOME" && exec "$0" "$@"'
        shell = ["sh", "-c", command, sys.executable, str(STATS), *words, *AT]
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
        "Today: $4.56* | Week: $35.76 | Month: $131.71"
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
