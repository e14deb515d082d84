"""The `syncd` command: global options, the commands in `syncd.cli.commands`, and the single exit.

A new command is one module there. Its first line is `syncd NAME` and what it does, and its click command `command` returns
the exit code. Nothing else needs to change.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, Never

import click

from syncd import __version__
from syncd.cli import commands, output_streams, terminal, termination
from syncd.cli.invocation import Invocation
from syncd.cli.registry import list_command_names, read_summary
from syncd.cli.year_check import require_known_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EXIT_CODES = """\b
Exit codes:
  0   done, or no difference
  1   differences or problems found
  2   usage or configuration
  3   finished, some days failed or are partial
  4   upstream temporarily unavailable or in cooldown
  5   upstream's layout is unknown; a person must look
  6   refused by a guard
  10  archive or database missing
  11  locked by another process
  70  internal error
  130, 143  interrupted
"""


COMPLETE = "_SYNCD_COMPLETE"
"""The variable that a shell's completion script sets to ask for completions."""


_JOINING_HYPHEN = "\u2011"
"""Stands for a hyphen while click wraps a text, as click would break the line after one."""


class _HelpFormatter(click.HelpFormatter):
    """Writes help whose lines are broken at blanks only: an option such as `--no-pager` stays whole."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _join_hyphens(args), prefix)

    def write_text(self, text: str) -> None:
        super().write_text(_join_hyphens(text))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(_join_hyphens(name), _join_hyphens(text)) for name, text in rows], col_max, col_spacing)

    def write(self, string: str) -> None:
        super().write(string.replace(_JOINING_HYPHEN, "-"))


def _join_hyphens(text: str) -> str:
    return text.replace("-", _JOINING_HYPHEN)


class _Context(click.Context):
    formatter_class = _HelpFormatter


class _Commands(click.Group):
    """The group of commands. It finds them by their files and imports one only when it is called."""

    context_class = _Context

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list_command_names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in list_command_names():
            return None
        command = importlib.import_module(f"{commands.__name__}.{cmd_name}").command
        if not isinstance(command, click.Command):
            return None
        command.context_class = _Context
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in list_command_names() and not args[0].startswith("-"):
            ctx.fail(_explain_unknown(args[0]))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, read_summary(name)) for name in list_command_names()])


def _explain_unknown(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list_command_names(), n=1)
    return f"there is no command {name!r}" + (f": did you mean {near[0]}?" if near else "")


@click.group(
    cls=_Commands,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("-c", "--config", "path", metavar="FILE", type=click.Path(readable=False), help="Configuration file.")
@click.option("-v", "--verbose", count=True, help="Print more. Twice: debug messages and tracebacks.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors.")
@click.option("--log-format", type=click.Choice(["auto", "text", "json", "journal"]), help="Format of log lines.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Use of colour.")
@click.option("--no-pager", is_flag=True, help="Print long output on a terminal at once, and not through a pager.")
@click.version_option(__version__, prog_name="syncd", message="%(prog)s %(version)s")
@click.pass_context
def _syncd(
    ctx: click.Context,
    /,
    path: str | None,
    verbose: int,
    log_format: str | None,
    color: str,
    *,
    quiet: bool,
    no_pager: bool,
) -> None:
    """Keep an archive of daily arXiv cs.CV digests true: fetched, checked, repaired and compared with upstream."""
    ctx.color = terminal.colour(color)
    ctx.obj = Invocation(path, -1 if quiet else verbose, log_format)
    ctx.obj.pages = not no_pager
    ctx.call_on_close(ctx.obj.close)


def run(arguments: Sequence[str] | None = None) -> Never:
    """Run one command line and exit with its code. A traceback is shown only with `-vv`."""
    output_streams.set_up()
    termination.raise_on_signals()
    code = exit_code_of(list(sys.argv[1:] if arguments is None else arguments))
    # Python looks for cycles in everything that is alive before it ends, a tenth of the time of a short command.
    gc.freeze()
    sys.exit(code)


def exit_code_of(arguments: list[str]) -> int:
    """Run one command line, report its errors, and return its exit code."""
    context: click.Context | None = None
    try:
        require_known_year()
        if asked := os.environ.get(COMPLETE):
            return _complete(asked)
        with _syncd.make_context("syncd", arguments.copy(), terminal_width=terminal.width()) as context:
            result = _syncd.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return done.exit_code
    except BaseException as error:  # noqa: BLE001  the one place that turns every end into a code
        from syncd.cli.errors import report

        call = context.obj if context is not None and isinstance(context.obj, Invocation) else None
        opened = call.config if call is not None and call.has_opened else None
        return report(error, arguments, has_begun=call is not None and call.has_begun, opened=opened)
    return result if isinstance(result, int) else 0


def _complete(asked: str) -> int:
    from click.shell_completion import shell_complete

    return shell_complete(_syncd, {}, "syncd", COMPLETE, asked)
