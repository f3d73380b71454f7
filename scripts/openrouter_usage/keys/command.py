"""Runs the commands that print keys, such as those of password managers."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Callable, ClassVar, NamedTuple, Optional, Union

from openrouter_usage import files
from openrouter_usage.errors import KeyCommandTrouble
from openrouter_usage.keys.sources import MANAGEMENT, REGULAR
from openrouter_usage.sanitize import clean

if TYPE_CHECKING:
    import subprocess

MOST_SECONDS = 10.0
"""The time that a command has, where the run has as much left: a person may have to touch a sensor."""

MOST_BYTES = 10_000
"""The bytes that a command may print: a key is shorter."""

LOOK_INTO_IT = "run it in a terminal to see why"


class Printed(NamedTuple):
    """What a command printed, and the name of its program."""

    text: str
    program: str


class Commands:
    """Runs commands, each text once in a process, however many keys and searches ask for it.

    `time_left` tells the seconds that the run has; `why_not` is why this run runs none, None where it does.
    """

    _outcomes: ClassVar[dict[str, Union[Printed, KeyCommandTrouble]]] = {}

    def __init__(self, time_left: Callable[[], float], why_not: Optional[KeyCommandTrouble] = None) -> None:
        self._time_left = time_left
        self._why_not = why_not

    def printed(self, command: str, environ: Mapping[str, str]) -> Printed:
        """Returns what the command prints. Raises KeyCommandTrouble, which repeats nothing of either."""
        if self._why_not:
            raise self._why_not
        if command not in self._outcomes:
            self._outcomes[command] = self._run(command, environ)
        outcome = self._outcomes[command]
        if isinstance(outcome, KeyCommandTrouble):
            raise outcome
        return outcome

    def _run(self, command: str, environ: Mapping[str, str]) -> Union[Printed, KeyCommandTrouble]:
        try:
            return _run(command, environ, max(min(self._time_left(), MOST_SECONDS), 0))
        except KeyCommandTrouble as trouble:
            return trouble


def _run(command: str, environ: Mapping[str, str], seconds: float) -> Printed:
    """Runs the command without a shell, in the user's home folder, and without the keys of the environment."""
    import subprocess

    program, *arguments = _split(command)
    path, name = _found(program, environ), clean(os.path.basename(program))
    home = files.home_folder()
    try:
        process = subprocess.Popen(
            [path, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=home if os.path.isdir(home) else os.path.abspath(os.sep),
            env={variable: value for variable, value in environ.items() if variable not in (*REGULAR, *MANAGEMENT)},
            **_apart(),
        )
    except (OSError, ValueError):
        raise KeyCommandTrouble(f"`{name}` cannot be run", LOOK_INTO_IT) from None
    try:
        with _stopped_with_us(process):
            return Printed(_output(process, name, seconds), name)
    finally:
        _stop(process)


def _split(command: str) -> list[str]:
    import shlex

    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        raise KeyCommandTrouble("it is no command: perhaps a quote in it is not closed", "write it as for a shell")
    return words


def _found(program: str, environ: Mapping[str, str]) -> str:
    """Returns the path of the program, which is never found through the working directory: that may be anybody's.

    The error does not repeat its name, which may be a key that was written here by mistake.
    """
    import shutil

    folders = filter(os.path.isabs, environ.get("PATH", os.defpath).split(os.pathsep))
    is_a_name = not os.path.dirname(program)
    found = shutil.which(program, path=os.pathsep.join(folders)) if is_a_name or os.path.isabs(program) else None
    if found is None or not os.path.isabs(found):  # Windows looks into the working directory first
        raise KeyCommandTrouble("its program was not found", "name one that is on PATH, or its whole path")
    return found


def _apart() -> dict[str, Any]:
    """Returns the options of a process that can be stopped with its children, and has no terminal to ask at."""
    if os.name == "posix":
        return {"start_new_session": True, "umask": files.umask}
    import subprocess

    return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}


def _output(process: "subprocess.Popen[bytes]", name: str, seconds: float) -> str:
    """Returns what the process printed, once it has ended. Raises KeyCommandTrouble."""
    from threading import Thread

    until = time.monotonic() + seconds
    parts: list[bytes] = []
    reading = Thread(target=_read, args=(process, parts), daemon=True)
    reading.start()
    reading.join(seconds)
    printed = b"".join(parts)
    if len(printed) > MOST_BYTES:
        raise KeyCommandTrouble(f"`{name}` printed more than {MOST_BYTES:,} bytes", LOOK_INTO_IT)
    code = None if reading.is_alive() else _exit_code(process, until - time.monotonic())
    if code is None:
        raise KeyCommandTrouble(f"`{name}` did not end within {seconds:.0f} s, and was stopped", LOOK_INTO_IT)
    if code:
        raise KeyCommandTrouble(f"`{name}` ended with exit code {code}", LOOK_INTO_IT)
    return printed.decode("utf-8", "replace")


def _read(process: "subprocess.Popen[bytes]", parts: list[bytes]) -> None:
    """Reads to the end, or one byte more than may be printed."""
    if process.stdout is not None:
        parts.append(process.stdout.read(MOST_BYTES + 1))


def _exit_code(process: "subprocess.Popen[bytes]", seconds: float) -> Optional[int]:
    """Returns the exit code; None where the process does not end in so many seconds."""
    import subprocess

    try:
        return process.wait(max(seconds, 0))
    except subprocess.TimeoutExpired:
        return None


@contextmanager
def _stopped_with_us(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Stops the process, too, where a signal ends this program meanwhile, as far as nobody else deals with that."""
    from threading import current_thread, main_thread

    if sys.platform == "win32" or current_thread() is not main_thread():
        yield
        return

    def stop(number: int, _: object) -> None:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    ours = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) == signal.SIG_DFL]
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Stops the process with its children, unless it was waited for: only until then its number is its own."""
    if process.returncode is not None:
        return
    with suppress(OSError):
        if sys.platform == "win32":
            _stop_tree(process.pid)
        else:
            os.killpg(process.pid, signal.SIGKILL)
    _exit_code(process, 1)


def _stop_tree(process_id: int) -> None:
    """Stops a process with its children on Windows."""
    import subprocess

    taskkill = os.path.join(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
    subprocess.run([taskkill, "/F", "/T", "/PID", str(process_id)], capture_output=True, check=False, timeout=5)
