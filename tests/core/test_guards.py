"""A listing is checked against the mailings around its date."""

from __future__ import annotations

from datetime import date

import pytest

from syncd.core.errors import GuardRefused
from syncd.core.guards import Surroundings, find_doubts
from syncd.core.model import Listing, Paper, PaperId, paper_id

DAY = date(2021, 4, 7)


def papers(*numbers: int) -> tuple[Paper, ...]:
    return tuple(Paper(paper_id(f"2104.{n:05}"), f"Title {n}", f"Abstract {n}.") for n in numbers)


def listing(*new: int, cross: tuple[int, ...] = ()) -> Listing:
    return Listing(DAY, papers(*new), papers(*cross), (), "new")


def ident(number: int) -> PaperId:
    return paper_id(f"2104.{number:05}")


def refused(given: Listing, around: Surroundings) -> str:
    with pytest.raises(GuardRefused) as caught:
        find_doubts(given, around, allow_shrink=False)
    return caught.value.reason


def test_an_ordinary_listing_raises_no_doubt() -> None:
    around = Surroundings(before=ident(9), after=ident(20), elsewhere={}, sizes=(3, 4, 5, 4, 3))
    assert find_doubts(listing(10, 11, 12), around, allow_shrink=False) == ()


def test_an_empty_archive_knows_nothing_and_doubts_nothing() -> None:
    assert find_doubts(listing(10, 11), Surroundings(), allow_shrink=False) == ()


def test_fewer_papers_than_held_are_refused() -> None:
    assert refused(listing(10, 11), Surroundings(held=3)) == "shrunk"


def test_fewer_papers_than_held_are_taken_when_the_user_allows_it() -> None:
    assert find_doubts(listing(10, 11), Surroundings(held=3), allow_shrink=True) == ()


def test_yesterdays_papers_under_todays_heading_are_a_stale_source() -> None:
    elsewhere = {ident(n): date(2021, 4, 6) for n in (10, 11)}
    assert refused(listing(10, 11, 12), Surroundings(elsewhere=elsewhere)) == "stale-source"


def test_one_paper_that_was_new_on_another_date_is_refused() -> None:
    assert (
        refused(listing(10, 11, 12), Surroundings(elsewhere={ident(10): date(2021, 4, 6)})) == "duplicate-across-days"
    )


def test_a_block_below_the_mailing_before_is_a_stale_source() -> None:
    assert refused(listing(10, 11, 30), Surroundings(before=ident(20))) == "stale-source"


def test_a_block_above_the_mailing_after_is_a_stale_source() -> None:
    assert refused(listing(10, 11, 12), Surroundings(after=ident(11))) == "stale-source"


def test_a_few_ids_outside_the_block_ask_for_a_second_source() -> None:
    (doubt,) = find_doubts(listing(10, 21, 22, 23), Surroundings(before=ident(20)), allow_shrink=False)
    assert "2104.00010" in doubt


def test_a_mailing_far_below_the_usual_size_asks_for_a_second_source() -> None:
    (doubt,) = find_doubts(listing(10), Surroundings(sizes=(80, 100, 90, 110, 95)), allow_shrink=False)
    assert doubt == "1 paper where 95 are usual"


def test_cross_lists_may_carry_any_old_id() -> None:
    assert find_doubts(listing(21, cross=(1, 2)), Surroundings(before=ident(20)), allow_shrink=False) == ()


def test_cross_lists_count_as_papers_of_the_mailing() -> None:
    assert find_doubts(listing(10, 11, cross=(1,)), Surroundings(held=3), allow_shrink=False) == ()
    assert refused(listing(10, cross=(1,)), Surroundings(held=3)) == "shrunk"
    assert find_doubts(listing(10, cross=(1,)), Surroundings(sizes=(8, 8, 8, 8, 8)), allow_shrink=False) == ()


def test_exactly_half_of_the_papers_known_from_another_date_is_not_yet_a_stale_source() -> None:
    elsewhere = {ident(10): date(2021, 4, 6), ident(11): date(2021, 4, 5)}
    with pytest.raises(GuardRefused) as caught:
        find_doubts(listing(9, 10, 11, 12), Surroundings(elsewhere=elsewhere), allow_shrink=False)
    assert caught.value.reason == "duplicate-across-days"
    assert str(caught.value).endswith("2 papers were new on another date, e.g. 2104.00010 on 2021-04-06")


def test_exactly_half_of_the_ids_outside_the_block_is_a_doubt_and_the_first_three_are_named() -> None:
    (doubt,) = find_doubts(listing(*range(11, 15), *range(21, 25)), Surroundings(before=ident(14)), allow_shrink=False)
    assert doubt == "4 new ids outside the day's block: 2104.00011, 2104.00012, 2104.00013"


def test_the_highest_id_before_and_the_lowest_after_lie_outside_the_block() -> None:
    around = Surroundings(before=ident(10), after=ident(13))
    (doubt,) = find_doubts(listing(10, 11, 12, 13), around, allow_shrink=False)
    assert doubt == "2 new ids outside the day's block: 2104.00010, 2104.00013"


def test_the_usual_size_needs_five_mailings() -> None:
    assert find_doubts(listing(10), Surroundings(sizes=(80, 100, 90, 110)), allow_shrink=False) == ()


def test_a_quarter_of_the_usual_size_is_enough() -> None:
    assert find_doubts(listing(10, 11), Surroundings(sizes=(8, 8, 8, 8, 8)), allow_shrink=False) == ()
    (doubt,) = find_doubts(listing(10), Surroundings(sizes=(8, 8, 8, 8, 8)), allow_shrink=False)
    assert doubt == "1 paper where 8 are usual"
