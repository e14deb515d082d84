"""The tables of harvests of bulk metadata: how far they came, and what is not in the other tables yet.

It must not hold a query. Only commands that ask for these tables import it.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Named, String, Table, Text, TypedColumns

from syncd.archive.sql.column_types import UtcDateTime
from syncd.archive.sql.schema import METADATA, check_sha256


class _HarvestColumns(TypedColumns):
    key: Named[str] = Column(String(255), primary_key=True)
    first_from: Named[date] = Column()
    until: Named[date | None] = Column()
    token: Named[str | None] = Column(Text, comment="Asks for the next page.")
    reached: Named[date | None] = Column(comment="Newest datestamp of the last page.")
    pages: Named[int] = Column()
    records: Named[int] = Column()
    updated: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    done: Named[bool] = Column()


HARVEST = Table("syncd_harvest", METADATA, _HarvestColumns, comment="The progress of a harvest of bulk metadata.")


class _HarvestedPageColumns(TypedColumns):
    replica: Named[str] = Column(String(36), primary_key=True, comment="The folder whose vault keeps the response.")
    sha256: Named[str] = Column(String(64), primary_key=True, comment="SHA-256 of the response.")
    received: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    modified_from: Named[date] = Column(comment="No record in it was modified before this day (UTC).")
    modified_until: Named[date] = Column(comment="No record in it was modified after this day (UTC).")


HARVESTED_PAGE = Table(
    "syncd_harvested_page",
    METADATA,
    _HarvestedPageColumns,
    check_sha256("sha256"),
    comment="A response of bulk metadata whose records are not in the tables yet. Its row goes when they are.",
)
