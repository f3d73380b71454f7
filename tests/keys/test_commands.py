"""A command that prints the key: from whom it is taken, when it is run, what it sees, and what becomes of it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from conftest import BARE, SCRIPTS, at_rest, house, later, seen, write

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the commands of these tests are for a POSIX shell")

FIGURES = "Today: $3.42* | Week: $18.90 | Month: $61.25"


@pytest.fixture
def config(skill):
    return skill.home / ".config" / "openrouter-usage" / "credentials.env"


@pytest.fixture
def manager(skill, account, tmp_path):
    """A password manager with the keys of the house, which writes down each time that it is run."""
    folder = tmp_path / "programs"
    for key in account.keys:
        write(folder / "kept" / key.name, key.text + "\n")
    script = f'#!/bin/sh\necho "$*" >>{folder}/runs\ncat "{folder}/kept/$2"\n'
    write(folder / "manager", script).chmod(0o700)
    skill.env["PATH"] = f"{folder}:{skill.env['PATH']}"
    return folder


def runs(manager):
    """The arguments of each run so far."""
    return (manager / "runs").read_text(encoding="utf-8").splitlines() if (manager / "runs").exists() else []


def ask(skill, fake, regular=None, management=None):
    skill.env["OPENROUTER_API_URL"] = fake.address
    given = {"OPENROUTER_API_KEY_CMD": regular, "OPENROUTER_MGMT_KEY_CMD": management}
    skill.env.update({name: command for name, command in given.items() if command})
    return skill


def script(manager, body):
    write(manager / "script", f"#!/bin/sh\n{body}\n").chmod(0o700)
    return "script"


# What it prints is the key


def test_a_command_of_the_environment_prints_the_key(skill, fake, manager):
    assert ask(skill, fake, "manager get agent").lines()[1] == FIGURES
    assert runs(manager) == ["get agent"]


def test_both_kinds_have_a_command_and_the_same_one_is_run_once(skill, fake, manager):
    lines = ask(skill, fake, "manager get agent", "manager get admin").lines()
    assert (lines[1], lines[2]) == (f"This key: {FIGURES}", "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00")
    assert runs(manager) == ["get agent", "get admin"]
    ask(skill, fake, "manager get admin", "manager get admin").lines()
    assert runs(manager)[2:] == ["get admin"]


def test_a_command_of_the_users_own_file_prints_the_key_of_a_profile_too(skill, fake, manager, config):
    write(config, f'OPENROUTER_API_KEY_CMD="manager get agent"\nOPENROUTER_API_URL={fake.address}\n')
    work = f"OPENROUTER_MGMT_KEY_CMD=manager get 'admin'\nOPENROUTER_API_URL={fake.address}\n"
    write(config.with_name("credentials.work.env"), work)
    assert skill.lines()[1] == FIGURES
    assert skill.lines("--profile", "work")[1] == "Today: $5.10* | Week: $21.40 | Month: $92.00"
    assert runs(manager) == ["get agent", "get admin"]


def test_words_are_split_as_a_shell_does_but_no_shell_runs_them(skill, fake, manager, account):
    write(manager / "kept" / "a key; $(touch x)", account.key("agent").text)
    assert ask(skill, fake, "manager get 'a key; $(touch x)'").lines()[1] == FIGURES
    assert [path for folder in (skill.home, skill.cwd) for path in folder.glob("x")] == []
    assert runs(manager) == ["get a key; $(touch x)"]


def test_a_variable_in_a_command_of_a_file_is_for_the_shell_that_the_user_runs(skill, fake, manager, config):
    line = f"OPENROUTER_API_KEY_CMD=sh -c 'cat $HOME/../programs/kept/agent'\nOPENROUTER_API_URL={fake.address}\n"
    write(config, line)
    assert skill.lines()[1] == FIGURES


@pytest.mark.parametrize("name", ["OPENROUTER_API_KEY", "OPENROUTER_KEY"])
def test_a_plain_key_of_the_same_source_comes_first(skill, fake, manager, name):
    skill.env[name] = house().key("second").text
    assert ask(skill, fake, "manager get agent").lines()[1].startswith("Today: $1.68*")
    assert runs(manager) == []


def test_a_command_of_an_earlier_source_comes_before_a_plain_key_of_a_later_one(skill, fake, manager, config):
    write(config, f"OPENROUTER_API_KEY={house().key('second').text}\n")
    assert ask(skill, fake, "manager get agent").lines()[1] == FIGURES


def test_the_doctor_names_the_program_alone(skill, fake, manager):
    told = ask(skill, fake, f"{manager}/manager get agent").run("doctor")
    assert told.code == 0
    assert told.out.splitlines()[1] == (
        "OPENROUTER_API_KEY_CMD: sk-or-v1-…824, a regular key, from the environment (printed by manager), "
        f"for {fake.address}"
    )
    assert (str(manager) in told.all, "get agent" in told.all) == (False, False)
    assert skill.json("doctor")["keys"][0]["source"] == "the environment (printed by manager)"
    assert runs(manager) == ["get agent"] * 2


def test_a_regular_key_in_the_place_of_a_management_key_is_told_its_right_place(skill, fake, manager):
    told = ask(skill, fake, None, "manager get agent").run("doctor").out
    assert (
        "Trouble: OPENROUTER_MGMT_KEY_CMD holds a regular key, not a management key: set it as OPENROUTER_API_KEY_CMD\n"
    ) in told


# From whom it is taken


def test_a_command_of_a_working_directory_is_never_run(skill, fake, manager):
    write(skill.cwd / ".env", f"OPENROUTER_API_KEY_CMD=manager get agent\nOPENROUTER_API_URL={fake.address}\n")
    printed = skill.run()
    assert (printed.code, printed.out, runs(manager), fake.asked) == (3, "", [], [])
    assert printed.err.splitlines()[0] == (
        "Error: no OpenRouter key was found, so nothing was asked (OPENROUTER_API_KEY_CMD in ./.env was not used: "
        "commands are taken from the environment and ~/.config/openrouter-usage/credentials.env alone)"
    )
    printed = skill.ask(fake, None, "admin").run()
    assert printed.code == 0
    assert printed.err == (
        "Remark: OPENROUTER_API_KEY_CMD in ./.env was not used: "
        "commands are taken from the environment and ~/.config/openrouter-usage/credentials.env alone\n"
    )
    assert runs(manager) == []


def test_a_command_of_the_skills_folder_is_never_run(skill, fake, manager, tmp_path):
    folder = tmp_path / "openrouter-usage"
    shutil.copytree(SCRIPTS, folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    write(folder / "credentials.env", f"OPENROUTER_API_KEY_CMD=manager get agent\nOPENROUTER_API_URL={fake.address}\n")
    printed = skill.run(script=folder / "scripts" / "stats.py")
    assert (printed.code, runs(manager)) == (3, [])
    assert "OPENROUTER_API_KEY_CMD in credentials.env beside SKILL.md was not used" in printed.err


@pytest.mark.parametrize("home", [".", "own"])
def test_a_home_in_the_working_directory_is_none(skill, fake, manager, tmp_path, home):
    folder = skill.cwd / home / ".config" / "openrouter-usage"
    write(folder / "credentials.env", f"OPENROUTER_API_KEY_CMD=manager get agent\nOPENROUTER_API_URL={fake.address}\n")
    write(folder / "credentials.work.env", f"OPENROUTER_API_KEY={house().key('agent').text}\n")
    write(skill.cwd / home / ".openclaw" / "agents" / "main" / "agent" / "auth-profiles.json", "{}")
    skill.env.update(HOME=home, XDG_STATE_HOME=str(tmp_path / "state"))
    printed = skill.run()
    assert (printed.code, printed.out, runs(manager), fake.asked) == (3, "", [], [])
    assert printed.err.startswith("Error: no OpenRouter key was found, so nothing was asked\n")
    assert "or write it into /.config/openrouter-usage/credentials.env; `--demo` shows a sample\n" in printed.err
    told = skill.run("doctor").out
    assert ("Profiles: " in told, "OpenClaw" in told) == (False, False)
    assert sorted(path.name for path in (skill.cwd / home).iterdir()) == [".config", ".openclaw"]


def refused_in(skill, config, manager):
    """What the error names as open to others."""
    printed = skill.run()
    assert (printed.code, printed.out, runs(manager)) == (3, "", [])
    first, second = printed.err.splitlines()
    start = (
        "Error: OPENROUTER_API_KEY_CMD in ~/.config/openrouter-usage/credentials.env gave no key: others may write to "
    )
    assert first.startswith(start)
    assert second == "Next: make it yours, and `chmod go-w` it"
    return first[len(start) :].replace(", so it was not run", "")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_to_has_no_command(skill, fake, manager, config, mode):
    write(config, f"OPENROUTER_API_KEY_CMD=manager get agent\nOPENROUTER_API_URL={fake.address}\n").chmod(mode)
    assert refused_in(skill, config, manager) == "~/.config/openrouter-usage/credentials.env"
    config.chmod(0o644)
    assert skill.lines()[1] == FIGURES  # others may read it: there is no key in it


@pytest.mark.parametrize("folder", ["~/.config/openrouter-usage", "~/.config"])
def test_a_file_below_a_folder_that_others_may_write_to_has_none_either(skill, fake, manager, config, folder):
    skill.remembers = True
    write(config, f"OPENROUTER_API_KEY_CMD=manager get agent\nOPENROUTER_API_URL={fake.address}\n")
    path = skill.home / folder[2:]
    path.chmod(0o775)
    assert refused_in(skill, config, manager) == folder
    path.chmod(0o755)
    assert skill.lines()[1] == FIGURES


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_has_none(skill, fake, manager, config):
    write(config, f"OPENROUTER_API_KEY_CMD=manager get agent\nOPENROUTER_API_URL={fake.address}\n").chmod(0o644)
    os.chown(config, 65534, -1)
    assert refused_in(skill, config, manager) == "~/.config/openrouter-usage/credentials.env"


def test_a_link_is_judged_by_the_file_that_it_leads_to_and_by_every_folder_on_the_way(
    skill, fake, manager, config, tmp_path
):
    real = write(
        tmp_path / "dotfiles" / "keys.env",
        f"OPENROUTER_API_KEY_CMD=manager get agent\nOPENROUTER_API_URL={fake.address}\n",
    )
    between = tmp_path / "between"
    between.mkdir()
    (between / "link").symlink_to(real)
    config.parent.mkdir(parents=True)
    config.symlink_to(between / "link")
    for path, mode in ((real, 0o600), (real.parent, 0o700), (between, 0o700), (config.parent, 0o700)):
        path.chmod(0o777)
        assert refused_in(skill, config, manager).endswith(path.name)
        path.chmod(mode)
    assert skill.lines()[1] == FIGURES


# When it is run


def test_what_is_remembered_needs_no_command(skill, fake, manager):
    skill.remembers = True
    first = ask(skill, fake, "manager get agent").run()
    again = skill.run(python=BARE)
    assert (again.code, again.out, runs(manager)) == (0, first.out, ["get agent"])
    later(skill, fake, minutes=5)
    assert skill.run().code == 0
    assert runs(manager) == ["get agent"] * 2
    assert fake.asked != []


def test_offline_runs_no_command(skill, fake, manager):
    skill.remembers = True
    printed = ask(skill, fake, "manager get agent").run("--offline")
    assert (printed.code, printed.out) == (3, "")
    assert printed.err == (
        "Error: OPENROUTER_API_KEY_CMD in the environment gave no key: it is not run with --offline\n"
        "Next: leave that out\n"
    )
    skill.run()
    later(skill, fake, hours=50)
    for options in ([], ["--max-age", "0"]):
        printed = skill.run("--offline", *options)
        assert (printed.code, printed.err) == (0, "")
        assert "Balance: $38.75" in printed.out
    assert "it is not run with --offline" in skill.run("doctor", "--offline").out
    assert runs(manager) == ["get agent"]


def test_a_bar_runs_no_command_and_neither_does_its_renewal(skill, fake, manager):
    skill.remembers = True
    ask(skill, fake, "manager get agent")
    assert skill.run("bar").out == "💰 asking\n"
    assert at_rest(skill)
    assert skill.run("bar").out == "💰 no key from command\n"
    skill.run()
    fake.asked.clear()
    assert skill.run("bar").out == "💰 $38.75 · $3.42 today\n"
    for hours in (1, 30):
        later(skill, fake, hours=hours)
        for _ in range(2):
            assert skill.run("bar").out.startswith("💰 $38.75")
            assert at_rest(skill)
    assert (runs(manager), fake.asked) == (["get agent"], [])
    (tooltip,) = [line for line in json.loads(skill.run("bar", "--host", "waybar").out)["tooltip"].splitlines()
                  if line.startswith("Not renewed")]  # fmt: skip
    assert tooltip == (
        "Not renewed: OPENROUTER_API_KEY_CMD in the environment gave no key: it is not run in the background, where "
        "you would be asked for it again and again; run `stats.py`: a bar shows what that was told"
    )


def test_a_bar_renews_what_another_key_can_tell(skill, fake, manager):
    skill.remembers = True
    ask(skill, fake, "manager get agent").env["OPENROUTER_MGMT_KEY"] = house().key("admin").text
    skill.run()
    later(skill, fake, hours=1)
    skill.run("bar")
    assert seen(lambda: "admin /credits" in fake.paths())
    assert at_rest(skill)
    assert {asked.key for asked in fake.asked} == {"admin"}
    assert runs(manager) == ["get agent"]


def test_a_bar_in_a_folder_with_an_env_file_shows_what_was_asked_there(skill, fake, manager):
    skill.remembers = True
    write(skill.cwd / ".env", "DJANGO_SECRET=1\n")
    ask(skill, fake, "manager get agent").run()
    assert skill.run("bar").out == "💰 $38.75 · $3.42 today\n"


def test_a_key_that_was_changed_is_asked_for_once(skill, fake, manager):
    skill.remembers = True
    ask(skill, fake, "manager get agent").run()
    write(manager / "kept" / "agent", house().key("second").text)
    later(skill, fake, minutes=5)
    assert skill.lines()[1].startswith("Today: $1.68*")
    assert runs(manager) == ["get agent"] * 2


def test_while_the_manager_is_locked_what_is_remembered_stands_in(skill, fake, manager):
    skill.remembers = True
    ask(skill, fake, "manager get agent").run()
    os.remove(manager / "kept" / "agent")
    later(skill, fake, minutes=10)
    lines = skill.lines()
    assert "Balance: $38.75 / $300.00 (as of 14:09 UTC)" in lines
    assert lines[-1].startswith(
        "Note: not everything was answered (OPENROUTER_API_KEY_CMD in the environment gave no key: "
        "`manager` ended with exit code 1)"
    )


def test_login_and_logout_run_no_command_and_say_which_comes_first(skill, fake, manager, config, account):
    ask(skill, fake, "manager get second")
    printed = skill.run("login", "--file", given=account.key("agent").text)
    assert (printed.code, printed.out.splitlines()[1]) == (
        0,
        "Not used yet: OPENROUTER_API_KEY_CMD from the environment comes first",
    )
    printed = skill.run("logout", "--file")
    assert printed.out.splitlines()[1] == "Still found: OPENROUTER_API_KEY_CMD, from the environment"
    assert runs(manager) == []


# What it sees, and what becomes of it


def test_it_sees_no_key_no_standard_input_and_no_working_directory(skill, fake, manager, account):
    body = f"pwd >{manager}/seen; env >>{manager}/seen; cat >>{manager}/seen; cat {manager}/kept/agent"
    skill.env.update(OPENROUTER_MGMT_KEY=account.key("admin").text, OTHER_SETTING="stays")
    printed = ask(skill, fake, script(manager, body)).run(given="not for it")
    assert printed.code == 0
    told = (manager / "seen").read_text(encoding="utf-8").splitlines()
    assert told[0] == str(skill.home)
    assert "OTHER_SETTING=stays" in told
    assert [line for line in told if "not for it" in line or line.startswith("OPENROUTER_MGMT")] == []
    assert [line for line in told if line.startswith("OPENROUTER_API_KEY")] == []


@pytest.mark.parametrize("path", [".", "", "programs", "{cwd}/../cwd/."])
def test_no_program_of_the_working_directory_is_run_through_a_relative_path(skill, fake, manager, path):
    write(skill.cwd / "helper", f"#!/bin/sh\ntouch {manager}/helped\n").chmod(0o700)
    write(skill.cwd / "programs" / "helper", f"#!/bin/sh\ntouch {manager}/helped\n").chmod(0o700)
    is_absolute = path.startswith("{")
    skill.env["PATH"] = f"{path.format(cwd=skill.cwd)}:{skill.env['PATH']}"
    for command in ("helper", "./helper", "programs/helper"):
        printed = ask(skill, fake, command).run()
        assert (printed.code, (manager / "helped").exists()) == (3, is_absolute and command == "helper")
        (manager / "helped").unlink(missing_ok=True)
    assert "its program was not found" in printed.err


NOT_FOUND = ("its program was not found", "name one that is on PATH, or its whole path")
SECRET = "sk-" + "or-v1-" + "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("command", "error", "next_step"),
    [
        (SECRET, *NOT_FOUND),
        (f"TOKEN={SECRET} manager get agent", *NOT_FOUND),
        (f"/nowhere/{SECRET}", *NOT_FOUND),
        (f"'{SECRET}", "it is no command: perhaps a quote in it is not closed", "write it as for a shell"),
        (f"sh -c 'echo {SECRET} >&2; exit 7'", "`sh` ended with exit code 7", "run it in a terminal to see why"),
        (f"sh -c 'echo {SECRET} >&2'", "`sh` printed nothing", "it must print the key alone"),
        (f"echo {SECRET} {SECRET}", "what `echo` printed is no key", "it must print the key alone"),
        (rf"printf '{SECRET}\nnotes\n'", "what `printf` printed is no key", "it must print the key alone"),
        (rf"printf '{SECRET}\033[31m'", "what `printf` printed is no key", "it must print the key alone"),
        (r"printf '\377\376'", "what `printf` printed is no key", "it must print the key alone"),
        (f"yes {SECRET}", "`yes` printed more than 10,000 bytes", "run it in a terminal to see why"),
        ("cat /dev/zero", "`cat` printed more than 10,000 bytes", "run it in a terminal to see why"),
    ],
)  # fmt: skip
def test_what_gives_no_key_is_told_without_its_words(skill, fake, command, error, next_step):
    printed = ask(skill, fake, command).run()
    assert (printed.code, printed.out, fake.asked) == (3, "", [])
    assert printed.err == (
        f"Error: OPENROUTER_API_KEY_CMD in the environment gave no key: {error}\nNext: {next_step}\n"
    )
    document = json.loads(skill.run("--json").out)
    assert document["error"]["code"] == "key_command"
    assert SECRET[9:30] not in json.dumps(document)


def test_a_file_that_cannot_be_run_is_told(skill, fake, manager):
    write(manager / "broken", "#!/nowhere/interpreter\n").chmod(0o700)
    assert "gave no key: `broken` cannot be run\n" in ask(skill, fake, "broken").run().err


def test_one_command_without_a_key_costs_its_own_line_only(skill, fake):
    skill.ask(fake, None, "admin")
    lines = ask(skill, fake, "false").lines()
    assert lines[1] == (
        "This key: Today: unknown | Week: unknown | Month: unknown (OPENROUTER_API_KEY_CMD in the environment gave no "
        "key: `false` ended with exit code 1)"
    )
    assert "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00" in lines
    assert "key_command" in [note["code"] for note in skill.json()["notes"]]


def processes(word):
    """The processes that have this word in their environment."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("no /proc to see processes in")
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):  # it has ended, or is another user's
            found += [environment.parent.name] if word.encode() in environment.read_bytes() else []
    return found


@pytest.mark.parametrize(
    "body",
    [
        "sleep 300",
        "sleep 300 & sleep 300 & echo $!; wait",
        "sleep 300 & exit 0",
        "exec >&-; sleep 300",
        "trap '' TERM INT; while :; do sleep 1; done",
    ],
)  # fmt: skip
def test_a_command_that_does_not_end_is_stopped_with_its_children(skill, fake, manager, body, tmp_path):
    skill.env["OF_THIS_TEST"] = word = f"{tmp_path.parent.name}-{tmp_path.name}"
    start = time.monotonic()
    printed = ask(skill, fake, script(manager, body)).run("--timeout", "2")
    assert time.monotonic() - start < 20
    assert printed.code == 3
    assert "gave no key: `script` did not end within 2 s, and was stopped\n" in printed.err
    assert seen(lambda: processes(word) == [], 10), processes(word)


@pytest.mark.parametrize(
    ("number", "code", "told"),
    [
        (signal.SIGINT, 130, b"Interrupted: no figure was printed.\n"),
        (signal.SIGTERM, -signal.SIGTERM, b""),
        (signal.SIGHUP, -signal.SIGHUP, b""),
    ],
)
def test_the_command_ends_when_the_run_is_ended(skill, fake, manager, tmp_path, number, code, told):
    skill.env["OF_THIS_TEST"] = word = f"{tmp_path.parent.name}-{tmp_path.name}"
    ask(skill, fake, script(manager, f"sleep 1; touch {manager}/began; sleep 300"))
    running = subprocess.Popen(
        [sys.executable, str(SCRIPTS / "stats.py"), "--timeout", "60"],
        env=skill.env, cwd=skill.cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert seen(lambda: (manager / "began").exists())
    running.send_signal(number)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (code, b"", told)
    assert seen(lambda: processes(word) == [], 10)
