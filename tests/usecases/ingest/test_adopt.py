"""Adopting files of every kind: what is adopted, what is refused with a message, and that the source is only read."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.core import categories
from syncd.core import digest as digests
from syncd.core.errors import DayConflict, DigestError, FaultyDigest, FolderError, OtherCategory
from syncd.core.mailing import announced_at
from syncd.core.model import Finding, Section, State
from syncd.core.results import Done, Run
from syncd.usecases.ingest.adopt import Offer, adopt, register_offers
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.recover import finish_interrupted
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.replay.replay import replay
from syncd.usecases.workspace import Access
from tests.support.digest_damage import DAMAGES, SOUND, Damage
from tests.support.small_archive import noon, world
from tests.support.sound_archive import DAY, DAYS, LISTED, PLAIN, Held, Killed, copied, held_digest, invented, kill_at

if TYPE_CHECKING:
    from pathlib import Path

NEW = date(2021, 4, 5)
FRESH = digests.render(invented(NEW))


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path / "source"


def run(held: Held, *paths: Path, dry_run: bool = False) -> Run:
    with held.open(Access.REBUILD) as work:
        return adopt(work, paths, dry_run=dry_run)


def shown(done: Run) -> list[tuple[date | None, State | None, Done]]:
    return [(one.day, one.state, one.action) for one in done.days]


def state(held: Held, day: date) -> State:
    with held.open() as work:
        return work.report(day).state


def is_sound(held: Held) -> bool:
    with held.open() as work:
        return check(work, Scope(full=True)).problems == ()


def test_a_file_by_any_name_is_copied_registered_and_kept(held: Held, source: Path) -> None:
    (source / "whatever.txt").write_bytes(FRESH)
    done = run(held, source)
    assert shown(done) == [(NEW, State.ADOPTED, Done.REGISTERED)]
    assert (done.days[0].path, done.days[0].papers) == ("2021/2021-04-05.md", 3)
    assert held.file(NEW).read_bytes() == FRESH
    with held.open() as work:
        mailing = work.store.mailing(NEW)
        assert mailing is not None
        assert mailing.response is not None
        assert work.vault.get(mailing.response) == FRESH
        (receipt,) = (one for one in work.vault.receipts() if one.sha256 == mailing.response)
        assert (receipt.kind, receipt.status, receipt.headers) == ("adopted", 0, ())
        assert "whatever.txt" in mailing.evidence
    assert is_sound(held)


def test_the_source_is_only_read(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(FRESH)
    (source / "two.md").write_bytes(SOUND[:-1])
    before = [(path.name, path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(source.iterdir())]
    run(held, source)
    assert before == [(path.name, path.read_bytes(), path.stat().st_mtime_ns) for path in sorted(source.iterdir())]


def test_a_second_run_does_nothing(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(FRESH)
    run(held, source)
    before = held.snapshot()
    assert shown(run(held, source)) == [(NEW, State.ADOPTED, Done.NONE)]
    assert held.snapshot() == before


def test_sections_are_certain_where_the_ids_ascend_once_and_only_there(held: Held) -> None:
    with held.open() as work:
        crossed, plain = held_digest(work, DAY), held_digest(work, PLAIN)
        row = work.store.mailing(PLAIN)
    assert [entry.section for entry in crossed.entries] == [Section.NEW] * 3 + [Section.CROSS] * 2
    assert [entry.section for entry in plain.entries] == [Section.NEW, None, None]
    assert row is not None
    assert (row.papers, row.new, row.cross) == (3, None, None)


def test_a_tail_of_one_blank_is_kept(held: Held, source: Path) -> None:
    data = FRESH.replace(b" " * 6, b" ")
    (source / "one.md").write_bytes(data)
    run(held, source)
    assert held.file(NEW).read_bytes() == data
    assert is_sound(held)


@pytest.mark.parametrize("damage", DAMAGES[::7], ids=lambda damage: damage.name)
def test_a_file_with_faults_named_by_itself_is_refused_with_its_lines(held: Held, source: Path, damage: Damage) -> None:
    (source / "one.md").write_bytes(damage.apply(SOUND))
    (outcome,) = run(held, source / "one.md").days
    assert outcome.action is Done.REFUSED
    assert isinstance(outcome.error, DigestError)
    if isinstance(outcome.error, FaultyDigest):
        assert {issue.code for issue in outcome.error.issues} & damage.codes
    assert is_sound(held)
    assert state(held, DAY) is State.ADOPTED


def test_a_day_of_which_only_a_faulty_file_is_known_failed(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(FRESH[:-1])
    assert shown(run(held, source)) == [(NEW, State.FAILED, Done.REFUSED)]
    assert state(held, NEW) is State.FAILED
    assert not held.file(NEW).exists()
    (source / "one.md").write_bytes(FRESH)
    run(held, source)
    assert state(held, NEW) is State.ADOPTED


def test_a_faulty_file_does_not_outweigh_what_was_learnt_of_its_day(held: Held, source: Path) -> None:
    with held.open() as work:
        work.store.put_finding(Finding(NEW, State.NO_MAILING, "catchup", "an empty page"))
    (source / "one.md").write_bytes(FRESH[:-1])
    run(held, source)
    assert state(held, NEW) is State.NO_MAILING


def test_a_first_line_behind_a_byte_order_mark_is_found_and_refused(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(b"\xef\xbb\xbf" + FRESH)
    (outcome,) = run(held, source).days
    assert isinstance(outcome.error, FaultyDigest)
    assert outcome.error.issues[0].code == "byte-order-mark"


def test_another_category_is_refused(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(FRESH.replace(b"cs.CV", b"cs.CL", 1))
    (outcome,) = run(held, source).days
    assert isinstance(outcome.error, OtherCategory)
    assert state(held, NEW) is State.PENDING


@pytest.mark.parametrize(
    ("ours", "theirs"), [pair for names in categories._CANONICAL.items() for pair in (names, names[::-1])]
)
def test_a_file_that_calls_the_category_by_its_other_name_is_adopted(tmp_path: Path, ours: str, theirs: str) -> None:
    source = tmp_path / "source"
    source.mkdir()
    offered = FRESH.replace(b"cs.CV", theirs.encode(), 1)
    (source / "one.md").write_bytes(offered)
    with world(tmp_path / "archive", noon(NEW)) as here:
        here.overrides["archive.category"] = ours
        with here.open():
            pass
        here.sql(f"UPDATE syncd_archive SET category = '{ours}'")  # noqa: S608  an alias names only archives from before
        with here.open() as work:
            (outcome,) = adopt(work, [source]).days
            assert (outcome.action, outcome.error) == (Done.REGISTERED, None)
            assert outcome.note == f"its heading says {theirs}, which is {ours}; the archive's says {ours}"
            assert here.file(NEW).read_bytes() == FRESH.replace(b"cs.CV", ours.encode(), 1)
            assert [work.vault.get(one.sha256) for one in work.vault.receipts() if one.kind == "adopted"] == [offered]
            assert [one.action for one in adopt(work, [source]).days] == [Done.NONE]
            here.file(NEW).unlink()
            work.store.remove_mailing(NEW)
            assert [one.action for one in replay(work).days] == [Done.RESTORED]
            assert check(work, Scope(full=True)).problems == ()


def test_a_digest_of_the_future_is_refused(held: Held, source: Path) -> None:
    day = date(2031, 4, 7)
    (source / "one.md").write_bytes(digests.render(invented(day)))
    (outcome,) = run(held, source).days
    assert outcome.action is Done.REFUSED
    assert not held.file(day).exists()


@pytest.mark.parametrize("clock", ["calendar", "real"])
@pytest.mark.parametrize(("early", "action"), [(timedelta(0), Done.REGISTERED), (timedelta(minutes=10), Done.REFUSED)])
def test_a_digest_is_of_the_future_until_either_clock_has_reached_its_announcement(
    held: Held, source: Path, clock: str, early: timedelta, action: Done
) -> None:
    day = date(2031, 4, 7)
    moment = announced_at(day) - early
    if clock == "calendar":
        held.now = moment
    else:
        held.later = moment - datetime.now(UTC)
    (source / "one.md").write_bytes(digests.render(invented(day)))
    assert [one.action for one in run(held, source).days] == [action]


def test_other_bytes_for_a_day_held_are_a_conflict_and_kept_aside(held: Held, source: Path) -> None:
    edited = SOUND.replace(b"Plain", b"Plane")
    (source / "one.md").write_bytes(edited)
    (outcome,) = run(held, source).days
    assert (outcome.state, outcome.action) == (State.CONFLICT, Done.REFUSED)
    assert isinstance(outcome.error, DayConflict)
    assert outcome.error.kept is not None
    assert held.file(DAY).read_bytes() == SOUND
    assert state(held, DAY) is State.CONFLICT
    with held.open() as work:
        assert work.vault.get(outcome.error.kept) == edited


def test_other_bytes_in_the_folder_are_a_conflict_too(held: Held, source: Path) -> None:
    held.file(NEW).write_bytes(b"notes\n")
    (source / "one.md").write_bytes(FRESH)
    assert shown(run(held, source)) == [(NEW, State.CONFLICT, Done.REFUSED)]
    assert held.file(NEW).read_bytes() == b"notes\n"


def test_the_same_file_under_two_names_is_taken_once(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(FRESH)
    (source / "two.md").write_bytes(FRESH)
    assert shown(run(held, source)) == [(NEW, State.ADOPTED, Done.REGISTERED), (NEW, State.ADOPTED, Done.NONE)]
    assert is_sound(held)


def test_of_two_files_of_one_day_the_first_is_taken(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(FRESH)
    (source / "two.md").write_bytes(digests.render(invented(NEW, 2)))
    assert shown(run(held, source)) == [(NEW, State.ADOPTED, Done.REGISTERED), (NEW, State.CONFLICT, Done.REFUSED)]
    assert held.file(NEW).read_bytes() == FRESH


def test_older_files_are_taken_and_the_ledger_begins_with_them(held: Held, source: Path) -> None:
    old = date(2020, 12, 1)
    (source / "one.md").write_bytes(digests.render(invented(old)))
    assert shown(run(held, source)) == [(old, State.ADOPTED, Done.REGISTERED)]
    with held.open() as work:
        assert work.coverage_start() == old


def test_what_is_not_there_or_no_file_is_an_outcome_and_ends_nothing(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(FRESH)
    os.mkfifo(source / "pipe")
    loop = source / "loop"
    loop.symlink_to(loop)
    paths = [source / "absent.md", source / "pipe", loop, source / "one.md"]
    *refused, taken = run(held, *paths).days
    assert [type(one.error) for one in refused] == [DigestError] * 3
    assert taken.action is Done.REGISTERED


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_what_may_not_be_read_is_an_outcome(held: Held, source: Path) -> None:
    (source / "closed").mkdir(mode=0)
    (source / "one.md").write_bytes(FRESH)
    (source / "one.md").chmod(0)
    assert [type(one.error) for one in run(held, source).days] == [DigestError] * 2


def test_in_a_folder_only_plain_files_that_begin_like_a_digest_are_looked_at(held: Held, source: Path) -> None:
    (source / "notes.md").write_text("# Notes\n")
    (source / ".hidden.md").write_bytes(FRESH)
    (source / ".git").mkdir()
    (source / ".git" / "one.md").write_bytes(FRESH)
    (source / "pipe").symlink_to(source / "nowhere")
    os.mkfifo(source / "fifo")
    (source / "round").symlink_to(source)
    assert run(held, source).days == ()


def test_a_link_to_a_file_is_copied_as_a_file(held: Held, source: Path) -> None:
    (source / ".one").write_bytes(FRESH)
    (source / "two.md").symlink_to(source / ".one")
    run(held, source)
    assert not held.file(NEW).is_symlink()
    assert held.file(NEW).read_bytes() == FRESH


def test_a_name_that_is_no_text_is_taken_and_reported_as_text(held: Held, source: Path) -> None:
    with open(os.path.join(os.fsencode(source), b"\xff\x1b[31m.md"), "wb") as file:  # noqa: PTH118, PTH123  a name in bytes
        file.write(FRESH)
    run(held, source)
    with held.open() as work:
        assert "\ufffd\ufffd[31m.md" in work.report(NEW).evidence


def test_a_large_file_in_a_folder_that_is_no_digest_is_not_read(held: Held, source: Path) -> None:
    with (source / "large").open("wb") as file:
        file.truncate(100 << 20)
    assert run(held, source).days == ()


def test_a_large_file_that_begins_like_a_digest_is_refused(held: Held, source: Path) -> None:
    with (source / "large").open("wb") as file:
        file.write(FRESH)
        file.truncate(2 << 20)
    (outcome,) = run(held, source).days
    assert isinstance(outcome.error, FaultyDigest)


def test_a_dry_run_touches_nothing_and_foretells_the_run(held: Held, source: Path) -> None:
    (source / "a.md").write_bytes(FRESH)
    (source / "b.md").write_bytes(FRESH)
    (source / "c.md").write_bytes(SOUND)
    (source / "d.md").write_bytes(SOUND.replace(b"Plain", b"Plane"))
    (source / "e.md").write_bytes(digests.render(invented(date(2021, 4, 1)))[:-1])
    before = held.snapshot()
    planned = run(held, source, dry_run=True)
    assert held.snapshot() == before
    assert [one.action for one in planned.days] == [Done.PLANNED, Done.PLANNED, Done.NONE, Done.REFUSED, Done.REFUSED]
    assert [one.state for one in planned.days][2:] == [one.state for one in run(held, source).days][2:]


def test_adopting_the_file_of_a_mailing_whose_entries_are_gone_brings_them_back(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(SOUND)
    held.sql("DELETE FROM syncd_replica_file WHERE day = '2021-04-07'", "DELETE FROM entry WHERE day = '2021-04-07'")
    assert [one.error for one in run(held, source).days] == [None]
    with held.open() as work:
        assert digests.render(held_digest(work, DAY)) == SOUND


def test_the_evidence_of_a_faulty_file_counts_its_faults_and_names_the_first_line(held: Held, source: Path) -> None:
    lines = FRESH.splitlines(keepends=True)
    lines[2] = b"\t" + lines[2]
    (source / "one.md").write_bytes(b"".join(lines)[:-1])
    (outcome,) = run(held, source).days
    assert isinstance(outcome.error, FaultyDigest)
    first, *others = outcome.error.issues
    assert others
    assert others[-1].line > first.line
    with held.open() as work:
        evidence = work.store.findings()[NEW].evidence
    assert evidence.endswith(f"in {len(others) + 1} places, first on line {first.line}")


def test_a_dry_run_leaves_an_interrupted_write_as_it_is(held: Held, source: Path) -> None:
    (source / "one.md").write_bytes(SOUND)
    held.sql("DELETE FROM syncd_replica_file WHERE day = '2021-04-07'")
    before = held.snapshot()
    run(held, source, dry_run=True)
    assert held.snapshot() == before


def without_rows(held: Held) -> None:
    for path in held.folder.glob("syncd.db*"):
        path.unlink()


def test_the_archives_own_folder_is_adopted_in_place_when_its_rows_are_lost(held: Held) -> None:
    files = {day: held.file(day).read_bytes() for day in DAYS}
    times = {day: held.file(day).stat().st_mtime_ns for day in DAYS}
    marker = (held.root / ".syncd-archive").read_bytes()
    without_rows(held)
    assert shown(run(held, held.root)) == [(day, State.ADOPTED, Done.REGISTERED) for day in DAYS]
    assert files == {day: held.file(day).read_bytes() for day in DAYS}
    assert times == {day: held.file(day).stat().st_mtime_ns for day in DAYS}
    assert (held.root / ".syncd-archive").read_bytes() == marker
    assert is_sound(held)


def test_a_misplaced_file_of_the_archives_own_folder_is_copied_to_its_place(held: Held) -> None:
    held.file(date(2021, 4, 9)).write_bytes(FRESH)
    assert (NEW, State.ADOPTED, Done.REGISTERED) in shown(run(held, held.root))
    assert held.file(NEW).read_bytes() == FRESH


def test_a_link_in_the_place_of_a_day_is_that_days_outcome(held: Held, source: Path) -> None:
    held.file(NEW).symlink_to(source / "elsewhere")
    (source / "one.md").write_bytes(FRESH)
    (source / "two.md").write_bytes(digests.render(invented(date(2021, 4, 1))))
    first, second = run(held, source).days
    assert isinstance(first.error, FolderError)
    assert second.action is Done.REGISTERED
    assert state(held, NEW) is State.PENDING


@pytest.mark.parametrize("step", ["row", "temporary made", "named", "file"])
def test_a_killed_adoption_is_finished_by_running_it_again(held: Held, source: Path, step: str) -> None:
    days = [date(2021, 3, number) for number in (1, 2, 3)]
    for day in days:
        (source / f"{day}.txt").write_bytes(digests.render(invented(day)))
    with held.open(Access.REBUILD, steps=kill_at(step)) as work, pytest.raises(Killed):
        adopt(work, [source])
    run(held, source)
    assert all(held.file(day).read_bytes() == digests.render(invented(day)) for day in days)
    assert [state(held, day) for day in days] == [State.ADOPTED] * 3
    with held.open() as work:
        assert [len(work.store.history(day)) for day in days] == [1] * 3
        assert {found.code for found in check(work, Scope(full=True)).problems} <= {"leftover-temp"}


@pytest.mark.parametrize("step", ["row", "temporary made", "named", "file"])
def test_a_killed_adoption_is_finished_by_any_later_command(held: Held, source: Path, step: str) -> None:
    (source / "one.md").write_bytes(FRESH)
    with held.open(Access.REBUILD, steps=kill_at(step)) as work, pytest.raises(Killed):
        adopt(work, [source])
    with held.open() as work:
        finish_interrupted(work)
    assert held.file(NEW).read_bytes() == FRESH


def test_what_another_process_wrote_meanwhile_is_not_overwritten(held: Held, source: Path) -> None:
    other = digests.render(invented(NEW, 2))
    (source / "other").mkdir()
    (source / "other" / "two.md").write_bytes(other)
    with held.open(Access.REBUILD) as work:
        run(held, source / "other")
        (outcome,) = register_offers(work, [Offer(source / "one.md", FRESH, invented(NEW))])
    assert isinstance(outcome.error, DayConflict)
    assert held.file(NEW).read_bytes() == other


def test_without_a_vault_files_are_adopted_all_the_same(held: Held, source: Path) -> None:
    held.overrides["archive.vault"] = ""
    (source / "one.md").write_bytes(FRESH)
    run(held, source)
    with held.open() as work:
        mailing = work.store.mailing(NEW)
    assert mailing is not None
    assert mailing.response is None


def test_more_files_than_a_page_are_taken_in_order(held: Held, source: Path) -> None:
    days = [date(2021, 1, 1) + timedelta(days=number) for number in range(60)]
    for day in days:
        (source / f"{day}").write_bytes(digests.render(invented(day, 1)))
    assert [one.day for one in run(held, source).days] == days
    assert LISTED not in days


@pytest.mark.shared
def test_the_seeds_are_registered_checked_lost_and_rebuilt_byte_for_byte(shared: Path, tmp_path: Path) -> None:
    here = Held(tmp_path / "fresh")
    here.folder.mkdir()
    here.now += timedelta(days=900)
    assert [one.action for one in run(here, shared / "seeds").days] == [Done.REGISTERED] * 5
    assert is_sound(here)
    files = {path: path.read_bytes() for path in here.root.rglob("*.md")}
    shutil.rmtree(here.root / "2021")
    with here.open() as work:
        repair(work)
    assert files == {path: path.read_bytes() for path in here.root.rglob("*.md")}
    assert sorted(files.values()) == sorted(path.read_bytes() for path in (shared / "seeds").iterdir())
