"""Keep the checksums of each year's digests: `SHA256SUMS`, as `sha256sum -c` reads it.

A full check that finds the archive sound writes them for the first time. From then on they follow the agreements of file and row.
This module must not look at a digest's bytes: a file that was changed behind syncd's back has to fail the checksums, not to
change them.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from syncd.core.errors import ArchiveError, FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from syncd.archive.files.digest_folder import Folder
    from syncd.usecases.workspace import Workspace


def render(folder: Folder, agreed: Mapping[date, str]) -> dict[int, bytes]:
    """Return the checksums by year: a line for every date with an agreement, by date, with the hash of that agreement."""
    years = groupby(sorted(agreed), key=lambda day: day.year)
    return {
        year: b"".join(_render_line(folder.name_in_checksums(day), agreed[day]) for day in days) for year, days in years
    }


def _render_line(name: str, sha256: str) -> bytes:
    """Return a line of GNU's form: it begins with a backslash when characters of the name are escaped."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "" if escaped == name else "\\"
    return f"{mark}{sha256}  {escaped}\n".encode()


def find_outdated(folder: Folder, agreed: Mapping[date, str]) -> dict[int, bytes]:
    """Return by year the checksums that differ or cannot be read, as they should be.

    A year that has none yet is not among them.
    """
    return {year: data for year, data in render(folder, agreed).items() if _read(folder, year) not in {None, data}}


def _read(folder: Folder, year: int) -> bytes | None:
    """Return the year's checksums as they are, None without any, and no bytes where something else stands in their place."""
    try:
        return folder.read_checksums(year)
    except FolderError:
        return b""


def create(work: Workspace, agreed: Mapping[date, str]) -> None:
    """Write the checksums of every year that has none yet. Where this user or the disk may not, nothing happens."""
    missing = {year for year in render(work.folder, agreed) if _read(work.folder, year) is None}
    if not missing:
        return
    with suppress(ArchiveError), work.write_lock():
        for year, data in render(work.folder, work.store.list_agreed_hashes()).items():
            if year in missing:
                work.folder.write_checksums(year, data)


def update_years(work: Workspace, days: Iterable[date]) -> None:
    """Bring the checksums of the years of these days up to date, under the write lock that the caller holds. Idempotent.

    What the disk refuses is left to `check` and `repair`: the digests are written, and nothing of theirs depends on checksums.
    """
    for year in sorted({day.year for day in days}):
        agreed = work.store.list_agreed_hashes(date(year, 1, 1), date(year, 12, 31))
        for outdated, data in find_outdated(work.folder, agreed).items():
            with suppress(FolderError):
                work.folder.write_checksums(outdated, data)


def update(work: Workspace, agreed: Mapping[date, str]) -> None:
    """Bring outdated checksums of any year up to date. `agreed` was read before.

    The lock is taken, and the agreements are read again, only when something is outdated.
    """
    outdated = find_outdated(work.folder, agreed)
    if outdated:
        # Read again under the lock: the agreements may have changed since.
        with work.write_lock():
            update_years(work, (day for day in agreed if day.year in outdated))
