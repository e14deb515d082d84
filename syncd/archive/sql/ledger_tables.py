"""The tables of the politeness ledger: when hosts may be asked, and each request that was sent.

It must not hold a query. Only commands that ask for these tables import it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Named, String, Table, Text, TypedColumns

from syncd.archive.sql.column_types import SERIAL, UtcDateTime
from syncd.archive.sql.schema import METADATA, check_at_least


class _PoolColumns(TypedColumns):
    name: Named[str] = Column(String(32), primary_key=True)
    next_allowed: Named[datetime] = Column(UtcDateTime, comment="UTC.")


POOL = Table("syncd_pool", METADATA, _PoolColumns, comment="Politeness ledger: when a pool may send next.")


class _RestColumns(TypedColumns):
    host: Named[str] = Column(String(255), primary_key=True)
    until: Named[datetime | None] = Column(
        UtcDateTime,
        comment="End of the cooldown (UTC). NULL where only a person ends it: after a 403, or a wish for more than 7 days.",
    )
    status: Named[int | None] = Column(comment="HTTP status behind it.")
    strikes: Named[int] = Column(comment="Cooldowns since the last success.")
    since: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    reason: Named[str] = Column(Text)


REST = Table(
    "syncd_rest", METADATA, _RestColumns, check_at_least("strikes", 0), comment="Politeness ledger: a paused host."
)


class _RequestColumns(TypedColumns):
    id: Named[int] = Column(SERIAL, primary_key=True)
    started: Named[datetime] = Column(UtcDateTime, comment="UTC.")
    ended: Named[datetime | None] = Column(UtcDateTime, comment="UTC. NULL during the request, or if it was cut off.")
    host: Named[str] = Column(String(255))
    pool: Named[str] = Column(Text)
    url: Named[str] = Column(Text)
    status: Named[int | None] = Column(comment="HTTP status. NULL without an answer.")
    bytes: Named[int | None] = Column(BigInteger, comment="Size of the body as it came.")
    pid: Named[int] = Column(comment="Process that sent it.")
    outcome: Named[str | None] = Column(Text)
    machine: Named[str | None] = Column(Text, comment="Name of the machine of that process. NULL where not recorded.")
    received: Named[datetime | None] = Column(
        UtcDateTime,
        comment="When the answer began, by the clock of that machine (UTC). NULL where it had no date.",
    )
    dated: Named[datetime | None] = Column(
        UtcDateTime,
        comment="When it began by the clock of the server: its date and its age in a cache (UTC). NULL without a date.",
    )


REQUEST = Table(
    "syncd_request",
    METADATA,
    _RequestColumns,
    Index(None, "host", "started"),
    Index(None, "started"),
    comment="Politeness ledger: a request that was sent.",
)
