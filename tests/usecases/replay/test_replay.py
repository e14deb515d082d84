"""An archive rebuilt from its vault alone, and held against it: the same bytes for every file, and nothing taken for granted."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from syncd.core import digest as digests
from syncd.core import mailing
from syncd.core.digest.hashing import sha256
from syncd.core.errors import ArchiveMissing
from syncd.core.model import State
from syncd.core.reconcile import Cause, Choice, decide
from syncd.core.results import Done
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.progress import RunControl
from syncd.usecases.reconcile import day_state, journal
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.replay.replay import replay
from syncd.usecases.replay.verify import prove
from syncd.usecases.upstream import UpstreamAccess
from syncd.usecases.workspace import Access
from tests.support.command_line import Shell
from tests.support.generated_history import grown_history
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from syncd.core.model import Digest, Mailing
    from syncd.core.results import Comparison, Run

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]
Held = dict[date, tuple["Mailing", "Digest"]]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path / "here", noon(LAST)) as made:
        yield made


@pytest.fixture
def mixed(here: World, tmp_path: Path) -> World:
    """Four mailings inferred from metadata, one adopted with a short tail, one adopted and then listed, three listed."""
    with world(tmp_path / "other", noon(LAST)) as other, other.open() as work:
        sync.sync(work, other.upstream, DAYS)
        for day in DAYS[4:6]:
            held = work.store.digest(day)
            assert held is not None
            first, *others = held.entries
            held = replace(held, entries=(replace(first, abstract="As it read on that day."), *others))
            (tmp_path / f"{day}.txt").write_bytes(digests.render(replace(held, tail=1)))
    with here.open() as work:
        adopt(work, [tmp_path / f"{day}.txt" for day in DAYS[4:6]])
        backfill(work, UpstreamAccess(here, here.upstream, RunControl()), BackfillRequest(DAYS[0], DAYS[3], "oai"))
        sync.sync(work, here.upstream, DAYS[5:])
    assert all(here.file(day).is_file() for day in DAYS)
    return here


def files(here: World) -> dict[str, bytes]:
    root = here.folder / "archive"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.md"))}


def rows(here: World) -> Held:
    with here.open(Access.READ) as work:
        found = work.store.mailings()
        return {digest.day: (found[digest.day], digest) for digest in work.store.digests()}


def lose(here: World, *, folder: bool = True) -> None:
    """Everything but the vault is gone."""
    for path in here.folder.glob("syncd.db*"):
        path.unlink()
    if folder:
        shutil.rmtree(here.folder / "archive")


def replayed(here: World, days: Sequence[date] = (), **options: Any) -> Run:
    with here.open(Access.REBUILD) as work:
        return replay(work, days, **options)


def proven(here: World, days: Sequence[date] = ()) -> Comparison:
    with here.open(Access.READ) as work:
        return prove(work, days)


def codes(found: Comparison) -> set[tuple[date, str]]:
    return {(change.day, change.code) for change in found.changes}


def execute(here: World, statement: str, **values: object) -> None:
    with here.open() as work, work.database.write() as connection:
        connection.execute(sa.text(statement), values)


# Rebuilding


def test_everything_but_the_vault_may_be_lost_and_comes_back_byte_for_byte(mixed: World) -> None:
    before, known = files(mixed), rows(mixed)
    states = {mailing.state for mailing, _ in known.values()}
    assert states == {State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED}
    lose(mixed)
    mixed.asked.clear()
    outcomes = replayed(mixed).days
    assert {one.day for one in outcomes if one.action is Done.RESTORED} == set(DAYS)
    assert files(mixed) == before
    assert rows(mixed) == known
    assert mixed.asked == []


def test_a_rebuilt_archive_has_its_history_and_the_papers_as_last_seen(mixed: World) -> None:
    with mixed.open() as work:
        papers, told = list(work.store.papers()), work.store.history(DAYS[5])
        versions = work.store.get_version_texts([paper.record.id for paper in papers])
    lose(mixed)
    replayed(mixed)
    with mixed.open() as work:
        assert {paper.record.id for paper in work.store.papers()} >= {paper.record.id for paper in papers}
        assert work.store.get_version_texts([paper.record.id for paper in papers]) == versions
        assert [(event.state, event.sha256) for event in work.store.history(DAYS[5])] == [
            (event.state, event.sha256) for event in told if event.sha256
        ]


def test_a_second_replay_has_nothing_to_do(mixed: World) -> None:
    lose(mixed)
    replayed(mixed)
    assert replayed(mixed).days == ()


def test_a_rebuilt_archive_needs_no_repair_and_asks_for_nothing(mixed: World) -> None:
    lose(mixed)
    replayed(mixed)
    with mixed.open() as work:
        assert repair(work).days == ()
    assert proven(mixed).changes == ()


def test_files_that_outlived_the_database_are_registered_and_an_edited_one_is_left_to_its_person(mixed: World) -> None:
    before = files(mixed)
    edited = mixed.file(DAYS[1])
    lose(mixed, folder=False)
    edited.write_bytes(edited.read_bytes().replace(b"  [ :arrow", b" by Hand  [ :arrow", 1))
    changed = edited.read_bytes()
    with mixed.open(Access.REBUILD) as work:  # later than the edit, so that a quick check trusts the stats it finds
        later = replace(work, wall=lambda: datetime.now(UTC) + timedelta(hours=1))
        outcomes = {one.day: one for one in replay(later).days}
    assert outcomes[DAYS[0]].action is Done.REGISTERED
    assert outcomes[DAYS[1]].action is Done.NONE
    assert "--accept-file" in outcomes[DAYS[1]].note
    assert edited.read_bytes() == changed
    with mixed.open() as work:
        action = decide(day_state.read_day(work, DAYS[1]).state)
        assert action is not None
        assert action.cause is Cause.EDITED
        assert (DAYS[1], "file-edited") in {(one.day, one.code) for one in check(work, Scope()).problems}
        repair(work, [DAYS[1]], Choice.RESTORE)
    assert files(mixed) == before


def test_damaged_rows_come_back_and_sound_ones_are_left_alone(mixed: World) -> None:
    known = rows(mixed)
    execute(mixed, "UPDATE entry SET title = 'Damaged' WHERE day = :day", day=str(DAYS[2]))
    execute(mixed, "DELETE FROM entry WHERE day = :day", day=str(DAYS[6]))
    outcomes = replayed(mixed).days
    assert [one.day for one in outcomes] == [DAYS[2], DAYS[6]]
    assert rows(mixed) == known


def test_a_database_of_last_week_catches_up_with_what_the_vault_has_seen_since(here: World, tmp_path: Path) -> None:
    with here.open() as work:
        sync.sync(work, here.upstream, DAYS[:4])
        held = work.store.digest(DAYS[0])
        assert held is not None
        shorter = tmp_path / "one-paper-less.md"
        shorter.write_bytes(digests.render(replace(held, day=DAYS[4], tail=1)))
        adopt(work, [shorter])
    for path in here.folder.glob("syncd.db*"):
        shutil.copy(path, here.folder / f"old-{path.name}")
    with here.open() as work:
        row, digest = work.store.mailing(DAYS[4]), work.store.digest(DAYS[4])
        assert row is not None
        assert digest is not None
        write_mailing(work, digest, Provenance(State.COMPLETE, "catchup", "said so later", row.response))
        sync.sync(work, here.upstream, DAYS[5:])
    known = rows(here)
    lose(here, folder=False)
    for path in here.folder.glob("old-*"):
        path.rename(here.folder / path.name.removeprefix("old-"))
    replayed(here)
    assert rows(here) == known


def test_an_edit_that_a_person_accepted_comes_back_as_accepted(here: World) -> None:
    with here.open() as work:
        sync.sync(work, here.upstream, [LAST])
        held = work.store.digest(LAST)
        assert held is not None
        first, *others = held.entries
        text = digests.render(replace(held, entries=(replace(first, title="By hand"), *others)))
        here.file(LAST).write_bytes(text)
        repair(work, [LAST], Choice.ACCEPT_FILE)
        row, digest = work.store.mailing(LAST), work.store.digest(LAST)
        assert row is not None
        assert digest is not None
        journal.record_in_journal(work, [(row, digest)])
    assert codes(proven(here)) == set()
    lose(here)
    replayed(here)
    assert here.file(LAST).read_bytes() == text


def test_given_dates_are_rebuilt_alone_and_unknown_ones_are_told(mixed: World) -> None:
    lose(mixed)
    rebuilt, unknown = replayed(mixed, [DAYS[3], date(2026, 1, 5)]).days
    assert (rebuilt.day, rebuilt.action) == (DAYS[3], Done.RESTORED)
    assert unknown.error is not None
    assert unknown.error.code == "out-of-reach"
    assert list(files(mixed)) == [f"2026/{DAYS[3]}.md"]


def test_a_dry_run_names_the_days_and_writes_nothing(mixed: World) -> None:
    lose(mixed)
    planned = replayed(mixed, dry_run=True).days
    assert {(one.day, one.action) for one in planned} == {(day, Done.PLANNED) for day in DAYS}
    assert files(mixed) == {}


def test_without_a_vault_there_is_nothing_to_rebuild_from(here: World) -> None:
    with here.open() as work, pytest.raises(ArchiveMissing):
        replay(work)
    with here.open() as work, pytest.raises(ArchiveMissing):
        prove(work)


@pytest.mark.parametrize("step", ["row", "file"])
def test_a_kill_between_two_steps_heals_on_the_next_replay(mixed: World, step: str) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == step:
            raise Killed

    before = files(mixed)
    lose(mixed)
    with mixed.open(Access.REBUILD, steps=kill) as work, pytest.raises(Killed):
        replay(work)
    replayed(mixed)
    assert files(mixed) == before


def forget_accounts(here: World) -> None:
    """A vault of the time before accounts were kept."""
    for path in (here.folder / "vault" / "receipts").rglob("*.json"):
        if '"placed"' in path.read_text(encoding="utf-8"):
            path.unlink()


def test_a_vault_without_accounts_gives_back_listed_and_adopted_mailings(mixed: World) -> None:
    before = files(mixed)
    forget_accounts(mixed)
    lose(mixed)
    replayed(mixed)
    listed = {f"2026/{day}.md" for day in DAYS[4:]}
    assert files(mixed) == {path: data for path, data in before.items() if path in listed}
    with mixed.open() as work:
        assert [work.report(day).state for day in DAYS[4:6]] == [State.ADOPTED, State.COMPLETE]


def test_parts_of_one_mailing_are_put_together_again(here: World) -> None:
    here.server.catchup_page = 2
    with here.open() as work:
        sync.sync(work, here.upstream, DAYS[2:4])
    before = files(here)
    forget_accounts(here)
    lose(here)
    replayed(here)
    assert files(here) == before


def test_an_empty_day_is_learnt_again(here: World) -> None:
    here.overrides["archive.since"] = "2026-06-29"
    with here.open() as work:
        sync.sync(work, here.upstream)
        evidence = work.report(date(2026, 6, 29)).evidence
    lose(here)
    replayed(here)
    with here.open() as work:
        report = work.report(date(2026, 6, 29))
    assert report.state is State.NO_MAILING
    assert "later mailings exist" in report.evidence
    assert "later mailings exist" in evidence


# Proving


def test_an_archive_equals_its_raw_responses_and_says_what_it_cannot_prove(mixed: World) -> None:
    found = proven(mixed)
    assert found.changes == ()
    assert found.days == len(DAYS)
    assert found.not_compared == ()


def test_a_text_announced_long_before_its_page_was_read_is_proven_by_the_version_asked_for(tmp_path: Path) -> None:
    since, until = date(2026, 5, 4), date(2026, 7, 2)
    closed = mailing.calendar().missing
    with world(tmp_path, noon(until), grown_history(Random(3), since, until, 12, closed=closed)) as late:
        with late.open() as work:
            backfill(work, UpstreamAccess(late, late.upstream, RunControl()), BackfillRequest(since, until))
        assert any(asked.startswith("/api") for asked in late.asked)
        assert proven(late).changes == ()
        for path in sorted((late.folder / "vault" / "receipts").rglob("*.json")):
            if "/api/" in path.read_text(encoding="utf-8"):
                path.unlink()
        assert {code for _, code in codes(proven(late))} == {"abstract-changed"}


def test_every_kind_of_damage_is_found_on_its_day(mixed: World) -> None:
    listed, inferred, adopted = DAYS[7], DAYS[1], DAYS[4]
    for day in (listed, inferred):
        execute(mixed, "UPDATE entry SET abstract = 'Damaged.' WHERE day = :day AND number = 1", day=str(day))
    execute(mixed, "UPDATE mailing SET sha256 = :sha WHERE day = :day", sha="a" * 64, day=str(adopted))
    mixed.file(DAYS[0]).unlink()
    mixed.file(DAYS[6]).write_bytes(mixed.file(DAYS[6]).read_bytes() + b"\n")
    execute(mixed, "DELETE FROM entry WHERE day = :day", day=str(DAYS[8]))
    execute(mixed, "DELETE FROM mailing WHERE day = :day", day=str(DAYS[8]))
    found = codes(proven(mixed))
    assert found >= {
        (listed, "abstract-changed"),
        (listed, "sql-damaged"),
        (inferred, "abstract-changed"),
        (inferred, "sql-damaged"),
        (adopted, "sql-damaged"),
        (adopted, "vault-missing"),
        (DAYS[0], "file-missing"),
        (DAYS[6], "file-edited"),
        (DAYS[8], "row-missing"),
    }
    assert not any(day in {DAYS[2], DAYS[3], DAYS[5]} for day, _ in found)


def test_a_record_rewritten_with_its_history_is_found_by_the_account(mixed: World) -> None:
    execute(mixed, "UPDATE mailing SET evidence = 'hearsay' WHERE day = :day", day=str(DAYS[7]))
    execute(mixed, "UPDATE history SET evidence = 'hearsay' WHERE day = :day", day=str(DAYS[7]))
    assert codes(proven(mixed)) == {(DAYS[7], "sql-damaged")}


def test_rows_changed_together_with_their_hash_are_still_found_by_the_listing(mixed: World) -> None:
    with mixed.open() as work:
        row, digest = work.store.mailing(DAYS[7]), work.store.digest(DAYS[7])
        assert row is not None
        assert digest is not None
        first, *others = digest.entries
        forged = replace(digest, entries=(replace(first, title="Forged"), *others))
        later = row.recorded + timedelta(hours=1)
        forged_sha = sha256(digests.render(forged))
        work.store.put_mailing(replace(row, sha256=forged_sha, recorded=later), forged)
    assert (DAYS[7], "title-changed") in codes(proven(mixed))


def test_a_day_whose_page_left_the_vault_is_not_proven(mixed: World) -> None:
    with mixed.open() as work:
        row = work.store.mailing(DAYS[7])
    assert row is not None
    for path in (mixed.folder / "vault" / "receipts").rglob(f"*-{str(row.response)[:12]}*.json"):
        path.unlink()
    assert codes(proven(mixed)) == {(DAYS[7], "vault-missing")}


def test_given_dates_are_proven_alone(mixed: World) -> None:
    mixed.file(DAYS[0]).unlink()
    assert codes(proven(mixed, [DAYS[1]])) == set()
    assert codes(proven(mixed, [DAYS[0]])) == {(DAYS[0], "file-missing")}


# The command


@pytest.fixture
def syncd(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    now = noon(DAYS[2])
    with Server(small_history(), lambda: now) as server:
        shell = Shell(tmp_path / "shell", capsys, monkeypatch)
        shell.set_up(server, now)
        assert shell("sync").code == 0
        yield shell


def test_the_command_rebuilds_a_lost_archive_and_proves_it(syncd: Shell) -> None:
    before = {path: path.read_bytes() for path in (syncd.folder / "archive").rglob("*.md")}
    for path in syncd.folder.glob("syncd.db*"):
        path.unlink()
    shutil.rmtree(syncd.folder / "archive")
    assert syncd("status").code == 10
    planned = syncd("replay", "--dry-run", "--json")
    assert [day["action"] for day in planned.json["days"]] == ["planned"] * 3
    assert not (syncd.folder / "archive").exists()
    done = syncd("replay", "--json")
    assert done.code == 0
    assert {(day["action"], day["path"]) for day in done.json["days"]} == {
        ("restored", f"2026/{day}.md") for day in DAYS[:3]
    }
    assert {path: path.read_bytes() for path in (syncd.folder / "archive").rglob("*.md")} == before
    proof = syncd("replay", "--verify", "--json")
    assert (proof.code, proof.json["differences"], proof.json["days_compared"]) == (0, [], 3)


def test_a_proof_that_fails_ends_with_one_and_names_the_difference(syncd: Shell) -> None:
    next((syncd.folder / "archive").rglob("*.md")).unlink()
    ended = syncd("replay", "--verify")
    assert ended.code == 1
    assert "file-missing" in ended.out


def test_a_date_that_the_vault_does_not_hold_ends_with_three(syncd: Shell) -> None:
    assert syncd("replay", "2026-01-05").code == 3
