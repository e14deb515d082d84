"""What the raw responses in the vault contain: listings joined from their parts, adopted files, bulk metadata, versions.

It reads the vault alone. A response that cannot be parsed is passed over.
"""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.categories import is_same_category
from syncd.core.errors import FolderError, PageError
from syncd.core.values import dataclass
from syncd.sources import api, listing, oai
from syncd.usecases.reconcile.stored_texts import read_metadata

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from syncd.archive.files.vault import OnFault, Vault
    from syncd.core.model import Digest, Listing, Receipt
    from syncd.sources.listing import Page

_HEAD = 2000
"""The bytes of a response in which its root element must begin."""


@dataclass(frozen=True, slots=True)
class ListedMailing:
    """A mailing as its listing pages show it.

    `receipts` are its parts. `is_final` says that its day can gain nothing more.
    """

    listing: Listing
    receipts: tuple[Receipt, ...]
    is_final: bool

    @property
    def received(self) -> datetime:
        """The moment at which the last part was received."""
        return self.receipts[-1].received


@dataclass(frozen=True, slots=True)
class AdoptedFile:
    """A digest file that was adopted."""

    digest: Digest
    receipt: Receipt

    @property
    def received(self) -> datetime:
        """The moment at which the file was adopted."""
        return self.receipt.received


@dataclass(frozen=True, slots=True)
class MetadataPage:
    """A page of bulk metadata."""

    batch: oai.Batch
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class VersionsAnswer:
    """An answer of the API."""

    answer: api.ApiAnswer
    receipt: Receipt


StoredResponse = ListedMailing | AdoptedFile | MetadataPage | VersionsAnswer


def read_responses(
    vault: Vault, category: str, on_fault: OnFault | None = None, *, is_wanted: Callable[[Receipt], bool] = bool
) -> Iterator[StoredResponse]:
    """Yield everything the vault holds from outside, by time received. A listing of several parts comes with its last.

    FolderError at what is missing or damaged. With `on_fault`, call it with the error and go on.
    """
    parts = _ListingParts(category)
    for receipt in vault.receipts(on_fault=on_fault):
        if receipt.kind not in {"response", "adopted"} or not is_wanted(receipt):
            continue
        try:
            body = vault.get(receipt.sha256)
        except FolderError as error:
            if on_fault is None:
                raise
            why = f"the response from {receipt.url} is lost: {error.detail}"
            on_fault(FolderError(why, path=error.path, passing=error.passing, remedy=error.remedy))
            continue
        if receipt.kind == "adopted":
            digest = digests.read(body, category).digest
            if digest is not None and is_same_category(digest.category, category):
                yield AdoptedFile(digests.add_certain_sections(replace(digest, category=category)), receipt)
            continue
        try:
            yield from _parse(body, receipt, parts)
        except PageError:
            continue


def _parse(body: bytes, receipt: Receipt, parts: _ListingParts) -> Iterator[StoredResponse]:
    head = body[:_HEAD]
    if b"<OAI-PMH" in head:
        yield MetadataPage(read_metadata(body), receipt)
    elif b"<feed" in head:
        yield VersionsAnswer(api.read(body), receipt)
    elif b"<rss" not in head:  # no row is made from a feed
        yield from parts.add(listing.read(body), receipt)


@dataclass(slots=True)
class _ListingParts:
    """Parts of listings whose other parts have not been read yet, by the address of the part that comes next."""

    category: str
    waiting: dict[str, list[tuple[Page, Receipt]]] = field(default_factory=dict)

    def add(self, page: Page, receipt: Receipt) -> Iterator[ListedMailing]:
        """Take one part, and yield the mailing if this part completes it."""
        if page.kind not in {"new", "catchup"}:
            return
        # Parts saved by hand have no address that the part before could name: they belong together by kind and day.
        is_saved_by_hand = receipt.url.startswith("file:")
        own = f"{page.kind} {page.day}" if is_saved_by_hand else receipt.url
        group = [*self.waiting.pop(own, []), (page, receipt)]
        following = listing.next_url(page, receipt.url)
        if following is not None:
            self.waiting[own if is_saved_by_hand else following] = group
            return
        pages = [one for one, _ in group]
        found = listing.assemble(pages, self.category, None)
        yield ListedMailing(found, tuple(one for _, one in group), is_final=pages[0].links_next_day)
