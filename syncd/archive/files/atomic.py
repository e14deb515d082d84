"""Durable writes to a file system: files that appear whole or not at all.

It must not know what the bytes mean. It removes nothing but temporary files: its own when the disk refused it, and those that a
killed process left a day ago.

write_file    ─► temporary made ─► filled ─► synced ─► named ─► folders synced
write_all        each of these steps for all files before the next step
write_each       all but the last step for each file in turn, the last one once
write_pieces     as write_file, for a file that is too large for the memory
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from syncd.archive.files.file_system import name_exclusively, name_operation, set_mode, sync_folders
from syncd.archive.files.folder_tree import (
    OnStep,
    ignore_step,
    open_folders,
    require_regular,
    stat_file,
    translate_errors,
)
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


TEMPORARY = re.compile(r"\..+\.tmp-[0-9a-f]{8}", re.ASCII)
"""The name of a file that a killed process left unfinished."""
LEFT_OVER_AFTER = 86_400
"""How many seconds after its last change a temporary file has no writer any more. No write takes a day."""

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_MODE = 0o644


def write_file(
    folders: Sequence[int], name: str, data: bytes, *, exclusive: bool = False, on_step: OnStep = ignore_step
) -> None:
    """Let `data` be the file `name` of the last of `folders`, mode 0644, on the disk with all of them when it returns.

    At every moment the name holds the old bytes or the new ones, whole. With `exclusive`, raise FileExistsError when the
    file exists. A link or a folder of that name is refused either way.
    """
    _write_unsynced(folders[-1], name, data, exclusive=exclusive, on_step=on_step)
    _remove_leftovers(folders[-1], name)
    sync_folders(folders)
    on_step("folders synced")


def _write_unsynced(folder: int, name: str, data: bytes, *, exclusive: bool = False, on_step: OnStep) -> None:
    """Do what `write_file` does, except for syncing the folders."""
    temporary = _choose_temporary_name(name)
    file = os.open(temporary, _CREATE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            _fill(stream, data, on_step)
            _sync(stream, on_step)
        _rename(folder, temporary, name, exclusive=exclusive)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    on_step("named")


def write_pieces(path: Path, pieces: Iterable[bytes], *, on_step: OnStep = ignore_step) -> None:
    """Let the pieces, one after the other, be the file `path` in a folder that exists. Its mode is what the umask leaves.

    Until all are on the disk, the name keeps its old bytes. What ends the pieces early leaves no file. A link or a folder of
    that name is refused. Raise FolderError about the path that the disk refused.
    """
    with translate_errors(path), open_folders(path.parent, ()) as folders:
        folder = (folders or ())[-1]
        stat_file(folder, path.name)
        temporary = _choose_temporary_name(path.name)
        file = os.open(temporary, _CREATE, 0o666, dir_fd=folder)
        try:
            with os.fdopen(file, "wb") as stream:
                on_step("temporary made")
                stream.writelines(pieces)
                stream.flush()
                on_step("filled")
                _sync(stream, on_step)
            _rename(folder, temporary, path.name, exclusive=False)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise
        on_step("named")
        sync_folders(folders or ())
        on_step("folders synced")


def write_each(
    root: Path, files: Mapping[str, bytes], *, on_step: OnStep = ignore_step
) -> Iterator[tuple[str, os.stat_result]]:
    """Write each of `files`, by path below `root`, and yield its path and stat once it has its name.

    They are on the disk, names included, when the last one has been taken, and not before: each folder is synced once, at
    the end. Killed at any moment, it leaves at most one temporary file, as `write_file` does. Raise FolderError about the
    path that the disk refused.
    """
    with ExitStack() as stack:
        chains = _open_chains(stack, root, files, on_step)
        last: dict[int, str] = {}
        for path, data in files.items():
            folder, name = chains[_parents(path)][-1], path.rpartition("/")[2]
            with translate_errors(root / path):
                _write_unsynced(folder, name, data, on_step=on_step)
                found = require_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
            yield path, found
            last[folder] = name
        with translate_errors(root):
            for folder, name in last.items():
                _remove_leftovers(folder, name)
            sync_folders(_list_once(chains))
            on_step("folders synced")


def write_all(root: Path, files: Mapping[str, bytes | None], *, on_step: OnStep = ignore_step) -> None:
    """Write all of `files`, by path below `root`. They are on the disk when it returns.

    Every step is done for all of them before the next, and each folder is synced once: many files cost little more than
    one. No name holds new bytes before those of all are on the disk. None for bytes says that the file is there already,
    and only its folders are to be synced. Raise FolderError about the path that the disk refused.
    """
    with ExitStack() as stack:
        chains = _open_chains(stack, root, files, on_step)
        pending = [
            _PendingFile(root / path, chains[_parents(path)][-1], data)
            for path, data in files.items()
            if data is not None
        ]
        try:
            _do_each(pending, lambda one: one.fill(stack, on_step))
            _do_each(pending, lambda one: _sync(one.stream, on_step))
            _do_each(pending, lambda one: one.rename(on_step))
        except FolderError:
            for one in pending:
                one.drop()
            raise
        with translate_errors(root):
            for folder, name in {one.folder: one.path.name for one in pending}.items():
                _remove_leftovers(folder, name)
            sync_folders(_list_once(chains))
        on_step("folders synced")


@dataclass(slots=True)
class _PendingFile:
    """A file to be written into `folder`, under a temporary name until the last step."""

    path: Path
    folder: int
    data: bytes
    temporary: str = field(init=False)
    stream: BinaryIO = field(init=False)

    def __post_init__(self) -> None:
        self.temporary = _choose_temporary_name(self.path.name)

    def fill(self, stack: ExitStack, on_step: OnStep) -> None:
        # Refuses a link or a folder of that name before anything is written.
        stat_file(self.folder, self.path.name)
        file = os.open(self.temporary, _CREATE, 0o600, dir_fd=self.folder)
        self.stream = os.fdopen(file, "wb")
        stack.callback(_close_synced, self.stream)
        _fill(self.stream, self.data, on_step)

    def rename(self, on_step: OnStep) -> None:
        _rename(self.folder, self.temporary, self.path.name, exclusive=False)
        on_step("named")

    def drop(self) -> None:
        with suppress(OSError):
            os.unlink(self.temporary, dir_fd=self.folder)


def _do_each(pending: Iterable[_PendingFile], step: Callable[[_PendingFile], None]) -> None:
    for one in pending:
        with translate_errors(one.path):
            step(one)


def _parents(path: str) -> tuple[str, ...]:
    return tuple(path.split("/")[:-1])


def _open_chains(
    stack: ExitStack, root: Path, files: Iterable[str], on_step: OnStep
) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Open the folders above each of `files`, making those that are missing, and return their descriptors, root first."""
    chains = {}
    for parts in dict.fromkeys(map(_parents, files)):
        with translate_errors(root.joinpath(*parts)):
            folders = stack.enter_context(open_folders(root, parts, create=True, on_step=on_step))
            chains[parts] = folders or ()
    return chains


def _list_once(chains: Mapping[tuple[str, ...], tuple[int, ...]]) -> list[int]:
    """Return one descriptor for each folder of these chains, outermost first."""
    found = {parts[:depth]: folder for parts, chain in chains.items() for depth, folder in enumerate(chain)}
    return [found[parts] for parts in sorted(found, key=len)]


def _choose_temporary_name(name: str) -> str:
    return f".{name.lstrip('.')}.tmp-{os.urandom(4).hex()}"


def _remove_leftovers(folder: int, written: str) -> None:
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


def _fill(stream: BinaryIO, data: bytes, on_step: OnStep) -> None:
    on_step("temporary made")
    stream.write(data)
    stream.flush()
    on_step("filled")
    set_mode(stream.fileno(), _FILE_MODE)


def _close_synced(stream: BinaryIO) -> None:
    """Close a file that was synced, or whose failure was reported: a full disk fails again here, with what is still buffered."""
    with suppress(OSError):
        stream.close()


def _sync(stream: BinaryIO, on_step: OnStep) -> None:
    with name_operation("fsync"):
        os.fsync(stream.fileno())
    on_step("synced")


def _rename(folder: int, temporary: str, name: str, *, exclusive: bool) -> None:
    stat_file(folder, name)
    if exclusive:
        name_exclusively(folder, temporary, name)
        return
    with name_operation("rename"):
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
