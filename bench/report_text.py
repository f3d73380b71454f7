#!/usr/bin/env python3
"""Prints what the text of a 2,000-row report costs in CPU time, over the start-up and beside reading its JSON.

All are whole processes with bytecode in place, taken in turns: the report of an account whose
/activity holds some 2,100 rows, the same with a single row (start-up, network and all), and a
minimal script that parses the same answer and adds it up by model. Run it with the tests' Python.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, STATS, event
from fake_openrouter import Asked, FakeOpenRouter
from fleet import fleet

MINIMAL = """
import json, sys
from decimal import Decimal
spend = {}
for row in json.load(open(sys.argv[1]), parse_float=Decimal)["data"]:
    spend[row["model"]] = spend.get(row["model"], 0) + row["usage"]
print(spend)
"""


def cpu_seconds(command, environment):
    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return spent() - before


def activity_of(fake):
    asked = Asked("GET", "/activity", {}, "admin", {}, None)
    account = fake.accounts[0]
    return fake.answer(asked, account, account.key("admin"))[1]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=15)
    rounds = options.parse_args().rounds
    big, small = fleet(), fleet()
    small.events = [event("11-18", "key-0", "vendor/model", "P", "1.00")]
    with tempfile.TemporaryDirectory() as folder:
        recorded, minimal = Path(folder) / "activity.json", Path(folder) / "minimal.py"
        minimal.write_text(MINIMAL)
        with FakeOpenRouter(big, now=NOW).serving() as full, FakeOpenRouter(small, now=NOW).serving() as empty:
            answer = activity_of(full)
            recorded.write_text(json.dumps(answer))

            def report(fake):
                keys = {"OPENROUTER_MGMT_KEY": fake.accounts[0].key("admin").text, "OPENROUTER_API_URL": fake.address}
                environment = {"PATH": os.environ["PATH"], "HOME": folder, **keys}
                return cpu_seconds(
                    [sys.executable, str(STATS), "report", "--max-age", "0", "--now", NOW.isoformat()], environment
                )

            def baseline():
                return cpu_seconds([sys.executable, str(minimal), str(recorded)], dict(os.environ))

            taken = [(report(full), report(empty), baseline()) for _ in range(rounds + 2)][2:]
    mine, start, theirs = (statistics.median(column) for column in zip(*taken))
    over = mine - start
    print(
        f"{len(answer['data'])} rows: {mine * 1000:.0f} ms of CPU, start-up {start * 1000:.0f} ms (medians of {rounds})"
    )
    print(f"over the start-up {over * 1000:.0f} ms (to reach: under 200), {mine / start:.2f} times the start-up")
    print(f"a minimal script that parses and adds up takes {theirs * 1000:.0f} ms as a whole")


if __name__ == "__main__":
    main()
