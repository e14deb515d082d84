"""What a file system may refuse, and what that does to an archive."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.file_system import (
    DISPENSABLE,
    is_supported,
    name_exclusively,
    name_operation,
    sync_folders,
    try_to_lock,
)
from syncd.core.errors import FolderError
from syncd.report.error_messages import explain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def refuse(number: int) -> Callable[[], None]:
    def run() -> None:
        raise OSError(number, os.strerror(number))

    return run


@pytest.mark.parametrize("name", DISPENSABLE)
def test_a_dispensable_operation_may_be_missing_and_may_not_fail(name: str) -> None:
    assert is_supported(name, lambda: None)
    assert all(not is_supported(name, refuse(number)) for number in DISPENSABLE[name])
    for number in (errno.EIO, errno.ENOSPC, errno.EROFS):
        with pytest.raises(OSError, match=os.strerror(number)):
            is_supported(name, refuse(number))


def test_folders_that_cannot_be_synced_are_passed_over() -> None:
    reading, writing = os.pipe()  # the kernel answers EINVAL for it, as a network share does for a folder
    try:
        sync_folders([reading])
    finally:
        os.close(reading)
        os.close(writing)
    with pytest.raises(OSError, match="fsync of the folder: Bad file descriptor"):
        sync_folders([reading])


def test_a_name_that_is_taken_is_refused_and_both_files_stay(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new", encoding="utf-8")
    (tmp_path / "taken").write_text("old", encoding="utf-8")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(FileExistsError):
            name_exclusively(folder, "new", "taken")
        name_exclusively(folder, "new", "free")
    finally:
        os.close(folder)
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        "taken": "old",
        "free": "new",
    }


def test_a_file_system_without_locks_is_named_with_the_operation_and_what_to_do(tmp_path: Path) -> None:
    def flock(_file: int, _how: int) -> None:
        refuse(errno.ENOLCK)()

    with pytest.raises(FolderError) as refused:
        try_to_lock(0, tmp_path / "lock", flock)
    shown = explain(refused.value)
    assert shown.message == f"{tmp_path}/lock: cannot be locked (flock): No locks available"
    assert "local disk" in shown.help


def test_a_failure_names_its_operation_and_keeps_its_kind() -> None:
    with pytest.raises(FileNotFoundError, match="rename: No such file"), name_operation("rename"):
        refuse(errno.ENOENT)()
