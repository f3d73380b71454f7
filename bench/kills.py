#!/usr/bin/env python3
"""Prints how many remembered days are lost when the program is killed at 500 random instants of asking and writing.

Run it with the tests' Python:
    python3 tests/run.py --version && PYTHON bench/kills.py
where PYTHON has the packages of tests/requirements.txt.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, STATS
from fake_openrouter import FakeOpenRouter
from fleet import fleet

DAYS = 44


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=500)
    options.add_argument("--seed", type=int, default=7)
    args = options.parse_args()
    chance = random.Random(args.seed)  # noqa: S311 (it keeps no secret)
    account = fleet()
    fake = FakeOpenRouter(account, now=NOW)
    with tempfile.TemporaryDirectory() as home, fake.serving():
        key = {"OPENROUTER_API_URL": fake.address, "OPENROUTER_MGMT_KEY": account.key("admin").text}
        environment = {"PATH": os.environ["PATH"], "HOME": home, **key}

        def report(now, *more):
            command = [sys.executable, str(STATS), "report", "--json", "--now", now.isoformat(), *more]
            return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)

        fake.now = NOW - timedelta(days=30)
        report(fake.now)
        fake.now = NOW
        whole = report(NOW, "--days", str(DAYS))
        command = [sys.executable, str(STATS), "--max-age", "0", "--now", NOW.isoformat()]
        killed, start = 0, time.perf_counter()
        for _ in range(args.kills):
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.02, 0.35))
            process.kill()
            killed += process.wait() < 0
        left = report(NOW, "--days", str(DAYS), "--offline")
    assert left["known_days"] == whole["known_days"] == DAYS
    assert left["total"] == whole["total"]
    print(f"{args.kills} kills in {time.perf_counter() - start:.0f} s, {killed} of them before it was done")
    print(f"{left['known_days']} of {DAYS} remembered days are there, and add up to what they did")


if __name__ == "__main__":
    main()
