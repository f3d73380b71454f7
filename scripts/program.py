"""Answers the command line: flags in, text and an exit code out."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal would make enumerations of it all
import argparse
import os
import sys
from functools import partial
from typing import Callable, List, Optional, TextIO

import commandline
import output
from errors import Bug, Failure
from output import Output
from session import Session
from standins import KeysChanged

INTERRUPTED = 130
NOT_PRINTED = {"check": 3, "bar": 0}
"""What ends with a code of its own where it could not be printed."""


def run(args: argparse.Namespace) -> Output:
    """The answer. Raises a Failure where nothing could be begun."""
    try:
        return _answered(Session(args))
    except KeysChanged:
        return _answered(Session(args, recognises=False))


def _answered(session: Session) -> Output:
    """The whole story: keys, answers, insight, renderer."""
    args, command = session.args, _command(session.args.command)
    made_of = _made_of(args)
    try:
        answered = command(session)
    except Failure as failure:
        answered = _failed(failure, args.given, args.command, args.json, getattr(args, "announce", False))
    finally:
        session.close()
    if getattr(args, "quiet", False) and not answered.out:
        return answered
    answered = answered._replace(err="".join(f"Remark: {remark}\n" for remark in session.remarks) + answered.err)
    if answered.lasts:
        import shortcut

        shortcut.keep(args.given, made_of, answered.out, answered.err, answered.lasts)
    return answered


def _made_of(args: argparse.Namespace) -> str:
    """What a bar's line is made of, before any of it is read."""
    if args.command != "bar":
        return ""
    import shortcut

    return shortcut.made_of(args.given)


def _command(name: str) -> Callable[[Session], Output]:
    """Who answers it; loaded only now."""
    return getattr(__import__(f"commands.{name}"), name).run  # type: ignore[no-any-return]


def answer(arguments: List[str]) -> Output:
    """What the program has to say, whatever happens: nothing is printed here."""
    failed = partial(
        _failed,
        arguments=arguments,
        command=commandline.command_meant(arguments),
        as_json=commandline.wants_json(arguments),
        announces=any(one.startswith("--announce") for one in arguments),
    )
    try:
        if commandline.wants_help(arguments):
            return Output(0, commandline.help_text())
        return run(commandline.parsed(arguments))
    except Failure as failure:
        return failed(failure)
    except KeyboardInterrupt:
        return Output(INTERRUPTED, err="Interrupted: no figure was printed.\n")
    except Exception as error:
        return failed(_bug(error))


def _failed(failure: Failure, arguments: List[str], command: str, as_json: bool, announces: bool) -> Output:
    """Who reads a check, or a bar, reads it on standard output."""
    if command == "check":
        from commands import check

        return check.failed(failure, as_json, announces)
    if command == "bar":
        from commands import bar

        return bar.misread(failure, arguments, as_json)
    return output.failed(failure, as_json)


def _bug(error: Exception) -> Bug:
    """Where it happened, but not what the exception says: that may hold anything, a key too."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
    return Bug(f"a bug in openrouter-usage: {type(error).__name__} at {where}", "please report this line")


def main() -> int:
    """Prints the answer. A reader that went away changes nothing; a full disk is an error, if anybody can be told."""
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    answered = answer(sys.argv[1:])
    try:
        _write(sys.stdout, answered.out)
        _write(sys.stderr, answered.err)
    except KeyboardInterrupt:
        _silence()
        return INTERRUPTED
    except BrokenPipeError:
        _silence()
    except OSError:
        _silence()
        return NOT_PRINTED.get(commandline.command_meant(sys.argv[1:]), Bug.exit_code)
    return answered.code


def _write(stream: Optional[TextIO], text: str) -> None:
    """UTF-8 and our own line ends for whoever reads a pipe; a terminal has its own, and ? for what it cannot show."""
    if stream is None or not text:
        return
    pipe = {} if stream.isatty() else {"encoding": "utf-8", "newline": ""}
    stream.reconfigure(errors="replace", **pipe)  # type: ignore[attr-defined]
    stream.write(text)
    stream.flush()


def _silence() -> None:
    """Lets the interpreter's last flush go nowhere instead of failing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
