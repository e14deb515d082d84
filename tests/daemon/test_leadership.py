"""Several hosts on one server's database: one leads, the others hold the same files, and anybody may join."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql import database, leader_lock
from syncd.archive.sql.commit_order import Order
from syncd.archive.sql.daemon_state import Shared
from syncd.archive.sql.leader_lock import Leadership
from syncd.archive.sql.tables import PublishedRow
from syncd.config import load
from syncd.core.errors import ArchiveGuard, ArchiveMissing, DatabaseError
from syncd.core.model import State
from syncd.core.reconcile import Choice
from syncd.core.results import Done
from syncd.daemon.cycle import Cycle
from syncd.daemon.join_host import join
from syncd.daemon.leadership import Place, place_of
from syncd.daemon.schedule import What, plan_of
from syncd.rehearsal import faults
from syncd.usecases.ingest.sync import sync
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.reconcile import recover, repair
from syncd.usecases.workspace import Access, open_workspace
from tests.support.small_archive import evening, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from syncd.config import Config
    from syncd.core.health import Trouble
    from syncd.daemon.cycle import Did
    from syncd.daemon.events import Note
    from syncd.usecases.workspace import Workspace
    from syncd.web import Response
    from tests.support.small_archive import World

pytest_plugins = ("tests.support.postgres_server",)
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
    def ask(_work: Workspace) -> AbstractContextManager[ListingClient]:
        return nullcontext(here.upstream)

    return Cycle(work, plan_of(work.config.schedule, 0.0), ask, lambda _own: None)


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


def heard(teller: Cycle) -> list[str]:
    """What the hooks are told by who leads."""
    told: list[str] = []

    def say(note: Note) -> bool:
        told.append(f"{note.event} {note.facts.get('date') or note.facts.get('code')}")
        return True

    teller.tell(say)
    return told


def keys(troubles: Iterable[Trouble]) -> list[str]:
    return [trouble.key for trouble in troubles]


@pytest.mark.postgres
def test_who_lets_another_lead_may_lead_again_where_nobody_came(postgres_url: str) -> None:
    database.upgrade(postgres_url)
    lone, other = Place(Leadership(postgres_url)), Leadership(postgres_url)
    assert lone.hold()
    lone.release()
    assert lone.hold()
    lone.release()
    assert other.hold()
    assert not lone.hold()
    other.close()
    lone.release()


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
    with closing(database.open_database(postgres_url, create=False)) as opened:
        assert not leader_lock.is_led(opened)
        with pytest.raises(DatabaseError):
            first.hold()
        assert second.hold()
        assert leader_lock.is_led(opened)
    assert not first.hold()
    first.close()
    second.close()


@pytest.mark.postgres
def test_what_one_leader_told_the_next_one_does_not_tell_again_and_its_end_once(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = (cycle(here, work) for work in two)
    here.now = noon(LAST)
    here.server.faults.add(faults.status(500).on(times=None))
    (missed,) = [key for key in keys(one.step(here.now).raised) if "missed" in key]
    assert heard(one) == ["problem mailing-missed"]
    assert one.step(here.now).raised == other.step(here.now).raised == ()
    assert heard(other) == []
    here.server.faults = faults.Faults()
    here.now += timedelta(hours=6)
    days = len(here.server.history.days)
    step = other.step(here.now)
    assert (len(step.new), keys(step.over)) == (days, [missed])
    assert one.step(here.now).over == ()
    assert heard(one) == [*(f"new {day}" for day in here.server.history.days), "recovered mailing-missed"]
    assert heard(other) == []
    here.asked.clear()
    assert one.step(here.now).work == ()
    assert here.asked == []


@pytest.mark.postgres
def test_two_hosts_that_bring_the_same_mailing_at_once_record_and_tell_it_once(
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
    assert [notice.trouble.subject for notice in Shared(second.database).notices()] == [str(LAST)]


@pytest.mark.postgres
def test_a_follower_checks_its_own_files_and_tells_of_no_others(here: World, two: tuple[Workspace, Workspace]) -> None:
    one, other = (cycle(here, work) for work in two)
    here.now = noon(LAST)
    one.step(here.now)
    other.follow(here.now)
    path = two[1].folder.root / two[1].folder.path_of(LAST)
    path.write_bytes(path.read_bytes().replace(b">  ", b">  Edited. ", 1))
    here.now += timedelta(days=8)
    step = other.follow(here.now)
    assert keys(step.raised) == keys(other.own.faults) == [f"file-edited {LAST}"]
    assert not [key for key in keys(one.step(here.now).open) if "edited" in key]
    assert other.follow(here.now).work == ()


@pytest.mark.postgres
def test_a_follower_breaks_its_check_off_when_nobody_leads(here: World, two: tuple[Workspace, Workspace]) -> None:
    one, other = (cycle(here, work) for work in two)
    one.step(here.now)
    other.rules = lambda: False
    assert other.follow(here.now).next.when == here.now
    assert other.own.checked is None


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
        assert len(leader_lock.folders(other.database)) == 2
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


def git(work: Workspace, *arguments: str) -> str:
    command = ["git", "-C", str(work.folder.root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def publishing(work: Workspace) -> Workspace:
    """The same host; it publishes, into a checkout that begins here."""
    git(work, "init", "-q")
    return replace(work, config=replace(work.config, publish=replace(work.config.publish, git=True)))


@pytest.mark.postgres
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_follower_that_looks_while_mailings_arrive_newest_first_makes_the_leaders_commits(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = (cycle(here, publishing(work)) for work in two)
    held: list[int] = []

    def look(_did: object, new: object) -> None:
        other.follow(here.now)
        held.append(len(list(two[1].folder.days())))

    one.did = look
    new = [outcome.day for outcome in one.step(here.now).new]
    other.follow(here.now)
    assert new == sorted(here.server.history.days, reverse=True)
    assert held[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    dates = [str(day) for day in here.server.history.days]
    for work in two:
        assert git(work, "log", "--reverse", "--format=%as").splitlines() == dates
    assert git(two[0], "rev-parse", "HEAD") == git(two[1], "rev-parse", "HEAD")
    assert one.publishing == other.publishing == ()


@pytest.mark.postgres
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_where_only_a_follower_publishes_the_leader_fixes_the_order(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = cycle(here, two[0]), cycle(here, publishing(two[1]))
    one.step(here.now)
    other.follow(here.now)
    assert git(two[1], "log", "--reverse", "--format=%as").splitlines() == list(map(str, here.server.history.days))


@pytest.mark.postgres
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_who_begins_to_lead_publishes_what_its_predecessor_left(here: World, two: tuple[Workspace, Workspace]) -> None:
    one, other = cycle(here, two[0]), cycle(here, publishing(two[1]))
    other.follow(here.now)
    one.step(here.now)
    assert other.step(here.now).new == ()
    assert len(git(two[1], "log", "--format=%as").splitlines()) == len(here.server.history.days)


@pytest.mark.postgres
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_who_led_until_now_publishes_what_the_next_leader_brings(here: World, two: tuple[Workspace, Workspace]) -> None:
    one, other = cycle(here, publishing(two[0])), cycle(here, two[1])
    here.now -= timedelta(days=3)
    one.step(here.now)
    here.now += timedelta(days=3)
    assert [outcome.day for outcome in other.step(here.now).new] == [LAST]
    one.follow(here.now)
    assert git(two[0], "log", "-1", "--format=%as") == str(LAST)


@pytest.mark.postgres
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_who_leads_publishes_what_a_command_brought_in(here: World, two: tuple[Workspace, Workspace]) -> None:
    one = cycle(here, publishing(two[0]))
    here.now -= timedelta(days=3)
    one.step(here.now)
    here.now += timedelta(days=3)
    sync(two[1], here.upstream, [LAST])
    assert one.step(here.now).new == ()
    assert git(two[0], "log", "-1", "--format=%as") == str(LAST)


@pytest.mark.postgres
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_leader_writes_the_file_of_what_came_in_beside_its_turn_before_it_commits_what_follows(
    here: World, two: tuple[Workspace, Workspace]
) -> None:
    one, other = (cycle(here, publishing(work)) for work in two)
    days = here.server.history.days

    def edit_beside(did: Did, _new: object) -> None:
        if did.what is not What.CHECK_ALL:
            return
        recover.finish_interrupted(two[1])
        file = two[1].folder.root / two[1].folder.path_of(days[1])
        file.write_bytes(file.read_bytes().replace(b">  ", b">  Edited: ", 1))
        assert repair.repair(two[1], [days[1]], Choice.ACCEPT_FILE).days[0].error is None

    one.did = edit_beside
    step = one.step(here.now)
    assert git(two[0], "log", "--format=%as") == str(days[0])
    assert step.next.when == here.now + timedelta(seconds=20)
    one.step(step.next.when)
    other.follow(step.next.when)
    assert len(git(two[0], "log", "--format=%as").splitlines()) == len(days)
    assert git(two[0], "rev-parse", "HEAD") == git(two[1], "rev-parse", "HEAD")


@pytest.mark.postgres
def test_who_does_not_rule_any_more_gives_no_place(here: World, two: tuple[Workspace, Workspace]) -> None:
    one = cycle(here, two[0])
    one.step(here.now)
    with two[0].database.write() as connection:
        connection.execute(sa.delete(PublishedRow))
    answers = [True]
    one.rules = lambda: bool(answers) and answers.pop()
    assert one.step(here.now).work == ()
    assert (answers, Order(two[0].database).places()) == ([], {})
    one.rules = lambda: True
    one.step(here.now)
    assert len(Order(two[0].database).places()) == len(here.server.history.days)


@pytest.mark.postgres
def test_a_host_notices_what_another_one_records_by_a_clock_that_is_behind(
    here: World, two: tuple[Workspace, Workspace], postgres_url: str
) -> None:
    place = Place(Leadership(postgres_url))
    noticed = [place.has_news()]
    for day in (LAST, date(2026, 7, 10)):
        sync(replace(two[0], wall=lambda: here.now), here.upstream, [day])
        noticed += [place.has_news(), place.has_news()]
        here.now -= timedelta(minutes=7)
    assert noticed == [False, True, False, True, False]
    place.release()


@pytest.mark.postgres
def test_a_host_notices_that_the_order_of_commits_goes_on(
    here: World, two: tuple[Workspace, Workspace], postgres_url: str
) -> None:
    place = Place(Leadership(postgres_url))
    sync(two[0], here.upstream, [LAST])
    noticed = [place.has_news(), place.has_news()]
    Order(two[0].database).extend()
    assert [*noticed, place.has_news(), place.has_news()] == [True, False, True, False]
    place.release()


def test_an_embedded_database_has_one_folder_and_one_leader(tmp_path: Path) -> None:
    with world(tmp_path / "one", evening(LAST)) as here:
        config = configured(here, tmp_path / "two")
        with pytest.raises(ArchiveGuard, match="server"):
            join(config)
        place = place_of(config)
        assert (place.contested, place.hold(), place.has_news()) == (False, True, False)
    with pytest.raises(ArchiveMissing):
        join(load(None, {}, {"database.url": f"sqlite:///{tmp_path}/none.db"}, folder=tmp_path))
