"""Report every end of the program that is not a result, with its exit code."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from syncd.cli import output_streams, terminal
from syncd.cli.config_location import add_line, sort_by_line
from syncd.cli.output_streams import Unwritable
from syncd.cli.ownership import advise_on_owner
from syncd.cli.registry import list_command_names
from syncd.cli.termination import Terminated
from syncd.core import errors
from syncd.report.error_messages import ErrorMessage, explain
from syncd.report.json_text import as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from syncd.config import Config

EXIT_CODES: dict[type[errors.SyncdError], int] = {
    errors.ConfigError: 2,
    errors.UpstreamError: 4,
    errors.Unexpected: 5,
    errors.PageError: 6,
    errors.PartialPage: 3,
    errors.LayoutUnknown: 5,
    errors.GuardRefused: 6,
    errors.OutOfReach: 3,
    errors.DigestError: 3,
    errors.ArchiveError: 6,
    errors.ArchiveMissing: 10,
    errors.Locked: 11,
}
"""The code of an error is that of its nearest class here."""

_WORST_FIRST = (70, 2, 11, 10, 5, 6, 4, 3, 1)
_INTERRUPTED = "finished work is kept; run the same command again to continue"
_OVER_DAYS = frozenset({"adopt", "backfill", "repair", "replay", "sync"})
_READING = frozenset({"calendar", "completion", "config", "list", "open", "show", "status"})


class NotFound(click.ClickException):
    """The requested paper or mailing does not exist here. `advice` names what is near it."""

    exit_code = 3

    def __init__(self, message: str, advice: str = "to see what is held: syncd status") -> None:
        super().__init__(message)
        self.advice = advice


def exit_code(error: errors.SyncdError) -> int:
    """Return the exit code of one error."""
    return next((EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), 70)


def worst(found: Iterable[errors.SyncdError | None]) -> int:
    """Return the exit code of a run with these errors. It is 0 without any."""
    codes = {exit_code(error) for error in found if error is not None}
    return next((code for code in _WORST_FIRST if code in codes), 0)


def report(
    error: BaseException, arguments: Sequence[str], *, has_begun: bool = True, opened: Config | None = None
) -> int:
    """Report what ended the program, on standard error and as JSON if requested. Return the exit code.

    `has_begun` says whether the command may have done something of its work, `opened` is the configuration of the archive that
    it has opened.
    """
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else 0
        case BrokenPipeError():
            output_streams.silence()
            return 0
        case Terminated() if _command(arguments) == "run":
            return 0  # a daemon that is stopped before it began has ended as it was asked to
        case errors.ConfigErrors():
            return _report_mistakes(error, arguments)
        case errors.SyncdError():
            found = add_line(error) if isinstance(error, errors.ConfigError) else error
            return _report_error(exit_code(error), explain(found), arguments, error)
        case _:
            return _other(error, arguments, has_begun=has_begun, opened=opened)


def _report_signal(error: BaseException, arguments: Sequence[str], *, has_begun: bool) -> int:
    """Report a signal that came outside of the steps of long work."""
    code, name, message = 130, "interrupted", "interrupted"
    if isinstance(error, Terminated):
        code, name, message = 143, "terminated", "terminated by SIGTERM"
    more: dict[str, object] = {"interrupted": True}
    advice = _INTERRUPTED
    if _command(arguments) in _READING:
        advice = "nothing was changed; run the same command again"
    elif _command(arguments) in _OVER_DAYS and not has_begun:
        advice = "the work had not begun; run the same command again"
        more |= {"days": [], "requests": 0}
    return _report_error(code, ErrorMessage(name, message, advice), arguments, more=more)


def _report_mistakes(error: errors.ConfigErrors, arguments: Sequence[str]) -> int:
    """Report all mistakes of a configuration, in the order of the file, and the advice once."""
    shown = [explain(each) for each in sort_by_line(error.mistakes)]
    for each in shown[:-1]:
        _say(f"syncd: {each.message}")
    every = [{"code": each.code, "message": each.message} for each in shown]
    return _report_error(exit_code(error), shown[-1], arguments, error, {"errors": every})


def _other(error: BaseException, arguments: Sequence[str], *, has_begun: bool, opened: Config | None) -> int:
    match error:
        case KeyboardInterrupt() | click.Abort() | Terminated():
            return _report_signal(error, arguments, has_begun=has_begun)
        case Unwritable():
            output_streams.silence()
            advice = "the work itself is done; give the command an output that is open and has room"
            shown = ErrorMessage("output", f"cannot write the result to standard output: {error}", advice)
            return _report_error(exit_code(errors.FolderError(path="")), shown, arguments)
        case NotFound():
            shown = ErrorMessage("not-found", error.format_message(), error.advice)
            return _report_error(error.exit_code, shown, arguments)
        case click.exceptions.NoArgsIsHelpError():
            _say(error.format_message())
            return 2
        case click.ClickException():
            message = " ".join(error.format_message().split())
            return _report_error(2, ErrorMessage("usage", message, _usage(error, arguments)), arguments)
        case _:
            return _report_unexpected(error, arguments, opened)


def _report_unexpected(error: BaseException, arguments: Sequence[str], opened: Config | None) -> int:
    """Report an error that no command expects: as damage where the rows of the archive have some, else as an internal error."""
    if opened is not None:
        from syncd.usecases.inspect.odd_value_problems import find_damage_behind

        if (damage := find_damage_behind(error, opened)) is not None:
            return _report_error(exit_code(damage), explain(damage), arguments, error)
    return _report_error(70, _internal(error), arguments, error)


def _usage(error: click.ClickException, arguments: Sequence[str]) -> str:
    context = getattr(error, "ctx", None)
    # click leaves it out where an option lacks its value.
    path = context.command_path if context else " ".join(filter(None, ("syncd", _command(arguments))))
    return f"see: {path} --help"


def _internal(error: BaseException) -> ErrorMessage:
    what = f"internal error: {type(error).__name__}: {error}"
    return ErrorMessage(
        "internal", what, "no half-written file is left; run again with -vv to get the details for a bug report"
    )


def _report_error(
    code: int,
    shown: ErrorMessage,
    arguments: Sequence[str],
    error: BaseException | None = None,
    more: Mapping[str, object] | None = None,
) -> int:
    if error is not None and (advice := advise_on_owner(error, arguments)):
        shown = replace(shown, help=advice)
    _say(f"syncd: {shown.message}")
    if shown.help:
        _say(f"  {shown.help}")
    if error is not None and _wants_traceback(arguments):
        import traceback

        traceback.print_exception(error)
    if _wants_json(arguments):
        fields = {"code": shown.code, "message": shown.message, "help": shown.help}
        _answer(as_json({"command": _command(arguments), "exit_code": code, "error": fields, **(more or {})}))
    return code


def _say(text: str) -> None:
    click.echo(terminal.fit(text, sys.stderr), err=True)


def _answer(text: str) -> None:
    """Print to standard output, which may itself be what failed."""
    try:
        click.echo(text)
        sys.stdout.flush()
    except (OSError, Unwritable):
        output_streams.silence()


def _wants_json(arguments: Sequence[str]) -> bool:
    """Return True when the command line, which may be invalid, asks for JSON."""
    spelt = {"--json", "--format=json"}.intersection(arguments)
    return bool(spelt) or ("--format", "json") in pairwise(arguments)


def _wants_traceback(arguments: Sequence[str]) -> bool:
    short = sum(a.count("v") for a in arguments if a.startswith("-v") and not a.strip("-v"))
    return short + list(arguments).count("--verbose") > 1


def _command(arguments: Sequence[str]) -> str | None:
    return next((a for a in arguments if a in list_command_names()), None)
