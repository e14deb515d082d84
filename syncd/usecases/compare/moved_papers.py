"""Papers that stand in another mailing here than there: two differences of two dates that are one.

It knows no source; where a source knows itself where a paper belongs, its statement says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.core.model import Change

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from syncd.core.model import PaperId
    from syncd.usecases.compare.statement import Elsewhere
    from syncd.usecases.compare.versions import Judged
    from syncd.usecases.workspace import Workspace

ONLY_THERE = frozenset({"missing-local", "crosslist-added"})
ONLY_HERE = frozenset({"missing-upstream", "crosslist-removed"})


@dataclass(slots=True)
class Moves:
    """Differences of membership, held back until every date was looked at."""

    work: Workspace
    here: list[Change] = field(default_factory=list)
    there: list[Change] = field(default_factory=list)
    told: dict[date, str] = field(default_factory=dict)
    exact: set[date] = field(default_factory=set)
    elsewhere: dict[tuple[date, PaperId], Elsewhere] = field(default_factory=dict)

    def take(self, judged: Judged) -> list[Change]:
        """Hold back what concerns membership; the rest of the date's differences."""
        statement = judged.statement
        self.told[statement.day] = statement.told
        self.exact |= {statement.day} if statement.is_exact else set()
        self.elsewhere |= {(statement.day, paper): place for paper, place in statement.elsewhere.items()}
        if statement.ours is None:
            return list(judged.changes)  # a mailing that is not held at all is one gap, not many moves
        self.here += [change for change in judged.changes if change.code in ONLY_HERE]
        self.there += [change for change in judged.changes if change.code in ONLY_THERE]
        return [change for change in judged.changes if change.code not in ONLY_HERE | ONLY_THERE]

    def settled(self) -> tuple[Change, ...]:
        """What was held back, days ascending: each move once, under the date on which the archive has the paper."""
        moves = {(change.day, change.id): change for change in self._moves()}
        gone = {(move.theirs, move.id) for move in moves.values()}
        rest = [change for change in self.here if (change.day, change.id) not in moves]
        rest += [change for change in self.there if (change.day.isoformat(), change.id) not in gone]
        return tuple(sorted((*rest, *moves.values()), key=lambda change: change.day))

    def _moves(self) -> Iterator[Change]:
        there = {change.id: change for change in self.there}
        for change in self.here:
            place = self.elsewhere.get((change.day, change.id)) if change.id is not None else None
            seen = there.get(change.id)
            if place is not None and (seen is None or seen.day == place.day):
                yield _move(change.id, change.day, place.day, place.evidence)
            elif seen is not None:  # on its date, which is more than an id or a time can tell
                yield self._seen(change.id, change.day, seen.day)
        found = {change.id for change in self.here}
        for change in self.there:
            if change.id is not None and change.id not in found:
                yield from self._held_elsewhere(change.id, change.day)

    def _held_elsewhere(self, paper: PaperId, day: date) -> Iterator[Change]:
        """The paper stands in a mailing of the archive that was not looked at, or by a source that could not tell."""
        days = [seen.day for seen in self.work.store.list_appearances(paper) if seen.day not in self.exact]
        yield from (self._seen(paper, held, day) for held in days[:1])

    def _seen(self, paper: PaperId | None, ours: date, theirs: date) -> Change:
        absent = f", {self.told[ours]} does not" if ours in self.exact else ""
        return _move(paper, ours, theirs, f"{self.told[theirs]} has it{absent}")


def _move(paper: PaperId | None, ours: date, theirs: date, evidence: str) -> Change:
    detail = f"in the mailing of {ours} here, of {theirs} there: {evidence}"
    return Change(ours, "wrong-day", paper, None, ours.isoformat(), theirs.isoformat(), detail)
