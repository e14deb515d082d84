"""Backfilling a small archive from the loopback arXiv: what is asked, what is written, how it continues after a kill."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
import sqlalchemy as sa

from syncd.core import digest as digests
from syncd.core import mailing, markup
from syncd.core.digest.hashing import sha256
from syncd.core.errors import LayoutUnknown, OutOfReach, PartialPage, Unavailable, UpstreamError
from syncd.core.model import Certainty, PaperId, Section, State
from syncd.core.results import Done
from syncd.rehearsal import history as histories
from syncd.report.text import runs
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.progress import RunControl, WaitingClient
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.upstream import UpstreamAccess
from tests.support import faults
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from syncd.core.model import Digest
    from syncd.core.results import BackfillResult, DayOutcome
    from syncd.rehearsal.faults import Fault
    from syncd.rehearsal.history import History
    from syncd.usecases.progress import Progress

SINCE, UNTIL = date(2026, 3, 2), date(2026, 7, 2)
STOP = date(2026, 4, 8)
"""The last date that most tests fill: four days are within reach of catchup pages, all others are not."""
NEAR = UNTIL - timedelta(days=90)
UNLISTED = date(2026, 3, 18)


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def past() -> History:
    """Three months of mailings, with one deferral that no table lists."""
    closed = {*mailing.calendar().missing, UNLISTED}
    return grown_history(random.Random(3), SINCE, UNTIL, 12, closed=closed)


@pytest.fixture
def here(tmp_path: Path, past: History) -> Iterator[World]:
    with world(tmp_path, noon(UNTIL), past) as made:
        made.server.oai_page = 100
        yield made


def fill(
    here: World,
    source: str = "auto",
    *,
    announced: bool = True,
    until: date = STOP,
    watch: RunControl | None = None,
    steps: Callable[[str], None] = lambda _step: None,
) -> BackfillResult:
    watch = watch or RunControl()
    with here.open(steps=steps) as work:
        order = BackfillRequest(SINCE, until, source, announced)
        return backfill(work, UpstreamAccess(WaitingClient(here, watch), here.upstream, watch), order)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, past: History) -> Iterator[Filled]:
    """A world in which everything was filled from pages and metadata. Tests must leave it as it is."""
    with world(tmp_path_factory.mktemp("filled"), noon(UNTIL), past) as made:
        made.server.oai_page = 100
        yield Filled(made, fill(made))


@pytest.fixture(scope="module")
def filled_from_metadata(
    tmp_path_factory: pytest.TempPathFactory, past: History, harvested_folder: Path
) -> Iterator[Filled]:
    """A world in which everything was filled from metadata alone. Tests must leave it as it is."""
    folder = shutil.copytree(harvested_folder, tmp_path_factory.mktemp("filled") / "here")
    with world(folder, noon(UNTIL), past) as made:
        yield Filled(made, fill(made, "oai"))


@pytest.fixture(scope="module")
def harvested_folder(tmp_path_factory: pytest.TempPathFactory, past: History) -> Path:
    """The folder of an archive that has all metadata and no mailing. Tests must leave it as it is."""
    folder = tmp_path_factory.mktemp("harvested")
    with world(folder, noon(UNTIL), past) as made:
        made.server.oai_page = 100
        assert stop_when(made, "inferring the dates of papers").ended
    return folder


@pytest.fixture
def harvested(tmp_path: Path, past: History, harvested_folder: Path) -> Iterator[World]:
    """A world whose archive has all metadata and no mailing, so that a run asks for texts and recent pages alone."""
    shutil.copytree(harvested_folder, tmp_path, dirs_exist_ok=True)
    with world(tmp_path, noon(UNTIL), past) as made:
        yield made


def stop_when(here: World, doing: str) -> BackfillResult:
    """Fill, and cancel that as soon as it says that it does this."""
    watch = RunControl()

    def tell(progress: Progress) -> None:
        if progress.doing == doing:
            watch.cancel.set()

    return fill(here, watch=RunControl(report=tell, cancel=watch.cancel))


class Filled(NamedTuple):
    here: World
    done: BackfillResult


def digest_bytes(here: World) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((here.folder / "archive").rglob("*.md"))}


def outcome_of(done: BackfillResult, day: date) -> DayOutcome:
    return next(outcome for outcome in done.run.days if outcome.day == day)


def days_of(past: History) -> list[date]:
    """The mailings that most tests fill."""
    return [day for day in past.days if day <= STOP]


def announced_papers(past: History, day: date) -> set[str]:
    """The papers new or cross-listed on the day of their first announcement."""
    found = histories.mailing(past, day, "cs.CV")
    return {work.id for work in (*found.new, *found.cross) if work.announced == day}


def test_every_mailing_is_written_and_no_other(filled: Filled, past: History) -> None:
    here, done = filled
    assert done.run.error is None
    assert set(digest_bytes(here)) == {f"{day}.md" for day in days_of(past)}
    assert outcome_of(done, UNLISTED).state is State.NO_MAILING


def test_papers_stand_on_their_true_day_with_the_text_that_was_announced(filled: Filled, past: History) -> None:
    for day in days_of(past):
        digest = digests.parse(filled.here.file(day).read_bytes()).digest
        assert digest is not None
        assert announced_papers(past, day) <= {entry.id for entry in digest.entries}
        for entry in digest.entries:
            first = past.by_id[entry.id].editions[0]
            assert entry.title == markup.title_from_raw(first.title)
            assert entry.abstract == markup.abstract_from_raw(first.abstract)


def test_no_proof_is_ever_wrong(filled_from_metadata: Filled, past: History) -> None:
    with filled_from_metadata.here.open() as work:
        proven = [(d.day, e.id) for d in work.store.digests() for e in d.entries if e.certainty is Certainty.PROVEN]
    assert len(proven) > 200
    assert all(past.by_id[paper].announced == day for day, paper in proven)


def test_each_entry_says_which_version_it_holds(filled: Filled) -> None:
    with filled.here.open() as work:
        versions = {e.version for digest in work.store.digests() for e in digest.entries}
    assert versions == {1}


def test_current_text_is_marked_with_its_version(harvested: World, past: History) -> None:
    fill(harvested, "oai", announced=False)
    assert not any(asked.startswith("/api") for asked in harvested.asked)
    with harvested.open() as work:
        held = {e.id: e for digest in work.store.digests() for e in digest.entries}
    revised = [work for work in past.works if work.id in held and len(work.editions) > 1]
    assert revised
    for work_ in revised:
        newest = histories.edition(work_, UNTIL)
        assert held[work_.id].version == newest.version.number
        assert held[work_.id].abstract == markup.abstract_from_raw(newest.abstract)


def test_requests_are_as_few_as_possible(filled: Filled, past: History) -> None:
    asked_for = filled.here.asked
    pages = [asked for asked in asked_for if asked.startswith("/oai")]
    members = [work for work in past.works if "cs.CV" in histories.categories(work, UNTIL)]
    texts = [asked for asked in asked_for if asked.startswith("/api")]
    revised = [work for work in members if len(work.editions) > 1 and work.announced <= STOP]
    assert len(pages) == -(-len(members) // 100)
    assert len(texts) <= -(-len(revised) // 300) + 1
    assert len(asked_for) - len(pages) - len(texts) == len([day for day in days_of(past) if day >= NEAR])
    assert len(set(asked_for)) == len(asked_for)


def test_a_second_run_asks_nothing_and_changes_nothing(harvested: World) -> None:
    fill(harvested)
    before = {path: path.stat().st_mtime_ns for path in (harvested.folder / "archive").rglob("*.md")}
    harvested.asked.clear()
    done = fill(harvested)
    assert harvested.asked == []
    assert all(outcome.action is Done.NONE for outcome in done.run.days)
    assert before == {path: path.stat().st_mtime_ns for path in before}


@pytest.mark.parametrize("source", ["auto", "oai"])
def test_killed_anywhere_it_continues_to_the_same_bytes_and_asks_for_no_page_twice(
    tmp_path: Path, past: History, source: str, request: pytest.FixtureRequest
) -> None:
    whole: Filled = request.getfixturevalue("filled" if source == "auto" else "filled_from_metadata")
    wanted = digest_bytes(whole.here)
    chance = random.Random(8)
    with world(tmp_path / "killed", noon(UNTIL), past) as killed:
        killed.server.oai_page = 100
        for _ in range(8):
            left = [chance.randrange(1, 60)]

            def step(_name: str, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] == 0:
                    raise Killed

            ended = _ended(killed, source, step, chance.randrange(1, 30))
            if not ended:
                break
        assert fill(killed, source).run.error is None
        assert digest_bytes(killed) == wanted
        bulk = [asked for asked in killed.asked if asked.startswith(("/oai", "/api"))]
        assert len(set(bulk)) == len(bulk)


def _ended(here: World, source: str, step: Callable[[str], None], requests: int) -> bool:
    """Whether a run was killed at a step, or before one more request than these."""
    most = len(here.asked) + requests

    def tell(_progress: object) -> None:
        if len(here.asked) > most:
            raise Killed

    try:
        fill(here, source, steps=step, watch=RunControl(report=tell))
    except Killed:
        return True
    return False


def test_a_held_day_of_which_metadata_has_other_papers_is_reported_and_stays(
    harvested: World, filled_from_metadata: Filled
) -> None:
    day = SINCE + timedelta(days=8)
    with filled_from_metadata.here.open() as work:
        whole = work.store.digest(day)
    assert whole is not None
    shorter = replace(whole, entries=whole.entries[1:])
    with harvested.open() as work:
        write_mailing(work, shorter, Provenance(State.ADOPTED, "adopted", "a file", None))
    done = fill(harvested, "oai")
    assert outcome_of(done, day).action is Done.NONE
    assert outcome_of(done, day).note.startswith("metadata has 1 paper that the digest lacks, and lacks 0")
    assert harvested.file(day).read_bytes() == digests.render(shorter)


def hold(here: World, digest: Digest, state: State = State.RECONSTRUCTED) -> None:
    with here.open() as work:
        write_mailing(work, digest, Provenance(state, "snapshot", "inferred before", None))


def whole_digest(filled: Filled, day: date) -> Digest:
    with filled.here.open() as work:
        whole = work.store.digest(day)
    assert whole is not None
    return whole


def test_a_reconstructed_day_that_lacks_papers_is_completed_once_and_its_old_bytes_are_kept(
    harvested: World, filled_from_metadata: Filled
) -> None:
    day = SINCE + timedelta(days=8)
    whole = whole_digest(filled_from_metadata, day)
    shorter = replace(whole, entries=(*whole.entries[1:4], *whole.entries[5:-1]))
    hold(harvested, shorter)
    fill(harvested, "oai", until=day - timedelta(days=1))
    done = fill(harvested, "oai", until=day)
    assert outcome_of(done, day).action is Done.WRITTEN
    assert harvested.file(day).read_bytes() == digests.render(whole)
    missing = {entry.id for entry in whole.entries} - {entry.id for entry in shorter.entries}
    with harvested.open() as work:
        assert work.vault.get(sha256(digests.render(shorter))) == digests.render(shorter)
        before, after = (event for event in work.store.history(day) if event.sha256)
        assert (before.papers, after.papers) == (len(shorter.entries), len(whole.entries))
        assert f"completed: {len(missing)} papers were missing before" in after.evidence
        assert all(paper in after.evidence for paper in missing)
        assert work.report(day).state is State.RECONSTRUCTED
    harvested.asked.clear()
    assert all(outcome.action is Done.NONE for outcome in fill(harvested, "oai", until=day).run.days)
    assert harvested.asked == []


def test_a_digest_with_a_paper_too_many_is_not_completed_and_never_loses_one(
    harvested: World, filled_from_metadata: Filled
) -> None:
    day = SINCE + timedelta(days=8)
    whole = whole_digest(filled_from_metadata, day)
    strange = replace(whole.entries[0], id=PaperId("2603.99999"))
    held = replace(whole, entries=(strange, *whole.entries[1:]))
    hold(harvested, held)
    done = fill(harvested, "oai", until=day)
    assert outcome_of(done, day).action is Done.NONE
    assert outcome_of(done, day).note.startswith("metadata has 1 paper that the digest lacks, and lacks 1")
    assert harvested.file(day).read_bytes() == digests.render(held)


def test_a_held_day_is_partial_while_a_record_of_it_cannot_be_read_and_completed_when_it_can(
    here: World, filled_from_metadata: Filled
) -> None:
    day = SINCE + timedelta(days=8)
    whole = whole_digest(filled_from_metadata, day)
    gone = whole.entries[2]
    hold(here, replace(whole, entries=tuple(entry for entry in whole.entries if entry is not gone)))
    here.server.faults.add(faults.rewritten(f"<id>{gone.id}</id>", "<id/>").on("/oai*", times=None))
    done = fill(here, "oai", until=day)
    assert (outcome_of(done, day).state, outcome_of(done, day).papers) == (State.PARTIAL, len(whole.entries) - 1)
    here.server.faults.clear()
    assert outcome_of(fill(here, "oai", until=day), day).action is Done.WRITTEN
    assert here.file(day).read_bytes() == digests.render(whole)
    with here.open() as work:
        assert work.report(day).state is State.RECONSTRUCTED


def test_a_cross_list_modified_after_the_digest_was_made_is_no_missing_paper(
    harvested: World, filled_from_metadata: Filled
) -> None:
    day = SINCE + timedelta(days=8)
    whole = whole_digest(filled_from_metadata, day)
    assert whole.entries[-1].section is Section.CROSS
    shorter = replace(whole, entries=whole.entries[:-1])
    with harvested.open() as opened:
        work = replace(opened, wall=lambda: datetime(2026, 3, 1, tzinfo=UTC))
        write_mailing(work, shorter, Provenance(State.RECONSTRUCTED, "snapshot", "inferred before", None))
    done = fill(harvested, "oai", until=day)
    assert outcome_of(done, day).note.startswith("metadata has 1 paper that the digest lacks")
    assert harvested.file(day).read_bytes() == digests.render(shorter)


def test_a_day_whose_first_versions_are_withheld_stays_partial_until_they_come(harvested: World, past: History) -> None:
    day = next(day for day in past.days if day < NEAR and _revised_on(past, day))
    hidden = _revised_on(past, day)
    harvested.server.faults.add(faults.hidden(hidden).on("/api/*", times=None))
    done = fill(harvested)
    assert outcome_of(done, day).state is State.PARTIAL
    assert isinstance(outcome_of(done, day).error, PartialPage)
    assert not harvested.file(day).exists()
    harvested.server.faults.clear()
    assert outcome_of(fill(harvested), day).action is Done.WRITTEN


def test_a_record_that_cannot_be_read_keeps_its_day_open_until_a_later_backfill_reads_it(
    here: World, past: History
) -> None:
    day = next(day for day in past.days[20:])
    papers = sorted(work.id for work in histories.mailing(past, day, "cs.CV").new)
    broken = faults.rewritten(f"<id>{papers[1]}</id>", "<id>&nbsp;</id>")
    here.server.faults.add(broken.on("/oai*", times=None))
    for _ in range(2):
        done = fill(here, "oai", announced=False)
        assert [(lost.record.id, lost.days) for lost in done.lost] == [(papers[1], (day,))]
        assert (outcome_of(done, day).state, outcome_of(done, day).papers) == (State.PARTIAL, None)
        assert set(digest_bytes(here)) == {f"{other}.md" for other in days_of(past) if other != day}
    here.server.faults.clear()
    done = fill(here, "oai", announced=False)
    assert (done.lost, outcome_of(done, day).action) == ((), Done.WRITTEN)
    with here.open() as work:
        assert work.store.finding(day) is None


def test_an_error_of_oai_names_the_other_routes(here: World) -> None:
    here.server.faults.add(faults.rewritten("<OAI-PMH", "<p>Down").on("/oai*", times=None))
    error = fill(here, "oai").run.error
    assert isinstance(error, LayoutUnknown)
    assert "--source catchup" in error.detail
    assert "--snapshot FILE" in error.detail


def _revised_on(past: History, day: date) -> set[PaperId]:
    found = histories.mailing(past, day, "cs.CV")
    return {work.id for work in (*found.new, *found.cross) if len(work.editions) > 1}


def test_an_empty_response_of_the_api_is_asked_for_again(harvested: World, past: History) -> None:
    everything = [work.id for work in past.works]
    harvested.server.faults.add(faults.hidden(everything).on("/api/*", times=1))
    done = fill(harvested)
    assert {outcome.state for outcome in done.run.days} <= {State.RECONSTRUCTED, State.COMPLETE, State.NO_MAILING}


def test_an_api_response_that_is_not_atom_is_kept_and_named(harvested: World) -> None:
    harvested.server.faults.add(faults.maintenance().on("/api/*", times=None))
    done = fill(harvested)
    assert done.run.error is None
    assert isinstance(done.texts_error, LayoutUnknown)
    assert done.texts_error.response is not None


@pytest.mark.parametrize("fault", [faults.status(500), faults.status(503)])
def test_while_the_api_is_down_the_days_that_need_no_text_of_it_are_written(
    harvested: World, past: History, fault: Fault
) -> None:
    harvested.server.faults.add(fault.on("/api/*", times=None))
    done = fill(harvested)
    assert done.run.error is None
    assert isinstance(done.texts_error, UpstreamError)
    plain = {day for day in days_of(past) if day < NEAR and not _revised_on(past, day)}
    written = {outcome.day for outcome in done.run.days if outcome.action is Done.WRITTEN}
    lacking = {outcome.day for outcome in done.run.days if outcome.state is State.PARTIAL}
    assert plain <= written
    assert lacking
    assert lacking | written == set(days_of(past))
    harvested.server.faults.clear()
    assert fill(harvested).texts_error is None
    assert set(digest_bytes(harvested)) == {f"{day}.md" for day in days_of(past)}


def test_metadata_of_the_evening_does_not_count_as_a_whole_mailing(here: World) -> None:
    here.now = mailing.announced_at(UNTIL).replace(minute=15)
    done = fill(here, "oai", until=UNTIL)
    assert outcome_of(done, UNTIL).state is State.PENDING
    assert not here.file(UNTIL).exists()
    here.now = noon(UNTIL)
    assert outcome_of(fill(here, "oai", until=UNTIL), UNTIL).action is Done.WRITTEN


def test_catchup_alone_refuses_days_beyond_its_reach(here: World) -> None:
    with pytest.raises(OutOfReach):
        fill(here, "catchup")


def test_without_metadata_the_older_days_are_waiting_and_catchup_pages_fill_the_recent_ones(
    here: World, past: History
) -> None:
    here.server.faults.add(faults.status(502).on("/oai*", times=None))
    done = fill(here)
    assert isinstance(done.run.error, Unavailable)
    assert SINCE in done.run.waiting
    assert set(digest_bytes(here)) == {f"{day}.md" for day in days_of(past) if day >= NEAR}


def test_cancelled_it_keeps_what_is_finished(here: World) -> None:
    watch = RunControl()

    def tell(_progress: object) -> None:
        if sum(asked.startswith("/oai") for asked in here.asked) == 3:
            watch.cancel.set()

    done = fill(here, watch=RunControl(report=tell, cancel=watch.cancel))
    assert done.ended
    assert len(here.asked) == 3
    assert done.run.left == done.run.waiting != ()
    assert "backfill: nothing done; 0 requests" in runs.of_run(done.run, verb="backfill")


def test_a_signal_while_dates_are_inferred_stops_before_a_page_is_written(here: World) -> None:
    done = stop_when(here, "inferring the dates of papers")
    assert done.ended
    assert done.run.days == ()
    assert digest_bytes(here) == {}


def test_a_page_of_days_costs_each_table_one_statement_at_most(here: World) -> None:
    with here.open() as work:
        statements: list[str] = []
        sa.event.listen(
            work.database.engine,
            "before_cursor_execute",
            lambda _c, _cur, statement, _p, _ctx, many: statements.append(f"{'many ' if many else ''}{statement}"),
        )
        watch = RunControl()
        backfill(work, UpstreamAccess(here, here.upstream, watch), BackfillRequest(SINCE, STOP, "oai"))
    pages = sum(asked.startswith("/oai") for asked in here.asked)
    texts = sum(asked.startswith("/api") for asked in here.asked)
    limits = {
        "paper": pages + texts + 1,
        "paper_text": pages + texts + 1,
        "version": pages + texts,
        "entry": 1,
        "mailing": 1,
    }
    for table, most in (limits | {"syncd_history": 1 + 1}).items():
        written = [s for s in statements if s.removeprefix("many ").startswith(f"INSERT INTO {table} ")]
        assert 0 < len(written) <= most, (table, len(written), most)


def test_papers_are_counted_by_how_surely_their_day_is_known(filled_from_metadata: Filled) -> None:
    done = filled_from_metadata.done
    papers = sum(outcome.papers or 0 for outcome in done.run.days if outcome.action is Done.WRITTEN)
    assert sum(done.placed.values()) == papers
    assert done.placed[Certainty.PROVEN] > papers * 0.8


def test_a_deadline_ends_the_run_at_a_safe_point(here: World) -> None:
    watch = RunControl(deadline=datetime(2020, 1, 1, tzinfo=UTC))
    done = fill(here, watch=watch)
    assert done.ended
    assert here.asked == []
