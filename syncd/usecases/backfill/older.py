"""Fill the older days of a backfill: digests inferred from bulk metadata, each paper with the text that was announced.

inferred days ─► without papers: no mailing, or still open
             └─► with papers: first versions ─► digests, a page of days at a time ─► rows and files
                                                └─ held already: completed by what it lacks, or left as it is
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.errors import PartialPage
from syncd.core.model import Certainty, Digest, Entry, Finding, State
from syncd.core.plural import pluralize
from syncd.core.results import DayOutcome, Done
from syncd.usecases.backfill.announced_paragraphs import restore_first_versions
from syncd.usecases.backfill.first_versions import MissingVersions
from syncd.usecases.backfill.harvest import DateRange, find_harvest_end, is_covered
from syncd.usecases.backfill.harvested_pages import HarvestedPages
from syncd.usecases.backfill.infer import describe_evidence
from syncd.usecases.progress import Progress
from syncd.usecases.reconcile.journal import Origin, hash_text
from syncd.usecases.reconcile.write import PAGE, Provenance, is_full_page, write_mailings

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Paper, PaperId
    from syncd.usecases.backfill.first_versions import FirstVersions
    from syncd.usecases.backfill.infer import Inferred, Member
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace


_SNAPSHOT_LAG = timedelta(days=7)
"""How long after the last announced papers of a whole snapshot its newest record may have been modified."""


@dataclass(slots=True)
class OlderDays:
    """Writes the mailings inferred from the metadata of `source`. `texts` is None where the newest text is wanted.

    `written` counts the papers written by how surely their day is known. `modified` is the latest datestamp of a snapshot.
    `held` are the papers of reconstructed mailings that may lack some.
    """

    work: Workspace
    control: RunControl
    inferred: Inferred
    source: str
    texts: FirstVersions | None
    written: Counter[Certainty]
    modified: date | None = None
    held: Mapping[date, Collection[PaperId]] = field(default_factory=dict)
    known_until: date | None = field(init=False)
    pages: HarvestedPages = field(init=False)

    def __post_init__(self) -> None:
        self.known_until = find_harvest_end(self.work)
        self.pages = HarvestedPages(self.work)

    def fill(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """Yield the outcomes of these days, each once it is final: those without papers first, the others in their order."""
        with_papers = [day for day in days if self._is_complete(day)]
        yield from self._close_absent([day for day in days if day not in {*with_papers, *self.held}])
        yield from (self._report_held(day) for day in days if day in self.held and day not in set(with_papers))
        ready = iter(with_papers) if self.texts is None else self._provide_texts(with_papers, self.texts)
        page: list[date] = []
        done = papers = 0
        for day in ready:
            page.append(day)
            papers += len(self.inferred.members[day])
            if is_full_page(len(page), papers):
                yield from self._write(page, done, len(days))
                done, page, papers = done + len(page), [], 0
                self.control.check_cancelled()
                self.control.meanwhile()
        yield from self._write(page, done, len(days))

    def list_writable(self, days: Sequence[date]) -> list[date]:
        """Return those of these days, in their order, that can be written without asking for a text."""
        revised = [self._find_revised(day) for day in days if self._is_complete(day)]
        held = self.work.store.get_version_texts([paper for day in revised for paper in day.wanted])
        return [day.day for day in revised if held.keys() >= set(day.wanted)]

    def _provide_texts(self, days: Sequence[date], texts: FirstVersions) -> Iterator[date]:
        """Yield the days as their first versions are held. Those that lack none come first: no request can hold them up."""
        waiting, lacking = [], 0
        for start in range(0, len(days), PAGE):
            page = [self._find_revised(day) for day in days[start : start + PAGE]]
            held = self.work.store.get_version_texts([paper for day in page for paper in day.wanted])
            waiting += [day for day in page if not held.keys() >= set(day.wanted)]
            lacking += sum(len(set(day.wanted) - held.keys()) for day in page)
            yield from (day.day for day in page if held.keys() >= set(day.wanted))
        texts.expect(lacking)
        yield from texts.provide(waiting)

    def _is_complete(self, day: date) -> bool:
        """Return whether the metadata has all the day's papers: on the evening of a mailing it may have only some."""
        if not self.inferred.members[day] or day in self.inferred.doubtful:
            return False
        if self.source == "snapshot":
            # A file may be cut at the end of any line: its last day is whole only by another source.
            is_inside = self.inferred.ends is not None and day < self.inferred.ends
            return is_inside or is_covered(self.work, DateRange(day, day))
        return self.known_until is not None and day <= self.known_until

    def _find_revised(self, day: date) -> MissingVersions:
        """Return the papers of a day whose first versions are needed: those revised since that no digest holds yet."""
        held = self.held.get(day, frozenset())
        revised = (member.id for member in self.inferred.members[day] if member.version > 1 and member.id not in held)
        return MissingVersions(day, tuple(revised))

    def _close_absent(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """Record days as without mailing where the evidence shows it, and leave the others open."""
        missing = self.inferred.missing
        closed = [
            Finding(day, State.NO_MAILING, self.source, missing[day], recorded=self.work.wall())
            for day in days
            if day in missing
        ]
        self.work.store.put_finding(*closed, *self._list_doubts(days))
        for finding in closed:
            yield DayOutcome(finding.day, finding.state, Done.NONE, source=self.source, note=finding.evidence)
        for day in days:
            if day not in missing:
                yield self._leave_open(day)

    def _list_doubts(self, days: Sequence[date]) -> Iterator[Finding]:
        """Yield a finding for each possible closing that has none of another kind, so that a later command says why it waits."""
        doubts = [day for day in days if day in self.inferred.doubtful]
        known = self.work.store.findings(min(doubts), max(doubts)) if doubts else {}
        for day in doubts:
            if day not in known or known[day].state is State.PENDING:
                why = self.inferred.doubtful[day]
                yield Finding(day, State.PENDING, self.source, why, recorded=self.work.wall())

    def _leave_open(self, day: date) -> DayOutcome:
        """Return the outcome of a day of which the metadata may lack papers, or has none."""
        members, ends = self.inferred.members[day], self.inferred.ends
        if self.source == "snapshot" and members and day not in self.inferred.doubtful:
            return self._record_end(day, len(members))
        note = "no paper was found for this day, and nothing shows that there was no mailing"
        if day in self.inferred.doubtful:
            note = self.inferred.doubtful[day]
        elif self.source == "snapshot" and ends is not None and ends < day:
            note = f"the snapshot ends with papers of {ends}"
        elif members:
            note = "bulk metadata may still lack papers of this day"
        return DayOutcome(day, State.PENDING, Done.NONE, source=self.source, note=note)

    def _record_end(self, day: date, papers: int) -> DayOutcome:
        """Record the last day of a snapshot as partial: nothing shows how many of its papers the file lacks."""
        cut = ""
        if self.modified is not None and self.modified > day + _SNAPSHOT_LAG:
            cut = f", but has records modified until {self.modified}: it is cut, or a part only"
        detail = f"the snapshot ends among the papers of this day: it has {papers}, and how many are missing is not known{cut}"
        error = PartialPage(detail, reason="snapshot-end", day=day)
        found = Finding(day, State.PARTIAL, self.source, detail, None, error.reason, self.work.wall())
        self.work.store.put_finding(found)
        return DayOutcome(day, State.PARTIAL, Done.REFUSED, error=error, source=self.source)

    def _write(self, days: Sequence[date], done: int, total: int) -> Iterator[DayOutcome]:
        """Write one page of days. A day whose first versions the API withholds is left for a later run."""
        members = {day: self.inferred.members[day] for day in days}
        ids = [member.id for page in members.values() for member in page]
        newest = self.work.store.get_current_papers(ids)
        revised = [member.id for page in members.values() for member in page if member.version > 1]
        first = {} if self.texts is None else self.work.store.get_version_texts(revised)
        first = restore_first_versions(self.work, first, newest)
        origins = self._find_origins(newest, first)
        self.control.check_signalled()
        outcomes: list[DayOutcome] = []
        mailings = []
        for day in days:
            withheld = None if self.texts is None else self.texts.record_withheld(self._find_revised(day), self.source)
            if withheld is not None:
                outcomes.append(withheld)
                continue
            entries = tuple(_make_entry(member, first.get(member.id, newest[member.id])) for member in members[day])
            evidence = describe_evidence(members[day], self.source)
            digest = Digest(day, self.work.config.archive.category, entries)
            held = self.work.store.digest(day) if day in self.held else None
            if held is not None:
                completed = digests.complete(held, digest)
                if completed is None:
                    outcomes.append(self._leave_held(held, digest))
                    continue
                evidence = describe_evidence(completed.entries, self.source)
                digest, evidence = completed, f"{evidence}; {digests.describe_completion(held, completed)}"
            mailings.append((digest, Provenance(State.RECONSTRUCTED, self.source, evidence, None, origins)))
        outcomes += write_mailings(self.work, mailings)
        for count, outcome in enumerate(outcomes, done + 1):
            if outcome.action is Done.WRITTEN and outcome.day is not None:
                self.written.update(member.certainty for member in members[outcome.day])
                if self.texts is not None:
                    self.texts.note_written(first[member.id] for member in members[outcome.day] if member.id in first)
            self.control.report(Progress("writing mailings", count, total, outcome=outcome))
            yield outcome

    def _leave_held(self, held: Digest, inferred: Digest) -> DayOutcome:
        """Return the outcome of a held day that metadata does not complete. What was open about it is closed if they agree."""
        ours, theirs = {entry.id for entry in held.entries}, {entry.id for entry in inferred.entries}
        if ours == theirs:
            self.work.store.drop_finding(held.day)
        return self._report_held(held.day, "" if ours == theirs else describe_difference(ours, theirs))

    def _report_held(self, day: date, note: str = "") -> DayOutcome:
        report = self.work.report(day)
        path = self.work.folder.path_of(day)
        return DayOutcome(day, report.state, Done.NONE, path, report.papers, source=report.source, note=note)

    def _find_origins(self, newest: Mapping[PaperId, Paper], first: Mapping[PaperId, Paper]) -> dict[PaperId, Origin]:
        """Return where the announced text of each paper is kept: in the page of its newest text, or in an answer of this run."""
        answers = {} if self.texts is None else self.texts.origins
        pages = self.pages.find_pages(newest.keys())
        found = {}
        for paper, text in newest.items():
            answer, announced = answers.pop(paper, None), first.get(paper, text)
            if paper in pages and (announced.title, announced.abstract) == (text.title, text.abstract):
                found[paper] = Origin(pages[paper], hash_text(text.title, text.abstract or ""))
            elif answer is not None:
                found[paper] = answer
        return found


def describe_difference(ours: Collection[PaperId], theirs: Collection[PaperId]) -> str:
    """Return in words how the papers of a held digest and those of the metadata differ."""
    more, fewer = set(theirs) - set(ours), set(ours) - set(theirs)
    return f"metadata has {pluralize(len(more), 'paper')} that the digest lacks, and lacks {len(fewer)} that it has"


def _make_entry(member: Member, paper: Paper) -> Entry:
    """Return the entry with the text of `paper`, and the version that it has."""
    version = paper.version or member.version
    placed = (member.section, version, member.certainty, member.reason)
    return Entry(paper.id, paper.title, paper.abstract or "", *placed, paper.paragraphs)
