"""Repairing a small archive: what is mended, what waits for a person, and that no bytes are ever lost."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from syncd.core import digest as digests
from syncd.core.errors import DayConflict, DigestError, FaultyDigest, FolderError
from syncd.core.model import Finding, Placed, Section, State
from syncd.core.reconcile import Choice
from syncd.core.results import DayOutcome, Done, Run
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.digest_damage import SOUND
from tests.support.sound_archive import DAY, DAYS, LISTED, PLAIN, Held, Killed, copied, held_digest, invented, kill_at
from tests.usecases.inspect.test_check import ROWS

if TYPE_CHECKING:
    from pathlib import Path

EDITED = SOUND.replace(b"Plain", b"Plane")
HOW = Provenance(State.COMPLETE, "catchup", "heading of a page", None)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def run(held: Held, *days: date, choice: Choice = Choice.NONE, dry_run: bool = False) -> Run:
    with held.open() as work:
        return repair(work, days, choice, dry_run=dry_run)


def only(done: Run) -> DayOutcome:
    (outcome,) = done.days
    return outcome


def is_sound(held: Held) -> bool:
    with held.open() as work:
        return check(work, Scope(full=True)).problems == () and repair(work).days == ()


def kept(held: Held, kind: str) -> list[bytes]:
    with held.open() as work:
        return [work.vault.get(one.sha256) for one in work.vault.receipts() if one.kind == kind]


def test_a_sound_archive_needs_nothing(held: Held) -> None:
    before = held.snapshot()
    assert run(held).days == ()
    assert held.snapshot() == before


def test_lost_files_are_written_again_byte_for_byte(held: Held) -> None:
    before = held.snapshot()
    shutil.rmtree(held.file(DAY).parent)
    assert [(one.day, one.action) for one in run(held).days] == [(day, Done.RESTORED) for day in DAYS]
    assert {path: held.snapshot()[path] for path in before if path != "sql"} == {
        k: v for k, v in before.items() if k != "sql"
    }
    assert is_sound(held)


def test_a_lost_record_comes_back_as_it_was_recorded(held: Held) -> None:
    held.sql(*(f"DELETE FROM mailing WHERE day = '{day}'" for day in (DAY, LISTED)))  # noqa: S608
    assert [(one.day, one.action, one.state) for one in run(held).days] == [
        (DAY, Done.REGISTERED, State.ADOPTED),
        (LISTED, Done.REGISTERED, State.COMPLETE),
    ]
    assert is_sound(held)


def test_lost_entries_come_back_from_the_file(held: Held) -> None:
    held.sql("DELETE FROM entry")
    assert [one.day for one in run(held).days] == list(DAYS)
    assert is_sound(held)


@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS)
def test_damaged_rows_are_read_again_from_a_file_that_vouches_for_itself(held: Held, change: str) -> None:
    with held.open() as work:
        entries = [(e.id, e.title, e.abstract) for e in held_digest(work, DAY).entries]
        row = work.store.mailing(DAY)
    held.sql(change)
    assert DAY in {one.day for one in run(held).days}
    with held.open() as work:
        again = work.store.mailing(DAY)
        assert [(e.id, e.title, e.abstract) for e in held_digest(work, DAY).entries] == entries
    assert row is not None
    assert again is not None
    assert replace(again, recorded=row.recorded) == row
    assert is_sound(held)


def test_reading_rows_again_keeps_what_was_known_of_each_paper(held: Held) -> None:
    held.sql("UPDATE entry SET title = 'Another Title' WHERE day = '2021-04-08' AND number = 2")
    run(held, LISTED)
    with held.open() as work:
        entries = held_digest(work, LISTED).entries
    assert [entry.section for entry in entries] == [Section.NEW] * 4 + [Section.CROSS] * 2
    assert {entry.placed for entry in entries} == {Placed.LISTED}
    assert [entry.version for entry in entries] == [1, None, 1, 1, 1, 1]


def test_damaged_rows_leave_a_rendering_in_the_vault(held: Held) -> None:
    held.sql("UPDATE entry SET title = 'Another Title' WHERE day = '2021-04-07' AND number = 1")
    run(held)
    assert any(b"Another Title" in data for data in kept(held, "candidate"))


@pytest.mark.parametrize("choice", list(Choice))
def test_damaged_rows_without_a_file_wait_for_a_replay(held: Held, choice: Choice) -> None:
    held.sql(ROWS["title"])
    held.file(DAY).unlink()
    before = held.snapshot()
    outcome = only(run(held, DAY, choice=choice))
    assert outcome.action is Done.REFUSED
    assert isinstance(outcome.error, DigestError)
    assert "syncd replay" in outcome.error.detail
    assert held.snapshot() == before


def test_damaged_rows_beside_an_edited_file_wait_for_a_person(held: Held) -> None:
    held.sql(ROWS["title"])
    held.file(DAY).write_bytes(EDITED)
    for choice in (Choice.NONE, Choice.RESTORE):
        assert only(run(held, DAY, choice=choice)).action is Done.REFUSED
    assert only(run(held, DAY, choice=Choice.ACCEPT_FILE)).action is Done.ACCEPTED
    assert held.file(DAY).read_bytes() == EDITED
    assert is_sound(held)


def test_an_edit_is_left_to_a_person(held: Held) -> None:
    held.file(DAY).write_bytes(EDITED)
    before = held.snapshot()
    outcome = only(run(held))
    assert (outcome.day, outcome.action, outcome.error) == (DAY, Done.NONE, None)
    assert "--accept-file" in outcome.note
    assert held.snapshot() == before


def test_a_restored_file_has_the_rows_bytes_and_the_edit_is_kept(held: Held) -> None:
    held.file(DAY).write_bytes(EDITED)
    assert only(run(held, DAY, choice=Choice.RESTORE)).action is Done.RESTORED
    assert held.file(DAY).read_bytes() == SOUND
    assert kept(held, "edited") == [EDITED]
    assert is_sound(held)


def test_an_accepted_file_is_in_the_rows_and_the_rows_text_is_kept(held: Held) -> None:
    held.file(DAY).write_bytes(EDITED)
    outcome = only(run(held, DAY, choice=Choice.ACCEPT_FILE))
    assert (outcome.action, outcome.state) == (Done.ACCEPTED, State.ADOPTED)
    with held.open() as work:
        assert digests.render(held_digest(work, DAY)) == EDITED
    assert kept(held, "candidate") == [SOUND]
    assert is_sound(held)


def test_accepting_keeps_the_day_complete_while_its_papers_are_those_listed(held: Held) -> None:
    text = held.file(LISTED).read_bytes().replace(b"An invented text", b"A mended text", 1)
    held.file(LISTED).write_bytes(text)
    assert only(run(held, LISTED, choice=Choice.ACCEPT_FILE)).state is State.COMPLETE
    with held.open() as work:
        entries = held_digest(work, LISTED).entries
    assert [entry.version for entry in entries] == [None, 1, 1, 1, 1, 1]
    assert is_sound(held)


def test_accepting_other_papers_than_listed_makes_the_day_adopted(held: Held) -> None:
    lines = held.file(LISTED).read_bytes().split(b"\n")
    held.file(LISTED).write_bytes(b"\n".join(lines[:-3]) + b"\n")
    outcome = only(run(held, LISTED, choice=Choice.ACCEPT_FILE))
    assert (outcome.state, outcome.papers) == (State.ADOPTED, 5)
    assert is_sound(held)


def test_accepting_twice_does_not_pile_up_words(held: Held) -> None:
    for text in (EDITED, SOUND, EDITED):
        held.file(DAY).write_bytes(text)
        run(held, DAY, choice=Choice.ACCEPT_FILE)
    with held.open() as work:
        assert work.report(DAY).evidence.count("accepted") == 1


def test_a_broken_file_is_not_accepted(held: Held) -> None:
    held.file(DAY).write_bytes(SOUND[:-1])
    before = held.snapshot()
    outcome = only(run(held, DAY, choice=Choice.ACCEPT_FILE))
    assert isinstance(outcome.error, FaultyDigest)
    assert held.snapshot() == before


@pytest.mark.parametrize("choice", [Choice.RESTORE, Choice.ACCEPT_FILE])
def test_without_a_vault_no_side_gives_way(held: Held, choice: Choice) -> None:
    held.overrides["archive.vault"] = ""
    held.file(DAY).write_bytes(EDITED)
    before = held.snapshot()
    outcome = only(run(held, DAY, choice=choice))
    assert outcome.action is Done.REFUSED
    assert isinstance(outcome.error, DigestError)
    assert "no vault" in outcome.error.detail
    assert held.snapshot() == before


def test_when_both_moved_a_person_must_choose(held: Held) -> None:
    held.sql("UPDATE replica_file SET agreed = printf('%064d', 1) WHERE day = '2021-04-07'")
    held.file(DAY).write_bytes(EDITED)
    assert isinstance(only(run(held)).error, DayConflict)
    assert held.file(DAY).read_bytes() == EDITED
    run(held, DAY, choice=Choice.RESTORE)
    assert held.file(DAY).read_bytes() == SOUND
    assert is_sound(held)


def test_a_sound_unregistered_file_is_registered(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day)))
    outcome = only(run(held))
    assert (outcome.day, outcome.action, outcome.state, outcome.papers) == (day, Done.REGISTERED, State.ADOPTED, 3)
    assert is_sound(held)


def test_a_file_that_tells_another_date_again_waits_for_a_person(held: Held) -> None:
    day = date(2021, 4, 9)
    told = digests.parse(SOUND).digest
    assert told is not None
    held.file(day).write_bytes(digests.render(replace(told, day=day)))
    refused = only(run(held))
    assert (refused.day, refused.action) == (day, Done.REFUSED)
    assert only(run(held, day, choice=Choice.ACCEPT_FILE)).action is Done.REGISTERED


@pytest.mark.parametrize("data", [b"", b"notes\n", SOUND, SOUND[:-1], SOUND.replace(b"cs.CV", b"cs.CL", 1)])
def test_an_unregistered_file_that_is_no_digest_of_its_day_is_refused(held: Held, data: bytes) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(data)
    outcome = only(run(held))
    assert outcome.action is Done.REFUSED
    assert isinstance(outcome.error, DigestError)
    if isinstance(outcome.error, FaultyDigest):
        assert outcome.error.issues
    assert held.file(day).read_bytes() == data


def test_there_is_nothing_to_restore_where_no_row_is_held(held: Held) -> None:
    day = date(2021, 4, 9)
    held.file(day).write_bytes(digests.render(invented(day)))
    assert only(run(held, day, choice=Choice.RESTORE)).action is Done.REFUSED


def test_a_day_of_which_nothing_is_left_waits_for_a_replay(held: Held) -> None:
    held.sql("DELETE FROM mailing WHERE day = '2021-04-07'", "DELETE FROM entry WHERE day = '2021-04-07'")
    held.file(DAY).unlink()
    assert isinstance(only(run(held)).error, DigestError)


def test_a_folder_in_a_files_place_is_that_days_outcome(held: Held) -> None:
    held.file(DAY).unlink()
    held.file(DAY).mkdir()
    held.file(LISTED).unlink()
    first, second = run(held).days
    assert isinstance(first.error, FolderError)
    assert (second.day, second.action) == (LISTED, Done.RESTORED)


def offered(held: Held) -> None:
    """A file with other bytes for a day that is held was offered for adoption."""
    (held.folder / "other.md").write_bytes(EDITED)
    with held.open() as work:
        adopt(work, [held.folder / "other.md"])


def state(held: Held, day: date) -> State:
    with held.open() as work:
        return work.report(day).state


def test_a_recorded_conflict_waits_for_a_persons_word(held: Held) -> None:
    offered(held)
    outcome = only(run(held))
    assert isinstance(outcome.error, DayConflict)
    assert outcome.error.kept == hashlib.sha256(EDITED).hexdigest()
    assert state(held, DAY) is State.CONFLICT


@pytest.mark.parametrize("choice", [Choice.RESTORE, Choice.ACCEPT_FILE])
def test_either_word_ends_a_conflict_about_bytes_kept_aside(held: Held, choice: Choice) -> None:
    offered(held)
    run(held, DAY, choice=choice)
    assert state(held, DAY) is State.ADOPTED
    assert held.file(DAY).read_bytes() == SOUND
    assert kept(held, "candidate") == [EDITED]


def test_a_file_in_the_way_of_a_listing_is_not_registered_unasked(held: Held) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    mine = digests.render(invented(day, 2))
    held.file(day).write_bytes(mine)
    with held.open() as work:
        assert write_mailing(work, invented(day), HOW).state is State.CONFLICT
    assert isinstance(only(run(held)).error, DayConflict)
    assert state(held, day) is State.CONFLICT
    assert only(run(held, day, choice=Choice.ACCEPT_FILE)).action is Done.REGISTERED
    assert (state(held, day), held.file(day).read_bytes()) == (State.ADOPTED, mine)


def test_a_conflict_ends_when_the_file_in_the_way_is_gone(held: Held) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    held.file(day).write_bytes(b"notes\n")
    with held.open() as work:
        write_mailing(work, invented(day), HOW)
    held.file(day).unlink()
    run(held)
    assert state(held, day) is State.PENDING


HARMS = {
    "file gone": lambda held: held.file(DAY).unlink(),
    "edited": lambda held: held.file(DAY).write_bytes(EDITED),
    "record gone": lambda held: held.sql("DELETE FROM mailing WHERE day = '2021-04-07'"),
    "rows damaged": lambda held: held.sql(ROWS["title"]),
    "unsettled": lambda held: held.sql("DELETE FROM replica_file WHERE day = '2021-04-07'"),
    "conflict": offered,
}


@pytest.mark.parametrize("choice", list(Choice))
@pytest.mark.parametrize("harm", HARMS)
def test_a_dry_run_plans_what_the_run_does_and_touches_nothing(held: Held, harm: str, choice: Choice) -> None:
    HARMS[harm](held)
    before = held.snapshot()
    planned = only(run(held, choice=choice, dry_run=True))
    assert held.snapshot() == before
    done = only(run(held, choice=choice))
    assert (planned.action is Done.PLANNED) == (done.action not in {Done.NONE, Done.REFUSED})
    assert type(planned.error) is type(done.error)
    if planned.action is Done.PLANNED:
        assert planned.note


def test_a_day_given_twice_is_repaired_once(held: Held) -> None:
    held.file(DAY).unlink()
    assert len(run(held, DAY, DAY).days) == 1


@pytest.mark.parametrize("step", ["row", "temporary made", "synced", "named", "file"])
def test_what_a_killed_writer_left_is_finished(held: Held, step: str) -> None:
    day = date(2021, 4, 9)
    held.now += timedelta(days=1)
    with held.open() as work:
        work.store.put_finding(Finding(day, State.PARTIAL, "catchup", "half a page"))
    with held.open(steps=kill_at(step)) as work, pytest.raises(Killed):
        write_mailing(work, invented(day), HOW)
    with held.open() as work:
        finish_interrupted(work)
        assert work.report(day).state is State.COMPLETE
        assert {one.code for one in check(work, Scope(full=True)).problems} <= {"leftover-temp"}
    assert held.file(day).read_bytes() == digests.render(invented(day))


def test_finishing_leaves_to_a_person_what_needs_one(held: Held) -> None:
    held.sql("UPDATE replica_file SET agreed = printf('%064d', 1)")
    held.file(DAY).write_bytes(EDITED)
    held.file(PLAIN).unlink()
    held.file(PLAIN).mkdir()
    held.sql("UPDATE entry SET title = 'Another Title' WHERE day = '2021-04-08'")
    held.file(LISTED).unlink()
    with held.open() as work:
        finish_interrupted(work)
    assert held.file(DAY).read_bytes() == EDITED
    assert held.file(PLAIN).is_dir()
    assert not held.file(LISTED).exists()


def test_finishing_costs_two_statements_when_nothing_is_unfinished(held: Held) -> None:
    asked: list[str] = []
    with held.open() as work:
        sqlalchemy.event.listen(work.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        finish_interrupted(work)
    assert len([one for one in asked if one.startswith("SELECT")]) == 2


@pytest.mark.parametrize("step", ["row", "file", "named"])
@pytest.mark.parametrize(
    ("harm", "choice"), [("edited", Choice.RESTORE), ("edited", Choice.ACCEPT_FILE), ("rows damaged", Choice.NONE)]
)
def test_a_killed_repair_loses_nothing_and_is_done_by_the_next(
    held: Held, harm: str, choice: Choice, step: str
) -> None:
    HARMS[harm](held)
    try:
        with held.open(steps=kill_at(step)) as work:
            repair(work, [DAY], choice)
    except Killed:
        run(held, DAY, choice=choice)
    with held.open() as work:
        assert {one.code for one in check(work, Scope(full=True)).problems} <= {"leftover-temp"}
    assert held.file(DAY).read_bytes() == (EDITED if choice is Choice.ACCEPT_FILE else SOUND)
    if harm == "edited":
        assert (SOUND if choice is Choice.ACCEPT_FILE else EDITED) in kept(
            held, "candidate" if choice is Choice.ACCEPT_FILE else "edited"
        )
