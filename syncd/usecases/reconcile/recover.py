"""Finish what a killed run left between the row and the file of a date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.errors import FolderError
from syncd.core.reconcile import Cause, decide
from syncd.usecases.reconcile import checksums
from syncd.usecases.reconcile.apply import apply
from syncd.usecases.reconcile.day_state import read_day

if TYPE_CHECKING:
    from syncd.usecases.workspace import Workspace


def finish_interrupted(work: Workspace) -> None:
    """Finish what a killed run, or a run of another host, left between row and agreement.

    It costs three statements when nothing is unfinished. A day that needs a person, or that has something else than a file in
    the file's place, is left to `check`.
    """
    work.store.restore_author_index()
    agreed = work.store.list_agreed_hashes()
    for day, row in work.store.mailings().items():
        if agreed.get(day) == row.sha256:
            continue
        with work.write_lock():
            try:
                content = read_day(work, day)
            except FolderError:
                continue
            # A recorded conflict is about bytes that are kept aside: it does not hold up what the rows say already.
            action = decide(replace(content.state, has_conflict=False))
            if action is not None and action.cause is Cause.UNFINISHED:
                apply(work, content, action)
                agreed[day] = row.sha256
    checksums.update(work, agreed)
