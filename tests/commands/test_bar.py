"""The bar: at once, out of memory, renewed behind its back, in the way of each host, and never a failure."""

import json
import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from accounts import limited, steady
from conftest import (
    BARE,
    GOLDEN,
    NOW,
    ROOT,
    STATS,
    at_rest,
    credentials_of,
    house,
    later,
    renewals,
    seen,
    terminal,
    write,
)
from documents import TEXTS, blocks
from fake_openrouter import Account

THRICE = ["admin /analytics/query"] * 3  # totals, today's models, hours of 28 days: too few for those of today
EVERYTHING = ["admin /activity", *THRICE, "admin /auth/key", "admin /credits", "agent /auth/key"]
HOSTS = ["plain", "swiftbar", "waybar", "tmux", "claude"]


@pytest.fixture
def skill(skill):
    skill.remembers = True
    return skill


def bar(skill, *args):
    """What it prints: always with exit 0."""
    printed = skill.run("bar", *args)
    assert printed.code == 0, printed
    return printed.out


# What it says


def test_what_is_remembered_is_printed_and_nobody_is_asked(remembered, fake):
    assert bar(remembered) == "💰 $38.75 · $3.42 today\n"
    assert fake.asked == []


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--show", "icon"], "💰 (20h old)"),
        (["--show", "balance"], "💰 $38.75 (20h old)"),
        (["--show", "usage"], "💰 — today"),
        (["--show", "usage,balance"], "💰 — today · $38.75 (20h old)"),
    ],
)
def test_the_choice_holds_where_not_all_is_known(remembered, fake, arguments, printed):
    fake.fault_everywhere(how="silence")
    later(remembered, fake, hours=20)
    assert bar(remembered, *arguments) == printed + "\n"


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["--show", "icon"], "💰"),
        (["--show", "balance"], "💰 $38.75"),
        (["--show", "usage"], "💰 $3.42 today"),
        (["--show", "usage", "--period", "week"], "💰 $18.90 this week"),
        (["--period", "month"], "💰 $38.75 · $61.25 this month"),
    ],
)
def test_what_is_shown_can_be_chosen(remembered, arguments, printed):
    assert bar(remembered, *arguments) == printed + "\n"


def test_with_a_management_key_alone_the_spend_is_that_of_all_keys(skill, fake):
    skill.ask(fake, None, "admin").run()
    assert bar(skill) == "💰 $38.75 · $5.10 today\n"


def test_what_is_not_known_is_a_dash_and_never_zero(skill, serve, account):
    account.credits_for_regular = "403"
    skill.ask(serve(account), "agent").run()
    assert bar(skill) == "💰 — · $3.42 today\n"
    assert "Balance: unknown (needs a management key)" in json.loads(bar(skill, "--host", "waybar"))["tooltip"]
    document = json.loads(bar(skill, "--json"))
    assert (document["accounts"][0]["balance_usd"], document["notes"][0]["code"]) == (None, "needs_management_key")


def test_two_accounts_are_told_apart_and_not_added_up(skill, serve, account):
    other = Account([*steady("20").keys], steady("20").events, purchased=140, organization="org-two")
    for key in other.keys:
        key.name = f"other {key.name}"
    other.events = []
    skill.ask(serve(account, other), "agent", "other admin").run()
    assert bar(skill) == (
        "💰 key of OPENROUTER_API_KEY: $38.75 · $3.42 today; account of OPENROUTER_MGMT_KEY: $140.00 · $0.00 today\n"
    )


def test_a_figure_that_is_older_than_it_may_be_is_marked(remembered, fake):
    fake.fault_everywhere(status=503)
    ages = {4: "", 6: " (6m old)", 150: " (2h old)"}
    for minutes, mark in ages.items():
        remembered.now = NOW + timedelta(minutes=minutes)
        assert bar(remembered) == f"💰 $38.75 · $3.42 today{mark}\n"
    remembered.now = NOW + timedelta(minutes=6)
    assert bar(remembered, "--max-age", "1h") == "💰 $38.75 · $3.42 today\n"


def test_the_next_day_today_is_not_known_and_the_balance_is_old(remembered, fake):
    fake.fault_everywhere(status=503)
    later(remembered, fake, hours=20)
    assert bar(remembered) == "💰 $38.75 · — today (20h old)\n"
    later(remembered, fake, days=3)
    assert bar(remembered, "--period", "month") == "💰 $38.75 · $61.25 this month (3d old)\n"
    assert json.loads(bar(remembered, "--json"))["level"] == "unknown"


# How it is renewed


def test_where_nothing_is_remembered_it_is_being_asked_and_the_next_one_knows(skill, fake):
    skill.ask(fake, "agent", "admin")
    assert bar(skill) == "💰 asking\n"
    assert seen(lambda: fake.paths() == EVERYTHING)
    assert at_rest(skill)
    assert bar(skill) == "💰 $38.75 · $3.42 today\n"
    assert fake.paths() == EVERYTHING


def test_what_is_too_old_is_printed_and_renewed_behind_its_back(remembered, fake, account):
    account.purchased = 310
    later(remembered, fake, minutes=6)
    assert bar(remembered) == "💰 $38.75 · $3.42 today (6m old)\n"
    # The hours of 28 days, too; of the completed days no answer would be another.
    assert seen(lambda: len(fake.asked) == 6), fake.paths()
    assert at_rest(remembered)
    assert bar(remembered) == "💰 $48.75 · $3.42 today\n"


def test_nobody_is_asked_offline(remembered, fake):
    later(remembered, fake, hours=1)
    assert bar(remembered, "--offline") == "💰 $38.75 · $3.42 today (1h old)\n"
    assert renewals(remembered) == fake.asked == []


@pytest.mark.skipif(os.name != "posix", reason="reads /proc")
def test_a_silent_network_holds_neither_the_bar_nor_its_pipes(skill, fake):
    """The host sees the end of the output at once, though the renewal lasts."""
    fake.fault_everywhere(how="silence")
    skill.ask(fake, "agent", "admin")
    start = time.monotonic()
    assert bar(skill, "--timeout", "30") == "💰 asking\n"
    assert time.monotonic() - start < 10
    assert seen(lambda: len(fake.asked) == 6), fake.paths()
    (process,) = renewals(skill)
    nothing = {os.readlink(f"/proc/{process}/fd/{number}") for number in (0, 1, 2)}
    assert nothing == {os.devnull}
    state, parent, _, leader = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[:4]
    assert int(leader) == int(process)  # a session of its own
    assert (int(parent) == os.getpid(), state) == (False, "S")
    os.kill(int(process), 9)


def test_however_many_bars_there_is_one_renewal(skill, serve, account):
    fake = serve(account, delay=0.5)
    skill.ask(fake, "agent", "admin")
    command = [sys.executable, str(STATS), "bar", "--now", NOW.isoformat()]
    bars = [
        subprocess.Popen(
            [*command, "--show", show], cwd=skill.cwd, env=skill.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for show in ("both", "usage", "balance", "icon") * 3
    ]
    printed = [one.communicate(timeout=60) for one in bars]
    assert {err for _, err in printed} == {b""}
    assert at_rest(skill)
    assert fake.paths() == EVERYTHING


def test_a_renewal_that_was_refused_is_not_tried_again_for_as_long_as_an_answer_lasts(skill, fake, account):
    account.key("agent").deleted = True
    skill.ask(fake, "agent")
    assert bar(skill) == "💰 asking\n"
    assert seen(lambda: len(fake.asked) == 2), fake.paths()
    assert at_rest(skill)
    for minutes in (1, 4):
        skill.now = NOW + timedelta(minutes=minutes)
        shown = json.loads(bar(skill, "--host", "waybar"))
        assert shown["text"] == "💰 key refused"
        assert "Not renewed: OpenRouter refused OPENROUTER_API_KEY (HTTP 401)" in shown["tooltip"]
    assert len(fake.asked) == 2
    skill.now = NOW + timedelta(minutes=6)
    bar(skill)
    assert seen(lambda: len(fake.asked) == 4), fake.paths()


def test_a_regular_key_that_is_refused_the_balance_is_asked_no_oftener_for_that(skill, serve, account):
    account.credits_for_regular = "403"
    fake = serve(account)
    skill.ask(fake, "agent")
    bar(skill)
    assert seen(lambda: fake.paths() == ["agent /auth/key", "agent /credits"])
    assert at_rest(skill)
    skill.now = NOW + timedelta(minutes=2)
    assert bar(skill) == "💰 — · $3.42 today\n"
    assert at_rest(skill)
    assert len(fake.asked) == 2


def test_the_tooltip_and_the_menu_of_one_key_say_whose_spend_it_is(skill, serve, account):
    """Beside the account's balance, which the line does not say for want of room."""
    skill.ask(serve(account), "agent").run()
    assert bar(skill) == "💰 $38.75 · $3.42 today\n"
    tooltip = json.loads(bar(skill, "--host", "waybar"))["tooltip"].splitlines()
    menu = [row.split(" | ")[0] for row in bar(skill, "--host", "swiftbar").splitlines()[2:]]
    for rows in (tooltip, menu):
        assert rows[0] == "💰 OpenRouter Usage (this key)"
        assert rows[1].startswith("Today: $3.42*")
        assert rows[2] == "All keys: unknown (needs a management key)"


def test_a_renewal_that_failed_says_why(remembered, fake):
    fake.fault_everywhere(status=503)
    later(remembered, fake, minutes=6)
    bar(remembered)
    assert at_rest(remembered)
    tooltip = json.loads(bar(remembered, "--host", "waybar"))["tooltip"]
    assert tooltip.splitlines()[-1].startswith("Not renewed: OpenRouter is failing (HTTP 503); ")


def test_a_renewal_that_failed_is_not_tried_again_at_once(remembered, fake):
    fake.fault_everywhere(status=501)
    later(remembered, fake, minutes=6)
    start = time.monotonic()
    for show in ("both", "usage", "balance"):
        bar(remembered, "--show", show)
        assert at_rest(remembered)
    took = time.monotonic() - start
    assert fake.paths().count("admin /credits") == 1 or took > 3
    time.sleep(3)
    bar(remembered)
    assert seen(lambda: fake.paths().count("admin /credits") >= 2)


def test_after_one_that_was_done_the_pauses_begin_anew(tmp_path):
    from openrouter_usage.cache import refreshes
    from openrouter_usage.cache.cache import Cache
    from openrouter_usage.cache.database import Database

    database = Database(str(tmp_path / "history.db"), "history.db")
    cache = Cache(database, NOW, timedelta(hours=2), lambda: None)
    clock, counts = NOW, []
    for is_done in (True, True, True, False, False, True, False):
        clock += timedelta(minutes=10)
        assert refreshes.claim(cache, "these keys", clock)
        begun = refreshes.begin(cache, "these keys", clock)
        counts.append(begun.in_vain)
        refreshes.end(cache, "these keys", begun._replace(is_done=is_done), NOW)
        database.locks.release()
    database.close()
    assert counts == [1, 1, 1, 1, 2, 3, 1]


def test_a_login_while_a_renewal_is_under_way_is_known_to_the_next_bar(skill, serve, account):
    fake = serve(account, delay=1)
    skill.env.update(OPENROUTER_API_URL=fake.address, PYTHON_KEYRING_BACKEND="keyrings.alt.file.PlaintextKeyring")
    skill.run("login", given=account.key("agent").text)
    bar(skill)
    assert seen(lambda: "agent /credits" in fake.paths())
    skill.run("login", given=account.key("second").text)
    assert at_rest(skill)
    bar(skill)
    assert at_rest(skill)
    assert bar(skill) == "💰 $38.75 · $1.68 today\n"


def test_a_login_is_known_to_the_next_bar(skill, fake, account):
    skill.env.update(OPENROUTER_API_URL=fake.address, PYTHON_KEYRING_BACKEND="keyrings.alt.file.PlaintextKeyring")
    bar(skill)
    assert at_rest(skill)
    skill.run("login", given=account.key("agent").text)
    bar(skill)
    assert at_rest(skill)
    assert bar(skill) == "💰 $38.75 · $3.42 today\n"


def test_a_file_that_is_locked_holds_no_bar_up(remembered, fake):
    import sqlite3

    fake.fault_everywhere(status=503)
    later(remembered, fake, hours=1)
    db = sqlite3.connect(remembered.state / "history.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    took = []
    while min(took, default=1) >= 0.9 and len(took) < 20:  # waiting takes a second each time, a busy machine does not
        for kept in remembered.state.glob("bar-*"):
            kept.unlink()
        start = time.monotonic()
        assert bar(remembered, "--show", "balance") == "💰 $38.75 (1h old)\n"
        took.append(time.monotonic() - start)
    assert min(took) < 0.9
    db.close()


@pytest.mark.parametrize("arguments", [["bar", "--"], ["--", "bar"]])
def test_a_renewal_begins_however_the_command_line_is_written(skill, fake, arguments):
    skill.ask(fake, "agent").now = None
    assert skill.run(*arguments).out == "💰 asking\n"
    assert seen(lambda: len(fake.asked) >= 2), fake.paths()


def test_where_nothing_can_be_remembered_it_says_so_and_asks_nobody(skill, fake):
    skill.env["XDG_STATE_HOME"] = "/dev/null/nowhere"
    printed = skill.ask(fake, "agent", "admin").run("bar")
    assert (printed.code, printed.out) == (0, "💰 nothing remembered\n")
    assert (printed.err, fake.asked) == ("", [])
    tooltip = json.loads(bar(skill, "--host", "waybar"))["tooltip"]
    assert "nothing is remembered" in tooltip


# Keys that need not be read again


@pytest.fixture
def config(skill):
    return skill.home / ".config" / "openrouter-usage" / "credentials.env"


def without_packages(skill, *args):
    printed = skill.run("bar", *args, python=BARE)
    assert (printed.code, printed.err) == (0, "")
    return printed.out


def test_a_key_file_that_did_not_change_is_not_read(skill, fake, config):
    """So that neither python-dotenv nor requests is loaded."""
    write(config, credentials_of(fake, house().key("agent").text))
    assert skill.run().code == 0
    assert without_packages(skill) == "💰 $38.75 · $3.42 today\n"


def test_a_key_file_that_changed_is_not_taken_for_what_it_was(skill, fake, config):
    texts = {key.name: key.text for key in house().keys}
    write(config, credentials_of(fake, texts["agent"]))
    skill.run()
    write(config, credentials_of(fake, texts["second"]) + "# another\n")
    assert bar(skill) == "💰 asking\n"
    assert at_rest(skill)
    assert bar(skill) == "💰 $38.75 · $1.68 today\n"


@pytest.mark.skipif(os.name != "posix", reason="no ctime")
def test_a_key_file_that_pretends_not_to_have_changed_is_read_again(skill, fake, config):
    texts = {key.name: key.text for key in house().keys}
    write(config, credentials_of(fake, texts["agent"]))
    skill.run()
    bar(skill)
    before = config.stat()
    config.write_text(credentials_of(fake, texts["second"]), encoding="utf-8")
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert bar(skill) == "💰 asking\n"


def test_a_key_in_the_environment_comes_before_what_was_found_in_a_file(skill, fake, config):
    texts = {key.name: key.text for key in house().keys}
    write(config, credentials_of(fake, texts["agent"]))
    skill.run()
    skill.ask(fake, "second").run()
    assert bar(skill) == "💰 $38.75 · $1.68 today\n"
    del skill.env["OPENROUTER_API_KEY"], skill.env["OPENROUTER_API_URL"]
    assert bar(skill) == "💰 $38.75 · $3.42 today\n"


def test_a_key_of_the_keychain_is_looked_for_by_the_renewal(skill, fake, account):
    skill.env.update(OPENROUTER_API_URL=fake.address, PYTHON_KEYRING_BACKEND="keyrings.alt.file.PlaintextKeyring")
    skill.run("login", given=account.key("agent").text)
    fake.asked.clear()
    assert bar(skill) == "💰 asking\n"
    assert at_rest(skill)
    assert without_packages(skill) == "💰 $38.75 · $3.42 today\n"


def test_other_commands_too_answer_from_memory_without_reading_the_key(skill, fake, config):
    write(config, credentials_of(fake, house().key("agent").text))
    first = skill.run()
    fake.asked.clear()
    again = skill.run(python=BARE)
    assert (again.code, again.out, again.err, fake.asked) == (0, first.out, "", [])


def test_a_key_that_another_program_put_into_the_keychain_is_found_once_one_is_to_be_sent(skill, fake, account):
    skill.env.update(OPENROUTER_API_URL=fake.address, PYTHON_KEYRING_BACKEND="keyrings.alt.file.PlaintextKeyring")
    skill.run("login", given=account.key("agent").text)
    assert skill.lines()[1].startswith("Today: $3.42*")
    texts = account.key("second").text
    program = "import keyring, sys; keyring.set_password('openrouter-usage', 'OPENROUTER_API_KEY', sys.stdin.read())"
    subprocess.run([sys.executable, "-c", program], input=texts.encode(), env=skill.env, check=True)
    later(skill, fake, minutes=5)
    assert skill.lines()[1].startswith("Today: $1.68*")
    assert {asked.key for asked in fake.asked} == {"second"}


def test_no_key_is_kept(remembered, account):
    bar(remembered)
    kept = b"".join(path.read_bytes() for path in remembered.state.iterdir())
    assert [key.name for key in account.keys if key.text.encode() in kept or key.text[9:25].encode() in kept] == []


def test_without_a_key_it_says_so_behind_the_line_once_the_keychain_was_asked_too(skill):
    printed = skill.run("bar")
    assert (printed.code, printed.out, printed.err) == (0, "💰 asking\n", "")
    assert at_rest(skill)
    assert bar(skill) == "💰 no key\n"
    tooltip = json.loads(bar(skill, "--host", "waybar"))["tooltip"]
    assert tooltip.splitlines()[1].startswith("Not renewed: no OpenRouter key was found, so nothing was asked; store")


# The way around the program


def test_the_same_line_is_printed_again_until_something_is_remembered_anew(remembered, fake, account):
    assert bar(remembered) == bar(remembered) == "💰 $38.75 · $3.42 today\n"
    account.purchased = 290
    remembered.run("--max-age", "0")
    assert bar(remembered) == "💰 $28.75 · $3.42 today\n"


def test_what_is_printed_again_is_of_the_same_keys_and_arguments(remembered, fake):
    bar(remembered)
    assert bar(remembered, "--show", "usage") == "💰 $3.42 today\n"
    skill = remembered.ask(fake, "second", "admin")
    skill.run()
    assert bar(skill) == "💰 $38.75 · $1.68 today\n"


def test_what_is_printed_again_is_read_by_its_owner_alone(remembered):
    bar(remembered)
    (kept,) = remembered.state.glob("bar-*")
    assert os.name != "posix" or kept.stat().st_mode & 0o777 == 0o600
    assert "$38.75" in kept.read_text(encoding="utf-8")


def test_a_kept_line_that_is_damaged_is_made_anew(remembered):
    bar(remembered)
    (kept,) = remembered.state.glob("bar-*")
    for damage in (b"", b"\0\0", kept.read_bytes()[:-30], b"\xff" * 100):
        kept.write_bytes(damage)
        assert bar(remembered) == "💰 $38.75 · $3.42 today\n"


@pytest.mark.skipif(os.name != "posix", reason="sh")
def test_it_is_printed_once_where_standard_error_is_closed(remembered):
    command = ["sh", "-c", '"$@" 2>&-', "sh", sys.executable, str(STATS), "bar", "--now", NOW.isoformat()]
    for _ in range(2):
        printed = subprocess.run(command, env=remembered.env, cwd=remembered.cwd, stdout=subprocess.PIPE, timeout=60)
        assert (printed.returncode, printed.stdout.decode()) == (0, "💰 $38.75 · $3.42 today\n")


# The hosts


def test_the_hosts_are_these():
    from openrouter_usage.commands.bar import hosts

    assert list(hosts.HOSTS) == HOSTS


def test_waybar_gets_one_object_on_one_line(remembered):
    (line,) = bar(remembered, "--host", "waybar").splitlines()
    shown = json.loads(line)
    assert (shown["text"], shown["class"], shown["percentage"]) == ("💰 $38.75 · $3.42 today", "ok", 23)
    assert shown["tooltip"].splitlines()[1] == "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
    assert '• =cmd|"a,b" red: $2.00 (7)' in shown["tooltip"].splitlines()
    assert "• deepseek-v4-flash: &lt;$0.01 (38)" in shown["tooltip"].splitlines()


def test_pangos_letters_are_escaped(skill, serve, account):
    account.key("agent").effective_budget = {"scope": "<i>&", "limit_usd": 5, "remaining_usd": 4}
    skill.ask(serve(account), "agent").run()
    tooltip = json.loads(bar(skill, "--host", "waybar"))["tooltip"]
    assert "Budget (&lt;i&gt;&amp;): $4.00 / $5.00" in tooltip


LEVELS = [("40", 0), ("8", 1), ("2", 2)]
"""At $4 a day: ten days, two, half a day."""


@pytest.mark.parametrize(("left", "level"), LEVELS)
def test_classes_and_colours_are_by_the_levels_of_check(skill, serve, left, level):
    skill.ask(serve(steady(left)), "agent", "admin").run()
    line = f"💰 ${left}.00 · $0.00 today"
    assert skill.run("check").code == level
    assert json.loads(bar(skill, "--host", "waybar"))["class"] == ("ok", "warning", "critical")[level]
    marked = line + ("", " ⚠", " 🚨")[level]
    assert bar(skill) == f"{marked}\n"
    colours = ("", "#[fg=colour16,bg=colour184] ", "#[fg=colour231,bg=colour124] ")[level]
    assert bar(skill, "--host", "tmux") == (f"{colours}{marked} #[default]\n" if level else f"{line}\n")
    colours = ("", "\x1b[1;38;5;166m", "\x1b[1;38;5;196m")[level]
    assert bar(skill, "--host", "claude") == (f"{colours}{marked}\x1b[0m\n" if level else f"{line}\n")
    colours = (" | ", " | color=orange ", " | color=red ")
    assert bar(skill, "--host", "swiftbar").startswith(line + colours[level])
    skill.env["NO_COLOR"] = "1"
    assert bar(skill, "--host", "claude") == line + ("", " ⚠", " 🚨")[level] + "\n"


def test_the_percentage_is_that_of_what_blocks_first(skill, serve):
    skill.ask(serve(limited(steady("100"), 80, 20)), "agent", "admin").run()
    assert json.loads(bar(skill, "--host", "waybar"))["percentage"] == 25
    assert json.loads(bar(skill, "--json"))["percentage"] == 25


def test_swiftbars_menu_is_what_the_demo_prints(skill):
    printed = bar(skill, "--demo", "--host", "swiftbar")
    assert printed == (GOLDEN / "swiftbar-demo.txt").read_text(encoding="utf-8")


def test_swiftbars_rows_hold_no_bar_and_no_picture_that_a_name_brings(remembered):
    rows = bar(remembered, "--host", "swiftbar").splitlines()
    assert [row for row in rows if row != "---" and row.count("|") != 1] == []
    assert '--=cmd/"a,b" red: $2.00 (7) | href=https://openrouter.ai/activity emojize=false symbolize=false' in rows
    named = [row for row in rows if "refresh=true" not in row and row != "---"]
    assert [row for row in named if not row.endswith(" emojize=false symbolize=false")] == []


def test_a_day_that_is_not_known_is_a_dot_in_the_sparkline_and_no_low_bar(skill, fake):
    skill.ask(fake, "agent", "admin").run()
    later(skill, fake, days=2)
    fake.fault_everywhere(status=503)
    (line,) = [row for row in bar(skill, "--host", "swiftbar").splitlines() if "30 UTC days" in row]
    assert line.split()[0] == "▁" * 13 + "▅" + "▁" * 4 + "█" + "▁" * 7 + "▂" + "▁" + "··"


def test_the_menu_has_the_notes_of_the_figures(skill, serve, account):
    account.purchased = 260
    skill.ask(serve(account), "agent", "admin").run()
    (note,) = [row for row in bar(skill, "--host", "swiftbar").splitlines() if row.startswith("Note: ")]
    assert note.startswith("Note: the balance is negative: calls may fail (HTTP 402), to free models too | href=")


def test_the_months_of_two_accounts_are_named(skill, serve, account):
    other = steady("20")
    other.organization = "org-two"
    for key in other.keys:
        key.name = f"other {key.name}"
    other.events = []
    skill.ask(serve(account, other), "admin", "other admin").run()
    months = [row for row in bar(skill, "--host", "swiftbar").splitlines() if "30 UTC days to Nov 19" in row]
    assert [row.split(" ")[0] for row in months] == ["account", "account"]
    assert "account of OPENROUTER_API_KEY: " in months[0]
    assert "account of OPENROUTER_MGMT_KEY: " in months[1]


def test_with_a_regular_key_alone_the_menu_has_no_month(skill, fake):
    skill.ask(fake, "agent").run()
    printed = bar(skill, "--host", "swiftbar")
    assert "30 UTC days" not in printed
    assert "Balance: $38.75 / $300.00 | href=" in printed
    assert printed.endswith("Refresh | refresh=true\n")


@pytest.mark.skipif(not shutil.which("tmux"), reason="no tmux")
@pytest.mark.parametrize(
    ("left", "of_terminal", "colours"),
    [
        ("8", "xterm-256color", "38;5;16m 48;5;184m"),
        ("2", "xterm-256color", "38;5;231m 48;5;124m"),
        ("8", "xterm", "43m"),  # black is the bar's own there
        ("2", "xterm", "37m 41m"),
    ],
)
def test_a_real_tmux_shows_the_line_in_its_colours(skill, serve, tmp_path, left, of_terminal, colours):
    """As the documented configuration has it, on a terminal of our own."""
    skill.ask(serve(steady(left)), "agent", "admin").run()
    (block,) = blocks(TEXTS["references/hosts.md"], "tmux")
    (setting,) = [line for line in block.splitlines() if "status-right " in line]
    python = setting.replace("python3 SKILL", f"{sys.executable} {ROOT}").replace(
        " bar ", f" bar --now {NOW.isoformat()} "
    )
    (tmp_path / "tmux.conf").write_text(f"{python}\nset -g status-right-length 80\nset -g status-interval 1\n")
    env = {**skill.env, "LC_ALL": "C.UTF-8", "TERM": of_terminal, "SHELL": "/bin/sh"}
    tmux = ["tmux", "-S", str(tmp_path / "socket"), "-f", str(tmp_path / "tmux.conf")]
    ours, theirs = terminal(120)
    host = subprocess.Popen([*tmux, "new-session", "sleep 60"], env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    shown = b""
    try:
        until = time.monotonic() + 30
        while f"💰 ${left}.00 · $0.00 today".encode() not in shown and time.monotonic() < until:
            shown += os.read(ours, 65536)
    finally:
        subprocess.run([*tmux, "kill-server"], env=env, capture_output=True)
        host.wait(10)
    line = shown.decode("utf-8", "replace")
    assert line.split(f" 💰 ${left}.00")[0].endswith("".join(f"\x1b[{colour}" for colour in colours.split()))
    assert "#[" not in line


# Never a failure


@pytest.mark.parametrize(
    "arguments", [["--host", "dock"], ["--show=all"], ["--nonsense"], ["--max-age", "soon"], ["x"]]
)
def test_wrong_usage_is_told_in_the_hosts_own_way(skill, arguments):
    printed = skill.run("bar", "--host=waybar", *arguments)
    assert printed.code == 0
    assert json.loads(printed.out)["text"] == "💰 wrong usage"
    assert "Error: " in printed.err


def test_a_bug_is_no_failure_either(skill, fake, tmp_path):
    from conftest import SCRIPTS

    broken = shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "openrouter_usage/commands/summary/fetch.py").write_text(
        "def ProfileFetch(*_):\n    raise KeyError('x')\n", encoding="utf-8"
    )
    printed = skill.ask(fake, "agent").run("bar", script=broken / "stats.py")
    assert (printed.code, printed.out) == (0, "💰 a bug\n")
    assert "a bug in openrouter-usage: KeyError at commands/summary/fetch.py:2" in printed.err


def test_it_needs_no_packages(remembered):
    assert without_packages(remembered) == "💰 $38.75 · $3.42 today\n"


def test_a_reader_that_is_gone_is_no_failure(remembered):
    read, write_end = os.pipe()
    os.close(read)
    command = [sys.executable, str(STATS), "bar", "--now", NOW.isoformat()]
    for _ in range(2):  # the second one takes the way around the program
        done = subprocess.run(command, env=remembered.env, cwd=remembered.cwd, stdout=write_end, stderr=subprocess.PIPE)
        assert (done.returncode, done.stderr) == (0, b"")
    os.close(write_end)
