"""A further folder of an archive on a server: which ones may join, and what stays unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import marker
from syncd.archive.sql import database
from syncd.config import load
from syncd.core.errors import ArchiveGuard, ArchiveMissing
from syncd.usecases.ingest.join_host import join, may_join
from tests.support.small_archive import noon, world

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.config import Config

pytest_plugins = ("tests.support.postgres_server",)
LAST = date(2026, 7, 13)


@pytest.fixture
def config(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The configuration of a host that may join. SQLite passes for a server here, so that the rules are tested without one."""
    open_database = database.open_database
    monkeypatch.setattr(
        database, "open_database", lambda *args, **kwargs: replace(open_database(*args, **kwargs), file=None)
    )
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    return load(tmp_path / "config.toml", {"SYNCD_DATABASE__URL": url}, {})


@pytest.fixture
def begun(tmp_path: Path, config: Config) -> Config:
    """The same, where a first host has begun the archive."""
    with world(tmp_path / "first", noon(LAST)) as here:
        here.overrides["database.url"] = config.database.url
        with here.open():
            return config


def test_an_empty_folder_becomes_part_of_the_archive_once(begun: Config) -> None:
    assert may_join(begun)
    assert not begun.archive.root.exists()
    assert join(begun)
    assert marker.read(begun.archive.root) is not None
    assert not may_join(begun)
    assert not join(begun)


def test_an_empty_folder_that_exists_may_join(begun: Config) -> None:
    begun.archive.root.mkdir(parents=True)
    assert may_join(begun)
    assert join(begun)


def test_where_there_is_no_archive_there_is_nothing_to_join(config: Config) -> None:
    with pytest.raises(ArchiveMissing):
        may_join(config)


def test_a_folder_that_was_joined_and_is_empty_is_an_unmounted_disk(begun: Config) -> None:
    join(begun)
    begun.archive.root.rename(begun.archive.root.with_name("elsewhere"))
    with pytest.raises(ArchiveGuard, match="mounted"):
        may_join(begun)


def test_a_folder_with_digests_is_left_alone(begun: Config) -> None:
    folder = begun.archive.root / "2026"
    folder.mkdir(parents=True)
    (folder / "2026-07-13.md").write_bytes(b"# ArXiv cs.CV --Mon, 13 Jul 2026\n")
    with pytest.raises(ArchiveGuard, match="digests lie"):
        join(begun)
    assert marker.read(begun.archive.root) is None


def test_an_archive_in_a_file_has_one_folder(tmp_path: Path) -> None:
    with world(tmp_path / "one", noon(LAST)) as here, here.open() as work:
        config = replace(work.config, archive=replace(work.config.archive, root=tmp_path / "two"))
    with pytest.raises(ArchiveGuard, match="server"):
        join(config)
    with pytest.raises(ArchiveMissing):
        join(load(None, {}, {"database.url": f"sqlite:///{tmp_path}/none.db"}, folder=tmp_path))
