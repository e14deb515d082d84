"""Test what repair does by itself, what needs a choice of a person, and what a dry run says."""

from __future__ import annotations

import hashlib
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
from tests.support.sound_archive import DAY, LISTED, Held, copied, invented

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_date_without_file_and_rows_needs_a_replay(held: Held) -> None:
    held.sql("DELETE FROM mailing WHERE day = '2021-04-07'", "DELETE FROM entry WHERE day = '2021-04-07'")
    held.file(DAY).unlink()
    assert isinstance(only(run_repair(held)).error, DigestError)


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
