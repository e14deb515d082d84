"""A digest made from a listing, and the bytes of its file.

It must not write a text that `parse` would call a fault, or touch a disk.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.digest.form import CATEGORY_NAME, DEFAULT_TAIL, find_forbidden, to_bytes
from syncd.core.markup import find_violations
from syncd.core.model import Certainty, Digest, Entry, PaperId, Section, paper_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syncd.core.model import Listing, Paper


def render(digest: Digest) -> bytes:
    """Return the bytes of a digest's file, after a check that no text can break its structure or bring markup into it.

    ValueError for such a text, for an invalid id, category or tail, and for a digest without papers, because an empty mailing
    has no file. Section, version and certainty leave no trace in the file. The caller is responsible for order and duplicates.
    """
    if not CATEGORY_NAME.fullmatch(digest.category) or digest.tail < 0 or not digest.entries:
        raise ValueError(f"not a digest of a mailing: {digest.category[:40]!r}, {len(digest.entries)} papers")
    for entry in digest.entries:
        paper_id(entry.id)
        _check_text(entry.id, entry.title, is_title=True)
        _check_text(entry.id, entry.abstract, is_title=False)
    return to_bytes(digest)


def from_listing(listing: Listing, category: str, *, before_next: bool = False) -> Digest:
    """Return the digest of an accepted listing: new submissions by descending id, then cross-lists by descending id.

    Every entry has its section and the certainty `listed`. The tail is the default one. A new paper that was fetched before the
    next mailing could revise it is version 1: say so by `before_next`. ValueError for a paper without abstract.
    """
    new = (_to_entry(paper, Section.NEW) for paper in _sort_descending(listing.new))
    if before_next:
        new = (replace(entry, version=1) for entry in new)
    cross = (_to_entry(paper, Section.CROSS) for paper in _sort_descending(listing.cross))
    return Digest(day=listing.day, category=category, entries=(*new, *cross), tail=DEFAULT_TAIL)


def _check_text(paper: PaperId, text: str, *, is_title: bool) -> None:
    if not text or text != text.strip(" "):
        raise ValueError(f"{paper}: a text that is empty or has outer blanks: {text[:40]!r}")
    if find_forbidden(text):
        raise ValueError(f"{paper}: a text with control characters: {text[:40]!r}")
    if wrong := find_violations(text, is_title=is_title):
        raise ValueError(f"{paper}: {wrong[0]}")


def _sort_descending(papers: Iterable[Paper]) -> list[Paper]:
    return sorted(papers, key=lambda paper: paper.id, reverse=True)


def _to_entry(paper: Paper, section: Section) -> Entry:
    if paper.abstract is None:
        raise ValueError(f"{paper.id}: a listing without abstracts makes no digest")
    return Entry(
        paper.id, paper.title, paper.abstract, section, paper.version, Certainty.LISTED, None, paper.paragraphs
    )
