"""What the order of a digest proves about its sections. It must not change that order."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core.model import Section, id_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syncd.core.model import Digest, Entry, PaperId


def find_ascents(ids: Sequence[PaperId]) -> list[int]:
    """Return the indexes of ids greater than the one before. Ids compare as strings, so that old-style ones are the greatest."""
    return [at for at, (before, one) in enumerate(pairwise(ids), 1) if one > before]


def find_late(ids: Sequence[PaperId]) -> list[int]:
    """Return the indexes of ids of an older month than the newest of them: papers that were cross-listed late."""
    # An id begins with its month, and nearly always all ids of a mailing with the same one. To read it from every id would take
    # longer than all the rest.
    if len({one[:4] for one in ids}) == 1 and ids[0][:4].isdecimal():
        return []
    begins = [one[: one.find("/") + 5] for one in ids]
    months = {begin: id_month(one) for begin, one in dict(zip(begins, ids, strict=True)).items()}
    newest = max(months.values(), default=None)
    late = {begin for begin, month in months.items() if month != newest}
    return [at for at, begin in enumerate(begins) if begin in late] if late else []


def describe_late(paper: PaperId) -> str:
    """Return in words that a paper was cross-listed late."""
    return f"{paper} is of an older month than this mailing's ids"


def add_certain_sections(digest: Digest) -> Digest:
    """Return the digest with the sections that its order proves. A section that is known already stays.

    Exactly one ascent of ids is the boundary between new submissions and cross-lists. Otherwise the boundary is invisible
    (or the order broken), and only the first entry is certainly new. Idempotent.
    """
    found = find_ascents([entry.id for entry in digest.entries])
    if len(found) == 1:
        proven = [Section.NEW if at < found[0] else Section.CROSS for at in range(len(digest.entries))]
    else:
        proven = [Section.NEW for _ in digest.entries[:1]]
    completed = (
        replace(entry, section=entry.section or section) for entry, section in zip(digest.entries, proven, strict=False)
    )
    return replace(digest, entries=(*completed, *digest.entries[len(proven) :]))


def count_sections(entries: Iterable[Entry]) -> tuple[int | None, int | None]:
    """Return how many entries are new and how many cross-listed. None for both where the section of one is not known."""
    sections = [entry.section for entry in entries]
    if None in sections:
        return None, None
    return sections.count(Section.NEW), sections.count(Section.CROSS)


def are_sections_in_order(entries: Iterable[Entry]) -> bool:
    """Return whether no new submission stands after a cross-list, as far as the sections are known."""
    known = [entry.section for entry in entries if entry.section is not None]
    return known == sorted(known, key=lambda section: section is Section.CROSS)
