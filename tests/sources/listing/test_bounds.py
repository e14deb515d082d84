"""Listing pages that are refused before the HTML parser sees them."""

from __future__ import annotations

import pytest

from syncd.core.errors import LayoutUnknown
from syncd.sources import listing
from syncd.sources.listing.bounds import check_depth
from tests.support import listing_pages as pages


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("<body", "<div>" * 500_000 + "<body", "too-deep"),
        ("<dd>", "<dd>" + "<div></b>" * 65, "too-deep"),
        ("<dd>", "<dd>" + "</div>" * 100 + "<DIV><p>" * 65, "too-deep"),
        ("<dl", "<b>" * 65 + "<dl", "too-deep"),
        ("<dd>", "<dd>" + "x" * (600 << 10), "too-long"),
        ("<dd>", "<dd>" + "&" * (600 << 10), "too-long"),
        ("</dl>", "<dt>" * 5_001 + "</dl>", "too-many-elements"),
    ],
)
def test_a_page_larger_than_any_of_arxivs_is_refused_before_it_is_parsed(
    monkeypatch: pytest.MonkeyPatch, old: str, new: str, reason: str
) -> None:
    monkeypatch.setattr("syncd.sources.listing.reader.LexborHTMLParser", None)
    with pytest.raises(LayoutUnknown) as refused:
        listing.read(pages.new_page().decode().replace(old, new, 1).encode())
    assert refused.value.reason == reason


def test_elements_beside_each_other_are_not_deep() -> None:
    check_depth("<div><b></b></div>" * 1_000 + "<p>" * 1_000 + "<dt><dd><li>" * 1_000 + "<br><img src=x>" * 1_000)
