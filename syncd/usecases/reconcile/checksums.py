"""The checksums of each year's digests, `SHA256SUMS` as `sha256sum -c` reads it.

A full check that finds a year sound writes them for the first time; from then on they are kept in step with the agreements.
It must not look at a digest's bytes: a file that was changed behind syncd's back has to fail the sums, not to change them.
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
    """The checksums of every year with an agreement, by date: the hashes on which file and row last agreed."""
    years = groupby(sorted(agreed), key=lambda day: day.year)
    return {year: b"".join(_line(folder.name_in_checksums(day), agreed[day]) for day in days) for year, days in years}


def _line(name: str, sha256: str) -> bytes:
    """A line of GNU's form: one that begins with a backslash has a name in which some characters are escaped."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "" if escaped == name else "\\"
    return f"{mark}{sha256}  {escaped}\n".encode()


def find_outdated(folder: Folder, agreed: Mapping[date, str]) -> dict[int, bytes]:
    """The checksums, by year, that differ or cannot be read, as they should be; a year that has none yet is not among them."""
    return {year: data for year, data in render(folder, agreed).items() if _held(folder, year) not in {None, data}}


def _held(folder: Folder, year: int) -> bytes | None:
    """The year's checksums as they are; no bytes at all where something else stands in their place."""
    try:
        return folder.read_checksums(year)
    except FolderError:
        return b""


def create(work: Workspace, agreed: Mapping[date, str]) -> None:
    """Write the checksums of every year that has none yet; where this user or the disk may not, nothing happens."""
    missing = {year for year in render(work.folder, agreed) if _held(work.folder, year) is None}
    with suppress(ArchiveError):
        if missing:
            with work.write_lock():
                for year, data in render(work.folder, work.store.list_agreed_hashes()).items():
                    if year in missing:
                        work.folder.write_checksums(year, data)


def update_years(work: Workspace, days: Iterable[date]) -> None:
    """Bring the checksums of these days' years into step, under the write lock that the caller holds; idempotent.

    What the disk refuses is left to `check` and `repair`: the digests stand, and nothing of theirs depends on the sums.
    """
    for year in sorted({day.year for day in days}):
        agreed = work.store.list_agreed_hashes(date(year, 1, 1), date(year, 12, 31))
        for behind, data in find_outdated(work.folder, agreed).items():
            with suppress(FolderError):
                work.folder.write_checksums(behind, data)


def update(work: Workspace, agreed: Mapping[date, str]) -> None:
    """The same for whatever year is out of step; `agreed` was read before, and nothing is asked where it finds all well."""
    if behind := find_outdated(work.folder, agreed):
        with work.write_lock():
            update_years(work, (day for day in agreed if day.year in behind))
