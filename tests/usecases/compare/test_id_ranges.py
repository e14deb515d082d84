"""Ranges of ids: where each mailing's begins and ends, and which papers are in the wrong one."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.model import PaperId
from syncd.usecases.compare.id_ranges import IdRange, find_id_ranges

START = date(2026, 7, 1)


def day(n: int) -> date:
    return START + timedelta(n)


def ids(*numbers: int) -> list[PaperId]:
    return [PaperId(f"2607.{number:05d}") for number in numbers]


sizes = st.lists(st.integers(3, 12), min_size=2, max_size=8)


def in_order(counts: list[int]) -> dict[date, list[PaperId]]:
    """Return mailings of these sizes, with successive ids."""
    starts = [sum(counts[:n]) for n in range(len(counts))]
    return {
        day(n): ids(*range(start, start + count))[::-1]
        for n, (start, count) in enumerate(zip(starts, counts, strict=True))
    }


@given(sizes)
def test_mailings_in_order_have_a_range_each_and_no_strays(counts: list[int]) -> None:
    mailings = in_order(counts)
    found = find_id_ranges(mailings)
    assert found.strays == frozenset()
    assert found.ranges == tuple(IdRange(one, papers[-1], papers[0]) for one, papers in mailings.items())


@given(sizes, st.data())
def test_a_paper_inside_another_mailing_is_the_only_stray(counts: list[int], data: st.DataObject) -> None:
    mailings = in_order(counts)
    source, target = data.draw(st.permutations(sorted(mailings)).map(lambda days: days[:2]))
    paper = mailings[source][1]  # neither the first nor the last: a neighbour's range could hold those as well
    mailings[source].remove(paper)
    mailings[target].append(paper)
    found = find_id_ranges(mailings)
    if abs((source - target).days) > 1:
        assert found.strays == {(target, paper)}
        assert {one.day for one in found.around(paper) if one} == {source}
    else:
        assert len(found.strays) == 1  # next door, paper and neighbour may both be the one that moved


def test_late_cross_lists_and_ids_of_the_old_style_widen_no_range() -> None:
    found = find_id_ranges({day(0): ids(1, 2, 3), day(1): [*ids(4, 5, 2), PaperId("cs/0401001")]})
    assert [(one.first, one.last) for one in found.ranges] == [tuple(ids(1, 3)), tuple(ids(4, 5))]
    assert found.strays == {(day(1), ids(2)[0])}


def test_an_id_between_two_ranges_has_both_around_it() -> None:
    found = find_id_ranges({day(0): ids(1, 2), day(1): ids(5, 6)})
    assert found.around(ids(3)[0]) == (found.of(day(0)), found.of(day(1)))
    assert found.around(ids(0)[0]) == (None, found.of(day(0)))
    assert found.around(ids(9)[0]) == (found.of(day(1)), None)


def test_without_mailings_there_are_no_ranges() -> None:
    found = find_id_ranges({})
    assert (found.ranges, found.of(day(0)), found.around(ids(1)[0])) == ((), None, (None, None))
