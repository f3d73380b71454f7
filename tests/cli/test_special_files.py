"""Links, pipes, devices, sockets and folders in the place of a file of our state, of keys or of `--output`."""

import os
import socket
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from conftest import write

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and pipes of POSIX")

ANSWER = "This key: Today: $3.42* | Week: $18.90 | Month: $61.25"
WORDS = "somebody's words\n"


def _socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        here = os.getcwd()
        os.chdir(path.parent)  # the path of a socket is short
        one.bind(path.name)
        os.chdir(here)


def _another_users(path):
    if os.geteuid():
        pytest.skip("only root can give files away")
    path.write_text(WORDS)
    os.chown(path, 12345, 12345)


LINKS = {
    "a link": lambda path: path.symlink_to(path.with_name("target")),
    "a link to nothing": lambda path: path.symlink_to("nowhere"),
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a link to endless zeros": lambda path: path.symlink_to("/dev/zero"),
    "a link to a folder": lambda path: path.symlink_to("/usr"),
}
SPECIAL = {
    **LINKS,
    "a pipe": os.mkfifo,
    "a socket": _socket,
    "a folder": os.mkdir,
}
NOT_OWN = {**SPECIAL, "another user's": _another_users}


@pytest.fixture(params=NOT_OWN.values(), ids=NOT_OWN)
def special(request):
    return request.param


@pytest.fixture(params=SPECIAL.values(), ids=SPECIAL)
def no_file(request):
    return request.param


def put(path, kind):
    """Puts it there, beside a file for others to read that it may lead to; returns how it is."""
    target = path.with_name("target")
    target.write_text(WORDS)
    target.chmod(0o644)
    kind(path)
    return lambda: (os.lstat(path)[:3], target.read_text(), stat.S_IMODE(target.stat().st_mode))


PLACES = [
    *(("history.db", kind) for kind in NOT_OWN),
    *(
        (name, kind)
        for name in ("history.db-wal", "history.db-shm", "history.db-journal")
        for kind in ("a link", "a pipe")
    ),
    *(("history.lock", kind) for kind in ("a link", "a pipe", "a link to endless zeros")),
]


@pytest.mark.parametrize(("name", "kind"), PLACES)
def test_state_that_is_no_file_of_ours_is_not_used_and_stays(skill, fake, name, kind):
    skill.remembers = True
    skill.state.mkdir(parents=True, mode=0o700)
    before = put(skill.state / name, NOT_OWN[kind])
    as_it_was = before()
    printed = skill.ask(fake, "agent", "admin").run()
    assert (printed.code, printed.out.splitlines()[1], before()) == (0, ANSWER, as_it_was)
    assert printed.err == (
        f"Remark: nothing is remembered: ~/.local/state/openrouter-usage/{name} is not used: it is a link, no regular "
        "file, or another user's; move it away\n"
    )
    assert skill.run("bar").out == "💰 nothing remembered\n"
    assert before() == as_it_was


def test_a_kept_line_that_is_no_file_of_ours_is_not_printed_and_stays(remembered, special):
    remembered.run("bar")
    (kept,) = remembered.state.glob("bar-*")
    kept.unlink()
    before = put(kept, special)
    as_it_was = before()
    assert remembered.run("bar").out == "💰 $38.75 · $3.42 today\n" == remembered.run("bar").out
    assert before() == as_it_was or special is _another_users


def test_a_kept_line_that_was_damaged_is_not_printed(remembered):
    remembered.run("bar")
    (kept,) = remembered.state.glob("bar-*")
    kept.write_bytes(kept.read_bytes().replace(b"38.75", b"88.75"))
    assert remembered.run("bar").out == "💰 $38.75 · $3.42 today\n"


@pytest.mark.parametrize("place", ["cwd", "config"])
def test_keys_in_no_file_are_not_waited_for(skill, fake, no_file, place):
    path = skill.cwd / ".env" if place == "cwd" else skill.home / ".config/openrouter-usage/credentials.env"
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, no_file)
    printed = skill.ask(fake, "agent", "admin").run(timeout=20)
    assert (printed.code, printed.out.splitlines()[1], printed.err) == (0, ANSWER, "")


REFUSED = {
    "a link to nothing": "out.html",
    "a link to itself": "it is a link to itself",
    "a link to endless zeros": "it is no regular file",
    "a link to a folder": "it is a folder",
    "a pipe": "it is no regular file",
    "a socket": "it is no regular file",
    "a folder": "it is a folder",
}


@pytest.mark.parametrize("kind", [one for one in REFUSED if one != "a link to nothing"])
def test_output_goes_into_no_special_file(skill, fake, kind):
    path = skill.cwd / "out.html"
    before = put(path, SPECIAL[kind])
    as_it_was = before()
    printed = skill.ask(fake, "agent", "admin").run("dashboard", "--output", "out.html")
    assert (printed.code, before(), fake.asked) == (2, as_it_was, [])
    assert printed.err.startswith(f"Error: --output cannot be written: {REFUSED[kind]}\nNext: name ")


def test_output_follows_a_link_of_the_users_and_keeps_the_mode_of_what_it_leads_to(skill, fake):
    write(skill.home / "pages" / "page.html", WORDS).chmod(0o640)
    (skill.cwd / "out.html").symlink_to("../home/pages/page.html")
    skill.ask(fake, "agent", "admin").lines("dashboard", "--output", "out.html")
    target = skill.home / "pages" / "page.html"
    assert (skill.cwd / "out.html").is_symlink() and target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o777, 0o1777], ids=["for everybody", "with the sticky bit"])
def test_output_follows_no_link_in_a_folder_for_everybody(skill, fake, mode):
    target = write(skill.home / "page.html", WORDS)
    skill.cwd.chmod(mode)
    (skill.cwd / "out.html").symlink_to(target)
    printed = skill.ask(fake, "agent", "admin").run("dashboard", "--output", "out.html")
    assert (printed.code, target.read_text()) == (2, WORDS)
    assert printed.err.startswith("Error: --output cannot be written: it is a link that another user may have made\n")


@pytest.mark.parametrize("name", ["a\nNote: b.html", "\x1b[31m.html", "\u202e\u200b.html"])
def test_output_has_a_name_that_can_be_seen(skill, fake, name):
    printed = skill.ask(fake, "agent", "admin").run("dashboard", "--output", name)
    assert (printed.code, printed.out, fake.asked) == (2, "", [])
    assert printed.err == (
        "Error: --output cannot be written: its name has characters that cannot be seen\nNext: name it without them\n"
    )


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no folder for files in /dev")  # noqa: S108
def test_output_follows_a_link_of_the_users_in_memory(skill, fake):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        target, link = Path(folder, "target"), Path(folder, "page.html")
        target.write_text(WORDS)
        link.symlink_to("target")
        assert skill.ask(fake, "agent", "admin").run("dashboard", "--output", str(link)).code == 0
        assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/stderr", "/dev/fd/1", "/proc/self/fd/1"])
def test_output_is_no_stream(skill, fake, path):
    if not os.path.lexists(path):
        pytest.skip("there is none here")
    printed = skill.ask(fake, "agent", "admin").run("dashboard", "--output", path)
    assert (printed.code, printed.out) == (2, "")
    assert printed.err.startswith("Error: --output cannot be written: it is ") and printed.err.count("\n") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="devices and files of Linux")
@pytest.mark.parametrize(
    "path", ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/proc/self/mem", "/proc/self/x"]
)
def test_output_is_no_device(skill, fake, path):
    before = os.lstat(path)[:3] if os.path.exists(path) else None
    printed = skill.ask(fake, "agent", "admin").run("dashboard", "--output", path)
    assert (printed.code, printed.out) == (2, "")
    assert before == (os.lstat(path)[:3] if os.path.exists(path) else None)


def test_login_writes_through_a_link_of_the_users_and_changes_no_mode(skill, fake, account):
    target = write(skill.home / "dotfiles" / "keys.env", "# mine\n")
    file = skill.home / ".config/openrouter-usage/credentials.env"
    file.parent.mkdir(parents=True)
    file.symlink_to(target)
    key = account.key("agent").text
    target.chmod(0o644)
    skill.ask(fake).env["OPENROUTER_API_URL"] = fake.address
    refused = skill.run("login", "--file", given=key)
    assert (refused.code, target.read_text(), stat.S_IMODE(target.stat().st_mode)) == (2, "# mine\n", 0o644)
    assert "it leads to a file that others can read (`chmod 600` closes it)" in refused.err
    target.chmod(0o600)
    assert skill.run("login", "--file", given=key).code == 0
    assert file.is_symlink() and key in target.read_text()
