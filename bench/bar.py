#!/usr/bin/env python3
"""Prints how much longer a bar takes than Python itself with the modules that remembered answers cannot do without.

Whole processes with bytecode in place, taken in turns so that a slow moment of the machine hits all
of them: the line as a host gets it every few seconds, the line made anew each time, and one that is
too old, whose renewal begins in the background. Run it with the tests' Python:
    python3 tests/run.py --version && PYTHON bench/bar.py
where PYTHON has the packages of tests/requirements.txt.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, STATS
from fake_openrouter import FakeOpenRouter
from fleet import fleet

LATER = NOW + timedelta(minutes=20)


class Host:
    """One that shows a bar, in a home of its own, in which the account is remembered."""

    def __init__(self, home, fake, account, arguments, anew=False):
        self._home, self._arguments, self._anew = home, arguments, anew
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "OPENROUTER_API_URL": fake.address,
            "OPENROUTER_API_KEY": account.key("key-3").text,
            "OPENROUTER_MGMT_KEY": account.key("admin").text,
        }
        self.seconds([sys.executable, str(STATS), "--now", NOW.isoformat()])

    def show(self):
        if self._anew:
            for kept in Path(self._home).rglob("bar-*"):
                kept.unlink()
        return self.seconds([sys.executable, *self._arguments])

    def seconds(self, command):
        start = time.perf_counter()
        done = subprocess.run(command, env=self._environment, check=True, capture_output=True)
        assert not done.stderr, done.stderr
        return time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=30)
    rounds = options.parse_args().rounds
    account = fleet()
    fake = FakeOpenRouter(account, now=NOW)
    bar, now, later = [str(STATS), "bar"], ["--now", NOW.isoformat()], ["--now", LATER.isoformat()]
    with fake.serving(), ExitStack() as homes:

        def host(arguments, anew=False):
            return Host(homes.enter_context(tempfile.TemporaryDirectory()), fake, account, arguments, anew)

        hosts = {
            "bare": host(["-c", "import sqlite3, json, argparse"]),
            "bar": host([*bar, *now]),
            "waybar": host([*bar, *now, "--host", "waybar"]),
            "swiftbar": host([*bar, *now, "--host", "swiftbar"]),
            "made anew": host([*bar, *now], anew=True),
            "too old, and renewed in vain": host([*bar, *later], anew=True),
        }
        fake.fault_everywhere(status=401)
        taken = {name: [] for name in hosts}
        for _ in range(rounds + 2):
            for name, one in hosts.items():
                taken[name].append(one.show())
        time.sleep(1)  # the last renewal ends
    bare = statistics.median(taken["bare"][2:])
    for name, times in taken.items():
        took = statistics.median(times[2:])
        print(f"{name}: {took * 1000:.1f} ms, ratio {took / bare:.2f}")
    print("to reach: at most 2.0")


if __name__ == "__main__":
    main()
