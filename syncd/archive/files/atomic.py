"""Durable steps on a file system: folders entered without following links, files that appear whole or not at all.

It must not know what the bytes mean, and removes nothing but a temporary file of its own that was refused by the disk.

create_folder ─► entered (root, then part by part) ─► place: temporary ─► filled ─► synced ─► named ─► folders synced
                                                    write_all: each of these steps for all files before the next
                                                    write_each: all but the last for each file in turn, the last once
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

from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

OnStep = Callable[[str], None]
"""Called with the name of a step that was just done; what it raises ends the work there, as a kill or a full disk would."""

TEMPORARY = re.compile(r"\..+\.tmp-[0-9a-f]{8}", re.ASCII)
"""The name of a file that a killed process left unfinished."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644
_WORDS = {
    errno.ELOOP: "a symbolic link stands in the way",
    errno.ENOTDIR: "a symbolic link or a file stands where a folder should be",
    errno.EISDIR: "a folder stands where a file should be",
}


def ignore_step(step: str, /) -> None:
    """The `OnStep` that does nothing."""


@contextmanager
def translate_errors(path: Path) -> Iterator[None]:
    """Turn what the disk refuses inside the block into a FolderError about `path`."""
    try:
        yield
    except OSError as error:
        detail = _WORDS.get(error.errno or 0) or error.strerror or str(error)
        raise FolderError(detail, path=str(path)) from error


def create_folder(path: Path) -> None:
    """Make `path` and what is missing above it, mode 0755 under any umask, on the disk when it returns; idempotent."""
    if path.is_dir():
        return
    create_folder(path.parent)
    with open_folders(path.parent, (path.name,), create=True) as folders:
        sync_folders(folders or ())


@contextmanager
def open_folders(
    root: Path, parts: Sequence[str], *, create: bool = False, after: OnStep = ignore_step
) -> Iterator[tuple[int, ...] | None]:
    """Descriptors of `root` and of each folder below it along `parts`, closed at the end; None when one is missing.

    No link is followed below `root`, which may be one itself. A missing root is an OSError, never None: it is a disk
    that is not there. With `create` missing folders are made, mode 0755.
    """
    with ExitStack() as stack:
        folders = [_kept(stack, os.open(root, _FOLDER))]
        for part in parts:
            folder = _enter(folders[-1], part, create=create, after=after)
            if folder is None:
                break
            folders.append(_kept(stack, folder))
        yield tuple(folders) if len(folders) > len(parts) else None


def _kept(stack: ExitStack, folder: int) -> int:
    stack.callback(os.close, folder)
    return folder


def _enter(folder: int, part: str, *, create: bool, after: OnStep) -> int | None:
    flags = _FOLDER | os.O_NOFOLLOW
    try:
        return os.open(part, flags, dir_fd=folder)
    except FileNotFoundError:
        if not create:
            return None
    with suppress(FileExistsError):
        os.mkdir(part, _FOLDER_MODE, dir_fd=folder)
    made = os.open(part, flags, dir_fd=folder)
    os.fchmod(made, _FOLDER_MODE)
    after(f"folder {part} made")
    return made


def read_file(folder: int, name: str) -> tuple[bytes, os.stat_result] | None:
    """Bytes of the regular file `name`, with what the file system said of it *before* they were read; None if absent."""
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        found = _regular(os.fstat(file))
        with os.fdopen(file, "rb", closefd=False) as stream:
            return stream.read(), found
    finally:
        os.close(file)


def stat_file(folder: int, name: str) -> os.stat_result | None:
    """What the file system says of the regular file `name`; None if absent, an OSError if it is anything else."""
    try:
        return _regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _regular(found: os.stat_result) -> os.stat_result:
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return found


def write_file(
    folders: Sequence[int], name: str, data: bytes, *, exclusive: bool = False, after: OnStep = ignore_step
) -> None:
    """Let `data` be the file `name` of the last of `folders`, mode 0644, on the disk with all of them when it returns.

    At every moment the name holds the old bytes or the new ones, whole. With `exclusive` an existing file is a
    FileExistsError; a link or a folder of that name is refused either way.
    """
    _put(folders[-1], name, data, exclusive=exclusive, after=after)
    sync_folders(folders)
    after("folders synced")


def _put(folder: int, name: str, data: bytes, *, exclusive: bool = False, after: OnStep) -> None:
    """What `place` does, but for the folders, which are not synced yet."""
    temporary = _temporary(name)
    file = os.open(temporary, _CREATE, 0o600, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            _fill(stream, data, after)
            _sync(stream, after)
        _rename(folder, temporary, name, exclusive=exclusive)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    after("named")


def write_each(
    root: Path, files: Mapping[str, bytes], *, after: OnStep = ignore_step
) -> Iterator[tuple[str, os.stat_result]]:
    """Let each of `files` in turn, by path below `root`, hold its bytes; yields its path and stat once it bears its name.

    They are on the disk, names included, when the last has been taken, and not before: each folder is synced once, at the
    end. Killed at any moment, it leaves one temporary file at most, as `place` does. Whatever the disk refuses is a
    FolderError about that path.
    """
    with ExitStack() as stack:
        ways = {parts: _way(stack, root, parts, after) for parts in dict.fromkeys(map(_parts, files))}
        for path, data in files.items():
            folder, name = ways[_parts(path)][-1], path.rpartition("/")[2]
            with translate_errors(root / path):
                _put(folder, name, data, after=after)
                found = _regular(os.stat(name, dir_fd=folder, follow_symlinks=False))
            yield path, found
        with translate_errors(root):
            sync_folders(_once(ways))
            after("folders synced")


def write_all(root: Path, files: Mapping[str, bytes | None], *, after: OnStep = ignore_step) -> None:
    """Let each of `files`, a page of them by path below `root`, hold its bytes, on the disk when it returns.

    Every step is taken for all of them before the next, and each folder is synced once: many files cost little more than one.
    No name holds new bytes before those of all are on the disk. None for bytes says that the file is there already, and only
    its folders are to be synced. Whatever the disk refuses is a FolderError about that path.
    """
    with ExitStack() as stack:
        ways = {parts: _way(stack, root, parts, after) for parts in dict.fromkeys(map(_parts, files))}
        coming = [
            _Coming(root / path, ways[_parts(path)][-1], data) for path, data in files.items() if data is not None
        ]
        try:
            _each(coming, lambda one: one.fill(stack, after))
            _each(coming, lambda one: _sync(one.stream, after))
            _each(coming, lambda one: one.rename(after))
        except FolderError:
            for one in coming:
                one.drop()
            raise
        with translate_errors(root):
            sync_folders(_once(ways))
        after("folders synced")


@dataclass(slots=True)
class _Coming:
    """A file on its way into `folder`, under a name that is temporary until the last step."""

    path: Path
    folder: int
    data: bytes
    temporary: str = field(init=False)
    stream: BinaryIO = field(init=False)

    def __post_init__(self) -> None:
        self.temporary = _temporary(self.path.name)

    def fill(self, stack: ExitStack, after: OnStep) -> None:
        stat_file(self.folder, self.path.name)
        file = os.open(self.temporary, _CREATE, 0o600, dir_fd=self.folder)
        self.stream = stack.enter_context(os.fdopen(file, "wb"))
        _fill(self.stream, self.data, after)

    def rename(self, after: OnStep) -> None:
        _rename(self.folder, self.temporary, self.path.name, exclusive=False)
        after("named")

    def drop(self) -> None:
        with suppress(OSError):
            os.unlink(self.temporary, dir_fd=self.folder)


def _each(coming: Iterable[_Coming], step: Callable[[_Coming], None]) -> None:
    for one in coming:
        with translate_errors(one.path):
            step(one)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("/")[:-1])


def _way(stack: ExitStack, root: Path, parts: tuple[str, ...], after: OnStep) -> tuple[int, ...]:
    with translate_errors(root.joinpath(*parts)):
        return stack.enter_context(open_folders(root, parts, create=True, after=after)) or ()


def _once(ways: Mapping[tuple[str, ...], tuple[int, ...]]) -> list[int]:
    """One descriptor for each folder on these ways, outermost first."""
    found = {parts[:depth]: folder for parts, way in ways.items() for depth, folder in enumerate(way)}
    return [found[parts] for parts in sorted(found, key=len)]


def _temporary(name: str) -> str:
    return f".{name.lstrip('.')}.tmp-{os.urandom(4).hex()}"


def _fill(stream: BinaryIO, data: bytes, after: OnStep) -> None:
    after("temporary made")
    stream.write(data)
    stream.flush()
    after("filled")
    os.fchmod(stream.fileno(), _FILE_MODE)


def _sync(stream: BinaryIO, after: OnStep) -> None:
    os.fsync(stream.fileno())
    after("synced")


def _rename(folder: int, temporary: str, name: str, *, exclusive: bool) -> None:
    stat_file(folder, name)
    if exclusive:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.unlink(temporary, dir_fd=folder)
    else:
        os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)


def sync_folders(folders: Sequence[int]) -> None:
    """Bring the names in `folders` to the disk, innermost first; all of them, as a killed run may have made any."""
    for folder in reversed(folders):
        os.fsync(folder)


def walk(folder: Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below `folder` that is no folder, with its path relative to it, by name; hidden folders are left out."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        if not entry.is_dir(follow_symlinks=False):
            yield prefix + entry.name, entry
        elif not entry.name.startswith("."):
            yield from walk(folder / entry.name, f"{prefix}{entry.name}/")
