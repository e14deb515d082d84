"""The marker of a folder: written once, whole, and read with every kind of damage."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from syncd.archive.files import marker
from syncd.archive.files.marker import NAME, Marker
from syncd.core.errors import ArchiveGuard, MarkerLost

if TYPE_CHECKING:
    from pathlib import Path

OURS = Marker(UUID(int=1), UUID(int=2))


class Killed(BaseException):
    """The process ends here."""


def test_a_created_marker_is_read_back(tmp_path: Path) -> None:
    marker.create(tmp_path / "new/archive", OURS)
    assert marker.read(tmp_path / "new/archive") == OURS
    assert stat.S_IMODE((tmp_path / "new/archive" / NAME).stat().st_mode) == 0o644


def test_the_file_is_plain_json_with_its_format(tmp_path: Path) -> None:
    marker.create(tmp_path, OURS)
    assert json.loads((tmp_path / NAME).read_text(encoding="utf-8")) == {
        "format": 1,
        "archive": str(OURS.archive),
        "replica": str(OURS.replica),
    }


def test_missing_folder_and_missing_marker_are_none(tmp_path: Path) -> None:
    assert marker.read(tmp_path) is None
    assert marker.read(tmp_path / "gone") is None


def test_a_folder_never_gets_a_second_marker(tmp_path: Path) -> None:
    marker.create(tmp_path, OURS)
    for other in (OURS, Marker(UUID(int=3), UUID(int=4))):
        with pytest.raises(ArchiveGuard, match="already"):
            marker.create(tmp_path, other)
    assert marker.read(tmp_path) == OURS
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("step", ["temporary made", "filled", "synced", "named", "folders synced"])
def test_a_kill_leaves_no_marker_or_a_whole_one(tmp_path: Path, step: str) -> None:
    def on_step(done: str) -> None:
        if done == step:
            raise Killed

    with pytest.raises(Killed):
        marker.create(tmp_path, OURS, on_step=on_step)
    assert marker.read(tmp_path) == (OURS if step in {"named", "folders synced"} else None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"format": 1, "archive": "x", "replica": "y"}',
        b'{"format": 1, "archive": 5, "replica": 6}',
        b'{"format": 1, "archive": "00000000-0000-0000-0000-000000000001"}',
    ],
)
def test_a_damaged_marker_stops_the_run(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)
    with pytest.raises(ArchiveGuard, match="damaged") as caught:
        marker.read(tmp_path)
    assert caught.value.path == str(tmp_path / NAME)


def test_a_marker_of_a_newer_format_stops_the_run(tmp_path: Path) -> None:
    marker.create(tmp_path, OURS)
    text = (tmp_path / NAME).read_text(encoding="utf-8").replace("1,", "2,", 1)
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    with pytest.raises(ArchiveGuard, match="newer"):
        marker.read(tmp_path)


def test_a_marker_that_is_a_link_is_refused(tmp_path: Path) -> None:
    marker.create(tmp_path / "a", OURS)
    (tmp_path / NAME).symlink_to(tmp_path / "a" / NAME)
    with pytest.raises(MarkerLost, match="symbolic link"):
        marker.read(tmp_path)


def test_a_folder_of_another_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveGuard, match="missing"):
        marker.require(tmp_path, OURS.archive)
    marker.create(tmp_path, OURS)
    assert marker.require(tmp_path, OURS.archive) == OURS
    with pytest.raises(ArchiveGuard, match=str(UUID(int=9))):
        marker.require(tmp_path, UUID(int=9))


@pytest.mark.parametrize("kind", ["folder", "pipe", "link"])
def test_what_stands_in_the_place_of_a_marker_is_to_be_moved_away(tmp_path: Path, kind: str) -> None:
    path = tmp_path / marker.NAME
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path)
    with pytest.raises(MarkerLost, match="move what stands there away"):
        marker.read(tmp_path)
    assert marker.read_damaged(tmp_path) is None
