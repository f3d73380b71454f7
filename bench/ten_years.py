#!/usr/bin/env python3
"""Prints what a report over ten remembered years costs beside one over thirty days, in time and in memory.

The file holds 1,000,000 rows: 3,652 days of 274 endpoints. Both reports are whole processes and
ask nobody, taken in turns so that a slow moment of the machine hits both. Run it with the tests'
Python:
    python3 tests/run.py --version && PYTHON bench/ten_years.py
where PYTHON has the packages of tests/requirements.txt.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / one) for one in ("scripts", "tests", "tests/openrouter")]

from conftest import NOW, STATS
from openrouter_usage.cache import accounts, days, json_store
from openrouter_usage.cache.cache import Cache
from openrouter_usage.cache.database import Database
from openrouter_usage.files import OURS
from openrouter_usage.keys.secrets import Secrets
from openrouter_usage.records import ACTIVITY, DEFAULT_ADDRESS, Activity, ActivityRow, Remembered, Secret, Use

DAYS, ENDPOINTS = 3652, 274


def fill(home, secret):
    """Ten years, a month at a time, as so many answers of /activity would have left them."""
    database = Database(os.path.join(home, ".local", "state", OURS, "history.db"), "bench")
    cache = Cache(database, NOW, timedelta(minutes=1), lambda: None)
    key = Secrets(None, lambda: database.salt).add("OPENROUTER_MGMT_KEY", "the environment", secret)
    accounts.learn(database, key, ["organization bench"])
    json_store.keep(database, key.id, ACTIVITY, Remembered(NOW), NOW)
    names = [(f"vendor{one % 9}/model-{one % 60}", f"slug-{one}", f"provider-{one % 12}") for one in range(ENDPOINTS)]
    yesterday = NOW.date() - timedelta(days=1)
    for ago in range(DAYS - 30, -30, -30):
        first, last = yesterday - timedelta(days=ago + 29), yesterday - timedelta(days=max(ago, 0))
        rows = [
            ActivityRow(first + timedelta(days=day), *name, use(number + day))
            for day in range((last - first).days + 1)
            for number, name in enumerate(names)
        ]
        at = datetime.combine(last, datetime.min.time(), timezone.utc) + timedelta(days=1, hours=12)
        days.keep(cache, key, Activity(tuple(rows), min(at, NOW)))
    ((rows,),) = database.rows("SELECT COUNT(*) FROM spend")
    database.close()
    return rows, os.path.getsize(database.path)


def use(number):
    return Use(Decimal(number % 977) / 1000, Decimal(0), number % 31, number * 7, number * 3, number, number * 2)


def seconds(arguments, environment):
    start = time.perf_counter()
    subprocess.run([sys.executable, str(STATS), *arguments], env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


PEAK = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from openrouter_usage.cli import program
program.main()
print([line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")][0], file=sys.stderr)
"""


def megabytes(arguments, environment):
    """The most memory that it held, as Linux tells it (a child's ru_maxrss counts its parent's, too)."""
    command = [sys.executable, "-B", "-c", PEAK, str(STATS.parent), *arguments]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return int(done.stderr.split()[-1]) / 1024


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        secret = Secret("bench-" + "0" * 40, DEFAULT_ADDRESS)
        rows, size = fill(home, secret)
        environment = {"PATH": os.environ["PATH"], "HOME": home, "OPENROUTER_MGMT_KEY": secret.text}
        thirty_days = ["report", "--by", "model", "--no-credits", "--offline", "--now", NOW.isoformat()]
        ten_years = [*thirty_days, "--days", str(DAYS)]
        pairs = [(seconds(ten_years, environment), seconds(thirty_days, environment)) for _ in range(rounds + 1)][1:]
        much, little = megabytes(ten_years, environment), megabytes(thirty_days, environment)
    long, short = (statistics.median(column) for column in zip(*pairs))
    print(f"{rows} rows in {size / 1e6:.0f} MB; medians of {rounds} rounds")
    print(f"ten years {long * 1000:.0f} ms and {much:.0f} MB, thirty days {short * 1000:.0f} ms and {little:.0f} MB")
    print(f"ratio {long / short:.1f} (to reach: at most 10)")


if __name__ == "__main__":
    main()
