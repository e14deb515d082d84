"""Durable writes to a file system: folders opened without following links, files that appear whole or not at all.

It must not know what the bytes mean. It removes nothing but temporary files: its own when the disk refused it, and those that a
killed process left a day ago.

create_folder ─► open_folders (root, then part by part)
write_file    ─► temporary made ─► filled ─► synced ─► named ─► folders synced
write_all        each of these steps for all files before the next step
write_each       all but the last step for each file in turn, the last one once
write_pieces     as write_file, for a file that is too large for the memory
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from syncd.archive.files.file_system import close_unwritten, name_exclusively, name_operation, set_mode, sync_folders
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

OnStep = Callable[[str], None]
"""Called with the name of a step that was just done. What it raises ends the work there, as a kill or a full disk would."""

TEMPORARY = re.compile(r"\..+\.tmp-[0-9a-f]{8}", re.ASCII)
"""The name of a file that a killed process left unfinished."""
LEFT_OVER_AFTER = 86_400
"""How many seconds after its last change a temporary file has no writer any more. No write takes a day."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# Without O_NONBLOCK, opening a named pipe would wait for ever.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644
_DETAILS = {
    errno.ELOOP: "it is a symbolic link",
    errno.ENOTDIR: "there is a symbolic link or a file where a folder should be",
    errno.EISDIR: "there is a folder where a file should be",
}


def ignore_step(step: str, /) -> None:
    """Do nothing, as the default `OnStep`."""


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into a FolderError about `path`."""
    try:
        yield
    except OSError as error:
        detail = _DETAILS.get(error.errno or 0) or error.strerror or str(error)
        raise FolderError(detail, path=str(path)) from error


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
        found = _require_regular(os.fstat(file))
        with os.fdopen(file, "rb", closefd=False) as stream:
            return stream.read(), found
    finally:
        close_unwritten(file)


def stat_file(folder: int, name: str) -> os.stat_result | None:
    """Return the stat of the regular file `name`. None if absent. Raise OSError if it is anything else."""
    try:
        return _require_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _require_regular(found: os.stat_result) -> os.stat_result:
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return found


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
                found = _require_regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
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


def walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield everything below `folder` that is no folder, with its path relative to it, by name. Skip hidden folders."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if not entry.is_dir(follow_symlinks=False):
            yield prefix + entry.name, entry
        elif not entry.name.startswith("."):
            yield from walk(folder / entry.name, f"{prefix}{entry.name}/")
