#!/usr/bin/env python3
"""Prints how much longer a cold summary takes than a minimal script that fetches the same endpoints.

Nothing is remembered. Both are whole processes, over TLS on loopback, every answer 60 ms late, taken
in turns so that a slow moment of the machine hits both. Bytecode is in place, unless `--home` says
otherwise: "new" is what the first run ever finds, in "read-only" nothing can be kept. Run it with
the tests' Python:
    python3 tests/run.py --version && PYTHON bench/cold_summary.py
where PYTHON has the packages of tests/requirements.txt.
"""

import os
import shutil
import ssl
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import certifi
import trustme

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, house
from fake_openrouter import FakeOpenRouter
from pairs import compared, in_turns, median, options, programs, timed

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


FORGOTTEN = {"kept": ".local", "new": ""}
"""What is removed from a home before each run."""

READ_ONLY = os.path.join(os.devnull, "home")


def cold(command, environment, forgotten):
    if forgotten is not None:
        shutil.rmtree(Path(environment["HOME"]) / forgotten, ignore_errors=True)
    return timed(command, environment, may_remark=True)


def main():
    parser = options(__doc__, rounds=25)
    parser.add_argument("--home", choices=[*FORGOTTEN, "read-only"], default="kept")
    args = parser.parse_args()
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    fake = FakeOpenRouter(house(), now=NOW, certificate=context, delay=0.060)
    with ExitStack() as folders, fake.serving():

        def folder():
            return Path(folders.enter_context(tempfile.TemporaryDirectory()))

        bundle, minimal = folder() / "ca.pem", folder() / "minimal.py"
        # As large as the usual bundle: loading it is a part of what both pay.
        bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
        minimal.write_text(MINIMAL)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": READ_ONLY,
            "REQUESTS_CA_BUNDLE": str(bundle),
            "OPENROUTER_API_URL": fake.address,
            "OPENROUTER_API_KEY": house().key("agent").text,
            "OPENROUTER_MGMT_KEY": house().key("admin").text,
        }
        theirs = [sys.executable, str(minimal), f"{NOW:%Y-%m-%dT%H:%M:%SZ}"]
        runs = {"minimal": partial(timed, theirs, environment)}
        for name, stats in programs(args).items():
            own = environment if args.home == "read-only" else {**environment, "HOME": str(folder() / "home")}
            runs[name] = partial(cold, [sys.executable, stats, "--now", NOW.isoformat()], own, FORGOTTEN.get(args.home))
        taken = in_turns(runs, args.rounds)
    mine, minimals = median(taken["this"]), median(taken["minimal"])
    print(f"cold summary {mine * 1000:.0f} ms, minimal script {minimals * 1000:.0f} ms ({args.rounds} rounds, medians)")
    print(f"ratio {mine / minimals:.3f} (to reach: at most 1.15)")
    if args.against:
        print(compared(taken["this"], taken["against"]))


if __name__ == "__main__":
    main()
