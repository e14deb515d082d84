"""arXiv's listing pages: their addresses, what a page says, and what its parts prove together.

bytes -> reader.read -> Page -> assembly.assemble -> Listing (one mailing)
                             -> membership.list_recent_days, membership.month_ids (ids only)

It asks for nothing itself and knows neither archive nor clock. Its modules are imported when they are first used: pages link to
arXiv by these addresses, and the reader of listing pages takes as long to import as 1.5 starts of Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.late_names import import_late

if TYPE_CHECKING:
    from syncd.sources.listing.assembly import assemble
    from syncd.sources.listing.membership import RecentDay, list_recent_days, month_ids
    from syncd.sources.listing.page import Page, PageBlock, PageEntry
    from syncd.sources.listing.reader import read
    from syncd.sources.listing.urls import catchup_url, month_page, month_url, new_url, next_url, recent_url
else:
    __getattr__ = import_late(
        __name__,
        {
            "assembly": "assemble",
            "membership": "RecentDay list_recent_days month_ids",
            "page": "Page PageBlock PageEntry",
            "reader": "read",
            "urls": "catchup_url month_page month_url new_url next_url recent_url",
        },
    )

__all__ = [
    "Page",
    "PageBlock",
    "PageEntry",
    "RecentDay",
    "assemble",
    "catchup_url",
    "list_recent_days",
    "month_ids",
    "month_page",
    "month_url",
    "new_url",
    "next_url",
    "read",
    "recent_url",
]
