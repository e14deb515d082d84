"""First versions from the API: how many requests they take, and when a paper counts as withheld."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import LayoutUnknown
from syncd.core.model import State, paper_id
from syncd.core.results import Done
from syncd.usecases.backfill.first_versions import FirstVersions, MissingVersions
from syncd.usecases.ingest.upstream_client import RejectedPage
from syncd.usecases.progress import Cancelled, RunControl
from tests.support import faults
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import PaperId

DAY, NEXT = date(2026, 7, 9), date(2026, 7, 10)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(NEXT)) as made:
        yield made


def papers_of(here: World, day: date) -> tuple[PaperId, ...]:
    return tuple(paper.id for paper in here.server.history.mailings[day, "cs.CV"].new)


def provide(here: World, *days: MissingVersions, control: RunControl | None = None) -> tuple[list[date], set[PaperId]]:
    """Return the days in the order they became ready, and the papers that were withheld."""
    with here.open() as work:
        texts = FirstVersions(work, here, control or RunControl())
        return list(texts.provide(days)), texts.withheld


@pytest.mark.parametrize(("papers", "requests"), [(1, 2), (299, 2), (300, 2), (301, 4)])
def test_three_hundred_papers_fit_into_one_request_and_each_is_asked_for_twice(
    here: World, papers: int, requests: int
) -> None:
    unknown = tuple(paper_id(f"2607.{number:05}") for number in range(90_000, 90_000 + papers))
    ready, withheld = provide(here, MissingVersions(DAY, unknown))
    assert (ready, withheld) == ([DAY], {*unknown})
    assert len(here.asked) == requests


def test_a_paper_left_out_once_comes_with_the_second_request(here: World) -> None:
    wanted = papers_of(here, DAY)
    here.server.faults.add(faults.hidden(wanted[:1]).on("/api/*", times=1))
    ready, withheld = provide(here, MissingVersions(DAY, wanted))
    assert (ready, withheld, len(here.asked)) == ([DAY], set(), 2)
    with here.open() as work:
        assert set(work.store.get_version_texts(wanted)) == {*wanted}


def test_a_paper_left_out_twice_makes_its_day_partial_and_no_other(here: World) -> None:
    one, other = MissingVersions(DAY, papers_of(here, DAY)), MissingVersions(NEXT, papers_of(here, NEXT))
    here.server.faults.add(faults.hidden(one.wanted[:1]).on("/api/*", times=2))
    with here.open() as work:
        texts = FirstVersions(work, here, RunControl())
        assert list(texts.provide([one, other])) == [DAY, NEXT]
        outcome = texts.record_withheld(one, "oai")
        assert texts.record_withheld(other, "oai") is None
        assert [*work.store.findings()] == [DAY]
    assert outcome is not None
    assert (outcome.day, outcome.state, outcome.action) == (DAY, State.PARTIAL, Done.REFUSED)


def test_what_the_database_has_is_not_asked_for(here: World) -> None:
    wanted = MissingVersions(DAY, papers_of(here, DAY))
    provide(here, wanted)
    here.asked.clear()
    assert provide(here, wanted, MissingVersions(NEXT, ())) == ([DAY, NEXT], set())
    assert here.asked == []


def test_a_response_that_is_not_atom_is_rejected(here: World) -> None:
    here.server.faults.add(faults.maintenance().on("/api/*"))
    with pytest.raises(RejectedPage) as caught:
        provide(here, MissingVersions(DAY, papers_of(here, DAY)))
    assert isinstance(caught.value.error, LayoutUnknown)


def test_cancelled_it_sends_no_request(here: World) -> None:
    control = RunControl()
    control.cancel.set()
    with pytest.raises(Cancelled):
        provide(here, MissingVersions(DAY, papers_of(here, DAY)), control=control)
    assert here.asked == []
