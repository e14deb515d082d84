"""Differences that a person has accepted: recorded with a note, and left out of later comparisons while they stay the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.archive.sql.accepted import Acceptance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from syncd.core.results import Comparison
    from syncd.usecases.workspace import Workspace


def set_accepted_aside(work: Workspace, parts: Iterable[Comparison]) -> Iterator[Comparison]:
    """Move accepted differences of each part into `accepted`. One whose values changed since is a difference again."""
    known = work.store.list_accepted()
    for part in parts:
        # Details are words that may change from release to release, so they take no part in the comparison.
        aside = tuple(change for change in part.changes if replace(change, detail="") in known)
        fresh = tuple(change for change in part.changes if replace(change, detail="") not in known)
        yield replace(part, changes=fresh, accepted=(*part.accepted, *aside))


def accept(work: Workspace, compared: Comparison, note: str) -> int:
    """Record all differences as known and return their number. Idempotent: a newer note replaces an older one."""
    moment = work.wall()
    work.store.accept(*(Acceptance(replace(change, detail=""), note, moment) for change in compared.changes))
    return len(compared.changes)
