#!/usr/bin/env python3
"""Prints how much longer a remembered summary takes than Python itself with the modules that it cannot do without.

These bare imports are what any typed program has to import for the command line, instants, money, cached answers and
the database; `--python` may name another Python than this one, which has the tests' packages. All are whole processes
with bytecode in place, taken in turns so that a slow moment of the machine hits all of them. The account is a big one:
72 endpoints on each of 30 days. Run it with the tests' Python:
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

BARE = {
    "bare imports": "import argparse, datetime, decimal, json, sqlite3, typing",
    "argparse, json and sqlite3": "import argparse, json, sqlite3",
}


def main():
    parser = options(__doc__, rounds=40)
    parser.add_argument("--python", default=sys.executable, help="what runs all of them")
    args = parser.parse_args()
    account = fleet()
    fake = FakeOpenRouter(account, now=NOW)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "OPENROUTER_API_KEY": account.key("key-3").text,
        "OPENROUTER_MGMT_KEY": account.key("admin").text,
    }
    runs = {name: partial(timed, [args.python, "-c", imports], environment) for name, imports in BARE.items()}
    with ExitStack() as homes, fake.serving():
        for name, stats in programs(args).items():
            home = homes.enter_context(tempfile.TemporaryDirectory())
            own = {**environment, "HOME": home, "OPENROUTER_API_URL": fake.address}
            runs[name] = partial(timed, [args.python, stats, "--now", NOW.isoformat()], own)
            runs[name]()
        asked = len(fake.asked)
        taken = in_turns(runs, args.rounds)
        assert len(fake.asked) == asked, "it was asked again"
    mine = median(taken["this"])
    print(f"remembered summary {mine * 1000:.1f} ms (medians of {args.rounds} rounds)")
    for name in BARE:
        print(f"{name} {median(taken[name]) * 1000:.1f} ms, ratio {mine / median(taken[name]):.2f}")
    print("to reach: at most 1.8 of the bare imports")
    if args.against:
        print(compared(taken["this"], taken["against"]))


if __name__ == "__main__":
    main()
