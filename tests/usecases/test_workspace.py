"""Opening an archive: everything that may be missing, foreign, broken or half made, and the message of each command."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from syncd.archive.files import marker
from syncd.archive.sql import database
from syncd.config.sections import CalendarConfig
from syncd.core import categories
from syncd.core import digest as digests
from syncd.core.errors import (
    ArchiveGuard,
    ArchiveMissing,
    ConfigError,
    DatabaseError,
    FolderError,
    MarkerLost,
    SyncdError,
)
from syncd.core.model import Finding, State
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.workspace import Access
from tests.support.forked_processes import forks
from tests.support.sound_archive import DAY, DAYS, LISTED, Held, Killed, copied, invented, kill_at

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event
    from pathlib import Path


pytest_plugins = ("tests.support.postgres_server",)

HOW = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
STEPS = ["identity", "replica", "temporary made", "filled", "synced", "named", "folders synced"]


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


@pytest.fixture
def empty(tmp_path: Path) -> Held:
    (tmp_path / "empty").mkdir()
    return Held(tmp_path / "empty")


@pytest.fixture
def anywhere(tmp_path: Path, new_url: str) -> Held:
    """Nothing yet, on either kind of database."""
    (tmp_path / "anywhere").mkdir()
    return Held(tmp_path / "anywhere", overrides={"database.url": new_url})


def refusal(here: Held, access: Access) -> type[SyncdError] | None:
    """What opening is refused with; None when it is not."""
    try:
        with here.open(access):
            return None
    except SyncdError as error:
        return type(error)


def refusals(here: Held) -> list[type[SyncdError] | None]:
    """The same for reading, creating and rebuilding."""
    return [refusal(here, access) for access in (Access.READ, Access.CREATE, Access.REBUILD)]


def without_rows(here: Held) -> None:
    for path in here.folder.glob("syncd.db*"):
        path.unlink()


def is_of_use(here: Held) -> bool:
    with here.open(Access.CREATE) as work:
        done = write_mailing(work, invented(date(2021, 4, 9)), HOW)
        return done.error is None and work.store.list_agreed_hashes()[date(2021, 4, 9)] is not None


def test_a_sound_archive_opens_for_everything(held: Held) -> None:
    before = held.snapshot()
    assert refusals(held) == [None, None, None]
    assert held.snapshot() == before


def test_nothing_at_all_is_a_new_archive_for_those_who_may_make_one(empty: Held) -> None:
    assert refusal(empty, Access.READ) is ArchiveMissing
    assert sorted(path.name for path in empty.folder.iterdir()) == ["config.toml"]
    assert refusal(empty, Access.CREATE) is None
    assert refusal(empty, Access.READ) is None
    assert is_of_use(empty)


def test_an_existing_empty_folder_is_a_new_archive_too(empty: Held) -> None:
    empty.root.mkdir()
    assert refusal(empty, Access.CREATE) is None
    assert is_of_use(empty)


def test_a_missing_folder_of_a_database_with_mailings_is_an_unmounted_disk(held: Held) -> None:
    held.root.rename(held.folder / "away")
    assert refusals(held) == [MarkerLost] * 3
    assert not held.root.exists()


def test_an_empty_folder_of_a_database_with_mailings_is_an_unmounted_disk(held: Held) -> None:
    held.root.rename(held.folder / "away")
    held.root.mkdir()
    assert refusals(held) == [MarkerLost] * 3
    assert list(held.root.iterdir()) == []


def test_a_folder_without_marker_is_refused(held: Held) -> None:
    (held.root / marker.NAME).unlink()
    assert refusals(held) == [MarkerLost] * 3


def test_a_folder_that_lost_all_files_but_the_marker_opens(held: Held) -> None:
    shutil.rmtree(held.file(DAY).parent)
    assert refusals(held) == [None] * 3


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b"[]", b'{"format": 2}', b"\xff", b'{"format": 1, "archive": 3}']
)
def test_a_broken_marker_is_refused(held: Held, content: bytes) -> None:
    (held.root / marker.NAME).write_bytes(content)
    assert refusals(held) == [MarkerLost] * 3


def test_the_marker_of_another_archive_is_refused(held: Held) -> None:
    text = json.loads((held.root / marker.NAME).read_text())
    (held.root / marker.NAME).write_text(json.dumps(text | {"archive": str(uuid4())}))
    assert refusals(held) == [ArchiveGuard] * 3


def test_another_archives_database_is_refused(held: Held, empty: Held) -> None:
    with empty.open(Access.CREATE):
        pass
    shutil.copy(empty.folder / "syncd.db", held.folder / "syncd.db")
    assert refusals(held) == [ArchiveGuard] * 3


def test_a_missing_database_of_a_marked_folder_is_reported_and_not_made(held: Held) -> None:
    without_rows(held)
    assert [refusal(held, Access.READ), refusal(held, Access.CREATE)] == [ArchiveMissing] * 2
    assert not (held.folder / "syncd.db").exists()


def test_a_rebuilt_database_is_of_the_same_archive(held: Held) -> None:
    before = (held.root / marker.NAME).read_bytes()
    without_rows(held)
    with held.open(Access.REBUILD) as work:
        identity = work.store.identity()
    assert identity is not None
    assert identity.uuid == json.loads(before)["archive"]
    assert (held.root / marker.NAME).read_bytes() == before
    assert is_of_use(held)


@pytest.mark.parametrize("content", ["none", "no bytes", "tables"])
def test_an_empty_database_is_a_missing_one(held: Held, content: str) -> None:
    without_rows(held)
    if content == "no bytes":
        (held.folder / "syncd.db").touch()
    if content == "tables":
        database.upgrade(f"sqlite:///{held.folder}/syncd.db")
    assert refusals(held) == [ArchiveMissing, ArchiveMissing, None]


def test_digests_that_no_database_knows_are_to_be_adopted_and_nothing_is_made(empty: Held) -> None:
    empty.file(DAY).parent.mkdir(parents=True)
    empty.file(DAY).write_bytes(digests.render(invented(DAY)))
    assert [refusal(empty, Access.READ), refusal(empty, Access.CREATE)] == [ArchiveMissing, ArchiveGuard]
    assert sorted(path.name for path in empty.folder.iterdir()) == ["archive", "config.toml"]
    assert not (empty.root / marker.NAME).exists()
    assert refusal(empty, Access.REBUILD) is None


def test_a_database_that_is_none_is_reported(held: Held) -> None:
    without_rows(held)
    (held.folder / "syncd.db").write_bytes(b"this is no database, however long it is" * 100)
    assert refusals(held) == [DatabaseError] * 3


def test_a_database_of_a_newer_syncd_is_reported(held: Held) -> None:
    held.sql("UPDATE syncd_schema SET version_num = '9999'")
    assert refusals(held) == [DatabaseError] * 3


def test_a_folder_in_the_place_of_the_database_is_reported(held: Held) -> None:
    without_rows(held)
    (held.folder / "syncd.db").mkdir()
    assert refusals(held) == [DatabaseError] * 3


def test_a_file_in_the_place_of_the_folder_is_reported(empty: Held) -> None:
    empty.root.write_bytes(b"")
    assert refusal(empty, Access.CREATE) is FolderError


def test_another_category_is_a_matter_of_configuration(held: Held) -> None:
    held.overrides["archive.category"] = "cs.CL"
    assert refusals(held) == [ConfigError] * 3


def test_an_archive_under_the_other_name_of_its_category_keeps_its_headings(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(categories._CANONICAL, "cs.CV", "eess.SY")
    held.overrides["archive.category"] = "eess.SY"
    assert refusals(held) == [None] * 3
    with held.open(Access.READ) as work:
        assert work.config.archive.category == "cs.CV"
        assert not check(work, Scope(full=True)).problems


def test_a_database_with_findings_only_is_not_taken_for_a_new_one(empty: Held) -> None:
    with empty.open(Access.CREATE) as work:
        work.store.put_finding(Finding(DAY, State.NO_MAILING, "catchup", "an empty page"))
    shutil.rmtree(empty.root)
    assert refusals(empty) == [MarkerLost] * 3


@pytest.mark.parametrize("step", STEPS)
def test_a_creation_killed_at_any_step_is_finished_by_the_next(anywhere: Held, step: str) -> None:
    with pytest.raises(Killed), anywhere.open(Access.CREATE, steps=kill_at(step)):
        pass
    assert refusal(anywhere, Access.READ) in {ArchiveMissing, None}
    assert is_of_use(anywhere)
    assert refusal(anywhere, Access.READ) is None
    with anywhere.open(Access.READ) as work:
        assert len(work.store.list_folders()) == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_rebuild_killed_at_any_step_is_finished_by_the_next(held: Held, step: str) -> None:
    without_rows(held)
    try:
        with held.open(Access.REBUILD, steps=kill_at(step)):
            pass
    except Killed:
        pass
    assert refusal(held, Access.REBUILD) is None
    assert is_of_use(held)


def test_an_adoption_killed_before_the_marker_does_not_let_sync_overwrite(empty: Held) -> None:
    empty.file(DAY).parent.mkdir(parents=True)
    empty.file(DAY).write_bytes(digests.render(invented(DAY)))
    with pytest.raises(Killed), empty.open(Access.REBUILD, steps=kill_at("identity")):
        pass
    assert refusal(empty, Access.CREATE) is ArchiveGuard
    assert refusal(empty, Access.REBUILD) is None


def _create(here: Held, go: Event, shown: Queue[str]) -> None:
    go.wait()
    try:
        with here.open(Access.CREATE) as work:
            shown.put(str(work.archive) + work.store.replica)
    except BaseException as error:  # noqa: BLE001  the parent must hear of everything
        shown.put(repr(error))


def test_processes_that_create_at_once_make_one_archive(empty: Held) -> None:
    go, shown = forks().Event(), forks().Queue()
    processes = [forks().Process(target=_create, args=(empty, go, shown)) for _ in range(3)]
    for process in processes:
        process.start()
    go.set()
    answers = {shown.get(timeout=60) for _ in processes}
    for process in processes:
        process.join()
    with empty.open() as work:
        assert answers == {str(work.archive) + work.store.replica}


def test_both_databases_hold_an_archive(anywhere: Held) -> None:
    assert is_of_use(anywhere)
    with anywhere.open() as work:
        assert work.store.identity() is not None
        assert marker.require(anywhere.root, work.archive).replica == UUID(work.store.replica)
    shutil.rmtree(anywhere.root)
    assert refusals(anywhere) == [MarkerLost] * 3


def test_a_lock_is_refused_in_a_folder_that_was_exchanged_meanwhile(held: Held) -> None:
    with held.open() as work:
        text = json.loads((held.root / marker.NAME).read_text())
        (held.root / marker.NAME).write_text(json.dumps(text | {"replica": str(uuid4())}))
        with pytest.raises(ArchiveGuard), work.write_lock():
            pytest.fail("the lock was given")


def test_the_calendar_knows_what_was_learnt_and_what_was_held_against_it(held: Held) -> None:
    holiday, learnt = date(2021, 4, 2), date(2021, 4, 5)
    with held.open() as work:
        work.store.put_finding(Finding(learnt, State.NO_MAILING, "catchup", "an empty page"))
        missing = work.calendar().missing
        assert learnt in missing
        assert DAYS[0] not in missing
        write_mailing(work, invented(holiday), HOW)
        assert holiday not in work.calendar().missing


def test_a_closing_of_the_configuration_is_no_mailing_until_one_is_held(held: Held) -> None:
    evening, day = date(2021, 4, 13), date(2021, 4, 14)
    with held.open() as opened:
        config = replace(opened.config, calendar=CalendarConfig((evening,)))
        work = replace(opened, config=config)
        assert (work.report(day).state, work.report(day).source) == (State.NO_MAILING, "calendar")
        assert "the configuration's list" in work.report(day).evidence
        write_mailing(work, invented(day), HOW)
        assert work.report(day).state is State.COMPLETE
        assert day in work.listed_calendar().missing


def test_the_ledger_begins_as_configured_or_with_an_older_mailing(held: Held) -> None:
    with held.open() as work:
        assert work.coverage_start() == date(2021, 4, 5)
        write_mailing(work, invented(date(2021, 3, 1)), HOW)
        assert work.coverage_start() == date(2021, 3, 1)


def test_a_row_dated_before_arxiv_began_gives_no_date_a_state(held: Held) -> None:
    held.sql("UPDATE mailing SET day = '0001-01-01' WHERE day = (SELECT min(day) FROM mailing)")
    with held.open() as work:
        assert work.coverage_start() == date(2021, 4, 5)


def test_a_failed_opening_lets_go_of_the_database(held: Held) -> None:
    (held.root / marker.NAME).unlink()
    assert refusal(held, Access.READ) is MarkerLost
    held.sql("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM")


def test_the_archive_moves_with_its_folder(held: Held) -> None:
    moved = Held(held.folder.rename(held.folder.parent / "moved"), held.now + timedelta(days=1))
    assert refusals(moved) == [None] * 3
    assert is_of_use(moved)
    assert moved.file(LISTED).exists()
