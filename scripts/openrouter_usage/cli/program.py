"""Answers the command line: flags in, text and an exit code out."""

from __future__ import annotations

import os
import sys
from typing import Any, Optional, TextIO

from openrouter_usage import files
from openrouter_usage.cli import arguments as cli_arguments
from openrouter_usage.commands import registry
from openrouter_usage.commands.registry import COMMANDS
from openrouter_usage.errors import (
    LONGER_TIMEOUT,
    Bug,
    ClockDiffers,
    DayNotThere,
    Failure,
    Interrupted,
    NeedsManagementKey,
    NotWritten,
    OutOfTime,
    is_broken_bytecode,
    raised_at,
)
from openrouter_usage.keys.secrets import KeysChanged
from openrouter_usage.records import VERSION
from openrouter_usage.sanitize import one_line
from openrouter_usage.session import output
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session
from openrouter_usage.text.style import Page, pages

INTERRUPTED = "Interrupted: no figure was printed."


def answer(arguments: list[str], uses_cached_keys: bool = True, clock: Any = None) -> Output:
    """Runs the command line and returns its output, also that of a failure, an interrupt or a bug. Prints nothing.

    `uses_cached_keys`: the keys of the last search will do, as long as none of them turns out to be another by now.
    `clock` is that of the run once OpenRouter's clock turned out to be another than this machine's.
    """
    session = None
    try:
        about_itself = _about_itself(arguments)
        if about_itself:
            return Output(0, about_itself)
        args = cli_arguments.parsed(arguments)
        session = Session(args, uses_cached_keys, clock, lambda: _give_up(arguments))
        answered: Optional[Output] = _run(session)
        session.finish()
    except KeysChanged:
        answered, uses_cached_keys = None, False
    except ClockDiffers as differs:
        answered, clock = None, differs.clock
    except (Exception, KeyboardInterrupt) as error:
        answered = _reported(error, arguments)
    finally:
        if session:
            session.close()
    if answered is None:
        return answer(arguments, uses_cached_keys, clock)
    remarks = session.remarks if session and answered.with_remarks else ()
    return answered._replace(err=pages([f"Remark: {remark}" for remark in remarks] + [answered.err]))


def _run(session: Session) -> Output:
    """Runs the command. A day that is not there by this machine's clock may be by OpenRouter's: that is asked first."""
    args = session.args
    try:
        return getattr(registry.module(args.command), args.policy.run)(session)  # type: ignore[no-any-return]
    except DayNotThere:
        session.hear_clock()
        raise


def _about_itself(arguments: list[str]) -> str:
    """Returns the version or the help if one of them is asked for, else nothing. Raises BadUsage."""
    if "--version" in arguments:
        return f"openrouter-usage {VERSION}\n"
    if not cli_arguments.asks_for_help(arguments):
        return ""
    from openrouter_usage.cli import help_text  # rarely of use

    return help_text.render(cli_arguments.command_named(arguments), output.columns())


def _reported(error: BaseException, arguments: list[str]) -> Output:
    """Reports what ended a command. Raises what broken bytecode leads to: the program is then started again."""
    if isinstance(error, NeedsManagementKey):
        instead = COMMANDS[cli_arguments.command_meant(arguments)].instead
        error.next_step = "; ".join(filter(None, [error.next_step, instead]))
    if isinstance(error, Failure):
        return _failed(error, arguments)
    if isinstance(error, KeyboardInterrupt):
        return _interrupted(arguments)
    if is_broken_bytecode(error):
        raise error
    return _failed(_bug(error), arguments)._replace(with_remarks=False)


def _reported_simply(error: BaseException, arguments: list[str]) -> Output:
    """Reports what went wrong while a failure was reported, or the session was closed."""
    if is_broken_bytecode(error):
        raise error
    if isinstance(error, KeyboardInterrupt):
        return _interrupted(arguments)
    code = COMMANDS[cli_arguments.command_meant(arguments)].failure_code
    reported = output.failed(_bug(error), "--json" in arguments)
    return reported if code is None else reported._replace(code=code)


def _interrupted(arguments: list[str]) -> Output:
    """Reports an interrupt, whichever command it ended: without remarks, since nobody waits for them any more."""
    reported = Output(Interrupted.exit_code, err=f"{INTERRUPTED}\n")
    if "--json" in arguments:
        reported = output.failed(Interrupted(INTERRUPTED), as_json=True)
    return reported._replace(with_remarks=False)


def _failed(failure: Failure, arguments: list[str]) -> Output:
    """Reports a failure in the way of the command that is meant, if it has its own.

    What was given, perhaps a key by mistake, may be repeated in it.
    """
    failure.message, failure.next_step = one_line(failure.message), one_line(failure.next_step)
    try:
        own = getattr(registry.module(cli_arguments.command_meant(arguments)), "failed", None)
    except Exception as error:  # a module cannot be loaded, and this is the failure
        if is_broken_bytecode(error):
            raise
        own = None
    answered: Output = own(failure, arguments) if own else output.failed(failure, "--json" in arguments)
    return answered


def _bug(error: BaseException) -> Bug:
    """The place of a bug: the exception's own words are left out, for they may hold anything, even a key."""
    path, line = raised_at(error)
    # Many of our files have the same name, so that the folder is needed; another's path may tell who the user is.
    ours = os.path.dirname(os.path.dirname(__file__)) + os.sep
    file = path[len(ours) :].replace(os.sep, "/") if path.startswith(ours) else os.path.basename(path)
    return Bug(f"a bug in openrouter-usage: {type(error).__name__} at {file}:{line}", "please report this line")


def main(umask: int = files.umask) -> int:
    """Prints the answer, and returns the exit code. A reader that went away changes nothing; a full disk is an error.

    `umask` is that of the user: this process has a stricter one.
    """
    files.umask = umask
    try:
        answered = answer(sys.argv[1:])
    except (Exception, KeyboardInterrupt) as error:
        answered = _reported_simply(error, sys.argv[1:])
    return _print(answered)


def _give_up(arguments: list[str]) -> None:
    """Ends the process with the failure of a run that works longer on what it was sent than it has time."""
    failure = OutOfTime("what OpenRouter sent could not be worked up in time", LONGER_TIMEOUT)
    os._exit(_print(_failed(failure, arguments)))


def _print(answered: Output) -> int:
    """Prints an answer, and returns the exit code."""
    try:
        answered = _with_answer_written(answered, sys.argv[1:])
        _write(sys.stderr, answered.err)
    except KeyboardInterrupt:
        return Interrupted.exit_code
    except OSError:  # a reader that went away, or nobody can be told
        pass
    return answered.code


def _with_answer_written(answered: Output, arguments: list[str]) -> Output:
    """Writes the answer, and returns what is left to be told. Raises BrokenPipeError, for nobody waits for it then."""
    try:
        _write(sys.stdout, answered.out)
    except BrokenPipeError:
        raise
    except OSError as error:
        failure = NotWritten(
            f"the answer could not be written to standard output: {error.strerror}",
            "make room, or send it elsewhere; what was written is not all of it",
        )
        code = COMMANDS[cli_arguments.command_meant(arguments)].failure_code or failure.exit_code
        return Output(code, err=output.explained(failure))
    return answered


def _write(stream: Optional[TextIO], text: str) -> None:
    """UTF-8 and our own line ends for whoever reads a pipe; a terminal has its own, and ? for what it cannot show."""
    if stream is None or not text:
        return
    shown = _as_shown(stream, text)
    if stream.isatty():
        stream.reconfigure(errors="replace")  # type: ignore[attr-defined]
        stream.write(shown)
        stream.flush()
    else:
        files.write_to(stream.fileno(), shown.encode("utf-8", "replace"))


def _as_shown(stream: TextIO, text: str) -> str:
    """Returns a page for people as a terminal shows it; plain, as everything else is, where it goes to a pipe."""
    if not isinstance(text, Page) or not (stream.isatty() or os.environ.get("FORCE_COLOR")):
        return text
    from openrouter_usage.text import terminal

    return terminal.shown(text, output.width_of(stream), terminal.is_styled(stream, os.environ))
