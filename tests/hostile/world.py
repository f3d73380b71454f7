"""The account, the machine and the command lines that the hostile trials work on."""

import atexit
import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from accounts import budget
from conftest import HOSTILE, NOW, Skill
from evidence_matrix import KEYS, UNTIL_EXIT, Remembering, spender
from fake_openrouter import Account, FakeOpenRouter
from openrouter_usage.commands.bar.hosts import HOSTS
from openrouter_usage.dimensions import DIMENSIONS

MEMORIES = ("nothing", "fresh", "old")
"""What is remembered: nothing, what was told just now, or a day ago; then all sources were right."""

CommandLine = tuple[str, ...]
AT_ONCE = ("--max-age", "0")
HEAVY = ("chart.png", "chart.svg")
"""Pictures, which take a second each: one command line draws each of them."""


def _command_lines() -> list[CommandLine]:
    lines: list[CommandLine] = [("summary",), ("summary", "--budget", "100")]
    lines += [("report", "--by", by) for by in (*DIMENSIONS, "date,model", "key,model", "hour,provider")]
    lines += [
        ("report", "--days", "60"), ("report", "--date", "today"), ("report", "--from", "month"),
        ("report", "--key", "agent"), ("report", "--model", "openai/*"), ("report", "--tz", "Asia/Tokyo"),
        ("report", "--by", "key", "--redact"),
        ("forecast",), ("forecast", "--budget", "100"), ("why",), ("why", "--by", "key"), ("why", "--month"),
        ("check",), ("check", "--need", "20"), ("check", "--warn-today", "5"), ("check", "--warn-limit", "50"),
        ("check", "--warn-month", "50", "--budget", "100"), ("metrics",), ("audit",),
        ("chart",), ("chart", "--by", "key"), ("doctor",),
    ]  # fmt: skip
    as_json = [(*line, "--json") for line in lines]
    as_csv = [(*line, "--csv") for line in lines if line[0] == "report" and "--redact" not in line]
    bars = [("bar", "--host", host) for host in HOSTS] + [("bar", "--json"), ("bar", "--period", "month")]
    files = [("chart", "--output", name) for name in HEAVY]
    files += [("dashboard", "--output", "page.html"), ("dashboard", "--output", "page.html", "--json")]
    others = [
        ("report", "--columns", "spend,reqs,hit"),
        ("check", "--announce"),
        ("check", "--quiet"),
        ("login", "--file"),
        ("login", "--file", "--json"),
    ]
    return lines + as_json + as_csv + bars + files + others


COMMAND_LINES = _command_lines()
"""Every command in every format, the bar for every host, a report by every dimension."""


class Printed(NamedTuple):
    """What one run of the program left: its exit code, its streams, how long it took, and the file that it wrote."""

    line: CommandLine
    code: int
    out: str
    err: str
    seconds: float = 0.0
    file: bytes = b""

    @property
    def is_json(self) -> bool:
        return "--json" in self.line or "waybar" in self.line


def account() -> Account:
    """The spender of the evidence matrix with all else that OpenRouter tells: budgets, limits, an expiry, workspaces,
    free requests, and a model with a hostile name. None of its figures is zero."""
    made = spender()
    agent, second = made.key("agent"), made.key("second")
    agent.limit, agent.limit_remaining, agent.limit_reset = 400, 150, "monthly"
    agent.expires_at = f"{NOW + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"
    agent.budgets = [budget("member", 500, 230), budget("api_key", 390, 250)]
    agent.effective_budget = agent.budgets[1]
    second.limit, second.limit_remaining, second.workspace, second.external_user = 300, 12, "ws-lab", "customer-7"
    made.workspaces, made.free_requests = ("ws-default", "ws-lab"), (38, 50)
    for at in range(0, len(made.events), 7):
        made.events[at] = replace(made.events[at], model=HOSTILE, session_id="session-1", external_user="customer-7")
    return made


ACCOUNT = account()


@cache
def fake() -> FakeOpenRouter:
    """The fake of this process: at one address, so that what is remembered of it is remembered of the same keys."""
    return UNTIL_EXIT.enter_context(Remembering(ACCOUNT, {}).serving())


class World:
    """One case's machine, with an empty home, and the OpenRouter that it asks. `lies` is set by a case that makes the
    server tell what is not so: then figures are not held to the truth. `done` says what was done to it, in words.

    `stack` ends with the case: unmounting and the like belong on it. There is one fake, and so one world at a time.
    """

    def __init__(self, folder: Path, keys: str = "both", memory: str = "nothing") -> None:
        before = None if memory == "nothing" else remembered(keys, memory)
        self.stack, self.lies, self.done = ExitStack(), False, []
        self.account, self.fake = ACCOUNT, fake()
        self.fake.renew()
        self.folder, self.keys = folder, keys
        self.skill = Skill(folder)
        self.skill.remembers = True
        self.skill.ask(self.fake, *KEYS[keys])
        self.secrets = [key.text for key in self.account.keys]
        if before:
            shutil.copytree(before, self.skill.state)

    def run(self, line: CommandLine, limit: float = 60, **how: Any) -> Printed:
        """Runs the program; raises subprocess.TimeoutExpired when it takes longer than `limit` seconds."""
        given = self.account.key("agent").text if line[0] == "login" else ""
        began = time.monotonic()
        done = self.skill.printed(*line, timeout=limit, given=given, **how)
        seconds = time.monotonic() - began
        return Printed(line, done.code, done.out, done.err, seconds, self.written(line))

    def written(self, line: CommandLine) -> bytes:
        if "--output" not in line:
            return b""
        file = self.skill.cwd / line[line.index("--output") + 1]
        return file.read_bytes() if file.is_file() else b""

    def close(self) -> None:
        self.stack.close()


@cache
def scratch() -> Path:
    """A folder in memory where there is one: SQLite waits for a disk. It ends with the process."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a folder below it is made)
    folder = tempfile.mkdtemp(prefix="openrouter-usage-hostile-", dir=memory)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def fresh_folder() -> Path:
    return Path(tempfile.mkdtemp(dir=scratch()))


@cache
def remembered(keys: str, memory: str) -> Path:
    """The state folder of a machine that was told all, when the sources were right."""
    folder = fresh_folder()
    world = World(folder, keys)
    if memory == "old":
        world.fake.now = world.skill.now = NOW - timedelta(days=1)
    for command in ("summary", "report", "forecast", "check", "why", "audit"):
        world.run((command,))
    world.close()
    return world.skill.state


class Truth(NamedTuple):
    """What a command line prints where nothing is wrong, and which paths it asks for."""

    printed: Printed
    asked: tuple[str, ...]


@cache
def truth(line: CommandLine, keys: str) -> Truth:
    folder = fresh_folder()
    world = World(folder, keys)
    for before in before_it(line):
        world.run(before)
    printed = world.run(line, limit=300)
    world.close()
    shutil.rmtree(folder, ignore_errors=True)
    return Truth(printed, tuple(sorted({asked.path for asked in world.fake.asked})))


def before_it(line: CommandLine) -> list[CommandLine]:
    """What has to run before a command line: a bar shows what is remembered, and would renew it in the background."""
    return [("bar", "--fetch")] if line[0] == "bar" else []
