"""Name what the service keeps beside the mailings and cannot be read: the notes of its daemons, and a ledger that is shared."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from syncd.archive.files import host_state
from syncd.archive.sql.daemon_state import SharedState
from syncd.core.errors import READING_ERRORS, ArchiveMissing, FolderError, LedgerError
from syncd.usecases.inspect.day_problems import make_problem
from syncd.usecases.upstream import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.core.results import Problem
    from syncd.usecases.workspace import Workspace

ReadNotes = Callable[[str], object]
_WAY_BACK = "keep a copy, and move it away; the next request makes it anew, without the pauses that hosts asked for"


def find_service_problems(work: Workspace, read_notes: ReadNotes) -> Iterator[Problem]:
    """Yield the notes that `read_notes` does not understand, and a shared ledger that cannot be read."""
    yield from _find_damaged_notes(work, read_notes)
    yield from _find_damaged_ledger(work)


def _find_damaged_notes(work: Workspace, read_notes: ReadNotes) -> Iterator[Problem]:
    try:
        text = host_state.read_text(work.folder.root)
        if text is not None:
            read_notes(text)
    except (FolderError, *READING_ERRORS):
        yield make_problem("notes-damaged", None, host_state.STATE_FILE)
    try:
        text = SharedState(work.database).content()
        if text is not None:
            read_notes(text)
    except READING_ERRORS:
        yield make_problem("notes-damaged", None, "syncd_memory")


def _find_damaged_ledger(work: Workspace) -> Iterator[Problem]:
    """A ledger in the archive's database is checked with the other tables. One that is not there yet is made by a request."""
    if work.config.upstream.ledger is None:
        return
    try:
        with open_ledger(work) as ledger:
            odd = [f"table {one.table}: {one.column} is {one.value}" for one in ledger.find_odd_values()]
    except ArchiveMissing:
        return
    except LedgerError as error:
        odd = [error.detail] if error.is_damage else []
    if odd:
        yield make_problem("ledger-damaged", None, None, f"{'; '.join(odd)}; {_WAY_BACK}")
