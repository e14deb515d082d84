"""Figures that the plans of backfill and diff estimate with. Each says where it comes from and when."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil

PAPERS_A_MAILING = 108
"""Papers of cs.CV in a mailing, cross-lists included: about 190,000 papers in about 1,755 mailings from January 2020 to 2026."""

REVISED = 0.5
"""Share of papers revised after their announcement: about 380 API requests of 250 papers for those 190,000 (2026)."""

OAI_PAGE = 2500
"""Records in one response of ListRecords, as arXiv's OAI-PMH server sends them in 2026."""

OAI_RECORD = 2_200
"""Bytes of one record in arXivRaw. An estimate of November 2026: three records fetched in August 2026 have 2.6 to 3.6 kB."""

API_ENTRY = 2_400
"""Bytes of one entry of the API. An estimate of November 2026: three entries fetched in August 2026 have 2.1 to 2.3 kB."""

CATCHUP_PAGE = 900_000
"""Bytes of one catchup page. An estimate of November 2026 for large mailings: that of 7 April 2021 has 232 kB for 95 papers."""

MONTH_PAGES = ceil(PAPERS_A_MAILING * 21 / 2000)
"""Pages of a month listing: 21 mailings a month, and 2,000 papers on a page, the largest `show` that arXiv takes."""


def estimate_records(since: date, now: date) -> int:
    """Return about how many records were modified from the day `since` on, until now: at least 1."""
    # A fifth of a week more: the mailing of today is not out yet, and its papers are modified already.
    weeks = (now - since) / timedelta(days=7) + 1 / 5
    return max(ceil(weeks * 5 * PAPERS_A_MAILING), 1)
