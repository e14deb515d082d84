"""An archive rebuilt from its vault alone: the same bytes for every file."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.vault import FolderVault
from syncd.core import digest as digests
from syncd.core.errors import ArchiveMissing, FolderError
from syncd.core.model import Certainty, Finding, State
from syncd.core.reconcile import Cause, Choice, decide
from syncd.core.results import Done
from syncd.usecases.backfill.harvest import get_key
from syncd.usecases.ingest import sync
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile import day_state, journal
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.stored_texts import restore_digests
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.replay.replay import replay
from syncd.usecases.replay.verify import verify
from syncd.usecases.workspace import Access
from tests.support.compared_archive import DAYS, LAST
from tests.support.recorded_archive import (
    delete_all_but_vault,
    delete_database,
    execute,
    list_codes,
    read_files,
    read_rows,
    replay_days,
    verify_days,
)
from tests.support.refusing_disk import refuse_files
from tests.support.row_damage import set_text
from tests.support.small_archive import noon

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.small_archive import World


def read_harvest(here: World) -> tuple[date, date | None] | None:
    with here.open() as work:
        found = work.store.harvest(get_key(work))
    return None if found is None else (found.first_from, found.until)


def test_an_archive_of_which_only_the_vault_is_left_comes_back_byte_for_byte(mixed: World) -> None:
    before, known, harvested = read_files(mixed), read_rows(mixed), read_harvest(mixed)
    assert harvested is not None
    states = {mailing.state for mailing, _ in known.values()}
    assert states == {State.COMPLETE, State.ADOPTED, State.RECONSTRUCTED}
    delete_all_but_vault(mixed)
    mixed.asked.clear()
    outcomes = replay_days(mixed).days
    assert {one.day for one in outcomes if one.action is Done.RESTORED} == set(DAYS)
    assert read_files(mixed) == before
    assert read_rows(mixed) == known
    assert read_harvest(mixed) == harvested
    assert [one.source for one in outcomes if one.action is Done.REGISTERED] == ["oai"]
    assert mixed.asked == []


def test_rows_that_know_less_than_the_vault_are_bettered(mixed: World) -> None:
    before, last = read_rows(mixed), DAYS[-1]
    with mixed.open() as work:
        row, digest = work.store.mailing(last), work.store.digest(last)
        assert row is not None
        assert digest is not None
        entries = tuple(replace(e, section=None, version=None, certainty=Certainty.ADOPTED) for e in digest.entries)
        poor = replace(row, state=State.ADOPTED, new=None, cross=None, recorded=row.recorded + timedelta(hours=1))
        poorer = poor, replace(digest, entries=entries)
        journal.record_in_journal(work, [poorer])
        work.store.put_mailing(*poorer)
    assert [one.day for one in replay_days(mixed).days] == [last]
    assert read_rows(mixed) == before
    assert replay_days(mixed).days == ()
    assert verify_days(mixed).changes == ()


def test_a_rebuilt_archive_has_its_history_and_the_papers_as_last_seen(mixed: World) -> None:
    with mixed.open() as work:
        papers, history = list(work.store.papers()), work.store.history(DAYS[5])
        versions = work.store.get_version_texts([paper.record.id for paper in papers])
    delete_all_but_vault(mixed)
    replay_days(mixed)
    with mixed.open() as work:
        assert {paper.record.id for paper in work.store.papers()} >= {paper.record.id for paper in papers}
        assert work.store.get_version_texts([paper.record.id for paper in papers]) == versions
        assert [(event.state, event.sha256) for event in work.store.history(DAYS[5])] == [
            (event.state, event.sha256) for event in history if event.sha256
        ]


def test_a_rebuilt_archive_has_what_was_stated_of_its_papers(mixed: World) -> None:
    with mixed.open() as work:
        before = {one.record.id: (one.record.metadata, one.record.versions, one.source) for one in work.store.papers()}
    delete_all_but_vault(mixed)
    replay_days(mixed)
    with mixed.open() as work:
        after = {one.record.id: (one.record.metadata, one.record.versions, one.source) for one in work.store.papers()}
    assert len(before) > 20
    assert {paper: after[paper] for paper in before} == before


def test_a_second_replay_has_nothing_to_do(mixed: World) -> None:
    delete_all_but_vault(mixed)
    replay_days(mixed)
    assert replay_days(mixed).days == ()


def test_a_rebuilt_archive_needs_no_repair(mixed: World) -> None:
    delete_all_but_vault(mixed)
    replay_days(mixed)
    with mixed.open() as work:
        assert repair(work).days == ()
    assert verify_days(mixed).changes == ()


def test_files_that_outlived_the_database_are_registered_and_an_edited_one_is_left_unchanged(mixed: World) -> None:
    before = read_files(mixed)
    edited = mixed.file(DAYS[1])
    delete_database(mixed)
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
    assert read_files(mixed) == before


def test_damaged_rows_come_back_and_sound_ones_are_left_alone(mixed: World) -> None:
    known = read_rows(mixed)
    execute(mixed, set_text("title", "'Damaged'", "day = :day"), day=str(DAYS[2]))
    execute(mixed, "DELETE FROM entry WHERE day = :day", day=str(DAYS[6]))
    outcomes = replay_days(mixed).days
    assert [one.day for one in outcomes] == [DAYS[2], DAYS[6]]
    assert read_rows(mixed) == known


def test_an_older_database_gets_what_the_vault_has_recorded_since(here: World, tmp_path: Path) -> None:
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
    known = read_rows(here)
    delete_database(here)
    for path in here.folder.glob("old-*"):
        path.rename(here.folder / path.name.removeprefix("old-"))
    replay_days(here)
    assert read_rows(here) == known


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
    assert list_codes(verify_days(here)) == set()
    delete_all_but_vault(here)
    replay_days(here)
    assert here.file(LAST).read_bytes() == text


def test_only_given_dates_are_rebuilt_and_unknown_ones_are_refused(mixed: World) -> None:
    delete_all_but_vault(mixed)
    later, saturday = LAST + timedelta(days=1), date(2026, 7, 11)
    mixed.now = noon(later)
    run = replay_days(mixed, [DAYS[3], later, saturday])
    rebuilt, unknown = run.days
    assert [one.day for one in run.skipped] == [saturday]
    assert (rebuilt.day, rebuilt.action) == (DAYS[3], Done.RESTORED)
    assert unknown.error is not None
    assert unknown.day == later
    assert unknown.error.code == "out-of-reach"
    assert list(read_files(mixed)) == [f"2026/{DAYS[3]}.md"]


def test_a_date_of_which_only_an_agreement_is_left_is_refused_with_the_way_out(mixed: World) -> None:
    mixed.sql(
        "INSERT INTO syncd_replica_file (replica, day, agreed) "
        "SELECT replica, '2026-07-11', agreed FROM syncd_replica_file LIMIT 1"
    )
    (refused,) = replay_days(mixed, [date(2026, 7, 11)]).days
    assert refused.error is not None
    assert "move the damaged database away" in refused.error.detail


def test_a_dry_run_names_the_days_and_writes_nothing(mixed: World) -> None:
    delete_all_but_vault(mixed)
    planned = replay_days(mixed, dry_run=True).days
    assert {(one.day, one.action) for one in planned} == {(day, Done.PLANNED) for day in DAYS}
    assert read_files(mixed) == {}


def test_without_a_vault_there_is_nothing_to_rebuild_from(here: World) -> None:
    with here.open() as work, pytest.raises(ArchiveMissing):
        replay(work)
    with here.open() as work, pytest.raises(ArchiveMissing):
        verify(work)


@pytest.mark.parametrize("step", ["row", "file"])
def test_a_replay_killed_between_two_steps_is_completed_by_the_next(mixed: World, step: str) -> None:
    class Killed(BaseException):
        pass

    def kill(name: str) -> None:
        if name == step:
            raise Killed

    before = read_files(mixed)
    delete_all_but_vault(mixed)
    with mixed.open(Access.REBUILD, steps=kill) as work, pytest.raises(Killed):
        replay(work)
    replay_days(mixed)
    assert read_files(mixed) == before


def test_an_empty_day_is_learnt_again(here: World) -> None:
    here.overrides["archive.since"] = "2026-06-29"
    with here.open() as work:
        sync.sync(work, here.upstream)
        evidence = work.report(date(2026, 6, 29)).evidence
    delete_all_but_vault(here)
    replay_days(here)
    with here.open() as work:
        report = work.report(date(2026, 6, 29))
    assert report.state is State.NO_MAILING
    assert "later mailings exist" in report.evidence
    assert "later mailings exist" in evidence


def test_a_dry_run_plans_a_day_of_which_only_the_file_is_missing(mixed: World) -> None:
    mixed.file(DAYS[7]).unlink()
    assert [(one.day, one.action) for one in replay_days(mixed, dry_run=True).days] == [(DAYS[7], Done.PLANNED)]


def test_a_sound_day_has_an_outcome_only_when_it_was_given(mixed: World) -> None:
    assert [(one.day, one.action) for one in replay_days(mixed, [DAYS[7]]).days] == [(DAYS[7], Done.NONE)]
    assert replay_days(mixed).days == ()


def test_a_conflict_stays_recorded_and_other_findings_are_dropped_with_the_restored_rows(mixed: World) -> None:
    states = {DAYS[2]: State.CONFLICT, DAYS[6]: State.FAILED}
    with mixed.open() as work:
        for day, state in states.items():
            work.store.put_finding(Finding(day, state, "catchup", "found by a test", None, None, work.wall()))
    for day in states:
        execute(mixed, "DELETE FROM entry WHERE day = :day", day=str(day))
    replay_days(mixed)
    with mixed.open() as work:
        assert list(work.store.findings()) == [DAYS[2]]


def test_rows_that_are_replaced_are_kept_in_the_vault_first(mixed: World) -> None:
    execute(mixed, set_text("title", "'Damaged'", "day = :day AND number = 1"), day=str(DAYS[7]))
    with mixed.open() as work:
        before = sum(receipt.kind == "candidate" for receipt in work.vault.receipts())
    replay_days(mixed)
    with mixed.open() as work:
        kept = [work.vault.get(one.sha256) for one in work.vault.receipts() if one.kind == "candidate"]
    assert len(kept) == before + 1
    assert b"1.Damaged " in kept[-1]


def test_no_text_that_a_kept_response_holds_is_kept_a_second_time(mixed: World) -> None:
    with mixed.open() as work:
        accounts = list(journal.list_accounts(work.vault))
        latest = {account.mailing.day: account for account in accounts}
        repeated = [(account.mailing.day, entry.text) for account in latest.values() for entry in account.entries]
        restored = {account.mailing.day: digest for account, digest in restore_digests(work.vault, accounts)}
        assert restored == {digest.day: digest for digest in work.store.digests()}
    # The listing that followed an adopted file shows another text of one paper.
    assert [(day, text[1]) for day, text in repeated if text is not None] == [(DAYS[5], "As it read on that day.")]


def list_harvested(here: World) -> list[Path]:
    """Return the objects of the vault that hold pages of bulk metadata."""
    objects = (here.folder / "vault" / "objects").rglob("*.gz")
    return [path for path in objects if b"<OAI-PMH" in gzip.decompress(path.read_bytes())[:2000]]


def test_a_lost_response_is_named_and_the_other_days_come_back(mixed: World) -> None:
    before = read_files(mixed)
    (page,) = list_harvested(mixed)
    page.unlink()
    delete_all_but_vault(mixed)
    outcomes = replay_days(mixed).days
    refused = {one.day: one.error for one in outcomes if one.error is not None}
    assert set(refused) == {None, *DAYS[:4]}
    for day in DAYS[:4]:
        error = refused[day]
        assert error is not None
        assert error.detail.startswith(
            f"response {page.name[:12]} of the vault is lost (not in the vault), and with it the "
        )
    assert read_files(mixed) == {path: data for path, data in before.items() if path[-13:-3] not in map(str, DAYS[:4])}


def test_a_file_with_the_recorded_bytes_stands_in_for_a_lost_response(mixed: World) -> None:
    known = read_rows(mixed)
    (page,) = list_harvested(mixed)
    page.unlink()
    delete_database(mixed)
    outcomes = replay_days(mixed).days
    assert [one.day for one in outcomes if one.error is not None] == [None]
    assert read_rows(mixed) == known


def test_a_damaged_part_of_the_journal_is_named_and_the_other_days_come_back(mixed: World) -> None:
    with mixed.open() as work:
        receipts = [one for one in journal.list_receipts(work.vault) if str(DAYS[8]) in one.url]
    for receipt in receipts:
        (mixed.folder / "vault" / "objects" / receipt.sha256[:2] / f"{receipt.sha256}.gz").write_bytes(b"damaged")
    delete_all_but_vault(mixed)
    outcomes = replay_days(mixed).days
    (error,) = [one.error for one in outcomes if one.error is not None]
    assert error.detail == f"the journal of {DAYS[8]} cannot be read: damaged: it does not decompress"
    assert {one.day for one in outcomes if one.action is Done.RESTORED} == set(DAYS[:8])


def test_a_day_is_replayed_without_any_response_that_it_does_not_name(
    mixed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mixed.open() as work:
        (account,) = journal.list_accounts(work.vault, [DAYS[7]])
        parts = {receipt.sha256 for receipt in journal.list_receipts(work.vault)}
    execute(mixed, "DELETE FROM entry WHERE day = :day", day=str(DAYS[7]))
    read: list[str] = []
    get = FolderVault.get

    def count(vault: FolderVault, sha256: str) -> bytes:
        read.append(sha256)
        return get(vault, sha256)

    monkeypatch.setattr(FolderVault, "get", count)
    assert [one.action for one in replay_days(mixed, [DAYS[7]]).days] == [Done.REGISTERED]
    assert set(read) - parts == account.responses


@pytest.mark.parametrize("kind", ["receipts", "objects"])
def test_nothing_is_rebuilt_while_the_disk_does_not_give_what_the_vault_holds(mixed: World, kind: str) -> None:
    known = read_rows(mixed)
    delete_database(mixed)
    with refuse_files(mixed.folder / "vault" / kind), pytest.raises(FolderError, match="does not give it now"):
        replay_days(mixed)
    assert read_rows(mixed) == {}
    replay_days(mixed)
    assert read_rows(mixed) == known
