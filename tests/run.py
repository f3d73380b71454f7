#!/usr/bin/env python3
"""Runs the tests in an environment of their own, outside this folder: `python3 tests/run.py [pytest options]`."""

import hashlib
import os
import shutil
import subprocess
import sys
import venv

TESTS = os.path.dirname(os.path.abspath(__file__))
REQUIREMENTS = os.path.join(TESTS, "requirements.txt")


def environment_folder():
    """One folder per interpreter and list of packages, in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    with open(REQUIREMENTS, "rb") as listed:
        fingerprint = hashlib.sha256(listed.read() + sys.version.encode() + sys.executable.encode()).hexdigest()
    return os.path.join(cache, "openrouter-usage", f"tests-{fingerprint[:12]}")


def python_of(folder):
    return os.path.join(folder, "Scripts", "python.exe") if os.name == "nt" else os.path.join(folder, "bin", "python")


def make(folder):
    """A complete environment or none: a half-made one is thrown away, and made anew the next time."""
    print(f"Making the tests' environment in {folder}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        install(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def install(folder):
    uv = shutil.which("uv")
    if uv:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python_of(folder), "-r", REQUIREMENTS], check=True)
        return
    try:
        venv.create(folder, with_pip=True)
    except subprocess.CalledProcessError:
        raise SystemExit("This Python has no ensurepip: install python3-venv, or uv, and run again.") from None
    subprocess.run([python_of(folder), "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)


def python():
    """The Python of the tests' environment, which is made where there is none yet."""
    folder = environment_folder()
    if not os.path.exists(os.path.join(folder, "complete")):
        make(folder)
        open(os.path.join(folder, "complete"), "w").close()
    return python_of(folder)


def main():
    settings = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
    command = [python(), "-m", "pytest", *(sys.argv[1:] or ["-q", "-n", "4"])]
    return subprocess.run(command, cwd=os.path.dirname(TESTS), env=settings).returncode


if __name__ == "__main__":
    sys.exit(main())
