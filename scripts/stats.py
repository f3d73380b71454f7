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
    sys.stderr.write("openrouter-usage needs Python 3.9 or newer\n")
    raise SystemExit(3)  # as where a package is missing; to a monitor it is UNKNOWN

import gc
import os
import stat

if __name__ == "__main__":
    gc.disable()  # in a process this short collecting is in vain: it takes 6% of the time of a remembered summary

SCRIPTS = os.path.dirname(os.path.realpath(__file__))
if SCRIPTS not in sys.path:
    sys.path.insert(0, SCRIPTS)


def cache_folder() -> str:
    """Our folder in the user's cache. The path is not absolute if the user has no home; the root folder is none."""
    home = os.path.expanduser("~").rstrip(os.sep)
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
    make_missing()
    if os.path.isabs(CACHE) and (is_usable() or is_prepared()):
        sys.pycache_prefix, sys.dont_write_bytecode = BYTECODE, False


def make_missing() -> None:
    """Makes our folders if there are none yet."""
    try:
        if os.path.isabs(CACHE) and not os.path.lexists(CACHE):
            os.makedirs(BYTECODE)
    except OSError:
        pass


def is_usable() -> bool:
    """Tells whether our folders are as `is_prepared` leaves them: the user's, and closed to everybody else.

    Nor can anybody put another folder in the place of a private one, unless all may write to the one above it.
    """
    if sys.platform == "win32":  # modes say nothing there, and what a user's own folders hold is closed to others
        return os.access(BYTECODE, os.W_OK)
    try:
        ours, above = [os.lstat(CACHE), os.lstat(BYTECODE)], os.stat(os.path.dirname(CACHE))
    except OSError:
        return False
    user = os.geteuid()
    are_private = all(stat.S_ISDIR(one.st_mode) and one.st_uid == user and not one.st_mode & 0o077 for one in ours)
    is_open = above.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH
    return are_private and above.st_uid in (0, user) and not is_open and os.access(BYTECODE, os.W_OK)


def is_prepared() -> bool:
    """Makes or closes our folders, and tells whether they can be used now; loaded only where it is needed."""
    from openrouter_usage import bytecode

    return bytecode.prepare(CACHE, BYTECODE)


def run(umask: int) -> int:
    """Prints the answer, and returns the exit code; what a bar printed a moment ago is printed again.

    `umask` is that of the user, for what is not ours alone.
    """
    if "bar" in sys.argv:
        from openrouter_usage.commands.bar import last_line

        if last_line.printed(sys.argv[1:]):
            return 0
    from openrouter_usage.cli import program

    return program.main(umask)


def main() -> int:
    """Runs the program, a second time without bytecode if some of that is broken, and returns the exit code."""
    umask = os.umask(0o077)  # whatever is made by us, by Python or by a package is the user's alone
    keep_bytecode_in_cache()
    try:
        return run(umask)
    except Exception:  # a bytecode file that was cut can be met by any import, also late in a command
        if sys.dont_write_bytecode:
            raise
    sys.pycache_prefix, sys.dont_write_bytecode = None, True
    from openrouter_usage import bytecode

    bytecode.remove(BYTECODE)
    os.umask(umask)
    return bytecode.restart()


if __name__ == "__main__":
    try:
        os._exit(main())  # all is written, and to end in order takes 10% of the time of a remembered summary
    except KeyboardInterrupt:  # in the middle of an import: an end without a traceback
        import signal  # only here: it takes up to 6% of the time of a bar

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.raise_signal(signal.SIGINT)
