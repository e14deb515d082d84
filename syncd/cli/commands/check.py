"""`syncd check`: check the files against their format, the database and hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import days_argument, json_option

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation


@click.command()
@days_argument
@click.option("--full", is_flag=True, help="Read every file, every row and every kept response, changed or not.")
@click.option("--subset", metavar="N/T", help="Check only the Nth of T parts, e.g. 3/30.")
@json_option
@click.pass_obj
def command(call: Invocation, /, days: tuple[date, ...], subset: str | None, *, full: bool) -> int:
    """Check the files: their format, their agreement with the database, and hashes.

    Without --full, files that have not changed since the last check are not read again.
    """
    from syncd.daemon.state import read_notes
    from syncd.report import json_fields
    from syncd.report.text import problems
    from syncd.usecases.inspect.check import Scope, check, is_sound
    from syncd.usecases.workspace import Access

    share, shares = _parts(subset)
    scope = Scope(frozenset(days), full, share, shares)
    work = call.workspace(Access.EXAMINE)
    with call.long_run() as made:
        checked = check(work, scope, made.control, read_notes=read_notes)
    code, stopped = 0 if is_sound(checked) else 1, made if checked.ended else None
    return call.finish(json_fields.of_check(checked), problems.of_check(checked), code, stopped=stopped)


def _parts(subset: str | None) -> tuple[int, int]:
    if subset is None:
        return 1, 1
    part, slash, whole = subset.partition("/")
    if not (slash and part.isdecimal() and whole.isdecimal() and 1 <= int(part) <= int(whole)):
        raise click.BadParameter(f"{subset!r} is invalid: it must be N/T, for example 3/30", param_hint="--subset")
    return int(part), int(whole)
