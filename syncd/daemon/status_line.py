"""The daemon's state in a line for people: what comes next, what is held, what is wrong. It prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.health import MISSED, SILENT
from syncd.core.mailing import NEW_YORK
from syncd.core.plural import pluralize
from syncd.daemon.schedule import Job

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from syncd.daemon.schedule import ArchiveView
    from syncd.daemon.worker import JobResult, TurnReport
    from syncd.usecases.progress import Progress


def format_status(report: TurnReport, *, is_leader: bool = True) -> str:
    """Return for example `next poll Mon 20:00 New York; newest 2026-11-19 complete; no gaps`."""
    view = report.view
    if view is not None and not is_leader:
        parts = ["standing by, another host leads"]
    elif report.next_poll is not None:
        parts = [f"next poll {format_moment(report.next_poll)}"]
    else:
        parts = [f"next try {format_moment(report.next.at)}"]
    parts += _format_archive(view) if view is not None else ["the archive cannot be used now"]
    unseen = [trouble for trouble in report.open if trouble.acknowledged is None]
    if report.state.silent and all(trouble.code != SILENT for trouble in report.open):
        parts.append(f"arXiv did not answer: {report.state.failure}")
    if unseen:
        # What only a person can end comes before a mailing that is missing, perhaps because of it.
        first = min(unseen, key=lambda trouble: trouble.code == MISSED)
        more = f" (and {len(unseen) - 1} more)" if len(unseen) > 1 else ""
        parts.append(f"{first.message}{more}")
    if seen := len(report.open) - len(unseen):
        parts.append(f"{pluralize(seen, 'problem')} acknowledged")
    return "; ".join(parts)


def _format_archive(view: ArchiveView) -> list[str]:
    newest = view.health.newest
    parts = ["nothing held yet" if newest is None else f"newest {newest} complete"]
    parts.append(f"{len(view.missing)} missing" if view.missing else "no gaps")
    if view.health.waiting:
        parts.append(f"{view.health.waiting} older wait for a backfill")
    if view.resting_until is not None:
        parts.append(f"arXiv rests until {format_moment(view.resting_until)}")
    return parts


def format_moment(moment: datetime) -> str:
    """Return a moment by the clock of arXiv, for example `Sun 20:00 New York`."""
    return f"{moment.astimezone(NEW_YORK):%a %H:%M} New York"


def format_span(span: timedelta) -> str:
    """Return how long something lasted, for example `2 h 15 min`."""
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def describe_job(job: Job, view: ArchiveView) -> str:
    """Return what a job does, in words, while it goes on."""
    match job:
        case Job.POLL:
            return f"looking for the mailing of {view.newest_due}"
        case Job.CATCHUP:
            return f"catching up, {len(view.missing)} missing"
        case Job.RECHECK:
            return "comparing the newest mailings with arXiv"
        case Job.CHECK:
            return "checking a part of the files"
        case Job.CHECK_ALL:
            return "checking all files"
        case Job.LOOK:
            return ""


def format_progress(progress: Progress) -> str:
    """Return what is being done and how far it has come, or nothing where that is not new."""
    return f"{progress.doing}, {progress.done} of {progress.total}" if progress.total else progress.doing


def format_result(result: JobResult) -> str:
    """Return what a job came to, for the log."""
    found = f": {len(result.codes)} found ({', '.join(sorted(set(result.codes)))})" if result.codes else ""
    failed = f": {result.failure}" if result.failure else ""
    return f"{result.job} took {result.seconds:.1f} s{failed}{found}"
