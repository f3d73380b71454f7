#!/usr/bin/env python3
"""Prints how much longer a cold summary takes than a minimal script that fetches the same endpoints.

Nothing is remembered. Both are whole processes with bytecode in place, over TLS on loopback, every answer 60 ms late,
taken in turns so that a slow moment of the machine hits both. Run it with the tests' Python:
    python3 tests/run.py --version && PYTHON bench/cold_summary.py
where PYTHON has the packages of tests/requirements.txt.
"""

import argparse
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import trustme

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, STATS, house
from fake_openrouter import FakeOpenRouter

MINIMAL = """
import os, sys, threading
import requests

address, now = os.environ["OPENROUTER_API_URL"], sys.argv[1]
regular, management = os.environ["OPENROUTER_API_KEY"], os.environ["OPENROUTER_MGMT_KEY"]
body = {"metrics": ["credits_usage", "byok_usage"], "granularity": "day",
        "time_range": {"start": now[:8] + "01T00:00:00Z", "end": now}}
answers = []

def ask(method, path, key, **more):
    answer = requests.request(method, address + path, headers={"Authorization": "Bearer " + key}, timeout=20, **more)
    answers.append(answer.json())

calls = [("GET", "/auth/key", regular, {}), ("GET", "/auth/key", management, {}), ("GET", "/credits", management, {}),
         ("GET", "/activity", management, {}), ("POST", "/analytics/query", management, {"json": body})]
threads = [threading.Thread(target=ask, args=call[:3], kwargs=call[3]) for call in calls]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(answers) == 5
print(sum(len(answer["data"]) for answer in answers))
"""


def seconds(command, environment):
    shutil.rmtree(Path(environment["HOME"]) / ".local", ignore_errors=True)  # nothing is remembered
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=25)
    rounds = options.parse_args().rounds
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    fake = FakeOpenRouter(house(), now=NOW, certificate=context, delay=0.060)
    with tempfile.TemporaryDirectory() as folder, fake.serving():
        bundle, minimal = Path(folder) / "ca.pem", Path(folder) / "minimal.py"
        # As large as the usual bundle: loading it is a part of what both pay.
        import certifi

        bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
        minimal.write_text(MINIMAL)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "REQUESTS_CA_BUNDLE": str(bundle),
            "OPENROUTER_API_URL": fake.address,
            "OPENROUTER_API_KEY": house().key("agent").text,
            "OPENROUTER_MGMT_KEY": house().key("admin").text,
        }
        ours = [sys.executable, str(STATS), "--now", NOW.isoformat()]
        theirs = [sys.executable, str(minimal), f"{NOW:%Y-%m-%dT%H:%M:%SZ}"]
        pairs = [(seconds(ours, environment), seconds(theirs, environment)) for _ in range(rounds + 2)][2:]
    mine, minimals = (statistics.median(column) for column in zip(*pairs))
    print(f"cold summary {mine * 1000:.0f} ms, minimal script {minimals * 1000:.0f} ms (medians of {rounds} rounds)")
    print(f"ratio {mine / minimals:.3f} (to reach: at most 1.15)")


if __name__ == "__main__":
    main()
