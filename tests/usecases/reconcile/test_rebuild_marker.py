"""A folder that is gone for good, or lost its marker, is made anew by a person's word, and never without it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from syncd.archive.files import marker
from syncd.core.errors import ArchiveGuard, ArchiveMissing, MarkerLost
from syncd.core.results import Done
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.rebuild_marker import find_lost_marker, rebuild_marker
from syncd.usecases.reconcile.repair import repair
from tests.support.sound_archive import DAYS, Held, copied

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def list_files(held: Held) -> dict[str, bytes]:
    root = held.root
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.md")}


def test_a_lost_folder_comes_back_byte_for_byte(held: Held) -> None:
    root, before = held.root, list_files(held)
    known = marker.read(root)
    shutil.rmtree(root)
    lost = find_lost_marker(held.config)
    assert lost is not None
    assert [(one.day, one.action) for one in lost.files] == [(day, Done.PLANNED) for day in DAYS]
    assert not root.exists()
    rebuild_marker(held.config)
    with held.open() as work:
        assert {one.action for one in repair(work).days} == {Done.RESTORED}
        assert not check(work, Scope(full=True)).problems
    assert list_files(held) == before
    # The same folder of the archive as before, so that what its files and rows agreed on is still known.
    assert marker.read(root) == known


def test_a_folder_restored_without_dot_files_needs_its_marker_alone(held: Held) -> None:
    (held.root / marker.NAME).unlink()
    with pytest.raises(MarkerLost), held.open():
        pass
    lost = find_lost_marker(held.config)
    assert lost is not None
    assert lost.files == []
    rebuild_marker(held.config)
    with held.open() as work:
        assert [one for one in repair(work).days if one.action is not Done.NONE] == []


def test_a_damaged_marker_is_kept_and_replaced(held: Held) -> None:
    path = held.root / marker.NAME
    path.write_bytes(b"half a mar")
    rebuild_marker(held.config)
    with held.open() as work:
        assert b"half a mar" in [work.vault.get(one.sha256) for one in work.vault.receipts() if one.kind == "candidate"]


def test_a_folder_with_its_marker_is_left_alone(held: Held) -> None:
    path = held.root / marker.NAME
    before = path.stat().st_mtime_ns
    assert find_lost_marker(held.config) is None
    rebuild_marker(held.config)
    assert path.stat().st_mtime_ns == before


def test_a_folder_of_another_archive_is_never_taken(held: Held) -> None:
    path = held.root / marker.NAME
    path.unlink()
    marker.create(path.parent, marker.Marker(uuid4(), uuid4()))
    before = path.read_bytes()
    with pytest.raises(ArchiveGuard, match="belongs to archive"):
        rebuild_marker(held.config)
    assert path.read_bytes() == before


def test_without_a_database_there_is_nothing_to_rebuild_from(held: Held) -> None:
    (held.root / marker.NAME).unlink()
    file = held.folder / "syncd.db"
    assert file.exists()
    for part in held.folder.glob("syncd.db*"):
        part.unlink()
    with pytest.raises(ArchiveMissing):
        rebuild_marker(held.config)
    assert not (held.root / marker.NAME).exists()
