from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.errors import LayoutUnknown, PageError, PartialPage
from syncd.core.model import Paper, PaperId, Version
from syncd.sources import abstract_page
from tests.support import listing_pages as pages

if TYPE_CHECKING:
    from pathlib import Path


def test_an_abstract_page_gives_the_text_shown_and_all_versions() -> None:
    page = abstract_page.read(pages.abstract_page())
    assert page.paper == Paper(
        PaperId("2104.02001"), "A Plain Study of $x &lt; y$", "We study plainly.", 2, ("cs.CV", "cs.LG")
    )
    assert page.versions == (
        Version(1, datetime(2021, 4, 5, 18, 0, 1, tzinfo=UTC)),
        Version(2, datetime(2021, 4, 6, 4, 20, 50, tzinfo=UTC)),
    )
    assert not page.withdrawn


def test_an_older_version_has_the_same_history() -> None:
    page = abstract_page.read(pages.abstract_page(shown=1))
    assert page.paper.version == 1
    assert len(page.versions) == 2


def test_a_withdrawal_is_a_fact_of_its_version() -> None:
    page = abstract_page.read(pages.abstract_page(withdrawn=True))
    assert [version.withdrawn for version in page.versions] == [False, True]
    assert page.withdrawn


def test_addresses_name_a_version_only_when_asked() -> None:
    paper = PaperId("cs/0401001")
    assert abstract_page.abstract_url("https://arxiv.example/", paper) == "https://arxiv.example/abs/cs/0401001"
    assert abstract_page.abstract_url("https://arxiv.example", paper, 2) == "https://arxiv.example/abs/cs/0401001v2"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'class="submission-history"', b'class="history"', "layout"),
        (b'class="title mathjax"', b'class="headline"', "layout"),
        (b"We study plainly.", b"", "layout"),
        (b"<blockquote", b'<h1 class="title">Another</h1><blockquote', "layout"),
        (b"view email", b"until 04:00 UTC", "versions"),
        (b"2104.02001v2</a> [cs.CV]", b"2104.02009v2</a> [cs.CV]", "entry-id"),
        (b"2104.02001v2</a> [cs.CV]", b"2104.02001</a> [cs.CV]", "entry-id"),
        (b"2104.02001v2</a> [cs.CV]", b"2104.02001v3</a> [cs.CV]", "versions"),
        (b"[v2]", b"[v3]", "versions"),
        (b"6 Apr 2021 04:20:50", b"6 Apr 2021 at 4", "versions"),
        (b"6 Apr 2021 04:20:50", b"36 Apr 2021 04:20:50", "versions"),
        (b"6 Apr 2021 04:20:50", b"6 Apr 2021 34:20:50", "versions"),
        (b"(cs.LG)", b"cs.LG", "subjects"),
        (b"plainly", b"pl\xffinly", "encoding"),
        (b"plainly", b"pl\0inly", "encoding"),
    ],
)
def test_what_is_not_understood_is_said_to_be_unknown(old: bytes, new: bytes, reason: str) -> None:
    body = pages.abstract_page()
    assert old in body
    with pytest.raises(LayoutUnknown) as caught:
        abstract_page.read(body.replace(old, new))
    assert caught.value.reason == reason


def test_a_listing_page_is_no_abstract_page() -> None:
    with pytest.raises(LayoutUnknown):
        abstract_page.read(pages.new_page())


def test_a_cut_page_is_partial() -> None:
    with pytest.raises(PartialPage) as caught:
        abstract_page.read(pages.abstract_page()[:-20])
    assert caught.value.reason == "truncated"


GOOD = pages.abstract_page()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 40), st.binary(max_size=4))
def test_damage_never_changes_whose_page_it_is(position: int, length: int, replacement: bytes) -> None:
    try:
        page = abstract_page.read(GOOD[:position] + replacement + GOOD[position + length :])
    except PageError:
        return
    assert page.paper.id == "2104.02001"


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused(noise: bytes) -> None:
    with pytest.raises(PageError):
        abstract_page.read(noise + b"</html>")


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "paper", "version", "categories"),
    [
        ("live-2026-08/abs_0902.4054_withdrawn", "0902.4054", 2, ("hep-ph",)),
        ("live-2026-08/abs_1207.7214", "1207.7214", 2, ("hep-ex",)),
        ("live-2026-08/abs_1706.03762", "1706.03762", 7, ("cs.CL", "cs.LG")),
        ("live-2026-08/abs_hep-th_9711200", "hep-th/9711200", 3, ("hep-th",)),
        ("app-2021-04-07/abs_2104.02703", "2104.02703", 1, ("cs.CV", "cs.AI")),
        ("app-2021-04-07/abs_2104.02703v1", "2104.02703", 1, ("cs.CV", "cs.AI")),
    ],
)
def test_real_pages_are_read(shared: Path, name: str, paper: str, version: int, categories: tuple[str, ...]) -> None:
    page = abstract_page.read((shared / "samples" / f"{name}.html").read_bytes())
    assert (page.paper.id, page.paper.version, page.paper.categories) == (paper, version, categories)
    assert [found.number for found in page.versions] == list(range(1, version + 1))
    assert page.withdrawn is name.endswith("withdrawn")
    assert page.paper.title
    assert page.paper.abstract
