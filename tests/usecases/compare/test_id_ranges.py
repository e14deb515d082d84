"""Blocks of ids: where each mailing's begins and ends, and which papers stand in the wrong one."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.model import PaperId
from syncd.usecases.compare.id_ranges import Block, blocks

START = date(2026, 7, 1)


def day(n: int) -> date:
    return START + timedelta(n)


def ids(*numbers: int) -> list[PaperId]:
    return [PaperId(f"2607.{number:05d}") for number in numbers]


sizes = st.lists(st.integers(3, 12), min_size=2, max_size=8)


def in_order(counts: list[int]) -> dict[date, list[PaperId]]:
    """Mailings of so many papers, their ids one after the other."""
    starts = [sum(counts[:n]) for n in range(len(counts))]
    return {
        day(n): ids(*range(start, start + count))[::-1]
        for n, (start, count) in enumerate(zip(starts, counts, strict=True))
    }


@given(sizes)
def test_mailings_in_order_have_no_strays_and_each_its_own_block(counts: list[int]) -> None:
    mailings = in_order(counts)
    found = blocks(mailings)
    assert found.strays == frozenset()
    assert found.blocks == tuple(Block(one, papers[-1], papers[0]) for one, papers in mailings.items())


@given(sizes, st.data())
def test_a_paper_inside_another_mailing_is_the_only_stray(counts: list[int], data: st.DataObject) -> None:
    mailings = in_order(counts)
    source, target = data.draw(st.permutations(sorted(mailings)).map(lambda days: days[:2]))
    paper = mailings[source][1]  # neither the first nor the last: a neighbour's block could hold those as well
    mailings[source].remove(paper)
    mailings[target].append(paper)
    found = blocks(mailings)
    if abs((source - target).days) > 1:
        assert found.strays == {(target, paper)}
        assert {block.day for block in found.around(paper) if block} == {source}
    else:
        assert len(found.strays) == 1  # next door, paper and neighbour may both be the one that moved


def test_late_cross_lists_and_ids_of_the_old_style_widen_no_block() -> None:
    found = blocks({day(0): ids(1, 2, 3), day(1): [*ids(4, 5, 2), PaperId("cs/0401001")]})
    assert [(block.first, block.last) for block in found.blocks] == [tuple(ids(1, 3)), tuple(ids(4, 5))]
    assert found.strays == {(day(1), ids(2)[0])}


def test_an_id_between_two_blocks_stands_between_them() -> None:
    found = blocks({day(0): ids(1, 2), day(1): ids(5, 6)})
    assert found.around(ids(3)[0]) == (found.of(day(0)), found.of(day(1)))
    assert found.around(ids(0)[0]) == (None, found.of(day(0)))
    assert found.around(ids(9)[0]) == (found.of(day(1)), None)


def test_without_mailings_there_are_no_blocks() -> None:
    found = blocks({})
    assert (found.blocks, found.of(day(0)), found.around(ids(1)[0])) == ((), None, (None, None))
