"""The file `.syncd-archive`: which archive a folder belongs to, and which replica of it the folder is.

It must not decide what a missing marker means: an unmounted disk and a new archive look the same from here.
"""

from __future__ import annotations

import errno
import json
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from syncd.archive.files import atomic, folder_tree
from syncd.core.errors import READING_ERRORS, ArchiveGuard, FolderError, MarkerLost
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

NAME = ".syncd-archive"
_NO_FILE = frozenset({errno.ELOOP, errno.EINVAL, errno.EISDIR, errno.ENXIO})
"""What says that a link, a folder, a pipe or a socket stands in the place of a file."""
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Marker:
    """The identity of a folder: all folders of one database share `archive`, and `replica` belongs to this folder alone."""

    archive: UUID
    replica: UUID


def read(root: Path) -> Marker | None:
    """Return the marker of `root`. None when it, or the root, is missing.

    Raise MarkerLost when it is damaged or no file, ArchiveGuard when a newer syncd wrote it.
    """
    try:
        found = _read_bytes(root)
    except FolderError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NO_FILE:
            detail = f"the marker is no file ({error.detail}); move what stands there away"
            raise MarkerLost(detail, path=str(root / NAME)) from error
        raise
    return None if found is None else _parse(found, root / NAME)


def _read_bytes(root: Path) -> bytes | None:
    with folder_tree.translate_errors(root / NAME):
        if not root.is_dir():
            return None
        with folder_tree.open_folders(root, ()) as folders:
            found = folder_tree.read_file(folders[-1], NAME) if folders else None
    return None if found is None else found[0]


def require(root: Path, archive: UUID) -> Marker:
    """Return the marker of `root`. Raise MarkerLost when it is missing, ArchiveGuard when it names another than `archive`."""
    marker = read(root)
    if marker is None:
        raise MarkerLost("the marker is missing: is the right disk mounted?", path=str(root / NAME))
    if marker.archive != archive:
        detail = f"the folder belongs to archive {marker.archive}, the database to {archive}"
        raise ArchiveGuard(detail, path=str(root / NAME))
    return marker


def read_damaged(root: Path) -> bytes | None:
    """Return the bytes of a marker that cannot be understood, to keep them. None when it is missing, no file, or sound."""
    try:
        read(root)
    except MarkerLost:
        with suppress(FolderError):
            return _read_bytes(root)
    return None


def create(
    root: Path, marker: Marker, *, replaces: bool = False, on_step: folder_tree.OnStep = folder_tree.ignore_step
) -> None:
    """Write the marker of `root`, whole or not at all, and make the folder if it is missing.

    Raise ArchiveGuard when there is a marker already, unless it `replaces` a damaged one.
    """
    content = {"format": FORMAT, "archive": str(marker.archive), "replica": str(marker.replica)}
    with folder_tree.translate_errors(root / NAME):
        folder_tree.create_folder(root)
        with folder_tree.open_folders(root, ()) as folders:
            try:
                atomic.write_file(
                    folders or (), NAME, f"{json.dumps(content)}\n".encode(), exclusive=not replaces, on_step=on_step
                )
            except FileExistsError as error:
                raise ArchiveGuard("the folder already has a marker", path=str(root / NAME)) from error


def _parse(data: bytes, path: Path) -> Marker:
    try:
        content = json.loads(data)
        form = content["format"]
        marker = Marker(UUID(content["archive"]), UUID(content["replica"]))
    except READING_ERRORS as error:
        raise MarkerLost("the marker is damaged", path=str(path)) from error
    if form != FORMAT:
        raise ArchiveGuard(f"the marker has format {form!r:.20}, which a newer syncd wrote", path=str(path))
    return marker
