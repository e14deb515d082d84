"""Durable writes to a file system: files that appear whole or not at all.

It must not know what the bytes mean. It removes nothing but temporary files: its own when the disk refused it, and those that a
killed process left a day ago.

write_file    ─► temporary made ─► filled ─► synced ─► named ─► folders synced
write_all        each of these steps for all files before the next step
write_each       the same for some files at a time, each of which gets its name as it is taken; the last step once
write_pieces     as write_file, for a file that is too large for the memory

Files that are written together are synced by several threads at once. A disk takes many syncs in the time of a few.
"""

from __future__ import annotations

import os
import re
import stat
from collections import deque
from contextlib import ExitStack, closing, suppress
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
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


TEMPORARY = re.compile(r"\..+\.tmp-[0-9a-f]{8}", re.ASCII)
"""The name of a file that a killed process left unfinished."""
LEFT_OVER_AFTER = 86_400
"""How many seconds after its last change a temporary file has no writer any more. No write takes a day."""
TOGETHER = 50
"""How many files `write_each` writes before the first of them gets its name. Each needs a descriptor until then."""

_THREADS = 8
"""Half as many take up to a quarter longer, and twice as many are no faster."""
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
    the end. No file gets its name before its bytes are on the disk. Killed at any moment, it leaves at most `TOGETHER` temporary
    files. Raise FolderError about the path that the disk refused, once the files before it are written.
    """
    with ExitStack() as stack:
        chains = _open_chains(stack, root, files, on_step)
        last: dict[int, str] = {}
        for some in _split(list(files.items())):
            pending = [_PendingFile(root / path, chains[_parents(path)][-1], data) for path, data in some]
            with closing(_name_in_turn(pending, on_step)) as named:
                for (path, _), one in zip(some, named, strict=True):
                    with translate_errors(one.path):
                        found = require_regular(os.stat(one.path.name, dir_fd=one.folder, follow_symlinks=False))
                    yield path, found
                    last[one.folder] = one.path.name
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
            for one, failure in zip(pending, _sync_together(pending), strict=True):
                one.finish_sync(failure, on_step)
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

    def finish_sync(self, failure: OSError | None, on_step: OnStep) -> None:
        """Raise FolderError where the disk did not take the bytes."""
        with translate_errors(self.path):
            if failure is not None:
                raise failure
            on_step("synced")

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


def _name_in_turn(pending: Sequence[_PendingFile], on_step: OnStep) -> Generator[_PendingFile]:
    """Bring the bytes of all of these files to the disk, then yield each once it has its name.

    FolderError about the first that the disk refused, after those before it. What has no name when it ends is removed.
    """
    waiting = deque(pending)
    with ExitStack() as stack:
        try:
            ready, refused = _sync_before_refusal(pending, stack, on_step)
            for one in ready:
                with translate_errors(one.path):
                    one.rename(on_step)
                waiting.popleft()
                yield one
        finally:
            for one in waiting:
                one.drop()
    if refused is not None:
        raise refused


def _sync_before_refusal(
    pending: Sequence[_PendingFile], stack: ExitStack, on_step: OnStep
) -> tuple[list[_PendingFile], FolderError | None]:
    """Return those whose bytes are on the disk, up to the first that the disk refused, and the error about that one."""
    filled: list[_PendingFile] = []
    ready: list[_PendingFile] = []
    refused: FolderError | None = None
    try:
        for one in pending:
            with translate_errors(one.path):
                one.fill(stack, on_step)
            filled.append(one)
    except FolderError as error:
        refused = error
    try:
        for one, failure in zip(filled, _sync_together(filled), strict=True):
            one.finish_sync(failure, on_step)
            ready.append(one)
    except FolderError as error:
        refused = error
    return ready, refused


def _sync_together(pending: Sequence[_PendingFile]) -> list[OSError | None]:
    """Bring the bytes of files to the disk, and return for each what the disk answered where it refused."""
    if len(pending) > 1:
        from concurrent.futures import ThreadPoolExecutor

        # RuntimeError where a limit forbids more threads.
        with suppress(RuntimeError), ThreadPoolExecutor(min(_THREADS, len(pending))) as pool:
            return list(pool.map(_try_to_sync, pending))
    return [_try_to_sync(one) for one in pending]


def _try_to_sync(one: _PendingFile) -> OSError | None:
    try:
        _sync(one.stream, ignore_step)
    except OSError as error:
        return error
    return None


def _split(files: Sequence[tuple[str, bytes]]) -> Iterator[Sequence[tuple[str, bytes]]]:
    for start in range(0, len(files), TOGETHER):
        yield files[start : start + TOGETHER]


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
