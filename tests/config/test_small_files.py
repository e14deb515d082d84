"""A small file is read whole, whatever the disk answers to its close."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from syncd.config.small_files import read_small_file
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_was_read_is_not_refused_by_its_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"text")
    close = os.close

    def fail(file: int) -> None:
        close(file)
        raise OSError(errno.EINTR, "Interrupted system call")

    monkeypatch.setattr(os, "close", fail)
    assert read_small_file(tmp_path / "a") == b"text"


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE, errno.ENOMEM])
def test_what_the_machine_refuses_once_is_read_at_the_second_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "a").write_bytes(b"text")
    fail_to_open(monkeypatch, number, times=1)
    assert read_small_file(tmp_path / "a") == b"text"


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE, errno.ENOMEM])
def test_what_the_machine_refuses_twice_says_nothing_about_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "a").write_bytes(b"text")
    fail_to_open(monkeypatch, number, times=2)
    with pytest.raises(FolderError) as refused:
        read_small_file(tmp_path / "a")
    assert refused.value.passing
    assert refused.value.path == str(tmp_path / "a")


def test_a_file_that_this_user_may_not_read_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"text")
    fail_to_open(monkeypatch, errno.EACCES, times=1)
    with pytest.raises(PermissionError):
        read_small_file(tmp_path / "a")


def fail_to_open(monkeypatch: pytest.MonkeyPatch, number: int, *, times: int) -> None:
    """Let the next `times` calls that open a file fail with an error number."""
    true_open, left = os.open, [number] * times

    def fail(path: Path, flags: int) -> int:
        if left:
            raise OSError(left.pop(), "refused")
        return true_open(path, flags)

    monkeypatch.setattr(os, "open", fail)
