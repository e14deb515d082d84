"""Test two hosts on one database, each with the responses it received: none misses those of the other, all say where they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.store import Store
from syncd.core.errors import ArchiveMissing, OutOfReach
from syncd.core.model import Severity
from syncd.core.reconcile import Choice
from syncd.core.results import Done
from syncd.usecases.ingest.join_host import join
from syncd.usecases.ingest.sync import sync
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.response_locations import (
    find_hosts_with_records,
    find_hosts_with_responses,
    suggest_hosts,
)
from syncd.usecases.replay.replay import replay
from syncd.usecases.replay.verify import verify
from syncd.usecases.workspace import Access, open_workspace
from tests.support.row_damage import set_text
from tests.support.small_archive import noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.usecases.workspace import Workspace
    from tests.support.small_archive import World

pytest_plugins = ("tests.support.postgres_server",)
OURS, THEIRS = date(2026, 7, 10), date(2026, 7, 13)
DAY = timedelta(days=1)


@pytest.fixture
def here(tmp_path: Path, postgres_url: str) -> Iterator[World]:
    with world(tmp_path / "one", noon(THEIRS)) as made:
        made.overrides["database.url"] = postgres_url
        yield made


@pytest.fixture
def one(here: World) -> Iterator[Workspace]:
    """Provide the first host, which fetched the mailing of OURS."""
    with here.open() as work:
        sync(work, here.upstream, [OURS])
        yield work


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Workspace]:
    """Provide an archive of two mailings whose database passes for one on a server."""
    copy_synced(tmp_path / "one", noon(THEIRS), [OURS, THEIRS])
    with world(tmp_path / "one", noon(THEIRS)) as here, here.open() as work:
        yield replace(work, database=replace(work.database, file=None))


def change_recorder(work: Workspace, day: date, replica: str | None) -> None:
    """Say that another folder recorded this date, or that it was not written down which one did."""
    with work.database.write() as connection:
        change = sa.text("UPDATE syncd_history SET replica = :replica WHERE day = :day")
        connection.execute(change, {"replica": replica, "day": str(day)})


def register(work: Workspace, replica: str, host: str, root: str) -> None:
    """Register another folder of the archive."""
    Store(work.database, replica).put_replica(host, root, work.wall())


def join_host(here: World, one: Workspace, vault: Path) -> Workspace:
    """Return a second host with this vault, which fetched the mailing of THEIRS and has the files of both."""
    archive = replace(one.config.archive, root=here.folder.parent / "two" / "archive", vault=vault)
    config = replace(one.config, archive=archive)
    join(config)
    made = open_workspace(config, lambda: here.now, Access.READ)
    finish_interrupted(made)
    sync(made, here.upstream, [THEIRS])
    finish_interrupted(one)
    return made


@pytest.fixture
def two(here: World, one: Workspace) -> Iterator[Workspace]:
    made = join_host(here, one, here.folder.parent / "two" / "vault")
    yield made
    made.close()


def spoil(work: Workspace, day: date) -> None:
    """Damage the rows of a date and remove its file."""
    with work.database.write() as connection:
        connection.execute(sa.text(set_text("title", "'spoiled'", "day = :day AND number = 1")), {"day": day})
    (work.folder.root / work.folder.path_of(day)).unlink()


def faults(work: Workspace) -> list[str]:
    return [found.code for found in check(work, Scope(full=True)).problems if found.severity is Severity.FAULT]


def missing(work: Workspace) -> list[date | None]:
    return [found.day for found in check(work, Scope(full=True)).problems if found.code == "vault-missing"]


def test_what_this_host_recorded_is_on_no_other_host(served: Workspace) -> None:
    assert find_hosts_with_responses(served) == find_hosts_with_records(served) == {}


def test_another_host_is_named_with_its_folder(served: Workspace) -> None:
    register(served, "other", "b.example", "/srv/archive")
    change_recorder(served, OURS, "other")
    named = {OURS: "b.example (beside /srv/archive)"}
    assert find_hosts_with_responses(served) == find_hosts_with_records(served) == named
    assert find_hosts_with_responses(served, THEIRS) == find_hosts_with_records(served, until=OURS - DAY) == {}
    assert find_hosts_with_responses(served, OURS, OURS) == find_hosts_with_records(served, OURS, OURS) == named


@pytest.mark.parametrize("replica", [None, "a folder of before"])
def test_a_host_that_is_not_registered_cannot_be_named(served: Workspace, replica: str | None) -> None:
    change_recorder(served, OURS, replica)
    unknown = {OURS: "a host that was not written down"}
    assert find_hosts_with_responses(served) == find_hosts_with_records(served) == unknown


def test_the_first_host_has_the_response_and_the_last_one_the_record(served: Workspace) -> None:
    register(served, "other", "b.example", "/srv/archive")
    change_recorder(served, OURS, "other")
    row, digest = served.store.mailing(OURS), served.store.digest(OURS)
    assert row is not None
    assert digest is not None
    served.store.put_mailing(replace(row, recorded=row.recorded + DAY), digest)
    assert find_hosts_with_responses(served) == {OURS: "b.example (beside /srv/archive)"}
    assert find_hosts_with_records(served) == {}


def test_an_embedded_database_has_no_other_host_whatever_is_recorded(served: Workspace) -> None:
    change_recorder(served, OURS, None)
    embedded = replace(served, database=replace(served.database, file=served.config.archive.root / "syncd.db"))
    assert find_hosts_with_responses(embedded) == find_hosts_with_records(embedded) == {}


@pytest.mark.parametrize(
    ("hosts", "suggestion"),
    [
        ([], ""),
        (["a", "a"], "; a keeps it: run it there"),
        (["b", "a", "b"], "; a and b keep it: run it there"),
    ],
)
def test_each_host_is_suggested_once(hosts: list[str], suggestion: str) -> None:
    assert suggest_hosts(hosts) == suggestion


@pytest.mark.postgres
def test_each_host_misses_only_what_it_got_itself(one: Workspace, two: Workspace) -> None:
    assert faults(one) == faults(two) == []
    for folder in (one.config.archive.vault, two.config.archive.vault):
        assert folder is not None
        folder.rename(folder.with_name("lost"))
    assert (missing(one), missing(two)) == ([OURS], [THEIRS])


@pytest.mark.postgres
def test_hosts_with_one_vault_miss_nothing_and_rebuild_everything(here: World, one: Workspace) -> None:
    assert one.config.archive.vault is not None
    two = join_host(here, one, one.config.archive.vault)
    assert faults(one) == faults(two) == []
    assert [*verify(two).not_compared, *verify(two).changes] == []
    spoil(two, OURS)
    assert [(done.day, done.action) for done in replay(two).days] == [(OURS, Done.RESTORED)]
    two.close()


@pytest.mark.postgres
def test_an_older_mailing_of_an_unknown_host_is_missing_on_no_host(one: Workspace, two: Workspace) -> None:
    with one.database.write() as connection:
        connection.execute(sa.text("UPDATE syncd_history SET replica = NULL"))
    assert one.config.archive.vault is not None
    one.config.archive.vault.rename(one.config.archive.vault.with_name("lost"))
    assert missing(one) == []
    with pytest.raises(ArchiveMissing, match="a host that was not written down keeps it"):
        replay(one)


@pytest.mark.postgres
def test_the_error_of_an_empty_vault_names_the_host_with_the_responses(
    here: World, one: Workspace, two: Workspace
) -> None:
    assert two.config.archive.vault is not None
    two.config.archive.vault.rename(two.config.archive.vault.with_name("lost"))
    with pytest.raises(ArchiveMissing, match=rf"beside {one.folder.root}\) keeps it"):
        replay(two)
    with pytest.raises(ArchiveMissing, match=rf"beside {one.folder.root}\) keeps it"):
        verify(two)


@pytest.mark.postgres
def test_a_host_without_the_response_leaves_the_date_and_names_the_host_that_has_it(
    one: Workspace, two: Workspace
) -> None:
    spoil(two, OURS)
    for run in (replay(two, [OURS]), replay(two), replay(two, dry_run=True)):
        # What is said of papers, whose facts are in no response here, has no date.
        (done,) = (one for one in run.days if one.day is not None)
        assert isinstance(done.error, OutOfReach)
        assert f"beside {one.folder.root}) keeps it" in done.error.detail
    (left,) = repair(two, [OURS]).days
    assert left.error is not None
    assert f"beside {one.folder.root}) keeps it" in left.error.detail
    assert [done.action for done in replay(one, [OURS]).days] == [Done.REGISTERED]
    assert [done.action for done in repair(two, [OURS]).days] == [Done.RESTORED]
    # The second host has recorded the paper as it found it, with the damaged text.
    assert set(faults(two)) == {"sql-damaged"}
    replay(one)
    assert faults(two) == []


@pytest.mark.postgres
def test_an_older_record_in_the_own_vault_does_not_replace_what_another_host_recorded(
    one: Workspace, two: Workspace
) -> None:
    edited = one.folder.root / one.folder.path_of(THEIRS)
    edited.write_bytes(edited.read_bytes().replace(b">  ", b">  Edited. ", 1))
    repair(one, [THEIRS], Choice.ACCEPT_FILE)
    finish_interrupted(two)
    assert (two.folder.root / two.folder.path_of(THEIRS)).read_bytes() == edited.read_bytes()
    spoil(two, THEIRS)
    assert [type(done.error) for done in replay(two).days] == [OutOfReach]


@pytest.mark.postgres
def test_verifying_leaves_out_what_another_host_keeps(one: Workspace, two: Workspace) -> None:
    found = verify(two)
    assert found.changes == ()
    assert [(left.day, f"beside {one.folder.root})" in left.why) for left in found.not_compared] == [(OURS, True)]


def test_with_an_embedded_database_everything_belongs_to_this_host(tmp_path: Path) -> None:
    with world(tmp_path / "one", noon(THEIRS)) as here, here.open() as work:
        sync(work, here.upstream, [OURS])
        with work.database.write() as connection:
            connection.execute(sa.text("UPDATE syncd_history SET replica = 'a folder of before'"))
        assert work.config.archive.vault is not None
        work.config.archive.vault.rename(tmp_path / "lost")
        assert missing(work) == [OURS]
