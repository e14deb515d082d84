"""What the raw responses in the vault say: listings put together from their parts, adopted files, bulk metadata, versions.

It reads the vault alone and asks nobody; a response that cannot be understood (any more) says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core.errors import PageError
from syncd.sources import api, listing, oai

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.archive.files.vault import Vault
    from syncd.core.model import Digest, Listing, Receipt
    from syncd.sources.listing import Page

_HEAD = 2000


@dataclass(frozen=True, slots=True)
class Listed:
    """A mailing as its listing pages show it; `receipts` are its parts, `over` says that its day can gain nothing more."""

    listing: Listing
    receipts: tuple[Receipt, ...]
    over: bool


@dataclass(frozen=True, slots=True)
class Adopted:
    """A digest file that was taken over."""

    digest: Digest
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Metadata:
    """A page of bulk metadata."""

    batch: oai.Batch
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Versions:
    """An answer of the API."""

    answer: api.ApiAnswer
    receipt: Receipt


Response = Listed | Adopted | Metadata | Versions


def responses(vault: Vault, category: str) -> Iterator[Response]:
    """Everything the vault holds from outside, by time received; what only waits for a second part comes with its last."""
    parts = _Parts(category)
    for receipt in vault.receipts():
        if receipt.kind not in {"response", "adopted"}:
            continue
        body = vault.get(receipt.sha256)
        if receipt.kind == "adopted":
            yield from _adopted(body, receipt, category)
            continue
        try:
            yield from _understood(body, receipt, parts)
        except PageError:
            continue


def _adopted(body: bytes, receipt: Receipt, category: str) -> Iterator[Adopted]:
    found = digests.parse(body, category).digest
    if found is not None and found.category == category:
        yield Adopted(digests.with_certain_sections(found), receipt)


def _understood(body: bytes, receipt: Receipt, parts: _Parts) -> Iterator[Response]:
    head = body[:_HEAD]
    if b"<OAI-PMH" in head:
        yield Metadata(oai.read(body), receipt)
    elif b"<feed" in head:
        yield Versions(api.read(body), receipt)
    elif b"<rss" not in head:
        yield from parts.add(listing.read(body), receipt)


class _Parts:
    """Listing pages on their way to being whole mailings: each part is found by the address that the one before it named."""

    def __init__(self, category: str) -> None:
        self._category = category
        self._waiting: dict[str, list[tuple[Page, Receipt]]] = {}

    def add(self, page: Page, receipt: Receipt) -> Iterator[Listed]:
        """The mailing that this part completes, if it does."""
        if page.kind not in {"new", "catchup"}:
            return
        # Parts saved by hand have no such address: they belong together by their kind and day.
        own = f"{page.kind} {page.day}" if receipt.url.startswith("file:") else receipt.url
        group = [*self._waiting.pop(own, []), (page, receipt)]
        following = listing.next_url(page, receipt.url)
        if following is not None:
            self._waiting[own if receipt.url.startswith("file:") else following] = group
            return
        pages = [one for one, _ in group]
        found = listing.assemble(pages, self._category, None)
        yield Listed(found, tuple(one for _, one in group), over=pages[0].continues)
