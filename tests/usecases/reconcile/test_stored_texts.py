"""Test that the journal names the texts of kept responses, and that a mailing gets them back or a plain word of what is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.usecases.reconcile.journal import Origin, hash_text, list_accounts, record_in_journal
from syncd.usecases.reconcile.stored_texts import complete_account, restore_digests
from tests.support.sound_archive import DAY, PLAIN, Held, copied, held_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.core.model import Digest, PaperId
    from syncd.usecases.reconcile.journal import Account
    from syncd.usecases.workspace import Workspace


@pytest.fixture
def work(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Workspace]:
    held: Held = copied(tmp_path_factory, tmp_path / "held")
    with held.open() as opened:
        yield opened


def keep_body(work: Workspace, body: bytes) -> str:
    """Keep bytes in the vault and return their hash."""
    kept = work.vault.put(kind="response", url="x", status=200, headers=(), body=body, received=work.wall())
    assert kept is not None
    return kept


def record_with_origins(work: Workspace, digest: Digest, *responses: str) -> Account:
    """Record a mailing whose texts all stand in these responses, and return its account."""
    row = work.store.mailing(digest.day)
    assert row is not None
    origins: dict[PaperId, Origin] = {
        entry.id: Origin(responses, hash_text(entry.title, entry.abstract)) for entry in digest.entries
    }
    record_in_journal(work, [(row, digest)], {digest.day: origins})
    return list(list_accounts(work.vault, [digest.day]))[-1]


def restore(work: Workspace, account: Account) -> Digest | FolderError:
    """Return what the vault gives back of an account."""
    ((_, restored),) = restore_digests(work.vault, [account])
    return restored


def test_a_text_in_a_kept_response_is_named_and_comes_back(work: Workspace) -> None:
    digest = held_digest(work, DAY)
    account = record_with_origins(work, digest, keep_body(work, digests.render(digest)))
    assert not any(entry.text for entry in account.entries)
    assert restore(work, account) == digest


def test_a_text_is_found_in_any_of_the_responses_that_may_hold_it(work: Workspace) -> None:
    digest = held_digest(work, DAY)
    others = keep_body(work, b"<OAI-PMH"), keep_body(work, digests.render(held_digest(work, PLAIN)))
    assert restore(work, record_with_origins(work, digest, *others, keep_body(work, digests.render(digest)))) == digest


def test_another_text_than_the_named_one_stands_in_the_journal_itself(work: Workspace) -> None:
    digest = held_digest(work, DAY)
    kept = keep_body(work, digests.render(digest))
    row, first = work.store.mailing(DAY), digest.entries[0]
    assert row is not None
    edited = replace(digest, entries=(replace(first, abstract="Another text."), *digest.entries[1:]))
    origins = {one.id: Origin((kept,), hash_text(one.title, one.abstract)) for one in digest.entries}
    record_in_journal(work, [(row, edited)], {DAY: origins})
    account = list(list_accounts(work.vault, [DAY]))[-1]
    assert [entry.text for entry in account.entries][:2] == [(first.title, "Another text."), None]
    assert restore(work, account) == edited


def test_a_lost_response_is_named_with_what_it_takes_along(work: Workspace) -> None:
    digest = held_digest(work, DAY)
    lost = record_with_origins(work, digest, "ab" * 32)
    kept = record_with_origins(
        work, held_digest(work, PLAIN), keep_body(work, digests.render(held_digest(work, PLAIN)))
    )
    (_, error), (_, other) = restore_digests(work.vault, [lost, kept])
    assert other == held_digest(work, PLAIN)
    assert isinstance(error, FolderError)
    count, first = len(digest.entries), digest.entries[0].id
    assert error.detail == (
        "response abababababab of the vault is lost (not in the vault), "
        f"and with it the text of {count} papers, e.g. {first}"
    )


def test_a_response_that_reads_otherwise_than_it_did_is_named(work: Workspace) -> None:
    digest = held_digest(work, DAY)
    error = restore(work, record_with_origins(work, digest, keep_body(work, digests.render(held_digest(work, PLAIN)))))
    assert isinstance(error, FolderError)
    assert "it reads otherwise now" in error.detail


def test_a_file_with_the_recorded_bytes_completes_an_account(work: Workspace) -> None:
    digest = held_digest(work, DAY)
    account = record_with_origins(work, digest, "ab" * 32)
    read = digests.parse(digests.render(digest)).digest
    assert read is not None
    assert complete_account(account, read) == digest
    assert complete_account(account, held_digest(work, PLAIN)) is None
