"""First versions from the API: how many requests they take, and when a paper counts as withheld."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import LayoutUnknown, PartialPage
from syncd.core.model import State, paper_id
from syncd.core.results import Done
from syncd.usecases.backfill.first_versions import FirstVersions, MissingVersions
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


@pytest.mark.parametrize(("answers", "held"), [(1, 1), (2, 0)])
def test_a_response_that_is_not_atom_withholds_one_batch_and_a_second_in_a_row_ends_the_asking(
    here: World, answers: int, held: int
) -> None:
    unknown = tuple(paper_id(f"2607.{number:05}") for number in range(80_000, 80_300))
    here.server.faults.add(faults.maintenance().on("/api/*", times=answers))
    wanted = papers_of(here, DAY)
    with here.open() as work:
        texts = FirstVersions(work, here, RunControl())
        days = [MissingVersions(DAY, unknown), MissingVersions(NEXT, wanted)]
        assert list(texts.provide(days)) == [DAY, NEXT]
        assert isinstance(texts.trouble, LayoutUnknown)
        assert texts.withheld == {*unknown, *(() if held else wanted)}
        assert set(work.store.get_version_texts(wanted)) == {*(wanted if held else ())}


def test_once_the_api_is_down_nothing_more_is_asked_and_what_is_held_counts(here: World) -> None:
    one, other = MissingVersions(DAY, papers_of(here, DAY)), MissingVersions(NEXT, papers_of(here, NEXT))
    provide(here, one)
    here.asked.clear()
    here.server.faults.add(faults.status(500).on("/api/*", times=None))
    with here.open() as work:
        texts = FirstVersions(work, here, RunControl())
        assert list(texts.provide([other, one, other], ahead=1)) == [NEXT, DAY, NEXT]
        assert len(here.asked) == 1
        assert texts.record_withheld(one, "oai") is None
        assert texts.record_withheld(other, "oai") is not None


def test_cancelled_it_sends_no_request(here: World) -> None:
    control = RunControl()
    control.cancel.set()
    with pytest.raises(Cancelled):
        provide(here, MissingVersions(DAY, papers_of(here, DAY)), control=control)
    assert here.asked == []


def test_an_entry_that_cannot_be_read_is_named_and_keeps_its_day_partial(here: World) -> None:
    wanted = MissingVersions(DAY, papers_of(here, DAY))
    broken = faults.rewritten("<published>20", "<published>on 20")
    here.server.faults.add(broken.on("/api/*", times=None))
    with here.open() as work:
        texts = FirstVersions(work, here, RunControl())
        assert list(texts.provide([wanted])) == [DAY]
        outcome = texts.record_withheld(wanted, "oai")
    assert outcome is not None
    assert isinstance(outcome.error, PartialPage)
    assert f"the API's entry {wanted.wanted[0]}v1 could not be read: Invalid isoformat" in outcome.error.detail
    assert {(lost.record.id, lost.days) for lost in texts.lost} == {(paper, (DAY,)) for paper in wanted.wanted}
