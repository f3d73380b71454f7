"""A forked run is what a started one is."""

import os
import subprocess
import sys

import pytest

from conftest import SCRIPTS, base_environment, terminal
from fork_server import ForkServer, Request

if os.name != "posix":
    pytest.skip("it forks", allow_module_level=True)

PROBE = """
import atexit, gc, locale, os, random, signal, sys, threading, time
atexit.register(print, "ended")
wanted, given = sys.argv[1], sys.stdin.read()
streams = [sys.stdin, sys.stdout, sys.stderr]
print(
    __name__, __file__, sys.argv, getattr(sys, "orig_argv", None), sys.executable, sys.prefix, sys.path, sys.flags,
    sys._xoptions, sys.pycache_prefix, sys.dont_write_bytecode, sys.modules["__main__"].__file__,
    sorted(os.environ.items()), os.getcwd(), time.tzname, time.localtime(0), locale.setlocale(locale.LC_ALL, None),
    sys.getfilesystemencoding(), gc.isenabled(), os.getpgrp(), os.getsid(0), threading.active_count(),
    [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGCHLD)],
    [(one.name, one.mode, one.encoding, one.errors, one.line_buffering, one.isatty(), one.newlines) for one in streams],
    [one is getattr(sys, f"__{name}__") for one, name in zip(streams, ("stdin", "stdout", "stderr"))],
    [number for number in range(3, 100) if os.path.exists(f"/dev/fd/{number}")],
    repr(given), sep="\\n",
)
print("caf\\u00e9", file=sys.stderr)
exec(wanted)
"""


@pytest.fixture
def script(tmp_path):
    """Prints what a program can tell of how it was started, and does what its argument says."""
    script = tmp_path / "probe.py"
    script.write_text(PROBE)
    (tmp_path / "openrouter_usage").symlink_to(SCRIPTS / "openrouter_usage")
    return script


@pytest.fixture
def server(script):
    server = ForkServer(script, base_environment())
    yield server
    server.close()


@pytest.fixture
def settings(tmp_path):
    return {**base_environment(), "HOME": str(tmp_path), "TZ": "Asia/Kathmandu"}


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("pass", 0),
        ("sys.exit(3)", 3),
        ("sys.exit('said')", 1),
        ("os._exit(7)", 7),
        ("os.execv(sys.executable, [sys.executable, '-c', 'print(6 * 7)'])", 0),
        ("os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("signal.raise_signal(signal.SIGTERM)", -15),
    ],
)
def test_it_sees_what_a_started_one_sees_and_ends_as_it(server, script, settings, tmp_path, ending, code):
    started = subprocess.run(
        [sys.executable, str(script), ending], input=b"a\nb", cwd=tmp_path, env=settings, capture_output=True
    )
    forked = server.run(Request([ending], str(tmp_path), settings), b"a\nb", 60)
    assert forked.stdout.decode().splitlines() == started.stdout.decode().splitlines()
    assert (forked.stderr, forked.returncode) == (started.stderr, code)
    assert started.returncode == code


def test_on_a_terminal_too(server, script, settings, tmp_path):
    def printed(call):
        streams = [terminal(80) for _ in range(3)]
        theirs = [end for _, end in streams]
        os.write(streams[0][0], b"typed\n\x04")
        assert call(theirs) == 0
        texts = [os.read(ours, 65536).decode().splitlines() for ours, _ in streams[1:]]
        for ends in streams:
            for end in ends:
                os.close(end)
        return texts

    def started(theirs):
        stdin, stdout, stderr = theirs
        command = [sys.executable, str(script), "pass"]
        return subprocess.call(command, cwd=tmp_path, env=settings, stdin=stdin, stdout=stdout, stderr=stderr)

    assert printed(lambda theirs: server.call(Request(["pass"], str(tmp_path), settings), theirs, 60)) == printed(
        started
    )


def test_one_that_takes_too_long_is_killed(server, settings, tmp_path):
    with pytest.raises(subprocess.TimeoutExpired):
        server.run(Request(["time.sleep(60)"], str(tmp_path), settings), b"", 0.5)


def test_each_is_a_process_with_random_numbers_of_its_own(server, settings, tmp_path):
    ending = "print('mine:', os.getpid(), random.random())"
    printed = {server.run(Request([ending], str(tmp_path), settings), b"", 60).stdout for _ in range(3)}
    assert len(printed) == 3


@pytest.mark.parametrize(
    ("change", "can"),
    [
        ({"HOME": "/elsewhere", "TZ": "Asia/Tokyo", "XDG_STATE_HOME": "/elsewhere"}, True),
        ({"XDG_CACHE_HOME": "/elsewhere"}, False),
        ({"PYTHONPATH": "/elsewhere"}, False),
        ({"PYTHON_KEYRING_BACKEND": "another"}, True),
        ({"LC_ALL": "C"}, False),
        ({"SSLKEYLOGFILE": "/elsewhere"}, False),
    ],
)
def test_what_an_interpreter_reads_while_it_starts_is_not_for_a_fork(server, change, can):
    assert server.can_run({**base_environment(), **change}) is can
