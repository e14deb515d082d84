"""Test checking a small archive: every damage is reported, and a sound archive has no problems."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from syncd.core import digest as digests
from syncd.core.digest.hashing import sha256
from syncd.core.model import Finding, Section, Severity, State
from syncd.core.reasons import REASONS, REBUILD
from syncd.core.reconcile import Choice
from syncd.usecases.inspect.check import Scope, check, is_sound
from syncd.usecases.progress import Progress, RunControl
from syncd.usecases.reconcile.journal import Origin, hash_text, list_receipts, record_in_journal
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.workspace import Access
from tests.support.check_runs import find_only, list_codes, run_check
from tests.support.digest_damage import DAMAGES, EDITS, SOUND, Damage
from tests.support.refusing_disk import refuse_files
from tests.support.row_damage import ROW_DAMAGES, set_text
from tests.support.sound_archive import DAY, DAYS, LISTED, PLAIN, Held, copied, held_digest, invented

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


@pytest.mark.parametrize("full", [False, True])
def test_a_sound_archive_has_no_problems(held: Held, full: bool) -> None:
    checked = run_check(held, full=full)
    assert checked.problems == ()
    assert (checked.read, checked.skipped) == (len(DAYS), 0)


@pytest.mark.parametrize("together", [1, 2, 200])
def test_an_unchanged_file_is_not_read_again_but_by_a_full_check(
    held: Held, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncd.usecases.inspect.check._AGREEMENTS_PER_WRITE", together)
    run_check(held)
    assert (run_check(held).read, run_check(held).skipped) == (0, len(DAYS))
    assert run_check(held, full=True).read == len(DAYS)


def test_of_many_changed_files_only_the_newest_are_read_where_few_may_be(held: Held) -> None:
    with held.open() as work:
        checked = check(work, Scope(most_read=1))
    assert (checked.read, checked.unread) == (1, len(DAYS) - 1)
    held.file(DAYS[0]).unlink()
    held.file(DAYS[-1]).write_bytes(b"")
    with held.open() as work:
        checked = check(work, Scope(most_read=1))
    # A file that is gone is not one that would be read.
    assert {one.day for one in checked.problems} == {DAYS[0], DAYS[-1]}


def test_the_hints_of_files_that_are_not_read_again_are_said_again(held: Held) -> None:
    file = held.file(LISTED)
    with held.open() as work:
        newest = max(work.store.list_announced_ids(LISTED, LISTED)[LISTED])
    file.write_bytes(file.read_bytes().replace(newest.encode(), b"2012.00001"))
    with held.open() as work:
        assert repair(work, [LISTED], Choice.ACCEPT_FILE).days[0].error is None

    def hints(*, full: bool = False) -> list[tuple[date | None, str]]:
        return [(one.day, one.message) for one in run_check(held, full=full).problems if one.code == "late-crosslist"]

    first = hints(full=True)
    assert (LISTED, "2012.00001 is of an older month than this mailing's ids") in first
    assert hints() == hints() == first
    assert run_check(held).skipped == len(DAYS)


def test_a_file_changed_just_before_it_was_read_is_read_again(held: Held) -> None:
    held.later = timedelta(0)
    run_check(held)
    assert run_check(held).read == len(DAYS)


@pytest.mark.parametrize("damage", [*DAMAGES, *EDITS], ids=lambda damage: damage.name)
def test_every_damage_to_a_file_is_reported_by_every_check(held: Held, damage: Damage) -> None:
    with held.open() as work:
        check(work, Scope())
        held.file(DAY).write_bytes(damage.apply(SOUND))
        for full in (False, False, True):
            checked = check(work, Scope(full=full))
            assert damage.codes & list_codes(checked)
            assert list_codes(checked) & {"file-damaged", "file-edited", "file-misplaced"}
            assert not is_sound(checked)
            assert {found.day for found in checked.problems} == {DAY}
            assert f"syncd repair {DAY} --restore" in {found.repair for found in checked.problems}


def test_damage_that_keeps_size_and_modification_time_is_found(held: Held) -> None:
    before = held.file(DAY).stat()
    run_check(held)
    held.file(DAY).write_bytes(SOUND.replace(b"Plain", b"Plane"))
    os.utime(held.file(DAY), ns=(before.st_atime_ns, before.st_mtime_ns))
    assert list_codes(run_check(held)) == {"file-edited"}


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("kind", ["folder", "link", "loop", "fifo", "folder of the year"])
def test_something_else_in_the_place_of_a_file_is_reported_and_the_check_goes_on(
    held: Held, kind: str, full: bool
) -> None:
    run_check(held)
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
    checked = run_check(held, full=full)
    faults = [found for found in checked.problems if found.severity is Severity.FAULT]
    assert {found.code for found in faults} == {"file-damaged"}
    assert {found.day for found in faults} == (set(DAYS) if kind == "folder of the year" else {DAY})
    assert all("cannot be read" in found.message for found in faults)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_an_unreadable_folder_is_reported_and_the_check_goes_on(held: Held) -> None:
    held.file(DAY).parent.chmod(0)
    try:
        assert list_codes(run_check(held)) == {"file-unreadable", "manifest-stale"}  # its checksums are unreadable too
    finally:
        held.file(DAY).parent.chmod(0o755)


def test_foreign_files_in_the_folder_are_hints(held: Held) -> None:
    (held.root / "notes.txt").write_text("hello")
    (held.root / ".2021-04-07.md.tmp-0123abcd").write_text("half")
    checked = run_check(held)
    assert list_codes(checked) == {"stray-file", "leftover-temp"}
    assert is_sound(checked)


@pytest.mark.parametrize("change", ROW_DAMAGES.values(), ids=ROW_DAMAGES)
def test_rows_changed_by_hand_are_found_by_a_full_check(held: Held, change: str) -> None:
    held.sql(change)
    checked = run_check(held, full=True)
    (found,) = [found for found in checked.problems if found.day == DAY]
    assert (found.code, found.repair) == ("sql-damaged", f"syncd repair {DAY}")


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (
            "UPDATE mailing SET recorded = 'never' WHERE day = '2021-04-07'",
            "table mailing, day '2021-04-07': recorded is 'never'",
        ),
        ("UPDATE mailing SET papers = 'many'", "papers is 'many', which cannot be understood, and 2 more"),
        ("UPDATE syncd_replica_file SET checked = '2021-02-30T25:00:00Z'", "checked is '2021-02-30T25:00:00Z'"),
        ("UPDATE mailing SET state = 'placed'", "state is 'placed'"),
        ("INSERT INTO syncd_rest VALUES ('arxiv.org', '9', 429, 1, '2021-04-07T00:00:00Z', '')", "until is '9'"),
        ("INSERT INTO syncd_event VALUES (1, 'never', '', '', '', '', NULL)", "event is 'never'"),
    ],
)
def test_a_value_that_no_syncd_writes_is_named_by_a_quick_check(held: Held, change: str, where: str) -> None:
    held.sql("PRAGMA ignore_check_constraints = on", change)
    held.file(PLAIN).write_bytes(b"")
    found = {problem.message: problem for problem in run_check(held).problems}
    (odd,) = (problem for message, problem in found.items() if where in message)
    assert (odd.code, odd.severity, odd.repair) == ("sql-damaged", Severity.FAULT, "syncd replay")
    assert any(problem.day == PLAIN for problem in found.values())


def test_a_stat_that_is_no_number_lets_the_file_be_read_again(held: Held) -> None:
    held.sql("UPDATE syncd_replica_file SET mtime_ns = 'never', ctime_ns = 'never'")
    assert run_check(held).problems == ()


def test_a_changed_hash_is_found_by_a_quick_check_too(held: Held) -> None:
    run_check(held)
    held.sql(ROW_DAMAGES["hash"])
    assert (find_only(run_check(held)).code, find_only(run_check(held)).day) == ("sql-damaged", DAY)


def test_a_mailing_moved_to_another_date_is_reported_for_both(held: Held) -> None:
    held.sql("UPDATE mailing SET day = '2021-04-09' WHERE day = '2021-04-07'")
    found = {(one.day, one.code, one.repair) for one in run_check(held, full=True).problems if one.day}
    friday = date(2021, 4, 9)
    assert found == {
        (DAY, "row-missing", f"syncd repair {DAY}"),
        (friday, "sql-damaged", f"syncd repair {friday}"),
    }


@pytest.mark.parametrize("moment", [0, 2])
def test_a_writer_at_work_is_not_taken_for_a_fault(held: Held, moment: int) -> None:
    def meanwhile(progress: Progress) -> None:
        if (progress.doing, progress.done) == ("checking files", moment):
            with held.open() as other:
                write_mailing(other, invented(PLAIN, 5, listed=True), how)

    how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
    with held.open() as work:
        checked = check(work, Scope(full=True), RunControl(report=meanwhile))
    assert checked.problems == ()
    assert run_check(held, full=True).problems == ()


def test_a_paper_that_is_new_on_two_dates_is_reported(held: Held) -> None:
    with held.open() as work:
        again = invented(LISTED, 6, listed=True)
        day = date(2021, 4, 9)
        write_mailing(work, replace(again, day=day), Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    found = [one for one in run_check(held, full=True).problems if one.code == "duplicate-across-days"]
    assert [one.day for one in found] == [day] * len(found)
    assert found


def test_a_mailing_on_a_weekend_is_a_hint(held: Held) -> None:
    saturday = date(2021, 4, 10)
    with held.open() as work:
        write_mailing(work, invented(saturday), Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    checked = run_check(held)
    assert list_codes(checked) == {"calendar-disagrees"}
    assert is_sound(checked)


def test_damaged_and_missing_responses_are_found_by_a_full_check(held: Held) -> None:
    first, second = sorted((held.folder / "vault" / "objects").rglob("*.gz"))[:2]
    first.write_bytes(b"no gzip")
    second.unlink()
    assert list_codes(run_check(held)) == set()
    assert list_codes(run_check(held, full=True)) == {"vault-damaged", "vault-missing"}


@pytest.mark.parametrize("kind", ["receipts", "objects"])
def test_responses_that_the_disk_does_not_give_are_neither_damaged_nor_missing(held: Held, kind: str) -> None:
    with refuse_files(held.folder / "vault" / kind, errno.EIO):
        assert list_codes(run_check(held, full=True)) == {"vault-unreadable"}


def test_a_response_without_a_receipt_is_missing_from_the_vault(held: Held) -> None:
    with held.open() as work:
        row = work.store.mailing(PLAIN)
        assert row is not None
        later = row.recorded + timedelta(seconds=1)
        work.store.put_mailing(replace(row, response="0" * 64, recorded=later), held_digest(work, PLAIN))
    assert [(one.day, one.code) for one in run_check(held, full=True).problems] == [(PLAIN, "vault-missing")]


def test_a_lost_response_is_reported_with_the_texts_that_only_it_had(held: Held) -> None:
    with held.open() as work:
        row, digest = work.store.mailing(PLAIN), held_digest(work, PLAIN)
        assert row is not None
        origins = {one.id: Origin(("ab" * 32,), hash_text(one.title, one.abstract)) for one in digest.entries}
        record_in_journal(work, [(row, digest)], {PLAIN: origins})
    (problem,) = run_check(held, full=True).problems
    assert (problem.day, problem.code) == (PLAIN, "vault-missing")
    assert problem.message == (
        "abababababab: the raw response behind this day is not in the vault; "
        f"the journal has the text of {len(digest.entries)} papers of {PLAIN} from it"
    )


def test_a_damaged_part_of_the_journal_is_reported_with_its_days(held: Held) -> None:
    with held.open() as work:
        receipt = next(list_receipts(work.vault))
    (held.folder / "vault" / "objects" / receipt.sha256[:2] / f"{receipt.sha256}.gz").write_bytes(b"no gzip")
    (problem,) = run_check(held, full=True).problems
    assert problem.code == "vault-damaged"
    assert problem.message.endswith("; it is the journal of 2021-04-06 to 2021-04-07")


def test_without_a_vault_no_response_is_missing(held: Held) -> None:
    held.overrides["archive.vault"] = ""
    assert run_check(held, full=True).problems == ()


@pytest.mark.parametrize(("age", "command"), [(90, "sync {day}"), (91, "backfill --since {day} --until {day}")])
def test_a_held_mailing_that_may_lack_papers_is_named_with_the_command_that_completes_it(
    held: Held, age: int, command: str
) -> None:
    evidence = "1 record that may belong to it could not be read: 2104.02703 (no title)"
    with held.open() as opened:
        opened.store.put_finding(Finding(DAY, State.PARTIAL, "oai", evidence, None, "bad-records", opened.wall()))
        work = replace(opened, now=lambda: datetime(DAY.year, DAY.month, DAY.day, 16, tzinfo=UTC) + timedelta(days=age))
        (found,) = check(work, Scope()).problems
    assert (found.code, found.day, found.message) == ("papers-missing", DAY, evidence)
    assert found.repair == f"syncd {command.format(day=DAY)}"


def test_only_the_given_dates_are_checked(held: Held) -> None:
    held.file(DAY).unlink()
    (held.root / "notes.txt").write_text("hello")
    assert run_check(held, PLAIN).problems == ()
    assert run_check(held, DAY, full=True).read == 0
    assert find_only(run_check(held, DAY)).code == "file-missing"


def test_all_parts_together_find_every_problem_once(held: Held) -> None:
    held.sql(*(set_text("title", "'Another Title'", f"day = '{day}' AND number = 1") for day in DAYS))
    parts = [run_check(held, full=True, share=share, shares=7) for share in range(1, 8)]
    assert sorted(found.day for part in parts for found in part.problems if found.day) == list(DAYS)
    assert sum(part.read for part in parts) == len(DAYS)


def test_a_quick_check_needs_as_many_queries_for_many_dates_as_for_few(held: Held) -> None:
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


def test_every_reported_code_is_in_the_table(held: Held) -> None:
    held.file(DAY).write_bytes(b"")
    held.file(PLAIN).unlink()
    checked = run_check(held)
    assert list_codes(checked) <= set(REASONS)
    assert [found.day for found in checked.problems] == sorted(found.day for found in checked.problems if found.day)


def test_a_fault_that_file_and_rows_share_is_reported_every_time(held: Held) -> None:
    day = date(2021, 4, 9)
    digest = invented(day, 5)
    with held.open() as work:
        how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
        shuffled = replace(digest, entries=tuple(digest.entries[at] for at in (1, 0, 3, 2, 4)))
        write_mailing(work, shuffled, how)
        held.file(day).touch()
        assert [list_codes(check(work, Scope(days=[day]))) for _ in range(2)] == [{"order-broken"}] * 2


def test_progress_is_reported_to_the_end(held: Held) -> None:
    reported: list[Progress] = []
    with held.open() as work:
        check(work, Scope(), RunControl(report=reported.append))
    assert reported[-1] == Progress("checking files", len(DAYS), len(DAYS))


def test_a_check_that_is_stopped_returns_what_it_found_and_says_that_it_ended(held: Held) -> None:
    held.file(DAYS[0]).unlink()
    control = RunControl(report=lambda progress: control.cancel.set() if progress.done == 1 else None)
    with held.open() as work:
        checked = check(work, Scope(full=True), control)
    assert checked.ended
    assert [problem.day for problem in checked.problems] == [DAYS[0]]


def test_a_read_only_database_is_checked_too(held: Held) -> None:
    held.file(DAY).unlink()
    with held.open() as work:
        sqlalchemy.event.listen(
            work.database.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA query_only = ON")
        )
        assert list_codes(check(work, Scope())) == {"file-missing"}


@pytest.mark.parametrize(
    ("age", "is_trusted"), [(timedelta(milliseconds=1999), False), (timedelta(milliseconds=2001), True)]
)
def test_a_file_is_trusted_when_it_was_read_two_seconds_after_its_last_change(
    held: Held, age: timedelta, is_trusted: bool
) -> None:
    run_check(held)
    for day in DAYS:
        changed = datetime.fromtimestamp(held.file(day).stat().st_ctime, UTC)
        held.sql(f"UPDATE syncd_replica_file SET checked = '{changed + age:%Y-%m-%dT%H:%M:%S.%f}Z' WHERE day = '{day}'")  # noqa: S608
    assert run_check(held).skipped == (len(DAYS) if is_trusted else 0)


def test_a_file_with_a_modification_time_in_the_future_is_read_every_time(held: Held) -> None:
    ahead = (datetime.now(UTC) + timedelta(days=1)).timestamp()
    os.utime(held.file(DAY), (ahead, ahead))
    run_check(held)
    assert (run_check(held).read, run_check(held).skipped) == (1, len(DAYS) - 1)


@pytest.mark.parametrize("share", [1, 2])
def test_a_part_of_a_division_looks_at_nothing_that_belongs_to_no_date(held: Held, share: int) -> None:
    (held.root / "notes.txt").write_text("hello")
    assert run_check(held, share=share, shares=2).problems == ()
    assert list_codes(run_check(held)) == {"stray-file"}


@pytest.mark.parametrize("full", [False, True])
def test_only_a_full_check_of_all_dates_creates_checksums(held: Held, full: bool) -> None:
    run_check(held, *DAYS, full=full)
    run_check(held, full=False)
    assert not (held.root / "2021" / "SHA256SUMS").exists()
    run_check(held, full=True)
    assert (held.root / "2021" / "SHA256SUMS").exists()


def test_an_outdated_index_is_reported_unless_repairing_rows_renews_it(held: Held) -> None:
    held.sql("DELETE FROM syncd_search")
    assert "index-stale" in list_codes(run_check(held, full=True))
    held.sql(ROW_DAMAGES["title"])
    assert list_codes(run_check(held, full=True)) == {"sql-damaged"}


def test_problems_of_no_date_come_last(held: Held) -> None:
    (held.root / "notes.txt").write_text("hello")
    held.file(LISTED).unlink()
    held.file(PLAIN).unlink()
    assert [found.day for found in run_check(held).problems] == [PLAIN, LISTED, None]


def test_a_link_in_the_place_of_a_digest_is_reported_once(held: Held) -> None:
    held.file(DAY).rename(held.folder / "away.md")
    held.file(DAY).symlink_to(held.folder / "away.md")
    assert [found.day for found in run_check(held).problems] == [DAY]


@pytest.mark.parametrize("sections", [(Section.CROSS, Section.NEW), (Section.NEW, Section.CROSS), (None, Section.NEW)])
def test_a_paper_on_two_dates_is_reported_only_if_it_is_new_on_both(
    held: Held, sections: tuple[Section | None, Section]
) -> None:
    first, second = date(2021, 4, 12), date(2021, 4, 13)
    entry = invented(first, 1).entries[0]
    with held.open() as work:
        for day, section in zip((first, second), sections, strict=True):
            digest = replace(invented(day, 1), entries=(replace(entry, section=section),))
            write_mailing(work, digest, Provenance(State.COMPLETE, "catchup", "heading of a page", None))
    assert "duplicate-across-days" not in list_codes(run_check(held, full=True))


def test_a_date_that_is_written_during_the_check_is_read_again_by_the_next(held: Held) -> None:
    how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)

    def meanwhile(progress: Progress) -> None:
        if progress.done == len(DAYS) - 1:  # the first date has been read
            with held.open() as other:
                write_mailing(other, invented(PLAIN, 5, listed=True), how)

    with held.open() as work:
        check(work, Scope(), RunControl(report=meanwhile))
        assert work.store.list_agreed_hashes(PLAIN, PLAIN) == {PLAIN: sha256(digests.render(invented(PLAIN, 5)))}
    assert run_check(held).problems == ()


def test_rows_of_the_service_that_refer_to_nothing_have_a_way_back(held: Held) -> None:
    held.sql("UPDATE syncd_replica SET id = 'zz'")
    found = find_only(run_check(held, full=True))
    assert (found.code, found.repair) == ("sql-damaged", "syncd replay")
    assert found.message.endswith(REBUILD)


def test_a_file_that_the_disk_does_not_give_is_not_to_be_moved_away(held: Held) -> None:
    with refuse_files(held.root, errno.EIO):
        checked = run_check(held, DAY, full=True)
    (found,) = checked.problems
    assert (found.code, found.repair) == ("file-unreadable", None)
    assert "move it away" not in found.message
