"""Arguments and options that several commands share."""

from __future__ import annotations

import os
import stat
from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    Decorated = Callable[..., Any]


def iso_date(text: str) -> date | None:
    """Return the date of a text YYYY-MM-DD. None for anything else, also for other forms of ISO 8601."""
    if len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class _Date(click.ParamType[date]):
    """A listing date: the date in arXiv's heading, written YYYY-MM-DD."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        text = str(value)
        message = f"{text!r} is not a date; write it as YYYY-MM-DD, e.g. 2021-04-07"
        return iso_date(text) or self.fail(message, param, ctx)


class _DateOrPaper(_Date):
    """A listing date, or a paper by its id or its address."""

    name = "date or paper"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from syncd.core.typed_id import parse_typed_id

        text = str(value).strip()
        if found := iso_date(text):
            return found
        try:
            return parse_typed_id(text)[0]
        except ValueError:
            self.fail(f"{value!r} is neither a date, e.g. 2021-04-07, nor an arXiv id", param, ctx)


class _GivenFile(click.Path):
    """A file that is read: it exists, and is no pipe or device, which may have no end."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = os.fspath(super().convert(value, param, ctx))
        _require_regular(path, self, param, ctx)
        return path


class _OutputFile(click.Path):
    """A file that is written: its folder exists, and what stands there already is a regular file."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = os.fspath(super().convert(value, param, ctx))
        folder = os.path.dirname(path) or "."  # noqa: PTH120  pathlib is not imported for this
        if not os.path.isdir(folder):  # noqa: PTH112  as above
            self.fail(f"there is no folder {folder!r}", param, ctx)
        if os.path.exists(path):  # noqa: PTH110  as above
            _require_regular(path, self, param, ctx)
        return path


def _require_regular(
    path: str | bytes, kind: click.Path, param: click.Parameter | None, ctx: click.Context | None
) -> None:
    if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  as above
        kind.fail(f"{path!r} is not a regular file", param, ctx)


DATE = _Date()
DATE_OR_PAPER = _DateOrPaper()
GIVEN_FILE = _GivenFile(exists=True, dir_okay=False)
OUTPUT_FILE = _OutputFile(dir_okay=False)


def _set_json(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001  click's signature
    if value and ctx.obj is not None:
        ctx.obj.as_json = True


def json_option(command: Decorated) -> Decorated:
    """Add `--json`: print the result as one JSON object."""
    return click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=_set_json, help="Print the result as JSON."
    )(command)


def dry_run_option(command: Decorated) -> Decorated:
    """Add `-n/--dry-run`: print what would be done and change nothing."""
    return click.option("-n", "--dry-run", is_flag=True, help="Only print what would be done.")(command)


def days_argument(command: Decorated) -> Decorated:
    """Add `[DATE…]`: listing dates."""
    return click.argument("days", metavar="[DATE]...", type=DATE, nargs=-1)(command)


def refuse_reversed(ctx: click.Context, param: click.Parameter, value: date | None) -> date | None:
    """Return the end of a range as it is. UsageError when both ends are known by now and the range is reversed."""
    ends = {name: ctx.params.get(name) for name in ("since", "until")} | {str(param.name): value}
    since, until = ends["since"], ends["until"]
    if since is not None and until is not None and since > until:
        raise click.UsageError(f"the range is reversed: --since {since} is later than --until {until}", ctx)
    return value


def range_options(command: Decorated) -> Decorated:
    """Add `--since` and `--until`: an inclusive range of listing dates."""
    ends = (("--until", "Last date, inclusive."), ("--since", "First date, inclusive."))
    for name, words in ends:
        command = click.option(name, type=DATE, metavar="DATE", callback=refuse_reversed, help=words)(command)
    return command
