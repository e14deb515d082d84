"""Complete mailings by the bulk metadata and the first versions that the archive has by now. Nothing is asked.

A comparison, another host or a harvest that ended early may have brought what a day lacked.

dates that may lack papers ─► infer ─┬► more than is held, and all texts ─► write
                                     └► nothing is lacking               ─► no longer partial
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from syncd.core.errors import Unavailable
from syncd.core.mailing import REACH
from syncd.core.model import State
from syncd.core.results import DayOutcome, Done
from syncd.core.values import dataclass
from syncd.usecases.backfill.first_versions import FirstVersions
from syncd.usecases.backfill.harvest import find_harvest_moment, has_unread_records, list_covered
from syncd.usecases.backfill.infer import infer
from syncd.usecases.backfill.lacking_papers import find_lacking, leave_out_doubtful
from syncd.usecases.backfill.lost_records import are_records_known
from syncd.usecases.backfill.older import OlderDays
from syncd.usecases.ingest.lacking_mailings import list_lacking
from syncd.usecases.progress import UNSTOPPED, Cancelled, Progress
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from syncd.core.model import Finding, Mailing, PaperId
    from syncd.usecases.backfill.infer import Inferred
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response

_LACKS_NONE = "the records that could not be read are known by now, and it lacks none of them"


def complete_from_metadata(
    work: Workspace,
    days: Collection[date] = (),
    troubled: Collection[date] = (),
    *,
    dry_run: bool = False,
    control: RunControl = UNSTOPPED,
) -> list[DayOutcome]:
    """Complete those of these dates (default: all) that may lack papers, by metadata that has all papers held of them.

    `troubled` are dates to be left alone. Return the outcomes of the dates that were completed or are no longer partial, or
    would be in a dry run, as far as `control` lets it go on. There are none while a record is known that cannot be read.
    """
    candidates = _list_candidates(work, list_lacking(work, days).difference(troubled))
    if not candidates or has_unread_records(work):
        return []
    control.report(Progress("inferring the dates of papers"))
    announced = work.store.list_announced_ids(min(candidates), max(candidates))
    held = {day: announced[day] for day in candidates if day in announced}
    inferred = leave_out_doubtful(work, infer(work, candidates), held)
    texts = FirstVersions(work, _Silence(), control)
    writer = OlderDays(work, control, inferred, "oai", texts, Counter(), held=held)
    lacking = [day for day in candidates if day not in held] + find_lacking(work, inferred, held)
    writable = [day for day in writer.list_writable(sorted(lacking)) if _agrees(work, inferred, day)]
    whole = [day for day in work.store.findings() if day in held and held[day] == _list_ids(inferred, day)]
    if dry_run:
        return [
            *(_report(work, day, Done.PLANNED, _LACKS_NONE) for day in whole),
            *(_report(work, day, Done.PLANNED, "complete the mailing by metadata") for day in writable),
        ]
    outcomes = []
    for day in whole:
        work.store.drop_finding(day)
        outcomes.append(_report(work, day, Done.REGISTERED, _LACKS_NONE))
    with suppress(Cancelled):
        for outcome in writer.fill(writable):
            outcomes.append(outcome)  # noqa: PERF402  what came before the end counts
    return outcomes


@dataclass(frozen=True, slots=True)
class _Silence:
    """The upstream of work that must not ask."""

    def get(self, url: str, *, expect: str) -> Response:
        raise Unavailable(f"nothing is asked here, not even for {expect}", url=url)


def _list_candidates(work: Workspace, days: Collection[date]) -> list[date]:
    """Return those of these dates for which metadata may have come that was not there when they were looked at, ascending."""
    rows, findings, moment = work.store.mailings(), work.store.findings(), find_harvest_moment(work)
    open_days = (day for day in days if _may_be_completed(work, rows.get(day), findings.get(day), moment))
    return sorted(list_covered(work, open_days))


def _may_be_completed(work: Workspace, row: Mailing | None, found: Finding | None, harvested: datetime | None) -> bool:
    if found is not None and (found.state is not State.PARTIAL or not are_records_known(work, found)):
        return False  # what contradicts is left to a person
    if row is None:
        # A page within reach is exact, and what metadata gives may contradict it.
        return found is not None and found.day < today(work) - REACH
    return found is not None or (harvested is not None and harvested >= row.recorded)


def _list_ids(inferred: Inferred, day: date) -> set[PaperId]:
    return {member.id for member in inferred.members[day]}


def _agrees(work: Workspace, inferred: Inferred, day: date) -> bool:
    """Return whether the papers held of a date, if any, stand in the order in which metadata has them."""
    held = work.store.digest(day)
    ours = [] if held is None else [entry.id for entry in held.entries]
    return ours == [member.id for member in inferred.members[day] if member.id in ours]


def _report(work: Workspace, day: date, action: Done, note: str) -> DayOutcome:
    report, path = work.report(day), work.folder.path_of(day)
    return DayOutcome(day, report.state, action, path, report.papers, note=note)
