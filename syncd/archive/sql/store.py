"""The store: every query and every change of the archive's database, in values of the model. No row leaves it.

One method is one transaction. It must not hold SQL: the statements are in the module of their noun.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from syncd.archive import sql
from syncd.archive.sql.finding_store import FIRST, LAST, FindingStore
from syncd.archive.sql.replicas import Agreement
from syncd.core.errors import ArchiveMissing
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date, datetime

    from sqlalchemy import Connection

    from syncd.archive.sql.identity import Counts, Identity
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.archive.sql.replicas import Keeper
    from syncd.archive.sql.search_queries import Query, SearchResult
    from syncd.archive.sql.stored_mailings import StoredMailing
    from syncd.core.exported_paper import ExportedPaper
    from syncd.core.guards import Surroundings
    from syncd.core.model import Digest, FileStat, Mailing, PaperId
    from syncd.core.paper_history import RevisedPaper, SinceAnnounced
    from syncd.core.query import Condition
    from syncd.core.results import Appearance, MonthCount

_T = TypeVar("_T")

_DAYS_PER_PAGE = 50
_DAYS_PER_WRITE = 200
_PAPERS_PER_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Store(FindingStore):
    """What the database holds, seen from one folder of digest files (`replica`, the id in its marker).

    With `announces`, a mailing that is recorded for the first time is queued as news for the hooks of the daemon. Ranges are
    inclusive, dates are listing dates, times are UTC. What the database refuses is a DatabaseError.
    """

    announces: bool = False

    # The archive itself

    def identity(self) -> Identity | None:
        """Return what this archive is. None before `create_identity`."""
        with self.database.read() as connection:
            return sql.identity.get(connection)

    def create_identity(self, made: Identity) -> None:
        """Record, once, what this archive is."""
        with self.database.write() as connection:
            sql.identity.create(connection, made)

    def counts(self) -> Counts:
        """Return how much is held, as of one moment."""
        with self.database.read() as connection:
            return sql.identity.count(connection)

    # Mailings and their entries

    def digest(self, day: date) -> Digest | None:
        """Return the digest of the day. None when it is not held."""
        with self.database.read() as connection:
            found = list(sql.mailings.read_digests(connection, self._find_category(connection), day, day))
        return found[0] if found else None

    def digests(self, since: date = FIRST, until: date = LAST) -> Iterator[Digest]:
        """Yield the digests of the range, ascending, a page of them in memory.

        Each page is as of one moment, and no lock is held between two pages.
        """
        with self.database.read() as connection:
            category = self._find_category(connection)
            days = iter(sql.mailing_records.list_days(connection, since, until))
        while page := list(islice(days, _DAYS_PER_PAGE)):
            with self.database.read() as connection:
                read = list(sql.mailings.read_digests(connection, category, page[0], page[-1]))
            yield from read

    def mailing(self, day: date) -> Mailing | None:
        """Return the record of the day's mailing. None when it is not held."""
        return self.mailings(day, day).get(day)

    def mailings(self, since: date = FIRST, until: date = LAST) -> dict[date, Mailing]:
        """Return the records of the mailings of the range, ascending."""
        with self.database.read() as connection:
            return sql.mailing_records.list_mailings(connection, since, until)

    def list_days(self, since: date = FIRST, until: date = LAST) -> list[date]:
        """Return the days of the range with a mailing that is held, ascending."""
        with self.database.read() as connection:
            return sql.mailing_records.list_days(connection, since, until)

    def list_days_without_entries(self, since: date = FIRST, until: date = LAST) -> list[date]:
        """Return the days of the range whose mailing is recorded and has no entry, ascending. Only damage leaves one."""
        with self.database.read() as connection:
            return sql.mailing_records.list_days_without_entries(connection, since, until)

    def list_days_with_odd_ids(self, since: date = FIRST, until: date = LAST) -> list[date]:
        """Return the days of the range with an entry whose id is no id of arXiv, ascending. Only damage leaves one."""
        with self.database.read() as connection:
            return sql.mailing_records.list_days_with_odd_ids(connection, since, until)

    def stored_mailing(self, day: date) -> StoredMailing | None:
        """Return the mailing of the day with what can be said of its rows. None when it is not held."""
        return next(self.stored_mailings(day, day), None)

    def stored_mailings(self, since: date = FIRST, until: date = LAST) -> Iterator[StoredMailing]:
        """Return the mailings of the range with what can be said of their rows, as `digests` does."""
        return self._read_pages(sql.stored_mailings.read, since, until)

    def prove_mailings(self, since: date = FIRST, until: date = LAST) -> Iterator[tuple[date, str | None]]:
        """Return each mailing of the range, ascending, with the hash of the file that its rows give.

        None where it is not proven in a quick way that the rows are sound. Then `stored_mailing` says what is wrong, if anything.
        """
        return self._read_pages(sql.mailing_proof.prove, since, until)

    def render_proven_mailings(self, since: date = FIRST, until: date = LAST) -> Iterator[tuple[date, bytes]]:
        """Return those mailings of the range that are proven so, ascending, with the file that their rows give."""
        return self._read_pages(sql.mailing_proof.render_proven, since, until)

    def _read_pages(
        self, read: Callable[[Connection, str, date, date], Iterable[_T]], since: date, until: date
    ) -> Iterator[_T]:
        """Yield what `read` finds of the mailings of the range, a page of dates in memory, each as of one moment."""
        with self.database.read() as connection:
            category = self._find_category(connection)
            days = iter(sql.mailing_records.list_days(connection, since, until))
        while page := list(islice(days, _DAYS_PER_PAGE)):
            with self.database.read_snapshot() as connection:
                found = list(read(connection, category, page[0], page[-1]))
            yield from found

    def list_orphaned_days(self, since: date = FIRST, until: date = LAST) -> list[date]:
        """Return the days of the range that have entries and no mailing, ascending."""
        with self.database.read() as connection:
            return sql.stored_mailings.list_orphaned_days(connection, since, until)

    def remove_mailing(self, day: date) -> None:
        """Delete the rows of a day of which nothing was ever recorded. Its history, if any, stays."""
        with self.database.write() as connection:
            sql.stored_mailings.remove(connection, [day])

    def restore_texts(self, records: Iterable[MailingRecord]) -> None:
        """Write damaged texts of these mailings anew, in their place. To be done before the rows are replaced.

        Which text an entry must have is known only where no other row was damaged, and the same digest was recorded.
        """
        with self.database.write() as connection:
            for mailing, digest in records:
                held = next(sql.stored_mailings.read(connection, digest.category, mailing.day, mailing.day), None)
                if held is not None and held.is_as_recorded and held.mailing.sha256 == mailing.sha256:
                    sql.stored_mailings.restore_texts(connection, held, digest)

    def put_mailing(self, mailing: Mailing, digest: Digest) -> None:
        """Replace what is held of the day. The agreement with its file stays as it was. Idempotent."""
        self.put_mailings([(mailing, digest)])

    def put_mailings(self, records: Iterable[MailingRecord]) -> None:
        """Do the same for many days, in transactions of many. After an interruption, whole transactions are recorded."""
        category = self._require_category()
        rest = iter(records)
        while held := list(islice(rest, _DAYS_PER_WRITE)):
            for mailing, digest in held:
                _refuse_mismatch(mailing, digest, category)
            with self.database.write() as connection:
                sql.mailings.put(connection, held, self.replica, announce=self.announces)

    def list_appearances(self, paper: PaperId) -> tuple[Appearance, ...]:
        """Return the mailings with this paper, oldest first."""
        with self.database.read() as connection:
            return sql.mailing_records.list_appearances(connection, paper)

    def find_days_around(self, paper: PaperId) -> tuple[date, ...]:
        """Return the days on which the papers of the next lower and the next higher id were new, ascending, none twice."""
        with self.database.read() as connection:
            return sql.mailing_records.find_days_around(connection, paper)

    def find_other_days(self, ids: Collection[PaperId], day: date) -> dict[PaperId, list[date]]:
        """Return which of these ids are new in the mailing of another day, and in which ones."""
        with self.database.read() as connection:
            return sql.mailings.find_other_days(connection, ids, day)

    def list_late_crosslists(self, since: date = FIRST, until: date = LAST) -> list[tuple[date, PaperId]]:
        """Return day and paper of the entries that are of an older month than the newest of their mailing, sorted."""
        with self.database.read() as connection:
            return sql.late_crosslists.list_late_crosslists(connection, since, until)

    def list_new_again(self) -> list[tuple[date, PaperId]]:
        """Return day and paper of the entries of papers that are in several mailings, and new there, by day and number."""
        with self.database.read() as connection:
            return sql.mailings.list_new_again(connection)

    def surroundings(self, day: date, ids: Collection[PaperId], count: int = 20) -> Surroundings:
        """Return what the guards must know to check a listing of `day` whose new papers are `ids`, as of one moment."""
        with self.database.read() as connection:
            return sql.mailings.find_surroundings(connection, day, ids, count)

    # What people read of a mailing

    def find_neighbours(self, day: date) -> tuple[date | None, date | None]:
        """Return the days of the mailings held before and after a day, None where there is none."""
        with self.database.read() as connection:
            return sql.mailing_facts.find_neighbours(connection, day)

    def list_since(self, day: date) -> dict[PaperId, SinceAnnounced]:
        """Return what sources showed since of each paper of the mailing of a day. None of them is missing."""
        with self.database.read() as connection:
            return sql.mailing_facts.list_since(connection, day)

    def list_revised(self, until: date, most: int) -> list[RevisedPaper]:
        """Return the newest entries up to a day whose text differs from the one that a source showed last."""
        with self.database.read() as connection:
            return sql.mailing_facts.list_revised(connection, until, most)

    # Search

    def search(self, query: Query) -> SearchResult:
        """Return the newest or best entries that meet the condition of the query, and the number of all, as of one moment."""
        with self.database.read() as connection:
            return sql.search_queries.search(connection, query)

    def count_by_month(self, condition: Condition) -> tuple[MonthCount, ...]:
        """Return for each month with entries how many meet the condition, and how many there are, ascending."""
        with self.database.read() as connection:
            return sql.search_queries.count_by_month(connection, condition)

    def count_unindexed(self) -> int:
        """Return how many entries the search misses, or would show although they are not held. 0 when all is well."""
        with self.database.read() as connection:
            return sql.full_text.count_unindexed(connection)

    def reindex(self) -> int:
        """Build the search index again from the entries and return their number."""
        with self.database.write() as connection:
            return sql.full_text.rebuild(connection)

    # This folder's files

    def put_replica(self, host: str, root: str, created: datetime) -> None:
        """Register this folder, or record that it moved. It must be done before the first `record_agreement`."""
        with self.database.write() as connection:
            sql.replicas.put(connection, self.replica, (host, root, created))

    def list_folders(self) -> tuple[Keeper, ...]:
        """Return every folder that belongs to the archive, by age."""
        with self.database.read() as connection:
            return sql.replicas.list_all(connection)

    def list_keepers(self, since: date = FIRST, until: date = LAST) -> dict[date, tuple[Keeper | None, Keeper | None]]:
        """Return two replicas for each mailing of the range: whose vault keeps its response, and who made its newest record.

        Each is None where that was not recorded.
        """
        with self.database.read() as connection:
            return sql.replicas.list_keepers(connection, since, until)

    def list_agreed_hashes(self, since: date = FIRST, until: date = LAST) -> dict[date, str]:
        """Return the hashes on which the files of this folder and the rows last agreed, days ascending."""
        with self.database.read() as connection:
            return sql.replicas.list_agreed_hashes(connection, self.replica, since, until)

    def list_file_stats(self, since: date = FIRST, until: date = LAST) -> dict[date, tuple[FileStat, datetime]]:
        """Return the stat of the files of this folder when they last agreed, and when they were read, days ascending."""
        with self.database.read() as connection:
            return sql.replicas.list_file_stats(connection, self.replica, since, until)

    def record_agreement(self, day: date, sha256: str, stat: FileStat, checked: datetime) -> None:
        """Record that the file and the row of the day both have the hash `sha256`.

        `stat` is that of the file when it was read at `checked`.
        """
        self.record_agreements([Agreement(day, sha256, stat, checked)])

    def record_agreements(self, agreements: Iterable[Agreement]) -> None:
        """Record many agreements, in one statement."""
        with self.database.write() as connection:
            sql.replicas.record(connection, self.replica, agreements)

    def exported_papers(self, condition: Condition, *, page_size: int = _PAPERS_PER_PAGE) -> Iterator[ExportedPaper]:
        """Yield the papers whose entry in their first mailing meets the condition, by that mailing and their number there.

        A page of them is in memory. Each page is as of one moment, and no lock is held between two pages.
        """
        with self.database.read() as connection:
            entries = sql.exported.list_entries(connection, condition)
        for at in range(0, len(entries), page_size):
            with self.database.read() as connection:
                page = sql.exported.read_papers(connection, entries[at : at + page_size])
            yield from page

    def list_announced_ids(self, since: date = FIRST, until: date = LAST) -> dict[date, set[PaperId]]:
        """Return the ids of the papers of the mailings held in the range, days ascending."""
        with self.database.read() as connection:
            return sql.backfill_queries.list_announced_ids(connection, since, until)

    def _require_category(self) -> str:
        with self.database.read() as connection:
            return self._find_category(connection)

    def _find_category(self, connection: Connection) -> str:
        found = sql.identity.get(connection)
        if found is None:
            raise ArchiveMissing("the database holds no archive", path=self.database.name)
        return found.category


def _refuse_mismatch(mailing: Mailing, digest: Digest, category: str) -> None:
    recorded = (mailing.day, category, mailing.tail, mailing.papers)
    if recorded != (digest.day, digest.category, digest.tail, len(digest.entries)):
        raise ValueError(f"the record of {mailing.day} does not fit its digest")
