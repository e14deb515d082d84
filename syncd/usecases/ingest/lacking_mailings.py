"""Find the mailings that may lack papers. To look for what they lack takes far more modules than to see that there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import State

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from syncd.usecases.workspace import Workspace


def list_lacking(work: Workspace, days: Collection[date]) -> set[date]:
    """Return the dates that were reconstructed or are partial, and whose mailing no page has completed."""
    rows = work.store.mailings()
    partial = {day for day, found in work.store.findings().items() if found.state is State.PARTIAL}
    reconstructed = {day for day, row in rows.items() if row.state is State.RECONSTRUCTED}
    lacking = reconstructed | {day for day in partial if day not in rows}
    return lacking & set(days) if days else lacking
