"""Test what is reported of one date: each difference of file and rows with its code and the command that helps."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.model import State
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.check_runs import find_only, list_codes, run_check
from tests.support.digest_damage import SOUND
from tests.support.row_damage import ROW_DAMAGES
from tests.support.sound_archive import DAY, DAYS, Held, Killed, copied, invented, kill_at

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def test_a_missing_folder_of_a_year_is_a_missing_file_for_each_of_its_days(held: Held) -> None:
    shutil.rmtree(held.file(DAY).parent)
    checked = run_check(held)
    assert [(found.day, found.code) for found in checked.problems] == [(day, "file-missing") for day in DAYS]
    assert find_only(run_check(held, DAY)).repair == f"syncd repair {DAY}"


def test_a_digest_without_a_row_is_unregistered(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day)))
    assert (find_only(run_check(held)).code, find_only(run_check(held)).repair) == (
        "file-unregistered",
        f"syncd repair {day}",
    )


def test_an_unregistered_file_with_faults_names_no_command(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day))[:-1])
    checked = run_check(held)
    assert list_codes(checked) == {"no-final-newline", "file-unregistered"}
    assert {found.repair for found in checked.problems} == {None}


def test_a_sound_digest_under_the_name_of_another_date_is_misplaced(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(SOUND)
    found = find_only(run_check(held))
    assert (found.code, found.day, found.line, found.repair) == ("file-misplaced", day, 1, None)


def test_another_days_digest_in_place_of_a_held_one_is_one_problem(held: Held) -> None:
    held.file(date(2021, 4, 8)).write_bytes(SOUND)
    found = find_only(run_check(held))
    assert (found.code, found.repair) == ("file-misplaced", "syncd repair 2021-04-08 --restore")


def test_a_mailing_whose_entries_are_lost_is_found_without_reading_all_rows(held: Held) -> None:
    run_check(held)
    held.sql("DELETE FROM entry WHERE day = '2021-04-07'")
    found = find_only(run_check(held))
    assert (found.code, found.message, found.repair) == ("row-missing", "its entries are gone", f"syncd repair {DAY}")


def test_entries_that_lost_their_mailing_are_one_problem(held: Held) -> None:
    held.sql("DELETE FROM mailing WHERE day = '2021-04-07'")
    assert [one.code for one in run_check(held, full=True).problems] == ["row-missing"]


def test_corrupt_rows_and_an_edited_file_are_both_reported(held: Held) -> None:
    held.sql(ROW_DAMAGES["title"])
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    checked = run_check(held, full=True)
    assert list_codes(checked) == {"sql-damaged", "file-edited"}
    assert f"syncd replay {DAY}" in {found.repair for found in checked.problems}


def test_corrupt_rows_without_a_file_need_a_replay(held: Held) -> None:
    held.sql(ROW_DAMAGES["title"])
    held.file(DAY).unlink()
    assert {found.repair for found in run_check(held).problems} == {f"syncd replay {DAY}"}
    assert list_codes(run_check(held)) == {"sql-damaged", "file-missing"}


def test_a_mailing_whose_record_is_lost_is_a_missing_row(held: Held) -> None:
    held.sql("DELETE FROM mailing WHERE day = '2021-04-07'")
    assert (find_only(run_check(held)).code, find_only(run_check(held)).repair) == (
        "row-missing",
        f"syncd repair {DAY}",
    )


def test_a_mailing_whose_entries_are_lost_is_a_missing_row(held: Held) -> None:
    held.sql("DELETE FROM entry WHERE day = '2021-04-07'")
    assert (find_only(run_check(held, full=True)).code, find_only(run_check(held, full=True)).repair) == (
        "row-missing",
        f"syncd repair {DAY}",
    )


def test_a_date_of_which_only_the_agreement_is_left_is_reported(held: Held) -> None:
    held.sql("DELETE FROM mailing WHERE day = '2021-04-07'", "DELETE FROM entry WHERE day = '2021-04-07'")
    held.file(DAY).unlink()
    assert (find_only(run_check(held)).code, find_only(run_check(held)).repair) == (
        "file-missing",
        f"syncd replay {DAY}",
    )


def test_a_lost_agreement_is_an_unfinished_write(held: Held) -> None:
    held.sql("DELETE FROM syncd_replica_file WHERE day = '2021-04-07'")
    assert list_codes(run_check(held)) == {"unfinished"}


def test_changes_to_both_file_and_row_are_reported_as_such(held: Held) -> None:
    held.sql("UPDATE syncd_replica_file SET agreed = printf('%064d', 1) WHERE day = '2021-04-07'")
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    assert list_codes(run_check(held)) == {"both-changed"}


@pytest.mark.parametrize("step", ["row", "filled", "named", "file"])
def test_an_interrupted_write_is_unfinished(held: Held, step: str) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    with held.open(steps=kill_at(step)) as work, pytest.raises(Killed):
        write_mailing(work, invented(day), Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    assert {found.day for found in run_check(held).problems} == {day}
    assert list_codes(run_check(held)) & {"unfinished", "file-missing"}
