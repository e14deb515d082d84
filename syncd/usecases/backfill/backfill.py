"""Create every missing digest of a range: the last 90 days from catchup pages, all others from bulk metadata.

    open days ─► far:  metadata ─► infer (day of every id, proven where bounds meet) ─► texts as announced ─► place
             └─► near: catchup pages (day and section exact) ─► texts as announced ─► accept

Existing digests are never rewritten; where metadata knows other papers of their days, that is told. What is finished is
kept: the next run goes on where this one was ended.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.core import coverage
from syncd.core.errors import OutOfReach, PartialPage, SyncdError, UpstreamError
from syncd.core.mailing.windows import REACH
from syncd.core.model import Digest, Entry, Finding, Placed, State
from syncd.core.reconcile import plan_fetches
from syncd.core.results import BackfillResult, DayOutcome, Done, Run
from syncd.usecases.backfill.first_versions import FirstVersions, MissingVersions
from syncd.usecases.backfill.harvest import DateRange, harvest, harvested_until, is_covered
from syncd.usecases.backfill.infer import evidence, infer
from syncd.usecases.backfill.recent import Recent
from syncd.usecases.ingest.keep import keep_rejected
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.progress import Cancelled, Progress
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.write import PAGE, Provenance, write_mailings
from syncd.usecases.workspace import today

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.mailing import Bound
    from syncd.core.model import Paper, PaperId
    from syncd.sources.oai import BadRecord
    from syncd.usecases.backfill.infer import Inferred, Member
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class BackfillRequest:
    """What is to be filled: the listing dates `since` … `until`, from `source` (auto, catchup, oai or snapshot).

    `announced` asks for the text of first versions; without it, papers revised since keep the newest text. A snapshot must
    have been loaded before; `others` are its papers beyond the category, which bound ids as well.
    """

    since: date
    until: date
    source: str = "auto"
    announced: bool = True
    others: Iterable[Bound] = ()


def routes(work: Workspace, order: BackfillRequest) -> tuple[list[date], list[date]]:
    """The open dates of the order: those that catchup pages give, and those left to metadata; each newest first.

    OutOfReach when only catchup pages are wanted and a date lies beyond them.
    """
    until = min(order.until, coverage.newest_possible(work.now()))
    missing = [fetch.day for fetch in plan_fetches(work.reports(order.since, until))][::-1]
    reach = today(work) - REACH
    if order.source in {"oai", "snapshot"}:
        return [], missing
    near, far = [day for day in missing if day >= reach], [day for day in missing if day < reach]
    if order.source == "catchup" and far:
        raise OutOfReach(f"catchup pages reach back to {reach}", days=tuple(sorted(far)))
    return near, far


def inferred_days(work: Workspace, order: BackfillRequest) -> list[date]:
    """The days of the order whose papers metadata tells: those left to it, and those it gave before; ascending."""
    reports = work.reports(order.since, min(order.until, coverage.newest_possible(work.now())))
    return sorted({*routes(work, order)[1], *(one.day for one in reports if one.state is State.RECONSTRUCTED)})


def backfill(work: Workspace, means: UpstreamAccess, order: BackfillRequest) -> BackfillResult:
    """Fill the range; trouble of one day is its outcome, trouble with upstream ends the run and leaves the rest pending."""
    finish_interrupted(work)
    near, far = routes(work, order)
    outcomes: list[DayOutcome] = []
    placed: Counter[Placed] = Counter()
    error: SyncdError | None = None
    ended = False
    try:
        for outcome in _Filling(work, means, order, placed).fill(near, far):
            outcomes.append(outcome)  # noqa: PERF402  what came before the end counts
    except Cancelled:
        ended = True
    except RejectedPage as refused:
        error = keep_rejected(work, refused, None)
    except UpstreamError as trouble:
        error = trouble
    done = {outcome.day for outcome in outcomes}
    waiting = tuple(sorted(day for day in (*near, *far) if day not in done))
    kinds = (Placed.PROVEN, Placed.BOUNDED, Placed.ASSUMED)
    return BackfillResult(Run(tuple(outcomes), error=error, waiting=waiting), {k: placed[k] for k in kinds}, ended)


@dataclass(slots=True)
class _Filling:
    """One run over the open days of an order."""

    work: Workspace
    means: UpstreamAccess
    order: BackfillRequest
    placed: Counter[Placed]
    texts: FirstVersions = field(init=False)

    def __post_init__(self) -> None:
        self.texts = FirstVersions(self.work, self.means.web, self.means.control)

    def fill(self, near: Sequence[date], far: Sequence[date]) -> Iterator[DayOutcome]:
        """The outcome of every day, each once it is final."""
        if far and self.order.source != "snapshot":
            span = DateRange(min(far), max((*far, *near)))
            yield from _bad_records(harvest(self.work, self.means.web, span, self.means.control))
        if far:
            yield from self._far(far)
        if near:
            yield from self._near(near)

    def _far(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        held = self.work.store.list_announced_ids(min(days), max(days))
        held = {day: ids for day, ids in held.items() if day not in set(days)}
        inferred = infer(self.work, [*days, *held], self.order.others)
        yield from _differing(self.work, inferred, held)
        yield from _Writer(self.work, self.means, self.order, inferred, self.placed, self.texts).write(days)

    def _near(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        fresh = is_covered(self.work, DateRange(min(days), today(self.work)))
        recent = Recent(self.work, self.means.listing, self.texts, fresh)
        if fresh and self.order.announced:
            self._fetch_texts(days)
        outcomes = recent.fill(days) if self.order.announced else recent.as_shown(days)
        for done, outcome in enumerate(outcomes, 1):
            yield outcome
            self.means.control.report(Progress("catchup", done, len(days), day=outcome.day))
            self.means.control.check_cancelled()

    def _fetch_texts(self, days: Sequence[date]) -> None:
        """The texts that these days will want, in as few requests as they take together."""
        members = infer(self.work, days).members
        deque(self.texts.provide(_needy(day, page) for day, page in members.items()), maxlen=0)


def _bad_records(refused: Sequence[BadRecord]) -> Iterator[DayOutcome]:
    """What is told of records that could not be read: their papers are in no digest."""
    if refused:
        named = ", ".join(f"{one.which} ({one.why})" for one in refused[:5])
        error = PartialPage(f"{len(refused)} records could not be read: {named}", reason="bad-records")
        yield DayOutcome(None, None, Done.REFUSED, error=error, source="oai")


def _differing(work: Workspace, inferred: Inferred, held: Mapping[date, set[PaperId]]) -> Iterator[DayOutcome]:
    """Each held day of which metadata knows other papers; it is left as it is."""
    rows = work.store.mailings(min(held), max(held)) if held else {}
    for day, ours in held.items():
        theirs = {member.id for member in inferred.members[day]}
        if ours == theirs:
            continue
        note = f"metadata places {len(theirs - ours)} papers here that the digest lacks, and not {len(ours - theirs)} it has"
        row = rows[day]
        yield DayOutcome(day, row.state, Done.NONE, work.folder.path_of(day), row.papers, source=row.source, note=note)


def _needy(day: date, members: Sequence[Member]) -> MissingVersions:
    return MissingVersions(day, tuple(member.id for member in members if member.version > 1))


@dataclass(slots=True)
class _Writer:
    """Writes the mailings inferred from metadata, a page of days at a time, each with the texts that were announced."""

    work: Workspace
    means: UpstreamAccess
    order: BackfillRequest
    inferred: Inferred
    placed: Counter[Placed]
    texts: FirstVersions
    known_until: date | None = field(init=False)

    def __post_init__(self) -> None:
        self.known_until = harvested_until(self.work)

    def write(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """The outcomes of these days, in their order, each once it is final."""
        yield from self._absent(days)
        page: list[date] = []
        done = 0
        for day in self._provided([day for day in days if self._is_known(day)]):
            page.append(day)
            if len(page) == PAGE:
                yield from self._told(page, done, len(days))
                done, page = done + len(page), []
                self.means.control.check_cancelled()
        yield from self._told(page, done, len(days))

    def _told(self, page: Sequence[date], done: int, total: int) -> Iterator[DayOutcome]:
        for count, outcome in enumerate(self._place(page), done + 1):
            self.means.control.report(Progress("writing", count, total, day=outcome.day))
            yield outcome

    def _is_known(self, day: date) -> bool:
        """Whether the metadata holds the day's papers, all of them: in the evening of a mailing it may know a part."""
        until = self.known_until if self.order.source != "snapshot" else day
        return bool(self.inferred.members[day]) and until is not None and day <= until

    def _provided(self, days: Sequence[date]) -> Iterator[date]:
        """The days, each once the first versions of its revised papers are held, where those are wanted."""
        if not self.order.announced:
            return iter(days)
        return self.texts.provide(_needy(day, self.inferred.members[day]) for day in days)

    def _absent(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """Days without a paper: no mailing where the evidence says so, still open where it is silent."""
        found = [
            Finding(day, State.NO_MAILING, self._source(), self.inferred.missing[day], recorded=self.work.wall())
            for day in days
            if day in self.inferred.missing
        ]
        self.work.store.put_finding(*found)
        for one in found:
            yield DayOutcome(one.day, one.state, Done.NONE, source=self._source(), note=one.evidence)
        for day in days:
            if day not in self.inferred.missing and not self._is_known(day):
                note = "no paper is placed here, and nothing says that there was no mailing"
                if self.inferred.members[day]:
                    note = "bulk metadata may still lack papers of it"
                yield DayOutcome(day, State.PENDING, Done.NONE, source=self._source(), note=note)

    def _place(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """One page of days into rows and files; a day whose texts the API keeps back is left for a later run."""
        members = {day: self.inferred.members[day] for day in days}
        current = self.work.store.get_current_papers([member.id for page in members.values() for member in page])
        first = self._first_texts(members.values())
        placed = []
        for day in days:
            owed = self.texts.owed(_needy(day, members[day]), self._source()) if self.order.announced else None
            if owed is not None:
                yield owed
                continue
            digest = Digest(
                day, self.work.config.archive.category, tuple(_entry(m, current[m.id], first) for m in members[day])
            )
            told = evidence(members[day], self._source())
            placed.append((digest, Provenance(State.RECONSTRUCTED, self._source(), told, None)))
        for outcome in write_mailings(self.work, placed):
            if outcome.action is Done.WRITTEN and outcome.day is not None:
                self.placed.update(member.placed for member in members[outcome.day])
            yield outcome

    def _first_texts(self, pages: Iterable[Sequence[Member]]) -> dict[PaperId, Paper]:
        if not self.order.announced:
            return {}
        return self.work.store.get_version_texts([member.id for page in pages for member in page if member.version > 1])

    def _source(self) -> str:
        return "snapshot" if self.order.source == "snapshot" else "oai"


def _entry(member: Member, newest: Paper, first: dict[PaperId, Paper]) -> Entry:
    """The entry with the text announced where it is held, else with the newest; it says of which version it is."""
    paper = first.get(member.id, newest)
    return Entry(
        paper.id, paper.title, paper.abstract or "", member.section, paper.version or member.version, member.placed
    )
