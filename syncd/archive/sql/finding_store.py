"""The part of the store about dates besides their mailings: findings, history, and differences that a person accepted.

One method is one transaction. It must not hold SQL: the statements are in the module of their noun.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from syncd.archive import sql
from syncd.archive.sql.paper_store import PaperStore
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from syncd.archive.sql.accepted import Acceptance
    from syncd.archive.sql.findings import Event
    from syncd.core.model import Change, Finding

FIRST, LAST = date.min, date.max
"""The ends of a range of all dates."""


@dataclass(frozen=True, slots=True)
class FindingStore(PaperStore):
    """What the database holds of papers and of dates, seen from one folder of digest files.

    `replica` is the id in that folder's marker. Ranges are inclusive, dates are listing dates, times are UTC.
    """

    replica: str

    def finding(self, day: date) -> Finding | None:
        """Return what was found out about the day besides a mailing. None when there is nothing."""
        return self.findings(day, day).get(day)

    def findings(self, since: date = FIRST, until: date = LAST) -> dict[date, Finding]:
        """Return the findings of the range, ascending."""
        with self.database.read() as connection:
            return sql.findings.list_findings(connection, since, until)

    def list_learnt_days(self, since: date = FIRST, until: date = LAST) -> tuple[set[date], dict[date, str]]:
        """Return the days of the range with a mailing that is held, and those known to have none with their evidence."""
        with self.database.read() as connection:
            return sql.findings.list_learnt_days(connection, since, until)

    def put_finding(self, *found: Finding) -> None:
        """Replace the finding of a day, or those of several days in one transaction."""
        with self.database.write() as connection:
            for finding in found:
                sql.findings.put(connection, finding, self.replica)

    def drop_finding(self, *days: date) -> None:
        """Delete the finding of a day, which no longer holds, or those of several days at once. Their history stays."""
        with self.database.write() as connection:
            for day in days:
                sql.findings.drop(connection, day)

    def history(self, day: date) -> tuple[Event, ...]:
        """Return every record ever made of the day, mailings and findings, oldest first."""
        with self.database.read() as connection:
            return sql.findings.list_history(connection, day)

    def list_days_outside_history(self, since: date = FIRST, until: date = LAST) -> list[date]:
        """Return the days of the range of whose mailing the history has no record, or another one, ascending."""
        with self.database.read() as connection:
            return sql.findings.list_days_outside_history(connection, since, until)

    def restore_history(self, day: date) -> None:
        """Write the record of the mailing of the day into the history again. It must be sound."""
        with self.database.write() as connection:
            for mailing in sql.mailing_records.list_mailings(connection, day, day).values():
                sql.mailings.put_history(connection, [mailing])

    def accept(self, *acceptances: Acceptance) -> None:
        """Record differences as accepted by a person."""
        with self.database.write() as connection:
            sql.accepted.put(connection, acceptances)

    def list_accepted(self, since: date = FIRST, until: date = LAST) -> dict[Change, Acceptance]:
        """Return the differences accepted in the range. Look one up without its `detail`."""
        with self.database.read() as connection:
            return sql.accepted.list_accepted(connection, since, until)
