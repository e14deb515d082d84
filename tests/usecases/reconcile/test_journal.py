"""Test the journal of mailings in the vault: what was written comes back exactly, and nothing else is taken for it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.core.errors import FolderError
from syncd.core.model import Certainty, Digest, Section
from syncd.usecases.reconcile import journal
from syncd.usecases.reconcile.journal import (
    LatestRecord,
    list_accounts,
    list_receipts,
    read_latest,
    record_in_journal,
)
from syncd.usecases.reconcile.stored_texts import restore_digests
from tests.support.sound_archive import DAY, DAYS, LISTED, PLAIN, Held, copied, held_digest

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Receipt
    from syncd.usecases.workspace import Workspace


@pytest.fixture
def held(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Held:
    return copied(tmp_path_factory, tmp_path / "held")


def record_of(work: Workspace, day: date) -> MailingRecord:
    """Return what the rows hold of a date."""
    row = work.store.mailing(day)
    assert row is not None
    return row, held_digest(work, day)


def read_newest(work: Workspace, receipt: Receipt) -> list[MailingRecord]:
    """Return the mailings kept together under the newest receipt, with their texts."""
    accounts = list(list_accounts(work.vault))[-len(work.vault.get(receipt.sha256).splitlines()) :]
    restored = restore_digests(work.vault, accounts)
    return [(account.mailing, digest) for account, digest in restored if isinstance(digest, Digest)]


def keep_in_journal(work: Workspace, body: bytes) -> None:
    """Put bytes into the vault as if they were a part of the journal."""
    work.vault.put(kind=journal.KIND, url="syncd:placed/x", status=0, headers=(), body=body, received=work.wall())


def test_every_mailing_that_was_written_is_in_the_journal(held: Held) -> None:
    with held.open() as work:
        assert read_latest(work.vault) == {day: LatestRecord(record_of(work, day)[0]) for day in DAYS}


def test_a_record_comes_back_with_every_field(held: Held) -> None:
    with held.open() as work:
        row, digest = record_of(work, LISTED)
        first, second, *others = digest.entries
        first = replace(first, certainty=Certainty.BOUNDED, version=None, title="Ünïcode\u2028 & <b>")
        second = replace(second, section=Section.CROSS, version=3)
        row = replace(row, response=None, new=3, cross=3, recorded=datetime(2021, 4, 9, 1, 2, 3, 456789, tzinfo=UTC))
        digest = replace(digest, entries=(first, second, *others), tail=1)
        record_in_journal(work, [(replace(row, tail=1), digest)])
        *_, receipt = list_receipts(work.vault)
        assert read_newest(work, receipt) == [(replace(row, tail=1), digest)]


def test_the_journal_is_no_response_and_keeps_its_texts_as_utf_8(held: Held) -> None:
    with held.open() as work:
        row, digest = record_of(work, LISTED)
        first, *others = digest.entries
        record_in_journal(work, [(row, replace(digest, entries=(replace(first, title="Ünïcode"), *others)))])
        *_, receipt = list_receipts(work.vault)
        assert (receipt.status, receipt.headers) == (0, ())
        assert "Ünïcode".encode() in work.vault.get(receipt.sha256)


def test_several_mailings_are_kept_under_one_receipt(held: Held) -> None:
    with held.open() as work:
        before = len(list(list_receipts(work.vault)))
        records = [record_of(work, day) for day in DAYS]
        record_in_journal(work, records)
        receipts = list(list_receipts(work.vault))
        assert len(receipts) == before + 1
        assert read_newest(work, receipts[-1]) == records
        assert receipts[-1].url == f"syncd:placed/{min(DAYS)}/{max(DAYS)}"


def test_no_mailing_leaves_no_receipt(held: Held) -> None:
    with held.open() as work:
        before = list(list_receipts(work.vault))
        record_in_journal(work, [])
        assert list(list_receipts(work.vault)) == before


def test_the_latest_record_holds_the_hashes_of_older_texts_oldest_first(held: Held) -> None:
    with held.open() as work:
        row, digest = record_of(work, DAY)
        for sha in ("1" * 64, "2" * 64):
            record_in_journal(work, [(replace(row, sha256=sha), digest)])
        assert read_latest(work.vault)[DAY] == LatestRecord(replace(row, sha256="2" * 64), (row.sha256, "1" * 64))


def test_latest_records_ascend_by_date(held: Held) -> None:
    with held.open() as work:
        record_in_journal(work, [record_of(work, PLAIN)])
        assert list(read_latest(work.vault)) == list(DAYS)


def test_only_receipts_of_the_journal_are_read(held: Held) -> None:
    with held.open() as work:
        kinds = {receipt.kind for receipt in work.vault.receipts()}
        assert kinds > {journal.KIND}
        assert {receipt.kind for receipt in list_receipts(work.vault)} == {journal.KIND}


@pytest.mark.parametrize("body", [b"no json", b"[]", b"{}", b'{"format": 1}', b'"text"'])
def test_a_record_that_cannot_be_understood_is_an_error(held: Held, body: bytes) -> None:
    with held.open() as work:
        keep_in_journal(work, body)
        with pytest.raises(FolderError, match="the journal of x cannot be read: not one"):
            read_latest(work.vault)


@pytest.mark.parametrize("form", [0, 3])
def test_a_record_of_another_format_is_an_error(held: Held, form: int) -> None:
    with held.open() as work:
        receipt = next(list_receipts(work.vault))
        (line, *_) = work.vault.get(receipt.sha256).splitlines()
        keep_in_journal(work, json.dumps(json.loads(line) | {"format": form}).encode())
        with pytest.raises(FolderError, match="the journal of x cannot be read: not one"):
            read_latest(work.vault)
