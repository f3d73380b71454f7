"""Runs every command in this process while one source of the fake is in a bad state, and compares it with the truth.

The truth is what the same command says of the same account where every source is right. A cell of the matrix is a
source in a state, the keys that are there, and what is remembered. `findings` returns what is wrong in a cell.
"""

import atexit
import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from re import Pattern
from types import SimpleNamespace
from typing import Any, NamedTuple, Optional
from unittest.mock import patch

from conftest import NOW
from fake_openrouter import Account, Asked, Event, FakeKey, FakeOpenRouter
from fake_sources import SOURCES, STATES
from openrouter_usage.api import retry
from openrouter_usage.cli import program
from openrouter_usage.commands.bar import refresh

KEYS: dict[str, tuple[Optional[str], Optional[str]]] = {
    "both": ("agent", "admin"),
    "management": (None, "admin"),
    "regular": ("agent", None),
}
MEMORIES = ("cold", "remembered")
NOBODY_ELSE_ASKED = ("/auth/key", "/credits")
"""The sources that a regular key is answered by."""

NEED, TODAY_LIMIT = "20", "5"
COMMANDS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (("summary",), ("summary", "--json")),
    (
        ("report",), ("report", "--json"), ("report", "--by", "date"), ("report", "--by", "date", "--json"),
        ("report", "--by", "key"), ("report", "--by", "key", "--json"),
    ),
    (("forecast",), ("forecast", "--json")),
    (
        ("check",), ("check", "--json"), ("check", "--warn-today", TODAY_LIMIT), ("check", "--need", NEED),
    ),
    (("why",), ("why", "--json")),
    (("bar", "--fetch"), ("bar",), ("bar", "--json")),
    (("metrics",), ("metrics", "--json")),
    (("audit",), ("audit", "--json")),
    (("chart",), ("chart", "--json")),
    (("doctor",), ("doctor", "--json")),
)  # fmt: skip
"""The command lines. Those of a group are run one after the other: what the first one was told is remembered."""

NEVER_ASK_KEYS = ("summary", "forecast", "check", "why", "bar", "metrics")
"""The commands that need no list of keys where the other sources agree."""

NO_USE = ("Nothing was used", "no use", "nothing was spent", "unused", "$0.00", "-100%")
"""Words that claim that nothing was spent."""

DISPUTED = re.compile(r"sources[ _]disagree|contradict|_or_usd", re.IGNORECASE)
"""Words that mark a figure of which the sources disagree."""

DERIVED = re.compile(r"change|high_|low_|days$")
"""Figures that are right to be higher where a source lacks money, as long as that is said: ranges, changes, runways."""

TELLS_NOTHING = ("failing", "refused")
"""States in which a remembered figure may stand in, with its age."""

NOTHING = re.compile(r"(?!)")
LIFETIME = re.compile(r"balance|credits\.|forecast|runway|burn|total_usd|spend_usd_total|findings")
"""What follows from the account's lifetime use."""

NOTICEABLE, A_CENT = Decimal("0.01"), Decimal("0.01")


class Cell(NamedTuple):
    source: str
    state: str
    keys: str
    memory: str

    def __str__(self) -> str:
        return f"{self.source} {self.state}, {self.keys}, {self.memory}"


class Run(NamedTuple):
    code: int
    out: str
    err: str


Runs = dict[tuple[str, ...], Run]


def cells() -> list[Cell]:
    """Every cell; a regular key is refused by the account's sources, whatever their state."""
    return [
        Cell(source, state, keys, memory)
        for source in SOURCES
        for state in STATES
        for keys in KEYS
        for memory in MEMORIES
        if state != "right" and (keys != "regular" or source in NOBODY_ELSE_ASKED)
    ]


# The account


def spender() -> Account:
    """An account that spends about $10 on every one of its 60 days, by four models of three vendors, and has $15 left.

    Of each dollar the key `agent` spends 60 cents, `second` 36 and an app's key, which is never listed, 4.
    """
    chance = Random(16)  # noqa: S311 (it keeps no secret)
    models = (
        ("anthropic/claude-sonnet-4.5", "Anthropic", "4.00"), ("openai/gpt-5.1", "OpenAI", "2.70"),
        ("openai/gpt-5-mini", "Azure", "0.80"), ("google/gemini-3-pro", "Google", "2.50"),
    )  # fmt: skip
    shares = {"agent": Decimal("0.60"), "second": Decimal("0.36"), "an app's": Decimal("0.04")}
    events = []
    for ago in range(60):
        for model, provider, usd in models:
            for key, share in shares.items():
                at = NOW.replace(hour=0, minute=0) - timedelta(days=ago) + timedelta(minutes=chance.randrange(14 * 60))
                spent = Decimal(usd) * share * (90 + chance.randrange(21)) / 100
                counts = {"requests": 10, "reasoning": 20, "cached": 300}
                events.append(Event(at, key, model, provider, spent, spent / 10, **counts))
    keys = [FakeKey("agent"), FakeKey("second"), FakeKey("an app's", oauth=True), FakeKey("admin", management=True)]
    return Account(keys, events, purchased=float(sum(event.usd for event in events) + 15))


# Running

UNTIL_EXIT = ExitStack()
"""What ends with the process, while the thread that serves the fake still runs: it is waited for."""

atexit.register(UNTIL_EXIT.close)


class Remembering(FakeOpenRouter):
    """A fake whose account stays as it is, so that an answer of a time and a state is made once.

    `told` holds those that are made; several fakes of one account may share it.
    """

    def __init__(self, account: Account, told: dict[str, tuple[int, Any]]) -> None:
        super().__init__(account, now=NOW)
        self._told = told

    def answer(self, asked: Asked, account: Account, key: FakeKey) -> tuple[int, Any]:
        state = self._states.get(asked.path)
        question = json.dumps([asked.path, asked.params, asked.body, key.name, state, self.now.isoformat()])
        if question not in self._told:
            self._told[question] = super().answer(asked, account, key)
        return self._told[question]


@cache
def fake() -> FakeOpenRouter:
    """The fake that all cells of this process ask; it ends with the process."""
    return UNTIL_EXIT.enter_context(Remembering(spender(), {}).serving())


@cache
def scratch() -> Path:
    """A folder in memory where there is one: SQLite waits for a disk."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 (a folder below it is made)
    keep = tempfile.TemporaryDirectory(prefix="openrouter-usage-matrix-", dir=memory)
    return Path(UNTIL_EXIT.enter_context(keep))


@contextmanager
def machine(folder: Path, keys: str) -> Iterator[None]:
    """A home without settings but these keys, no wait before a retry, and no process in the background."""
    account, texts = fake().accounts[0], zip(("OPENROUTER_API_KEY", "OPENROUTER_MGMT_KEY"), KEYS[keys])
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "OPENROUTER_API_URL": fake().address,
        **{variable: account.key(name).text for variable, name in texts if name},
    }
    at_once = SimpleNamespace(**{**vars(retry.time), "sleep": lambda seconds: None})
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, settings, clear=True))
        stack.enter_context(patch.object(retry, "time", at_once))
        stack.enter_context(patch.object(refresh, "_start", lambda arguments: None))
        stack.callback(os.chdir, os.getcwd())
        os.chdir(folder)
        yield


def answered(now: datetime, *arguments: str) -> Run:
    """What the program prints at that time."""
    fake().now = now
    output = program.answer([*arguments, "--now", now.isoformat()])
    return Run(output.code, output.out, output.err)


@cache
def snapshot(keys: str, memory: str) -> Path:
    """A folder whose state is what is remembered: nothing, or what was told a day ago while all sources were right."""
    folder = scratch() / f"{keys}-{memory}"
    (folder / "state").mkdir(parents=True)
    put("/activity", "right")
    if memory == "remembered":
        with machine(folder, keys):
            for command in ("summary", "report", "forecast", "check"):
                answered(NOW - timedelta(days=1), command)
    return folder


def put(source: str, state: str) -> None:
    """Puts one source into that state, and all others right."""
    for one in SOURCES:
        fake().source(one, state if one == source else "right")


def fresh_folder(keys: str, memory: str) -> Path:
    """A copy of what is remembered."""
    folder = scratch() / "now"
    before = snapshot(keys, memory)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(before, folder)
    return folder


def stored_days(folder: Path) -> dict[str, int]:
    """What the database holds of each completed day, in units of 1e-10 USD."""
    file = folder / "state" / "openrouter-usage" / "history.db"
    if not file.exists():
        return {}
    with sqlite3.connect(file) as database:
        rows = database.execute("SELECT date, SUM(usd) FROM day LEFT JOIN spend ON spend.day = day.id GROUP BY date")
        found = {day: usd or 0 for day, usd in rows}
    database.close()
    return found


class Seen(NamedTuple):
    """What was printed, what was lost of the remembered days by which command, and what is printed an hour later."""

    runs: Runs
    lost: dict[str, list[str]]
    afterwards: Runs


@cache
def seen(cell: Cell) -> Seen:
    """Runs all commands in a cell. An hour later, when all sources are right again, two commands are run once more."""
    runs: Runs = {}
    afterwards: Runs = {}
    lost: dict[str, list[str]] = {}
    for group in COMMANDS:
        folder = fresh_folder(cell.keys, cell.memory)
        before = stored_days(folder)
        put(cell.source, cell.state)
        with machine(folder, cell.keys):
            for arguments in group:
                runs[arguments] = answered(NOW, *arguments)
            after = stored_days(folder)
            lost[group[0][0]] = [day for day, usd in before.items() if after.get(day, -1) < usd]
            if group[0] in (("summary",), ("report",)):
                put(cell.source, "right")
                for arguments in ((group[0][0], "--json", "--max-age", "0"), ("check", "--max-age", "0")):
                    afterwards[arguments] = answered(NOW + timedelta(hours=1), *arguments)
    return Seen(runs, lost, afterwards)


def truth(cell: Cell) -> Seen:
    """What is printed where every source is right."""
    return seen(Cell("/activity", "right", cell.keys, cell.memory))


# Reading

NAMES = ("name", "model", "date", "key", "scope", "window", "labels", "code", "from", "to")


def figures(document: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Decimal]]:
    """The money and the days left in a JSON document, each with its place; rows are told apart by their names."""
    if isinstance(document, dict):
        if "value" in document and "labels" in document:
            name = (*path, document["name"], json.dumps(document["labels"], sort_keys=True))
            yield from figures({"usd" if "usd" in document["name"] else "value": document["value"]}, name)
            return
        for name, value in document.items():
            is_figure = name.endswith(("usd", "usd_per_day", "_days")) or name == "days"
            if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and is_figure:
                yield (*path, name), Decimal(value)
            elif name != "effects":  # what made a change is no amount that was spent
                yield from figures(value, (*path, name))
    elif isinstance(document, list):
        for place, one in enumerate(document):
            told = [str(one[name]) for name in NAMES if isinstance(one, dict) and name in one]
            yield from figures(one, (*path, "/".join(told) or str(place)))


def parsed(run: Run) -> Any:
    return json.loads(run.out, parse_float=Decimal)


def differs(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) > max(A_CENT, NOTICEABLE * abs(other))


# What cannot be known


class Believed(NamedTuple):
    """What has to be believed, because no other source tells it: figures, lines of text, and the verdict of `check`."""

    figures: Pattern[str] = NOTHING
    lines: Pattern[str] = NOTHING
    has_verdict: bool = False


OWN_USE = {
    "both": Believed(re.compile(r'^key\.|"scope": "key"|usage_usd'), re.compile("^(This key|Today|BYOK|💰)")),
    "regular": Believed(re.compile(r"^(?!balance\.|.*balance_usd|findings\.balance)"), re.compile(""), True),
}
"""What follows from a key's own counters, by the keys that are there: with a regular key alone all but the balance."""


def believed(cell: Cell) -> Believed:
    """What a source in that state tells alone, so that nobody could contradict it."""
    if cell.state in TELLS_NOTHING:
        return Believed()
    if cell.source == "/auth/key":
        return OWN_USE.get(cell.keys, Believed())
    if cell.source == "/keys":  # the windows of each key
        return Believed(re.compile(r"^rows\..*(today|week|month)_usd"), re.compile("^(agent|second) "))
    if cell.source == "/credits" and (cell.memory == "cold" or cell.keys == "regular") and cell.state == "doubled":
        return Believed(LIFETIME)
    # What is used in all is less than was told a day ago, or than the key itself or the known days have used.
    is_provable = cell.memory == "remembered" or cell.keys != "regular" or cell.state in ("empty", "half")
    return Believed() if cell.source != "/credits" or is_provable else Believed(LIFETIME, has_verdict=True)


# What is wrong


def findings(cell: Cell) -> list[str]:
    """Everything that is wrong in a cell, each as a line."""
    here, right = seen(cell), truth(cell)
    found: list[str] = []
    for arguments, run in here.runs.items():
        name, true = " ".join(arguments), right.runs[arguments]
        readers = [of_words] if arguments[0] == "doctor" else [of_code, of_words]
        if arguments[0] != "doctor" and "--fetch" not in arguments:
            readers.append(of_json if "--json" in arguments else of_text)
        found += [f"{name}: {what}" for reader in readers for what in reader(cell, arguments, run, true)]
    for command, days in here.lost.items():
        found += [f"{command}: lost {len(days)} remembered days, {days[0]} to {days[-1]}"] if days else []
    for arguments, run in here.afterwards.items():
        name, true = " ".join(arguments), right.afterwards[arguments]
        found += [f"an hour later, {name}: {what}" for what in of_recovery(cell, arguments, run, true)]
    return found


def of_code(cell: Cell, arguments: tuple[str, ...], run: Run, true: Run) -> Iterator[str]:
    """A bug, or an OK of `check` that is not so."""
    if run.code == 1 and arguments[0] != "check":
        yield f"a bug, {run.err.strip()!r}"
    is_false = arguments[0] == "check" and run.code == 0 and true.code != 0
    if is_false and not believed(cell).has_verdict:
        told = "" if "--json" in arguments else f", {run.out.splitlines()[0]!r} for {true.out.splitlines()[0]!r}"
        yield f"a false OK{told}"


def of_text(cell: Cell, arguments: tuple[str, ...], run: Run, true: Run) -> Iterator[str]:
    """Lines that claim that nothing was spent."""
    for line in run.out.splitlines():
        told = line.replace("$0.00 of", "")  # what is broken down of a sum may be nothing
        is_claimed = any(words in told for words in NO_USE) and line not in true.out.splitlines()
        if is_claimed and not believed(cell).lines.search(line):
            yield f"a false zero, {line!r}"
            return


def of_json(cell: Cell, arguments: tuple[str, ...], run: Run, true: Run) -> Iterator[str]:
    """Figures that are not so."""
    if not run.out or not true.out:
        return
    expected, alone = dict(figures(parsed(true))), believed(cell).figures
    told = {path: usd for path, usd in figures(parsed(run)) if path in expected and not alone.search(".".join(path))}
    pairs = {path: (usd, expected[path]) for path, usd in told.items()}
    zeros = [path for path, (usd, should) in pairs.items() if not usd and should and path[-1].endswith("usd")]
    wrong = [path for path, (usd, should) in pairs.items() if differs(usd, should)]
    above = [path for path in wrong if pairs[path][0] > pairs[path][1] and not DERIVED.search(".".join(path))]
    if zeros:
        yield f"false zeros, {written(zeros, pairs)}"
    if wrong and not is_marked(run, true):
        yield f"differences that are not spoken of, {written(wrong, pairs)}"
    elif above and cell.state not in TELLS_NOTHING and not is_disputed(run):
        yield f"above the truth and not disputed, {written(above, pairs)}"


def is_marked(run: Run, true: Run) -> bool:
    """Whether a document says more than the right one: a note, an error, or that a source is not complete."""
    document, right = parsed(run), parsed(true)
    return document.get("notes", []) != right.get("notes", []) or "error" in document or is_disputed(run)


def is_disputed(run: Run) -> bool:
    return bool(DISPUTED.search(run.out)) or is_incomplete(parsed(run))


def is_incomplete(document: Any) -> bool:
    """Whether metrics tell of a source that is not complete."""
    return any(one["name"].endswith("source_complete") and not one["value"] for one in document.get("samples", []))


def written(paths: list[tuple[str, ...]], pairs: dict[tuple[str, ...], tuple[Decimal, Decimal]]) -> str:
    """The first places, with their figures and the true ones."""
    shown = [f"{'.'.join(path)} {pairs[path][0]:.2f} for {pairs[path][1]:.2f}" for path in paths[:3]]
    return "; ".join(shown) + (f"; {len(paths) - 3} more" if len(paths) > 3 else "")


def of_words(cell: Cell, arguments: tuple[str, ...], run: Run, true: Run) -> Iterator[str]:
    """Other words where the state of a source makes no difference, and a doctor who sees none where there is one."""
    is_same = plain(run.out) == plain(true.out)
    is_silent = cell.state not in TELLS_NOTHING
    is_without_own_use = cell.source == "/auth/key" and cell.keys == "management" and is_silent
    is_not_asked = cell.source == "/keys" and arguments[0] in NEVER_ASK_KEYS
    if (is_without_own_use or is_not_asked) and not is_same:
        yield "other words, although it is told the same"
    if arguments == ("doctor",) and cell.source in ("/activity", "/analytics/query") and is_same:
        yield "sees no difference"


def plain(text: str) -> str:
    """A text without what differs from one run to the next."""
    return re.sub(r"[\d.]+ KB|\"size_bytes\": \d+", "", text)


def of_recovery(cell: Cell, arguments: tuple[str, ...], run: Run, true: Run) -> Iterator[str]:
    """What is still wrong an hour after all sources are right again; what is disputed may stay so.

    Of credits that fell by half nobody can say whether they are wrong now, or were wrong before.
    """
    is_unknown = run.code == 3 and (cell.source, cell.state, cell.memory) == ("/credits", "doubled", "cold")
    if run.code != true.code and not is_unknown:
        yield f"exit {run.code} for {true.code}"
    if "--json" in arguments and run.code == true.code == 0:
        told, expected = dict(figures(parsed(run))), dict(figures(parsed(true)))
        wrong = [path for path, usd in expected.items() if path not in told or differs(told[path], usd)]
        pairs = {path: (told.get(path, Decimal("NaN")), expected[path]) for path in wrong}
        if wrong and not is_disputed(run):
            yield f"still wrong, {written(wrong, pairs)}"


def golden() -> str:
    """What each command prints where all sources are right, by keys and memory, but what memory does not change.

    The doctor's tests have a golden file of their own.
    """
    parts = []
    for keys in KEYS:
        cold, remembered = (seen(Cell("/activity", "right", keys, memory)).runs for memory in MEMORIES)
        for memory, runs in zip(MEMORIES, (cold, remembered)):
            for arguments, run in runs.items():
                is_shown = not {"--json", "--fetch", "doctor"} & set(arguments)
                if is_shown and (runs is cold or run != cold[arguments]):
                    head = f"=== {keys}, {memory}: {' '.join(arguments)}: exit {run.code}"
                    parts.append(f"{head}\n{run.out}{run.err}")
    return "\n".join(parts)


def main() -> None:
    """Prints the golden text, or the cells whose names hold all of the words, each with what is wrong in it."""
    if sys.argv[1:] == ["golden"]:
        sys.stdout.write(golden())
        return
    chosen = [cell for cell in cells() if all(word in str(cell) for word in sys.argv[1:])]
    wrong = {cell: found for cell in chosen for found in [findings(cell)] if found}
    for cell, found in wrong.items():
        print(f"{cell}: {len(found)} findings", *found, sep="\n  ")
    print(f"{len(wrong)} of {len(chosen)} cells fail")


if __name__ == "__main__":
    main()
