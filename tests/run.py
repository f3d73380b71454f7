#!/usr/bin/env python3
"""Runs the tests in an environment of their own, outside this folder.

python3 tests/run.py                  all tests: about five minutes on two cores
python3 tests/run.py --fast           about one minute: every command, every documented sample, the core figures
python3 tests/run.py --exec           all tests, and Python is started for each run of the program: nine minutes
python3 tests/run.py -q PATH ...      what pytest makes of these options
python3 tests/run.py --lowest ...     any of these with the lowest versions of the packages that the program needs
python3 tests/run.py --hostile        hostile trials, which are in none of these: about five minutes
                                      ([TRIAL ...] [--seed N] [--count N]; --hostile --help lists the trials)
"""

import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

if sys.version_info < (3, 9):  # noqa: UP036 (it is what an older Python reads)
    raise SystemExit("The tests need Python 3.9 or newer")

TESTS = os.path.dirname(os.path.abspath(__file__))
REQUIREMENTS = os.path.join(TESTS, "requirements.txt")
PROGRAM = os.path.join(os.path.dirname(TESTS), "scripts", "stats.py")
CACHE = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
ENVIRONMENTS = os.path.join(CACHE, "openrouter-usage")
IS_UNUSED_AFTER = 3 * 24 * 60 * 60
"""Seconds after which an environment that no run has used is removed."""
ALL = ["-q", "-n", "4"]
TAKES = {
    "": "All tests: about five minutes on two cores; about one minute with --fast.",
    "--fast": "Every documented command and sample, and the core figures: about one minute on two cores.",
    "--hostile": "Hostile trials: about five minutes on two cores.",
}
"""What the runs that most people want test, and how long they take, by their options."""
FAST = [
    "tests/test_documents.py",
    "tests/test_layout.py",
    "tests/test_source.py",
    "tests/test_leaves.py",
    "tests/cli/test_help.py",
    "tests/cli/test_program.py",
    "tests/commands/test_summary.py",
    "tests/commands/test_report.py",
    "tests/commands/test_report_arithmetic.py",
    "tests/commands/test_why_arithmetic.py",
    "tests/figures",
    "tests/forecast",
    "tests/text",
]


def lowest():
    """The lowest versions of the packages that the program needs, as its head states them."""
    with open(PROGRAM, encoding="utf-8") as program:
        stated = re.findall(r'^#   "([\w-]+)>=([\d.]+)', program.read(), re.MULTILINE)
    return [f"{name}=={version}" for name, version in stated]


def environment_folder(exact=()):
    """One folder per interpreter, list of packages and exact versions, in the user's cache."""
    with open(REQUIREMENTS, encoding="utf-8") as listed:
        parts = [listed.read(), sys.version, sys.executable, *exact]
    return os.path.join(ENVIRONMENTS, f"tests-{hashlib.sha256(''.join(parts).encode()).hexdigest()[:12]}")


def is_complete(folder):
    return os.path.exists(os.path.join(folder, "complete"))


def plan(folder):
    """What a run is going to do, and where."""
    if is_complete(folder):
        return f"The tests run in {folder}, outside this folder."
    with open(REQUIREMENTS, encoding="utf-8") as listed:
        packages = sum(1 for line in listed if line.strip() and not line.startswith("#"))
    return (
        f"The tests run in an environment outside this folder, which is made now: {folder}\n"
        f"{packages} packages, and what they need, are fetched for it: one or two minutes, and 0.5 GB of disk."
    )


def python_of(folder):
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def make(folder, exact):
    """A complete environment or none: a half-made one is thrown away, and made anew the next time."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        install(folder, exact)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def install(folder, exact):
    uv = shutil.which("uv")
    if uv:
        done([uv, "venv", "--quiet", "--python", sys.executable, folder], "uv makes no environment")
        fetch = [uv, "pip", "install", "--quiet", "--python", python_of(folder)]
    else:
        done([sys.executable, "-m", "venv", folder], "Install python3-venv, or uv: this Python makes no environment")
        fetch = [python_of(folder), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done(
        [*fetch, "-r", REQUIREMENTS, *exact],
        "The packages could not be fetched: is PyPI, or PIP_INDEX_URL, to be reached?",
    )


def done(command, failure):
    """Runs it, or ends with what its failure means; the command itself has said more."""
    if subprocess.run(command).returncode:
        raise SystemExit(f"{failure} Nothing was tested.")


@contextlib.contextmanager
def alone():
    """While an environment is made, chosen or removed, other runs of this user wait, where the system can do that."""
    os.makedirs(ENVIRONMENTS, mode=0o700, exist_ok=True)
    with open(os.path.join(ENVIRONMENTS, "tests.lock"), "w") as lock:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove_unused():
    """Removes environments that no run has used for days; what has not their name and their look is not ours."""
    for name in os.listdir(ENVIRONMENTS):
        folder = os.path.join(ENVIRONMENTS, name)
        if re.fullmatch(r"tests-[0-9a-f]{12}", name) and time.time() - last_used(folder) > IS_UNUSED_AFTER:
            print(f"Removing {folder}, which no run has used for days.", flush=True)
            shutil.rmtree(folder, ignore_errors=True)


def last_used(folder):
    """When a run began to use it, or to make it; now if it is no environment."""
    marks = [os.path.join(folder, mark) for mark in ("complete", "pyvenv.cfg")]
    return max((os.path.getmtime(mark) for mark in marks if os.path.exists(mark)), default=time.time())


def python(exact=()):
    """The Python of the tests' environment, which is made where there is none yet."""
    folder = environment_folder(exact)
    print(plan(folder), flush=True)
    with alone():
        if not is_complete(folder):
            make(folder, exact)
        pathlib.Path(folder, "complete").touch()  # also where it was made long ago: a run uses it now
        remove_unused()
    return python_of(folder)


def what_runs(arguments):
    """The arguments of the environment's Python."""
    if arguments[:1] == ["--hostile"]:
        return [os.path.join(TESTS, "hostile"), *arguments[1:]]
    options = [one for one in arguments if one != "--fast"] + (FAST if "--fast" in arguments else [])
    if not set(arguments) - {"--fast", "--exec"}:
        options = ALL + options
    return ["-m", "pytest", *options]


def main():
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__, plan(environment_folder()), sep="\n")
        return 0
    takes = TAKES.get(" ".join(arguments))
    if takes:
        print(takes, flush=True)
    exact = lowest() if "--lowest" in arguments else []
    command = [python(exact), *what_runs([one for one in arguments if one != "--lowest"])]
    settings = dict(os.environ, PYTHONPYCACHEPREFIX=os.path.join(environment_folder(exact), "bytecode"))
    return subprocess.run(command, cwd=os.path.dirname(TESTS), env=settings).returncode


if __name__ == "__main__":
    sys.exit(main())
