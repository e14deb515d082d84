"""What is known around a mailing that comes in, with what a preview would have written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core.guards import MOST_SIZES, Surroundings
from syncd.core.model import Listing, Paper, State
from syncd.usecases.ingest.context import Accepted, HeldMailing, IngestContext
from tests.support.sound_archive import DAY, DAYS, LISTED, Held, copied, held_digest, invented

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from syncd.core.model import PaperId

FRIDAY, MONDAY, TUESDAY = date(2021, 4, 9), date(2021, 4, 12), date(2021, 4, 13)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def planned(day: date, papers: int = 3) -> Accepted:
    """Return a mailing that a preview has accepted."""
    return Accepted(list_papers(day), invented(day, papers, listed=True), "heading of a page")


def list_papers(day: date, ids: Iterable[PaperId] = ()) -> Listing:
    """Return a listing of that date with these new papers."""
    return Listing(day, tuple(Paper(one, "A title", "A text", None, ("cs.CV",)) for one in ids), (), (), "catchup")


def ids_of(day: date) -> list[PaperId]:
    """Return the ids of an invented mailing of three papers, ascending."""
    return sorted(entry.id for entry in invented(day).entries)


def test_a_mailing_is_later_only_when_its_date_is(held: Held) -> None:
    with held.open() as work:
        context = IngestContext(work, None)
        assert [context.has_later(day) for day in (DAY, LISTED, FRIDAY)] == [True, False, False]
        context.planned[MONDAY] = planned(MONDAY)
        assert [context.has_later(day) for day in (LISTED, FRIDAY, MONDAY)] == [True, True, False]


def test_a_planned_mailing_counts_as_held(held: Held) -> None:
    with held.open() as work:
        context = IngestContext(work, None)
        assert context.look_up(FRIDAY).papers is None
        assert context.read_known(list_papers(FRIDAY)).digest is None
        context.planned[FRIDAY] = planned(FRIDAY, 4)
        assert context.look_up(FRIDAY) == HeldMailing(State.COMPLETE, 4, "catchup")
        assert context.read_known(list_papers(FRIDAY)).digest == invented(FRIDAY, 4, listed=True)
        assert context.read_known(list_papers(DAY)).digest == held_digest(work, DAY)


def test_a_planned_mailing_is_the_neighbour_of_the_dates_beside_it(held: Held) -> None:
    with held.open() as work:
        before = IngestContext(work, None).read_known(list_papers(LISTED)).around
        context = IngestContext(work, None, planned={FRIDAY: planned(FRIDAY, 4), TUESDAY: planned(TUESDAY)})
        first, *_, last = sorted(entry.id for entry in invented(FRIDAY, 4).entries)
        sizes = [len(held_digest(work, day).entries) for day in reversed(DAYS)]
        assert context.read_known(list_papers(MONDAY)).around == Surroundings(
            before=last, after=ids_of(TUESDAY)[0], elsewhere={}, sizes=[4, *sizes]
        )
        assert context.read_known(list_papers(LISTED)).around == Surroundings(
            held=sizes[0], before=before.before, after=first, elsewhere={}, sizes=sizes[1:]
        )
        assert context.read_known(list_papers(FRIDAY)).around.held == 4


def test_a_paper_that_is_new_in_several_mailings_is_known_by_the_first_of_them(held: Held) -> None:
    one, other, _ = ids_of(MONDAY)
    with held.open() as work:
        known = held_digest(work, LISTED).entries[0].id
        of_listed = Accepted(list_papers(LISTED), held_digest(work, LISTED), "heading of a page")
        of_monday = planned(MONDAY)
        # The same papers under several dates.
        context = IngestContext(work, None, planned={TUESDAY: of_monday, FRIDAY: of_monday, MONDAY: of_monday})
        wednesday, thursday = TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=2)
        context.planned[wednesday] = of_listed
        found = context.read_known(list_papers(thursday, [one, other, known])).around.elsewhere
        assert found == {one: FRIDAY, other: FRIDAY, known: LISTED}
        assert context.read_known(list_papers(FRIDAY, [one])).around.elsewhere == {one: MONDAY}
        assert context.read_known(list_papers(thursday, ids_of(thursday))).around.elsewhere == {}


def test_the_sizes_are_those_of_the_newest_twenty_mailings_before_the_date(held: Held) -> None:
    days = [FRIDAY + timedelta(days=number) for number in range(MOST_SIZES + 1)]
    with held.open() as work:
        context = IngestContext(work, None, planned={day: planned(day, number) for number, day in enumerate(days, 1)})
        assert context.read_known(list_papers(days[-1])).around.sizes == list(range(MOST_SIZES, 0, -1))
        assert context.read_known(list_papers(days[-1] + timedelta(days=1))).around.sizes == list(
            range(MOST_SIZES + 1, 1, -1)
        )
