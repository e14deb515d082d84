"""Measured figures that the plans of backfill and diff estimate with (2026, on the range from 2020 on)."""

from __future__ import annotations

PAPERS_A_MAILING = 108
"""Papers of cs.CV a mailing, cross-lists included: 190,000 in 1,755 mailings."""


REVISED = 0.5
"""The share of papers that were revised after their announcement: about 380 requests of 250 for 190,000."""


OAI_PAGE = 2500


OAI_RECORD = 2_200
"""Bytes of one record in arXivRaw."""


API_ENTRY = 2_400


CATCHUP_PAGE = 900_000
