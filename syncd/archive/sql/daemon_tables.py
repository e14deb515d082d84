"""The tables of the daemon: what it did and said, and the order in which it publishes.

It must not hold a query. Only commands that ask for these tables import it.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Column, Named, String, Table, Text, TypedColumns

from syncd.archive.sql.column_types import SERIAL, UtcDateTime
from syncd.archive.sql.schema import METADATA, check_at_least, check_one_of, check_sha256, check_single_row


class _MemoryColumns(TypedColumns):
    id: Named[int] = Column(primary_key=True, autoincrement=False, default=1)
    content: Named[str] = Column(Text, comment="JSON.")


MEMORY = Table(
    "syncd_memory",
    METADATA,
    _MemoryColumns,
    check_single_row(),
    comment="What the daemons of all hosts did last: one row.",
)


class _ReportedProblemColumns(TypedColumns):
    code: Named[str] = Column(Text, primary_key=True)
    subject: Named[str] = Column(Text, primary_key=True)
    message: Named[str] = Column(Text)
    help: Named[str] = Column(Text)
    since: Named[datetime | None] = Column(UtcDateTime, comment="When it was found (UTC).")
    number: Named[int | None] = Column(comment="Number of dates that it concerns.")


REPORTED_PROBLEM = Table(
    "syncd_reported_problem",
    METADATA,
    _ReportedProblemColumns,
    comment="A problem that was reported to the hooks, and whose end was not.",
)


class _AcknowledgedColumns(TypedColumns):
    code: Named[str] = Column(Text, primary_key=True)
    subject: Named[str] = Column(Text, primary_key=True)
    replica: Named[str] = Column(
        String(36), primary_key=True, comment="The folder that has the problem. Empty where it is one of the archive."
    )
    message: Named[str] = Column(Text, comment="What was known of it then.")
    number: Named[int] = Column(comment="Number of dates that it concerned then.")
    person: Named[str] = Column(Text, comment="Who has seen it: user@host.")
    note: Named[str] = Column(Text, comment="What the person said.")
    recorded: Named[datetime] = Column(UtcDateTime, comment="UTC.")


ACKNOWLEDGED = Table(
    "syncd_acknowledged",
    METADATA,
    _AcknowledgedColumns,
    check_at_least("number", 1),
    comment="A problem that a person has seen. Its row goes when the problem ends or changes.",
)


class _EventColumns(TypedColumns):
    id: Named[int] = Column(SERIAL, primary_key=True)
    event: Named[str] = Column(String(16), comment="new, match, problem or recovered.")
    code: Named[str] = Column(
        Text, comment="Of a match the saved search. Of a new mailing 'matched' once the saved searches were asked."
    )
    subject: Named[str] = Column(Text, comment="Listing date of the events new and match.")
    message: Named[str] = Column(Text, comment="Of a match the query.")
    help: Named[str] = Column(Text)
    since: Named[datetime | None] = Column(UtcDateTime, comment="When the problem was found (UTC).")


EVENT = Table(
    "syncd_event",
    METADATA,
    _EventColumns,
    check_one_of("event", ("new", "match", "problem", "recovered")),
    comment="An event that was not reported to the hooks yet. Its row goes with the report.",
)


class _PublishedColumns(TypedColumns):
    ordinal: Named[int] = Column(primary_key=True, autoincrement=False, comment="Position in the order of commits.")
    day: Named[date] = Column(comment="Listing date.")
    sha256: Named[str] = Column(String(64), comment="SHA-256 of the digest file then.")


PUBLISHED = Table(
    "syncd_published",
    METADATA,
    _PublishedColumns,
    check_at_least("ordinal", 1),
    check_sha256("sha256"),
    comment="The order in which mailings are published. Rows are only added at the end.",
)
