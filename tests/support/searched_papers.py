"""Mailings and papers for tests of the search, with texts, authors and categories that queries can tell apart."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from syncd.archive.sql.identity import Identity
from syncd.core.markup import plain
from syncd.core.model import Author, Certainty, Digest, Entry, Mailing, Metadata, Paper, PaperId, Section, State

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

NOW = datetime(2021, 4, 7, 0, 30, tzinfo=UTC)
MONDAY, TUESDAY, MAY = date(2021, 4, 5), date(2021, 4, 6), date(2021, 5, 3)
LINK = '<a class="link-https" href="https://u.example">this https URL</a>'
MULLER = "J\u00fcrgen M\u00fcller"
MAILINGS = {
    MONDAY: {
        "2104.00003": ("Edge-aware Depth from One Image", f"We estimate depth. See {LINK}", "K. Anders, Bo He", "cs.CV cs.LG"),
        "2104.00002": ("Sch\u00f6ne Bilder &lt;3", "A caf\u00e9 scene with 3D shapes and sharp edges.", MULLER, "cs.CV"),
        "2104.00001": ("Depth maps", "Nothing on images, only maps; a depth map is one image.", "Kai He", "cs.CV stat.ML"),
    },
    TUESDAY: {
        "2104.00009": ("Another Depth", "Short generation of text.", "Karl Bo-He", "cs.RO cs.CV"),
        "2104.00004": ("Generative Models", "ImageNet is general, and rotating is one word.", "", ""),
    },
    MAY: {"2105.00001": ("Depth of Rotation", "A stereo method, as we imagine.", "Anna de la Mar", "eess.IV cs.CV")},
}  # fmt: skip


def make_entry(paper: str, title: str, abstract: str, section: Section = Section.NEW) -> Entry:
    return Entry(PaperId(paper), title, abstract, section, 1, Certainty.LISTED)


def make_mailing(day: date, *entries: Entry) -> tuple[Mailing, Digest]:
    hashed = sha256(repr(entries).encode()).hexdigest()
    cross = sum(one.section is Section.CROSS for one in entries)
    counts = len(entries), len(entries) - cross, cross
    mailing = Mailing(day, State.COMPLETE, "new", "heading", None, hashed, 6, *counts, NOW)
    return mailing, Digest(day, "cs.CV", entries)


def put_mailing(store: Store, day: date, *entries: Entry) -> None:
    store.put_mailing(*make_mailing(day, *entries))


def create_identity(store: Store) -> None:
    store.create_identity(Identity("11111111-2222-3333-4444-555555555555", "cs.CV", NOW))


def fill(store: Store) -> None:
    """Put all of `MAILINGS` into a store without an identity."""
    create_identity(store)
    for day, papers in MAILINGS.items():
        put_mailing(
            store, day, *(make_entry(paper, *facts[:2], _find_section(facts[3])) for paper, facts in papers.items())
        )
        shown = [_make_paper(paper, *facts) for paper, facts in papers.items() if facts[3]]
        store.put_listed(shown, "new", NOW)


def _find_section(categories: str) -> Section:
    return Section.CROSS if categories and not categories.startswith("cs.CV") else Section.NEW


def _make_paper(paper: str, title: str, abstract: str, authors: str, categories: str) -> Paper:
    names = tuple(Author(name) for name in authors.split(", "))
    return Paper(PaperId(paper), title, abstract, 1, tuple(categories.split()), Metadata(authors=names))


def list_words(paper: str) -> str:
    """Return title and abstract of a paper as plain text."""
    texts = next(papers[paper] for papers in MAILINGS.values() if paper in papers)
    return plain(f"{texts[0]} {texts[1]}")
