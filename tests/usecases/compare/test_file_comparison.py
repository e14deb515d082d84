"""The digest files compared with the rows of the database."""

from __future__ import annotations

import errno
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.usecases.compare.file_comparison import compare_files
from tests.support.digest_damage import SOUND
from tests.support.refusing_disk import refuse_files
from tests.support.row_damage import ROW_DAMAGES, lose, set_text
from tests.support.sound_archive import DAY, DAYS, PLAIN, Held, copied

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def codes(held: Held, *days: date, sql_first: bool = True) -> list[tuple[date, str]]:
    with held.open() as work:
        found = compare_files(work, days or DAYS, sql_first=sql_first)
        return [(change.day, change.code) for change in found.changes]


def test_files_and_rows_that_agree_have_no_difference(held: Held) -> None:
    with held.open() as work:
        found = compare_files(work, DAYS, sql_first=True)
    assert (found.changes, found.days, found.not_compared) == ((), len(DAYS), ())


@pytest.mark.parametrize("sql_first", [True, False])
def test_an_edited_file_is_reported_paper_by_paper_from_either_side(held: Held, sql_first: bool) -> None:
    held.file(DAY).write_bytes(SOUND.replace(b"A Study of Plain Titles", b"A Study of Other Titles"))
    with held.open() as work:
        head, change = compare_files(work, [DAY], sql_first=sql_first).changes
    assert (head.code, change.code, change.id) == ("file-edited", "title-changed", "2104.09004")
    values = ("A Study of Plain Titles", "A Study of Other Titles")
    assert (change.ours, change.theirs) == (values if sql_first else values[::-1])


def test_a_changed_row_is_found_although_the_recorded_hash_is_right(held: Held) -> None:
    held.sql(set_text("title", "'Another Title'", "day = '2021-04-07' AND number = 1"))
    assert codes(held) == [(DAY, "sql-damaged"), (DAY, "title-changed")]


@pytest.mark.parametrize("damage", ROW_DAMAGES)
def test_every_damage_to_rows_is_found(held: Held, damage: str) -> None:
    held.sql(ROW_DAMAGES[damage])
    assert (DAY, "sql-damaged") in codes(held)


@pytest.mark.parametrize("sql_first", [True, False])
def test_another_days_digest_under_this_name_is_one_difference_of_this_date(held: Held, sql_first: bool) -> None:
    held.file(DAY).write_bytes(held.file(PLAIN).read_bytes())
    with held.open() as work:
        (change,) = compare_files(work, DAYS, sql_first=sql_first).changes
    assert (change.day, change.code, change.id) == (DAY, "wrong-day", None)
    sides = (str(DAY), str(PLAIN))
    assert (change.ours, change.theirs) == (sides if sql_first else sides[::-1])


def test_a_mailing_whose_entries_are_gone_is_one_difference(held: Held) -> None:
    held.sql(lose("entry", DAY))
    assert codes(held) == [(DAY, "row-missing")]
    held.file(DAY).unlink()
    assert codes(held) == [(DAY, "sql-damaged")]


def test_a_row_that_cannot_be_rendered_is_sql_damage(held: Held) -> None:
    held.sql(set_text("title", "''", "day = '2021-04-07' AND number = 1"))
    assert codes(held)[0] == (DAY, "sql-damaged")


def test_a_missing_file_and_a_missing_row_are_found(held: Held) -> None:
    held.file(DAY).unlink()
    held.sql("DELETE FROM mailing WHERE day = '2021-04-06'")
    assert codes(held) == [(PLAIN, "row-missing"), (DAY, "file-missing")]


@pytest.mark.parametrize("data", [b"", SOUND[:-1], b"notes\n"])
def test_a_damaged_file_is_found(held: Held, data: bytes) -> None:
    held.file(DAY).write_bytes(data)
    assert codes(held)[0] == (DAY, "file-damaged")


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_a_file_that_the_disk_does_not_give_is_unreadable_and_not_damaged(held: Held, number: int) -> None:
    with refuse_files(held.root, number):
        assert codes(held) == [(day, "file-unreadable") for day in DAYS]
    assert codes(held) == []


def test_a_folder_in_place_of_a_file_is_reported_and_does_not_end_the_comparison(held: Held) -> None:
    held.file(PLAIN).unlink()
    held.file(PLAIN).mkdir()
    held.file(DAY).unlink()
    assert codes(held) == [(PLAIN, "file-damaged"), (DAY, "file-missing")]


def test_a_tail_of_other_length_is_an_edit_without_differing_papers(held: Held) -> None:
    held.file(DAY).write_bytes(SOUND.replace(b" " * 6, b" "))
    assert codes(held) == [(DAY, "file-edited")]


def test_dates_never_held_have_nothing_to_compare(held: Held) -> None:
    assert codes(held, date(2021, 4, 10)) == []
    assert codes(held, DAY, DAY) == []
