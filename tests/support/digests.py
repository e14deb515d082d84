"""Digests for the tests of their format: small ones, and a strategy that generates them."""

from __future__ import annotations

import unicodedata
from datetime import date

from hypothesis import strategies as st

from syncd.core import digest
from syncd.core.markup import find_violations
from syncd.core.model import Digest, Entry, PaperId

WEDNESDAY = date(2021, 4, 7)


def read_digest(data: bytes) -> Digest:
    parsed = digest.parse(data)
    assert parsed.digest is not None
    return parsed.digest


def a_digest(*entries: Entry, tail: int = 6) -> Digest:
    return Digest(WEDNESDAY, "cs.CV", entries, tail)


def an_entry(paper: str = "2104.09004", title: str = "A Title", abstract: str = "An abstract.") -> Entry:
    return Entry(PaperId(paper), title, abstract)


def of_ids(*papers: str) -> Digest:
    return a_digest(*(an_entry(paper) for paper in papers))


_PIECES = st.sampled_from(
    [
        "](",
        "[",
        ")",
        "### 1.",
        ">  ",
        "  [ :arrow_down: ](https://arxiv.org/pdf/2104.00001.pdf)",
        "1.",
        "3D",
        "&amp;",
        "&lt;",
        "$x_1$",
        "\\alpha",
        "# ArXiv cs.CV --Wed, 7 Apr 2021",
        "é",
        "漢字",
        "\N{GRINNING FACE}",
        "\u200d",
        "{",
        "`",
        "|",
        ".",
    ]
)
_LETTERS = st.text(
    st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"), exclude_characters="<>&"), max_size=9
)


def _sound(text: str, *, is_title: bool) -> bool:
    return bool(text) and not find_violations(text, is_title=is_title)


def _texts(*, is_title: bool) -> st.SearchStrategy[str]:
    joined = st.lists(_PIECES | _LETTERS, min_size=1, max_size=6).map("".join)
    tidy = joined.map(lambda text: unicodedata.normalize("NFC", " ".join(text.split())))
    return tidy.filter(lambda text: _sound(text, is_title=is_title))


_IDS = st.builds("21{:02}.{:05}".format, st.integers(1, 4), st.integers(0, 99999)) | st.builds(
    "cs/04{:02}{:03}".format, st.integers(1, 12), st.integers(0, 999)
)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    ids = draw(st.lists(_IDS, min_size=1, max_size=6, unique=True))
    cut = draw(st.integers(0, len(ids)))
    ordered = sorted(ids[:cut], reverse=True) + sorted(ids[cut:], reverse=True)
    entries = [Entry(PaperId(paper), draw(_texts(is_title=True)), draw(_texts(is_title=False))) for paper in ordered]
    return Digest(draw(st.dates()), "cs.CV", tuple(entries), draw(st.integers(0, 9)))
