"""Leadership over the hosts of one database, and the wait for its server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from syncd.archive.sql.commit_order import CommitOrder
from syncd.archive.sql.leader_lock import LeaderLock
from syncd.config import load
from syncd.core.errors import DatabaseError
from syncd.daemon.leadership import Leadership, await_server, find_leadership
from syncd.daemon.signals import SignalRequests
from syncd.daemon.systemd import SystemdNotifier
from syncd.usecases.ingest.sync import sync
from tests.support.small_archive import evening, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.small_archive import World

pytest_plugins = ("tests.support.postgres_server",)
LAST = date(2026, 7, 13)


@pytest.fixture
def here(tmp_path: Path, postgres_url: str) -> Iterator[World]:
    with world(tmp_path / "one", evening(LAST)) as made:
        made.overrides["database.url"] = postgres_url
        yield made


def test_the_host_of_an_embedded_database_leads_and_has_no_rival(tmp_path: Path) -> None:
    leadership = find_leadership(load(None, {}, {"database.url": f"sqlite:///{tmp_path}/none.db"}, folder=tmp_path))
    assert (leadership.is_contested, leadership.hold(), leadership.has_news()) == (False, True, False)
    leadership.release()


@dataclass
class ScriptedLock:
    """A lock whose server gives these answers; an error stands for none."""

    answers: list[bool | None] = field(default_factory=list)

    def hold(self) -> bool:
        answer = self.answers.pop(0)
        if answer is None:
            raise DatabaseError("gone", path="server")
        return answer

    def touch(self) -> None:
        """Say nothing."""

    def count_changes(self) -> tuple[int, int]:
        raise DatabaseError("gone", path="server")


def test_only_changes_of_the_lead_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    leadership = Leadership(cast("LeaderLock", ScriptedLock([True, True, None, None, False, True])))
    held = [(leadership.hold(), leadership.is_unreachable) for _ in range(6)]
    assert held == [(True, False)] * 2 + [(False, True)] * 2 + [(False, False), (True, False)]
    assert [record.message for record in caplog.records] == [
        "this host leads",
        "the database cannot be asked which host leads: gone",
        "not the leader",
        "this host leads",
    ]
    assert not leadership.has_news()


def test_a_server_that_was_never_reached_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    leadership = Leadership(cast("LeaderLock", ScriptedLock([None])))
    assert not leadership.hold()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_the_wait_for_a_server_ends_when_the_daemon_is_asked_to_stop(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    url = "postgresql+psycopg://unknown@127.0.0.1:1/none"
    config, signals = load(None, {}, {"database.url": url}, folder=tmp_path), SignalRequests()
    signals.request_stop()
    await_server(config, signals, SystemdNotifier())


@pytest.mark.postgres
def test_a_host_that_lets_another_lead_may_lead_again_where_none_came(postgres_url: str) -> None:
    lone, other = Leadership(LeaderLock(postgres_url)), LeaderLock(postgres_url)
    assert lone.hold()
    lone.release()
    assert lone.hold()
    lone.release()
    assert other.hold()
    assert not lone.hold()
    other.close()
    lone.release()


@pytest.mark.postgres
def test_a_host_notices_what_another_one_records_by_a_clock_that_is_behind(here: World, postgres_url: str) -> None:
    leadership = Leadership(LeaderLock(postgres_url))
    noticed = [leadership.has_news()]
    with here.open() as work:
        for day in (LAST, date(2026, 7, 10)):
            sync(replace(work, wall=lambda: here.now), here.upstream, [day])
            noticed += [leadership.has_news(), leadership.has_news()]
            here.now -= timedelta(minutes=7)
    assert noticed == [False, True, False, True, False]
    leadership.release()


@pytest.mark.postgres
def test_a_host_notices_that_the_order_of_commits_goes_on(here: World, postgres_url: str) -> None:
    leadership = Leadership(LeaderLock(postgres_url))
    with here.open() as work:
        sync(work, here.upstream, [LAST])
        noticed = [leadership.has_news(), leadership.has_news()]
        CommitOrder(work.database).extend()
    assert [*noticed, leadership.has_news(), leadership.has_news()] == [True, False, True, False]
    leadership.release()


def test_what_a_command_wrote_into_an_embedded_database_is_news_once_and_a_turn_of_the_daemon_is_none(
    tmp_path: Path,
) -> None:
    file = tmp_path / "syncd.db"
    leadership = Leadership(file=file)
    assert not leadership.has_news()
    file.write_bytes(b"tables")
    assert [leadership.has_news(), leadership.has_news()] == [False, False]
    file.write_bytes(b"tables, and a row")
    assert [leadership.has_news(), leadership.has_news()] == [True, False]
    file.with_name("syncd.db-wal").write_bytes(b"a row")
    assert [leadership.has_news(), leadership.has_news()] == [True, False]
    file.write_bytes(b"what a turn wrote")
    leadership.settle()
    assert not leadership.has_news()
