"""Give papers back what the kept responses state of them: metadata, versions, texts of versions, and dates without a mailing.

rows that are not what was recorded ─► forgotten ─► every kept response, in the order received ─► what no response states
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.sql.papers import VersionText
from syncd.core.errors import FolderError
from syncd.core.model import Finding, State, Version
from syncd.core.results import DayOutcome, Done
from syncd.sources.api import list_asked_for_newest
from syncd.usecases.backfill.kept_harvests import KeptHarvests
from syncd.usecases.backfill.modified_days import to_current
from syncd.usecases.compare.observations import remember_newest
from syncd.usecases.replay.responses import ListedMailing, MetadataPage, VersionsAnswer, read_responses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syncd.archive.files.vault import OnFault
    from syncd.core.model import PaperId
    from syncd.usecases.progress import RunControl
    from syncd.usecases.replay.responses import StoredResponse
    from syncd.usecases.workspace import Workspace

_MAX_NAMED = 3


def restore_papers(work: Workspace, on_fault: OnFault, control: RunControl) -> tuple[DayOutcome, ...]:
    """Write what the kept responses state of papers, and forget before it what rows say that are not what was recorded.

    Return an outcome where something stays forgotten, as no kept response states it, and one for a database without the
    progress of harvests: what the kept pages prove of it is recorded.
    """
    odd = work.store.forget_odd()
    responses: Iterable[StoredResponse] = read_responses(work.vault, work.config.archive.category, on_fault)
    if not odd.count:  # what was forgotten must come back before the work may end
        responses = control.follow(responses, "reading kept responses", 0, "response")
    harvests = KeptHarvests(work)
    for found in responses:
        if isinstance(found, MetadataPage):
            received = found.receipt.received
            harvests.take(found.receipt.url, received, found.batch)
            work.store.put_records(to_current(found.batch.records, "oai", received))
            work.store.put_deletions(dict.fromkeys(found.batch.deleted, received), "oai")
        elif isinstance(found, VersionsAnswer):
            _restore_versions(work, found)
        elif isinstance(found, ListedMailing):
            _restore_listed(work, found)
    if odd.count:
        work.store.reindex()
    forgotten = tuple(_report_forgotten(work, odd.stated))
    covered = harvests.record() if not forgotten else None
    return forgotten if covered is None else (covered,)


def _restore_versions(work: Workspace, found: VersionsAnswer) -> None:
    asked = list_asked_for_newest(found.receipt.url)
    work.store.put_versions(
        VersionText(one.paper.id, Version(1, one.published), one.paper.title, one.paper.abstract or "")
        for one in found.answer.found
        # The API does not give a later version's own time. An answer about the newest version was kept for its other facts.
        if one.paper.version == 1 and one.paper.id not in asked
    )
    newest = [(one, found.receipt.received) for one in found.answer.found if one.paper.id in asked]
    remember_newest(work, newest)


def _restore_listed(work: Workspace, found: ListedMailing) -> None:
    listed, first = found.listing, found.receipts[0]
    if listed.new or listed.cross:
        work.store.put_listed((*listed.new, *listed.cross), listed.source, found.received)
    elif found.is_final and work.store.mailing(listed.day) is None:
        evidence = f"{first.url} is empty, and later mailings exist"
        work.store.put_finding(
            Finding(listed.day, State.NO_MAILING, listed.source, evidence, first.sha256, None, first.received)
        )


def _report_forgotten(work: Workspace, odd: Sequence[PaperId]) -> Iterator[DayOutcome]:
    """Yield an outcome for the papers of which nothing is known any more. Metadata must be asked for again then."""
    forgotten = sorted(set(odd) - work.store.list_stated(odd))
    if not forgotten:
        return
    work.store.forget_harvests()
    more = f" and {len(forgotten) - _MAX_NAMED} more" if len(forgotten) > _MAX_NAMED else ""
    detail = (
        f"no kept response states what is known of {', '.join(forgotten[:_MAX_NAMED])}{more} now, so that it is unknown again; "
        "syncd diff asks for the papers of mailings, and syncd backfill, or --snapshot FILE, for all"
    )
    yield DayOutcome(None, None, Done.REFUSED, error=FolderError(detail, path="the vault", remedy="syncd backfill"))
