"""Finish what a killed run left between the row and the file of a date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.errors import FolderError
from syncd.core.reconcile import Verb
from syncd.usecases.reconcile import checksums, day_state
from syncd.usecases.reconcile.apply import make
from syncd.usecases.reconcile.decide import Move

if TYPE_CHECKING:
    from datetime import date

    from syncd.usecases.reconcile.day_state import Day
    from syncd.usecases.workspace import Workspace


def finish_interrupted(work: Workspace) -> None:
    """Finish what a killed run left between row and agreement; two statements when nothing is unfinished.

    A day that needs a person, or whose place in the folder is taken by something that is no file, is left to `check`.
    """
    agreed = work.store.list_agreed_hashes()
    for day, row in work.store.mailings().items():
        if agreed.get(day) == row.sha256:
            continue
        with work.write_lock():
            both = _looked(work, day)
            if both is not None and both.harm is None and both.action and both.action.verb in _FINISHING:
                make(work, both, _FINISHING[both.action.verb])
                agreed[day] = row.sha256
    checksums.heal(work, agreed)


_FINISHING = {Verb.WRITE_FILE: Move.WRITE, Verb.RECORD_AGREEMENT: Move.SETTLE}


def _looked(work: Workspace, day: date) -> Day | None:
    try:
        return day_state.look(work, day)
    except FolderError:
        return None
