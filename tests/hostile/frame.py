"""The frame of the hostile trials: it runs seeded cases, judges what the program prints, and counts the faults.

A trial is a file `tests/hostile/trial_NAME.py` with one function that makes cases. The whole of one:

    from random import Random
    from frame import Case, World, trial
    from world import COMMAND_LINES

    @trial(count=200, about="the working directory is gone")
    def gone(chance: Random):
        while True:
            yield Case(chance.choice(COMMAND_LINES), remove_folder, told="without a working directory")

    def remove_folder(world: World) -> None:
        world.skill.cwd.rmdir()

- A case is a command line and a function that does something to a `World` (see `world.py`) before it is run: the fake
  OpenRouter is `world.fake`; the home, the working directory and the environment are those of `world.skill`; what has
  to be undone goes onto `world.stack`. All chance comes from `chance`, so that the seed and the number of a case are
  enough to repeat it: a case's own chance is `Random(chance.random())`.
- Every case is judged by all of `judges.py`: what counts there is the same for all trials. Where another exit code is
  right it stands in `codes`; what only this trial can see is found by `look`, which yields pairs of a name out of
  `judges.COUNTS` and words. A case that runs the program in a way of its own has `run`.
- Where the world tells the truth and only that, as much as it tells, figures are held to it; a case in which the server
  lies sets `world.lies`.
- `count` is how many cases run without `--count`; CI runs these. A trial that ends earlier has fewer.
"""

import argparse
import importlib
import multiprocessing
import os
import queue
import shutil
import subprocess
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Callable, NamedTuple, Optional
from zlib import crc32

import judges
from conftest import Skill, fork_server, shared_cache
from judges import COUNTS
from world import CommandLine, Printed, World, before_it, fresh_folder, scratch, truth

HERE = Path(__file__).resolve().parent
TIMEOUT = 1.0
"""The --timeout of a run, in seconds, unless its command line has one."""
GRACE = 1.0
"""Seconds that a run may take beyond its --timeout."""
HANGS_AFTER = 20.0

Found = tuple[str, str]
"""The name of a count, and what was found, in words."""


def _usual_run(world: World, line: CommandLine) -> Printed:
    return world.run(line, HANGS_AFTER)


def sees_nothing(world: World, printed: Printed) -> Iterable[Found]:
    """The `look` of a case in which the judges see all that there is to be seen."""
    return ()


class Case(NamedTuple):
    """See the head of this file. `keys` and `memory` are those of `World`; `env` is added to the environment."""

    line: CommandLine
    prepare: Callable[[World], None]
    told: str = ""
    keys: str = "both"
    memory: str = "nothing"
    codes: tuple[int, ...] = ()
    look: Callable[[World, Printed], Iterable[Found]] = sees_nothing
    run: Callable[[World, CommandLine], Printed] = _usual_run


class Trial(NamedTuple):
    name: str
    about: str
    count: int
    cases: Callable[[Random], Iterable[Case]]


TRIALS: dict[str, Trial] = {}


def trial(count: int, about: str) -> Callable[[Callable[[Random], Iterable[Case]]], Callable[[Random], Iterable[Case]]]:
    """Registers the function as the trial of its name."""

    def register(cases: Callable[[Random], Iterable[Case]]) -> Callable[[Random], Iterable[Case]]:
        TRIALS[cases.__name__] = Trial(cases.__name__, about, count, cases)
        return cases

    return register


def load() -> None:
    for file in sorted(HERE.glob("trial_*.py")):
        importlib.import_module(file.stem)


# One case


class Fault(NamedTuple):
    """A fault that was found in a case, with the trial and the number of that."""

    trial: str
    number: int
    count: str
    what: str
    told: str


def faults_of(case: Case, name: str = "", number: int = 0, allowance: float = GRACE) -> list[Fault]:
    """Runs a case in a world of its own, and judges it. It may take so many seconds beyond its --timeout."""
    folder, right = fresh_folder(), truth(case.line, case.keys).printed
    world = None
    try:
        world = World(folder, case.keys, case.memory)
        case.prepare(world)
        line = _with_timeout(case.line)
        found = list(_found(case, world, line, right, allowance))
        told = "; ".join(filter(None, [" ".join(case.line), case.keys, case.memory, case.told, *world.done]))
    except Exception:
        found, told = [("trial", traceback.format_exc())], " ".join(case.line)
    finally:
        if world:
            world.close()
        shutil.rmtree(folder, ignore_errors=True)
    return [Fault(name, number, count, what, told) for count, what in found]


def _found(case: Case, world: World, line: CommandLine, right: Printed, allowance: float) -> Iterator[Found]:
    for one in [*map(_with_timeout, before_it(case.line)), line]:
        try:
            printed = case.run(world, one)
        except subprocess.TimeoutExpired:
            yield "overrun", f"no end within {HANGS_AFTER:.0f} s"
            return
        yield from judges.usual(printed, world, case.codes)
        if printed.seconds > _timeout(one) + allowance:
            yield "overrun", f"{printed.seconds:.1f} s with --timeout {_timeout(one):g}"
    yield from judges.figures(printed, right, world.lies)
    yield from case.look(world, printed)


def _with_timeout(line: CommandLine) -> CommandLine:
    return line if "--timeout" in line else (*line, "--timeout", f"{TIMEOUT:g}")


def _timeout(line: CommandLine) -> float:
    return float(line[line.index("--timeout") + 1])


# All cases

Part = tuple[list[Fault], "Counter[str]"]
"""What one process found, and how many cases of each trial it ran."""


def main(arguments: Optional[list[str]] = None) -> int:
    """Runs the trials and prints the counts; returns 1 where one is not zero, else 0."""
    load()
    args = _parsed(arguments)
    began = time.monotonic()
    Skill.forks = os.name == "posix"
    shared_cache(), scratch()  # before the processes part: they share them
    found, ran = _run(args)
    rows = [(name, ran[name], Counter(fault.count for fault in found if fault.trial == name)) for name in args.names]
    print(table(rows))
    print(f"seed {args.seed}, {time.monotonic() - began:.0f} s")
    return 1 if found else 0


def _parsed(arguments: Optional[list[str]]) -> argparse.Namespace:
    width = max(map(len, TRIALS))
    about = [f"  {one.name:{width}}  {one.about} ({one.count} cases)" for one in TRIALS.values()]
    parser = argparse.ArgumentParser(
        prog="tests/run.py --hostile",
        description="Hostile trials: seeded cases, each judged in the same way. Exit 1 where a fault was found.",
        epilog="\n".join(["trials:", *about]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="TRIAL", help="only these trials")
    parser.add_argument("--seed", type=int, default=20, help="what all chance follows from (default 20)")
    parser.add_argument("--count", type=int, metavar="N", help="so many cases of each trial")
    parser.add_argument("--case", type=int, metavar="K", help="the case of that number alone, and what it printed")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1), help="processes (default two a core)")
    args = parser.parse_args(arguments)
    unknown = [name for name in args.names if name not in TRIALS]
    if unknown:
        parser.error(f"no such trial: {', '.join(unknown)}")
    if args.case is not None and len(args.names) != 1:
        parser.error("--case needs the name of one trial")
    args.names = args.names or list(TRIALS)
    return args


def numbered(one: Trial, seed: int, count: Optional[int]) -> Iterator[tuple[int, Case]]:
    """Yields the cases of a trial with their numbers: the same ones for the same seed, however many are taken."""
    chance = Random(f"{one.name} {seed}")  # noqa: S311 (it keeps no secret)
    return enumerate(islice(one.cases(chance), one.count if count is None else count))


def _run(args: argparse.Namespace) -> Part:
    """Runs the trials, and prints each fault; returns them, and how many cases of each trial ran."""
    if args.case is not None:
        return _alone(TRIALS[args.names[0]], args)
    parts = [_worked(args, 0)] if args.jobs == 1 else _side_by_side(args)
    found = [fault for part, _ in parts for fault in part]
    sure, late = ([one for one in found if (one.count == "overrun") == is_late] for is_late in (False, True))
    again = _late_again(late, args)
    for fault in again:
        print(_written(fault, args.seed), flush=True)
    return sure + again, sum((ran for _, ran in parts), Counter())


def _worked(args: argparse.Namespace, at: int) -> Part:
    """Runs the cases of some command lines: the truth of each is needed in one process alone."""
    found: list[Fault] = []
    ran: Counter = Counter()
    for name in args.names:
        for number, case in numbered(TRIALS[name], args.seed, args.count):
            if crc32(" ".join(case.line).encode()) % args.jobs == at:
                faults = faults_of(case, name, number)
                for fault in faults:
                    if fault.count != "overrun":
                        print(_written(fault, args.seed), flush=True)
                found += faults
                ran[name] += 1
    return found, ran


def _side_by_side(args: argparse.Namespace) -> list[Part]:
    """Runs them in several processes."""
    several = multiprocessing.get_context("fork")
    answers: Any = several.Queue()

    def work(at: int) -> None:
        answers.put(_worked(args, at))
        fork_server().close()

    workers = [several.Process(target=work, args=(at,)) for at in range(args.jobs)]
    for worker in workers:
        worker.start()
    parts = [_received(answers, workers) for _ in workers]
    for worker in workers:
        worker.join()
    return parts


def _received(answers: Any, workers: list[Any]) -> Part:
    """What one of the workers found. Raises RuntimeError where one ended without a word."""
    while True:
        try:
            return answers.get(timeout=1)  # type: ignore[no-any-return]
        except queue.Empty:
            if any(worker.exitcode for worker in workers):
                raise RuntimeError("a process of the trial broke") from None


def _late_again(late: list[Fault], args: argparse.Namespace) -> list[Fault]:
    """The overruns that come again while nothing else runs: else the machine was busy."""
    again = []
    for fault in late:
        case = _case(TRIALS[fault.trial], args.seed, fault.number)
        again += [fault] if all(_is_late(case) for _ in range(2)) else []
    return again


def _is_late(case: Case) -> bool:
    """Tells whether it takes too long, beyond what the same takes now while nothing is wrong."""
    world = World(fresh_folder(), case.keys)
    allowance = GRACE + world.run(_with_timeout(case.line)).seconds
    world.close()
    return any(fault.count == "overrun" for fault in faults_of(case, allowance=allowance))


def _case(one: Trial, seed: int, number: int) -> Case:
    return next(case for at, case in numbered(one, seed, number + 1) if at == number)


def _alone(one: Trial, args: argparse.Namespace) -> Part:
    """Runs one case, and prints what the program printed."""
    case = _case(one, args.seed, args.case)

    def run(world: World, line: CommandLine) -> Printed:
        printed = case.run(world, line)
        print(f"$ stats.py {' '.join(line)}  (exit {printed.code}, {printed.seconds:.2f} s)")
        print(printed.out, printed.err, sep="", flush=True)
        return printed

    found = faults_of(case._replace(run=run), one.name, args.case)
    for fault in found:
        print(_written(fault, args.seed))
    return found, Counter({one.name: 1})


def _written(fault: Fault, seed: int) -> str:
    repeat = f"python3 tests/run.py --hostile {fault.trial} --seed {seed} --case {fault.number}"
    return f"{fault.count}: {fault.what[:2000]}\n  {fault.told[:600]}\n  {repeat}"


def table(rows: list[tuple[str, int, "Counter[str]"]]) -> str:
    """The counts, a row for each trial."""
    lines = [("trial", "cases", *COUNTS)]
    lines += [(name, str(ran), *(str(counts[count]) for count in COUNTS)) for name, ran, counts in rows]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in lines)
