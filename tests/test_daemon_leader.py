"""Several hosts on one server's database: one leads, the others hold the same files, and anybody may join."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from random import Random
from typing import TYPE_CHECKING

import pytest

from syncd.archive import database, leader, owner
from syncd.archive.leader import Leadership
from syncd.config import load
from syncd.daemon.cycle import Cycle
from syncd.daemon.joining import join
from syncd.daemon.place import place_of
from syncd.daemon.schedule import plan_of
from syncd.errors import ArchiveGuard, ArchiveMissing, DatabaseError
from syncd.usecases.workspace import Access, open_workspace
from tests.hosts import eventually, hosts
from tests.world import evening, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from syncd.config import Config
    from syncd.usecases.fetching import Upstream
    from syncd.usecases.workspace import Workspace
    from tests.world import World

pytest_plugins = ("tests.postgres",)
LAST = date(2026, 7, 13)


@pytest.fixture
def here(tmp_path: Path, postgres_url: str) -> Iterator[World]:
    with world(tmp_path / "one", evening(LAST)) as made:
        made.overrides["database.url"] = postgres_url
        database.upgrade(postgres_url)
        yield made


def configured(here: World, root: Path) -> Config:
    with here.open() as work:
        return replace(work.config, archive=replace(work.config.archive, root=root))


def cycle(here: World, work: Workspace) -> Cycle:
    def ask(_work: Workspace) -> AbstractContextManager[Upstream]:
        return nullcontext(here.upstream)

    return Cycle(work, plan_of(work.config.schedule, 0.0), ask, lambda _own: None)


@pytest.mark.postgres
def test_one_leads_and_another_takes_over_when_it_is_gone(here: World, postgres_url: str) -> None:
    first, second = Leadership(postgres_url), Leadership(postgres_url)
    assert first.hold()
    assert first.hold()
    assert not second.hold()
    first.release()
    assert second.hold()
    assert not first.hold()
    first.close()
    second.close()


@pytest.mark.postgres
def test_a_leader_whose_session_is_cut_loses_the_place_and_knows(here: World, postgres_url: str) -> None:
    import psycopg

    first, second = Leadership(postgres_url), Leadership(postgres_url)
    assert first.hold()
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as session:
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    with pytest.raises(DatabaseError):
        first.hold()
    assert second.hold()
    assert not first.hold()
    first.close()
    second.close()


@pytest.mark.postgres
def test_a_folder_that_joined_holds_the_same_bytes_without_asking(here: World, tmp_path: Path) -> None:
    config = configured(here, tmp_path / "two" / "archive")
    assert join(config)
    assert not join(config)
    with here.open() as work:
        step = cycle(here, work).step(here.now)
        assert len(step.new) == 9
    here.asked.clear()
    other = open_workspace(config, lambda: here.now, Access.CREATE)
    try:
        assert cycle(here, other).follow(here.now).open == ()
        assert len(leader.folders(other.database)) == 2
    finally:
        other.close()
    assert here.asked == []
    for day in here.server.history.days:
        assert (config.archive.root / f"{day:%Y}" / f"{day}.md").read_bytes() == here.file(day).read_bytes()


@pytest.mark.postgres
def test_a_folder_that_was_there_before_and_is_empty_is_not_joined_again(here: World, tmp_path: Path) -> None:
    config = configured(here, tmp_path / "two" / "archive")
    join(config)
    config.archive.root.rename(tmp_path / "unmounted")
    with pytest.raises(ArchiveGuard, match="mounted"):
        join(config)


@pytest.mark.postgres
def test_a_folder_with_digests_is_not_joined(here: World, tmp_path: Path) -> None:
    config = configured(here, tmp_path / "two" / "archive")
    (config.archive.root / "2026").mkdir(parents=True)
    (config.archive.root / "2026" / "2026-07-13.md").write_text("somebody's\n")
    with pytest.raises(ArchiveGuard, match="digests"):
        join(config)


@pytest.mark.postgres
def test_leaders_killed_at_random_lose_nothing_and_hurry_nobody(tmp_path: Path, postgres_url: str) -> None:
    database.upgrade(postgres_url)
    chance, interval = Random(7), 0.4
    with hosts(tmp_path, postgres_url, 12, interval) as both:
        for _ in range(3):
            both.kill_the_leader(chance)
        due = both.due()
        for folder in both.folders:
            eventually(lambda folder=folder: len(both.files(folder)) == len(due))  # type: ignore[misc]
        eventually(lambda: set(map(str, due)) <= set(both.told()))
        both.end()
        one, two = both.folders
        assert both.files(one) == both.files(two)
        assert both.server.most_in_flight == 1
        # Measured at the server: its clock stops before the last byte left, the hosts' begins when it came.
        assert min(both.gaps()) >= interval
        assert len(both.server.requests) <= len(due) + 3 + 1


def test_an_embedded_database_has_one_folder_and_one_leader(tmp_path: Path) -> None:
    with world(tmp_path / "one", evening(LAST)) as here:
        config = configured(here, tmp_path / "two")
        with pytest.raises(ArchiveGuard, match="server"):
            join(config)
        place = place_of(config)
        assert (place.contested, place.hold(), place.has_news()) == (False, True, False)
    with pytest.raises(ArchiveMissing):
        join(load(None, {}, {"database.url": f"sqlite:///{tmp_path}/none.db"}, folder=tmp_path))


def test_a_stranger_is_told_whose_the_archive_is(tmp_path: Path) -> None:
    owner.require(tmp_path, 12345, ["syncd", "run"])
    (tmp_path / ".syncd-archive").touch()
    mine = tmp_path.stat().st_uid
    owner.require(tmp_path, mine, ["syncd", "run"])
    with pytest.raises(ArchiveGuard, match=r"run: sudo -u \S+ syncd run"):
        owner.require(tmp_path, mine + 1, ["syncd", "run"])
