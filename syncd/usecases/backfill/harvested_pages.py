"""Find the kept page of bulk metadata that a paper's current text came in.

No table names it. The moment at which the text was seen is that of the page's receipt in the vault.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from syncd.core.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from syncd.core.model import PaperId
    from syncd.usecases.workspace import Workspace

_LISTED = "verb=ListRecords"


@dataclass
class HarvestedPages:
    """The pages of bulk metadata in the vault when they are first asked for."""

    work: Workspace

    def find_pages(self, papers: Collection[PaperId]) -> dict[PaperId, tuple[str, ...]]:
        """Return the vault hashes of the pages that may have brought the current text of each paper, nearly always one.

        A paper whose text came from elsewhere, or whose page is not in the vault, is missing.
        """
        if not papers or not self._pages:
            return {}
        moments = self.work.store.list_moments_seen(papers, "oai")
        return {paper: self._pages[seen] for paper, seen in moments.items() if seen in self._pages}

    @cached_property
    def _pages(self) -> Mapping[datetime, tuple[str, ...]]:
        """The hashes of the pages received in each second."""
        found: dict[datetime, tuple[str, ...]] = {}
        with suppress(ArchiveError):  # pages behind a damaged receipt are not found, so their texts go into the journal
            for receipt in self.work.vault.receipts():
                if receipt.kind == "response" and _LISTED in receipt.url:
                    second = receipt.received.replace(microsecond=0)
                    found[second] = (*found.get(second, ()), receipt.sha256)
        return found
