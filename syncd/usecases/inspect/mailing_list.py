"""List the mailings of an archive: one for each date on which there is one, or should be. It changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core.model import State
from syncd.core.values import dataclass
from syncd.usecases.reconcile.lost_rows import explain_lost_rows, find_lost_rows

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.coverage import DayReport
    from syncd.usecases.workspace import Workspace

_WITHOUT_MAILING = frozenset({State.NO_MAILING, State.FUTURE})


@dataclass(frozen=True, slots=True)
class MailingSummary:
    """A mailing: what is known of it, and the path of its file relative to the root, None where no mailing is held."""

    report: DayReport
    path: str | None


def list_mailings(work: Workspace, since: date | None = None, until: date | None = None) -> tuple[MailingSummary, ...]:
    """Return the mailings from `since` (default: the first date with a state) to `until` (default: the newest one possible).

    They ascend by date. Those that are pending, partial or failed are among them.
    """
    first, last = since or work.coverage_start(), until or coverage.newest_possible(work.now())
    if first > last:
        return ()
    lost = find_lost_rows(work, first, last)
    return tuple(
        MailingSummary(
            explain_lost_rows(report, lost), work.folder.path_of(report.day) if report.papers is not None else None
        )
        for report in work.reports(first, last)
        if report.state not in _WITHOUT_MAILING
    )
