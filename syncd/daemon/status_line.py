"""The daemon's state in a line for people: what comes next, what is held, what is wrong. It prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.health import MISSED
from syncd.core.mailing import NEW_YORK
from syncd.daemon.schedule import What
from syncd.report.error_messages import explain

if TYPE_CHECKING:
    from datetime import datetime

    from syncd.daemon.cycle import Did, Step
    from syncd.daemon.observe import Seen
    from syncd.daemon.schedule import Standing
    from syncd.usecases.progress import Progress


def status(step: Step, *, leads: bool = True) -> str:
    """`next poll 20:00 New York; newest 2026-11-19 complete; no gaps`."""
    parts = [_next(step) if leads or step.seen is None else "standing by, another host leads"]
    parts += _held(step.seen) if step.seen is not None else ["the archive cannot be used now"]
    if step.open:
        # What nothing but a person can end comes before a mailing that is missing, perhaps because of it.
        first = min(step.open, key=lambda trouble: trouble.code == MISSED)
        more = f" (and {len(step.open) - 1} more)" if len(step.open) > 1 else ""
        parts.append(f"{first.message}{more}")
    return "; ".join(parts)


def _next(step: Step) -> str:
    if step.poll is not None:
        return f"next poll {clock(step.poll)}"
    return f"next try {clock(step.next.when)}"


def clock(moment: datetime) -> str:
    """A moment as people at arXiv's place would say it: `Sun 20:00 New York`."""
    return f"{moment.astimezone(NEW_YORK):%a %H:%M} New York"


def doing(what: What, standing: Standing) -> str:
    """What a piece of work is about, while it goes on."""
    match what:
        case What.POLL:
            return f"looking for the mailing of {standing.due}"
        case What.CATCHUP:
            return f"catching up, {len(standing.missing)} missing"
        case What.RECHECK:
            return "comparing the newest mailings with arXiv"
        case What.CHECK:
            return "checking a part of the files"
        case What.CHECK_ALL:
            return "checking all files"
        case What.LOOK:
            return ""


def under_way(progress: Progress) -> str:
    """What is being done, and how far it has come; empty where that says nothing new."""
    return f"{progress.doing}, {progress.days} of {progress.of_days}" if progress.of_days else progress.doing


def did(done: Did) -> str:
    """What a piece of work came to, for the log."""
    found = f": {len(done.codes)} found ({', '.join(sorted(set(done.codes)))})" if done.codes else ""
    failed = f": {explain(done.error).message}" if done.error else ""
    return f"{done.what} took {done.seconds:.1f} s{failed}{found}"


def _held(seen: Seen) -> list[str]:
    gaps = len(seen.standing.missing)
    held = seen.health.newest
    lines = ["nothing held yet" if held is None else f"newest {held} complete"]
    lines.append(f"{gaps} missing" if gaps else "no gaps")
    if seen.health.waiting:
        lines.append(f"{seen.health.waiting} older wait for a backfill")
    if seen.standing.resting is not None:
        lines.append(f"arXiv rests until {clock(seen.standing.resting)}")
    return lines
