"""Find what the vault's journal says of a date: the account from which its rows can be written again.

This module reads the vault alone, and only at need. Where no vault is kept, or another host keeps it, there is no account.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syncd.archive.files.vault import raise_passing
from syncd.core import digest as digests
from syncd.core.digest.form import to_bytes
from syncd.core.digest.hashing import sha256 as hash_bytes
from syncd.core.errors import FolderError
from syncd.core.model import Digest
from syncd.usecases.reconcile import journal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from syncd.archive.files.vault import Vault
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.core.model import Receipt
    from syncd.usecases.reconcile.journal import Account

_PAGES = 2
"""How many parts of the journal are kept in memory. A part has up to fifty mailings, and dates are asked for in order."""


@dataclass(slots=True)
class Accounts:
    """The accounts of a vault, for as long as one command needs them. The list of receipts is read once.

    Those `is_for_change` raise the FolderError of a disk that does not give a part now: without that part, less would be
    recorded of a date than is kept.
    """

    vault: Vault
    is_for_change: bool = False
    _receipts: list[tuple[date, date, Receipt]] | None = None
    _pages: OrderedDict[str, tuple[Account, ...]] = field(default_factory=OrderedDict)

    def find_latest(self, day: date) -> Account | None:
        """Return what was last recorded of the day. None without an account."""
        return next(iter([*self._list_accounts(day)][-1:]), None)

    def find_fullest(self, day: date, sha256: str) -> Account | None:
        """Return the account of the digest with this hash that knows most, None without one."""
        accounts = (one for one in self._list_accounts(day) if one.mailing.sha256 == sha256)
        best = max(enumerate(accounts), key=lambda one: (one[1].knowledge, one[0]), default=(0, None))
        return best[1]

    def restore(self, account: Account, file: bytes | None, from_file: Digest | None = None) -> MailingRecord | None:
        """Return the mailing of an account with its texts, from a file of these very bytes, else from the kept responses.

        `from_file` is the digest in the file where it is parsed already. None where a response that held a text is lost.
        """
        # Only damage needs this, and it brings the readers of all sources.
        from syncd.usecases.reconcile.stored_texts import complete_account, restore_digests

        wanted = account.mailing.sha256
        if file is not None and hash_bytes(file) == wanted:
            is_parsed = from_file is not None and from_file.category == account.category
            parsed = from_file if is_parsed else digests.read(file, account.category).digest
            digest = None if parsed is None else complete_account(account, parsed)
        else:
            digest = None
            with self._passing_over():
                ((_, restored),) = restore_digests(self.vault, [account])
                digest = restored if isinstance(restored, Digest) else None
        is_true = digest is not None and hash_bytes(to_bytes(digest)) == wanted
        return (account.mailing, digest) if digest is not None and is_true else None

    def _list_accounts(self, day: date) -> Iterator[Account]:
        """Yield the accounts of the day, oldest first. A part of the journal that is damaged is passed over."""
        if self._receipts is None:
            listed: list[Receipt] = []
            with self._passing_over():
                listed += journal.list_receipts(self.vault, self._pass_over)
            self._receipts = [(*journal.get_span(one), one) for one in listed]
        for first, last, receipt in self._receipts:
            if first <= day <= last:
                yield from (account for account in self._read(receipt) if account.mailing.day == day)

    def _read(self, receipt: Receipt) -> tuple[Account, ...]:
        if receipt.sha256 not in self._pages:
            accounts: list[Account] = []
            with self._passing_over():
                accounts += journal.read_accounts(self.vault, receipt)
            self._pages[receipt.sha256] = tuple(accounts)
            while len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        return self._pages[receipt.sha256]

    @contextmanager
    def _passing_over(self) -> Iterator[None]:
        try:
            yield
        except FolderError as error:
            self._pass_over(error)

    def _pass_over(self, error: FolderError) -> None:
        """Leave the error to `check --full`, which reports it, unless a change must not be made without what is there."""
        if self.is_for_change:
            raise_passing(error)
