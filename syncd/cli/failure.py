"""How every end of the program that is not a result is told and numbered."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from syncd import errors
from syncd.cli.invocation import as_json
from syncd.cli.main import Terminated
from syncd.report.words import Words, explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EXIT_CODES: dict[type[errors.SyncdError], int] = {
    errors.ConfigError: 2,
    errors.UpstreamError: 4,
    errors.Unexpected: 5,
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


def exit_code(error: errors.SyncdError) -> int:
    """The exit code of one error."""
    return next((EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES), 70)


def worst(found: Iterable[errors.SyncdError | None]) -> int:
    """The exit code of a run in which these errors were met; 0 without any."""
    codes = {exit_code(error) for error in found if error is not None}
    return next((code for code in _WORST_FIRST if code in codes), 0)


def report(error: BaseException, arguments: Sequence[str]) -> int:
    """Say what ended the program, on standard error or as JSON where JSON was asked for; the exit code."""
    match error:
        case SystemExit() | click.exceptions.Exit():
            return _given(error)
        case KeyboardInterrupt() | click.Abort() | Terminated() | BrokenPipeError():
            return _quiet(error)
        case click.ClickException():
            return _told(2, Words("usage", error.format_message(), _usage(error)), arguments)
        case errors.SyncdError():
            return _told(exit_code(error), explain(error), arguments, error)
        case _:
            return _told(70, _internal(error), arguments, error)


def _quiet(error: BaseException) -> int:
    if isinstance(error, BrokenPipeError):
        sys.stderr.close()  # nobody reads any more; Python would complain of the unflushed output
        return 0
    return 143 if isinstance(error, Terminated) else 130


def _given(error: SystemExit | click.exceptions.Exit) -> int:
    code = error.exit_code if isinstance(error, click.exceptions.Exit) else error.code
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"see: {context.command_path if context else 'syncd'} --help"


def _internal(error: BaseException) -> Words:
    what = f"internal error: {type(error).__name__}: {error}"
    return Words("internal", what, "nothing half-written is left; run again with -vv for the details to report")


def _told(code: int, words: Words, arguments: Sequence[str], error: BaseException | None = None) -> int:
    if "--json" in arguments:
        fields = {"code": words.code, "message": words.message, "help": words.help}
        click.echo(as_json({"command": _command(arguments), "exit_code": code, "error": fields}))
    click.echo(f"syncd: {words.message}", err=True)
    if words.help:
        click.echo(f"  {words.help}", err=True)
    if error is not None and _wants_traceback(arguments):
        import traceback

        traceback.print_exception(error)
    return code


def _wants_traceback(arguments: Sequence[str]) -> bool:
    return any(a.startswith("-v") and a.count("v") > 1 for a in arguments) or list(arguments).count("-v") > 1


def _command(arguments: Sequence[str]) -> str | None:
    from syncd.cli.main import command_names

    return next((a for a in arguments if a in command_names()), None)
