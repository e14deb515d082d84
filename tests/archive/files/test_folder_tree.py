"""Folders opened without following links, and what the disk refuses."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import folder_tree
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a").chmod(0o700)
    folder_tree.create_folder(tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700


def test_no_link_is_followed_below_the_root_which_may_be_one(tmp_path: Path) -> None:
    (tmp_path / "real/sub").mkdir(parents=True)
    (tmp_path / "root").symlink_to(tmp_path / "real")
    (tmp_path / "real/link").symlink_to(tmp_path / "real/sub")
    with folder_tree.open_folders(tmp_path / "root", ("sub",)) as folders:
        assert folders is not None
    with pytest.raises(NotADirectoryError), folder_tree.open_folders(tmp_path / "root", ("link",), create=True):
        pass


def test_a_missing_folder_is_none_and_a_missing_root_is_an_error(tmp_path: Path) -> None:
    with folder_tree.open_folders(tmp_path, ("a", "b")) as folders:
        assert folders is None
    with pytest.raises(FileNotFoundError), folder_tree.open_folders(tmp_path / "gone", ("a",), create=True):
        pass


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        (errno.ENOSPC, "No space left on device"),
        (errno.ELOOP, "it is a symbolic link"),
        (errno.EISDIR, "there is a folder where a file should be"),
    ],
)
def test_what_the_disk_refuses_is_a_folder_error_with_path_and_reason(tmp_path: Path, code: int, detail: str) -> None:
    with pytest.raises(FolderError) as caught, folder_tree.translate_errors(tmp_path / "x"):
        raise OSError(code, os.strerror(code))
    assert (caught.value.detail, caught.value.path) == (detail, str(tmp_path / "x"))


def test_a_bug_in_the_block_stays_a_bug(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), folder_tree.translate_errors(tmp_path):
        raise ZeroDivisionError


def test_a_walk_is_sorted_by_name_without_hidden_folders_and_follows_no_link(tmp_path: Path) -> None:
    for path in ("b/2", "b/1", "a", ".git/x", ".hidden"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert [path for path, _ in folder_tree.walk(tmp_path)] == [".hidden", "a", "b/1", "b/2", "loop"]


@pytest.mark.parametrize(
    ("number", "times", "is_read", "tries"),
    [(errno.EIO, 1, True, 2), (errno.EIO, 2, False, 2), (errno.EACCES, 1, False, 1)],
)
def test_a_file_that_the_disk_refuses_once_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, times: int, is_read: bool, tries: int
) -> None:
    (tmp_path / "a").write_bytes(b"text")
    read, asked = folder_tree.read_file, list[str]()

    def refuse(folder: int, name: str) -> tuple[bytes, os.stat_result] | None:
        asked.append(name)
        if len(asked) <= times:
            raise OSError(number, "refused")
        return read(folder, name)

    monkeypatch.setattr(folder_tree, "read_file", refuse)
    if is_read:
        assert (folder_tree.read_path(tmp_path, "a") or [b""])[0] == b"text"
    else:
        with pytest.raises(FolderError, match="refused"):
            folder_tree.read_path(tmp_path, "a")
    assert len(asked) == tries


def test_an_error_names_the_place_below_that_the_disk_refused(tmp_path: Path) -> None:
    with pytest.raises(FolderError) as below, folder_tree.translate_errors(tmp_path):
        os.scandir(tmp_path / "2026")
    with pytest.raises(FolderError) as elsewhere, folder_tree.translate_errors(tmp_path / "2025"):
        os.scandir(tmp_path / "2026")
    assert (below.value.path, elsewhere.value.path) == (str(tmp_path / "2026"), str(tmp_path / "2025"))
