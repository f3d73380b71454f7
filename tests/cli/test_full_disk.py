"""A disk that is full: the answer is given, or it is said that it could not be written."""

import json
import os
import resource
import subprocess
import sys

import pytest

from conftest import NOW, STATS, write

pytestmark = [
    pytest.mark.usefixtures("starts_python"),
    pytest.mark.skipif(sys.platform != "linux", reason="/dev/full, and tmpfs"),
]
NOT_WRITTEN = (
    "Error: the answer could not be written to standard output: {}\n"
    "Next: make room, or send it elsewhere; what was written is not all of it\n"
)
NO_SPACE, TOO_LARGE = "No space left on device", "File too large"


def printed_to(skill, path, *arguments, limit=None):
    """Runs the program with its standard output in that file; no file may become larger than the limit, in bytes."""
    limited = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))) if limit is not None else None
    with open(path, "w") as out:
        return subprocess.run(
            [sys.executable, str(STATS), *arguments],
            env={**skill.env, "PYTHONDONTWRITEBYTECODE": "1"},  # that of all tests would be cut
            cwd=skill.cwd,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            preexec_fn=limited,
        )


@pytest.fixture
def tiny(tmp_path):
    """A real file system of 16 KB, for root."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


# The answer


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--demo"], 5), (["report", "--demo", "--json"], 5), (["bar", "--demo"], 5), (["check", "--demo"], 3),
        (["--help"], 5), (["--version"], 5), (["check", "--help"], 3), (["--timeout", "0", "--json"], 5),
        (["check", "--demo", "--announce"], 3),
    ],
    ids=str,
)  # fmt: skip
def test_an_answer_that_cannot_be_written_is_said_with_a_code_of_its_own(skill, arguments, code):
    done = printed_to(skill, "/dev/full", *arguments)
    assert (done.returncode, done.stderr) == (code, NOT_WRITTEN.format(NO_SPACE))


@pytest.mark.parametrize("settings", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["usual", "unbuffered"])
def test_an_answer_of_which_a_part_could_be_written_is_none(skill, settings):
    skill.env.update(settings)
    place = skill.cwd / "answer"
    done = printed_to(skill, place, "report", "--demo", limit=1000)
    assert (done.returncode, done.stderr) == (5, NOT_WRITTEN.format(TOO_LARGE))
    assert place.stat().st_size == 1000


def test_a_disk_that_is_full_when_the_file_is_closed_is_said(skill, tmp_path):
    """As the file system of a network tells it."""
    (tmp_path / "sitecustomize.py").write_text(
        "import errno, os\n"
        "close = os.close\n"
        "def full(descriptor):\n"
        "    at = os.readlink(f'/proc/self/fd/{descriptor}')\n"
        "    close(descriptor)\n"
        "    if at.endswith('/answer'): raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))\n"
        "os.close = full\n"
    )
    skill.env["PYTHONPATH"] = str(tmp_path)
    done = printed_to(skill, skill.cwd / "answer", "--demo")
    assert (done.returncode, done.stderr) == (5, NOT_WRITTEN.format("Disk quota exceeded"))


def test_a_line_that_a_bar_repeats_is_said_to_be_unwritten_too(remembered):
    bar = ["bar", "--max-age", "72h", "--now", NOW.isoformat()]
    for place, code, err in (("/dev/null", 0, ""), ("/dev/full", 5, NOT_WRITTEN.format(NO_SPACE))) * 2:
        done = printed_to(remembered, place, *bar)
        assert (done.returncode, done.stderr) == (code, err)
    assert [path.name[:4] for path in remembered.state.glob("bar-*")] == ["bar-"]


def test_remarks_that_cannot_be_written_change_no_code(skill, fake):
    skill.ask(fake, "agent").env["XDG_STATE_HOME"] = "/dev/null/nowhere"
    for arguments, code in (([], 0), (["--timeout", "0"], 2)):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [sys.executable, str(STATS), *arguments],
                env=skill.env,
                cwd=skill.cwd,
                stdout=subprocess.PIPE,
                stderr=full,
            )
        assert (done.returncode, done.stdout.count(b"Today: $3.42*")) == (code, not code)


# Files


@pytest.mark.parametrize(
    ("command", "name", "limit"), [("chart", "a.svg", 2000), ("dashboard", "a.html", 2000), ("metrics", "a.prom", 100)]
)
def test_a_file_that_has_no_room_stays_as_it_was(skill, fake, command, name, limit):
    skill.ask(fake, "agent", "admin").env["XDG_STATE_HOME"] = "/dev/null/nowhere"
    file = write(skill.cwd / name, "old")
    done = printed_to(skill, "/dev/null", command, "--output", name, "--now", NOW.isoformat(), limit=limit)
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (5, [
        f"Error: --output cannot be written: {TOO_LARGE}",
        "Next: name another file, in a folder of yours that has room",
    ])  # fmt: skip
    assert file.read_text() == "old"
    assert os.listdir(skill.cwd) == [name]


def test_a_file_on_a_full_disk_stays_as_it_was(skill, tiny):
    file = write(tiny / "a.html", "old")
    printed = skill.run("dashboard", "--demo", "--json", "--output", str(file))
    assert (printed.code, printed.err) == (5, "")
    assert json.loads(printed.out)["error"] == {
        "code": "not_written",
        "message": f"--output cannot be written: {NO_SPACE}",
        "next": "name another file, in a folder of yours that has room",
    }
    assert (file.read_text(), os.listdir(tiny)) == ("old", ["a.html"])


def test_a_key_for_which_there_is_no_room_is_not_stored(skill, fake, account, tiny):
    file = write(tiny / "openrouter-usage" / "credentials.env", "OLD=1\n" + "#" * 12_000)
    skill.env.update(XDG_CONFIG_HOME=str(tiny), OPENROUTER_API_URL=fake.address)
    before = file.read_bytes()
    printed = skill.run("login", "--file", given=account.key("agent").text)
    assert (printed.code, printed.out) == (5, "")
    assert printed.err.startswith(f"Error: {file} was left as it is: {NO_SPACE}\nNext: ")
    assert (file.read_bytes(), os.listdir(file.parent)) == (before, ["credentials.env"])


# What is kept


@pytest.mark.parametrize("command", [[], ["check"], ["doctor"]], ids=str)
def test_a_home_on_a_full_disk_costs_no_answer(skill, fake, tiny, command):
    """Bytecode is cut, and nothing is remembered: twice, for the second run finds what the first one left."""
    arguments = [*command, "--now", NOW.isoformat()]
    del skill.env["XDG_CACHE_HOME"]
    skill.ask(fake, "agent", "admin")
    told = skill.run(*command)
    skill.env["HOME"] = str(tiny)
    for _ in range(2):
        done = printed_to(skill, skill.cwd / "answer", *arguments)
        assert done.returncode == told.code == 0
        answer = (skill.cwd / "answer").read_text(encoding="utf-8")
        assert "othing is remembered: ~/.local/state/openrouter-usage/history.db: " in done.stderr + answer
        assert answer == told.out or command == ["doctor"]
