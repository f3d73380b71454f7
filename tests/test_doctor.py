"""The doctor: which keys were found, what kind they are, and what is remembered of their accounts."""

import json
import re
from datetime import timedelta

import pytest

from conftest import NOW, ROOT, at, later
from test_documents import GOLDEN, blocks


@pytest.fixture
def skill(skill):
    skill.remembers = True
    return skill


def test_it_says_what_keys_there_are_and_what_is_remembered(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    printed = re.sub(r"[\d.]+ KB", "45 KB", skill.run("doctor").out)  # SQLite's versions differ in it
    assert printed == (GOLDEN / "doctor.txt").read_text(encoding="utf-8")
    assert printed in blocks((ROOT / "README.md").read_text(encoding="utf-8"), "")


def test_the_json_has_the_days_that_are_missing(skill, fake):
    for ago in (60, 0):
        at(skill, fake, NOW - timedelta(days=ago)).ask(fake, mgmt="admin").run("report")
    document = later(skill, fake, hours=30).json("doctor")
    size = document["memory"].pop("size_bytes")
    assert 20_000 < size < 200_000
    assert document == {
        "schema": "openrouter-usage/1",
        "command": "doctor",
        "as_of": "2026-11-21T20:09:00Z",
        "demo": False,
        "keys": [{"name": "OPENROUTER_MGMT_KEY", "source": "the environment", "kind": "management"}],
        "memory": {
            "file": "~/.local/state/openrouter-usage/history.db",
            "accounts": [
                {
                    "keys": ["OPENROUTER_MGMT_KEY"],
                    "days": 60,
                    "first": "2026-08-22",
                    "last": "2026-11-19",
                    "missing": [{"from": "2026-09-21", "to": "2026-10-20"}, {"from": "2026-11-20", "to": "2026-11-20"}],
                    "last_fetch": "2026-11-21T20:09:00Z",
                    "balance_readings": 2,
                }
            ],
            "known_accounts": 1,
        },
        "notes": [],
    }


def test_with_a_regular_key_alone_it_says_what_is_wanting(skill, fake):
    lines = skill.ask(fake, "agent").lines("doctor")
    assert [*lines[:4], lines[4].split(", ")[0], *lines[5:]] == [
        "💰 OpenRouter Doctor",
        "OPENROUTER_API_KEY: a regular key, from the environment",
        "No management key was found: the balance, the models and reports need one.",
        "",
        "Memory: ~/.local/state/openrouter-usage/history.db",
        "Account of OPENROUTER_API_KEY: no completed day is held",
        "  last fetch: 2026-11-20 14:09 UTC; balance readings: 0",
    ]


def test_without_a_key_it_still_shows_the_file_and_ends_with_3(skill):
    printed = skill.run("doctor")
    assert (printed.code, printed.out.splitlines()[1]) == (3, "No usable key was found.")
    assert printed.out.splitlines()[3].startswith("Memory: ~/.local/state/openrouter-usage/history.db, ")
    assert printed.err.startswith("Remark: no OpenRouter key was found")


def test_other_accounts_are_counted(skill, serve, account):
    from test_memory import other_house

    fake = serve(account, other_house())
    skill.ask(fake, mgmt="other admin").run("report")
    assert skill.ask(fake, mgmt="admin").run("report").code == 0
    assert skill.lines("doctor")[-1] == "Other accounts remembered: 1"


def test_a_refused_key_is_named_and_ends_with_3(skill, fake, account):
    account.key("agent").deleted = True
    printed = skill.ask(fake, "agent").run("doctor")
    assert printed.code == 3
    assert "OPENROUTER_API_KEY: from the environment; its kind is unknown (OpenRouter refused" in printed.out


def test_when_nobody_answers_the_kinds_are_remembered_ones(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    fake.fault_everywhere(status=503)
    printed = later(skill, fake, hours=1).run("doctor")
    assert printed.code == 0
    assert "OPENROUTER_MGMT_KEY: a management key" in printed.out
    assert "Note: the kinds of the keys are remembered ones: OpenRouter is failing (HTTP 503)" in printed.out


def test_nobody_answering_and_nothing_remembered_ends_with_4(skill, fake):
    fake.fault_everywhere(status=503)
    printed = skill.ask(fake, "agent").run("doctor", "--json")
    assert printed.code == 4
    assert json.loads(printed.out)["keys"][0]["kind"] is None


def test_where_no_file_can_be_made_it_says_so(skill, fake):
    skill.env["XDG_STATE_HOME"] = "/dev/null/nowhere"
    printed = skill.ask(fake, "agent").run("doctor")
    assert (printed.code, "Memory: none, nothing is remembered." in printed.out) == (0, True)
    assert "cannot be made" in printed.err


def test_it_shows_no_key(skill, fake, account):
    skill.ask(fake, "agent", "admin").run()
    for arguments in ([], ["--json"]):
        printed = skill.run("doctor", *arguments).all
        assert [key for key in account.keys if key.text[9:29] in printed] == []


def test_the_demo_has_a_doctor_too(skill):
    assert "Memory: none, nothing is remembered." in skill.lines("doctor", "--demo")
