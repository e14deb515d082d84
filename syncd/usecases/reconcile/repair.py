"""Carry out what reconciliation decides, and nothing that needs a person, unless the person has said which side holds.

It never deletes; bytes that give way are kept aside in the vault first.

a date: look ─► intend (a move, or why there is none) ─► plan it │ make it under the write lock      then the checksums
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError
from syncd.core.model import State
from syncd.core.results import DayOutcome, Done, Run
from syncd.usecases.reconcile import checksums, day_state
from syncd.usecases.reconcile.apply import make, outcome
from syncd.usecases.reconcile.decide import Intent, Side, intend
from syncd.usecases.reconcile.recover import finish_interrupted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from syncd.usecases.workspace import Workspace

__all__ = ["Side", "finish_interrupted", "repair"]


def repair(work: Workspace, days: Sequence[date] = (), side: Side = Side.NEITHER, *, dry_run: bool = False) -> Run:
    """Bring file and row of these days (default: all) into agreement; outcomes, by date, only for days that needed something.

    What cannot be done about a day is its outcome's error, and the others go on. A dry run touches nothing.
    """
    wanted = sorted(set(days)) or list(_suspects(work))
    outcomes = [_repair(work, day, side, dry_run=dry_run) for day in wanted]
    if not dry_run:
        checksums.heal(work, work.store.list_agreed_hashes())
    return Run(tuple(done for done in outcomes if done is not None))


def _suspects(work: Workspace) -> Iterator[date]:
    """The dates that may need something: all but those on which file, sound rows and agreement are one, and no conflict is."""
    mailings, agreed = work.store.mailings(), work.store.list_agreed_hashes()
    conflicts = {day for day, found in work.store.findings().items() if found.state is State.CONFLICT}
    sound = {
        digest.day
        for digest in work.store.digests()
        if digest.day in mailings
        and day_state.rows_harm(mailings[digest.day], digest, work.store.history(digest.day)) is None
    }
    for day in sorted({*mailings, *agreed, *conflicts, *(day for day, _ in work.folder.days())}):
        row = mailings.get(day)
        is_one = row is not None and day in sound and agreed.get(day) == row.sha256 == _hash(work, day)
        if day in conflicts or not is_one:
            yield day


def _hash(work: Workspace, day: date) -> str | None:
    try:
        data = work.folder.read(day)
    except FolderError:
        return None
    return None if data is None else sha256(data)


def _repair(work: Workspace, day: date, side: Side, *, dry_run: bool) -> DayOutcome | None:
    try:
        if dry_run:
            return _planned(work, day, side)
        with work.write_lock():
            both = day_state.look(work, day)
            intent = intend(work, both, side)
            if intent is None or intent.move is None:
                return _left(work, day, intent)
            return make(work, both, intent.move)
    except FolderError as error:
        return _left(work, day, Intent(error=error))


def _planned(work: Workspace, day: date, side: Side) -> DayOutcome | None:
    intent = intend(work, day_state.look(work, day), side)
    if intent is None or intent.move is None:
        return _left(work, day, intent)
    return replace(outcome(work, day, Done.PLANNED), note=intent.move)


def _left(work: Workspace, day: date, intent: Intent | None) -> DayOutcome | None:
    """A day that is left as it is, and why; None when it needs nothing."""
    if intent is None:
        return None
    as_it_is = outcome(work, day, Done.REFUSED if intent.error else Done.NONE)
    return replace(as_it_is, error=intent.error, note=intent.note)
