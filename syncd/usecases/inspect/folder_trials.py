"""Try in a folder each operation that an archive needs of its file system, with a file that is removed again.

It must leave nothing behind, and touches no file but its own.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from syncd.archive.files.file_system import DISPENSABLE
from syncd.config.database_file import find_database_file
from syncd.usecases.inspect.host_checks import Check, Grade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from syncd.config import Config
    from syncd.usecases.inspect.host_checks import Host

Operations: TypeAlias = "Mapping[str, Callable[[int, str], object]]"
"""Operations by name. Each gets the folder's descriptor and the name of the trial's file, and raises OSError when refused."""

_EFFECTS = {
    "fsync of the folder": "after a power cut, the name of the newest file may be missing; syncd repair writes it again",
    "chmod": "who can read the files is decided by the mount, not by syncd",
    "link": "the folder's marker is made by a rename instead",
}
"""What an archive lacks where the file system has none of these."""
_LOCAL_DISK = "put it on a local disk, or mount it in a way that allows this"


def _write(folder: int, name: str) -> None:
    with os.fdopen(_open(folder, name, os.O_WRONLY | os.O_CREAT | os.O_EXCL), "wb") as file:
        file.write(b"a trial of syncd doctor\n")


def _open(folder: int, name: str, flags: int = os.O_RDWR) -> int:
    return os.open(name, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600, dir_fd=folder)


def _with_file(operation: Callable[[int], object]) -> Callable[[int, str], None]:
    def run(folder: int, name: str) -> None:
        file = _open(folder, name)
        try:
            operation(file)
        finally:
            os.close(file)

    return run


def _link(folder: int, name: str) -> None:
    os.link(name, f".second{name}", src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    os.unlink(f".second{name}", dir_fd=folder)


def _rename(folder: int, name: str) -> None:
    os.replace(name, f".second{name}", src_dir_fd=folder, dst_dir_fd=folder)
    os.replace(f".second{name}", name, src_dir_fd=folder, dst_dir_fd=folder)


def _make_folder(folder: int, name: str) -> None:
    os.mkdir(f".second{name}", 0o700, dir_fd=folder)
    os.rmdir(f".second{name}", dir_fd=folder)


OPERATIONS: Operations = {
    "write": _write,
    "fsync": _with_file(os.fsync),
    "flock": _with_file(lambda file: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    "fcntl lock": _with_file(lambda file: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    "chmod": _with_file(lambda file: os.fchmod(file, 0o644)),
    "mkdir": _make_folder,
    "link": _link,
    "rename": _rename,
    "fsync of the folder": lambda folder, _name: os.fsync(folder),
    "delete": lambda folder, name: os.unlink(name, dir_fd=folder),
}
"""What an archive and SQLite ask of a file system, in this order."""


def try_folders(config: Config, host: Host, operations: Operations = OPERATIONS) -> Iterator[Check]:
    """Try every operation in root, vault and database folder, where they exist and belong to this user."""
    file = find_database_file(config)
    folders = {"root": config.archive.root, "vault": config.archive.vault, "database folder": file and file.parent}
    for subject, path in folders.items():
        if path is not None and _is_own(path, host.user):
            yield from _try_folder(f"{subject} disk", path, operations)


def _is_own(path: Path, user: int) -> bool:
    try:
        return path.is_dir() and path.stat().st_uid == user
    except OSError:
        return False


def _try_folder(subject: str, path: Path, operations: Operations) -> Iterator[Check]:
    refused: dict[str, OSError] = {}
    name = f".syncd-doctor.tmp-{os.urandom(4).hex()}"
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        yield Check(subject, Grade.FAIL, f"{path}: open: {error.strerror}", "check the permissions of the folder")
        return
    try:
        for operation, run in operations.items():
            try:
                run(folder, name)
            except OSError as error:
                refused[operation] = error
                if operation == "write":
                    break  # the others have nothing to work on
    finally:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        os.close(folder)
    yield from _report(subject, path, refused, operations)


def _report(subject: str, path: Path, refused: Mapping[str, OSError], operations: Operations) -> Iterator[Check]:
    for operation, error in refused.items():
        message = f"{path}: {operation} is refused: {error.strerror or error}"
        if error.errno in DISPENSABLE.get(operation, ()):
            yield Check(subject, Grade.WARN, f"{message}; the archive works without it", _EFFECTS[operation])
        else:
            yield Check(subject, Grade.FAIL, message, _LOCAL_DISK)
    if not refused:
        yield Check(subject, Grade.OK, f"allows {', '.join(operations)}")
