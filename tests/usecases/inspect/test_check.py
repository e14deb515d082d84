"""Checking a small archive: every harm to a file or a row is told, with the code that fits and the command that helps."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from syncd.core import digest as digests
from syncd.core.model import Severity, State
from syncd.core.reasons import REASONS
from syncd.usecases.inspect.check import Scope, check, is_sound
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.workspace import Access
from tests.support.digest_damage import DAMAGES, EDITS, SOUND, Damage
from tests.support.sound_archive import DAY, DAYS, LISTED, PLAIN, Held, Killed, copied, invented, kill_at

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.core.results import CheckResult, Problem


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def run(held: Held, *days: date, full: bool = False, share: int = 1, shares: int = 1) -> CheckResult:
    with held.open() as work:
        return check(work, Scope(days, full, share, shares))


def codes(checked: CheckResult) -> set[str]:
    return {found.code for found in checked.problems}


def only(checked: CheckResult) -> Problem:
    (found,) = checked.problems
    return found


@pytest.mark.parametrize("full", [False, True])
def test_an_untouched_archive_gives_no_complaint(held: Held, full: bool) -> None:
    checked = run(held, full=full)
    assert checked.problems == ()
    assert (checked.read, checked.skipped) == (len(DAYS), 0)


def test_an_unchanged_file_is_not_read_again_but_by_a_full_check(held: Held) -> None:
    run(held)
    assert (run(held).read, run(held).skipped) == (0, len(DAYS))
    assert run(held, full=True).read == len(DAYS)


def test_a_file_touched_as_late_as_it_was_read_is_read_again(held: Held) -> None:
    held.later = timedelta(0)
    run(held)
    assert run(held).read == len(DAYS)


@pytest.mark.parametrize("damage", [*DAMAGES, *EDITS], ids=lambda damage: damage.name)
def test_every_damage_to_a_file_is_told_by_every_check(held: Held, damage: Damage) -> None:
    with held.open() as work:
        check(work, Scope())
        held.file(DAY).write_bytes(damage.apply(SOUND))
        for full in (False, False, True):
            checked = check(work, Scope(full=full))
            assert damage.codes & codes(checked)
            assert codes(checked) & {"file-damaged", "file-edited"}
            assert not is_sound(checked)
            assert {found.day for found in checked.problems} == {DAY}
            assert f"syncd repair {DAY} --restore" in {found.repair for found in checked.problems}


def test_a_damage_that_keeps_size_and_time_of_change_is_seen_all_the_same(held: Held) -> None:
    before = held.file(DAY).stat()
    run(held)
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    os.utime(held.file(DAY), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert codes(run(held)) == {"file-edited"}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("kind", ["folder", "link", "loop", "fifo", "folder of the year"])
def test_something_else_in_the_place_of_a_file_is_told_and_ends_nothing(held: Held, kind: str, full: bool) -> None:
    run(held)
    path = held.file(DAY)
    away = held.folder / "away.md"
    if kind == "folder of the year":
        shutil.rmtree(path.parent)
        path.parent.write_bytes(b"no folder")
    else:
        path.rename(away)
    match kind:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(away)
        case "loop":
            path.symlink_to(path)
        case "fifo":
            os.mkfifo(path)
    checked = run(held, full=full)
    faults = [found for found in checked.problems if found.severity is Severity.FAULT]
    assert {found.code for found in faults} == {"file-damaged"}
    assert {found.day for found in faults} == (set(DAYS) if kind == "folder of the year" else {DAY})
    assert all("cannot be read" in found.message for found in faults)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_an_unreadable_folder_is_told_and_ends_nothing(held: Held) -> None:
    held.file(DAY).parent.chmod(0)
    try:
        assert codes(run(held)) == {"file-damaged"}
    finally:
        held.file(DAY).parent.chmod(0o755)


def test_a_missing_folder_of_a_year_is_a_missing_file_for_each_of_its_days(held: Held) -> None:
    shutil.rmtree(held.file(DAY).parent)
    checked = run(held)
    assert [(found.day, found.code) for found in checked.problems] == [(day, "file-missing") for day in DAYS]
    assert only(run(held, DAY)).repair == f"syncd repair {DAY}"


def test_a_digest_that_sql_never_heard_of_is_unregistered(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day)))
    assert (only(run(held)).code, only(run(held)).repair) == ("file-unregistered", f"syncd repair {day}")


def test_a_broken_unregistered_file_names_no_command_that_could_not_help(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day))[:-1])
    checked = run(held)
    assert codes(checked) == {"no-final-newline", "file-unregistered"}
    assert {found.repair for found in checked.problems} == {None}


def test_a_right_digest_under_another_days_name_is_misplaced(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(SOUND)
    found = only(run(held))
    assert (found.code, found.day, found.line, found.repair) == ("file-misplaced", day, 1, None)


def test_strangers_in_the_folder_are_hints(held: Held) -> None:
    (held.root / "notes.txt").write_text("hello")
    (held.root / ".2021-04-07.md.tmp-0123abcd").write_text("half")
    checked = run(held)
    assert codes(checked) == {"stray-file", "leftover-temp"}
    assert is_sound(checked)


ROWS = {
    "title": "UPDATE entry SET title = 'Another Title' WHERE day = '2021-04-07' AND number = 1",
    "abstract": "UPDATE entry SET abstract = abstract || ' More.' WHERE day = '2021-04-07' AND number = 2",
    "hostile text": "UPDATE entry SET title = 'a' || char(10) || 'b' WHERE day = '2021-04-07' AND number = 1",
    "bytes for text": "UPDATE entry SET title = X'C3' WHERE day = '2021-04-07' AND number = 1",
    "order": "UPDATE entry SET number = number + 100 WHERE day = '2021-04-07' AND number = 1",
    "id": "UPDATE entry SET paper_id = '2104.08999' WHERE day = '2021-04-07' AND number = 1",
    "no id": "UPDATE entry SET paper_id = 'x' WHERE day = '2021-04-07' AND number = 1",
    "section": "UPDATE entry SET section = 'cross' WHERE day = '2021-04-07' AND number = 1",
    "section lost": "UPDATE entry SET section = NULL WHERE day = '2021-04-07' AND number = 1",
    "sections exchanged": "UPDATE entry SET section = CASE number WHEN 1 THEN 'cross' ELSE 'new' END "
    "WHERE day = '2021-04-07' AND number IN (1, 5)",
    "an entry lost": "DELETE FROM entry WHERE day = '2021-04-07' AND number = 5",
    "an entry moved": "UPDATE entry SET day = '2021-04-06', number = 90 WHERE day = '2021-04-07' AND number = 5",
    "tail": "UPDATE mailing SET tail = 1 WHERE day = '2021-04-07'",
    "papers": "UPDATE mailing SET papers = 6, new = 4 WHERE day = '2021-04-07'",
    "counts": "UPDATE mailing SET new = 4, cross = 1 WHERE day = '2021-04-07'",
    "counts lost": "UPDATE mailing SET new = NULL, cross = NULL WHERE day = '2021-04-07'",
    "state": "UPDATE mailing SET state = 'complete' WHERE day = '2021-04-07'",
    "source": "UPDATE mailing SET source = 'catchup' WHERE day = '2021-04-07'",
    "evidence": "UPDATE mailing SET evidence = 'I know' WHERE day = '2021-04-07'",
    "response": "UPDATE mailing SET response = NULL WHERE day = '2021-04-07'",
    "recorded": "UPDATE mailing SET recorded = '2020-01-01 00:00:00.000000' WHERE day = '2021-04-07'",
    "hash": "UPDATE mailing SET sha256 = printf('%064d', 0) WHERE day = '2021-04-07'",
}


@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS)
def test_rows_changed_by_hand_are_told_by_a_full_check(held: Held, change: str) -> None:
    held.sql(change)
    checked = run(held, full=True)
    (found,) = [found for found in checked.problems if found.day == DAY]
    assert (found.code, found.repair) == ("sql-damaged", f"syncd repair {DAY}")


def test_a_changed_hash_is_told_by_a_quick_check_too(held: Held) -> None:
    run(held)
    held.sql(ROWS["hash"])
    assert (only(run(held)).code, only(run(held)).day) == ("sql-damaged", DAY)


def test_damaged_rows_beside_an_edited_file_are_both_told(held: Held) -> None:
    held.sql(ROWS["title"])
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    checked = run(held, full=True)
    assert codes(checked) == {"sql-damaged", "file-edited"}
    assert f"syncd replay {DAY}" in {found.repair for found in checked.problems}


def test_damaged_rows_whose_file_is_gone_need_the_kept_responses(held: Held) -> None:
    held.sql(ROWS["title"])
    held.file(DAY).unlink()
    assert {found.repair for found in run(held).problems} == {f"syncd replay {DAY}"}
    assert codes(run(held)) == {"sql-damaged", "file-missing"}


def test_a_mailing_whose_record_is_lost_is_a_missing_row(held: Held) -> None:
    held.sql("DELETE FROM mailing WHERE day = '2021-04-07'")
    assert (only(run(held)).code, only(run(held)).repair) == ("row-missing", f"syncd repair {DAY}")


def test_a_mailing_whose_entries_are_lost_is_a_missing_row(held: Held) -> None:
    held.sql("DELETE FROM entry WHERE day = '2021-04-07'")
    assert (only(run(held, full=True)).code, only(run(held, full=True)).repair) == (
        "row-missing",
        f"syncd repair {DAY}",
    )


def test_a_mailing_moved_to_another_date_is_told_for_both(held: Held) -> None:
    held.sql("UPDATE mailing SET day = '2021-04-09' WHERE day = '2021-04-07'")
    found = {(one.day, one.code) for one in run(held, full=True).problems if one.day}
    assert (DAY, "row-missing") in found
    assert (date(2021, 4, 9), "file-missing") in found


def test_a_day_of_which_nothing_is_left_but_the_memory_of_it_is_told(held: Held) -> None:
    held.sql("DELETE FROM mailing WHERE day = '2021-04-07'", "DELETE FROM entry WHERE day = '2021-04-07'")
    held.file(DAY).unlink()
    assert (only(run(held)).code, only(run(held)).repair) == ("file-missing", f"syncd replay {DAY}")


def test_a_lost_agreement_is_an_unfinished_write(held: Held) -> None:
    held.sql("DELETE FROM replica_file WHERE day = '2021-04-07'")
    assert codes(run(held)) == {"unfinished"}


def test_both_sides_moved_is_told_as_that(held: Held) -> None:
    held.sql("UPDATE replica_file SET agreed = printf('%064d', 1) WHERE day = '2021-04-07'")
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    assert codes(run(held)) == {"both-changed"}


@pytest.mark.parametrize("step", ["row", "filled", "named", "file"])
def test_a_write_that_was_killed_is_unfinished(held: Held, step: str) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    with held.open(steps=kill_at(step)) as work, pytest.raises(Killed):
        write_mailing(work, invented(day), Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    assert {found.day for found in run(held).problems} == {day, None} - ({None} if step != "filled" else set())
    assert codes(run(held)) & {"unfinished", "file-missing"}


@pytest.mark.parametrize("moment", [0, 2])
def test_a_writer_at_work_is_not_taken_for_a_fault(held: Held, moment: int) -> None:
    def meanwhile(done: int, _days: int) -> None:
        if done == moment:
            with held.open() as other:
                write_mailing(other, invented(PLAIN, 5, listed=True), how)

    how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
    with held.open() as work:
        checked = check(work, Scope(full=True), meanwhile)
    assert checked.problems == ()
    assert run(held, full=True).problems == ()


def test_the_same_new_paper_on_two_days_is_told(held: Held) -> None:
    with held.open() as work:
        again = invented(LISTED, 6, listed=True)
        day = date(2021, 4, 9)
        write_mailing(work, replace(again, day=day), Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    found = [one for one in run(held, full=True).problems if one.code == "duplicate-across-days"]
    assert [one.day for one in found] == [day] * len(found)
    assert found


def test_a_mailing_on_a_day_without_one_is_a_hint(held: Held) -> None:
    saturday = date(2021, 4, 10)
    with held.open() as work:
        write_mailing(work, invented(saturday), Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    checked = run(held)
    assert codes(checked) == {"calendar-disagrees"}
    assert is_sound(checked)


def test_a_damaged_and_a_lost_kept_file_are_told_by_a_full_check(held: Held) -> None:
    first, second = sorted((held.folder / "vault" / "objects").rglob("*.gz"))[:2]
    first.write_bytes(b"no gzip")
    second.unlink()
    assert codes(run(held)) == set()
    assert codes(run(held, full=True)) == {"vault-damaged", "vault-missing"}


def test_a_response_without_a_receipt_is_missing_from_the_vault(held: Held) -> None:
    held.sql("UPDATE mailing SET response = printf('%064d', 0) WHERE day = '2021-04-06'",
        "UPDATE history SET response = printf('%064d', 0) WHERE day = '2021-04-06'")  # fmt: skip
    assert [(one.day, one.code) for one in run(held, full=True).problems] == [(PLAIN, "vault-missing")]


def test_without_a_vault_nothing_is_asked_of_it(held: Held) -> None:
    held.overrides["archive.vault"] = ""
    assert run(held, full=True).problems == ()


def test_given_dates_are_looked_at_alone(held: Held) -> None:
    held.file(DAY).unlink()
    (held.root / "notes.txt").write_text("hello")
    assert run(held, PLAIN).problems == ()
    assert run(held, DAY, full=True).read == 0
    assert only(run(held, DAY)).code == "file-missing"


def test_the_parts_of_a_division_see_every_problem_once(held: Held) -> None:
    held.sql(*(f"UPDATE entry SET title = 'Another Title' WHERE day = '{day}' AND number = 1" for day in DAYS))  # noqa: S608
    parts = [run(held, full=True, share=share, shares=7) for share in range(1, 8)]
    assert sorted(found.day for part in parts for found in part.problems if found.day) == list(DAYS)
    assert sum(part.read for part in parts) == len(DAYS)


def test_a_quick_check_asks_the_database_as_often_for_many_days_as_for_few(held: Held) -> None:
    def statements() -> int:
        asked: list[str] = []
        with held.open() as work:
            sqlalchemy.event.listen(work.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
            check(work, Scope())
        return len(asked)

    statements()
    few = statements()
    how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
    with held.open(Access.CREATE) as work:
        for number in range(9, 24):
            write_mailing(work, invented(date(2021, 4, number)), how)
    assert statements() == few


def test_every_code_that_is_told_is_in_the_table(held: Held) -> None:
    held.file(DAY).write_bytes(b"")
    held.file(PLAIN).unlink()
    checked = run(held)
    assert codes(checked) <= set(REASONS)
    assert [found.day for found in checked.problems] == sorted(found.day for found in checked.problems if found.day)


def test_a_fault_that_file_and_rows_share_is_told_every_time(held: Held) -> None:
    day = date(2021, 4, 9)
    digest = invented(day, 5)
    with held.open() as work:
        how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
        shuffled = replace(digest, entries=tuple(digest.entries[at] for at in (1, 0, 3, 2, 4)))
        write_mailing(work, shuffled, how)
        held.file(day).touch()
        assert [codes(check(work, Scope(days=[day]))) for _ in range(2)] == [{"order-broken"}] * 2


def test_progress_is_told_to_the_end(held: Held) -> None:
    told: list[tuple[int, int]] = []
    with held.open() as work:
        check(work, Scope(), lambda done, days: told.append((done, days)))
    assert told[-1] == (len(DAYS), len(DAYS))


def test_a_database_that_cannot_be_written_is_checked_all_the_same(held: Held) -> None:
    held.file(DAY).unlink()
    with held.open() as work:
        sqlalchemy.event.listen(
            work.database.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA query_only = ON")
        )
        assert codes(check(work, Scope())) == {"file-missing"}
