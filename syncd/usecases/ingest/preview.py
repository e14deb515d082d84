"""What letting mailings in would come to, with nothing asked, kept or written: the other half of `syncd.usecases.ingest.accept`.

It judges nothing itself; verdicts and conflicts are those of the real run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from syncd.core.results import Done
from syncd.usecases.ingest.accept import IngestContext, hear, provenance
from syncd.usecases.ingest.validate import Known, Left, judge, refused
from syncd.usecases.reconcile.write import foresee

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.results import DayOutcome
    from syncd.usecases.ingest.upstream_client import FetchedListing, RejectedPage
    from syncd.usecases.ingest.validate import Admitted
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Foresight:
    """What becomes of accounts one after another, each beside what the ones before it would have added."""

    work: Workspace
    _planned: dict[date, Admitted] = field(default_factory=dict)

    def accept(self, account: FetchedListing) -> DayOutcome:
        """The outcome of a mailing let in by its heading, `planned` where it would be placed."""
        verdict = judge(Known(self.work, self._planned), account, None, partial(hear, IngestContext(self.work, None)))
        if isinstance(verdict, Left):
            return verdict.outcome
        outcome = foresee(self.work, verdict.digest, provenance(verdict))
        if outcome.action is Done.PLANNED:
            self._planned[verdict.listing.day] = verdict
        return outcome

    def refuse(self, page: RejectedPage) -> DayOutcome:
        """The outcome of pages that cannot be read."""
        return refused(Known(self.work, self._planned), page.error, page.responses, None).outcome
