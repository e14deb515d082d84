"""`syncd backfill`: create every missing digest of a range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from syncd.cli.options import DATE, GIVEN_FILE, json_option, refuse_reversed

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.cli.invocation import Invocation
    from syncd.core.results import BackfillResult
    from syncd.usecases.backfill.backfill import BackfillRequest
    from syncd.usecases.backfill.load_snapshot import LoadedSnapshot
    from syncd.usecases.backfill.month_check import MonthCheckResult
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

SOURCES = ("auto", "catchup", "oai", "snapshot")


@click.command(short_help="Create every missing digest of a range.")
@click.option("--since", type=DATE, metavar="DATE", required=True, callback=refuse_reversed, help="First listing date.")
@click.option("--until", type=DATE, metavar="DATE", callback=refuse_reversed,
    help="Last listing date, inclusive; default: the newest.")  # fmt: skip
@click.option("--source", type=click.Choice(SOURCES), default="auto", show_default=True,
    help="auto: catchup pages for the last 90 days, bulk metadata for older dates.")  # fmt: skip
@click.option("--snapshot", "snapshot", metavar="FILE", type=GIVEN_FILE,
    help="The public metadata set (JSON lines, gzip or zip). Metadata then needs no network.")  # fmt: skip
@click.option("--text", "text_of", type=click.Choice(["announced", "current"]),
    help="Text of papers that were revised later: announced (the default) or current (the default with a snapshot).")  # fmt: skip
@click.option("--verify", is_flag=True, help="Compare membership with the month listings.")
@click.option(
    "--for", "duration", metavar="DURATION", help="Stop after the current step when this time has passed, e.g. 2h30m."
)
@click.option(
    "--plan", "-n", "--dry-run", is_flag=True, help="Only print days, sources, requests and time. Send no request."
)
@json_option
@click.pass_obj
def command(
    call: Invocation,
    /,
    since: date,
    until: date | None,
    source: str,
    snapshot: str | None,
    text_of: str | None,
    duration: str | None,
    *,
    verify: bool,
    plan: bool,
) -> int:
    """Create every missing digest of a range, with the text as announced.

    An inferred digest that lacks papers is completed; its old bytes go into the vault. No other digest is rewritten. A day stays
    partial while a record that may belong to it could not be read, or its texts could not be fetched.

    Ctrl-C stops after the current step, a second Ctrl-C stops at once. The next run continues where this one stopped.
    """
    from syncd.core.coverage import newest_possible
    from syncd.usecases.backfill.backfill import BackfillRequest
    from syncd.usecases.workspace import Access

    if snapshot is not None and source == "auto":
        source = "snapshot"
    if (source == "snapshot") != (snapshot is not None):
        raise click.UsageError("--source snapshot and --snapshot FILE must be used together")
    text_of = text_of or ("current" if source == "snapshot" else "announced")
    order = BackfillRequest(since, until or newest_possible(call.clock()), source, text_of == "announced")
    deadline = _deadline(duration)
    _refuse_other_file(snapshot)
    work = call.workspace(Access.CREATE, dry_run=plan)
    if plan:
        return _plan(call, work, order, verify=verify)
    return _run(call, work, order, deadline, snapshot, verify=verify)


def _refuse_other_file(snapshot: str | None) -> None:
    """Raise BadParameter where the file is not the metadata set, before anything is made or asked."""
    from pathlib import Path

    from syncd.core.errors import FolderError
    from syncd.usecases.backfill.load_snapshot import find_other_form

    if snapshot is None:
        return
    try:
        form = find_other_form(Path(snapshot))
    except FolderError as error:
        raise click.BadParameter(f"{snapshot} cannot be used: {error.detail}", param_hint="--snapshot") from error
    if form:
        raise click.BadParameter(f"{snapshot} is not the metadata set: it is {form}", param_hint="--snapshot")


def _deadline(duration: str | None) -> datetime | None:
    from datetime import UTC, datetime

    from syncd.config.kinds import DURATION

    if duration is None:
        return None
    try:
        return datetime.now(UTC) + DURATION.read(duration)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--for") from None


def _plan(call: Invocation, work: Workspace, order: BackfillRequest, *, verify: bool) -> int:
    from syncd.report import backfill_output
    from syncd.usecases.backfill.plan import plan

    found = plan(work, order, verify=verify)
    return call.finish(backfill_output.plan_fields(found), backfill_output.plan_lines(found))


def _run(
    call: Invocation,
    work: Workspace,
    order: BackfillRequest,
    deadline: datetime | None,
    snapshot: str | None,
    *,
    verify: bool,
) -> int:
    import logging
    from dataclasses import replace
    from pathlib import Path

    from syncd.core.results import BackfillResult, LostRecord, Run
    from syncd.report import backfill_output
    from syncd.usecases.backfill.backfill import list_inferred_days
    from syncd.usecases.backfill.infer import Beside
    from syncd.usecases.backfill.load_snapshot import load
    from syncd.usecases.backfill.month_check import MonthCheckResult
    from syncd.usecases.skipped_days import explain_empty_range

    with call.long_run(deadline) as made:
        loaded = load(work, Path(snapshot), order.since, made.control) if snapshot else None
        if loaded is not None and loaded.ended:
            run = Run(ended=True, left=tuple(list_inferred_days(work, order)))
            done, verified = BackfillResult(run, {}, ended=True), MonthCheckResult()
        else:
            if loaded is not None:
                beside = Beside(loaded.others, loaded.unread, loaded.newest)
                order = replace(order, beside=beside, modified=loaded.modified)
            done, verified = _ask_upstream(work, order, made.control, verify=verify)
    lost = done.lost
    if loaded is not None and not lost:
        lost = tuple(LostRecord(record, ()) for record in loaded.unread)
    has_ended_by_itself = done.run.error is None and not done.run.days
    skipped = explain_empty_range(work, order.since, order.until) if has_ended_by_itself else ()
    done = replace(done, lost=lost, run=replace(done.run, skipped=skipped))
    for line in backfill_output.warnings(lost):
        logging.getLogger("syncd").warning("%s", line)
    code = _find_code(done, verified, is_read_whole=not lost and not (loaded and loaded.malformed))
    fields = backfill_output.fields(done, verified.months) | _snapshot_fields(loaded)
    lines = list(backfill_output.lines(done, verified.months))
    if verify and not verified.months and (done.ended or done.run.error is not None):
        lines.append("no month was compared with its listing page: the run ended before it")
    return call.finish(fields, lines, code, stopped=made if done.ended else None)


def _find_code(done: BackfillResult, verified: MonthCheckResult, *, is_read_whole: bool) -> int:
    from syncd.cli.errors import worst
    from syncd.core.errors import PartialPage

    days = (day.error for day in done.run.days)
    unread = None if is_read_whole else PartialPage("", reason="bad-records")
    months = (month.error for month in verified.months)
    return worst([done.run.error, done.texts_error, verified.error, unread, *days, *months])


def _ask_upstream(
    work: Workspace, order: BackfillRequest, control: RunControl, *, verify: bool
) -> tuple[BackfillResult, MonthCheckResult]:
    from dataclasses import replace

    from syncd.cli.upstream_progress import ReportingClient
    from syncd.usecases.backfill.backfill import backfill, list_inferred_days
    from syncd.usecases.backfill.month_check import MonthCheckResult, compare_months
    from syncd.usecases.progress import WaitingClient
    from syncd.usecases.upstream import UpstreamAccess, make_listing_client, open_web

    with open_web(work, control.wait) as (web, sent):
        patient = WaitingClient(ReportingClient(web, control), control)
        listing = make_listing_client(work, patient)
        days = list_inferred_days(work, order)
        done = backfill(work, UpstreamAccess(patient, listing, control), order)
        goes_on = verify and not done.ended and done.run.error is None
        months = compare_months(work, listing, days, control) if goes_on else MonthCheckResult()
        run = replace(done.run, requests=sent(), error=done.run.error or months.error)
        return replace(done, run=run, ended=done.ended or months.ended), months


def _snapshot_fields(loaded: LoadedSnapshot | None) -> dict[str, object]:
    if loaded is None:
        return {}
    named = [{"line": line.line, "id": line.id, "why": line.why} for line in loaded.named]
    return {"snapshot": {"records": loaded.records, "malformed": loaded.malformed, "named": named}}
