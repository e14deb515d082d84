"""Durable writes to a file system: files that appear whole or not at all.

It must not know what the bytes mean. It removes nothing but temporary files: its own when the disk refused it, and those that a
killed process left a day ago.

write_file    ─► temporary made ─► filled ─► synced ─► named ─► folders synced
write_all        each of these steps for all files before the next step
write_each       the same for some files at a time, each of which gets its name as it is taken; the last step once
write_pieces     as write_file, for a file that is too large for the memory
"""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from syncd.archive.files import temporary_file
from syncd.archive.files.file_system import sync_folders
from syncd.archive.files.folder_tree import (
    OnStep,
    ignore_step,
    open_folders,
    require_regular,
    stat_file,
    translate_errors,
)
from syncd.archive.files.pending_file import PendingFile, do_each, name_in_turn, sync_together
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

TOGETHER = 50
"""How many files `write_each` writes before the first of them gets its name. Each needs a descriptor until then."""


def write_file(
    folders: Sequence[int], name: str, data: bytes, *, exclusive: bool = False, on_step: OnStep = ignore_step
) -> None:
    """Let `data` be the file `name` of the last of `folders`, mode 0644, on the disk with all of them when it returns.

    At every moment the name holds the old bytes or the new ones, whole. With `exclusive`, raise FileExistsError when the
    file exists. A link or a folder of that name is refused either way.
    """
    _write_unsynced(folders[-1], name, data, exclusive=exclusive, on_step=on_step)
    temporary_file.remove_leftovers(folders[-1], name)
    sync_folders(folders)
    on_step("folders synced")


def _write_unsynced(folder: int, name: str, data: bytes, *, exclusive: bool = False, on_step: OnStep) -> None:
    """Do what `write_file` does, except for syncing the folders."""
    temporary = temporary_file.choose_name(name)
    file = temporary_file.create(folder, temporary)
    try:
        with file:
            temporary_file.fill(file, data, on_step)
            temporary_file.sync(file, on_step)
        temporary_file.rename(folder, temporary, name, exclusive=exclusive)
    except OSError:
        temporary_file.remove(folder, temporary)
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
        temporary = temporary_file.choose_name(path.name)
        file = temporary_file.create(folder, temporary, 0o666)
        try:
            with file:
                on_step("temporary made")
                file.writelines(pieces)
                file.flush()
                on_step("filled")
                temporary_file.sync(file, on_step)
            temporary_file.rename(folder, temporary, path.name, exclusive=False)
        except BaseException:
            temporary_file.remove(folder, temporary)
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
            pending = [PendingFile(root / path, chains[_parents(path)][-1], data) for path, data in some]
            with closing(name_in_turn(pending, on_step)) as named:
                for (path, _), one in zip(some, named, strict=True):
                    with translate_errors(one.path):
                        found = require_regular(os.stat(one.path.name, dir_fd=one.folder, follow_symlinks=False))
                    yield path, found
                    last[one.folder] = one.path.name
        with translate_errors(root):
            for folder, name in last.items():
                temporary_file.remove_leftovers(folder, name)
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
            PendingFile(root / path, chains[_parents(path)][-1], data)
            for path, data in files.items()
            if data is not None
        ]
        try:
            do_each(pending, lambda one: one.fill(stack, on_step))
            for one, failure in zip(pending, sync_together(pending), strict=True):
                one.finish_sync(failure, on_step)
            do_each(pending, lambda one: one.rename(on_step))
        except FolderError:
            for one in pending:
                one.drop()
            raise
        with translate_errors(root):
            for folder, name in {one.folder: one.path.name for one in pending}.items():
                temporary_file.remove_leftovers(folder, name)
            sync_folders(_list_once(chains))
        on_step("folders synced")


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
