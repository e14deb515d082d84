"""`syncd adopt`: take existing digest files into the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option, json_option

if TYPE_CHECKING:
    from syncd.cli.invocation import Invocation


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(exists=True))
@dry_run_option
@json_option
@click.pass_obj
def command(call: Invocation, /, paths: tuple[str, ...], *, dry_run: bool) -> int:
    """Take existing digest files into the archive: files of any name, or folders that are searched.

    Files are recognised by their first line and copied. The source is never changed. A second run does nothing.
    """
    from pathlib import Path

    from syncd.cli.errors import worst
    from syncd.report import json_fields
    from syncd.report.text import runs
    from syncd.usecases.ingest.adopt import adopt
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.REBUILD, dry_run=dry_run)
    with call.long_run() as made:
        run = adopt(work, [Path(path) for path in paths], dry_run=dry_run, control=made.control)
    code, lines = worst(day.error for day in run.days), runs.of_run(run, verb="adopt")
    return call.finish(json_fields.of_run(run), lines, code, stopped=made if run.ended else None)
