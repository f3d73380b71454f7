"""SKILL.md, which an agent reads: its size, its samples, and what it says of each command, tried with each key."""

import json
import re
import shlex
import shutil
import subprocess

import pytest

from conftest import GOLDEN, NOW, ROOT, house
from documents import TEXTS, all_flags, blocks, flags

SKILL = TEXTS["SKILL.md"]
API = "https://openrouter.ai/api/v1"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in SKILL.split("## Choose")[1].splitlines()
    if line.startswith("| ") and not line.startswith("| The user wants")
]
"""The table: what the user wants, the command, the key that it needs, and what to read of the answer."""

TRIGGERS = (
    "spend|balance|usage|today|week|month|days|model|provider|key|app|changed|credits|left|run out|budget|limits|alerts"
    "|waste|BYOK|CSV"
)


def commands_of(row):
    """The arguments of the commands that a row has in its second cell."""
    return [shlex.split(one) for one in re.findall(r"`([^`]+)`", row[1])] or [[]]


def test_it_is_of_the_size_that_an_agent_reads():
    assert len(SKILL) <= 8500
    cells = [cell for line in SKILL.splitlines() if line.startswith("|") for cell in line.split("|")]
    assert max(len(cell.strip()) for cell in cells) <= 200
    assert len(ROWS) >= 25


def test_its_description_has_what_hosts_go_by():
    description = next(line for line in SKILL.splitlines() if line.startswith("description: "))[len("description: ") :]
    assert 300 <= len(description) <= 420
    assert "<" not in description and ">" not in description
    assert [word for word in TRIGGERS.split("|") if not re.search(rf"\b{word}\b", description)] == []


def test_both_samples_are_what_the_program_prints(skill, fake):
    of_demo, of_regular_key = (block.splitlines() for block in blocks(SKILL, "")[:2])
    demo = skill.run("--demo").out
    assert demo == (GOLDEN / "demo.txt").read_text(encoding="utf-8")
    assert (of_demo, len(of_demo) >= 12) == (demo.splitlines()[: len(of_demo)], True)
    regular = skill.ask(fake, "agent").lines()
    assert (of_regular_key, len(of_regular_key) >= 6) == (regular[: len(of_regular_key)], True)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_row_says_which_key_it_needs(skill, fake, row):
    skill.ask(fake, "agent")
    for arguments in commands_of(row):
        printed = skill.run(*arguments)
        needs_management_key = "needs a management key" in printed.all or "needs OPENROUTER_MGMT_KEY" in printed.all
        if row[2] == "M":
            assert needs_management_key, (arguments, printed)
        else:
            assert (row[2], printed.code) == ("any", 0), (arguments, printed)


NAMED = [(row, name) for row in ROWS for name in re.findall(r"`([A-Z7][^`]*:)`", row[3])]


@pytest.mark.parametrize(("row", "name"), NAMED, ids=[name for _, name in NAMED])
def test_the_lines_that_it_names_are_in_the_answer(skill, row, name):
    assert name in "\n".join(line for arguments in commands_of(row) for line in skill.lines(*arguments, "--demo"))


def test_the_flags_and_the_pages_that_it_names_exist(skill):
    assert flags(SKILL) <= all_flags(skill)
    pages = re.findall(r"`(?:references/)?([a-z]+\.md)`", SKILL)
    assert len(pages) >= 5
    assert [page for page in pages if not (ROOT / "references" / page).is_file()] == []


def test_its_exit_codes_are_those_of_help(skill):
    codes = re.findall(r"(?:^|· )(\d+) ", SKILL.split("## Exit codes")[1].split("##")[0], re.M)
    said = re.findall(r"(?:exit codes:|,) (\d+) [a-zA-Z]", " ".join(skill.run("report", "--help").out.split()))
    assert codes[: len(said)] == said


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("jq") and shutil.which("bash")), reason="no curl or jq")
def test_the_curl_fallback_works_as_pasted(serve):
    account = house()
    fake = serve(account)
    pasted = blocks(SKILL.split("## Without Python")[1], "bash")
    assert (len(pasted), pasted[0].count(API), pasted[0].count("(now - ")) == (1, 1, 1)
    keys = {"OPENROUTER_API_KEY": account.key("agent").text, "OPENROUTER_MGMT_KEY": account.key("admin").text}
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", **keys}
    script = pasted[0].replace(API, fake.address).replace("(now - ", f"({NOW.timestamp()} - ")
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    totals, balance, models = json.loads("[" + re.sub(r"\}\n\{", "},{", done.stdout) + "]")[:3]
    assert totals == {"usage_daily": 3.42, "usage_weekly": 18.9, "usage_monthly": 61.25}
    assert balance == {"remaining": 38.75, "total_credits": 300}
    assert models == {"model": "anthropic/claude-sonnet-4.5", "usd": 8.48}
    assert fake.paths() == ["admin /activity", "admin /credits", "agent /auth/key"]


def test_the_curl_fallback_puts_no_key_into_an_argument():
    pasted = blocks(SKILL.split("## Without Python")[1], "bash")[0]
    assert re.search(r"curl[^|\n]*\$(OPENROUTER|1)", pasted) is None
