#!/usr/bin/env python3
"""Prints how much longer a remembered summary takes than Python itself with the modules that it cannot do without.

Both are whole processes with bytecode in place, taken in turns so that a slow moment of the
machine hits both. The account is a big one: 72 endpoints on each of 30 days. Run it with the
tests' Python:
    python3 tests/run.py --version && PYTHON bench/remembered_summary.py
where PYTHON has the packages of tests/requirements.txt.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, STATS
from fake_openrouter import FakeOpenRouter
from fleet import fleet

BARE = [sys.executable, "-c", "import sqlite3, json, argparse"]


def seconds(command, environment):
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, check=True, capture_output=True)
    assert not done.stderr, done.stderr
    return time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=40)
    rounds = options.parse_args().rounds
    account = fleet()
    fake = FakeOpenRouter(account, now=NOW)
    with tempfile.TemporaryDirectory() as folder, fake.serving():
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "OPENROUTER_API_URL": fake.address,
            "OPENROUTER_API_KEY": account.key("key-3").text,
            "OPENROUTER_MGMT_KEY": account.key("admin").text,
        }
        ours = [sys.executable, str(STATS), "--now", NOW.isoformat()]
        seconds(ours, environment)
        asked = len(fake.asked)
        pairs = [(seconds(ours, environment), seconds(BARE, environment)) for _ in range(rounds + 2)][2:]
        assert len(fake.asked) == asked, "it was asked again"
    mine, bare = (statistics.median(column) for column in zip(*pairs))
    print(f"remembered summary {mine * 1000:.1f} ms, bare {bare * 1000:.1f} ms (medians of {rounds} rounds)")
    print(f"ratio {mine / bare:.2f} (to reach: at most 1.8)")


if __name__ == "__main__":
    main()
