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

import _signal  # type: ignore[import-not-found]  # signal would make enumerations of it all
import gc

if __name__ == "__main__":
    gc.disable()  # the process is over before there is anything to collect
    # Until main can answer it: an interrupt during an import is no traceback.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import os
from _frozen_importlib_external import FileFinder, SourceFileLoader  # importlib.machinery would load warnings
from typing import Any

SCRIPTS = os.path.dirname(os.path.realpath(__file__))


def bytecode_folder() -> str:
    """Where our own bytecode goes: the user's cache, never the skill's folder, which registries digest."""
    home = os.path.expanduser("~")
    places = {"darwin": os.path.join(home, "Library", "Caches"), "win32": os.environ.get("LOCALAPPDATA", home)}
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    cache = chosen if os.path.isabs(chosen) else places.get(sys.platform, os.path.join(home, ".cache"))
    return os.path.join(cache, "openrouter-usage", "bytecode")


BYTECODE = bytecode_folder()


class OwnLoader(SourceFileLoader):
    """Loads our modules. Other packages keep the bytecode that lies beside them, as `sys.pycache_prefix` would not."""

    def get_data(self, path: str) -> bytes:
        return super().get_data(_elsewhere(path))

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        super().set_data(_elsewhere(path), data, _mode=_mode)


def _elsewhere(path: str) -> str:
    is_beside = path.endswith(".pyc") and path.startswith(SCRIPTS)
    return BYTECODE + os.path.splitdrive(path)[1] if is_beside else path


def own_finder(path: str) -> FileFinder:
    """What finds modules in our folders; a hook of `sys.path_hooks`."""
    if not (path + os.sep).startswith(SCRIPTS + os.sep):
        raise ImportError(path)
    return FileFinder(path, (OwnLoader, [".py"]))


sys.path_hooks.insert(0, own_finder)
sys.path_importer_cache.pop(SCRIPTS, None)
if SCRIPTS not in sys.path:
    sys.path.insert(0, SCRIPTS)


def main() -> int:
    """Prints the answer, and returns the exit code; what a bar printed a moment ago is printed again."""
    if "bar" in sys.argv:
        from openrouter_usage.commands.bar import last_line

        if last_line.printed(sys.argv[1:]):
            return 0
    from openrouter_usage.cli import program

    return program.main()


if __name__ == "__main__":
    code = main()
    os._exit(code)  # all is written: to take the interpreter down in order costs more than a remembered answer
