"""Our folders: whom they are open to under any umask, whose state is believed, and what is written without a home."""

import os
import stat
import subprocess
import sys

import pytest

from conftest import NOW, STATS

pytestmark = [
    pytest.mark.usefixtures("starts_python"),
    pytest.mark.skipif(os.name != "posix", reason="modes and owners of POSIX"),
]
ROOT_ALONE = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away"
)
ANSWER = "Today: $3.42* | Week: $18.90 | Month: $61.25"
FOLDER = "Remark: nothing is remembered: the folder of ~/.local/state/openrouter-usage/history.db is not used: "
OTHERS_WRITE = "others can write to it (`chmod 700` closes it, if what is there is yours)"
ANOTHER_PLACE = "XDG_STATE_HOME can name another place"
NOBODY = 65534


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def answered(skill):
    """The lines of standard error beside a right answer."""
    printed = skill.run()
    assert (printed.code, printed.out.splitlines()[1]) == (0, ANSWER), printed
    return printed.err.splitlines()


@pytest.fixture
def known(skill, fake):
    """The folder of what was remembered a moment ago."""
    skill.remembers = True
    assert answered(skill.ask(fake, "agent")) == []
    fake.asked.clear()
    return skill.state


# Any umask


@pytest.mark.parametrize("umask", ["000", "027"])
def test_whatever_is_made_is_the_users_alone(skill, fake, account, umask):
    del skill.env["XDG_CACHE_HOME"]
    skill.remembers = True
    skill.ask(fake, "agent", "admin")
    run = f"'{sys.executable}' '{STATS}'"
    for command in (f"{run} --now {NOW.isoformat()}", f"{run} bar", f"{run} login --file"):
        subprocess.run(
            ["sh", "-c", f"umask {umask} && exec {command}"],
            env=skill.env,
            cwd=skill.cwd,
            check=True,
            capture_output=True,
            input=account.key("agent").text.encode(),
        )
    made = list(skill.home.rglob("*"))
    names = {"history.db", "credentials.env", "bytecode", ".local", ".cache", ".config", "state"}
    assert names <= {path.name for path in made}
    assert {mode(path) for path in made if path.is_dir()} == {0o700}
    assert {mode(path) for path in made if path.is_file()} == {0o600}


@pytest.mark.parametrize(("umask", "made"), [("000", 0o644), ("022", 0o644), ("027", 0o640), ("077", 0o600)])
def test_the_file_of_output_has_the_mode_of_the_users_umask_and_an_old_one_keeps_its_own(skill, umask, made):
    kept = skill.cwd / "kept.html"
    kept.touch()
    kept.chmod(0o604)
    for name in ("new.html", "kept.html"):
        command = f"umask {umask} && exec '{sys.executable}' '{STATS}' dashboard --demo --output {name}"
        subprocess.run(["sh", "-c", command], env=skill.env, cwd=skill.cwd, check=True, capture_output=True)
    assert (mode(skill.cwd / "new.html"), mode(kept)) == (made, 0o604)


def test_the_command_that_prints_a_key_has_the_umask_of_the_user(skill, fake, account, tmp_path):
    told = tmp_path / "told"
    manager = tmp_path / "manager"
    manager.write_text(f"#!/bin/sh\numask > '{told}'\necho {account.key('agent').text}\n")
    manager.chmod(0o700)
    skill.ask(fake).env["OPENROUTER_API_KEY_CMD"] = str(manager)
    command = f"umask 027 && exec '{sys.executable}' '{STATS}' --now {NOW.isoformat()}"
    done = subprocess.run(["sh", "-c", command], env=skill.env, cwd=skill.cwd, check=True, capture_output=True)
    assert (done.stdout.decode().splitlines()[1], told.read_text()) == (ANSWER, "0027\n")


# Whose state is believed


@pytest.mark.parametrize("open_to", [0o777, 0o770, 0o702, 0o1777])
def test_what_is_remembered_in_a_folder_that_others_can_write_is_not_used(skill, fake, known, open_to):
    known.chmod(open_to)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in known.iterdir())
    assert answered(skill) == [f"{FOLDER}{OTHERS_WRITE}; {ANOTHER_PLACE}"]
    assert fake.asked != []
    assert sorted((path.name, path.stat().st_mtime_ns) for path in known.iterdir()) == before
    assert OTHERS_WRITE in skill.run("doctor").out
    known.chmod(0o700)
    assert answered(skill) == []


@pytest.mark.parametrize(("open_to", "is_used"), [(0o777, False), (0o1777, True), (0o755, True)])
def test_a_folder_that_another_can_be_put_in_the_place_of_is_not_used(skill, fake, known, open_to, is_used):
    known.parent.chmod(open_to)
    assert answered(skill) == ([] if is_used else [f"{FOLDER}others can put another one in its place; {ANOTHER_PLACE}"])
    assert bool(fake.asked) != is_used


def test_a_link_is_not_taken_for_our_folder(skill, fake, known, tmp_path):
    known.rename(tmp_path / "elsewhere")
    known.symlink_to(tmp_path / "elsewhere")
    assert answered(skill) == [f"{FOLDER}it is a link, or no folder; {ANOTHER_PLACE}"]


def test_folders_above_ours_may_be_links(skill, fake, known, tmp_path):
    (skill.home / ".local").rename(tmp_path / "elsewhere")
    (skill.home / ".local").symlink_to(tmp_path / "elsewhere")
    assert (answered(skill), fake.asked) == ([], [])


@ROOT_ALONE
def test_the_folder_of_another_user_is_not_used(skill, fake, known):
    for path in (known, *known.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    assert answered(skill) == [f"{FOLDER}it belongs to another user; {ANOTHER_PLACE}"]
    os.chown(known.parent, NOBODY, NOBODY)
    os.chown(known, 0, 0)
    assert answered(skill) == [f"{FOLDER}others can put another one in its place; {ANOTHER_PLACE}"]


@ROOT_ALONE
def test_what_another_user_prepared_in_a_folder_for_everybody_is_neither_used_nor_touched(skill, fake, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    skill.ask(fake, "agent").env.update(XDG_STATE_HOME=str(shared), XDG_CACHE_HOME=str(shared))
    assert answered(skill) == []
    ours = shared / "openrouter-usage"
    assert {"history.db", "bytecode"} <= {path.name for path in ours.iterdir()}
    for path in (ours, *ours.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    for path in ours.rglob("*.pyc"):
        path.write_bytes(b"planted")
    before = {path: path.stat().st_mtime_ns for path in ours.rglob("*")}
    (told,) = answered(skill)
    assert told.endswith(f"history.db is not used: it belongs to another user; {ANOTHER_PLACE}")
    assert {path: path.stat().st_mtime_ns for path in ours.rglob("*")} == before


@ROOT_ALONE
def test_doctor_names_the_folder_for_bytecode_that_is_not_used(skill, fake):
    del skill.env["XDG_CACHE_HOME"]
    cache = skill.home / ".cache" / "openrouter-usage"
    cache.mkdir(parents=True)
    cache.chmod(0o700)
    os.chown(cache, NOBODY, NOBODY)
    skill.ask(fake, "agent")
    told = f"Trouble: Python compiles this program in each run, which takes time: {cache} is not used: "
    assert f"{told}it belongs to another user" in skill.run("doctor").out.splitlines()
    assert answered(skill) == []
    os.chown(cache, 0, 0)
    cache.parent.chmod(0o777)
    assert "others can put another one in its place" in skill.run("doctor").out
    assert list(cache.iterdir()) == []


# No home


@pytest.mark.parametrize("home", [None, "", "here", "/dev/null"])
@pytest.mark.parametrize(
    "command", [[], ["bar"], ["check"], ["chart", "--demo", "--output", "/dev/null/a.svg"]], ids=str
)
def test_nothing_is_written_into_the_working_directory_whatever_the_home(skill, fake, tmp_path, home, command):
    """Also where the system does not know any other home; relative folders of XDG count for nothing."""
    (tmp_path / "sitecustomize.py").write_text(
        "import pwd\ndef unknown(user):\n    raise KeyError(user)\npwd.getpwuid = pwd.getpwnam = unknown\n"
    )
    skill.ask(fake, "agent").env.update(PYTHONPATH=str(tmp_path), **dict.fromkeys(
        ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), "here"
    ))  # fmt: skip
    del skill.env["HOME"]
    if home is not None:
        skill.env["HOME"] = home
    printed = skill.run(*command)
    assert (printed.code, "Traceback" in printed.all) == (2 if "chart" in command else 0, False)
    assert list(skill.cwd.iterdir()) == []


@pytest.mark.parametrize("home", ["", "here", "/"])
def test_without_a_home_it_is_said_that_nothing_is_remembered_or_stored(skill, fake, account, home):
    del skill.env["XDG_CACHE_HOME"]
    skill.ask(fake, "agent").env["HOME"] = home
    before = sorted(os.listdir("/"))
    told = "Remark: nothing is remembered: there is no home folder; XDG_STATE_HOME can name a place"
    assert answered(skill) == [told]
    printed = skill.run("login", "--file", given=account.key("agent").text)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err == (
        "Error: there is no home folder, so no key was asked for or stored\n"
        "Next: set HOME, or XDG_CONFIG_HOME to a folder\n"
    )
    assert (sorted(os.listdir("/")), list(skill.cwd.iterdir())) == (before, [])
