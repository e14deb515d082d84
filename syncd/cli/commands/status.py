"""`syncd status`: show what is held, what is missing and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option, range_options

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation


@click.command()
@range_options
@click.option(
    "--strict",
    is_flag=True,
    help="Exit with 1 when the archive is not well: a mailing is missing or in conflict, or another problem is open.",
)
@json_option
@click.pass_obj
def command(call: Invocation, /, since: date | None, until: date | None, *, strict: bool) -> int:
    """Show what is held, what is missing and why: one state for every date, with its evidence."""
    from syncd.core.troubles import is_well
    from syncd.report import json_fields
    from syncd.report.text import status_lines
    from syncd.usecases.inspect.status import status
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    found = status(work, since, until)
    code = 1 if strict and not is_well(found.troubles) else 0
    origin = [f"configuration: {work.config.describe_origin()}"] if call.verbosity > 0 else []
    return call.finish(json_fields.of_status(found), [*origin, *status_lines.of_status(found)], code)
