"""What is known around a mailing that comes in: the archive, and what a preview would have written to it so far.

It only reads. Decisions are made in `syncd.usecases.ingest.validate`.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from syncd.core.guards import MOST_SIZES, Surroundings
from syncd.core.model import State
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from syncd.core.model import Digest, Listing, PaperId
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace


class HeldMailing(NamedTuple):
    """The state of a date. `papers` is None where no mailing is held."""

    state: State
    papers: int | None
    source: str


class KnownMailing(NamedTuple):
    """What the archive knows of the mailing that a listing shows, and of those around it.

    `digest` is None where none is held. `may_complete` says that it was inferred, so that no page has shown yet which papers
    it has.
    """

    held: HeldMailing
    digest: Digest | None
    may_complete: bool
    around: Surroundings


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mailing to write: `evidence` says how it is known, `note` what the person should know about it."""

    listing: Listing
    digest: Digest
    evidence: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class IngestContext:
    """What mailings are accepted with: the archive, and the client for a second source, None where nothing may be asked.

    `witness` asks a second source about every mailing, not only about a doubtful one. `planned` are the mailings that a preview
    has accepted, by date. It stays empty in a real run, which writes them to the archive instead.
    """

    work: Workspace
    client: ListingClient | None
    witness: bool = False
    planned: dict[date, Accepted] = field(default_factory=dict)

    def look_up(self, day: date) -> HeldMailing:
        """Return the state of the date, and what is held of it."""
        if day in self.planned:
            accepted = self.planned[day]
            return HeldMailing(State.COMPLETE, len(accepted.digest.entries), accepted.listing.source)
        report = self.work.report(day)
        return HeldMailing(report.state, report.papers, report.source)

    def has_later(self, day: date) -> bool:
        """Return whether a mailing of a later date is held."""
        return any(other > day for other in (*self.planned, *self.work.store.mailings(day)))

    def read_known(self, listing: Listing) -> KnownMailing:
        """Return what the archive knows of the mailing of a listing, and what the guards need to know of those around it."""
        day, held = listing.day, self.look_up(listing.day)
        around = self.work.store.surroundings(day, [paper.id for paper in listing.new], MOST_SIZES)
        if self.planned:
            around = self._add_planned(around, listing)
        if day in self.planned:
            return KnownMailing(held, self.planned[day].digest, may_complete=False, around=around)
        row = self.work.store.mailing(day)
        is_reconstructed = row is not None and row.state is State.RECONSTRUCTED
        return KnownMailing(held, self.work.store.digest(day), is_reconstructed, around)

    def _add_planned(self, found: Surroundings, listing: Listing) -> Surroundings:
        day, ids = listing.day, {paper.id for paper in listing.new}
        sizes = {other: held.papers for other, held in self.work.store.mailings().items()}
        sizes |= {other: len(planned.digest.entries) for other, planned in self.planned.items()}
        older = max((other for other in sizes if other < day), default=date.min)
        newer = min((other for other in sizes if other > day), default=date.max)
        elsewhere = dict(found.elsewhere or {})
        for other in self.planned.keys() - {day}:
            elsewhere |= {one: min(other, elsewhere.get(one, other)) for one in ids & _list_new(self.planned[other])}
        return Surroundings(
            held=sizes.get(day),
            before=max(_list_new(self.planned[older]), default=None) if older in self.planned else found.before,
            after=min(_list_new(self.planned[newer]), default=None) if newer in self.planned else found.after,
            elsewhere=elsewhere,
            sizes=[sizes[other] for other in sorted(sizes, reverse=True) if other < day][:MOST_SIZES],
        )


def _list_new(planned: Accepted) -> set[PaperId]:
    return {entry.id for entry in planned.digest.entries if entry.section == "new"}
