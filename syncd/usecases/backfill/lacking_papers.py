"""Find the reconstructed mailings that lack papers, by metadata that is fuller than that from which they were made.

A paper that was cross-listed later belongs to a later mailing, and metadata does not show when. So a cross-list counts as
missing only where its record is older than the digest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.model import Section, State
from syncd.usecases.backfill.lost_records import REASON

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Finding, Mailing, PaperId
    from syncd.usecases.backfill.infer import Inferred, Member
    from syncd.usecases.workspace import Workspace


def leave_out_doubtful(work: Workspace, inferred: Inferred, held: Mapping[date, Collection[PaperId]]) -> Inferred:
    """Return what was inferred without the papers of held days that may belong to other mailings."""
    if not held:
        return inferred
    rows, findings = work.store.mailings(min(held), max(held)), work.store.findings(min(held), max(held))
    members = dict(inferred.members)
    for day, ours in held.items():
        if rows[day].state is State.RECONSTRUCTED and _is_fuller(members[day], ours):
            members[day] = tuple(
                member
                for member in members[day]
                if member.id in ours or _is_surely_missing(work, member, rows[day], findings.get(day))
            )
    return replace(inferred, members=members)


def find_lacking(work: Workspace, inferred: Inferred, held: Mapping[date, Collection[PaperId]]) -> list[date]:
    """Return the reconstructed days that lack papers and have none too many, newest first."""
    rows = work.store.mailings(min(held), max(held)) if held else {}
    lacking = (
        day
        for day, ours in held.items()
        if rows[day].state is State.RECONSTRUCTED and _is_fuller(inferred.members[day], ours)
    )
    return sorted(lacking, reverse=True)


def _is_fuller(members: Sequence[Member], ours: Collection[PaperId]) -> bool:
    return set(ours) < {member.id for member in members}


def _is_surely_missing(work: Workspace, member: Member, row: Mailing, found: Finding | None) -> bool:
    """Return whether the digest should have had the paper when it was made, and no other mailing has it."""
    if work.store.list_appearances(member.id):
        return False
    if member.section is Section.NEW or (found is not None and found.error == REASON and member.id in found.evidence):
        return True
    known = work.store.paper(member.id)
    stamp = known.record.datestamp if known is not None else None
    return stamp is not None and stamp < row.recorded.date()
