"""The test command: what it says, what it runs, and which environments it removes. It fetches nothing here."""

import os
import re
import stat
import subprocess
import sys
import time

import pytest

from conftest import ROOT
from run import FAST

if os.name != "posix":
    pytest.skip("it is given shell scripts for uv and Python", allow_module_level=True)

DAY = 24 * 60 * 60
UV = """#!/bin/sh
echo uv "$@"
if [ "$1" = venv ]; then
  for folder; do :; done
  mkdir -p "$folder/bin" && touch "$folder/pyvenv.cfg"
  printf '%s\\n' '#!/bin/sh' 'echo ran "$@"' > "$folder/bin/python" && chmod +x "$folder/bin/python"
fi
"""


class Command:
    """`tests/run.py` of a user who has `uv`, and nothing in the cache."""

    def __init__(self, folder):
        self.cache, self.programs = folder / "cache" / "openrouter-usage", folder / "bin"
        self.cache.mkdir(parents=True)
        self.programs.mkdir()
        self.has("uv", UV)

    def has(self, name, text):
        (self.programs / name).write_text(text)
        (self.programs / name).chmod(0o755)

    def run(self, *arguments):
        env = {"XDG_CACHE_HOME": str(self.cache.parent), "PATH": f"{self.programs}:/usr/bin:/bin"}
        command = [sys.executable, str(ROOT / "tests" / "run.py"), *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    def folder(self):
        return re.search(re.escape(str(self.cache)) + "/tests-[0-9a-f]{12}", self.run("--help").stdout).group()

    def environment(self, name, days_ago, marks=("complete", "pyvenv.cfg")):
        """One that a run used so many days ago."""
        folder = self.cache / name
        folder.mkdir()
        for mark in marks:
            (folder / mark).touch()
            os.utime(folder / mark, (time.time() - days_ago * DAY,) * 2)
        return folder


@pytest.fixture
def command(tmp_path):
    return Command(tmp_path)


def test_help_says_what_each_way_takes_and_where_and_makes_nothing(command):
    printed = command.run("--help").stdout
    assert "all tests: about five minutes on two cores" in printed
    assert "--fast           about one minute" in printed
    assert f"which is made now: {command.cache}/tests-" in printed
    assert os.listdir(command.cache) == []


def test_the_first_run_says_at_once_what_it_fetches_and_where(command):
    folder = command.folder()
    lines = command.run().stdout.splitlines()
    assert lines[:2] == [
        "All tests: about five minutes on two cores; about one minute with --fast.",
        f"The tests run in an environment outside this folder, which is made now: {folder}",
    ]
    assert re.fullmatch(
        r"\d+ packages, and what they need, are fetched for it: one or two minutes, and 0\.5 GB of disk\.", lines[2]
    )
    assert lines[3] == f"uv venv --quiet --python {sys.executable} {folder}"
    assert lines[4].startswith(f"uv pip install --quiet --python {folder}/bin/python -r ")
    assert lines[5] == "ran -m pytest -q -n 4"


def test_the_next_run_fetches_nothing(command):
    folder = command.folder()
    command.run()
    assert command.run("--fast").stdout.splitlines() == [
        "Every documented command and sample, and the core figures: about one minute on two cores.",
        f"The tests run in {folder}, outside this folder.",
        " ".join(["ran -m pytest -q -n 4", *FAST]),
    ]
    assert command.run("-q").stdout.splitlines()[0] == f"The tests run in {folder}, outside this folder."


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        (["--fast"], ["-q", "-n", "4", *FAST]),
        (["--exec"], ["-q", "-n", "4", "--exec"]),
        (["--fast", "--exec"], ["-q", "-n", "4", "--exec", *FAST]),
        (["--lowest"], ["-q", "-n", "4"]),
        (["--fast", "-x"], ["-x", *FAST]),
        (["--lowest", "-q", "tests/text"], ["-q", "tests/text"]),
        (["-q", "tests/text"], ["-q", "tests/text"]),
        (["--version"], ["--version"]),
    ],
)
def test_what_it_runs(command, arguments, ran):
    assert command.run(*arguments).stdout.splitlines()[-1] == " ".join(["ran -m pytest", *ran])


def test_the_hostile_trials_run_in_the_same_environment(command):
    assert "python3 tests/run.py --hostile " in command.run("--help").stdout
    last = command.run("--hostile", "wounds", "--seed", "7").stdout.splitlines()[-1]
    assert last == f"ran {ROOT / 'tests' / 'hostile'} wounds --seed 7"


def test_the_lowest_packages_are_in_an_environment_of_their_own(command):
    fetched, again, newest = (command.run(*options, "--version").stdout for options in (["--lowest"], ["--lowest"], []))
    assert "/tests/requirements.txt requests==2.28 python-dotenv==0.21\n" in fetched
    assert "uv pip install" not in again
    assert "uv pip install" in newest


def test_what_fast_runs_is_there():
    assert [path for path in FAST if not (ROOT / path).exists()] == []


@pytest.mark.parametrize(
    ("uv", "told"),
    [
        ("exit 1", "uv makes no environment"),
        ('test "$1" = venv', "The packages could not be fetched: is PyPI, or PIP_INDEX_URL, to be reached?"),
    ],
)
def test_an_environment_that_cannot_be_made_is_an_error_and_leaves_nothing(command, uv, told):
    command.has("uv", f"#!/bin/sh\n{uv}\n")
    printed = command.run()
    assert (printed.returncode, printed.stderr) == (1, f"{told} Nothing was tested.\n")
    assert os.listdir(command.cache) == ["tests.lock"]


def test_environments_that_no_run_has_used_for_days_are_removed(command):
    old = command.environment("tests-0123456789ab", days_ago=4)
    half_made = command.environment("tests-00000000000b", days_ago=4, marks=["pyvenv.cfg"])
    printed = command.run("--version").stdout
    assert not old.exists() and not half_made.exists()
    assert f"Removing {old}, which no run has used for days.\n" in printed


def test_all_else_stays(command):
    kept = [
        command.environment("tests-0123456789ab", days_ago=2),
        command.environment("tests-00000000000b", days_ago=0, marks=["pyvenv.cfg"]),
        command.environment("tests-00000000000c", days_ago=4, marks=["another"]),
        command.environment("tests-mine", days_ago=4),
        command.environment("bytecode", days_ago=4),
    ]
    command.run("--version")
    assert [folder for folder in kept if not folder.exists()] == []


def test_a_run_marks_the_environment_that_it_uses(command):
    command.run("--version")
    complete = os.path.join(command.folder(), "complete")
    os.utime(complete, (time.time() - 9 * DAY,) * 2)
    os.utime(os.path.join(command.folder(), "pyvenv.cfg"), (time.time() - 9 * DAY,) * 2)
    assert command.run("--version").stdout.splitlines()[-1] == "ran -m pytest --version"
    assert time.time() - os.stat(complete)[stat.ST_MTIME] < DAY


def test_two_runs_at_once_make_one_environment(command):
    command.has("uv", UV.replace("echo uv", "sleep 0.5; echo uv"))
    place = {"env": {"XDG_CACHE_HOME": str(command.cache.parent), "PATH": f"{command.programs}:/usr/bin:/bin"}}
    arguments = [sys.executable, str(ROOT / "tests" / "run.py"), "--version"]
    both = [subprocess.Popen(arguments, **place, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = "".join(one.communicate(timeout=60)[0] for one in both)
    assert [one.returncode for one in both] == [0, 0]
    assert printed.count("uv venv") == 1 and printed.count("ran -m pytest --version") == 2
