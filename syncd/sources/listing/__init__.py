"""arXiv's listing pages: their addresses, what a page says, and what a set of pages proves.

bytes -> reader.read -> Page -> assembly.assemble -> Listing (one mailing)
                             -> accounts.recent_accounts, accounts.month_ids (ids only)

It asks for nothing itself and knows neither archive nor clock.
"""

from syncd.sources.listing.accounts import DayAccount, month_ids, recent_accounts
from syncd.sources.listing.assembly import assemble
from syncd.sources.listing.page import Block, Item, Page
from syncd.sources.listing.reader import read
from syncd.sources.listing.urls import catchup_url, following, month_url, new_url, recent_url

__all__ = [
    "Block",
    "DayAccount",
    "Item",
    "Page",
    "assemble",
    "catchup_url",
    "following",
    "month_ids",
    "month_url",
    "new_url",
    "read",
    "recent_accounts",
    "recent_url",
]
