"""`syncd list`: list the mailings, one a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import json_option, range_options

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.usecases.inspect.mailing_list import MailingSummary


@click.command()
@range_options
@json_option
@click.pass_obj
def command(call: Invocation, /, since: date | None, until: date | None) -> int:
    """List the mailings, one a line, oldest first: date, state, papers, new, cross-lists, path.

    A dash stands for what is not known. Dates without a mailing are left out: syncd status has every date.
    """
    from syncd.report import json_fields
    from syncd.usecases.inspect.mailing_list import list_mailings
    from syncd.usecases.workspace import Access

    found = list_mailings(call.workspace(Access.READ), since, until)
    days = [json_fields.of_day(one.report) | {"path": one.path} for one in found]
    if not found and not call.as_json and call.verbosity >= 0:
        click.echo("no mailing of these dates is held or known", err=True)
    return call.finish({"days": days}, map(_line, found))


def _line(one: MailingSummary) -> str:
    from syncd.core.printable import printable
    from syncd.report.terminal import pad

    report = one.report
    counts = ("-" if count is None else f"{count}" for count in (report.papers, report.new, report.cross))
    cells = [str(report.day), pad(report.state, 13), *(f"{count:>5}" for count in counts), printable(one.path or "-")]
    return "  ".join(cells)
