"""What every test stands on: the house account, a fake OpenRouter that serves it, the program run by a stranger."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from hypothesis import settings
from hypothesis import strategies as some

import json_schema
from fake_openrouter import Account, Asked, Event, FakeKey, FakeOpenRouter, Reply
from fork_server import ForkServer, Request

# The folder stays as it was: no bytecode in it of what the tests import, no memory of what hypothesis tried.
sys.dont_write_bytecode = not sys.pycache_prefix
os.environ["TZ"] = "UTC"
if os.name == "posix":
    time.tzset()
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", os.path.join(tempfile.gettempdir(), "hypothesis"))
settings.register_profile("house", database=None, deadline=None)
settings.load_profile("house")

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "scripts"
STATS = SCRIPTS / "stats.py"
GOLDEN, RECORDED, DATA, EVALS = (ROOT / "tests" / name for name in ("golden", "recorded", "data", "evals"))
BARE = [sys.executable, "-S", "-E"]
"""A Python without any package."""
sys.path.append(str(SCRIPTS))  # at the end: the vendor's package `openrouter` keeps its name
from openrouter_usage.records import Counters, Spend, Unknown

CACHE = tempfile.TemporaryDirectory(prefix="openrouter-usage-tests-")


@cache
def shared_cache() -> str:
    """Where the programs under test share their bytecode; gone with the tests.

    That of the packages is there from the beginning: the first test may be one that has little time.
    """
    prefix = os.path.join(CACHE.name, "openrouter-usage", "bytecode")
    for folder in (os.path.dirname(prefix), prefix):
        os.mkdir(folder, 0o700)
    imports = [sys.executable, "-X", f"pycache_prefix={prefix}", "-c", "import dotenv, requests, sqlite3"]
    subprocess.run(imports, env={"PATH": os.environ["PATH"]}, check=True)
    return CACHE.name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--exec", action="store_true", help="start Python for each run of the program, never fork")


def pytest_configure(config: pytest.Config) -> None:
    Skill.forks = os.name == "posix" and not config.getoption("--exec")


@cache
def fork_server() -> ForkServer:
    server = ForkServer(STATS, base_environment())
    atexit.register(server.close)
    return server


def base_environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "TZ": "UTC",
        "XDG_CACHE_HOME": shared_cache(),  # else each test would compile all anew
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",  # never that of whoever runs the tests
    }


NOW = datetime(2026, 11, 20, 14, 9, tzinfo=timezone.utc)
"""A Friday: the week began on Nov 16, the month on Nov 1."""

HOSTILE = 'evil/=cmd|"a,b"\n\x1b[31mred\x1b[0m\u202e'
"""A model's name that every renderer must survive."""
HOSTILE_SHOWN = '=cmd|"a,b" red'


def event(day: str, key: Optional[str], model: str, provider: str, usd: str, byok: str = "0", **counts: int) -> Event:
    at = datetime.fromisoformat(f"2026-{day}T12:00:00+00:00")
    return Event(at, key, model, provider, Decimal(usd), Decimal(byok), **counts)


def house_events() -> list[Event]:
    """Key `agent`: today $3.42, week $18.90, month $61.25. All keys: $5.10, $21.40, $92.00. Lifetime $261.25."""
    sonnet, gpt, deepseek = "anthropic/claude-sonnet-4.5", "openai/gpt-5.1", "deepseek/deepseek-v4-flash"
    return [
        event("11-20", "agent", sonnet, "Anthropic", "3.42", "0.30", requests=31),
        event("11-20", "second", gpt, "OpenAI", "1.68", requests=9),
        event("11-18", "agent", sonnet, "Anthropic", "6.0000000004", requests=100, cached=700),
        event("11-18", "agent", sonnet, "Google", "2.4799999996", requests=50),
        event("11-18", "agent", HOSTILE, "Nobody", "2.00", requests=7),
        event("11-17", "second", gpt, "OpenAI", "0.8191044480", "0.95", requests=12),
        event("11-17", "second", deepseek, "DeepInfra", "0.000895552", requests=38),
        event("11-16", "agent", gpt, "OpenAI", "5.00", "0.80", requests=40),
        event("11-10", "agent", gpt, "OpenAI", "42.35", "2.90", requests=200),
        event("11-05", "second", sonnet, "Anthropic", "28.25", requests=150),
        event("10-21", "agent", gpt, "OpenAI", "100.00", requests=900),
        event("03-02", "second", gpt, "OpenAI", "69.25", requests=300),
    ]


def house() -> Account:
    keys = [FakeKey("agent"), FakeKey("second"), FakeKey("admin", management=True)]
    return Account(keys=keys, events=house_events())


@pytest.fixture
def account() -> Account:
    return house()


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeOpenRouter]]:
    """Starts a fake with any accounts and options."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(*accounts: Account, **options: Any) -> FakeOpenRouter:
            options.setdefault("now", NOW)
            return stack.enter_context(FakeOpenRouter(*accounts, **options).serving())

        yield start


@pytest.fixture
def fake(serve: Callable[..., FakeOpenRouter], account: Account) -> FakeOpenRouter:
    return serve(account)


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


class Skill:
    """The program, in a process of its own: an empty home, an empty working directory, no settings but those given.

    Every run is the first one, unless it `remembers`. Python is started for it, unless it `forks` (`fork_server.py`).
    """

    remembers = False
    forks = False
    has_shown_bar = False

    def __init__(self, folder: Path) -> None:
        self.home, self.cwd = folder / "home", folder / "cwd"
        self.state = self.home / ".local" / "state" / "openrouter-usage"
        self.home.mkdir()
        self.cwd.mkdir()
        self.env = {**base_environment(), "HOME": str(self.home), "USERPROFILE": str(self.home)}
        self.now: Optional[datetime] = NOW

    def ask(self, fake: FakeOpenRouter, api: Optional[str] = None, mgmt: Optional[str] = None) -> "Skill":
        """Sets the address, and the keys by their names in the fake."""
        self.env["OPENROUTER_API_URL"] = fake.address
        names = {"OPENROUTER_API_KEY": api, "OPENROUTER_MGMT_KEY": mgmt}
        texts = {key.name: key.text for account in fake.accounts for key in account.keys}
        self.env.update({variable: texts[name] for variable, name in names.items() if name})
        return self

    def run(
        self,
        *args: str,
        python: Optional[list[str]] = None,
        script: Path = STATS,
        timeout: float = 60,
        given: str = "",
    ) -> Outcome:
        """What it prints, whose JSON is held to the schema. `given` comes through standard input."""
        outcome = self.printed(*args, python=python, script=script, timeout=timeout, given=given)
        json_schema.hold(args, outcome.out)
        return outcome

    def printed(
        self, *args: str, python: Optional[list[str]] = None, script: Path = STATS, timeout: float = 60, given: str = ""
    ) -> Outcome:
        """What it prints, whatever that is."""
        arguments = list(args)
        self.has_shown_bar |= "bar" in args
        if self.now and "--demo" not in args and "--now" not in args:
            arguments += ["--now", self.now.isoformat()]
        self._forget()
        if self._can_fork(self.env) and script == STATS and not python:
            done = fork_server().run(Request(arguments, str(self.cwd), self.env), given.encode(), timeout)
        else:
            command = [*(python or [sys.executable]), str(script), *arguments]
            done = subprocess.run(
                command, cwd=self.cwd, env=self.env, capture_output=True, timeout=timeout, input=given.encode()
            )
        return Outcome(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))

    def _can_fork(self, environment: dict[str, str]) -> bool:
        return self.forks and fork_server().can_run(environment)

    def on_terminal(self, *args: str, columns: int = 80, styled: bool = False) -> Outcome:
        """The same on a terminal that wide, without styles unless `styled`; what it makes of line ends is undone."""
        if os.name != "posix":
            pytest.skip("terminals are tested on POSIX")
        self._forget()
        streams = [terminal(columns) for _ in range(2)]
        arguments = [*args, *(["--now", self.now.isoformat()] if self.now else [])]
        environment = self.env if styled else {**self.env, "NO_COLOR": "1"}
        with ThreadPoolExecutor() as readers:
            printed = [readers.submit(_all_of, ours) for ours, _ in streams]
            out, err = (theirs for _, theirs in streams)
            try:
                with open(os.devnull) as nothing:
                    code = self._called(arguments, environment, (nothing.fileno(), out, err))
            finally:
                os.close(out)
                os.close(err)
        return Outcome(code, *(one.result().replace("\r\n", "\n") for one in printed))

    def _called(self, arguments: list[str], environment: dict[str, str], streams: tuple[int, int, int]) -> int:
        if self._can_fork(environment):
            return fork_server().call(Request(arguments, str(self.cwd), environment), streams, timeout=60)
        stdin, stdout, stderr = streams
        command = [sys.executable, str(STATS), *arguments]
        return subprocess.call(command, cwd=self.cwd, env=environment, stdin=stdin, stdout=stdout, stderr=stderr)

    def _forget(self) -> None:
        if not self.remembers:
            shutil.rmtree(self.state, ignore_errors=True)

    def lines(self, *args: str) -> list[str]:
        """What it prints when all is well: exit 0 and a silent stderr."""
        outcome = self.run(*args)
        assert (outcome.code, outcome.err) == (0, ""), outcome
        return outcome.out.splitlines()

    def json(self, *args: str, given: str = "") -> Any:
        import json

        outcome = self.run("--json", *args, given=given)
        assert (outcome.code, outcome.err) == (0, ""), outcome
        return json.loads(outcome.out, parse_float=Decimal)


def terminal(columns: int) -> tuple[int, int]:
    """Both ends of a terminal: ours and the program's."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    return ours, theirs


def _all_of(terminal: int) -> str:
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so that nobody writes any more
            part = b""
        if not part:
            os.close(terminal)
            return b"".join(parts).decode("utf-8")
        parts.append(part)


@pytest.fixture(scope="session")
def big() -> Account:
    """The big account; a test that changes it makes one of its own."""
    from fleet import fleet

    return fleet()


@pytest.fixture
def skill(tmp_path: Path) -> Iterator[Skill]:
    """The program in a home of its own. What a bar left in the background ends with the test: the next one has the
    same fake.
    """
    skill = Skill(tmp_path)
    yield skill
    if skill.has_shown_bar and os.path.isdir("/proc/self"):
        for process in renewals(skill):
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)


@pytest.fixture
def starts_python(skill: Skill) -> None:
    """For a test of what happens while Python starts, imports the program, or ends."""
    skill.forks = False


@pytest.fixture
def remembered(skill: Skill, fake: FakeOpenRouter) -> Skill:
    """The house, remembered at NOW."""
    skill.remembers = True
    skill.ask(fake, "agent", "admin").run()
    fake.asked.clear()
    return skill


def at(skill: Skill, fake: FakeOpenRouter, now: datetime) -> Skill:
    """It is that time everywhere; what was asked so far is past."""
    skill.now = fake.now = now
    fake.asked.clear()
    return skill


def later(skill: Skill, fake: FakeOpenRouter, **passed: float) -> Skill:
    assert skill.now
    return at(skill, fake, skill.now + timedelta(**passed))


def answers_together(fake: FakeOpenRouter, number: int, are_meant: Callable[[Asked], bool]) -> None:
    """Answers these requests only once so many of them wait at the same time; else their connections break."""
    gate = threading.Barrier(number, timeout=10)

    def together(asked: Asked, reply: Reply) -> Reply:
        if are_meant(asked):
            gate.wait()
        return reply

    fake.rewrite = together


def spent(skill: Skill) -> Decimal:
    """What memory alone knows of sixty days."""
    total = skill.json("report", "--offline", "--no-credits", "--days", "60")["total"]["usd"]
    return Decimal(total)


def days_from_now(days: int) -> str:
    return f"{NOW + timedelta(days=days):%Y-%m-%d}T00:00:00Z"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def path_with(folder, *programs):
    """A PATH with nothing but programs of these names, which do nothing."""
    folder.mkdir()
    for name in programs:
        write(folder / name, "#!/bin/sh\n").chmod(0o755)
    return str(folder)


def credentials_of(fake, key, quote=""):
    return f"OPENROUTER_API_KEY={quote}{key}{quote}\nOPENROUTER_API_URL={fake.address}\n"


def seen(condition, seconds=60):
    """Whether it becomes true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def at_rest(skill):
    """Whether no renewal is under way any more: thrice none is seen, for one that starts a program is not."""

    def is_quiet():
        for _ in range(3):
            if renewals(skill):
                return False
            time.sleep(0.02)
        return True

    return seen(is_quiet)


def renewals(skill):
    """The processes that renew for this home."""
    if not os.path.isdir("/proc/self"):
        pytest.skip("no /proc to see a renewal in")
    home = f"HOME={skill.home}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command, environment = ((process / name).read_bytes() for name in ("cmdline", "environ"))
        except OSError:
            continue
        if b"--fetch" in command and home in environment:
            found.append(process.name)
    return found


MONEY = some.decimals(min_value=0, max_value=10**6, places=10, allow_nan=False)
UNKNOWN = Unknown("not told")


def counters(month):
    return Counters(Spend(Decimal(0), Decimal(0), month), Spend(Decimal(0), Decimal(0), Decimal(0)), month)


def noon(month, day):
    return datetime(2026, month, day, 12, tzinfo=timezone.utc)
