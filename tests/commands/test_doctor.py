"""The doctor: which keys were found, what each may see, what is wrong, and what is remembered of their accounts."""

import json
import re
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from conftest import BARE, GOLDEN, NOW, STATS, at, later, write
from documents import TEXTS, blocks


@pytest.fixture
def skill(skill):
    skill.remembers = True
    return skill


def plain(printed):
    """Without what differs from one machine to the next: the fake's address, SQLite's pages, all versions."""
    for varying, steady in (
        (r", for http://127.0.0.1:\d+/api/v1", ""),
        (r"[\d.]+ KB", "45 KB"),
        (r"Python [\d.]+", "Python 3.13.1"),
        (r"requests [\d.]+", "requests 2.32.5"),
        (r"python-dotenv [\d.]+", "python-dotenv 1.2.1"),
        (r"keyring [\d.]+", "keyring 25.7.0"),
    ):
        printed = re.sub(varying, steady, printed)
    return printed


def test_it_says_what_keys_there_are_and_what_is_remembered(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    printed = plain(skill.run("doctor").out)
    assert printed == (GOLDEN / "doctor.txt").read_text(encoding="utf-8")
    assert printed in blocks(TEXTS["references/doctor.md"], "")


def test_the_json_has_the_days_that_are_missing(skill, fake, account):
    for ago in (60, 0):
        at(skill, fake, NOW - timedelta(days=ago)).ask(fake, mgmt="admin").run("report")
    document = later(skill, fake, hours=30).json("doctor")
    size = document["memory"].pop("size_bytes")
    assert list(document.pop("versions")) == ["openrouter-usage", "Python", "requests", "python-dotenv", "keyring"]
    assert 20_000 < size < 200_000
    assert document == {
        "schema": "openrouter-usage/1",
        "command": "doctor",
        "as_of": "2026-11-21T20:09:00Z",
        "demo": False,
        "keys": [
            {
                "name": "OPENROUTER_MGMT_KEY",
                "masked": f"sk-or-v1-…{account.key('admin').text[-3:]}",
                "source": "the environment",
                "address": fake.address,
                "kind": "management",
                "expires_at": None,
                "sees": ["balance", "spend of all keys", "completed days and models"],
                "does_not_see": {"own spend and limits": "a management key spends nothing itself"},
            }
        ],
        "books": [
            {
                "from": "2026-11-01",
                "completed_to": "2026-11-20",
                "completed_usd": 92,
                "today_usd": 0,
                "completed_and_today_usd": 92,
                "analytics_usd": 92,
                "keys_usd": 92,
                "byok_usd": Decimal("4.95"),
                "used_usd": 92,
                "byok_fees_usd": 0,
                "base": "analytics",
                "as_of": dict.fromkeys(("completed_and_today", "analytics", "keys"), "2026-11-21T20:09:00Z"),
                "differences": [{"side": "all", "cause": "byok", "usd": Decimal("4.95")}],
            }
        ],
        "works": dict.fromkeys(
            ("summary", "forecast", "check", "bar", "metrics", "dashboard", "report", "why", "audit", "chart"), True
        ),
        "troubles": [],
        "clock_ahead_seconds": None,
        "memory": {
            "file": "~/.local/state/openrouter-usage/history.db",
            "accounts": [
                {
                    "keys": ["OPENROUTER_MGMT_KEY"],
                    "days": 61,
                    "first": "2026-08-22",
                    "last": "2026-11-20",
                    "missing": [{"from": "2026-09-21", "to": "2026-10-20"}],
                    "last_fetch": "2026-11-21T20:09:00Z",
                    "balance_readings": 2,
                }
            ],
            "known_accounts": 1,
            "set_aside": [],
        },
        "proxies": [],
        "certificates": None,
        "profiles": [],
        "notes": [
            {
                "code": "books_byok",
                "message": "BYOK, $4.95, is in none of these: a dashboard that adds it shows $96.95",
            }
        ],
    }


def test_with_a_regular_key_alone_it_says_what_is_wanting(skill, fake):
    lines = plain(skill.ask(fake, "agent").run("doctor").out).splitlines()
    assert lines[:11] == [
        "💰 OpenRouter Doctor",
        "OPENROUTER_API_KEY: sk-or-v1-…824, a regular key, from the environment",
        "  sees: own spend and limits, balance",
        "  does not see: spend of all keys, completed days and models (needs a management key)",
        "Works: summary, forecast, check, bar, metrics, dashboard, why, audit",
        "Does not work: report, chart (needs a management key; make one at "
        "https://openrouter.ai/settings/management-keys and store it with `stats.py login`)",
        "",
        "Books: not known (needs a management key); OPENROUTER_API_KEY's own counter says $61.25* this month",
        "",
        "Memory: ~/.local/state/openrouter-usage/history.db, 45 KB (delete its folder to forget)",
        "Account of OPENROUTER_API_KEY: no completed day is held",
    ]


def expiries(skill):
    return [line for line in skill.lines("doctor", "--max-age", "0") if line.startswith("  expire")]


def test_the_expiry_of_a_key_is_told_with_what_depends_on_it(skill, fake, account):
    account.key("agent").expires_at = "2026-11-29T00:00:00Z"
    assert expiries(skill.ask(fake, "agent")) == ["  expires Nov 29 (9 days): without it no command works"]
    skill.ask(fake, "agent", "admin")
    assert expiries(skill) == [
        "  expires Nov 29 (9 days): without it "
        "summary, forecast, check, bar, metrics, dashboard lack own spend and limits"
    ]
    account.key("agent").expires_at, account.key("admin").expires_at = None, "2027-01-02T00:00:00Z"
    assert expiries(skill) == [
        "  expires Jan 2, 2027 (43 days): without it report, chart do not work; "
        "summary, why, bar, metrics, audit, dashboard lack spend of all keys, completed days and models"
    ]
    assert [key["expires_at"] for key in skill.json("doctor")["keys"]] == [None, "2027-01-02T00:00:00Z"]


def test_a_balance_that_openrouter_hides_from_a_regular_key_is_not_seen(skill, serve, account):
    for answer in ("403", "zeros"):
        account.credits_for_regular = answer
        lines = skill.ask(serve(account), "agent").lines("doctor")
        assert lines[2:4] == [
            "  sees: own spend and limits",
            "  does not see: balance, spend of all keys, completed days and models (needs a management key)",
        ]


def test_a_management_key_in_the_other_variable_is_known_for_what_it_is(skill, fake):
    lines = skill.ask(fake, "admin").lines("doctor")
    assert lines[1].startswith("OPENROUTER_API_KEY: sk-or-v1-…918, a management key, from the environment")
    assert "Works: summary, forecast, check, bar, metrics, dashboard, report, why, audit, chart" in lines


def test_a_regular_key_in_place_of_a_management_key_is_trouble(skill, fake):
    lines = skill.ask(fake, None, "second").lines("doctor")
    trouble = "Trouble: OPENROUTER_MGMT_KEY holds a regular key, not a management key: set it as OPENROUTER_API_KEY"
    assert trouble in lines


def test_without_a_key_it_still_shows_the_file_and_ends_with_3(skill):
    printed = skill.run("doctor")
    lines = printed.out.splitlines()
    assert (printed.code, printed.err, lines[1]) == (3, "", "No usable key was found.")
    assert lines[3].startswith("Trouble: no OpenRouter key was found, so nothing was asked; store one with `")
    assert lines[5].startswith("Memory: ~/.local/state/openrouter-usage/history.db, ")


def test_a_key_file_that_others_can_read_and_a_key_that_is_none_are_trouble(skill, fake, account):
    config = skill.home / ".config" / "openrouter-usage" / "credentials.env"
    config.parent.mkdir(parents=True)
    config.write_text(f"OPENROUTER_API_KEY={account.key('agent').text}\n", encoding="utf-8")
    config.chmod(0o644)
    skill.ask(fake).env["OPENROUTER_MGMT_KEY"] = "two words"
    troubles = skill.json("doctor")["troubles"]
    assert troubles == [
        "~/.config/openrouter-usage/credentials.env can be read by other users of this machine; "
        "close it with `chmod 600`",
        "OPENROUTER_MGMT_KEY in the environment is no key: it holds a blank or a character that no key has; "
        "write the key alone, without quotes or spaces",
    ]


@pytest.mark.parametrize(
    ("hours", "said"), [(3, "2h 59m behind"), (-3, "3h 0m ahead of"), (0.25, "14m 5"), (0, "agrees with")]
)
def test_a_clock_that_is_wrong_is_trouble(skill, serve, account, hours, said):
    skill.now = None
    fake = serve(account, now=datetime.now(timezone.utc) + timedelta(hours=hours))
    printed = skill.ask(fake, "agent").run("doctor").out
    assert f"Clock: {said}" in printed
    assert ("Trouble: this machine's clock is" in printed) == (hours != 0)


def test_proxies_and_certificates_are_named_without_the_proxys_password(skill, fake):
    skill.ask(fake, "agent").env.update(HTTPS_PROXY="http://ada:hush@proxy.example:3128", REQUESTS_CA_BUNDLE="/x.pem")
    lines = skill.lines("doctor")
    assert "Proxies: https by proxy.example:3128" in lines
    assert "Certificates: those that REQUESTS_CA_BUNDLE names" in lines


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ("http://ada:hush/part2@proxy.example:8080", "proxy.example:8080"),
        ("ada:hush#@proxy.example", "proxy.example"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://[::1:8080", "what is no address"),
        ("http://hush secret", "what is no address"),
    ],
)
def test_of_a_proxy_only_the_host_is_named(skill, fake, address, named):
    skill.ask(fake, "agent").env["https_proxy"] = address
    printed = skill.run("doctor")
    assert f"Proxies: https by {named}\n" in printed.out
    assert "hush" not in printed.all


def test_what_may_be_a_token_in_an_address_is_not_shown(skill, fake):
    skill.ask(fake, "agent").env["OPENROUTER_API_URL"] = fake.address.replace("/api", "/t0ken/api")
    for arguments in ([], ["--json"]):
        printed = skill.run("doctor", *arguments).all
        assert ("t0ken" in printed, fake.address.replace("/api/v1", "/…") in printed) == (False, True)


def test_a_proxy_that_fails_is_trouble(skill, account):
    skill.env.update(OPENROUTER_API_KEY=account.key("agent").text, HTTPS_PROXY="http://127.0.0.1:9")
    printed = skill.run("doctor", "--timeout", "5")
    assert printed.code == 4
    assert "Trouble: the proxy before openrouter.ai failed; check HTTPS_PROXY" in printed.out


def test_without_packages_it_says_which_are_missing(skill, fake):
    printed = skill.ask(fake, "agent").run("doctor", python=BARE)
    assert printed.code == 3
    assert "requests (not installed), python-dotenv (not installed), keyring (not installed)" in printed.out
    assert "Trouble: the package `requests` is not installed, so OpenRouter was not asked" in printed.out


def test_other_accounts_are_counted(skill, serve, account):
    from accounts import other_house

    fake = serve(account, other_house())
    skill.ask(fake, mgmt="other admin").run("report")
    assert skill.ask(fake, mgmt="admin").run("report").code == 0
    assert "Other accounts remembered: 1" in skill.lines("doctor")


def test_a_refused_key_is_named_and_ends_with_3(skill, fake, account):
    account.key("agent").deleted = True
    printed = skill.ask(fake, "agent").run("doctor")
    assert printed.code == 3
    assert "OPENROUTER_API_KEY: sk-or-v1-…824, its kind is unknown (OpenRouter refused" in printed.out
    assert "Works: nothing" in printed.out


def test_a_refused_key_that_hides_another_one_is_told_apart(skill, fake, account):
    config = skill.home / ".config" / "openrouter-usage" / "credentials.env"
    config.parent.mkdir(parents=True)
    config.write_text(f"OPENROUTER_API_KEY={account.key('second').text}\n", encoding="utf-8")
    config.chmod(0o600)
    account.key("agent").deleted = True
    troubles = json.loads(skill.ask(fake, "agent").run("doctor", "--json").out)["troubles"]
    assert troubles[-1] == (
        "OPENROUTER_API_KEY from the environment hides another one in ~/.config/openrouter-usage/credentials.env: "
        "take out the wrong one"
    )


def test_when_nobody_answers_what_is_remembered_is_told(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    fake.fault_everywhere(status=503)
    printed = later(skill, fake, hours=1).run("doctor")
    assert printed.code == 0
    assert "OPENROUTER_MGMT_KEY: sk-or-v1-…918, a management key" in printed.out
    assert "Trouble: OpenRouter is failing (HTTP 503)" in printed.out
    assert "Note: some answers are remembered ones: OpenRouter is failing (HTTP 503)" in printed.out


def test_nobody_answering_and_nothing_remembered_ends_with_4(skill, fake):
    fake.fault_everywhere(status=503)
    printed = skill.ask(fake, "agent").run("doctor", "--json")
    assert printed.code == 4
    assert json.loads(printed.out)["keys"][0]["kind"] is None


def test_where_no_file_can_be_made_it_says_so(skill, fake):
    skill.env["XDG_STATE_HOME"] = "/dev/null/nowhere"
    printed = skill.ask(fake, "agent").run("doctor")
    assert (printed.code, "Memory: none, nothing is remembered." in printed.out) == (0, True)
    assert "cannot be made" in printed.out


def test_it_shows_no_key(skill, fake, account):
    skill.ask(fake, "agent", "admin").run()
    for arguments in ([], ["--json"]):
        printed = skill.run("doctor", *arguments).all
        assert [key for key in account.keys if key.text[9:15] in printed or key.text[-4:] in printed] == []


NOTHING_READ = "{file} holds no variable that is read here; write the key as OPENROUTER_API_KEY=..."


@pytest.mark.parametrize(
    ("text", "troubles"),
    [
        ("OPENROUTER_APIKEY={key}\n", ["OPENROUTER_APIKEY in {file} is not read; write it as OPENROUTER_API_KEY"]),
        ("openrouter_api_key={key}\n", ["openrouter_api_key in {file} is not read; write it as OPENROUTER_API_KEY"]),
        (
            "OPENROUTER_MGMTKEY={key}\nOPENROUTER_MONTHLY_BUDGET=5\n",
            ["OPENROUTER_MGMTKEY in {file} is not read; write it as OPENROUTER_MGMT_KEY"],
        ),
        ("OPENAI_API_KEY={key}\n", [NOTHING_READ]),
        ("# mine\n{key}\n", [NOTHING_READ]),
        ("OPENROUTER_MONTHLY_BUDGET=5\n", []),
        ("# nothing yet\n", []),
    ],
)
def test_a_file_without_a_variable_that_is_read_is_trouble(skill, account, text, troubles):
    key, file = account.key("agent").text, "~/.config/openrouter-usage/credentials.env"
    write(skill.home / ".config" / "openrouter-usage" / "credentials.env", text.format(key=key))
    printed = skill.run("doctor", "--json")
    assert json.loads(printed.out)["troubles"][1:] == [one.format(file=file) for one in troubles]
    assert (printed.code, key[:20] in printed.all) == (3, False)


@pytest.mark.parametrize("name", ["OPENROUTER_TOKEN", "OPENROUTER_KEYS", "OPENROUTER_MGMT_KEYS"])
def test_a_name_like_that_of_a_key_is_no_trouble_beside_such_a_key(skill, fake, name):
    skill.ask(fake, "agent", "admin").env[name] = "anything"
    assert skill.json("doctor")["troubles"] == []


def test_of_a_foreign_file_full_of_misspelt_names_the_first_three_are_told(skill, fake):
    names = [f"OPENROUTER_API_KEY{number}" for number in range(100, 11_000)]
    write(skill.cwd / ".env", "".join(f"{name}=\n" for name in [names[0], *names]))
    assert skill.ask(fake, "agent", "admin").json("doctor")["troubles"] == [
        f"{name} in ./.env is not read; write it as OPENROUTER_API_KEY" for name in names[:3]
    ]


def test_a_misspelt_variable_is_trouble_in_the_environment_too_unless_the_right_one_is_there(skill, fake):
    skill.env["OPENROUTER_APIKEY"] = "x"
    (skill.cwd / ".env").write_text("OPENROUTER_MGMT_KEYS=x\nDATABASE_URL=y\n", encoding="utf-8")
    assert skill.json("doctor", "--demo")["troubles"] == []
    assert json.loads(skill.run("doctor", "--json").out)["troubles"][1:] == [
        "OPENROUTER_APIKEY in the environment is not read; write it as OPENROUTER_API_KEY",
        "OPENROUTER_MGMT_KEYS in ./.env is not read; write it as OPENROUTER_MGMT_KEY",
    ]
    assert skill.ask(fake, "agent", "admin").json("doctor")["troubles"] == [
        "OPENROUTER_MGMT_KEYS in ./.env is not read; write it as OPENROUTER_MGMT_KEY",
    ]


@pytest.mark.parametrize(
    ("tool", "file", "variables"),
    [
        ("OpenCode", ".local/share/opencode/auth.json", {}),
        ("OpenCode", "data/opencode/auth.json", {"XDG_DATA_HOME": "data"}),
        ("OpenClaw", ".openclaw/agents/main/agent/auth-profiles.json", {}),
        ("OpenClaw", "claw/.openclaw/agents/main/agent/openclaw-agent.sqlite", {"OPENCLAW_HOME": "claw"}),
        ("OpenClaw", "state/state/openclaw.sqlite", {"OPENCLAW_STATE_DIR": "state", "OPENCLAW_HOME": "claw"}),
    ],
)
def test_where_no_key_is_found_those_of_other_programs_are_named(skill, fake, tool, file, variables):
    skill.env.update({name: str(skill.home / value) for name, value in variables.items()})
    write(skill.home / file, "not opened").chmod(0)
    note = f"{tool} keeps its keys in ~/{file}, which is not read here; store one with `{sys.executable} {STATS} login`"
    assert f"Note: {note}" in skill.run("doctor").out.splitlines()
    assert json.loads(skill.run("doctor", "--json").out)["notes"] == [{"code": "key_elsewhere", "message": note}]
    assert tool not in skill.ask(fake, "agent").run("doctor").out


@pytest.mark.parametrize(
    ("address", "is_named"),
    [
        ("https://openrouter.ai/api", True),
        ("https://OpenRouter.ai", True),
        ("https://openrouter.ai.example/api", False),
        ("https://api.anthropic.com", False),
        ("", False),
    ],
)
def test_a_key_that_is_set_for_claude_code_is_named(skill, account, address, is_named):
    skill.env.update(ANTHROPIC_AUTH_TOKEN=account.key("agent").text, ANTHROPIC_BASE_URL=address)
    printed = skill.run("doctor")
    note = (
        "Note: ANTHROPIC_AUTH_TOKEN is a key of OpenRouter, which is not read here; "
        f'`printf %s "$ANTHROPIC_AUTH_TOKEN" | {sys.executable} {STATS} login` stores it\n'
    )
    assert (note in printed.out, "ANTHROPIC" in printed.out) == (is_named, is_named)
    assert account.key("agent").text[9:20] not in printed.all


def test_the_demo_has_a_doctor_too(skill):
    assert "Memory: none, nothing is remembered." in skill.lines("doctor", "--demo")
