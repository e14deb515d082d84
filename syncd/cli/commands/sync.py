"""`syncd sync`: bring the archive up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import DATE, GIVEN_FILE, dry_run_option, iso_date, json_option

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.interrupts import InterruptibleRun
    from syncd.cli.invocation import Invocation
    from syncd.core.results import Run
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace


@click.command()
@click.argument("given", metavar="[DATE]...", nargs=-1)
@click.option("--witness", is_flag=True, help="Accept a mailing only when two sources agree.")
@click.option("--page", "pages", metavar="FILE", multiple=True, type=GIVEN_FILE,
    help="Use a listing page saved by hand, and all files that follow. Sends no request.")  # fmt: skip
@dry_run_option
@json_option
@click.pass_obj
def command(
    call: Invocation, /, given: tuple[str, ...], pages: tuple[str, ...], *, witness: bool, dry_run: bool
) -> int:
    """Bring the archive up to date: the newest mailing, and every missing one of the last 90 days.

    With dates, only those. A second run changes nothing and sends as few requests as possible.
    """
    from pathlib import Path

    from syncd.cli.errors import worst
    from syncd.report import json_fields
    from syncd.report.text import runs
    from syncd.usecases.ingest.saved_pages import ingest_saved_pages
    from syncd.usecases.ingest.sync import preview_sync
    from syncd.usecases.workspace import Access

    if pages and (witness or any(map(iso_date, given))):
        raise click.UsageError("--page cannot be used with dates or --witness, because the page contains its own date")
    context = click.get_current_context()
    days = () if pages else tuple(DATE.convert(text, None, context) for text in given)
    pages = (*pages, *(GIVEN_FILE.convert(text, None, context) for text in given)) if pages else ()
    work = call.workspace(Access.CREATE, dry_run=dry_run)
    made: InterruptibleRun | None = None
    if pages:
        call.has_begun = True
        run = ingest_saved_pages(work, [Path(path) for path in pages], dry_run=dry_run)
    elif dry_run:
        run = preview_sync(work, days)
    else:
        with call.long_run() as made:
            run = _ask_upstream(work, days, made.control, witness=witness)
    code, lines = worst([run.error, *(day.error for day in run.days)]), runs.of_run(run, verb="sync")
    return call.finish(json_fields.of_run(run), lines, code, stopped=made if run.ended else None)


def _ask_upstream(work: Workspace, days: tuple[date, ...], control: RunControl, *, witness: bool) -> Run:
    from dataclasses import replace

    from syncd.cli.upstream_progress import ReportingClient
    from syncd.usecases.ingest.sync import sync
    from syncd.usecases.upstream import make_listing_client, open_web

    with open_web(work, control.wait) as (web, sent):
        client = make_listing_client(work, ReportingClient(web, control))
        run = sync(work, client, days, witness=witness, control=control)
        return replace(run, requests=sent())
