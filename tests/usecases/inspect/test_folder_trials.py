"""The trial of what each folder's file system allows."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.inspect.folder_trials import OPERATIONS, try_folders
from syncd.usecases.inspect.host_checks import Grade
from tests.usecases.inspect.test_host_checks import ME, config, host

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "vault").mkdir()


def test_a_usual_disk_allows_everything_and_nothing_is_left(tmp_path: Path) -> None:
    found = list(try_folders(config(tmp_path), host()))
    assert {check.subject: check.grade for check in found} == dict.fromkeys(
        ("root disk", "vault disk", "database folder disk"), Grade.OK
    )
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["archive", "vault"]


@pytest.mark.parametrize(
    ("operation", "number", "grade"),
    [
        ("write", errno.EROFS, Grade.FAIL),
        ("fsync", errno.EINVAL, Grade.FAIL),
        ("flock", errno.ENOLCK, Grade.FAIL),
        ("fcntl lock", errno.ENOLCK, Grade.FAIL),
        ("chmod", errno.EPERM, Grade.WARN),
        ("mkdir", errno.EACCES, Grade.FAIL),
        ("link", errno.EPERM, Grade.WARN),
        ("link", errno.EIO, Grade.FAIL),
        ("rename", errno.EACCES, Grade.FAIL),
        ("fsync of the folder", errno.EINVAL, Grade.WARN),
        ("fsync of the folder", errno.EIO, Grade.FAIL),
        ("delete", errno.EPERM, Grade.FAIL),
    ],
)
def test_what_is_refused_is_named_and_dispensable_or_not(
    tmp_path: Path, operation: str, number: int, grade: Grade
) -> None:
    def refuse(_folder: int, _name: str) -> None:
        raise OSError(number, os.strerror(number))

    found = list(try_folders(config(tmp_path), host(), {**OPERATIONS, operation: refuse}))
    assert {check.grade for check in found} == {grade}
    assert all(f"{operation} is refused: {os.strerror(number)}" in check.message and check.help for check in found)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["archive", "vault"]


def test_the_folders_of_another_user_are_not_tried(tmp_path: Path) -> None:
    assert list(try_folders(config(tmp_path), host(user=ME + 1))) == []
