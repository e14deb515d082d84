"""Folders of a file system, opened and made without following links, and the files that stand in them.

create_folder ─► open_folders (root, then part by part) ─► read_file, stat_file
                                    read_path: both in one
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.archive.files.file_system import close_unwritten, name_operation, set_mode, sync_folders
from syncd.core.errors import PASSING_ERRORS, FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OnStep = Callable[[str], None]
"""Called with the name of a step that was just done. What it raises ends the work there, as a kill or a full disk would."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a named pipe would wait for ever.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER_MODE = 0o755
_DETAILS = {
    errno.ELOOP: "it is a symbolic link",
    errno.ENOTDIR: "there is a symbolic link or a file where a folder should be",
    errno.EISDIR: "there is a folder where a file should be",
    errno.ENXIO: "it is not a regular file",
}


def ignore_step(step: str, /) -> None:
    """Do nothing, as the default `OnStep`."""


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a FolderError about `path`, or about the place below it that the error names."""
    try:
        yield
    except OSError as error:
        detail = _DETAILS.get(error.errno or 0) or error.strerror or str(error)
        named = Path(error.filename) if isinstance(error.filename, str) else path
        place = named if path in named.parents else path
        raise FolderError(detail, path=str(place), passing=error.errno in PASSING_ERRORS) from error


def read_path(root: Path, path: str) -> tuple[bytes, os.stat_result] | None:
    """Return the bytes of the file `path` below `root` and its stat from before they were read. None if absent.

    FolderError at what the disk refuses. What may pass is tried once more: one hiccup of a disk is no damage.
    """
    try:
        return _read_once(root, path)
    except FolderError as error:
        if not error.passing:
            raise
    return _read_once(root, path)


def _read_once(root: Path, path: str) -> tuple[bytes, os.stat_result] | None:
    *parts, name = path.split("/")
    with translate_errors(root / path), open_folders(root, parts) as folders:
        return read_file(folders[-1], name) if folders else None


def create_folder(path: Path) -> None:
    """Make `path` and what is missing above it, mode 0755 under any umask, on the disk when it returns. Idempotent."""
    if path.is_dir():
        return
    create_folder(path.parent)
    with open_folders(path.parent, (path.name,), create=True) as folders:
        sync_folders(folders or ())


@contextmanager
def open_folders(
    root: Path, parts: Sequence[str], *, create: bool = False, on_step: OnStep = ignore_step
) -> Iterator[tuple[int, ...] | None]:
    """Open `root` and each folder below it along `parts`, and give their descriptors. None when one is missing.

    They are closed at the end of the block. No link is followed below `root`, which may be one itself. A missing root is
    an OSError, never None: it is a disk that is not there. With `create`, missing folders are made, mode 0755.
    """
    with ExitStack() as stack:
        folders = [os.open(root, _FOLDER)]
        stack.callback(close_unwritten, folders[0])
        for part in parts:
            folder = _open_folder(folders[-1], part, create=create, on_step=on_step)
            if folder is None:
                break
            folders.append(folder)
            stack.callback(close_unwritten, folder)
        yield tuple(folders) if len(folders) > len(parts) else None


def _open_folder(parent: int, name: str, *, create: bool, on_step: OnStep) -> int | None:
    flags = _FOLDER | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=parent)
    except FileNotFoundError:
        if not create:
            return None
    # Another process may make it at the same moment.
    with suppress(FileExistsError), name_operation("mkdir"):
        os.mkdir(name, _FOLDER_MODE, dir_fd=parent)
    made = os.open(name, flags, dir_fd=parent)
    set_mode(made, _FOLDER_MODE)
    on_step(f"folder {name} made")
    return made


def read_file(folder: int, name: str) -> tuple[bytes, os.stat_result] | None:
    """Return the bytes of the regular file `name` and its stat from *before* they were read. None if absent."""
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        found = require_regular(os.fstat(file))
        with os.fdopen(file, "rb", closefd=False) as stream:
            return stream.read(), found
    finally:
        close_unwritten(file)


def stat_file(folder: int, name: str) -> os.stat_result | None:
    """Return the stat of the regular file `name`. None if absent. Raise OSError if it is anything else."""
    try:
        return require_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def require_regular(found: os.stat_result) -> os.stat_result:
    """Return `found`, the stat of a regular file. Raise OSError for a link and for anything else."""
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISREG(found.st_mode):
        # As opening a socket is answered.
        number = errno.EISDIR if stat.S_ISDIR(found.st_mode) else errno.ENXIO
        raise OSError(number, os.strerror(number))
    return found


def require_writable(path: Path) -> None:
    """Raise the FolderError that a write to this folder would end with, as far as its kind, its disk and its mode show it."""
    if not path.is_dir():
        number = errno.ENOTDIR
    elif os.statvfs(path).f_flag & os.ST_RDONLY:
        number = errno.EROFS
    elif not os.access(path, os.W_OK | os.X_OK, effective_ids=True):
        number = errno.EACCES
    else:
        return
    with translate_errors(path):
        raise OSError(number, os.strerror(number))


def walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield everything below `folder` that is no folder, with its path relative to it, by name. Skip hidden folders."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if not entry.is_dir(follow_symlinks=False):
            yield prefix + entry.name, entry
        elif not entry.name.startswith("."):
            yield from walk(folder / entry.name, f"{prefix}{entry.name}/")
