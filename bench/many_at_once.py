#!/usr/bin/env python3
"""Prints what 64 summaries that start at the same moment, with nothing remembered, ask of OpenRouter.

Run it with the tests' Python:
    python3 tests/run.py --version && PYTHON bench/many_at_once.py
where PYTHON has the packages of tests/requirements.txt.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, STATS, house
from fake_openrouter import FakeOpenRouter

PROCESSES = 64


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    account = house()
    fake = FakeOpenRouter(account, now=NOW, delay=0.2)
    with tempfile.TemporaryDirectory() as home, fake.serving():
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "OPENROUTER_API_URL": fake.address,
            "OPENROUTER_API_KEY": account.key("agent").text,
            "OPENROUTER_MGMT_KEY": account.key("admin").text,
        }
        command = [sys.executable, str(STATS), "--now", NOW.isoformat()]
        start = time.perf_counter()
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        processes = [subprocess.Popen(command, env=environment, text=True, **pipes) for _ in range(PROCESSES)]
        printed = {(*process.communicate(), process.returncode) for process in processes}
        took = time.perf_counter() - start
    (out, err, code) = next(iter(printed))
    assert (len(printed), err, code) == (1, "", 0), printed
    assert out.splitlines()[2] == "All keys: Today: $5.10* | Week: $21.40 | Month: $92.00"
    print(f"{PROCESSES} processes, all with the right answer, {took:.1f} s; requests: {len(fake.asked)} (one set: 6)")


if __name__ == "__main__":
    main()
