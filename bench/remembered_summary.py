#!/usr/bin/env python3
"""Prints how much longer a remembered summary takes than Python itself with the modules that it cannot do without.

Both are whole processes with bytecode in place, taken in turns so that a slow moment of the
machine hits both. The account is a big one: 72 endpoints on each of 30 days. Run it with the
tests' Python:
    python3 tests/run.py --version && PYTHON bench/remembered_summary.py
where PYTHON has the packages of tests/requirements.txt.
"""

import os
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW
from fake_openrouter import FakeOpenRouter
from fleet import fleet
from pairs import compared, in_turns, median, options, programs, timed

BARE = [sys.executable, "-c", "import sqlite3, json, argparse"]


def main():
    args = options(__doc__, rounds=40).parse_args()
    account = fleet()
    fake = FakeOpenRouter(account, now=NOW)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "OPENROUTER_API_KEY": account.key("key-3").text,
        "OPENROUTER_MGMT_KEY": account.key("admin").text,
    }
    runs = {"bare": partial(timed, BARE, environment)}
    with ExitStack() as homes, fake.serving():
        for name, stats in programs(args).items():
            home = homes.enter_context(tempfile.TemporaryDirectory())
            own = {**environment, "HOME": home, "OPENROUTER_API_URL": fake.address}
            runs[name] = partial(timed, [sys.executable, stats, "--now", NOW.isoformat()], own)
            runs[name]()
        asked = len(fake.asked)
        taken = in_turns(runs, args.rounds)
        assert len(fake.asked) == asked, "it was asked again"
    mine, bare = median(taken["this"]), median(taken["bare"])
    print(f"remembered summary {mine * 1000:.1f} ms, bare {bare * 1000:.1f} ms (medians of {args.rounds} rounds)")
    print(f"ratio {mine / bare:.2f} (to reach: at most 1.8)")
    if args.against:
        print(compared(taken["this"], taken["against"]))


if __name__ == "__main__":
    main()
