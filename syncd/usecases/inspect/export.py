"""List papers with all that is known of them, a page in memory at a time. How they are written is not decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.files.atomic import write_pieces
from syncd.archive.sql.store import FIRST, LAST
from syncd.core.errors import ArchiveGuard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from syncd.core.exported_paper import ExportedPaper
    from syncd.usecases.workspace import Workspace


def list_papers(work: Workspace, since: date | None, until: date | None) -> Iterator[ExportedPaper]:
    """Yield the papers whose first mailing is in the range, sorted by that mailing and their number there."""
    return work.store.exported_papers(since or FIRST, until or LAST)


def write_file(work: Workspace, path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces to a file that appears, or replaces the old one, once all of them are on the disk.

    Raise ArchiveGuard for a file of the archive itself, and FolderError when the disk refuses it.
    """
    target = path.resolve()
    if any(
        target.is_relative_to(folder.resolve()) for folder in (work.folder.root, work.config.archive.vault) if folder
    ):
        raise ArchiveGuard("it is in a folder of the archive itself", path=str(path))
    database = work.database.file and work.database.file.resolve()
    # SQLite keeps more files beside the database, whose names begin with its name.
    if database and target.parent == database.parent and target.name.startswith(database.name):
        raise ArchiveGuard("it is the database of the archive", path=str(path))
    write_pieces(target, pieces)
