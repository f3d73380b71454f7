"""Profiles: keys under a name, asked side by side, and added up account by account."""

import json
import subprocess
import sys
from decimal import Decimal

import pytest

from accounts import cabin
from conftest import STATS, answers_together, at_rest, later, seen, write
from fake_openrouter import FakeKey

HOUSE = "Today: $5.10* | Week: $21.40 | Month: $92.00"
CABIN = "Today: $2.00* | Week: $2.00 | Month: $9.00"
IN_A_FILE = "keyrings.alt.file.PlaintextKeyring"


@pytest.fixture
def fake(serve, account):
    return serve(account, cabin())


@pytest.fixture
def profiles(skill, fake):
    """Writes the files of profiles: the keys' names in the fake by their variables."""
    skill.env["OPENROUTER_API_URL"] = fake.address

    def made(**files):
        texts = {key.name: key.text for one in fake.accounts for key in one.keys}
        for name, keys in files.items():
            path = skill.home / ".config" / "openrouter-usage" / f"credentials.{name}.env"
            write(path, "".join(f"OPENROUTER_{which}_KEY={texts[key]}\n" for which, key in keys.items()))
        return skill

    return made


def total(skill, *args):
    """The last block but the footer."""
    lines = skill.lines("--all-profiles", *args)
    start = next(number for number, line in enumerate(lines) if line.startswith("💰 All profiles together"))
    return lines[start : start + 3]


# Two with one key


def test_one_key_is_one_account_where_nothing_can_be_remembered(profiles, tmp_path):
    (tmp_path / "file").touch()
    skill = profiles(one={"API": "cabin key"}, two={"API": "cabin key"})
    skill.env["XDG_STATE_HOME"] = str(tmp_path / "file" / "nowhere")
    lines = skill.run("--all-profiles").out.splitlines()
    (heading,) = [line for line in lines if line.startswith("💰 All profiles together")]
    assert heading.startswith("💰 All profiles together (1 account")


def test_one_key_in_two_files_is_sent_with_the_headers_of_each(profiles, fake):
    skill = profiles(one={"API": "cabin key"}, two={"API": "cabin key"})
    for name in ("one", "two"):
        path = skill.home / ".config" / "openrouter-usage" / f"credentials.{name}.env"
        write(path, path.read_text(encoding="utf-8") + f"OPENROUTER_HTTP_REFERER=https://{name}.example\n")
    skill.run("--all-profiles", "--max-age", "0")
    assert {asked.headers["HTTP-Referer"] for asked in fake.asked} == {"https://one.example", "https://two.example"}


# One


def test_a_profile_is_its_own_file_and_nothing_else(profiles, fake, account):
    skill = profiles(work={"MGMT": "cabin admin"})
    skill.env["OPENROUTER_API_KEY"] = account.key("agent").text
    write(skill.cwd / ".env", f"OPENROUTER_API_KEY={account.key('second').text}\n")
    lines = skill.lines("--profile", "work")
    assert lines[:2] == ["💰 OpenRouter Usage (work, all keys)", CABIN]
    assert {asked.key for asked in fake.asked} == {"cabin admin"}


def test_a_profile_that_has_no_key_is_named_with_where_to_put_one(profiles):
    printed = profiles(work={"API": "agent"}).run("--profile", "home")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err == (
        "Error: no OpenRouter key was found for the profile home, so nothing was asked\n"
        f"Next: store one with `{sys.executable} {STATS} login --profile home` in your own terminal, never in a chat; "
        "or write it into ~/.config/openrouter-usage/credentials.home.env; "
        "profiles with a file: work\n"
    )


def test_default_is_the_name_of_the_keys_of_no_profile(profiles, fake):
    skill = profiles(default={"API": "agent"}, work={"MGMT": "cabin admin"}).ask(fake, "second")
    assert skill.lines("--profile", "default") == skill.lines()
    assert [one["profile"] for one in skill.json("--all-profiles")] == ["default", "work"]


def test_where_only_profiles_have_keys_it_says_how_to_ask_with_them(profiles):
    printed = profiles(work={"API": "agent"}, home={"API": "agent"}).run()
    assert (printed.code, printed.out) == (3, "")
    assert printed.err.endswith("credentials.env; `--all-profiles` asks with those of home, work\n")


def test_the_doctor_looks_at_all_profiles_unasked(profiles, fake):
    skill = profiles(work={"MGMT": "cabin admin"}).ask(fake, "agent")
    (skill.home / ".config" / "openrouter-usage" / "credentials.work.env").chmod(0o644)
    document = skill.json("doctor")
    assert [(key["name"], key["profile"]) for key in document["keys"]] == [
        ("OPENROUTER_API_KEY", "default"),
        ("OPENROUTER_MGMT_KEY", "work"),
    ]
    assert document["works"]["report"] is False  # with the keys that a command takes unasked
    assert skill.json("doctor", "--all-profiles")["works"]["report"] is True
    (trouble,) = document["troubles"]
    assert trouble.startswith("~/.config/openrouter-usage/credentials.work.env can be read by other users")
    del skill.env["OPENROUTER_API_KEY"]
    assert (skill.run("doctor").code, skill.run("doctor", "--all-profiles").code) == (3, 0)


def test_a_profile_of_the_keychain_is_found_too(profiles, account):
    skill = profiles()
    skill.env["PYTHON_KEYRING_BACKEND"] = IN_A_FILE
    stored = skill.run("login", "--profile", "work", given=account.key("agent").text)
    where = "the system keychain (file PlaintextKeyring), for the profile work"
    assert stored.out.startswith(f"Stored as OPENROUTER_API_KEY in {where}: a regular key, sent to http://127.0.0.1:")
    assert skill.lines("--profile", "work")[1].startswith("Today: $3.42*")
    assert skill.run().code == 3
    assert total(skill)[0] == "💰 All profiles together (1 account, of work only what these keys spent)"
    skill.run("logout", "--profile", "work")
    assert skill.run("--all-profiles").code == 3


@pytest.mark.parametrize("name", ["../x", "a b", "", "é", "a.b"])
def test_a_name_that_could_leave_the_folder_is_refused(skill, name):
    printed = skill.run("--profile", name)
    assert (printed.code, printed.out) == (2, "")


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("report", "💰 OpenRouter Report by model (work, all keys)"),
        ("forecast", "💰 OpenRouter Forecast (work)"),
        ("check", "OPENROUTER OK - work: $41.00 left"),
        ("metrics", 'openrouter_balance_usd{account="work"} 41\n'),
        ("bar", "💰 work: $41.00 · $0.00 today\n"),
        ("doctor", "OPENROUTER_MGMT_KEY (work): sk-or-v1-…"),
    ],
)
def test_every_command_takes_a_profile(profiles, command, printed):
    skill = profiles(work={"API": "cabin second", "MGMT": "cabin admin"}, home={"API": "agent", "MGMT": "admin"})
    skill.remembers = True
    for name in ("work", "home"):
        skill.run("--profile", name)
    answered = skill.run(command, "--profile", "work")
    assert (answered.code, printed in answered.out) == (0, True), answered
    assert "38.75" not in answered.out


# All of them


def test_all_are_shown_and_their_accounts_added_up(profiles):
    skill = profiles(work={"MGMT": "cabin admin"}, home={"API": "agent", "MGMT": "admin"})
    lines = skill.lines("--all-profiles")
    assert [line for line in lines if line.startswith("💰")] == [
        "💰 OpenRouter Usage (home)",
        "💰 OpenRouter Usage (work, all keys)",
        "💰 All profiles together (2 accounts)",
    ]
    assert total(skill)[1:] == ["Today: $7.10* | Week: $23.40 | Month: $101.00", "Balance: $79.75 / $350.00"]


def test_two_keys_of_one_account_are_not_added_twice(profiles):
    skill = profiles(one={"MGMT": "admin"}, two={"API": "second", "MGMT": "admin"}, three={"API": "agent"})
    assert total(skill) == ["💰 All profiles together (1 account)", HOUSE, "Balance: $38.75 / $300.00"]


def test_of_an_account_that_only_its_keys_tell_of_each_key_counts_once(profiles):
    skill = profiles(one={"API": "agent"}, two={"API": "agent"}, three={"API": "second"}, work={"MGMT": "cabin admin"})
    assert total(skill) == [
        "💰 All profiles together (2 accounts, of one and three and two only what these keys spent)",
        "Today: $7.10* | Week: $23.40 | Month: $101.00",
        "Balance: $79.75 / $350.00",
    ]


def test_what_one_profile_does_not_know_is_not_left_out_of_a_total(profiles, fake):
    skill = profiles(home={"MGMT": "admin"}, work={"MGMT": "cabin admin"})
    fake.fault("/analytics/query", key="cabin admin", status=501)
    fake.fault("/workspaces", key="cabin admin", status=501)
    fake.fault("/keys", key="cabin admin", status=501)
    fake.fault("/credits", key="cabin admin", status=501)
    printed = skill.run("--all-profiles")
    assert printed.code == 0
    assert HOUSE in printed.out
    assert "Today: unknown | Week: unknown | Month: unknown (work: OpenRouter is failing (HTTP 501))" in printed.out
    assert "Balance: unknown (work: OpenRouter is failing (HTTP 501))" in printed.out


def test_where_it_cannot_be_told_whether_two_are_one_account_nothing_is_added_up(profiles, fake):
    skill = profiles(home={"MGMT": "admin"}, work={"MGMT": "cabin admin"})
    ids = ("organization_id", "creator_user_id")
    fake.edit("/auth/key", lambda data: {name: value for name, value in data.items() if name not in ids})
    lines = skill.lines("--all-profiles")
    reason = "OpenRouter did not tell whether two of these profiles are of one account"
    assert f"All profiles together: unknown ({reason})" in lines
    first, _ = skill.json("--all-profiles")
    assert first["total"] is None
    assert {"code": "accounts_not_told", "message": f"total: {reason}"} in first["notes"]


def test_an_account_whose_key_tells_nothing_of_itself_is_not_taken_for_another_one(profiles, fake, account):
    account.keys.append(FakeKey("admin two", management=True))
    skill = profiles(one={"MGMT": "admin"}, two={"MGMT": "admin two"})
    for path in ("/auth/key", "/key"):
        fake.fault(path, key="admin two", status=501)
    reason = "OpenRouter did not tell whether two of these profiles are of one account"
    assert f"All profiles together: unknown ({reason})" in skill.lines("--all-profiles")


@pytest.mark.parametrize(
    ("two", "spend"),
    [
        ({"API": "second", "MGMT": "admin"}, HOUSE),
        ({"API": "agent", "MGMT": "admin"}, "Today: $3.42* | Week: $18.90 | Month: $61.25"),
        ({"API": "agent", "MGMT": "admin two"}, "Today: $3.42* | Week: $18.90 | Month: $61.25"),
    ],
)
def test_where_the_accounts_own_total_fails_each_regular_key_counts_once(profiles, fake, account, two, spend):
    account.keys.append(FakeKey("admin two", management=True))
    skill = profiles(one={"API": "agent", "MGMT": "admin"}, two=two)
    for path in ("/analytics/query", "/keys", "/workspaces"):
        fake.fault(path, status=501)
    assert total(skill) == [
        "💰 All profiles together (1 account, of one and two only what these keys spent)",
        spend,
        "Balance: $38.75 / $300.00",
    ]


def test_a_profile_with_a_malformed_key_is_unknown_for_that_reason(profiles):
    skill = profiles(home={"MGMT": "admin"}, work={})
    write(skill.home / ".config" / "openrouter-usage" / "credentials.work.env", "OPENROUTER_MGMT_KEY=bad key\n")
    lines = skill.lines("--all-profiles")
    reason = "OPENROUTER_MGMT_KEY in ~/.config/openrouter-usage/credentials.work.env is no key"
    assert [line for line in lines if line.startswith(f"Balance: unknown ({reason}")]
    assert [line for line in lines if line.startswith(f"Balance: unknown (work: {reason}")]
    assert "openrouter_scrape_success 0\n" in skill.run("metrics", "--all-profiles").out
    assert skill.run("check", "--all-profiles").out.startswith(f"OPENROUTER UNKNOWN - work: balance unknown ({reason}")


def test_a_bar_sees_a_profile_that_is_new(profiles, fake):
    skill = profiles(home={"API": "agent", "MGMT": "admin"})
    skill.remembers = True
    skill.run("--all-profiles")
    profiles(work={"MGMT": "cabin admin"})
    assert skill.run("bar", "--all-profiles").out == "💰 home: $38.75 · $3.42 today; work: — · — today\n"
    assert seen(lambda: "cabin admin /credits" in fake.paths())


LOCKABLE = """
import os
from keyring.errors import KeyringLocked
from keyrings.alt.file import PlaintextKeyring
class Keyring(PlaintextKeyring):
    priority = 1
    def get_password(self, service, name):
        if os.path.exists(os.path.expanduser("~/locked")): raise KeyringLocked
        return super().get_password(service, name)
"""


@pytest.fixture
def lockable(profiles, tmp_path, fake, account):
    """The house in the environment, the cabin in the keychain, which can be locked."""
    (tmp_path / "lockable.py").write_text(LOCKABLE, encoding="utf-8")
    skill = profiles().ask(fake, "agent", "admin")
    skill.env.update(PYTHONPATH=str(tmp_path), PYTHON_KEYRING_BACKEND="lockable.Keyring")
    skill.remembers = True
    assert skill.run("login", "--profile", "work", given=fake.accounts[1].key("cabin admin").text).code == 0
    return skill


def test_a_locked_keychain_leaves_no_profile_out_of_a_total(lockable, fake):
    assert total(lockable)[2] == "Balance: $79.75 / $350.00"
    (lockable.home / "locked").touch()
    printed = later(lockable, fake, minutes=5).run("--all-profiles", "--max-age", "0")
    assert "💰 OpenRouter Usage (work)\nThis key: Today: unknown" in printed.out
    assert "Balance: unknown (work: no OpenRouter key was found for the profile work" in printed.out
    assert "the system keychain has now is not known" in printed.err
    check = lockable.run("check", "--all-profiles", "--max-age", "0", "--warn-runway", "0", "--crit-runway", "0")
    assert check.code == 3


def test_while_the_keychain_is_locked_what_is_remembered_stands_in(lockable, fake):
    lockable.run("--profile", "work")
    assert lockable.run("bar", "--profile", "work").out == "💰 work: $41.00 · $2.00 today\n"
    (lockable.home / "locked").touch()
    later(lockable, fake, minutes=10)
    lines = lockable.lines("--profile", "work")
    assert "Balance: $41.00 / $50.00 (as of 14:09 UTC)" in lines
    assert lines[-1].startswith("Note: not everything was answered (OPENROUTER_MGMT_KEY cannot be read from the system")
    for _ in range(3):
        assert lockable.run("bar", "--profile", "work").out == "💰 work: $41.00 · $2.00 today (10m old)\n"
        assert at_rest(lockable)


def test_of_one_key_that_two_profiles_had_neither_answers_for_the_other(profiles, fake, account):
    skill = profiles()
    skill.env["PYTHON_KEYRING_BACKEND"] = IN_A_FILE
    skill.remembers = True
    for flags in ([], ["--profile", "work"]):
        skill.run("login", *flags, given=account.key("agent").text)
    skill.run("--all-profiles")
    program = (
        "import keyring, sys; keyring.set_password('openrouter-usage/work', 'OPENROUTER_API_KEY', sys.stdin.read())"
    )
    text = fake.accounts[1].key("cabin key").text
    subprocess.run([sys.executable, "-c", program], input=text.encode(), env=skill.env, check=True)
    later(skill, fake, minutes=10)
    assert [one["key"]["today_usd"] for one in skill.json("--all-profiles")] == [Decimal("3.42"), 2]


def test_a_profile_without_a_key_costs_no_other_bar_what_it_knows(profiles, fake):
    skill = profiles(home={"API": "agent", "MGMT": "admin"})
    skill.remembers = True
    skill.run("--profile", "home")
    fake.asked.clear()
    for words in ("asking", "no key", "no key"):
        assert skill.run("bar", "--profile", "typo").out == f"💰 {words}\n"
        assert at_rest(skill)
        assert skill.run("bar", "--profile", "home").out == "💰 home: $38.75 · $3.42 today\n"
    assert fake.asked == []


def test_the_keys_of_no_profile_are_one_more(profiles, fake):
    skill = profiles(work={"MGMT": "cabin admin"}).ask(fake, "agent", "admin")
    titles = [line for line in skill.lines("--all-profiles") if line.startswith("💰 OpenRouter Usage")]
    assert titles == ["💰 OpenRouter Usage (default)", "💰 OpenRouter Usage (work, all keys)"]


def test_a_profile_whose_key_is_refused_costs_its_own_block_only(profiles, fake):
    fake.accounts[1].key("cabin admin").deleted = True
    skill = profiles(home={"MGMT": "admin"}, work={"MGMT": "cabin admin"})
    printed = skill.run("--all-profiles")
    assert printed.code == 0
    assert HOUSE in printed.out
    assert "(work: OpenRouter refused OPENROUTER_MGMT_KEY (HTTP 401))" in printed.out


def test_where_no_profile_has_a_key_that_can_be_used_it_ends_with_3(profiles, skill):
    assert skill.run("--all-profiles").code == 3
    profiles(home={})
    printed = skill.run("--all-profiles")
    assert (printed.code, printed.out) == (3, "")
    assert "no OpenRouter key was found for the profile home" in printed.err


def test_json_is_a_list_with_the_same_total_in_each(profiles):
    skill = profiles(work={"MGMT": "cabin admin"}, home={"API": "agent", "MGMT": "admin"})
    home, work = skill.json("--all-profiles")
    assert (home["profile"], home["key"]["today_usd"], home["account"]["today_usd"]) == (
        "home",
        Decimal("3.42"),
        Decimal("5.1"),
    )
    assert (work["profile"], work["key"], work["account"]["today_usd"]) == ("work", None, 2)
    assert home["total"] == work["total"]
    assert home["total"] == {
        "accounts": 2,
        "keys_alone": [],
        "today_usd": Decimal("7.1"),
        "week_usd": Decimal("23.4"),
        "month_usd": 101,
        "balance": {"remaining_usd": Decimal("79.75"), "purchased_usd": 350, "used_usd": Decimal("270.25")},
        "as_of": "2026-11-20T14:09:00Z",
    }


def test_one_profile_is_a_list_of_one(profiles):
    (only,) = profiles(work={"MGMT": "cabin admin"}).json("--all-profiles")
    assert only["profile"] == "work"


def test_they_are_asked_side_by_side(profiles, serve, account, skill):
    both = serve(account, cabin())
    answers_together(both, 2, lambda asked: asked.path == "/credits")
    profiles(work={"API": "cabin key", "MGMT": "cabin admin"}, home={"API": "agent", "MGMT": "admin"})
    skill.env["OPENROUTER_API_URL"] = both.address
    printed = skill.run("--all-profiles")
    assert (printed.code, printed.err) == (0, "")
    assert both.paths().count("cabin admin /credits") == both.paths().count("admin /credits") == 1


def test_remembered_figures_in_a_total_are_said_to_be_old(profiles, fake):
    skill = profiles(work={"MGMT": "cabin admin"}, home={"API": "agent", "MGMT": "admin"})
    skill.remembers = True
    skill.run("--all-profiles")
    fake.fault_everywhere(status=501)
    later(skill, fake, hours=1)
    assert total(skill) == [
        "💰 All profiles together (2 accounts, as of 14:09 UTC)",
        "Today: $7.10* | Week: $23.40 | Month: $101.00",
        "Balance: $79.75 / $350.00",
    ]


def test_the_other_commands_tell_the_profiles_apart(profiles):
    skill = profiles(work={"MGMT": "cabin admin"}, home={"API": "agent", "MGMT": "admin"})
    skill.remembers = True
    reports = skill.json("report", "--all-profiles")
    assert [(one["profile"], one["total"]["usd"]) for one in reports] == [("home", Decimal("186.9")), ("work", 7)]
    assert [one["profile"] for one in skill.json("forecast", "--all-profiles")] == ["home", "work"]
    titles = [line for line in skill.lines("report", "--all-profiles") if line.startswith("💰")]
    assert titles == [
        "💰 OpenRouter Report by model (home, all keys)",
        "💰 OpenRouter Report by model (work, all keys)",
    ]
    assert 'openrouter_balance_usd{account="work"} 41\n' in skill.run("metrics", "--all-profiles").out
    assert "work: $41.00 left" in skill.run("check", "--all-profiles").out
    assert skill.run("bar", "--all-profiles").out == "💰 home: $38.75 · $3.42 today; work: $41.00 · $2.00 today\n"
    assert {key["profile"] for key in skill.json("doctor", "--all-profiles")["keys"]} == {"home", "work"}


def test_a_report_that_one_profile_cannot_have_costs_its_own_part_only(profiles):
    skill = profiles(work={"MGMT": "cabin admin"}, home={"API": "agent"})
    printed = skill.run("report", "--all-profiles")
    assert (printed.code, "Report by model (work, all keys)" in printed.out) == (0, True)
    assert printed.err.startswith("Error: home: this is of the whole account: it needs a management key\n")
    home, work = json.loads(skill.run("report", "--all-profiles", "--json").out)
    assert (home["error"]["code"], work["profile"]) == ("needs_management_key", "work")


def test_what_nobody_answered_is_said_of_each_profile_by_its_own_name(profiles):
    printed = profiles(home={"MGMT": "admin"}, work={"MGMT": "cabin admin"}).run(
        "report", "--all-profiles", "--offline"
    )
    assert (printed.code, printed.out) == (4, "")
    assert printed.err.startswith("Error: home: nobody was asked (--offline)\n")


def test_what_a_check_of_all_announced_is_no_news_of_one(profiles):
    skill = profiles(work={"MGMT": "cabin admin"}, home={"API": "agent", "MGMT": "admin"})
    skill.remembers = True
    arguments = ["check", "--announce", "--warn-balance", "100"]
    assert skill.run(*arguments, "--all-profiles").out.startswith("⚠️ OpenRouter WARNING: home: ")
    assert skill.run(*arguments, "--all-profiles").out == "NO_REPLY\n"
    assert skill.run(*arguments, "--profile", "home").out.startswith("⚠️ OpenRouter WARNING: home: ")


@pytest.mark.parametrize(
    ("one", "other"),
    [("--demo", "--all-profiles"), ("--demo", "--profile=x"), ("--profile=x", "--all-profiles")],
)
def test_what_excludes_each_other_is_refused(skill, one, other):
    printed = skill.run(one, other)
    assert (printed.code, "exclude each other" in printed.err) == (2, True)


def test_a_csv_is_of_one_profile(profiles):
    printed = profiles(work={"MGMT": "cabin admin"}).run("report", "--csv", "--all-profiles")
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("Error: --csv and --all-profiles exclude each other\n")
