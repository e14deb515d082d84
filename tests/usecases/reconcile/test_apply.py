"""Test what carrying out an action writes, what it keeps, and that no bytes are ever lost."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.model import Certainty, Entry, Finding, Section, State
from syncd.core.reconcile import Action, Cause, Choice, Verb
from syncd.core.results import Done
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.apply import apply
from syncd.usecases.reconcile.day_state import read_day
from syncd.usecases.reconcile.repair import repair
from tests.support.check_runs import list_codes, run_check
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
from tests.support.row_damage import ROW_DAMAGES, set_text
from tests.support.sound_archive import DAY, DAYS, LISTED, Held, Killed, copied, held_digest, kill_at

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def test_lost_files_are_written_again_byte_for_byte(held: Held) -> None:
    before = held.snapshot()
    shutil.rmtree(held.file(DAY).parent)
    assert [(one.day, one.action) for one in run_repair(held).days] == [(day, Done.RESTORED) for day in DAYS]
    assert {path: held.snapshot()[path] for path in before if path != "sql"} == {
        k: v for k, v in before.items() if k != "sql"
    }
    assert is_sound(held)


def test_a_lost_record_comes_back_as_it_was_recorded(held: Held) -> None:
    held.sql(*(f"DELETE FROM mailing WHERE day = '{day}'" for day in (DAY, LISTED)))  # noqa: S608
    assert [(one.day, one.action, one.state) for one in run_repair(held).days] == [
        (DAY, Done.REGISTERED, State.ADOPTED),
        (LISTED, Done.REGISTERED, State.COMPLETE),
    ]
    assert is_sound(held)


def test_lost_entries_come_back_from_the_file(held: Held) -> None:
    held.sql("DELETE FROM entry")
    assert [one.day for one in run_repair(held).days] == list(DAYS)
    assert is_sound(held)


@pytest.mark.parametrize("change", ROW_DAMAGES.values(), ids=ROW_DAMAGES)
def test_corrupt_rows_are_read_again_from_an_unchanged_file(held: Held, change: str) -> None:
    with held.open() as work:
        before = work.store.stored_mailing(DAY)
    held.sql(change)
    assert DAY in {one.day for one in run_repair(held).days}
    with held.open() as work:
        assert work.store.stored_mailing(DAY) == before
    assert is_sound(held)


def test_reading_rows_again_keeps_what_was_known_of_each_paper(held: Held) -> None:
    held.sql(set_text("title", "'Another Title'", "day = '2021-04-08' AND number = 2"))
    run_repair(held, LISTED)
    with held.open() as work:
        entries = held_digest(work, LISTED).entries
    assert [entry.section for entry in entries] == [Section.NEW] * 4 + [Section.CROSS] * 2
    assert {entry.certainty for entry in entries} == {Certainty.LISTED}
    assert [entry.version for entry in entries] == [1] * 6


def test_what_rows_say_that_were_changed_by_hand_is_not_believed_where_no_account_is(held: Held) -> None:
    shutil.rmtree(held.folder / "vault")
    held.sql("UPDATE entry SET version = 2 WHERE day = '2021-04-08' AND number = 2")
    run_repair(held, LISTED)
    with held.open() as work:
        entries = held_digest(work, LISTED).entries
    assert {entry.version for entry in entries} == {None}
    assert list_codes(run_check(held, LISTED, full=True)) == set()


def test_sound_columns_stay_where_a_text_was_changed_and_no_account_is(held: Held) -> None:
    shutil.rmtree(held.folder / "vault")
    held.sql(set_text("title", "'Another Title'", "day = '2021-04-08' AND number = 2"))
    run_repair(held, LISTED)
    with held.open() as work:
        entries = held_digest(work, LISTED).entries
    assert [entry.section for entry in entries] == [Section.NEW] * 4 + [Section.CROSS] * 2
    assert [entry.version for entry in entries] == [1, None, 1, 1, 1, 1]


def test_the_rendering_of_corrupt_rows_is_kept_in_the_vault(held: Held) -> None:
    held.sql(set_text("title", "'Another Title'", "day = '2021-04-07' AND number = 1"))
    run_repair(held)
    assert any(b"Another Title" in data for data in list_kept(held, "candidate"))


def test_restoring_writes_the_rows_bytes_and_keeps_the_edit(held: Held) -> None:
    held.file(DAY).write_bytes(EDITED)
    assert only(run_repair(held, DAY, choice=Choice.RESTORE)).action is Done.RESTORED
    assert held.file(DAY).read_bytes() == SOUND
    assert list_kept(held, "edited") == [EDITED]
    assert is_sound(held)


def test_accepting_takes_the_file_into_the_rows_and_keeps_their_text(held: Held) -> None:
    held.file(DAY).write_bytes(EDITED)
    outcome = only(run_repair(held, DAY, choice=Choice.ACCEPT_FILE))
    assert (outcome.action, outcome.state) == (Done.ACCEPTED, State.ADOPTED)
    with held.open() as work:
        assert digests.render(held_digest(work, DAY)) == EDITED
    assert list_kept(held, "candidate") == [SOUND]
    assert is_sound(held)


def test_accepting_keeps_the_day_complete_while_its_papers_are_those_listed(held: Held) -> None:
    text = held.file(LISTED).read_bytes().replace(b"An invented text", b"A repaired text", 1)
    held.file(LISTED).write_bytes(text)
    assert only(run_repair(held, LISTED, choice=Choice.ACCEPT_FILE)).state is State.COMPLETE
    with held.open() as work:
        entries = held_digest(work, LISTED).entries
    assert [entry.version for entry in entries] == [None, 1, 1, 1, 1, 1]
    assert is_sound(held)


def test_accepting_other_papers_than_listed_makes_the_day_adopted(held: Held) -> None:
    lines = held.file(LISTED).read_bytes().split(b"\n")
    held.file(LISTED).write_bytes(b"\n".join(lines[:-3]) + b"\n")
    outcome = only(run_repair(held, LISTED, choice=Choice.ACCEPT_FILE))
    assert (outcome.state, outcome.papers) == (State.ADOPTED, 5)
    assert is_sound(held)


def test_accepting_twice_does_not_repeat_the_note_in_the_evidence(held: Held) -> None:
    for text in (EDITED, SOUND, EDITED):
        held.file(DAY).write_bytes(text)
        run_repair(held, DAY, choice=Choice.ACCEPT_FILE)
    with held.open() as work:
        assert work.report(DAY).evidence.count("accepted") == 1


@pytest.mark.parametrize("step", ["row", "file", "named"])
@pytest.mark.parametrize(
    ("damage", "choice"), [("edited", Choice.RESTORE), ("edited", Choice.ACCEPT_FILE), ("rows damaged", Choice.NONE)]
)
def test_a_killed_repair_loses_nothing_and_the_next_one_completes_it(
    held: Held, damage: str, choice: Choice, step: str
) -> None:
    DAMAGES[damage](held)
    try:
        with held.open(steps=kill_at(step)) as work:
            repair(work, [DAY], choice)
    except Killed:
        run_repair(held, DAY, choice=choice)
    with held.open() as work:
        assert {one.code for one in check(work, Scope(full=True)).problems} <= {"leftover-temp"}
    assert held.file(DAY).read_bytes() == (EDITED if choice is Choice.ACCEPT_FILE else SOUND)
    if damage == "edited":
        assert (SOUND if choice is Choice.ACCEPT_FILE else EDITED) in list_kept(
            held, "candidate" if choice is Choice.ACCEPT_FILE else "edited"
        )


def forget_facts(entry: Entry) -> Entry:
    """Return the entry as a file that is known of nothing would have it."""
    return replace(entry, section=None, version=None, certainty=Certainty.ADOPTED)


@pytest.mark.parametrize("changed", ["title", "abstract"])
def test_the_version_of_a_paper_is_known_only_while_title_and_abstract_are_its_own(held: Held, changed: str) -> None:
    with held.open() as work:
        before = held_digest(work, LISTED).entries
        first = replace(before[0], **{changed: "Another text"})  # type: ignore[arg-type]
        file = replace(held_digest(work, LISTED), entries=(first, *before[1:]))
    held.file(LISTED).write_bytes(digests.render(file))
    run_repair(held, LISTED, choice=Choice.ACCEPT_FILE)
    with held.open() as work:
        after = held_digest(work, LISTED).entries
    assert [entry.version for entry in after] == [None, 1, 1, 1, 1, 1]
    assert [entry.section for entry in after] == [entry.section for entry in before]


def test_sections_that_make_no_sense_in_the_file_are_given_up(held: Held) -> None:
    with held.open() as work:
        digest = held_digest(work, LISTED)
    swapped = replace(digest, entries=(*digest.entries[4:], *digest.entries[:4]))
    held.file(LISTED).write_bytes(digests.render(replace(swapped, entries=tuple(map(forget_facts, swapped.entries)))))
    run_repair(held, LISTED, choice=Choice.ACCEPT_FILE)
    with held.open() as work:
        sections = [entry.section for entry in held_digest(work, LISTED).entries]
    assert sections == sorted(sections, key=lambda section: section is Section.CROSS)


@pytest.mark.parametrize("verb", [Verb.FETCH, Verb.COMMIT, Verb.ASK])
def test_an_action_that_is_not_about_file_and_rows_is_an_error_of_the_caller(held: Held, verb: Verb) -> None:
    before = held.snapshot()
    with held.open() as work, pytest.raises(ValueError, match="not about file and rows"):
        apply(work, read_day(work, DAY), Action(DAY, verb, Cause.DUE))
    assert held.snapshot() == before


def test_a_file_cannot_be_written_without_a_row(held: Held) -> None:
    day = date(2021, 4, 9)
    with held.open() as work, pytest.raises(ValueError, match="no row"):
        apply(work, read_day(work, day), Action(day, Verb.WRITE_FILE, Cause.FILE_MISSING))
    assert not held.file(day).exists()


def test_rows_cannot_be_read_from_a_file_with_faults(held: Held) -> None:
    held.file(DAY).write_bytes(SOUND[:-1])
    with held.open() as work, pytest.raises(ValueError, match="no digest"):
        apply(work, read_day(work, DAY), Action(DAY, Verb.ACCEPT_FILE, Cause.CHOSEN))


@pytest.mark.parametrize("state", [State.PARTIAL, State.FAILED, State.PENDING])
def test_an_open_finding_is_closed_once_file_and_row_agree(held: Held, state: State) -> None:
    held.file(DAY).unlink()
    with held.open() as work:
        work.store.put_finding(Finding(DAY, state, "catchup", "half a page"))
    run_repair(held, DAY)
    assert read_state(held, DAY) is State.ADOPTED


def test_a_conflict_stays_recorded_when_only_the_file_was_missing(held: Held) -> None:
    offer_other_bytes(held)
    held.file(DAY).unlink()
    run_repair(held, DAY)
    assert held.file(DAY).read_bytes() == SOUND
    assert read_state(held, DAY) is State.CONFLICT


def test_a_conflict_stays_recorded_when_only_the_rows_were_corrupt(held: Held) -> None:
    offer_other_bytes(held)
    held.sql(ROW_DAMAGES["title"])
    assert only(run_repair(held, DAY)).error is None
    assert read_state(held, DAY) is State.CONFLICT
