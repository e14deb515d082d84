"""`syncd repair`: bring files and database back into agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import days_argument, dry_run_option, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from syncd.cli.invocation import Invocation
    from syncd.core.results import DayOutcome, Run
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace


@click.command()
@days_argument
@click.option("--accept-file", is_flag=True, help="Where file and database differ, keep the file.")
@click.option(
    "--restore",
    is_flag=True,
    help="Where they differ, keep the database. The bytes of the file go into the vault.",
)
@click.option(
    "--rebuild",
    is_flag=True,
    help="The folder or its marker is gone for good: make it anew, then write every missing file from the database.",
)
@dry_run_option
@json_option
@click.pass_obj
def command(
    call: Invocation, /, days: tuple[date, ...], *, accept_file: bool, restore: bool, rebuild: bool, dry_run: bool
) -> int:
    """Bring files and database back into agreement. Nothing is ever deleted.

    A missing file is written from the database. A missing row is read from the file. A file that a person edited, and a day
    on which both sides changed, stay unchanged unless you choose a side with --accept-file or --restore. A day that lacks
    papers is completed by a listing page that the vault kept, or by metadata that came later. Nothing is asked of arXiv.

    A folder without its marker may be a disk that is not mounted, so nothing is written there before --rebuild says that it is
    gone. With -n, it shows which files would come back.
    """
    from syncd.cli.errors import worst
    from syncd.core.reconcile import Choice
    from syncd.report import json_fields
    from syncd.report.text import runs
    from syncd.usecases.reconcile.rebuild_marker import find_lost_marker, rebuild_marker
    from syncd.usecases.reconcile.repair import repair
    from syncd.usecases.workspace import Access

    if accept_file and restore:
        raise click.UsageError("--accept-file and --restore cannot be used together")
    if not dry_run:
        call.require_owner()
    if rebuild and (lost := find_lost_marker(call.config)) is not None:
        if dry_run:
            return _show_rebuild(call, [one for one in lost.files if not days or one.day in days])
        rebuild_marker(call.config)
    choice = Choice.ACCEPT_FILE if accept_file else Choice.RESTORE if restore else Choice.NONE
    work = call.workspace(Access.READ, dry_run=dry_run)
    with call.long_run() as made:
        run = repair(work, days, choice, dry_run=dry_run, control=made.control)
        if choice is Choice.NONE and not run.ended:
            run = _complete(work, days, run, made.control, dry_run=dry_run)
    code, lines = worst(day.error for day in run.days), runs.of_run(run, verb="repair")
    return call.finish(json_fields.of_run(run), lines, code, stopped=made if run.ended else None)


def _show_rebuild(call: Invocation, files: Sequence[DayOutcome]) -> int:
    """Print what a rebuild would do, and return the exit code."""
    from syncd.core.results import Run
    from syncd.report import json_fields
    from syncd.report.text import runs

    planned = Run(tuple(files))
    marker = f"the marker of {call.config.archive.root} would be written again"
    return call.finish(json_fields.of_run(planned), (marker, *runs.of_run(planned, verb="repair")))


def _complete(work: Workspace, days: Sequence[date], run: Run, control: RunControl, *, dry_run: bool) -> Run:
    """Return the run with the days that lacked papers and were completed by what is kept."""
    from dataclasses import replace

    from syncd.core.results import Done
    from syncd.usecases.ingest.lacking_mailings import list_lacking

    troubled = {day.day for day in run.days if day.action in {Done.NONE, Done.REFUSED} and day.day is not None}
    if list_lacking(work, days) <= troubled:
        return run
    from syncd.usecases.backfill.kept_metadata import complete_from_metadata
    from syncd.usecases.ingest.kept_pages import complete_from_vault

    completed = complete_from_vault(work, days, troubled, dry_run=dry_run, control=control)
    troubled.update(day.day for day in completed if day.day is not None)
    completed += complete_from_metadata(work, days, troubled, dry_run=dry_run, control=control)
    return replace(run, days=(*run.days, *completed), ended=control.cancel.is_set())
