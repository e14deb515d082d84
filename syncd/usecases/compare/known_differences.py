"""Differences that a person has accepted: recorded with a note, and kept out of later comparisons while they stay the same.

It judges no difference.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.archive.sql.accepted import Acceptance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.results import Comparison
    from syncd.usecases.workspace import Workspace


def quiet(work: Workspace, pieces: Iterable[Comparison]) -> Iterator[Comparison]:
    """The pieces with what is accepted set aside; a difference whose values changed since is new again."""
    known = work.store.list_accepted()
    for piece in pieces:
        aside = tuple(change for change in piece.changes if replace(change, detail="") in known)
        fresh = tuple(change for change in piece.changes if replace(change, detail="") not in known)
        yield replace(piece, changes=fresh, accepted=(*piece.accepted, *aside))


def accept(work: Workspace, compared: Comparison, note: str) -> int:
    """Record all its differences as known; their number. Idempotent, a newer note replaces an older one."""
    moment = work.wall()
    work.store.accept(*(Acceptance(replace(change, detail=""), note, moment) for change in compared.changes))
    return len(compared.changes)
