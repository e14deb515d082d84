"""Create every missing digest of a range: the last 90 days from catchup pages, all others from bulk metadata.

    open days ─► near: sync (catchup, day and section exact)
             └─► far: metadata ─► infer (day of every id, proven where bounds meet) ─► texts as announced ─► place

Existing digests are never rewritten. What is finished is kept: the next run goes on where this one was ended.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd import coverage
from syncd.errors import OutOfReach, SyncdError, UpstreamError
from syncd.model import Digest, Entry, Finding, Placed, State
from syncd.results import Backfilled, DayOutcome, Done, Run
from syncd.usecases.accepting import keep_refused, today
from syncd.usecases.announced import FirstTexts, Needy, kept_back
from syncd.usecases.fetching import Refused
from syncd.usecases.harvest import Span, harvest
from syncd.usecases.inferring import evidence, infer
from syncd.usecases.placing import PAGE, Provenance, place_all
from syncd.usecases.repair import finish_interrupted
from syncd.usecases.sync import REACH, sync
from syncd.usecases.watching import Progress, Stopped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from syncd.errors import PartialPage
    from syncd.mailing import Bound
    from syncd.model import Paper, PaperId
    from syncd.usecases.fetching import Asks, Upstream
    from syncd.usecases.inferring import Inferred, Member
    from syncd.usecases.watching import Watch
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be filled: the listing dates `since` … `until`, from `source` (auto, catchup, oai or snapshot).

    `announced` asks for the text of first versions; without it, papers revised since keep the newest text. A snapshot must
    have been loaded before; `others` are its papers beyond the category, which bound ids as well.
    """

    since: date
    until: date
    source: str = "auto"
    announced: bool = True
    others: Iterable[Bound] = ()


@dataclass(frozen=True, slots=True)
class Means:
    """What a backfill works with: the door for metadata and texts, the listing pages, and who watches."""

    web: Asks
    listing: Upstream
    watch: Watch


def routes(work: Workspace, order: Order) -> tuple[list[date], list[date]]:
    """The open dates of the order: those that catchup pages give, and those left to metadata; each newest first.

    OutOfReach when only catchup pages are wanted and a date lies beyond them.
    """
    until = min(order.until, coverage.newest_possible(work.now()))
    missing = [report.day for report in work.reports(order.since, until) if coverage.is_open(report.state)][::-1]
    reach = today(work) - REACH
    if order.source in {"oai", "snapshot"}:
        return [], missing
    near, far = [day for day in missing if day >= reach], [day for day in missing if day < reach]
    if order.source == "catchup" and far:
        raise OutOfReach(f"catchup pages reach back to {reach}", days=tuple(sorted(far)))
    return near, far


def backfill(work: Workspace, means: Means, order: Order) -> Backfilled:
    """Fill the range; trouble of one day is its outcome, trouble with upstream ends the run and leaves the rest pending."""
    finish_interrupted(work)
    near, far = routes(work, order)
    outcomes: list[DayOutcome] = []
    placed: Counter[Placed] = Counter()
    error: SyncdError | None = None
    ended = False
    try:
        for outcome in _filled(work, means, order, (near, far), placed):
            outcomes.append(outcome)  # noqa: PERF402  what came before the end counts
    except Stopped:
        ended = True
    except Refused as refused:
        error = keep_refused(work, refused, None)
    except UpstreamError as trouble:
        error = trouble
    done = {outcome.day for outcome in outcomes}
    waiting = tuple(sorted(day for day in (*near, *far) if day not in done))
    kinds = (Placed.PROVEN, Placed.BOUNDED, Placed.ASSUMED)
    return Backfilled(Run(tuple(outcomes), error=error, waiting=waiting), {k: placed[k] for k in kinds}, ended)


def _filled(
    work: Workspace,
    means: Means,
    order: Order,
    days: tuple[Sequence[date], Sequence[date]],
    placed: Counter[Placed],
) -> Iterator[DayOutcome]:
    near, far = days
    yield from _near(work, means, near)
    if not far:
        return
    if order.source != "snapshot":
        harvest(work, means.web, Span(min(far), max(far)), means.watch)
    yield from _Writer(work, means, order, infer(work, far, order.others), placed).write(far)


def _near(work: Workspace, means: Means, days: Sequence[date]) -> Iterator[DayOutcome]:
    for done, day in enumerate(days):
        means.watch.go_on()
        means.watch.tell(Progress("catchup", done, len(days)))
        run = sync(work, means.listing, [day])
        yield from (outcome for outcome in run.days if outcome.action is not Done.NONE or run.error is None)
        if run.error is not None:
            raise run.error


@dataclass(slots=True)
class _Writer:
    """Writes the mailings inferred from metadata, a page of days at a time, each with the texts that were announced."""

    work: Workspace
    means: Means
    order: Order
    inferred: Inferred
    placed: Counter[Placed]
    texts: FirstTexts = field(init=False)

    def __post_init__(self) -> None:
        self.texts = FirstTexts(self.work, self.means.web, self.means.watch)

    def write(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """The outcomes of these days, in their order, each once it is final."""
        yield from self._absent(days)
        page: list[date] = []
        done = 0
        for day in self._provided([day for day in days if self.inferred.members[day]]):
            page.append(day)
            if len(page) == PAGE:
                yield from self._place(page)
                done, page = done + len(page), []
                self.means.watch.tell(Progress("writing", done, len(days)))
                self.means.watch.go_on()
        yield from self._place(page)

    def _provided(self, days: Sequence[date]) -> Iterator[date]:
        """The days, each once the first versions of its revised papers are held, where those are wanted."""
        if not self.order.announced:
            return iter(days)
        return self.texts.provide(
            Needy(day, tuple(member.id for member in self.inferred.members[day] if member.version > 1)) for day in days
        )

    def _absent(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """Days without a paper: no mailing where the evidence says so, still open where it is silent."""
        for day in days:
            if day in self.inferred.missing:
                told = self.inferred.missing[day]
                self.work.store.put_finding(
                    Finding(day, State.NO_MAILING, self._source(), told, recorded=self.work.wall())
                )
                yield DayOutcome(day, State.NO_MAILING, Done.NONE, source=self._source(), note=told)
            elif not self.inferred.members[day]:
                note = "no paper is placed here, and nothing says that there was no mailing"
                yield DayOutcome(day, State.PENDING, Done.NONE, source=self._source(), note=note)

    def _place(self, days: Sequence[date]) -> Iterator[DayOutcome]:
        """One page of days into rows and files; a day whose texts the API keeps back is left for a later run."""
        members = {day: self.inferred.members[day] for day in days}
        current = self.work.store.current([member.id for page in members.values() for member in page])
        first = self._first_texts(members.values())
        placed = []
        for day in days:
            owed = {m.id for m in members[day] if m.id in self.texts.absent}
            if owed:
                yield self._owing(day, kept_back(day, owed))
                continue
            digest = Digest(
                day, self.work.config.archive.category, tuple(_entry(m, current[m.id], first) for m in members[day])
            )
            told = evidence(members[day], self._source())
            placed.append((digest, Provenance(State.RECONSTRUCTED, self._source(), told, None)))
        for outcome in place_all(self.work, placed):
            if outcome.action is Done.WRITTEN and outcome.day is not None:
                self.placed.update(member.placed for member in members[outcome.day])
            yield outcome

    def _first_texts(self, pages: Iterable[Sequence[Member]]) -> dict[PaperId, Paper]:
        if not self.order.announced:
            return {}
        return self.work.store.texts([member.id for page in pages for member in page if member.version > 1])

    def _owing(self, day: date, error: PartialPage) -> DayOutcome:
        told = f"{error.reason}: {error.detail}"
        self.work.store.put_finding(
            Finding(day, State.PARTIAL, self._source(), told, None, error.reason, self.work.wall())
        )
        return DayOutcome(day, State.PARTIAL, Done.REFUSED, error=error, source=self._source())

    def _source(self) -> str:
        return "snapshot" if self.order.source == "snapshot" else "oai"


def _entry(member: Member, newest: Paper, first: dict[PaperId, Paper]) -> Entry:
    """The entry with the text announced where it is held, else with the newest; it says of which version it is."""
    paper = first.get(member.id, newest)
    return Entry(
        paper.id, paper.title, paper.abstract or "", member.section, paper.version or member.version, member.placed
    )
