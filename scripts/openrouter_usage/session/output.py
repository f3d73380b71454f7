"""What the program prints, and how a failure reads there."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from openrouter_usage.errors import Failure


class Output(NamedTuple):
    """Standard output, standard error and the exit code.

    `with_remarks`: what the session has to remark on stands on standard error, before `err`.
    """

    code: int
    out: str = ""
    err: str = ""
    with_remarks: bool = True


def failed(failure: Failure, as_json: bool) -> Output:
    """The usual way: in words on standard error, or as JSON on standard output."""
    if as_json:
        from openrouter_usage.text.document import render_error

        return Output(failure.exit_code, out=render_error(failure))
    return Output(failure.exit_code, err=explained(failure))


def explained(failure: Failure) -> str:
    """What happened, and the next step."""
    next_step = f"Next: {failure.next_step}\n" if failure.next_step else ""
    return f"Error: {failure.message}\n{next_step}"


def columns() -> int:
    """The terminal's width, or 80 where standard output is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80
