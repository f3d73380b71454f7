"""Runs a script in processes that need not start Python: a server has imported all it needs, and forks for each run.

A run has its own process, arguments, working directory, environment and streams, as a Python started with them has.
What only a new interpreter reads cannot be had so: see `ForkServer.can_run`. POSIX only. The file is both ends: a test
imports `ForkServer`, which runs this file as the server, without what the tests import.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TextIO

READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "DYLD_", "MALLOC_", "OPENSSL_", "SSL", "XDG_CACHE_HOME")
"""How the names of variables begin that an interpreter, or a package while it is imported, reads. In the cache of
XDG_CACHE_HOME is the bytecode of the program."""

READ_LATER = ("PYTHON_KEYRING_BACKEND",)
"""Variables that are read after the fork: `keyring` is imported only by a run that looks into the keychain."""


class Request(NamedTuple):
    """What is sent for one run; its three streams go with it."""

    arguments: list[str]
    folder: str
    environment: dict[str, str]


class ForkServer:
    """The end of whoever wants the runs."""

    def __init__(self, script: Path, environment: dict[str, str]) -> None:
        self._environment = environment
        self._control, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, __file__, str(script), str(theirs.fileno())]
            nothing = subprocess.DEVNULL
            self._process = subprocess.Popen(
                command, env=environment, cwd=os.sep, pass_fds=[theirs.fileno()], stdin=nothing, stdout=nothing
            )

    def can_run(self, environment: dict[str, str]) -> bool:
        """Whether an interpreter would start with this environment as the server did."""
        return _read_at_start(environment) == _read_at_start(self._environment)

    def run(self, request: Request, given: bytes, timeout: float) -> "subprocess.CompletedProcess[bytes]":
        """Does what `subprocess.run` does with all three streams captured."""
        pipes = [os.pipe() for _ in range(3)]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        with ThreadPoolExecutor(3) as threads:
            threads.submit(_write, pipes[0][1], given)
            out, err = (threads.submit(_read, pipe[0]) for pipe in pipes[1:])
            try:
                code = self.call(request, theirs, timeout)
            finally:
                for descriptor in theirs:
                    os.close(descriptor)
        return subprocess.CompletedProcess(request.arguments, code, out.result(), err.result())

    def call(self, request: Request, streams: Sequence[int], timeout: float) -> int:
        """Returns the exit code, as `subprocess.call` does. `streams` are descriptors: standard input, output, error.

        Raises subprocess.TimeoutExpired when the process took longer, and was killed.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self._control, [b"."], [theirs.fileno(), *streams])
            ours.sendall(json.dumps(request).encode())
            ours.shutdown(socket.SHUT_WR)
            with ours.makefile() as answers:
                process = int(answers.readline())
                ours.settimeout(timeout)
                try:
                    return int(answers.readline())
                except socket.timeout:
                    os.kill(process, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(request.arguments, timeout) from None

    def close(self) -> None:
        self._control.close()
        self._process.wait()


def _write(descriptor: int, given: bytes) -> None:
    with suppress(BrokenPipeError), open(descriptor, "wb") as pipe:
        pipe.write(given)


def _read(descriptor: int) -> bytes:
    with open(descriptor, "rb") as pipe:
        return pipe.read()


def _read_at_start(environment: dict[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in environment.items() if name.startswith(READ_AT_START) and name not in READ_LATER
    }


# What follows runs in the server and in its children.


def _import_all(scripts: str) -> None:
    """Imports the packages, and all modules of the program; what those import only when it is needed is left."""
    sys.path[0] = scripts
    sys.pycache_prefix = os.path.join(os.environ["XDG_CACHE_HOME"], "openrouter-usage", "bytecode")
    import dotenv  # noqa: F401
    import requests  # noqa: F401

    import openrouter_usage

    for module in pkgutil.walk_packages(openrouter_usage.__path__, "openrouter_usage."):
        importlib.import_module(module.name)
    sys.pycache_prefix = None


def _next_run(control: socket.socket) -> tuple[int, list[int]]:
    """Forks for each request; returns in the child its socket and its three streams. The server ends with the tests."""
    while True:
        sign, descriptors, _, _ = socket.recv_fds(control, 1, 4)
        if not sign:
            os._exit(0)
        if not os.fork():
            control.close()
            return descriptors[0], descriptors[1:]
        _close(descriptors)
        _reap()


def _close(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _reap() -> None:
    """Lets children that have ended go."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _answer_when_ended(process: int, answers: socket.socket) -> None:
    answers.sendall(b"%d\n" % process)
    _, status = os.waitpid(process, 0)
    answers.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _become(script: str, request: Request, streams: Sequence[int]) -> None:
    """Makes this process what Python, started for the request, is before it runs the script."""
    sys.argv = [script, *request.arguments]
    if hasattr(sys, "orig_argv"):  # since Python 3.10
        sys.orig_argv = [sys.executable, *sys.argv]
    os.chdir(request.folder)
    coerced = {name: value for name, value in os.environ.items() if name == "LC_CTYPE"}  # by Python itself: PEP 538
    os.environ.clear()
    os.environ.update({**coerced, **request.environment})
    time.tzset()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.dup2(streams[number], number)
        setattr(sys, name, _opened(number, getattr(sys, name)))
        setattr(sys, f"__{name}__", getattr(sys, name))
    _close(streams)


def _opened(number: int, before: TextIO) -> TextIO:
    """Opens a standard stream as Python does; `before` is the one that the server started with."""
    buffering = 1 if number == 2 or os.isatty(number) else -1
    stream = os.fdopen(number, before.mode, buffering, before.encoding, before.errors, newline="\n", closefd=False)
    stream.buffer.raw.name = before.name
    return stream


def main() -> str:
    """Returns, once for each run and in a process of its own, the script that this process has to run now."""
    script, control = sys.argv[1], socket.socket(fileno=int(sys.argv[2]))
    _import_all(os.path.dirname(script))
    gc.freeze()
    descriptor, streams = _next_run(control)
    with socket.socket(fileno=descriptor) as asked, asked.makefile() as text:
        process = os.fork()
        if process:
            _close(streams)
            _answer_when_ended(process, asked)
        request = Request(*json.load(text))
    _become(script, request, streams)
    return script


if __name__ == "__main__":
    runpy.run_path(main(), run_name="__main__")
