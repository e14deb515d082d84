from __future__ import annotations

import re
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.errors import GuardRefused, LayoutUnknown, PageError, PartialPage
from syncd.core.model import Listing, Section
from syncd.sources import listing
from tests.support import listing_pages as pages
from tests.support.listing_pages import CROSS, NEW, REPLACED, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BASE = "https://arxiv.example"
DAY = date(2021, 4, 7)


def accepted(*bodies: bytes, day: date | None = DAY, category: str = "cs.CV") -> Listing:
    return listing.assemble([listing.read(body) for body in bodies], category, day)


def refusal(error: type[PageError], *bodies: bytes, day: date | None = DAY, category: str = "cs.CV") -> str:
    with pytest.raises(PageError) as caught:
        accepted(*bodies, day=day, category=category)
    assert type(caught.value) is error, f"{caught.value.reason}: {caught.value}"
    return caught.value.reason


def ids(rows: Sequence[Row]) -> list[str]:
    return [row.id for row in rows]


# Addresses


def test_addresses_ask_for_the_largest_window_and_nothing_superfluous() -> None:
    assert listing.new_url(BASE, "cs.CV") == f"{BASE}/list/cs.CV/new"
    assert listing.new_url(BASE + "/", "cs.CV", 2000) == f"{BASE}/list/cs.CV/new?skip=2000&show=2000"
    assert listing.recent_url(BASE, "cs.CV") == f"{BASE}/list/cs.CV/recent?skip=0&show=2000"
    assert listing.month_url(BASE, "cs.CV", 2021, 4) == f"{BASE}/list/cs.CV/2021-04?skip=0&show=2000"
    assert listing.catchup_url(BASE, "cs.CV", DAY) == f"{BASE}/catchup/cs.CV/2021-04-07?abs=True&page=1"


@pytest.mark.parametrize(
    ("total", "url", "expected"),
    [
        (7, "/list/cs.CV/new", None),
        (8, "/list/cs.CV/new", "/list/cs.CV/new?skip=7&show=2000"),
        (95, "/list/cs.CV/new?skip=0&show=50", "/list/cs.CV/new?skip=7&show=50"),
    ],
)
def test_the_part_after_a_page_follows_from_its_stated_counts_and_total(
    total: int, url: str, expected: str | None
) -> None:
    found = listing.next_url(listing.read(pages.new_page(total=total)), BASE + url)
    assert found == (None if expected is None else BASE + expected)


def test_recent_and_month_pages_show_50_when_nothing_is_said() -> None:
    recent = listing.read(pages.recent_page([("Wed, 7 Apr 2021 (showing first 3 of 60 entries )", NEW)], 60))
    month = listing.read(pages.month_page(NEW, 60))
    assert listing.next_url(recent, f"{BASE}/list/cs.CV/recent") == f"{BASE}/list/cs.CV/recent?skip=50&show=50"
    assert listing.next_url(month, listing.month_url(BASE, "cs.CV", 2021, 4)) is None


def test_catchup_is_paged_by_number() -> None:
    url = listing.catchup_url(BASE, "cs.CV", DAY)
    assert listing.next_url(listing.read(pages.catchup_page(total=8)), url) == url.replace("page=1", "page=2")
    assert listing.next_url(listing.read(pages.catchup_page(total=7)), url) is None


def test_nothing_follows_a_page_without_entries() -> None:
    lagging = listing.read(pages.empty_catchup_page(total=5000))
    assert listing.next_url(lagging, listing.catchup_url(BASE, "cs.CV", DAY)) is None


# Reading


def test_a_page_of_today_is_read_whole() -> None:
    page = listing.read(pages.new_page())
    assert (page.kind, page.day, page.category, page.total, page.first) == ("new", DAY, "cs.CV", 7, 1)
    assert [(block.section, block.shown, block.total) for block in page.blocks] == [
        (Section.NEW, 3, 3),
        (Section.CROSS, 2, 2),
        (Section.REPLACED, 2, 2),
    ]
    assert [item.cross_from for item in page.entries] == [None, None, None, "cs.LG", "eess.IV", None, None]
    assert [item.replaced for item in page.entries] == [False] * 5 + [True] * 2


def test_an_entry_gives_canonical_texts_and_the_primary_category_first() -> None:
    row = Row(
        "2104.02001", ("cs.CV", "cs.RO"), title="Who&#39;s  &lt;there&gt;", abstract="It&#39;s one.\n  Two &amp; three."
    )
    page = listing.read(pages.new_page(content=pages.sections([row], [], []), total=1))
    (paper,) = page.blocks[0].papers
    assert paper.title == "Who's &lt;there&gt;"
    assert paper.abstract is not None
    assert paper.abstract.startswith("It's one.")
    assert paper.abstract.endswith("Two &amp; three.")
    assert paper.categories == ("cs.CV", "cs.RO")
    assert paper.version is None


def test_a_page_saved_by_a_browser_has_absolute_links() -> None:
    body = pages.new_page().replace(b'href ="/abs/', b'href="https://arxiv.org/abs/')
    assert accepted(body).new == accepted(pages.new_page()).new


def test_ids_are_taken_from_the_entry_and_not_from_what_an_abstract_cites() -> None:
    cites = 'As <a href="/abs/2001.00001" title="Abstract" id="2001.00001">arXiv:2001.00001</a> says.'
    page = listing.read(pages.new_page(content=pages.sections([Row("2104.02001", abstract=cites)], [], []), total=1))
    assert [item.paper.id for item in page.entries] == ["2104.02001"]


def test_old_style_ids_are_known() -> None:
    rows = [*CROSS, Row("cs/0401001", ("cs.LG", "cs.CV"), "cross-list from cs.LG")]
    body = pages.new_page(content=pages.sections(NEW, rows, []), total=6)
    assert [paper.id for paper in accepted(body).cross] == ids(rows)


@pytest.mark.parametrize("day", ["Wed,  7 Apr 21", "Wed, 7 Apr 2021", "Wednesday, 7 April 2021", "Wed, 07 Apr 2021"])
def test_pages_of_2015_to_2024_are_read_like_todays(day: str) -> None:
    old, new = accepted(pages.old_new_page(day)), accepted(pages.new_page())
    assert old == new


def test_a_heading_may_name_its_section_and_day_at_once() -> None:
    body = pages.new_page()
    for name in (b"New", b"Cross", b"Replacement"):
        body = body.replace(name + b" submissions (", name + b" submissions for Wednesday, 7 April 2021 (")
    assert accepted(body) == accepted(pages.new_page())


def test_catchup_says_the_same_as_new() -> None:
    caught = accepted(pages.catchup_page())
    assert caught.source == "catchup"
    assert (caught.new, caught.cross, caught.replaced) == (
        (new := accepted(pages.new_page())).new,
        new.cross,
        new.replaced,
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body><h1>Please verify that you are human</h1></body></html>", "no-heading"),
        (b"<html><body>arXiv is down for maintenance.</body></html>", "no-heading"),
        (b"<!DOCTYPE html><html></html>", "no-heading"),
        (pages.new_page(content="", total=None), "no-entries"),
        (pages.new_page(content="", total=0), "no-entries"),
        (pages.new_page().replace(b"New submissions (", b"Fresh submissions ("), "headings"),
        (pages.new_page().replace(b"Wednesday, 7", b"Thursday, 7"), "heading-date"),
        (pages.new_page().replace(b"7 April", b"31 April"), "heading-date"),
        (pages.new_page().replace(b"7 April", b"7 Avril"), "heading-date"),
        (pages.new_page().replace(b"Cross submissions (", b"Cross submissions for Thu, 8 Apr 2021 ("), "headings"),
        (pages.new_page().replace(b'id="2104.02001">', b'id="2104.02009">'), "entry-id"),
        (pages.new_page().replace(b"arXiv:2104.02001", b"arXiv:2104.02009"), "entry-id"),
        (pages.new_page().replace(b'"/abs/2104.02001"', b'"/abs/2104.02009"'), "entry-id"),
        (pages.new_page().replace(b"2104.02001", b"2104.02001v1"), "entry-id"),
        (pages.new_page().replace(b"[2]</a>", b"[9]</a>"), "entry-id"),
        (pages.new_page().replace(b"<dt>", b"<p>", 1), "entries"),
        (pages.new_page().replace(b"list-title", b"headline", 1), "entries"),
        (pages.new_page().replace(b"list-subjects", b"topics", 1), "entries"),
        (pages.new_page().replace(b"(cs.CV)</span>", b"cs.CV</span>", 1), "subjects"),
        (pages.new_page().replace(b"; Machine Learning (cs.LG)", b"; Machine Learning"), "subjects"),
        (pages.new_page().replace(b"New submissions (", b"Wed, 7 Apr 2021 ("), "headings"),
        (
            pages.new_page().replace(b"<h1>", b"<h3>Showing new listings for Thursday, 8 April 2021</h3><h1>"),
            "headings",
        ),
        (pages.new_page().replace(b"<h3>New submissions (showing 3 of 3 entries)</h3>", b""), "entries"),
        (pages.new_page().replace(b"<p class", b"<p>Once more.</p><p class", 1), "entries"),
        (
            pages.new_page().replace(
                b'[<a href="/pdf', b'<a href="/abs/2104.02009">arXiv:2104.02009</a> [<a href="/pdf', 1
            ),
            "entry-id",
        ),
        (
            pages.new_page().replace(b"(cross-list from cs.LG)", b"(cross-list from cs.LG) (cross-list from cs.RO)"),
            "entry-id",
        ),
        (pages.month_page(NEW, month="April 0000"), "heading-date"),
        (pages.new_page().replace(b"Total of 7", b"Total of 8", 1), "totals"),
        (pages.new_page().replace(b"A Study", b"A St\xffdy", 1), "encoding"),
        (pages.new_page().replace(b"A Study", b"A St\0dy", 1), "encoding"),
        (pages.new_page().replace(b"<h1>", b"<h2>Authors and titles for recent submissions</h2><h1>"), "headings"),
    ],
)
def test_what_is_not_understood_is_said_to_be_unknown(body: bytes, reason: str) -> None:
    assert refusal(LayoutUnknown, body) == reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        pages.new_page().removesuffix(b"</html>"),
        pages.new_page()[:4000],
        pages.new_page(content=pages.sections([Row("2104.02001", title="Über")], [], [])).split(b"\x9c")[0],
        re.sub(rb"<dd>.*?</dd>", b"", pages.new_page(), count=1, flags=re.DOTALL),
        re.sub(rb"(.*)<dd>.*?</dd>", rb"\1", pages.new_page(), count=1, flags=re.DOTALL),
    ],
)
def test_a_cut_page_is_partial(body: bytes) -> None:
    assert refusal(PartialPage, body) == "truncated"


def test_comments_behind_the_end_are_not_damage() -> None:
    assert accepted(pages.new_page() + b"\n<!-- kept by a mirror -->\n<!-- twice -->\n") == accepted(pages.new_page())


@pytest.mark.parametrize("piece", [b"<dl", b"<!---->", b"<!--", b"Total of ", b"<", b"</dl>"])
def test_hostile_repetition_is_refused_without_delay(piece: bytes) -> None:
    for body in (piece * 20_000 + b"</html>", b"</html>" + piece * 20_000):
        with suppress(PageError):
            listing.read(body)


# Assembling


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


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_a_lost_stretch_never_changes_which_papers_are_accepted(one: int, other: int) -> None:
    start, end = sorted((one, other))
    assert_same_ids_or_refused(GOOD[:start] + GOOD[end:])
    assert_same_ids_or_refused(GOOD[:start])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_page_or_refused(noise: bytes, closed: bool) -> None:
    with suppress(PageError):
        listing.read(noise + (b"</html>" if closed else b""))


# /recent and month pages


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
def test_a_skewed_recent_day_is_marked_and_hides_no_other(
    days: list[tuple[str, list[Row]]], total: int, reasons: list[str | None]
) -> None:
    accounts = listing.list_recent_days(listing.read(pages.recent_page(days, total)))
    assert [account.reason for account in accounts] == reasons
    assert [account.is_trusted for account in accounts] == [reason is None for reason in reasons]


def test_parts_of_recent_that_do_not_meet_are_no_witness() -> None:
    heading = "Wed, 7 Apr 2021 (continued, showing last 1 of {} entries )"
    one = listing.read(pages.recent_page([("Wed, 7 Apr 2021 (showing first 2 of 4 entries )", WED[:2])], 4))
    far, other = (
        listing.read(pages.recent_page([(heading.format(total), WED[3:])], 4, start=start))
        for total, start in ((4, 4), (5, 3))
    )
    assert [account.reason for account in listing.list_recent_days([one, far])] == ["missing-entries"]
    assert [account.reason for account in listing.list_recent_days([one, other])] == ["count-skew"]
    later = listing.read(pages.recent_page([(heading.format(4), WED[3:])], 5, start=4))
    with pytest.raises(GuardRefused):
        listing.list_recent_days([one, later])


def test_a_hole_between_two_parts_of_a_recent_day_is_seen_before_the_day_ends() -> None:
    one = listing.read(pages.recent_page([("Wed, 7 Apr 2021 (showing first 1 of 9 entries )", WED[:1])], 9))
    two = listing.read(
        pages.recent_page([("Wed, 7 Apr 2021 (continued, showing 1 of 9 entries )", WED[1:2])], 9, start=3)
    )
    (account,) = listing.list_recent_days([one, two])
    assert (account.is_whole, account.reason) == (False, "missing-entries")


def test_recent_days_must_descend_and_stand_once() -> None:
    with pytest.raises(LayoutUnknown):
        listing.list_recent_days(listing.read(pages.recent_page(SOUND[::-1])))
    with pytest.raises(LayoutUnknown):
        listing.list_recent_days(listing.read(pages.recent_page([SOUND[0], SOUND[0]])))
    with pytest.raises(LayoutUnknown):
        listing.list_recent_days(listing.read(pages.new_page()))


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


# Real pages

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
@pytest.mark.parametrize(
    ("folder", "total"), [("app-2021-04-07", [95, 4, 0, 2, 2]), ("app-2020-04-02", [64, 4, 0, 2, 2])]
)
def test_arxivs_own_recent_page_accounts_for_five_days(shared: Path, folder: str, total: list[int]) -> None:
    samples = shared / "samples" / folder
    accounts = listing.list_recent_days(listing.read((samples / "list_recent_show2000.html").read_bytes()))
    assert [account.total for account in accounts] == total
    assert all(account.is_trusted and account.is_whole for account in accounts)
    mailing = accepted((samples / "list_new.html").read_bytes(), day=None)
    assert accounts[0].day == mailing.day
    assert accounts[0].new == tuple(paper.id for paper in reversed(mailing.new))
    assert accounts[0].cross == tuple(paper.id for paper in reversed(mailing.cross))


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
def test_arxivs_own_error_pages_are_unknown(shared: Path) -> None:
    samples = sorted((shared / "samples").glob("*/*400.html")) + sorted((shared / "samples").glob("*/abs_*.html"))
    assert samples
    for path in samples:
        assert refusal(LayoutUnknown, path.read_bytes(), day=None) == "no-heading"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "kind", "total"),
    [
        ("list_cs.CL_recent", "recent", 528),
        ("list_cs.CL_2026-01", "month", 2168),
        ("list_math.AG_2026-01", "month", 296),
    ],
)
def test_live_pages_are_read(shared: Path, name: str, kind: str, total: int) -> None:
    page = listing.read((shared / "samples" / "live-2026-08" / f"{name}.html").read_bytes())
    assert (page.kind, page.total, len(page.entries)) == (kind, total, 50)
    assert all((item.cross_from is None) == (item.paper.categories[0] == page.category) for item in page.entries)
    assert all(item.paper.title and item.paper.abstract is None for item in page.entries)


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


@pytest.mark.shared
@pytest.mark.parametrize("name", ["list_2015-03_dt_fragment", "new_2022-02_cs_new_fragment"])
def test_fragments_of_2015_and_2022_are_read_in_a_page_of_their_time(shared: Path, name: str) -> None:
    fragment = (shared / "samples" / "listing-fragments-old" / f"{name}.html").read_text()
    if "<dd>" not in fragment:
        fragment += pages.entry(1, Row("1503.07517")).split("</dt>")[1]
    body = pages.shell(f"<h3>New submissions for Thu, 10 Feb 22</h3><dl>{fragment}</dl>")
    (item,) = listing.read(body).entries
    assert item.number == 1
    assert item.paper.id in ("1503.07517", "2202.04643")
    assert item.paper.title
