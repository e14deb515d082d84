"""The archive's memory: every question to and every change of its database, in values of the model; no row leaves it.

One method is one transaction. The statements stand in the module of their noun; no SQL stands here but the identity's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from syncd.archive.sql import accepted, backfill_queries, findings, full_text, mailings, papers, replicas, revisions
from syncd.archive.sql.replicas import Agreement
from syncd.archive.sql.tables import ArchiveRow, EntryRow, FindingRow, MailingRow, PaperRow, VersionRow
from syncd.core.errors import ArchiveMissing
from syncd.core.guards import Surroundings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime

    from syncd.archive.sql.accepted import Acceptance
    from syncd.archive.sql.backfill_queries import Submission
    from syncd.archive.sql.database import Database
    from syncd.archive.sql.findings import Event
    from syncd.archive.sql.full_text import Query, SearchResult
    from syncd.archive.sql.mailings import MailingRecord
    from syncd.archive.sql.papers import Current, Harvest, VersionText
    from syncd.archive.sql.replicas import Keeper
    from syncd.archive.sql.revisions import LaterChange
    from syncd.core.model import Change, Digest, FileStat, Finding, Mailing, Paper, PaperId, Version
    from syncd.core.results import Appearance

FIRST, LAST = date.min, date.max
_DAYS_A_PAGE = 50
_PAPERS_A_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Identity:
    """What the archive is: the UUID that the folder's marker repeats, its category, its time of creation (UTC)."""

    uuid: str
    category: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each the database holds."""

    mailings: int
    entries: int
    findings: int
    papers: int
    versions: int


@dataclass(frozen=True, slots=True)
class Store:
    """What the database holds, seen from one folder of digest files (`replica`, the id in its marker).

    Where it `heralds`, a mailing that it records for the first time is news, for the daemon's hooks to be told. Ranges are
    inclusive, dates listing dates, times UTC. What the database refuses is a DatabaseError.
    """

    database: Database
    replica: str
    heralds: bool = False

    # The archive itself

    def identity(self) -> Identity | None:
        """What this archive is; None before `create_identity`."""
        with self.database.read() as connection:
            row = connection.execute(select(ArchiveRow.uuid, ArchiveRow.category, ArchiveRow.created)).one_or_none()
        return None if row is None else Identity(*row)

    def create_identity(self, identity: Identity) -> None:
        """Say once what this archive is."""
        with self.database.write() as connection:
            connection.execute(
                insert(ArchiveRow),
                {"id": 1, "uuid": identity.uuid, "category": identity.category, "created": identity.created},
            )

    def counts(self) -> Counts:
        """How much is held, in one statement."""
        tables = (MailingRow, EntryRow, FindingRow, PaperRow, VersionRow)
        counted = (select(func.count()).select_from(table).scalar_subquery() for table in tables)
        with self.database.read() as connection:
            return Counts(*connection.execute(select(*counted)).one())

    # Mailings and their entries

    def digest(self, day: date) -> Digest | None:
        """The digest of the day, None when it is not held."""
        return next(self.digests(day, day), None)

    def digests(self, since: date = FIRST, until: date = LAST) -> Iterator[Digest]:
        """The digests of the range, ascending, a page of them in memory; each is of one moment, and no lock is held between."""
        category = self._category()
        with self.database.read() as connection:
            days = iter(mailings.days(connection, since, until))
        while page := list(islice(days, _DAYS_A_PAGE)):
            with self.database.read() as connection:
                read = list(mailings.digests(connection, category, page[0], page[-1]))
            yield from read

    def mailing(self, day: date) -> Mailing | None:
        """What is recorded of the day's mailing, None when it is not held."""
        return self.mailings(day, day).get(day)

    def mailings(self, since: date = FIRST, until: date = LAST) -> dict[date, Mailing]:
        """What is recorded of the mailings of the range, ascending."""
        with self.database.read() as connection:
            return mailings.mailings(connection, since, until)

    def put_mailing(self, mailing: Mailing, digest: Digest) -> None:
        """Replace what is held of the day; the agreement with its file stays what it was. Idempotent."""
        self.put_mailings([(mailing, digest)])

    def put_mailings(self, accounts: Iterable[MailingRecord]) -> None:
        """The same for many: a transaction a page, so that one interrupted has whole pages and the rest to come."""
        category = self._category()
        rest = iter(accounts)
        while page := list(islice(rest, _DAYS_A_PAGE)):
            for mailing, digest in page:
                _refuse_mismatch(mailing, digest, category)
            with self.database.write() as connection:
                mailings.put(connection, page, self.replica, heralded=self.heralds)

    def list_appearances(self, paper: PaperId) -> tuple[Appearance, ...]:
        """The mailings in which a paper stands, oldest first."""
        with self.database.read() as connection:
            return mailings.appearances(connection, paper)

    def find_other_days(self, ids: Collection[PaperId], day: date) -> dict[PaperId, list[date]]:
        """Which of these ids stand as new in a mailing of another day, and in which."""
        with self.database.read() as connection:
            return mailings.new_elsewhere(connection, ids, day)

    def surroundings(self, day: date, ids: Collection[PaperId], count: int = 20) -> Surroundings:
        """What the guards need to know around a listing of `day` whose new papers are `ids`: of one moment, five statements."""
        with self.database.read() as connection:
            held = mailings.mailings(connection, day, day).get(day)
            older, newer = mailings.before(connection, day), mailings.after(connection, day)
            return Surroundings(
                held=held.papers if held else None,
                before=older[2] if older else None,
                after=newer[1] if newer else None,
                elsewhere={one: days[0] for one, days in mailings.new_elsewhere(connection, ids, day).items()},
                sizes=mailings.sizes(connection, day, count),
            )

    # Search

    def search(self, query: Query) -> SearchResult:
        """The entries that hold every term of the query; ValueError without a term to look for."""
        with self.database.read() as connection:
            return full_text.find(connection, query)

    def count_unindexed(self) -> int:
        """How many entries the search would miss or show although they are not held; 0 when all is well."""
        with self.database.read() as connection:
            return full_text.out_of_step(connection)

    def reindex(self) -> int:
        """Make the search index anew from the entries; their number."""
        with self.database.write() as connection:
            return full_text.rebuild(connection)

    # Findings, history, acceptances

    def finding(self, day: date) -> Finding | None:
        """What was found of the day besides a mailing, None when nothing was."""
        return self.findings(day, day).get(day)

    def findings(self, since: date = FIRST, until: date = LAST) -> dict[date, Finding]:
        """The findings of the range, ascending."""
        with self.database.read() as connection:
            return findings.findings(connection, since, until)

    def put_finding(self, *found: Finding) -> None:
        """Replace what was found of the day, or of several at once."""
        with self.database.write() as connection:
            for finding in found:
                findings.put(connection, finding, self.replica)

    def drop_finding(self, day: date) -> None:
        """What was found of the day no longer holds."""
        with self.database.write() as connection:
            findings.drop(connection, day)

    def history(self, day: date) -> tuple[Event, ...]:
        """Everything ever recorded of the day, mailings and findings, oldest first."""
        with self.database.read() as connection:
            return findings.history(connection, day)

    def accept(self, *acceptances: Acceptance) -> None:
        """Record differences that a person accepts."""
        with self.database.write() as connection:
            accepted.put(connection, acceptances)

    def list_accepted(self, since: date = FIRST, until: date = LAST) -> dict[Change, Acceptance]:
        """The differences accepted in the range; look one up without its `detail`."""
        with self.database.read() as connection:
            return accepted.accepted(connection, since, until)

    # This folder's files

    def put_replica(self, host: str, root: str, created: datetime) -> None:
        """Register this folder, or say that it moved; needed before the first `record_agreement`."""
        with self.database.write() as connection:
            replicas.put(connection, self.replica, (host, root, created))

    def list_keepers(self, since: date = FIRST, until: date = LAST) -> dict[date, tuple[Keeper | None, Keeper | None]]:
        """Whose vault keeps the response behind each mailing of the range, and whose the account of it that was recorded last.

        None where that was not written down.
        """
        with self.database.read() as connection:
            return replicas.keepers(connection, since, until)

    def list_agreed_hashes(self, since: date = FIRST, until: date = LAST) -> dict[date, str]:
        """The hashes on which this folder's files and the rows last agreed, days ascending."""
        with self.database.read() as connection:
            return replicas.agreed(connection, self.replica, since, until)

    def list_file_stats(self, since: date = FIRST, until: date = LAST) -> dict[date, tuple[FileStat, datetime]]:
        """The stat of this folder's files when they last agreed, and when they were read, days ascending."""
        with self.database.read() as connection:
            return replicas.stats(connection, self.replica, since, until)

    def record_agreement(self, day: date, sha256: str, stat: FileStat, checked: datetime) -> None:
        """Record that the day's file, whose stat was `stat` when it was read at `checked`, and its row both are `sha256`."""
        self.record_agreements([Agreement(day, sha256, stat, checked)])

    def record_agreements(self, agreements: Iterable[Agreement]) -> None:
        """The same for many, one statement."""
        with self.database.write() as connection:
            replicas.settle(connection, self.replica, agreements)

    # Papers as they are now

    def put_records(self, records: Iterable[Current], progress: Harvest | None = None) -> None:
        """Keep current metadata, and with it how far the harvest has come, in one transaction."""
        with self.database.write() as connection:
            papers.put(connection, records)
            if progress is not None:
                papers.put_harvest(connection, progress)

    def put_listed(self, shown: Iterable[Paper], source: str, seen: datetime) -> None:
        """Keep papers as a listing page showed them, unless more is known of them already."""
        with self.database.write() as connection:
            papers.put_listed(connection, shown, source, seen)

    def put_versions(self, texts: Iterable[VersionText]) -> None:
        """Keep the texts of versions."""
        with self.database.write() as connection:
            papers.put_texts(connection, texts)

    def list_submissions(self) -> Iterator[Submission]:
        """What placing needs of every paper, ids ascending, streamed."""
        with self.database.read() as connection:
            yield from backfill_queries.seen(connection)

    def get_current_papers(self, ids: Collection[PaperId]) -> dict[PaperId, Paper]:
        """These papers as they were last seen; one that never was is missing from the answer."""
        with self.database.read() as connection:
            return backfill_queries.current(connection, ids)

    def list_announced_ids(self, since: date = FIRST, until: date = LAST) -> dict[date, set[PaperId]]:
        """The papers of the mailings held in the range, days ascending."""
        with self.database.read() as connection:
            return backfill_queries.announced(connection, since, until)

    def put_harvest(self, progress: Harvest) -> None:
        """Record how far a harvest has come."""
        with self.database.write() as connection:
            papers.put_harvest(connection, progress)

    def harvest(self, key: str) -> Harvest | None:
        """How far the harvest of that key has come."""
        with self.database.read() as connection:
            return papers.harvest(connection, key)

    def paper(self, paper: PaperId) -> Current | None:
        """The paper as it was last seen."""
        with self.database.read() as connection:
            return papers.paper(connection, paper)

    def papers(self) -> Iterator[Current]:
        """Every paper as it was last seen, ids ascending, a page of them in memory."""
        last = ""
        while True:
            with self.database.read() as connection:
                page = papers.papers(connection, last, _PAPERS_A_PAGE)
            if not page:
                return
            yield from page
            last = page[-1].record.id

    def versions(self, paper: PaperId) -> tuple[Version, ...]:
        """The versions known of a paper, ascending."""
        with self.database.read() as connection:
            return papers.versions(connection, paper)

    def get_version_texts(self, ids: Collection[PaperId], number: int = 1) -> dict[PaperId, Paper]:
        """The texts held of version `number` of these papers."""
        with self.database.read() as connection:
            return papers.texts(connection, ids, number)

    def list_withdrawn_ids(self) -> list[PaperId]:
        """The papers whose newest version is a withdrawal, ascending."""
        with self.database.read() as connection:
            return papers.withdrawn(connection)

    def revised(self) -> list[PaperId]:
        """The papers of the mailings that have more than one version by now, ascending."""
        with self.database.read() as connection:
            return papers.revised(connection)

    def list_withdrawals(self) -> tuple[LaterChange, ...]:
        """The announced papers that were withdrawn since, by their first mailing."""
        with self.database.read() as connection:
            return revisions.withdrawn(connection)

    def list_revisions(self) -> tuple[LaterChange, ...]:
        """The announced papers that were revised since, by their first mailing."""
        with self.database.read() as connection:
            return revisions.revised(connection)

    def _category(self) -> str:
        identity = self.identity()
        if identity is None:
            raise ArchiveMissing("the database holds no archive", path=self.database.name)
        return identity.category


def _refuse_mismatch(mailing: Mailing, digest: Digest, category: str) -> None:
    recorded = (mailing.day, category, mailing.tail, mailing.papers)
    if recorded != (digest.day, digest.category, digest.tail, len(digest.entries)):
        raise ValueError(f"the record of {mailing.day} does not fit its digest")
