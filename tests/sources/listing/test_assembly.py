"""The parts of one mailing put together, and the guards that need only the pages."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import GuardRefused, LayoutUnknown, PageError, PartialPage
from syncd.core.model import Listing, Section
from syncd.sources import listing
from tests.support import listing_pages as pages
from tests.support.listing_pages import CROSS, DAY, NEW, REPLACED, Row, accepted, ids, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def test_a_mailing_ascends_as_announced_and_keeps_replacements_as_ids() -> None:
    found = accepted(pages.new_page())
    assert found.day == DAY
    assert [paper.id for paper in found.new] == ids(NEW)
    assert [paper.id for paper in found.cross] == ids(CROSS)
    assert list(found.replaced) == ids(REPLACED)
    assert found.source == "new"


def parts() -> tuple[bytes, bytes]:
    """The good page in two parts, cut inside the cross-lists."""
    first = pages.block("New submissions (showing 3 of 3 entries)", NEW, 1) + pages.block(
        "Cross submissions (showing first 1 of 2 entries)", CROSS[:1], 4
    )
    second = pages.block("Cross submissions (continued, showing last 1 of 2 entries)", CROSS[1:], 5) + pages.block(
        "Replacement submissions (showing 2 of 2 entries)", REPLACED, 6
    )
    return pages.new_page(content=first), pages.new_page(content=second)


def test_parts_join_to_the_whole() -> None:
    assert accepted(*parts()) == accepted(pages.new_page())


def test_the_page_after_the_last_of_a_catchup_day_adds_nothing() -> None:
    beyond = pages.catchup_page(content="<div>No further updates for Wed, 07 Apr 2021</div>")
    assert accepted(pages.catchup_page(), beyond) == accepted(pages.catchup_page())
    assert refusal(PartialPage, beyond) == "missing-entries"


def test_the_headings_day_is_taken_when_none_is_asked_for() -> None:
    assert accepted(pages.new_page(), day=None).day == DAY


@pytest.mark.parametrize("continues", [True, False])
def test_an_empty_dated_mailing_is_a_listing_without_entries(continues: bool) -> None:
    body = pages.empty_catchup_page(next_day=date(2021, 4, 5) if continues else None)
    page = listing.read(body)
    assert (page.is_empty, page.links_next_day) == (True, continues)
    assert listing.assemble([page], "cs.CV", date(2021, 4, 4)) == Listing(date(2021, 4, 4), (), (), (), "catchup")


def test_new_without_updates_is_an_empty_mailing() -> None:
    assert accepted(pages.empty_new_page()) == Listing(DAY, (), (), (), "new")


def test_a_catchup_page_that_lags_behind_its_own_total_is_partial() -> None:
    body = pages.empty_catchup_page("Wed, 07 Apr 2021", total=95)
    assert not listing.read(body).is_empty
    assert refusal(PartialPage, body) == "missing-entries"


def of(new: Sequence[Row] = NEW, cross: Sequence[Row] = CROSS, replaced: Sequence[Row] = REPLACED) -> bytes:
    return pages.new_page(content=pages.sections(new, cross, replaced), total=len(new) + len(cross) + len(replaced))


def swapped(body: bytes, one: bytes, other: bytes) -> bytes:
    return body.replace(one, b"\1").replace(other, one).replace(b"\1", other)


GUARDS: list[tuple[str, Callable[[], bytes], type[PageError], str]] = [
    ("another day", lambda: pages.new_page("Tuesday, 6 April 2021"), GuardRefused, "wrong-date"),
    ("month page", lambda: pages.month_page(NEW), LayoutUnknown, "not-a-mailing"),
    ("fewer in a section", lambda: of().replace(b"of 3 entries", b"of 4 entries"), PartialPage, "missing-entries"),
    ("fewer than shown", lambda: of().replace(b"showing 3", b"showing 4"), PartialPage, "missing-entries"),
    ("more than shown", lambda: of().replace(b"showing 3", b"showing 2"), GuardRefused, "count-skew"),
    ("more in a section", lambda: of().replace(b"of 3 entries", b"of 2 entries"), GuardRefused, "count-skew"),
    ("fewer than the total", lambda: of().replace(b"Total of 7", b"Total of 8"), PartialPage, "missing-entries"),
    ("more than the total", lambda: of().replace(b"Total of 7", b"Total of 6"), GuardRefused, "count-skew"),
    ("no total", lambda: pages.new_page(total=None), LayoutUnknown, "totals"),
    ("a number left out", lambda: of().replace(b"item7'>[7]", b"item8'>[8]"), PartialPage, "missing-entries"),
    ("a number twice", lambda: of().replace(b"item7'>[7]", b"item6'>[6]"), GuardRefused, "count-skew"),
    ("twice in new", lambda: of(new=[NEW[0], NEW[0]]), GuardRefused, "duplicate-id"),
    ("new and replaced", lambda: of(replaced=[Row(NEW[0].id, mark="replaced")]), GuardRefused, "duplicate-id"),
    ("new descends", lambda: of(new=NEW[::-1]), GuardRefused, "order-broken"),
    ("cross descends", lambda: of(cross=CROSS[::-1]), GuardRefused, "order-broken"),
    ("cross before new", lambda: swapped(of(), b">New sub", b">Cross sub"), GuardRefused, "sections-skewed"),
    ("new twice", lambda: of().replace(b">Cross sub", b">New sub"), GuardRefused, "sections-skewed"),
    ("mark in new", lambda: of(new=[Row("2104.02001", mark="cross-list from cs.LG")]), GuardRefused, "sections-skewed"),
    ("no mark in cross", lambda: of(cross=[Row("2104.02003", ("cs.LG", "cs.CV"))]), GuardRefused, "sections-skewed"),
    ("replaced in new", lambda: of(new=[Row("2104.02001", mark="replaced")]), GuardRefused, "sections-skewed"),
    (
        "another primary in new",
        lambda: of(new=[Row("2104.02001", ("cs.LG", "cs.CV"))]),
        GuardRefused,
        "sections-skewed",
    ),
    (
        "own primary in cross",
        lambda: of(cross=[Row("2104.02003", mark="cross-list from cs.CV")]),
        GuardRefused,
        "sections-skewed",
    ),
    (
        "mark of another category",
        lambda: of(cross=[Row("2104.02003", ("cs.LG", "cs.CV"), "cross-list from cs.RO")]),
        GuardRefused,
        "sections-skewed",
    ),
    (
        "not of the category",
        lambda: of(cross=[Row("2104.02003", ("cs.LG", "cs.RO"), "cross-list from cs.LG")]),
        GuardRefused,
        "wrong-category",
    ),
    (
        "another category's links",
        lambda: of().replace(b"/list/cs.CV/", b"/list/cs.RO/"),
        GuardRefused,
        "wrong-category",
    ),
    (
        "no abstract",
        lambda: of().replace(b"<p class='mathjax'>", b"<p class='mathjax'></p><span>", 1),
        PartialPage,
        "missing-abstract",
    ),
    (
        "abstracts left out",
        lambda: re.sub(rb"<p class.*?</p>", b"", of(), flags=re.DOTALL),
        PartialPage,
        "missing-abstract",
    ),
    ("no title", lambda: of(new=[Row("2104.02001", title="<!-- -->")]), PartialPage, "missing-title"),
    ("id of a later month", lambda: of(new=[*NEW, Row("2105.00001")]), GuardRefused, "implausible-ids"),
    ("id of two months before", lambda: of(new=[Row("2102.09999"), *NEW]), GuardRefused, "implausible-ids"),
    (
        "cross of a later month",
        lambda: of(cross=[Row("2105.00003", ("cs.LG", "cs.CV"), "cross-list from cs.LG")]),
        GuardRefused,
        "implausible-ids",
    ),
    (
        "a continued beginning",
        lambda: of().replace(b"(showing 3", b"(continued, showing 3"),
        PartialPage,
        "missing-entries",
    ),
]


@pytest.mark.parametrize(
    ("make", "error", "reason"), [guard[1:] for guard in GUARDS], ids=[guard[0] for guard in GUARDS]
)
def test_a_guard_speaks(make: Callable[[], bytes], error: type[PageError], reason: str) -> None:
    assert refusal(error, make()) == reason


def test_a_refusal_names_the_day() -> None:
    with pytest.raises(GuardRefused) as caught:
        accepted(pages.new_page("Tuesday, 6 April 2021"))
    assert caught.value.day == DAY


def test_ids_of_the_month_before_are_plausible() -> None:
    rows = [Row("2103.17001"), *NEW]
    assert [paper.id for paper in accepted(of(new=rows)).new] == ids(rows)


def test_parts_must_be_whole_in_order_and_of_one_state() -> None:
    first, second = parts()
    assert refusal(PartialPage, first) == "missing-entries"
    assert refusal(PartialPage, second) == "missing-entries"
    assert refusal(PartialPage, second, first) == "missing-entries"
    assert refusal(GuardRefused, first, first) == "sections-skewed"
    assert refusal(GuardRefused, first, second.replace(b"Total of 7", b"Total of 8")) == "parts-differ"
    assert refusal(GuardRefused, first, second.replace(b"Wednesday, 7", b"Thursday, 8")) == "parts-differ"
    assert refusal(GuardRefused, first, second.replace(b"last 1 of 2", b"last 1 of 3")) == "parts-differ"


def test_nothing_is_no_mailing() -> None:
    with pytest.raises(LayoutUnknown):
        listing.assemble([], "cs.CV", None)


GOOD = pages.new_page()
GOOD_IDS = tuple(ids(NEW)), tuple(ids(CROSS)), tuple(ids(REPLACED))


def assert_same_ids_or_refused(body: bytes) -> None:
    try:
        found = accepted(body, day=None)
    except PageError:
        return
    assert (tuple(p.id for p in found.new), tuple(p.id for p in found.cross), found.replaced) == GOOD_IDS


@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 60), st.binary(max_size=4)), min_size=1, max_size=4
    )
)
def test_damage_never_changes_which_papers_are_accepted(changes: list[tuple[int, int, bytes]]) -> None:
    body = GOOD
    for position, length, replacement in changes:
        body = body[:position] + replacement + body[position + length :]
    assert_same_ids_or_refused(body)


@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_a_lost_stretch_never_changes_which_papers_are_accepted(one: int, other: int) -> None:
    start, end = sorted((one, other))
    assert_same_ids_or_refused(GOOD[:start] + GOOD[end:])
    assert_same_ids_or_refused(GOOD[:start])


_ENTRY = re.compile(r"### \d+\.(.*)  \[ :arrow_down: \]\(https://arxiv\.org/pdf/(.*)\.pdf\)\n>  (.*?) *\n")


def seed(seeds: list[bytes], day: str) -> list[tuple[str, str, str]]:
    """(id, title, abstract) of a real digest, in file order."""
    (text,) = (body.decode() for body in seeds if body.decode().startswith(f"# ArXiv cs.CV --{day}\n"))
    return [(match[2], match[1], match[3]) for match in _ENTRY.finditer(text)]


def in_file_order(found: Listing) -> list[tuple[str, str, str | None]]:
    return [(paper.id, paper.title, paper.abstract) for block in (found.new, found.cross) for paper in reversed(block)]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "names", "heading"),
    [
        ("app-2021-04-07", ["list_new"], "Wed, 7 Apr 2021"),
        ("app-2021-04-07", ["catchup_2021-04-07"], "Wed, 7 Apr 2021"),
        ("app-2021-04-07", ["catchup_2021-04-07", "catchup_2021-04-07_page2"], "Wed, 7 Apr 2021"),
        ("app-2021-04-07", ["list_new_skip0_show50", "list_new_skip50_show50"], "Wed, 7 Apr 2021"),
        ("app-2020-04-02", ["list_new"], "Thu, 2 Apr 2020"),
        ("app-2020-04-02", ["catchup_2020-04-02"], "Thu, 2 Apr 2020"),
    ],
)
def test_arxivs_own_pages_give_the_real_digest(
    shared: Path, seeds: list[bytes], folder: str, names: list[str], heading: str
) -> None:
    bodies = [(shared / "samples" / folder / f"{name}.html").read_bytes() for name in names]
    expected = seed(seeds, heading)
    assert expected
    assert in_file_order(accepted(*bodies, day=date.fromisoformat(folder.removeprefix("app-")))) == expected


@pytest.mark.shared
def test_arxivs_own_empty_pages_are_empty_mailings(shared: Path) -> None:
    samples = shared / "samples" / "app-2021-04-07"
    sunday = listing.read((samples / "catchup_2021-04-04_sunday.html").read_bytes())
    assert (sunday.is_empty, sunday.links_next_day, sunday.day) == (True, True, date(2021, 4, 4))
    assert listing.assemble([sunday], "cs.CV", date(2021, 4, 4)).new == ()
    empty = listing.read((samples / "list_q-bio.NC_new_empty.html").read_bytes())
    assert listing.assemble([empty], "q-bio.NC", DAY) == Listing(DAY, (), (), (), "new")
    with pytest.raises(GuardRefused):
        listing.assemble([empty], "cs.CV", DAY)


@pytest.mark.shared
def test_a_live_new_page_marks_and_primaries_agree_with_its_sections(shared: Path) -> None:
    page = listing.read((shared / "samples" / "list-new-2026-08" / "arxiv_listing_sample.html").read_bytes())
    assert (page.kind, page.day) == ("new", date(2026, 8, 12))
    for block in page.blocks:
        assert (block.shown, block.total, len(block.entries)) == (2, 2, 2)
        assert all(item.replaced == (block.section is Section.REPLACED) for item in block.entries)
        crosses = [item.cross_from == item.paper.categories[0] != "cs.AI" for item in block.entries]
        assert crosses == [block.section is Section.CROSS] * 2
    # It was cut by hand: no total, and numbers left out.
    with pytest.raises(PageError):
        listing.assemble([page], "cs.AI", page.day)


def test_a_mark_with_an_alias_of_the_primary_category_is_accepted() -> None:
    late = Row("2104.02003", ("eess.SY", "cs.CV"), "cross-list from cs.SY")
    assert ids([late])[0] in [paper.id for paper in accepted(of(cross=[late])).cross]
    other = Row("2104.02003", ("eess.SY", "cs.CV"), "cross-list from cs.NA")
    assert refusal(GuardRefused, of(cross=[other])) == "sections-skewed"


def test_a_page_under_an_alias_is_a_page_of_the_category() -> None:
    new = [Row("2104.02001", ("eess.SY",))]
    cross = [Row("2104.02003", ("cs.LG", "eess.SY"), "cross-list from cs.LG")]
    body = of(new=new, cross=cross, replaced=[]).replace(b"cs.CV", b"cs.SY")
    assert [paper.id for paper in accepted(body, category="eess.SY").new] == ids(new)
