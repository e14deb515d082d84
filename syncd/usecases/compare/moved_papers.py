"""Papers that the archive has in another mailing than upstream: two differences of two dates that are one.

It knows no source. Where a source itself knows in which mailing a paper belongs, its view says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.core.model import Change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.usecases.compare.source_view import OtherMailing
    from syncd.usecases.compare.versions import DayDifferences
    from syncd.usecases.workspace import Workspace

_ONLY_UPSTREAM = frozenset({"missing-local", "crosslist-added"})
_ONLY_LOCAL = frozenset({"missing-upstream", "crosslist-removed"})


@dataclass(slots=True)
class MovedPapers:
    """Differences of membership, held back until every date has been looked at.

    `exact` holds the dates whose source shows the section of every paper, and so lacks no paper of the mailing.
    """

    work: Workspace
    only_local: list[Change] = field(default_factory=list)
    only_upstream: list[Change] = field(default_factory=list)
    shown_by: dict[date, str] = field(default_factory=dict)
    exact: set[date] = field(default_factory=set)
    other_mailings: dict[tuple[date, PaperId], OtherMailing] = field(default_factory=dict)

    def take(self, found: DayDifferences) -> list[Change]:
        """Hold back what concerns membership, and return the other differences of the date."""
        view = found.view
        self.shown_by[view.day] = view.shown_by
        self.exact |= {view.day} if view.is_exact else set()
        self.other_mailings |= {(view.day, paper): other for paper, other in view.other_mailings.items()}
        if view.ours is None:
            return list(found.changes)  # a mailing that is not held at all is one gap, not many moves
        self.only_local += [change for change in found.changes if change.code in _ONLY_LOCAL]
        self.only_upstream += [change for change in found.changes if change.code in _ONLY_UPSTREAM]
        return [change for change in found.changes if change.code not in _ONLY_LOCAL | _ONLY_UPSTREAM]

    def match(self) -> tuple[Change, ...]:
        """Return what was held back, days ascending: each move once, under the date on which the archive has the paper."""
        moves = {(move.day, move.id): move for move in self._find_moves()}
        arrivals = {(move.theirs, move.id) for move in moves.values()}
        rest = [change for change in self.only_local if (change.day, change.id) not in moves]
        rest += [change for change in self.only_upstream if (change.day.isoformat(), change.id) not in arrivals]
        return tuple(sorted((*rest, *moves.values()), key=lambda change: change.day))

    def _find_moves(self) -> Iterator[Change]:
        upstream = {change.id: change for change in self.only_upstream}
        for change in self.only_local:
            other = self.other_mailings.get((change.day, change.id)) if change.id is not None else None
            seen = upstream.get(change.id)
            if other is not None and (seen is None or seen.day == other.day):
                yield _make_move(change.id, change.day, other.day, other.evidence)
            elif seen is not None:  # a listing of the date is stronger evidence than an id or a time
                yield self._move_as_seen(change.id, change.day, seen.day)
        local = {change.id for change in self.only_local}
        for change in self.only_upstream:
            if change.id is not None and change.id not in local:
                # The archive may hold it on a date that was not compared. An exact view of that date would have missed it.
                held = [one.day for one in self.work.store.list_appearances(change.id) if one.day not in self.exact]
                yield from (self._move_as_seen(change.id, day, change.day) for day in held[:1])

    def _move_as_seen(self, paper: PaperId | None, ours: date, theirs: date) -> Change:
        absent = f", {self.shown_by[ours]} does not" if ours in self.exact else ""
        return _make_move(paper, ours, theirs, f"{self.shown_by[theirs]} has it{absent}")


def _make_move(paper: PaperId | None, ours: date, theirs: date, evidence: str) -> Change:
    detail = f"in the mailing of {ours} here, of {theirs} upstream: {evidence}"
    return Change(ours, "wrong-day", paper, None, ours.isoformat(), theirs.isoformat(), detail)
