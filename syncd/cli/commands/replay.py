"""`syncd replay`: rebuild rows and files from the stored raw responses, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import days_argument, dry_run_option, json_option

if TYPE_CHECKING:
    from datetime import date

    from syncd.cli.invocation import Invocation


@click.command()
@days_argument
@click.option("--verify", is_flag=True, help="Change nothing: verify that the archive equals its raw responses.")
@dry_run_option
@json_option
@click.pass_obj
def command(call: Invocation, /, days: tuple[date, ...], *, verify: bool, dry_run: bool) -> int:
    """Rebuild SQL rows and files from the vault alone. Nothing is requested from upstream.

    What is missing or damaged comes back byte for byte. What is sound is left unchanged. A file that was edited is left
    to `syncd repair`.
    """
    from dataclasses import replace

    from syncd.archive.files.vault import open_vault
    from syncd.cli.errors import worst
    from syncd.report import json_fields
    from syncd.report.text import runs
    from syncd.usecases.replay.replay import replay
    from syncd.usecases.workspace import Access

    if verify:
        return _verify(call, days)
    work = call.workspace(Access.REBUILD, dry_run=dry_run)
    work = replace(work, vault=open_vault(call.config.archive.vault))
    with call.long_run() as made:
        run = replay(work, days, dry_run=dry_run, control=made.control)
    code, lines = worst(day.error for day in run.days), runs.of_run(run, verb="replay")
    return call.finish(json_fields.of_run(run), lines, code, stopped=made if run.ended else None)


def _verify(call: Invocation, days: tuple[date, ...]) -> int:
    from syncd.report import json_fields
    from syncd.report.diff import text as diff_text
    from syncd.usecases.replay.verify import verify
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.READ)
    with call.long_run() as made:
        comparison = verify(work, days, made.control)
    code, stopped = 1 if comparison.changes else 0, made if comparison.ended else None
    return call.finish(json_fields.of_diff(comparison), diff_text.of_diff(comparison), code, stopped=stopped)
