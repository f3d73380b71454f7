#!/usr/bin/env python3
"""Prints how much longer a cold summary takes than a script that asks two questions with `requests` in two threads.

With both keys the script asks what /key and /activity tell, with a regular key /key and /credits. Nothing is
remembered. All are whole processes, over TLS, taken in turns so that a slow moment of the machine hits all of them.
Bytecode is in place, unless `--home` says otherwise: "new" is what the first run ever finds, in "read-only" nothing
can be kept.

On loopback a connection costs nothing, whatever `--delay` each answer has. For a real round trip join two network
namespaces by a link with a delay, each with 127.0.0.1 for the server's end, and say what runs a command in each:
    --server "ip netns exec SERVER" --client "ip netns exec CLIENT" --delay 0
Run it with the tests' Python:
    python3 tests/run.py --version && PYTHON bench/cold_summary.py
where PYTHON has the packages of tests/requirements.txt.
"""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import certifi
import trustme

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, house
from pairs import compared, cpu, in_turns, median, options, programs, timed

MINIMAL = """
import os, sys, threading
import requests

answers = []

def ask(path, key):
    address, headers = os.environ["OPENROUTER_API_URL"] + path, {"Authorization": "Bearer " + key}
    answers.append(requests.get(address, headers=headers, timeout=20).json())

calls = [(path, os.environ[name]) for path, name in zip(sys.argv[1::2], sys.argv[2::2])]
threads = [threading.Thread(target=ask, args=call) for call in calls]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(answers) == 2
print(sum(len(answer["data"]) for answer in answers))
"""

REGULAR, MANAGEMENT = "OPENROUTER_API_KEY", "OPENROUTER_MGMT_KEY"

ASKED = {
    "both": ["/key", REGULAR, "/activity", MANAGEMENT],
    "regular": ["/key", REGULAR, "/credits", REGULAR],
}
"""What the script asks with which key, by the keys that there are."""

TO_REACH = {"both": 0.95, "regular": 0.80}

FORGOTTEN = {"kept": ".local", "new": ""}
"""What is removed from a home before each run."""

READ_ONLY = os.path.join(os.devnull, "home")


def cold(command, environment, forgotten):
    if forgotten is not None:
        shutil.rmtree(Path(environment["HOME"]) / forgotten, ignore_errors=True)
    return timed(command, environment, may_remark=True)


@contextmanager
def served(folder, prefix, delay):
    """Serves with a new certificate. Yields the address, a file of trusted certificates, and what tells the counts."""
    authority = trustme.CA()
    certificate, bundle = folder / "server.pem", folder / "ca.pem"
    certificate.write_bytes(authority.issue_cert("localhost").private_key_and_cert_chain_pem.bytes())
    # As large as the usual bundle: loading it is a part of what all pay.
    bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    command = [*prefix, sys.executable, str(ROOT / "bench" / "serve.py"), str(certificate), str(delay / 1000)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}

    def counts():
        server.stdin.write("\n")
        return [int(number) for number in server.stdout.readline().split()]

    with subprocess.Popen(command, **pipes) as server:
        yield server.stdout.readline().strip(), bundle, counts


def counted(run, counts):
    """A text with how many connections and requests one run takes."""
    before = counts()
    run()
    connections, requests = (now - then for now, then in zip(counts(), before))
    return f"{connections} connections, {requests} requests"


def main():
    parser = options(__doc__, rounds=25)
    parser.add_argument("--home", choices=[*FORGOTTEN, "read-only"], default="kept")
    parser.add_argument("--keys", choices=list(ASKED), default="both")
    parser.add_argument("--python", default=sys.executable, help="what runs both (the tests' has keyring, too)")
    parser.add_argument("--delay", type=float, default=60, help="milliseconds by which each answer is late")
    parser.add_argument("--server", type=shlex.split, default=[], help="what runs a command at the server's end")
    parser.add_argument("--client", type=shlex.split, default=[], help="the same at the client's end")
    args = parser.parse_args()
    with ExitStack() as stack:

        def folder():
            return Path(stack.enter_context(tempfile.TemporaryDirectory()))

        address, bundle, counts = stack.enter_context(served(folder(), args.server, args.delay))
        minimal = folder() / "minimal.py"
        minimal.write_text(MINIMAL)
        secrets = {REGULAR: house().key("agent").text, MANAGEMENT: house().key("admin").text}
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": READ_ONLY,
            "REQUESTS_CA_BUNDLE": str(bundle),
            "OPENROUTER_API_URL": address,
            **{name: secrets[name] for name in ASKED[args.keys][1::2]},
        }
        python = [*args.client, args.python]
        runs = {"minimal": partial(timed, [*python, str(minimal), *ASKED[args.keys]], environment)}
        for name, stats in programs(args).items():
            own = environment if args.home == "read-only" else {**environment, "HOME": str(folder() / "home")}
            runs[name] = partial(cold, [*python, stats, "--now", NOW.isoformat()], own, FORGOTTEN.get(args.home))
        taken = in_turns(runs, args.rounds)
        mine, minimals = median(taken["this"]), median(taken["minimal"])
        print(f"cold summary {mine * 1000:.0f} ms, script {minimals * 1000:.0f} ms (medians of {args.rounds} rounds)")
        print(f"ratio {mine / minimals:.3f} (to reach: at most {TO_REACH[args.keys]} over a real round trip)")
        for name, run in runs.items():
            print(f"{name}: {counted(run, counts)}, {cpu(taken[name]) * 1000:.0f} ms of CPU")
        if args.against:
            print(compared(taken["this"], taken["against"]))


if __name__ == "__main__":
    main()
