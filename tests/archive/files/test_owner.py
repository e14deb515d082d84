"""The owner of an archive: who may write, and the command that is named to everyone else."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import owner
from syncd.core.errors import FolderError, OtherOwner

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = ["syncd", "sync", "--page", "a page.html"]


def test_folder_without_a_marker_has_no_owner(tmp_path: Path) -> None:
    owner.require(tmp_path, 12345, COMMAND)


def test_owner_of_the_marker_may_write(tmp_path: Path) -> None:
    (tmp_path / ".syncd-archive").touch()
    owner.require(tmp_path, tmp_path.stat().st_uid, COMMAND)


def test_another_user_sees_the_command_to_run_instead(tmp_path: Path) -> None:
    (tmp_path / ".syncd-archive").touch()
    mine = tmp_path.stat().st_uid
    with pytest.raises(OtherOwner) as caught:
        owner.require(tmp_path, mine + 12345, COMMAND)
    assert re.fullmatch(r"sudo -u \S+ syncd sync --page 'a page.html'", caught.value.command)
    assert caught.value.path == str(tmp_path)
    assert f"not to #{mine + 12345}" in caught.value.detail


@pytest.mark.root
def test_where_only_the_marker_is_another_users_it_is_given_back(tmp_path: Path) -> None:
    marker = tmp_path / ".syncd-archive"
    marker.touch()
    os.chown(tmp_path, 12345, -1)
    with pytest.raises(OtherOwner, match="its marker belongs to root, and the archive to #12345") as caught:
        owner.require(tmp_path, 12345, COMMAND)
    assert (caught.value.path, caught.value.command) == (str(marker), f"sudo chown 12345 {marker}")


@pytest.mark.root
def test_root_is_advised_to_use_runuser(tmp_path: Path) -> None:
    marker = tmp_path / ".syncd-archive"
    marker.touch()
    os.chown(marker, 12345, -1)
    with pytest.raises(OtherOwner, match="belongs to #12345, not to root") as caught:
        owner.require(tmp_path, 0, COMMAND)
    assert caught.value.command.startswith("runuser -u #12345 -- syncd sync")


def test_what_the_disk_refuses_is_a_folder_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError):
        owner.require(tmp_path / "file", 0, COMMAND)


@pytest.mark.root
def test_a_file_that_is_not_there_or_hidden_is_named_by_the_nearest_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, -1)
    shown = owner.advise(tmp_path / "gone" / "syncd.db", 54321, ["syncd", "status"])
    assert shown == f"{tmp_path} belongs to #12345; run: sudo -u #12345 syncd status"


def test_what_is_this_users_own_needs_no_advice(tmp_path: Path) -> None:
    assert owner.advise(tmp_path / "gone", tmp_path.stat().st_uid, ["syncd", "status"]) == ""


@pytest.mark.root
def test_what_is_of_root_needs_another_place_or_another_owner(tmp_path: Path) -> None:
    shown = owner.advise(tmp_path / "r.html", 12345, ["syncd", "report", "-o", "r.html"])
    assert shown == f"{tmp_path} belongs to root; run: sudo chown 12345 {tmp_path}, or name a place that #12345 may use"
