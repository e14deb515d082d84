"""Which papers `/recent` and the month pages list."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import GuardRefused, LayoutUnknown, PageError, PartialPage
from syncd.sources import listing
from tests.support import listing_pages as pages
from tests.support.listing_pages import BASE, DAY, NEW, Row, accepted, ids

if TYPE_CHECKING:
    from pathlib import Path


def marked(*spec: str) -> list[Row]:
    """Rows from ids; one with a leading `x` is a cross-list."""
    return [
        Row(name[1:], ("cs.LG", "cs.CV"), "cross-list from cs.LG") if name.startswith("x") else Row(name)
        for name in spec
    ]


WED = marked("2104.02009", "2104.02004", "x2104.02008", "x2104.01999")
TUE = marked("2104.01500", "2104.01400", "x2104.01450")
SOUND = [("Wed, 7 Apr 2021 (showing 4 of 4 entries )", WED), ("Tue, 6 Apr 2021 (showing 3 of 3 entries )", TUE)]


def test_recent_gives_new_and_cross_ids_by_day() -> None:
    page = listing.read(pages.recent_page([*SOUND, ("Mon, 5 Apr 2021", ())]))
    wednesday, tuesday, monday = listing.list_recent_days(page)
    assert (wednesday.day, wednesday.new, wednesday.cross) == (
        DAY,
        ("2104.02009", "2104.02004"),
        ("2104.02008", "2104.01999"),
    )
    assert (wednesday.total, wednesday.is_whole, wednesday.is_trusted, wednesday.reason) == (4, True, True, None)
    assert (tuesday.new, tuesday.cross) == (("2104.01500", "2104.01400"), ("2104.01450",))
    assert (monday.day, monday.new, monday.total, monday.is_whole, monday.is_trusted) == (
        date(2021, 4, 5),
        (),
        0,
        True,
        True,
    )


def test_a_recent_day_may_span_two_parts() -> None:
    one = pages.recent_page([("Wed, 7 Apr 2021 (showing first 3 of 4 entries )", WED[:3])], 7)
    two = pages.recent_page(
        [("Wed, 7 Apr 2021 (continued, showing last 1 of 4 entries )", WED[3:]), SOUND[1]], 7, start=4
    )
    whole = listing.list_recent_days([listing.read(pages.recent_page(SOUND))])
    assert listing.list_recent_days([listing.read(one), listing.read(two)]) == whole
    (first,) = listing.list_recent_days(listing.read(one))
    assert (first.is_whole, first.is_trusted, first.total) == (False, True, 4)


@pytest.mark.parametrize(
    ("days", "total", "reasons"),
    [
        # After a recategorisation Wednesday borrows Tuesday's first paper, and Tuesday ends early.
        (
            [
                ("Wed, 7 Apr 2021 (showing 4 of 4 entries )", [WED[0], *WED[2:], TUE[0]]),
                ("Tue, 6 Apr 2021 (showing 2 of 3 entries )", TUE[1:]),
            ],
            7,
            ["sections-skewed", "missing-entries"],
        ),
        # The same without a cross-list on Wednesday: only Tuesday's early end shows it.
        (
            [
                ("Wed, 7 Apr 2021 (showing 2 of 2 entries )", [WED[0], TUE[0]]),
                ("Tue, 6 Apr 2021 (showing 2 of 3 entries )", TUE[1:]),
            ],
            5,
            ["shifted", "missing-entries"],
        ),
        ([("Wed, 7 Apr 2021 (showing 4 of 4 entries )", WED[:3]), SOUND[1]], 7, ["count-skew", None]),
        ([("Wed, 7 Apr 2021 (showing 4 of 3 entries )", WED), SOUND[1]], 7, ["count-skew", None]),
        ([("Wed, 7 Apr 2021", WED), SOUND[1]], 7, ["count-skew", None]),
        (
            [("Wed, 7 Apr 2021 (showing 4 of 4 entries )", [WED[1], WED[0], *WED[2:]]), SOUND[1]],
            7,
            ["order-broken", None],
        ),
        ([("Wed, 7 Apr 2021 (showing 4 of 4 entries )", [*WED[:2], *WED[:1:-1]]), SOUND[1]], 7, ["order-broken", None]),
        (
            [("Wed, 7 Apr 2021 (showing 4 of 4 entries )", [*WED[:3], TUE[2]]), SOUND[1]],
            7,
            ["duplicate-id", "duplicate-id"],
        ),
    ],
)
def test_a_shifted_recent_day_is_marked_and_hides_no_other(
    days: list[tuple[str, list[Row]]], total: int, reasons: list[str | None]
) -> None:
    found = listing.list_recent_days(listing.read(pages.recent_page(days, total)))
    assert [day.reason for day in found] == reasons
    assert [day.is_trusted for day in found] == [reason is None for reason in reasons]


def test_parts_of_recent_that_do_not_fit_together_are_not_trusted() -> None:
    heading = "Wed, 7 Apr 2021 (continued, showing last 1 of {} entries )"
    one = listing.read(pages.recent_page([("Wed, 7 Apr 2021 (showing first 2 of 4 entries )", WED[:2])], 4))
    far, other = (
        listing.read(pages.recent_page([(heading.format(total), WED[3:])], 4, start=start))
        for total, start in ((4, 4), (5, 3))
    )
    assert [day.reason for day in listing.list_recent_days([one, far])] == ["missing-entries"]
    assert [day.reason for day in listing.list_recent_days([one, other])] == ["count-skew"]
    later = listing.read(pages.recent_page([(heading.format(4), WED[3:])], 5, start=4))
    with pytest.raises(GuardRefused):
        listing.list_recent_days([one, later])


def test_a_hole_between_two_parts_of_a_recent_day_is_seen_before_the_day_ends() -> None:
    one = listing.read(pages.recent_page([("Wed, 7 Apr 2021 (showing first 1 of 9 entries )", WED[:1])], 9))
    two = listing.read(
        pages.recent_page([("Wed, 7 Apr 2021 (continued, showing 1 of 9 entries )", WED[1:2])], 9, start=3)
    )
    (day,) = listing.list_recent_days([one, two])
    assert (day.is_whole, day.reason) == (False, "missing-entries")


def test_recent_days_must_descend_and_appear_once() -> None:
    with pytest.raises(LayoutUnknown):
        listing.list_recent_days(listing.read(pages.recent_page(SOUND[::-1])))
    with pytest.raises(LayoutUnknown):
        listing.list_recent_days(listing.read(pages.recent_page([SOUND[0], SOUND[0]])))
    with pytest.raises(LayoutUnknown):
        listing.list_recent_days(listing.read(pages.new_page()))


def test_without_a_page_there_is_no_recent_list() -> None:
    with pytest.raises(LayoutUnknown):
        listing.list_recent_days([])


def test_a_day_continues_only_at_the_head_of_the_next_part_and_without_its_first_entry() -> None:
    start = ("Wed, 7 Apr 2021 (showing first 2 of 4 entries )", WED[:2])
    one = listing.read(pages.recent_page([start], 7))
    again = listing.read(pages.recent_page([start, SOUND[1]], 7, start=3))
    late = listing.read(
        pages.recent_page(
            [SOUND[1], ("Wed, 7 Apr 2021 (continued, showing last 2 of 4 entries )", WED[2:])], 7, start=3
        )
    )
    for parts in ([one, again], [one, late]):
        with pytest.raises(LayoutUnknown):
            listing.list_recent_days(parts)


def test_a_day_in_two_parts_lacks_entries_only_when_its_last_part_is_shown() -> None:
    one = listing.read(pages.recent_page([("Wed, 7 Apr 2021 (showing first 2 of 4 entries )", WED[:2])], 4))
    middle, last = (
        listing.read(pages.recent_page([(f"Wed, 7 Apr 2021 ({words} 1 of 4 entries )", WED[2:3])], 4, start=3))
        for words in ("continued, showing", "continued, showing last")
    )
    assert [day.reason for day in listing.list_recent_days([one, middle])] == [None]
    assert [day.reason for day in listing.list_recent_days([one, last])] == ["missing-entries"]


def test_a_month_gives_all_its_ids_ascending() -> None:
    one = listing.read(pages.month_page([*NEW], 5))
    two = listing.read(pages.month_page(marked("x2104.00003", "x2104.02003"), 5, start=4))
    assert one.day == date(2021, 4, 1)
    assert listing.month_ids([one, two]) == ("2104.00003", *ids(NEW)[:2], "2104.02003", "2104.02005")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (pages.month_page(NEW, 4), PartialPage),
        (pages.month_page(NEW, 2), GuardRefused),
        (pages.month_page([NEW[0], NEW[0]]), GuardRefused),
        (pages.month_page(NEW, month="May 2021"), GuardRefused),
        (pages.month_page(NEW, start=2), PartialPage),
        (pages.new_page(), LayoutUnknown),
    ],
)
def test_a_month_that_does_not_add_up_is_refused(body: bytes, error: type[PageError]) -> None:
    with pytest.raises(PageError) as caught:
        listing.month_ids([listing.read(body)])
    assert type(caught.value) is error


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "total"), [("app-2021-04-07", [95, 4, 0, 2, 2]), ("app-2020-04-02", [64, 4, 0, 2, 2])]
)
def test_arxivs_own_recent_page_lists_five_days(shared: Path, folder: str, total: list[int]) -> None:
    samples = shared / "samples" / folder
    days = listing.list_recent_days(listing.read((samples / "list_recent_show2000.html").read_bytes()))
    assert [day.total for day in days] == total
    assert all(day.is_trusted and day.is_whole for day in days)
    mailing = accepted((samples / "list_new.html").read_bytes(), day=None)
    assert days[0].day == mailing.day
    assert days[0].new == tuple(paper.id for paper in reversed(mailing.new))
    assert days[0].cross == tuple(paper.id for paper in reversed(mailing.cross))


@pytest.mark.shared
def test_arxivs_own_recent_parts_join(shared: Path) -> None:
    samples = shared / "samples" / "app-2021-04-07"
    first, second = (
        listing.read((samples / name).read_bytes()) for name in ("list_recent.html", "list_recent_skip50_show50.html")
    )
    url = f"{BASE}/list/cs.CV/recent"
    assert listing.next_url(first, url) == f"{url}?skip=50&show=50"
    assert listing.next_url(second, f"{url}?skip=50&show=50") == f"{url}?skip=100&show=50"
    whole = listing.list_recent_days(listing.read((samples / "list_recent_show2000.html").read_bytes()))
    joined = listing.list_recent_days([first, second])
    assert joined[:3] == whole[:3]
    assert (joined[3].is_whole, joined[3].is_trusted) == (False, True)


@pytest.mark.shared
def test_arxivs_own_month_page_holds_every_paper_of_its_mailings(shared: Path) -> None:
    samples = shared / "samples" / "app-2021-04-07"
    month = listing.month_ids([listing.read((samples / "list_2021-04_show2000.html").read_bytes())])
    mailing = accepted((samples / "list_new.html").read_bytes())
    assert len(month) == 101
    assert all(before < after for before, after in pairwise(month))
    assert {paper.id for paper in (*mailing.new, *mailing.cross)} < set(month)
