"""Temporary files: the steps by which bytes become a file that appears whole or not at all.

A temporary file is made beside the file that it becomes, filled, synced and renamed.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from typing import BinaryIO

from syncd.archive.files.file_system import name_exclusively, name_operation, set_mode
from syncd.archive.files.folder_tree import OnStep, stat_file

TEMPORARY = re.compile(r"\..+\.tmp-[0-9a-f]{8}", re.ASCII)
"""The name of a file that a killed process left unfinished."""
LEFT_OVER_AFTER = 86_400
"""How many seconds after its last change a temporary file has no writer any more. No write takes a day."""

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_MODE = 0o644


def choose_name(name: str) -> str:
    """Return a free name, by all odds, for what becomes the file `name`."""
    return f".{name.lstrip('.')}.tmp-{os.urandom(4).hex()}"


def create(folder: int, temporary: str, mode: int = 0o600) -> BinaryIO:
    """Return a new file to be filled, with this mode less the umask."""
    return os.fdopen(os.open(temporary, _CREATE, mode, dir_fd=folder), "wb")


def remove(folder: int, temporary: str) -> None:
    """Remove a temporary file, where the disk lets us."""
    with suppress(OSError):
        os.unlink(temporary, dir_fd=folder)


def fill(stream: BinaryIO, data: bytes, on_step: OnStep) -> None:
    """Write the bytes into a new file, and give it the mode of the archive's files."""
    on_step("temporary made")
    stream.write(data)
    stream.flush()
    on_step("filled")
    set_mode(stream.fileno(), _FILE_MODE)


def close_synced(stream: BinaryIO) -> None:
    """Close a file that was synced, or whose failure was reported: a full disk fails again here, with what is still buffered."""
    with suppress(OSError):
        stream.close()


def sync(stream: BinaryIO, on_step: OnStep) -> None:
    """Bring a file to the disk."""
    with name_operation("fsync"):
        os.fsync(stream.fileno())
    on_step("synced")


def rename(folder: int, temporary: str, name: str, *, exclusive: bool) -> None:
    """Give a file its name. With `exclusive`, raise FileExistsError where the name is taken. A link or a folder is refused."""
    stat_file(folder, name)
    if exclusive:
        name_exclusively(folder, temporary, name)
        return
    with name_operation("rename"):
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def remove_leftovers(folder: int, written: str) -> None:
    """Remove the temporary files that killed processes left in a folder, by the clock of the file that was just written there.

    One that cannot be removed stays: `check` names it.
    """
    names = [name for name in os.listdir(folder) if TEMPORARY.fullmatch(name)]
    if not names:
        return
    with suppress(OSError):
        oldest = os.stat(written, dir_fd=folder, follow_symlinks=False).st_mtime - LEFT_OVER_AFTER
        for name in names:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(found.st_mode) and found.st_mtime < oldest:
                os.unlink(name, dir_fd=folder)
