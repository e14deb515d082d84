"""Return results as the plain fields of the JSON contract. Fields are only added, never renamed or removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.reasons import severity
from syncd.report.error_messages import explain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncd.core.coverage import DayReport
    from syncd.core.errors import SyncdError
    from syncd.core.model import Change, Entry
    from syncd.core.paper_history import Deletion
    from syncd.core.report_facts import HostRequests
    from syncd.core.results import (
        Appearance,
        CheckResult,
        Comparison,
        DayOutcome,
        MailingDetails,
        PaperDetails,
        Problem,
        Run,
        SkippedDate,
        Status,
    )
    from syncd.core.troubles import Trouble

    Fields = dict[str, object]


def error_fields(error: SyncdError | None) -> Fields | None:
    """Return `{code, message, help}` of an error, or None."""
    if error is None:
        return None
    words = explain(error)
    return {"code": words.code, "message": words.message, "help": words.help}


def of_run(run: Run) -> Fields:
    """Return a run of sync, backfill, repair, adopt or replay."""
    fields: Fields = {
        "days": [_outcome(day) for day in run.days],
        "requests": run.requests,
        "waiting": [str(day) for day in run.waiting],
        "left": [str(day) for day in run.left],
        "skipped": _skipped(run.skipped),
    }
    errors = (run.error, *(day.error for day in run.days))
    return fields | _error(next((error for error in errors if error is not None), None))


def _skipped(skipped: Iterable[SkippedDate]) -> list[Fields]:
    return [{"date": str(one.day), "why": one.why} for one in skipped]


def _error(error: SyncdError | None) -> Fields:
    return {} if error is None else {"error": error_fields(error)}


def _outcome(day: DayOutcome) -> Fields:
    return {
        "date": _text(day.day),
        "state": day.state,
        "action": day.action,
        "path": day.path,
        "papers": day.papers,
        "source": day.source,
        "note": day.note,
        "error": error_fields(day.error),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def of_status(status: Status) -> Fields:
    """Return the coverage of the archive."""
    return {
        "days": [of_day(day) for day in status.days],
        "gaps": [str(day) for day in status.gaps],
        "damaged": [{"date": str(one.day), "why": one.why, "repair": one.repair} for one in status.lost],
        "lag": status.lag,
        "newest": _text(status.newest),
        "next_poll": status.next_poll.isoformat() if status.next_poll else None,
        "unlisted_years": list(status.unlisted_years),
        "last_answer": status.last_answer.isoformat() if status.last_answer else None,
        "cooldowns": [
            {"host": rest.host, "until": rest.until.isoformat() if rest.until else None} for rest in status.rests
        ],
        "alarms": [of_alarm(one) for one in status.troubles],
    }


def of_alarm(trouble: Trouble) -> Fields:
    """Return an open trouble, and what a person said of it."""
    seen = trouble.acknowledged
    said = {"by": seen.person, "at": seen.recorded.isoformat(), "note": seen.note} if seen is not None else None
    return {
        "code": trouble.code,
        "subject": trouble.subject,
        "message": trouble.message,
        "help": trouble.help,
        "since": trouble.since.isoformat() if trouble.since else None,
        "acknowledged": said,
    }


def of_day(day: DayReport) -> Fields:
    """Return the state of one date."""
    return {
        "date": str(day.day),
        "state": day.state,
        "papers": day.papers,
        "new": day.new,
        "cross": day.cross,
        "source": day.source,
        "evidence": day.evidence,
    }


def of_check(checked: CheckResult) -> Fields:
    """Return the problems that a check found."""
    return {
        "problems": [_problem(problem) for problem in checked.problems],
        "files_checked": checked.read,
        "files_skipped": checked.skipped,
        "skipped": _skipped(checked.absent),
    }


def _problem(problem: Problem) -> Fields:
    return {
        "date": _text(problem.day),
        "path": problem.path,
        "line": problem.line,
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "repair": problem.repair,
    }


def of_diff(compared: Comparison) -> Fields:
    """Return the differences of a comparison."""
    fields: Fields = {
        "differences": [of_change(change) for change in compared.changes],
        "days_compared": compared.days,
        "not_compared": [{"date": str(n.day), "what": n.what, "why": n.why} for n in compared.not_compared],
        "skipped": _skipped(compared.skipped),
        "left_out": compared.left_out,
        "papers": list(compared.papers),
        "requests": compared.requests,
    }
    return fields | _error(compared.error)


def of_change(change: Change) -> Fields:
    """Return one difference."""
    return {
        "date": str(change.day),
        "id": change.id,
        "code": change.code,
        "severity": severity(change.code),
        "field": change.field,
        "ours": change.ours,
        "theirs": change.theirs,
        "detail": change.detail,
    }


def of_paper(paper: PaperDetails) -> Fields:
    """Return a paper as announced and as last seen."""
    return {
        "id": paper.id,
        "announced": _announced_fields(paper),
        "current": _current_fields(paper),
        "deleted": None if paper.deletion is None else of_deletion(paper.deletion),
    }


def of_deletion(deletion: Deletion) -> Fields:
    """Return which source said that a paper is deleted, and when."""
    return {"source": deletion.source, "seen": deletion.seen.isoformat()}


def _announced_fields(paper: PaperDetails) -> Fields | None:
    if paper.announced is None:
        return None
    return {
        "title": paper.announced.title,
        "abstract": paper.announced.abstract,
        "version": paper.announced.version,
        "mailings": [_appearance(appearance) for appearance in paper.mailings],
    }


def _appearance(appearance: Appearance) -> Fields:
    return {
        "date": str(appearance.day),
        "number": appearance.number,
        "section": appearance.section,
        "placed": appearance.certainty,
        "reason": appearance.reason,
        "paragraphs": appearance.paragraphs,
        "version": appearance.version,
    }


def _current_fields(paper: PaperDetails) -> Fields | None:
    if paper.title is None:
        return None
    return {
        "title": paper.title,
        "abstract": paper.abstract,
        "version": paper.version,
        "categories": list(paper.categories),
        "authors": None if paper.authors is None else list(paper.authors),
        "withdrawn": paper.withdrawn,
        "source": paper.source,
        "seen": paper.seen.isoformat() if paper.seen else None,
    }


def of_host(host: HostRequests) -> Fields:
    """Return the requests sent to one host."""
    return {
        "host": host.host,
        "count": host.count,
        "min_gap_s": host.min_gap,
        "last_status": host.last_status,
        "cooldown_until": host.cooldown_until.isoformat() if host.cooldown_until else None,
        "stopped_since": host.stopped_since.isoformat() if host.stopped_since else None,
    }


def of_mailing(found: MailingDetails) -> Fields:
    """Return a mailing with its entries in file order, numbered from 1."""
    entries = [_entry(number, entry) for number, entry in enumerate(found.entries, start=1)]
    return of_day(found.report) | {"entries": entries}


def _entry(number: int, entry: Entry) -> Fields:
    return {
        "number": number,
        "id": entry.id,
        "section": entry.section,
        "title": entry.title,
        "abstract": entry.abstract,
        "version": entry.version,
        "placed": entry.certainty,
        "reason": entry.reason,
        "paragraphs": entry.paragraphs,
    }
