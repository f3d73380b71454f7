#!/usr/bin/env python3
"""Prints how much longer a bar takes than Python itself with the modules that remembered answers cannot do without.

Whole processes with bytecode in place, taken in turns so that a slow moment of the machine hits all
of them: the line as a host gets it every few seconds, the line made anew each time, and one that is
too old, whose renewal begins in the background. Run it with the tests' Python:
    python3 tests/run.py --version && PYTHON bench/bar.py
where PYTHON has the packages of tests/requirements.txt.
"""

import os
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW
from fake_openrouter import FakeOpenRouter
from fleet import fleet
from pairs import compared, in_turns, median, options, programs, timed

BARE = [sys.executable, "-c", "import sqlite3, json, argparse"]
BAR = ["bar", "--now", NOW.isoformat()]
LINES = {
    "bar": (BAR, False),
    "waybar": ([*BAR, "--host", "waybar"], False),
    "swiftbar": ([*BAR, "--host", "swiftbar"], False),
    "made anew": (BAR, True),
    "too old, and renewed in vain": (["bar", "--now", (NOW + timedelta(minutes=20)).isoformat()], True),
}
"""The arguments of each line, and whether what was printed before is forgotten each time."""


def host(home, fake, account, stats, arguments, anew):
    """A function that shows a bar and times it, in a home of its own in which the account is remembered."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "OPENROUTER_API_URL": fake.address,
        "OPENROUTER_API_KEY": account.key("key-3").text,
        "OPENROUTER_MGMT_KEY": account.key("admin").text,
    }
    timed([sys.executable, stats, "--now", NOW.isoformat()], environment)

    def show():
        for kept in Path(home).rglob("bar-*") if anew else ():
            kept.unlink()
        return timed([sys.executable, stats, *arguments], environment)

    return show


def main():
    args = options(__doc__, rounds=30).parse_args()
    account = fleet()
    fake = FakeOpenRouter(account, now=NOW)
    runs = {("bare", "this"): partial(timed, BARE, {"PATH": os.environ["PATH"], "HOME": os.devnull})}
    with fake.serving(), ExitStack() as homes:
        for line, (arguments, anew) in LINES.items():
            for name, stats in programs(args).items():
                home = homes.enter_context(tempfile.TemporaryDirectory())
                runs[line, name] = host(home, fake, account, stats, arguments, anew)
        fake.fault_everywhere(status=401)
        taken = in_turns(runs, args.rounds)
        time.sleep(1)  # the last renewal ends
    bare = median(taken["bare", "this"])
    for line in ("bare", *LINES):
        took = median(taken[line, "this"])
        print(f"{line}: {took * 1000:.1f} ms, ratio {took / bare:.2f}")
        if (line, "against") in taken:
            print(f"    {compared(taken[line, 'this'], taken[line, 'against'])}")
    print("to reach: at most 2.0")


if __name__ == "__main__":
    main()
