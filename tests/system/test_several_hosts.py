"""Several hosts on one server's database, turn by turn: one leads, the others hold the same files, and make the same commits."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.commit_order import CommitOrder
from syncd.archive.sql.daemon_state import SharedState
from syncd.archive.sql.daemon_tables import PUBLISHED
from syncd.core.model import State
from syncd.core.reconcile import Choice
from syncd.core.results import Done
from syncd.daemon.schedule import Job
from syncd.usecases.ingest.join_host import join
from syncd.usecases.ingest.sync import sync
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.reconcile import recover, repair
from syncd.usecases.workspace import Access, open_workspace
from tests.support import faults
from tests.support.daemon_turns import TurnMaker, keys
from tests.support.small_archive import evening, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.config import Config
    from syncd.daemon.worker import JobResult
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response
    from tests.support.small_archive import World

pytest_plugins = ("tests.support.postgres_server",)
pytestmark = pytest.mark.postgres
NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
LAST = date(2026, 7, 13)


@pytest.fixture
def here(tmp_path: Path, postgres_url: str) -> Iterator[World]:
    with world(tmp_path / "one", evening(LAST)) as made:
        made.overrides["database.url"] = postgres_url
        yield made


def configured(here: World, root: Path) -> Config:
    with here.open() as work:
        return replace(work.config, archive=replace(work.config.archive, root=root))


@pytest.fixture
def two(here: World, tmp_path: Path) -> Iterator[tuple[Workspace, Workspace]]:
    """Two hosts with a folder and a vault each."""
    with here.open() as one:
        archive = replace(one.config.archive, root=tmp_path / "two" / "archive", vault=tmp_path / "two" / "vault")
        config = replace(one.config, archive=archive)
        join(config)
        other = open_workspace(config, lambda: here.now, Access.READ)
        yield one, other
        other.close()


def git(work: Workspace, *arguments: str) -> str:
    command = ["git", "-C", str(work.folder.root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def publishing(work: Workspace) -> Workspace:
    """Return the same host; it publishes, into a checkout that begins here."""
    git(work, "init", "-q")
    return replace(work, config=replace(work.config, publish=replace(work.config.publish, git=True)))


def test_what_one_leader_announced_the_next_one_does_not_announce_again_and_its_end_once(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = (TurnMaker(here, work) for work in two)
    here.now = noon(LAST)
    here.server.faults.add(faults.status(500).on(times=None))
    (missed,) = [key for key in keys(one.lead().raised) if "missed" in key]
    assert one.announce() == ["problem mailing-missed"]
    assert one.lead().raised == other.lead().raised == ()
    assert other.announce() == []
    here.server.faults = faults.Faults()
    here.now += timedelta(hours=6)
    days = len(here.server.history.days)
    report = other.lead()
    assert (len(report.new), keys(report.over)) == (days, [missed])
    assert one.lead().over == ()
    assert one.announce() == [*(f"new {day}" for day in here.server.history.days), "recovered mailing-missed"]
    assert other.announce() == []
    here.asked.clear()
    assert one.lead().jobs == ()
    assert here.asked == []


def test_two_hosts_that_bring_the_same_mailing_at_once_record_and_announce_it_once(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    first, second = (replace(work, store=replace(work.store, announces=True)) for work in two)

    class Slower:
        """While its answer is on the way, the other host has the same one."""

        def get(self, url: str, *, expect: str) -> Response:
            answer = here.get(url, expect=expect)
            sync(first, here.upstream, [LAST])
            return answer

    (outcome,) = sync(second, ListingClient(Slower(), here.server.url, "cs.CV"), [LAST]).days
    assert (outcome.action, outcome.state) == (Done.NONE, State.COMPLETE)
    assert len(second.store.history(LAST)) == 1
    assert [event.trouble.subject for event in SharedState(second.database).events()] == [str(LAST)]


def test_a_follower_checks_its_own_files_and_reports_no_others(here: World, two: tuple[Workspace, Workspace]) -> None:
    one, other = (TurnMaker(here, work) for work in two)
    here.now = noon(LAST)
    one.lead()
    other.follow()
    path = two[1].folder.root / two[1].folder.path_of(LAST)
    path.write_bytes(path.read_bytes().replace(b">  ", b">  Edited. ", 1))
    here.now += timedelta(days=8)
    report = other.follow()
    assert keys(report.raised) == keys(other.state.faults) == [f"file-edited {LAST}"]
    assert not [key for key in keys(one.lead().open) if "edited" in key]
    assert other.follow().jobs == ()


def test_a_follower_stops_its_check_when_no_host_leads(here: World, two: tuple[Workspace, Workspace]) -> None:
    one, other = (TurnMaker(here, work) for work in two)
    one.lead()
    other.is_current = lambda: False
    assert other.follow().next.at == here.now
    assert other.state.checked is None


def test_a_folder_that_joined_holds_the_same_bytes_without_asking(here: World, tmp_path: Path) -> None:
    config = configured(here, tmp_path / "two" / "archive")
    assert join(config)
    assert not join(config)
    with here.open() as work:
        report = TurnMaker(here, work).lead()
        assert len(report.new) == 9
    here.asked.clear()
    other = open_workspace(config, lambda: here.now, Access.CREATE)
    try:
        assert TurnMaker(here, other).follow().open == ()
        assert len(other.store.list_folders()) == 2
    finally:
        other.close()
    assert here.asked == []
    for day in here.server.history.days:
        assert (config.archive.root / f"{day:%Y}" / f"{day}.md").read_bytes() == here.file(day).read_bytes()


@NEEDS_GIT
def test_a_follower_that_looks_while_mailings_arrive_newest_first_makes_the_leaders_commits(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = (TurnMaker(here, publishing(work)) for work in two)
    held: list[int] = []

    def look(_result: object) -> None:
        other.follow()
        held.append(len(list(two[1].folder.days())))

    one.on_job = look
    new = [outcome.day for outcome in one.lead().new]
    other.follow()
    assert new == sorted(here.server.history.days, reverse=True)
    assert held[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    dates = [str(day) for day in here.server.history.days]
    for work in two:
        assert git(work, "log", "--reverse", "--format=%as").splitlines() == dates
    assert git(two[0], "rev-parse", "HEAD") == git(two[1], "rev-parse", "HEAD")
    assert one.state.publish_troubles == other.state.publish_troubles == ()


@NEEDS_GIT
def test_where_only_a_follower_publishes_the_leader_fixes_the_order(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = TurnMaker(here, two[0]), TurnMaker(here, publishing(two[1]))
    one.lead()
    other.follow()
    assert git(two[1], "log", "--reverse", "--format=%as").splitlines() == list(map(str, here.server.history.days))


@NEEDS_GIT
def test_a_host_that_begins_to_lead_publishes_what_its_predecessor_left(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = TurnMaker(here, two[0]), TurnMaker(here, publishing(two[1]))
    other.follow()
    one.lead()
    assert other.lead().new == ()
    assert len(git(two[1], "log", "--format=%as").splitlines()) == len(here.server.history.days)


@NEEDS_GIT
def test_a_host_that_led_until_now_publishes_what_the_next_leader_brings(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = TurnMaker(here, publishing(two[0])), TurnMaker(here, two[1])
    here.now -= timedelta(days=3)
    one.lead()
    here.now += timedelta(days=3)
    assert [outcome.day for outcome in other.lead().new] == [LAST]
    one.follow()
    assert git(two[0], "log", "-1", "--format=%as") == str(LAST)


@NEEDS_GIT
def test_the_leader_publishes_what_a_command_brought_in(here: World, two: tuple[Workspace, Workspace]) -> None:
    one = TurnMaker(here, publishing(two[0]))
    here.now -= timedelta(days=3)
    one.lead()
    here.now += timedelta(days=3)
    sync(two[1], here.upstream, [LAST])
    assert one.lead().new == ()
    assert git(two[0], "log", "-1", "--format=%as") == str(LAST)


@NEEDS_GIT
def test_a_leader_writes_the_file_of_what_came_in_beside_its_turn_before_it_commits_what_follows(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = (TurnMaker(here, publishing(work)) for work in two)
    days = here.server.history.days

    def edit_beside(result: JobResult) -> None:
        if result.job is not Job.CHECK_ALL:
            return
        recover.finish_interrupted(two[1])
        file = two[1].folder.root / two[1].folder.path_of(days[1])
        file.write_bytes(file.read_bytes().replace(b">  ", b">  Edited: ", 1))
        assert repair.repair(two[1], [days[1]], Choice.ACCEPT_FILE).days[0].error is None

    one.on_job = edit_beside
    report = one.lead()
    assert git(two[0], "log", "--format=%as") == str(days[0])
    assert report.next.at == here.now + timedelta(seconds=20)
    one.lead(report.next.at)
    other.follow(report.next.at)
    assert len(git(two[0], "log", "--format=%as").splitlines()) == len(days)
    assert git(two[0], "rev-parse", "HEAD") == git(two[1], "rev-parse", "HEAD")


def test_a_turn_that_was_replaced_adds_nothing_to_the_order_of_commits(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one = TurnMaker(here, two[0])
    one.lead()
    with two[0].database.write() as connection:
        connection.execute(sa.delete(PUBLISHED))
    answers = [True]
    one.is_current = lambda: bool(answers) and answers.pop()
    assert one.lead().jobs == ()
    assert (answers, CommitOrder(two[0].database).list_entries()) == ([], {})
    one.is_current = lambda: True
    one.lead()
    assert len(CommitOrder(two[0].database).list_entries()) == len(here.server.history.days)
