"""Answers the command line: flags in, text and an exit code out."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal would make enumerations of it all
import argparse
import os
import sys
from functools import partial
from typing import Callable, List, Optional, TextIO

from openrouter_usage.cli import arguments as cli_arguments
from openrouter_usage.errors import Bug, Failure
from openrouter_usage.keys.secrets import KeysChanged
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session

INTERRUPTED = 130
NOT_PRINTED = {"check": 3, "bar": 0}
"""What ends with a code of its own where it could not be printed."""


def run(args: argparse.Namespace) -> Output:
    """The answer. Raises a Failure where nothing could be begun."""
    try:
        return _answered(Session(args))
    except KeysChanged:
        return _answered(Session(args, uses_cached_keys=False))


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
        from openrouter_usage.commands.bar import last_line

        last_line.keep(args.given, made_of, answered.out, answered.err, answered.lasts)
    return answered


def _made_of(args: argparse.Namespace) -> str:
    """What a bar's line is made of, before any of it is read."""
    if args.command != "bar":
        return ""
    from openrouter_usage.commands.bar import last_line

    return last_line.made_of(args.given)


def _command(name: str) -> Callable[[Session], Output]:
    """Who answers it; loaded only now."""
    where = {"logout": "login.logout"}.get(name, f"{name}.command")
    return __import__(f"openrouter_usage.commands.{where}", fromlist=["run"]).run  # type: ignore[no-any-return]


def answer(arguments: List[str]) -> Output:
    """What the program has to say, whatever happens: nothing is printed here."""
    failed = partial(
        _failed,
        arguments=arguments,
        command=cli_arguments.command_meant(arguments),
        as_json=cli_arguments.wants_json(arguments),
        announces=any(one.startswith("--announce") for one in arguments),
    )
    try:
        if cli_arguments.wants_help(arguments):
            return Output(0, cli_arguments.help_text())
        return run(cli_arguments.parsed(arguments))
    except Failure as failure:
        return failed(failure)
    except KeyboardInterrupt:
        return Output(INTERRUPTED, err="Interrupted: no figure was printed.\n")
    except Exception as error:
        return failed(_bug(error))


def _failed(failure: Failure, arguments: List[str], command: str, as_json: bool, announces: bool) -> Output:
    """Who reads a check, or a bar, reads it on standard output."""
    if command == "check":
        from openrouter_usage.commands.check import command as check_command

        return check_command.failed(failure, as_json, announces)
    if command == "bar":
        from openrouter_usage.commands.bar import command as bar_command

        return bar_command.misread(failure, arguments, as_json)
    return output.failed(failure, as_json)


def _bug(error: Exception) -> Bug:
    """Where it happened, but not what the exception says: that may hold anything, a key too."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f"{_module(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace else "?"
    return Bug(f"a bug in openrouter-usage: {type(error).__name__} at {where}", "please report this line")


def _module(path: str) -> str:
    """The file below our package, for many have the same name; another's by its name alone."""
    ours = os.path.dirname(os.path.dirname(__file__)) + os.sep
    return path[len(ours) :].replace(os.sep, "/") if path.startswith(ours) else os.path.basename(path)


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
        return NOT_PRINTED.get(cli_arguments.command_meant(sys.argv[1:]), Bug.exit_code)
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
