#!/usr/bin/env python3
# /// script
# requires-python = ">=3.9"
# dependencies = [
#   "requests>=2.28,<3",
#   "python-dotenv>=0.21,<2",
# ]
# ///
"""Answers "what's my OpenRouter spend?": starts the program, whose bytecode stays out of this folder."""

import sys

if sys.version_info < (3, 9):  # noqa: UP036 (it is what an older Python reads)
    raise SystemExit("openrouter-usage needs Python 3.9 or newer")

import gc
import os
import stat

if __name__ == "__main__":
    gc.disable()  # in a process this short collecting is in vain: it takes 6% of the time of a remembered summary

SCRIPTS = os.path.dirname(os.path.realpath(__file__))
if SCRIPTS not in sys.path:
    sys.path.insert(0, SCRIPTS)


def cache_folder() -> str:
    """Our folder in the user's cache. The path is not absolute if the user has no home."""
    home = os.path.expanduser("~")
    places = {"darwin": os.path.join(home, "Library", "Caches"), "win32": os.environ.get("LOCALAPPDATA", home)}
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    cache = chosen if os.path.isabs(chosen) else places.get(sys.platform, os.path.join(home, ".cache"))
    return os.path.join(cache, "openrouter-usage")


CACHE = cache_folder()
BYTECODE = os.path.join(CACHE, "bytecode")


def keep_bytecode_in_cache() -> None:
    """Makes Python keep its bytecode in the user's cache, or nowhere if that folder cannot be written or trusted.

    It must be nowhere then: with a prefix Python ignores the bytecode beside a package, and each run would compile
    `requests` anew. What the user has chosen (PYTHONPYCACHEPREFIX, PYTHONDONTWRITEBYTECODE) stays.
    """
    if sys.pycache_prefix or sys.dont_write_bytecode:
        return
    sys.dont_write_bytecode = True
    if os.path.isabs(CACHE) and make_private(CACHE) and make_private(BYTECODE) and os.access(BYTECODE, os.W_OK):
        sys.pycache_prefix, sys.dont_write_bytecode = BYTECODE, False


def make_private(folder: str) -> bool:
    """Makes the folder if it is missing, and tells whether it is ours and closed to everybody else.

    Nobody else gets past a private folder, so the modes of those below, which Python makes, do not matter. One that
    is open is closed for the next run, and its bytecode removed: anybody may have put it there.
    """
    umask = os.umask(0o077)
    try:
        if not os.path.lexists(folder):
            os.makedirs(folder, exist_ok=True)
        found = os.lstat(folder)
    except OSError:
        return False
    finally:
        os.umask(umask)
    if os.name == "nt":  # modes say nothing there, and what a user's own folders hold is closed to others
        return True
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    is_open = bool(found.st_mode & 0o077)
    if is_ours and is_open:
        from openrouter_usage.cli import bytecode

        bytecode.close(folder, BYTECODE)
    return is_ours and not is_open


def run() -> int:
    """Prints the answer, and returns the exit code; what a bar printed a moment ago is printed again."""
    if "bar" in sys.argv:
        from openrouter_usage.commands.bar import last_line

        if last_line.printed(sys.argv[1:]):
            return 0
    from openrouter_usage.cli import program

    return program.main()


def main() -> int:
    """Runs the program, a second time without bytecode if some of that is broken, and returns the exit code."""
    keep_bytecode_in_cache()
    try:
        return run()
    except Exception:  # a bytecode file that was cut can be met by any import, also late in a command
        if sys.dont_write_bytecode:
            raise
    sys.pycache_prefix, sys.dont_write_bytecode = None, True
    from openrouter_usage.cli import bytecode

    bytecode.remove(BYTECODE)
    return bytecode.restart()


if __name__ == "__main__":
    try:
        os._exit(main())  # all is written, and to end in order takes 10% of the time of a remembered summary
    except KeyboardInterrupt:  # in the middle of an import: an end without a traceback
        import signal  # only here: it takes up to 6% of the time of a bar

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
