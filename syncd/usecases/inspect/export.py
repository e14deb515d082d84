"""List papers with all that is known of them, a page in memory at a time. How they are written is not decided here."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.archive.files.atomic import write_pieces
from syncd.config.rules import follow_links
from syncd.core.errors import ArchiveGuard
from syncd.core.query import MailingDates, join_all, parse_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from syncd.core.exported_paper import ExportedPaper
    from syncd.usecases.workspace import Workspace


def list_papers(work: Workspace, typed: str, since: date | None, until: date | None) -> Iterator[ExportedPaper]:
    """Yield the papers whose first mailing is in the range, sorted by that mailing and their number there.

    Only those whose entry there meets the query, if one was typed. Raise ValueError for a query without a word.
    """
    dates = MailingDates(since or date.min, until or date.max)
    if not typed:
        return work.store.exported_papers(dates)
    if (condition := parse_query(typed)) is None:
        raise ValueError("no word to search for")
    return work.store.exported_papers(join_all([condition, dates]))


def write_file(work: Workspace, path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces to a file that appears, or replaces the old one, once all of them are on the disk.

    Raise ArchiveGuard for a file of the archive itself, and FolderError when the disk refuses it.
    """
    target = follow_links(path)
    if any(
        target.is_relative_to(follow_links(folder))
        for folder in (work.folder.root, work.config.archive.vault)
        if folder
    ):
        raise ArchiveGuard("it is in a folder of the archive itself", path=str(path))
    database = work.database.file and follow_links(work.database.file)
    # SQLite keeps more files beside the database, whose names begin with its name.
    if database and target.parent == database.parent and target.name.startswith(database.name):
        raise ArchiveGuard("it is the database of the archive", path=str(path))
    write_pieces(target, pieces)
