"""Test what repair does by itself, what needs a choice of a person, and what a dry run says."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.errors import DayConflict, DigestError, FaultyDigest, FolderError
from syncd.core.model import State
from syncd.core.reconcile import Choice
from syncd.core.results import Done
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.digest_damage import SOUND
from tests.support.refusing_disk import refuse_files
from tests.support.repair_runs import (
    DAMAGES,
    EDITED,
    is_sound,
    list_kept,
    offer_other_bytes,
    only,
    read_state,
    run_repair,
)
from tests.support.row_damage import ROW_DAMAGES
from tests.support.sound_archive import DAY, LISTED, Held, copied, held_digest, invented

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.archive.sql.findings import Event
    from syncd.archive.sql.stored_mailings import StoredMailing
    from syncd.core.model import Entry

HOW = Provenance(State.COMPLETE, "catchup", "heading of a page", None)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def test_a_sound_archive_needs_nothing(held: Held) -> None:
    before = held.snapshot()
    assert run_repair(held).days == ()
    assert held.snapshot() == before


@pytest.mark.parametrize("choice", list(Choice))
def test_corrupt_rows_without_a_file_need_a_replay(held: Held, choice: Choice) -> None:
    held.sql(ROW_DAMAGES["title"])
    held.file(DAY).unlink()
    before = held.snapshot()
    outcome = only(run_repair(held, DAY, choice=choice))
    assert outcome.action is Done.REFUSED
    assert isinstance(outcome.error, DigestError)
    assert "syncd replay" in outcome.error.detail
    assert held.snapshot() == before


def test_corrupt_rows_beside_an_edited_file_need_a_choice(held: Held) -> None:
    held.sql(ROW_DAMAGES["title"])
    held.file(DAY).write_bytes(EDITED)
    for choice in (Choice.NONE, Choice.RESTORE):
        assert only(run_repair(held, DAY, choice=choice)).action is Done.REFUSED
    assert only(run_repair(held, DAY, choice=Choice.ACCEPT_FILE)).action is Done.ACCEPTED
    assert held.file(DAY).read_bytes() == EDITED
    assert is_sound(held)


def test_an_edited_file_needs_a_choice(held: Held) -> None:
    held.file(DAY).write_bytes(EDITED)
    before = held.snapshot()
    outcome = only(run_repair(held))
    assert (outcome.day, outcome.action, outcome.error) == (DAY, Done.NONE, None)
    assert "--accept-file" in outcome.note
    assert held.snapshot() == before


def test_a_file_with_faults_is_not_accepted(held: Held) -> None:
    held.file(DAY).write_bytes(SOUND[:-1])
    before = held.snapshot()
    outcome = only(run_repair(held, DAY, choice=Choice.ACCEPT_FILE))
    assert isinstance(outcome.error, FaultyDigest)
    assert held.snapshot() == before


@pytest.mark.parametrize(("choice", "side"), [(Choice.RESTORE, "file"), (Choice.ACCEPT_FILE, "database")])
def test_without_a_vault_neither_text_is_replaced(held: Held, choice: Choice, side: str) -> None:
    held.overrides["archive.vault"] = ""
    held.file(DAY).write_bytes(EDITED)
    before = held.snapshot()
    outcome = only(run_repair(held, DAY, choice=choice))
    assert outcome.action is Done.REFUSED
    assert isinstance(outcome.error, DigestError)
    assert outcome.error.detail.startswith(f"the {side}'s text would be lost, as no vault is kept; ")
    assert held.snapshot() == before


def test_when_both_changed_a_person_must_choose(held: Held) -> None:
    held.sql("UPDATE syncd_replica_file SET agreed = printf('%064d', 1) WHERE day = '2021-04-07'")
    held.file(DAY).write_bytes(EDITED)
    assert isinstance(only(run_repair(held)).error, DayConflict)
    assert held.file(DAY).read_bytes() == EDITED
    run_repair(held, DAY, choice=Choice.RESTORE)
    assert held.file(DAY).read_bytes() == SOUND
    assert is_sound(held)


def test_a_sound_unregistered_file_is_registered(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day)))
    outcome = only(run_repair(held))
    assert (outcome.day, outcome.action, outcome.state, outcome.papers) == (day, Done.REGISTERED, State.ADOPTED, 3)
    assert is_sound(held)


def test_a_file_that_repeats_another_date_needs_a_choice(held: Held) -> None:
    day = date(2021, 4, 9)
    parsed = digests.parse(SOUND).digest
    assert parsed is not None
    held.file(day).write_bytes(digests.render(replace(parsed, day=day)))
    refused = only(run_repair(held))
    assert (refused.day, refused.action) == (day, Done.REFUSED)
    assert only(run_repair(held, day, choice=Choice.ACCEPT_FILE)).action is Done.REGISTERED


def test_a_file_that_repeats_two_dates_names_the_first_of_them(held: Held) -> None:
    parsed = digests.parse(SOUND).digest
    assert parsed is not None
    for day in (date(2021, 4, 9), date(2021, 4, 12)):
        held.file(day).write_bytes(digests.render(replace(parsed, day=day)))
        outcome = only(run_repair(held))
        assert isinstance(outcome.error, DigestError)
        papers = [entry.id for entry in parsed.entries]
        count, _, example = outcome.error.detail.partition(" of its papers were new on another date, e.g. ")
        assert 0 < int(count) <= len(papers)
        assert example in {f"{paper} on {DAY}; --accept-file insists" for paper in papers}
        run_repair(held, day, choice=Choice.ACCEPT_FILE)


@pytest.mark.parametrize("data", [b"", b"notes\n", SOUND, SOUND[:-1], SOUND.replace(b"cs.CV", b"cs.CL", 1)])
def test_an_unregistered_file_that_is_no_digest_of_its_day_is_refused(held: Held, data: bytes) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(data)
    outcome = only(run_repair(held))
    assert outcome.action is Done.REFUSED
    assert isinstance(outcome.error, DigestError)
    if isinstance(outcome.error, FaultyDigest):
        assert outcome.error.issues
    assert held.file(day).read_bytes() == data


def test_nothing_can_be_restored_without_a_row(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day)))
    assert only(run_repair(held, day, choice=Choice.RESTORE)).action is Done.REFUSED


def lose_rows(held: Held, day: date) -> None:
    """Delete the rows of a mailing, as a person with a tool may."""
    held.sql(*(f"DELETE FROM {table} WHERE day = '{day}'" for table in ("mailing", "entry")))  # noqa: S608  a date


@pytest.mark.parametrize("has_vault", [True, False])
def test_a_date_without_file_and_rows_comes_back_from_the_vault_alone(held: Held, has_vault: bool) -> None:
    lose_rows(held, DAY)
    held.file(DAY).unlink()
    if not has_vault:
        shutil.rmtree(held.folder / "vault")
    outcome = only(run_repair(held))
    assert isinstance(outcome.error, DigestError) is not has_vault
    assert outcome.action is (Done.RESTORED if has_vault else Done.REFUSED)
    assert is_sound(held) is has_vault


@pytest.mark.parametrize("lost", ["", "syncd_replica_file", "syncd_history"])
def test_an_altered_file_beside_rows_that_are_gone_needs_a_choice(held: Held, lost: str) -> None:
    lose_rows(held, DAY)
    held.file(DAY).write_bytes(EDITED)
    if lost:
        held.sql(f"DELETE FROM {lost} WHERE day = '{DAY}'")  # noqa: S608  a table and a date
    before = held.snapshot()
    refused = only(run_repair(held))
    assert refused.action is Done.REFUSED
    assert isinstance(refused.error, DigestError)
    assert "--restore" in refused.error.detail
    assert "--accept-file" in refused.error.detail
    assert held.snapshot() == before


def test_the_recorded_text_of_rows_that_are_gone_is_restored_and_the_altered_file_kept(held: Held) -> None:
    before = read_entries(held, LISTED)
    data = held.file(LISTED).read_bytes()
    lose_rows(held, LISTED)
    held.file(LISTED).write_bytes(data.replace(b"A Plain", b"A Plane"))
    run_repair(held, LISTED, choice=Choice.RESTORE)
    assert held.file(LISTED).read_bytes() == data
    assert read_entries(held, LISTED) == before
    assert list_kept(held, "edited") == [data.replace(b"A Plain", b"A Plane")]
    assert is_sound(held)


def test_an_altered_file_that_is_accepted_is_adopted_and_what_is_known_of_its_other_texts_stays(held: Held) -> None:
    data = held.file(LISTED).read_bytes()
    lose_rows(held, LISTED)
    held.file(LISTED).write_bytes(data.replace(b"A Plain", b"A Plane", 1))
    assert only(run_repair(held, LISTED, choice=Choice.ACCEPT_FILE)).state is State.ADOPTED
    assert [entry.version for entry in read_entries(held, LISTED)] == [None, 1, 1, 1, 1, 1]
    assert is_sound(held)


def test_without_an_account_an_altered_file_can_only_be_accepted(held: Held) -> None:
    shutil.rmtree(held.folder / "vault")
    lose_rows(held, DAY)
    held.file(DAY).write_bytes(EDITED)
    refused = only(run_repair(held, DAY, choice=Choice.RESTORE))
    assert isinstance(refused.error, DigestError)
    assert "no vault here has that text" in refused.error.detail
    assert only(run_repair(held, DAY, choice=Choice.ACCEPT_FILE)).action is Done.REGISTERED


def test_rows_that_are_gone_come_back_as_they_were_where_the_file_is_the_recorded_one(held: Held) -> None:
    before = read_rows(held, LISTED)
    lose_rows(held, LISTED)
    assert only(run_repair(held)).state is State.COMPLETE
    assert read_rows(held, LISTED) == before


def test_the_newest_text_that_is_read_again_adds_nothing_to_the_history(held: Held) -> None:
    held.overrides["archive.vault"] = ""
    before, events = read_rows(held, LISTED), read_history(held, LISTED)
    lose_rows(held, LISTED)
    assert only(run_repair(held)).state is State.COMPLETE
    after = read_rows(held, LISTED)
    assert before is not None
    assert after is not None
    assert after.mailing.recorded == before.mailing.recorded
    assert read_history(held, LISTED) == events


def test_an_older_text_that_comes_back_is_an_event_of_its_date(held: Held) -> None:
    held.overrides["archive.vault"] = ""
    columns = "state, source, evidence, papers"
    held.sql(
        f"INSERT INTO syncd_history (day, recorded, sha256, {columns}) SELECT day, '2999-01-01T00:00:00Z',"  # noqa: S608  names
        f" printf('%064d', 1), {columns} FROM syncd_history WHERE day = '{LISTED}'"
    )
    first, _ = read_history(held, LISTED)
    lose_rows(held, LISTED)
    assert only(run_repair(held, LISTED, choice=Choice.ACCEPT_FILE)).state is State.COMPLETE
    assert [one.sha256 for one in read_history(held, LISTED)].count(first.sha256) == 2


@pytest.mark.parametrize("kind", ["receipts", "objects"])
def test_rows_wait_while_the_disk_does_not_give_what_the_vault_knows_of_them(held: Held, kind: str) -> None:
    before = read_rows(held, LISTED)
    lose_rows(held, LISTED)
    with refuse_files(held.folder / "vault" / kind):
        refused = only(run_repair(held))
    assert (refused.action, type(refused.error)) == (Done.REFUSED, FolderError)
    assert read_rows(held, LISTED) is None
    assert only(run_repair(held)).action is Done.REGISTERED
    assert read_rows(held, LISTED) == before


def test_rows_that_were_moved_to_a_saturday_go_back_to_their_date(held: Held) -> None:
    before, saturday = read_rows(held, DAY), date(2021, 4, 10)
    held.sql(*(f"UPDATE {table} SET day = '{saturday}' WHERE day = '{DAY}'" for table in ("mailing", "entry")))  # noqa: S608
    assert [(one.day, one.action) for one in run_repair(held).days] == [
        (DAY, Done.REGISTERED),
        (saturday, Done.RESTORED),
    ]
    assert read_rows(held, DAY) == before
    assert is_sound(held)


def test_entries_that_were_moved_alone_are_removed_from_the_false_date(held: Held) -> None:
    before, saturday = read_rows(held, DAY), date(2021, 4, 10)
    held.sql(f"UPDATE entry SET day = '{saturday}' WHERE day = '{DAY}' AND number > 3")  # noqa: S608  dates
    run_repair(held)
    assert read_rows(held, DAY) == before
    assert is_sound(held)


def read_entries(held: Held, day: date) -> tuple[Entry, ...]:
    with held.open() as work:
        return held_digest(work, day).entries


def read_rows(held: Held, day: date) -> StoredMailing | None:
    with held.open() as work:
        return work.store.stored_mailing(day)


def read_history(held: Held, day: date) -> tuple[Event, ...]:
    with held.open() as work:
        return work.store.history(day)


def test_a_folder_in_the_place_of_a_file_is_an_error_of_that_date_only(held: Held) -> None:
    held.file(DAY).unlink()
    held.file(DAY).mkdir()
    held.file(LISTED).unlink()
    first, second = run_repair(held).days
    assert isinstance(first.error, FolderError)
    assert (second.day, second.action) == (LISTED, Done.RESTORED)


def test_a_recorded_conflict_needs_a_choice(held: Held) -> None:
    offer_other_bytes(held)
    outcome = only(run_repair(held))
    assert isinstance(outcome.error, DayConflict)
    assert outcome.error.kept == hashlib.sha256(EDITED).hexdigest()
    assert read_state(held, DAY) is State.CONFLICT


@pytest.mark.parametrize("choice", [Choice.RESTORE, Choice.ACCEPT_FILE])
def test_either_choice_closes_a_conflict_about_bytes_kept_aside(held: Held, choice: Choice) -> None:
    offer_other_bytes(held)
    run_repair(held, DAY, choice=choice)
    assert read_state(held, DAY) is State.ADOPTED
    assert held.file(DAY).read_bytes() == SOUND
    assert list_kept(held, "candidate") == [EDITED]


def test_a_file_in_conflict_with_a_listing_is_registered_only_by_choice(held: Held) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    mine = digests.render(invented(day, 2))
    held.file(day).write_bytes(mine)
    with held.open() as work:
        assert write_mailing(work, invented(day), HOW).state is State.CONFLICT
    assert isinstance(only(run_repair(held)).error, DayConflict)
    assert read_state(held, day) is State.CONFLICT
    assert only(run_repair(held, day, choice=Choice.ACCEPT_FILE)).action is Done.REGISTERED
    assert (read_state(held, day), held.file(day).read_bytes()) == (State.ADOPTED, mine)


def test_a_conflict_is_closed_when_the_file_in_the_way_is_gone(held: Held) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    held.file(day).write_bytes(b"notes\n")
    with held.open() as work:
        write_mailing(work, invented(day), HOW)
    held.file(day).unlink()
    run_repair(held)
    assert read_state(held, day) is State.PENDING


@pytest.mark.parametrize("choice", list(Choice))
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_dry_run_names_what_the_run_does_and_changes_nothing(held: Held, damage: str, choice: Choice) -> None:
    DAMAGES[damage](held)
    before = held.snapshot()
    planned = only(run_repair(held, choice=choice, dry_run=True))
    assert held.snapshot() == before
    done = only(run_repair(held, choice=choice))
    assert (planned.action is Done.PLANNED) == (done.action not in {Done.NONE, Done.REFUSED})
    assert type(planned.error) is type(done.error)
    if planned.action is Done.PLANNED:
        assert planned.note


def test_a_date_given_twice_is_repaired_once(held: Held) -> None:
    held.file(DAY).unlink()
    assert len(run_repair(held, DAY, DAY).days) == 1
