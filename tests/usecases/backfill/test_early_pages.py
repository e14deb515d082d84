"""Catchup pages that are asked for while older dates are loaded and written."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import CoolingDown, Unavailable, UpstreamError
from syncd.sources.listing import catchup_url
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.backfill.early_pages import EarlyPages, list_early_pages
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.progress import Cancelled, RunControl, WaitingClient
from syncd.usecases.upstream import UpstreamAccess
from syncd.web import Response
from tests.support import faults
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.core.model import Record
    from syncd.core.results import BackfillResult
    from syncd.rehearsal.history import History
    from syncd.usecases.progress import Progress

SINCE, UNTIL = date(2025, 6, 2), date(2026, 7, 2)
NEAR, STOP = date(2026, 4, 3), date(2026, 4, 10)
"""The first date within reach of catchup pages, and the last one that is filled. The older mailings are written in two steps."""
PAUSE = timedelta(seconds=15)
ADDRESSES = [f"https://arxiv.example/{number}" for number in range(9)]


@dataclass
class Web:
    """Answers every address, but those in `broken`, and has a clock that the test moves."""

    broken: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    now: datetime = datetime(2026, 7, 2, tzinfo=UTC)

    def get(self, url: str, *, expect: str) -> Response:
        assert expect == "html"
        self.asked.append(url)
        if url in self.broken:
            raise self.broken[url]
        return Response(url, 200, (), f"{len(self.asked)}".encode(), self.now)

    def make_early(self) -> EarlyPages:
        return EarlyPages(self, RunControl(wall=lambda: self.now), PAUSE, deque(ADDRESSES))


def test_a_page_is_asked_for_early_only_after_the_pause() -> None:
    web = Web()
    early = web.make_early()
    for wait in (timedelta(0), PAUSE - timedelta(seconds=1), timedelta(seconds=1), timedelta(0)):
        web.now += wait
        early.ask_next()
    assert web.asked == ADDRESSES[:2]


def test_few_answers_wait_in_memory_and_each_is_given_once() -> None:
    web = Web()
    early = web.make_early()

    def ask_often() -> None:
        for _ in ADDRESSES:
            web.now += PAUSE
            early.ask_next()

    ask_often()
    assert web.asked == ADDRESSES[:6]
    bodies = [early.get(url, expect="html").body for url in (ADDRESSES[0], ADDRESSES[1], ADDRESSES[0])]
    assert bodies == [b"1", b"2", b"7"]
    ask_often()
    assert web.asked == [*ADDRESSES[:6], ADDRESSES[0], *ADDRESSES[6:8]]


def test_a_page_whose_turn_has_come_is_not_asked_for_again() -> None:
    web = Web()
    early = web.make_early()
    early.get(ADDRESSES[0], expect="html")
    early.ask_next()
    assert web.asked == ADDRESSES[:2]


def test_trouble_is_raised_at_the_turn_of_its_page_and_ends_early_requests() -> None:
    web = Web({ADDRESSES[0]: Unavailable("broken off", url=ADDRESSES[0])})
    early = web.make_early()
    for _ in range(2):
        early.ask_next()
        web.now += PAUSE
    assert web.asked == ADDRESSES[:1]
    with pytest.raises(UpstreamError, match="broken off"):
        early.get(ADDRESSES[0], expect="html")
    assert web.asked == ADDRESSES[:1]
    assert early.get(ADDRESSES[1], expect="html").body == b"2"


def test_a_cooldown_is_waited_for_at_the_turn_of_the_page_and_not_before() -> None:
    web = Web()
    web.broken[ADDRESSES[0]] = CoolingDown(url=ADDRESSES[0], host="arxiv.example", until=web.now)
    said: list[str] = []

    def end_cooldown(progress: Progress) -> None:
        said.append(progress.detail)
        web.broken.clear()

    patient = WaitingClient(web, RunControl(end_cooldown, wall=lambda: web.now))
    early = EarlyPages(patient, RunControl(wall=lambda: web.now), PAUSE, deque(ADDRESSES))
    for _ in range(2):
        early.ask_next()
        web.now += PAUSE
    assert web.asked == ADDRESSES[:1]
    assert said == []
    assert early.get(ADDRESSES[0], expect="html").body == b"3"
    assert len(said) == 1


def test_work_that_must_stop_stops_at_an_early_request() -> None:
    web = Web({ADDRESSES[0]: Cancelled()})
    with pytest.raises(Cancelled):
        web.make_early().ask_next()


@pytest.fixture(scope="module")
def past() -> History:
    return grown_history(random.Random(3), SINCE, UNTIL, 2)


def fill(here: World, until: date, watch: RunControl | None = None) -> BackfillResult:
    """Fill at arXiv's pause between pages, which no clock ends here: one page can be early."""
    here.overrides["upstream.listing_interval"] = f"{PAUSE.seconds}s"
    with here.open() as work:
        control = watch or RunControl(wall=lambda: here.now)
        access = UpstreamAccess(here, ListingClient(here, here.server.url, "cs.CV"), control)
        return backfill(work, access, BackfillRequest(SINCE, until))


def read_archive(here: World) -> tuple[dict[str, bytes], list[Record]]:
    files = {path.name: path.read_bytes() for path in (here.folder / "archive").rglob("*.md")}
    with here.open() as work:
        return files, [one.record for one in work.store.papers()]


def is_catchup(asked: str) -> bool:
    return asked.startswith("/catchup")


def test_pages_asked_for_early_give_the_archive_of_pages_asked_for_in_turn(tmp_path: Path, past: History) -> None:
    with world(tmp_path / "early", noon(UNTIL), past) as early, world(tmp_path / "plain", noon(UNTIL), past) as plain:
        assert fill(early, STOP).run.error is None
        # What is filled in a run of its own leaves no work for the pauses of the pages after it.
        fill(plain, NEAR - timedelta(days=1))
        assert not any(map(is_catchup, plain.asked))
        assert fill(plain, STOP).run.error is None
        assert set(early.asked) == set(plain.asked)
        assert len(set(early.asked)) == len(early.asked)
        assert read_archive(early) == read_archive(plain)


@pytest.mark.parametrize("is_over", [False, True])
def test_pages_are_asked_for_while_older_dates_are_loaded_and_written(
    tmp_path: Path, past: History, is_over: bool
) -> None:
    early: dict[str, int] = {}
    with world(tmp_path, noon(UNTIL), past) as here:

        def tell(progress: Progress) -> None:
            if progress.doing and progress.doing not in early:
                early[progress.doing] = sum(map(is_catchup, here.asked))
                here.later += PAUSE if is_over else timedelta(0)

        fill(here, STOP, RunControl(tell, wall=lambda: here.now + here.later))
    steps = "loading metadata", "inferring the dates of papers", "writing mailings", "fetching mailings"
    assert [early[doing] for doing in steps] == ([1, 2, 2, 3] if is_over else [1, 1, 1, 1])


def test_the_newest_mailing_is_not_asked_for_early(tmp_path: Path, past: History) -> None:
    with world(tmp_path, noon(STOP), past) as here, here.open() as work:
        days = [STOP, STOP - timedelta(days=1), STOP - timedelta(days=2)]
        found = list_early_pages(work, here.upstream, RunControl(), days)
        assert list(found.urls) == [catchup_url(here.server.url, "cs.CV", day) for day in days[1:]]


def test_trouble_with_an_early_page_leaves_the_older_dates_as_they_are(tmp_path: Path, past: History) -> None:
    with world(tmp_path, noon(UNTIL), past) as here:
        here.server.faults.add(faults.status(502).on("/catchup*", times=None))
        done = fill(here, STOP)
        assert isinstance(done.run.error, Unavailable)
        written = [path.stem for path in (here.folder / "archive").rglob("*.md")]
    assert len(written) > 200
    assert max(written) < str(NEAR)
    assert sum(map(is_catchup, here.asked)) == 1
