"""What a file system may refuse although an archive works without it, and what it may not: locks.

Network shares, FAT and some containers lack one or another of these. The files that locks are held on are opened here, too. It
must not hide any other failure of a disk.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
DISPENSABLE: Mapping[str, frozenset[int]] = {
    "fsync of the folder": _UNSUPPORTED,
    "chmod": _UNSUPPORTED | {errno.EPERM, errno.EACCES},
    "link": _UNSUPPORTED | {errno.EPERM, errno.EACCES, errno.EMLINK, errno.EXDEV},
}
"""The operations that an archive can do without, each with the numbers of the errors that say so."""


def sync_folders(folders: Sequence[int]) -> None:
    """Bring the names in `folders` to the disk, innermost first. A file system may not know that for folders.

    All of them, also those that were there before: a killed run may have made any.
    """
    for folder in reversed(folders):
        with name_operation("fsync of the folder"):
            is_supported("fsync of the folder", lambda folder=folder: os.fsync(folder))  # type: ignore[misc]


def set_mode(file: int, mode: int) -> None:
    """Give a file or folder its mode, where the file system knows modes and lets its owner change them."""
    is_supported("chmod", lambda: os.fchmod(file, mode))


def name_exclusively(folder: int, temporary: str, name: str) -> None:
    """Rename a file to a name that must be free. Raise FileExistsError when it is not.

    A rename would replace a file that another process made meanwhile, and a link fails instead. Where the file system has no
    links, the name is looked up before the rename: the caller holds the writers' lock.
    """

    def link() -> None:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.unlink(temporary, dir_fd=folder)

    if is_supported("link", link):
        return
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        raise FileExistsError(errno.EEXIST, f"there is {'a link' if stat.S_ISLNK(found.st_mode) else 'a file'}", name)


def is_supported(name: str, operation: Callable[[], None]) -> bool:
    """Do a dispensable operation. Return False when the file system has no such thing, and raise any other failure."""
    try:
        operation()
    except OSError as error:
        if error.errno not in DISPENSABLE[name]:
            raise
        return False
    return True


@contextmanager
def name_operation(name: str) -> Iterator[None]:
    """Let an OSError of the block say which operation failed."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, f"{name}: {error.strerror}") from error


def try_to_lock(file: int, path: Path, flock: Callable[[int, int], None] = fcntl.flock) -> bool:
    """Lock a file for this process alone, without waiting. Return False while another process holds it.

    Raise FolderError where the file system has no locks, because an archive cannot do without them.
    """
    try:
        flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise FolderError(error.strerror or str(error), path=str(path), operation="flock") from error
    return True


def close_unwritten(file: int) -> None:
    """Close a descriptor through which no data was written: that of a folder, a lock, or a file that was read.

    The descriptor is gone whatever the disk answers (EIO on a network share, EINTR), and no byte of ours depends on the answer.
    """
    with suppress(OSError):
        os.close(file)


def open_or_create(path: Path, flags: int) -> int:
    """Return a descriptor of a file, which is made empty where it is missing, mode 0644 under any umask.

    `flags` are those of `os.open`. One that is there keeps its mode. No link is followed.
    """
    flags |= os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        made = os.open(path, flags | os.O_EXCL, 0o644)
    except FileExistsError:
        return os.open(path, flags, 0o644)
    set_mode(made, 0o644)
    return made
