"""An archive verified against its raw responses."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core import mailing
from syncd.core.digest.hashing import sha256
from syncd.core.errors import FolderError
from syncd.usecases.backfill.backfill import BackfillRequest, backfill
from syncd.usecases.progress import RunControl
from syncd.usecases.reconcile import journal
from syncd.usecases.upstream import UpstreamAccess
from tests.support.compared_archive import DAYS
from tests.support.generated_history import grown_history
from tests.support.recorded_archive import execute, list_codes, verify_days
from tests.support.refusing_disk import refuse_files
from tests.support.row_damage import set_text
from tests.support.small_archive import World, noon, world

if TYPE_CHECKING:
    from pathlib import Path


def test_a_sound_archive_equals_its_raw_responses(mixed: World) -> None:
    found = verify_days(mixed)
    assert found.changes == ()
    assert found.days == len(DAYS)
    assert found.not_compared == ()


def test_a_text_announced_long_before_its_page_was_read_is_verified_by_the_version_requested(tmp_path: Path) -> None:
    since, until = date(2026, 6, 8), date(2026, 7, 2)
    closed = mailing.calendar().missing
    with world(tmp_path, noon(until), grown_history(Random(3), since, until, 4, closed=closed)) as late:
        with late.open() as work:
            backfill(work, UpstreamAccess(late, late.upstream, RunControl()), BackfillRequest(since, until))
        assert any(asked.startswith("/api") for asked in late.asked)
        assert verify_days(late).changes == ()
        for path in sorted((late.folder / "vault" / "receipts").rglob("*.json")):
            if "/api/" in path.read_text(encoding="utf-8"):
                path.unlink()
        assert {code for _, code in list_codes(verify_days(late))} == {"abstract-changed"}


def test_every_kind_of_damage_is_found_on_its_day(mixed: World) -> None:
    listed, inferred, adopted = DAYS[7], DAYS[1], DAYS[4]
    for day in (listed, inferred):
        execute(mixed, set_text("abstract", "'Damaged.'", "day = :day AND number = 1"), day=str(day))
    execute(mixed, "UPDATE mailing SET sha256 = :sha WHERE day = :day", sha="a" * 64, day=str(adopted))
    mixed.file(DAYS[0]).unlink()
    mixed.file(DAYS[6]).write_bytes(mixed.file(DAYS[6]).read_bytes() + b"\n")
    execute(mixed, "DELETE FROM entry WHERE day = :day", day=str(DAYS[8]))
    execute(mixed, "DELETE FROM mailing WHERE day = :day", day=str(DAYS[8]))
    found = list_codes(verify_days(mixed))
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


def test_a_row_rewritten_with_its_history_is_found_by_the_journal(mixed: World) -> None:
    execute(mixed, "UPDATE mailing SET evidence = 'hearsay' WHERE day = :day", day=str(DAYS[7]))
    execute(mixed, "UPDATE syncd_history SET evidence = 'hearsay' WHERE day = :day", day=str(DAYS[7]))
    assert list_codes(verify_days(mixed)) == {(DAYS[7], "sql-damaged")}


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
    assert (DAYS[7], "title-changed") in list_codes(verify_days(mixed))


def test_a_day_whose_page_left_the_vault_is_not_verify_days(mixed: World) -> None:
    with mixed.open() as work:
        row = work.store.mailing(DAYS[7])
    assert row is not None
    for path in (mixed.folder / "vault" / "receipts").rglob(f"*-{str(row.response)[:12]}*.json"):
        path.unlink()
    assert list_codes(verify_days(mixed)) == {(DAYS[7], "vault-missing")}


def test_a_lost_page_of_metadata_is_reported_once_for_each_day_that_has_texts_of_it(mixed: World) -> None:
    (page,) = (
        path
        for path in (mixed.folder / "vault" / "objects").rglob("*.gz")
        if b"<OAI-PMH" in gzip.decompress(path.read_bytes())[:2000]
    )
    page.unlink()
    found = verify_days(mixed).changes
    assert [(change.day, change.code) for change in found] == [(day, "vault-missing") for day in DAYS[:4]]
    assert f"response {page.name[:12]} is lost, and with it the text of " in found[0].detail


def test_a_damaged_part_of_the_journal_is_reported_for_the_days_it_had(mixed: World) -> None:
    with mixed.open() as work:
        (receipt,) = (one for one in journal.list_receipts(work.vault) if str(DAYS[8]) in one.url)
    (mixed.folder / "vault" / "objects" / receipt.sha256[:2] / f"{receipt.sha256}.gz").unlink()
    assert list_codes(verify_days(mixed)) == {(DAYS[8], "vault-damaged")}


def test_only_given_dates_are_verified(mixed: World) -> None:
    mixed.file(DAYS[0]).unlink()
    assert list_codes(verify_days(mixed, [DAYS[1]])) == set()
    assert list_codes(verify_days(mixed, [DAYS[0]])) == {(DAYS[0], "file-missing")}


@pytest.mark.parametrize("part", ["vault/receipts", "vault/objects", "archive"])
def test_what_the_disk_does_not_give_now_is_no_difference(mixed: World, part: str) -> None:
    with refuse_files(mixed.folder / part), pytest.raises(FolderError, match="does not give it now"):
        verify_days(mixed)
