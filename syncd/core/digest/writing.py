"""A digest made of a listing, and its file made of it.

It must not write what `parse` would call a fault of text, or touch a disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.digest.form import CATEGORY_NAME, DEFAULT_TAIL, forbidden, to_bytes
from syncd.core.markup import violations
from syncd.core.model import Certainty, Digest, Entry, PaperId, Section, paper_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncd.core.model import Listing, Paper


def render(digest: Digest) -> bytes:
    """The file of a digest, of which every text has been proven unable to break its structure or to smuggle markup into it.

    ValueError where one could, where an id, the category or the tail is none, and for a digest without papers (an empty
    mailing has no file). Section, version and `placed` leave no trace; order and duplicates are the caller's.
    """
    if not CATEGORY_NAME.fullmatch(digest.category) or digest.tail < 0 or not digest.entries:
        raise ValueError(f"not a digest of a mailing: {digest.category[:40]!r}, {len(digest.entries)} papers")
    for entry in digest.entries:
        paper_id(entry.id)
        _refuse(entry.id, entry.title, is_title=True)
        _refuse(entry.id, entry.abstract, is_title=False)
    return to_bytes(digest)


def from_listing(listing: Listing, category: str) -> Digest:
    """The digest of an accepted listing: new submissions by descending id, then cross-lists by descending id.

    Entries are placed by the listing, know their section, and have the default tail. ValueError for a paper without abstract.
    """
    new = (_listed(paper, Section.NEW) for paper in _descending(listing.new))
    cross = (_listed(paper, Section.CROSS) for paper in _descending(listing.cross))
    return Digest(day=listing.day, category=category, entries=(*new, *cross), tail=DEFAULT_TAIL)


def _refuse(paper: PaperId, text: str, *, is_title: bool) -> None:
    if not text or text != text.strip(" "):
        raise ValueError(f"{paper}: a text that is empty or has outer blanks: {text[:40]!r}")
    if forbidden(text):
        raise ValueError(f"{paper}: a text with control characters: {text[:40]!r}")
    if wrong := violations(text, is_title=is_title):
        raise ValueError(f"{paper}: {wrong[0]}")


def _descending(papers: Iterable[Paper]) -> list[Paper]:
    return sorted(papers, key=lambda paper: paper.id, reverse=True)


def _listed(paper: Paper, section: Section) -> Entry:
    if paper.abstract is None:
        raise ValueError(f"{paper.id}: a listing without abstracts makes no digest")
    return Entry(paper.id, paper.title, paper.abstract, section, paper.version, Certainty.LISTED)
