"""Test writing mailings: three steps, many at once, and what forbids them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy

from syncd.core import digest as digests
from syncd.core.errors import ArchiveGuard, DayConflict, FolderError
from syncd.core.model import Finding, State
from syncd.core.reconcile import Choice
from syncd.core.results import Done
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile import write
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.write import PAGE, Provenance, preview_write, write_mailing, write_mailings
from tests.support.sound_archive import DAY, LISTED, PLAIN, Held, Killed, copied, invented, kill_at

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.core.model import Digest
    from syncd.usecases.workspace import Workspace

NEW = date(2021, 4, 9)
LISTING = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
INFERRED = Provenance(State.RECONSTRUCTED, "oai", "the block of its ids", None)
FILE = Provenance(State.ADOPTED, "adopted", "heading of a file", None)


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    made = copied(tmp_path_factory, tmp_path / "held")
    made.now += timedelta(days=400)
    return made


def many(count: int) -> list[tuple[Digest, Provenance]]:
    return [(invented(NEW + timedelta(days=number), 2), LISTING) for number in range(count)]


def is_sound(work: Workspace) -> bool:
    return {found.code for found in check(work, Scope(full=True)).problems} <= {"calendar-disagrees", "leftover-temp"}


def test_rows_file_and_agreement_are_one_afterwards(held: Held) -> None:
    with held.open() as work:
        outcome = write_mailing(work, invented(NEW), LISTING)
        assert (outcome.state, outcome.action, outcome.papers) == (State.COMPLETE, Done.WRITTEN, 3)
        assert held.file(NEW).read_bytes() == digests.render(invented(NEW))
        assert is_sound(work)


def test_writing_again_changes_no_byte(held: Held) -> None:
    with held.open() as work:
        write_mailing(work, invented(NEW), LISTING)
        before = held.file(NEW).stat().st_mtime_ns
        assert write_mailing(work, invented(NEW), LISTING).action is Done.REGISTERED
        assert held.file(NEW).stat().st_mtime_ns == before


def test_a_text_that_breaks_the_format_is_refused_whatever_file_it_is_said_to_be_from(held: Held) -> None:
    sound = invented(NEW)
    first, *rest = sound.entries
    broken = replace(sound, entries=(replace(first, abstract="<script>x</script>"), *rest))
    how = replace(FILE, file=digests.render(sound))
    with held.open() as work:
        with pytest.raises(ValueError, match="tag not allowed"):
            write_mailing(work, broken, how)
        assert NEW not in work.store.mailings()
        assert write_mailing(work, sound, how).action is Done.WRITTEN
        assert held.file(NEW).read_bytes() == how.file


def test_an_open_finding_of_the_day_is_closed(held: Held) -> None:
    with held.open() as work:
        work.store.put_finding(Finding(NEW, State.PARTIAL, "catchup", "half a page"))
        write_mailing(work, invented(NEW), LISTING)
        assert work.report(NEW).state is State.COMPLETE


def test_a_foreign_file_is_left_alone_and_the_digest_kept_aside(held: Held) -> None:
    held.file(NEW).write_bytes(b"notes\n")
    with held.open() as work:
        outcome = write_mailing(work, invented(NEW), LISTING)
        assert (outcome.state, outcome.action) == (State.CONFLICT, Done.REFUSED)
        assert isinstance(outcome.error, DayConflict)
        assert outcome.error.kept is not None
        assert work.vault.get(outcome.error.kept) == digests.render(invented(NEW))
        (receipt,) = (one for one in work.vault.receipts() if one.sha256 == outcome.error.kept)
        assert (receipt.kind, receipt.status, receipt.headers) == ("candidate", 0, ())
        assert work.store.mailing(NEW) is None
    assert held.file(NEW).read_bytes() == b"notes\n"


def test_a_file_whose_row_is_gone_is_not_replaced(held: Held) -> None:
    before = held.file(LISTED).read_bytes()
    held.sql(f"DELETE FROM mailing WHERE day = '{LISTED}'")  # noqa: S608  a date
    shrunk = invented(LISTED, 2, listed=True)
    with held.open() as work:
        outcome = write_mailing(work, shrunk, LISTING)
        assert (outcome.state, outcome.action) == (State.CONFLICT, Done.REFUSED)
        assert isinstance(outcome.error, DayConflict)
        assert work.vault.get(str(outcome.error.kept)) == digests.render(shrunk)
        assert held.file(LISTED).read_bytes() == before
        assert repair(work, [LISTED], Choice.ACCEPT_FILE).days[0].state is State.COMPLETE
        assert is_sound(work)


def test_bytes_that_are_replaced_are_kept(held: Held) -> None:
    before = held.file(LISTED).read_bytes()
    with held.open() as work:
        write_mailing(work, invented(LISTED, 7, listed=True), LISTING)
        assert before in [work.vault.get(one.sha256) for one in work.vault.receipts() if one.kind == "candidate"]
        assert is_sound(work)


@pytest.mark.parametrize(("how", "stays"), [(LISTING, False), (FILE, True), (INFERRED, True)])
def test_only_better_evidence_or_the_same_replaces_a_listed_day(held: Held, how: Provenance, stays: bool) -> None:
    before = held.file(LISTED).read_bytes()
    with held.open() as work:
        outcome = write_mailing(work, invented(LISTED, 7), how)
        assert (outcome.action is Done.NONE) is stays
        assert outcome.state is State.COMPLETE
    assert (held.file(LISTED).read_bytes() == before) is stays


def test_a_listing_replaces_an_inferred_day_and_a_file_with_other_bytes_does_not(held: Held) -> None:
    with held.open() as work:
        write_mailing(work, invented(NEW), INFERRED)
        assert write_mailing(work, invented(NEW, 2), FILE).action is Done.NONE
        assert write_mailing(work, invented(NEW, 2), LISTING).action is Done.WRITTEN


def test_outcomes_are_in_the_order_of_the_mailings(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "_MAILINGS", 5)
    accounts = many(8)[::-1]
    with held.open() as work:
        outcomes = write_mailings(work, accounts)
        assert [one.day for one in outcomes] == [digest.day for digest, _ in accounts]
        assert {one.action for one in outcomes} == {Done.WRITTEN}
        assert is_sound(work)


@pytest.mark.parametrize("limit", ["_MAILINGS", "_PAPERS"])
def test_a_full_page_is_written_under_one_lock_and_one_mailing_more_takes_another(
    held: Held, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    full = many(10)
    monkeypatch.setattr(write, limit, sum(len(digest.entries) if limit == "_PAPERS" else 1 for digest, _ in full))
    steps: list[str] = []
    with held.open(steps=steps.append) as work:
        write_mailings(work, full)
        assert (steps.count("row"), steps.count("agreed")) == (1, 1)
        write_mailings(work, many(11))
        assert (steps.count("row"), steps.count("agreed")) == (1 + 2, 1 + 2)


def test_writing_nothing_takes_no_lock() -> None:
    assert write_mailings(None, []) == []  # type: ignore[arg-type]


def test_two_digests_of_one_day_are_an_error_of_the_caller(held: Held) -> None:
    with held.open() as work, pytest.raises(ValueError, match="two digests"):
        write_mailings(work, [*many(2), *many(1)])


def test_a_page_of_many_needs_no_more_statements_than_one(held: Held) -> None:
    def statements(accounts: list[tuple[Digest, Provenance]]) -> int:
        asked: list[str] = []
        with held.open() as work:
            sqlalchemy.event.listen(work.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
            write_mailings(work, accounts)
        return len(asked)

    # The one day has a paper that is held already, whose rows are read again for their hash.
    assert statements(many(PAGE)[1:]) <= statements(many(1)) <= 42


def test_one_conflict_among_many_is_the_outcome_of_its_own_day(held: Held) -> None:
    accounts = many(3)
    path = held.file(accounts[1][0].day)
    path.write_bytes(b"notes\n")
    with held.open() as work:
        assert [one.action for one in write_mailings(work, accounts)] == [Done.WRITTEN, Done.REFUSED, Done.WRITTEN]


def test_a_folder_in_the_place_of_a_file_is_the_outcome_of_its_own_day(held: Held) -> None:
    accounts = many(3)
    held.file(accounts[1][0].day).mkdir()
    with held.open() as work:
        first, second, third = write_mailings(work, accounts)
        assert (first.action, third.action) == (Done.WRITTEN, Done.WRITTEN)
        assert isinstance(second.error, FolderError)
        assert work.store.mailing(accounts[1][0].day) is None


@pytest.mark.parametrize("step", ["row", "temporary made", "filled", "synced", "named", "folders synced", "file"])
def test_a_write_killed_at_any_step_is_finished_later(held: Held, step: str) -> None:
    accounts = many(4)
    with held.open(steps=kill_at(step)) as work, pytest.raises(Killed):
        write_mailings(work, accounts)
    with held.open() as work:
        finish_interrupted(work)
        assert is_sound(work)
        assert all(held.file(digest.day).read_bytes() == digests.render(digest) for digest, _ in accounts)


def test_nothing_is_written_into_a_folder_that_was_exchanged(held: Held) -> None:
    with held.open() as work:
        held.root.rename(held.folder / "away")
        (held.root).mkdir()
        with pytest.raises(ArchiveGuard):
            write_mailing(work, invented(NEW), LISTING)
    assert not held.file(NEW).exists()


def test_counts_are_known_only_where_every_section_is(held: Held) -> None:
    with held.open() as work:
        listed, plain = work.store.mailing(LISTED), work.store.mailing(PLAIN)
        assert listed is not None
        assert plain is not None
        assert (listed.papers, listed.new, listed.cross) == (6, 4, 2)
        assert (plain.papers, plain.new, plain.cross) == (3, None, None)


def test_a_digest_that_breaks_the_format_is_an_error_of_the_caller_and_nothing_is_written(held: Held) -> None:
    digest = invented(NEW)
    hostile = replace(digest.entries[0], title="a\nb")
    with held.open() as work:
        with pytest.raises(ValueError, match="control"):
            write_mailings(work, [*many(2)[1:], (replace(digest, entries=(hostile,)), LISTING)])
        assert work.store.mailing(NEW + timedelta(days=1)) is None
        assert work.store.mailing(DAY) is not None


def test_a_preview_is_what_writing_comes_to_and_changes_nothing(held: Held) -> None:
    held.file(NEW).write_bytes(b"notes\n")
    before = held.snapshot()
    with held.open() as work:
        planned = preview_write(work, invented(NEW + timedelta(days=3)), LISTING)
        refused = preview_write(work, invented(NEW), LISTING)
        left = preview_write(work, invented(LISTED, 7), INFERRED)
    assert held.snapshot() == before
    assert (planned.action, planned.state, planned.papers) == (Done.PLANNED, State.COMPLETE, 3)
    assert (refused.action, refused.state) == (Done.REFUSED, State.CONFLICT)
    assert isinstance(refused.error, DayConflict)
    assert (left.action, left.state) == (Done.NONE, State.COMPLETE)


def test_an_older_file_gives_way_only_to_a_write_from_its_own_row(held: Held) -> None:
    held.sql(f"DELETE FROM syncd_replica_file WHERE day = '{LISTED}'")  # noqa: S608  a date
    before = held.file(LISTED).read_bytes()
    with held.open() as work:
        assert write_mailing(work, invented(LISTED, 7, listed=True), LISTING).state is State.CONFLICT
    assert held.file(LISTED).read_bytes() == before


def test_a_finding_of_another_day_stays_open(held: Held) -> None:
    other = NEW + timedelta(days=3)
    with held.open() as work:
        work.store.put_finding(Finding(other, State.PARTIAL, "catchup", "half a page"))
        write_mailing(work, invented(NEW), LISTING)
        assert work.report(other).state is State.PARTIAL
