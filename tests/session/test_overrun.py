"""A run that works longer on its answers than it has time is ended, with its own failure."""

import json
import subprocess
import sys

import pytest

from conftest import SCRIPTS

WATCHED = """
import os, sys, threading, time
sys.path.insert(0, {scripts!r})
from openrouter_usage.session.overrun import Overrun
began = time.monotonic()
overrun = Overrun(lambda: began + 0.1 - time.monotonic(), lambda: os._exit(7))
{what}
"""
WORK = "until = time.process_time() + {seconds}\nwhile time.process_time() < until: pass"


@pytest.mark.parametrize(("what", "code"), [
    (WORK.format(seconds=30), 7),
    (f"overrun.stop()\n{WORK.format(seconds=2)}", 0),
    ("overrun.stop()\ntime.sleep(0.5)\nsys.exit(threading.active_count())", 1),
    ("time.sleep(2)", 0),
    (f"time.sleep(1)\nbegan += 100\n{WORK.format(seconds=2)}", 0),
], ids=["works on", "has its answer", "leaves no thread", "waits", "has time anew"])  # fmt: skip
def test_what_a_run_computes_past_its_time_ends_it(what, code):
    program = WATCHED.format(scripts=str(SCRIPTS), what=what)
    assert subprocess.run([sys.executable, "-c", program], timeout=120).returncode == code


def given_up(*arguments):
    program = f"import sys; sys.path.insert(0, {str(SCRIPTS)!r}); from openrouter_usage.cli import program; "
    program += f"program._give_up({list(arguments)})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_the_failure_is_told_in_the_way_of_the_command():
    message, advice = "what OpenRouter sent could not be worked up in time", "try again, or with a longer --timeout"
    assert given_up("report") == (4, "", f"Error: {message}\nNext: {advice}\n")
    code, out, _ = given_up("report", "--json")
    assert (code, json.loads(out)["error"]) == (4, {"code": "out_of_time", "message": message, "next": advice})
    code, out, _ = given_up("check")
    assert (code, out.splitlines()[0]) == (3, f"OPENROUTER UNKNOWN - {message}; {advice}")
