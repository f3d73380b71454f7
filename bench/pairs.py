"""Times programs in turns, so that a slow moment of the machine hits all of them; the benches share it."""

import argparse
import resource
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

WARM_UP = 2
"""Rounds that do not count."""


def options(about, rounds):
    """The command line of a bench: how many rounds, and which other checkout is measured beside this one."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--against", metavar="FOLDER", help="another checkout, which runs in turns with this one")
    return parser


def programs(args):
    """The entry of this checkout, named "this", and of the other one, named "against"."""
    folders = {"this": ROOT, **({"against": Path(args.against)} if args.against else {})}
    return {name: str(folder.resolve() / "scripts" / "stats.py") for name, folder in folders.items()}


def timed(command, environment, *, may_remark=False):
    """Seconds that a process took, and seconds of CPU. It must succeed, and in silence unless it `may_remark`."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    took, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert may_remark or not done.stderr, done.stderr
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_turns(runs, rounds):
    """What each of these functions returns, round by round; every second round runs them in the opposite order."""
    taken = {name: [] for name in runs}
    for number in range(rounds + WARM_UP):
        for name in list(runs)[:: -1 if number % 2 else 1]:
            taken[name].append(runs[name]())
    return {name: times[WARM_UP:] for name, times in taken.items()}


def median(times):
    """The median of the seconds of several runs."""
    return statistics.median(took for took, _ in times)


def cpu(times):
    """The median of the seconds of CPU of several runs."""
    return statistics.median(took for _, took in times)


def compared(times, others):
    """The medians of the ratios of runs in the same rounds, by the clock and by CPU, as a text."""
    wall, cpu = (statistics.median(one / other for one, other in zip(*both)) for both in zip(zip(*times), zip(*others)))
    return f"{wall:.3f} times the other checkout (CPU: {cpu:.3f}; medians of {len(times)} pairs)"
