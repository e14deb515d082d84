"""The part of the store about papers as sources showed them: texts, versions, metadata, harvests. No row leaves it.

One method is one transaction. It must not hold SQL: the statements are in the module of their noun.
"""

from __future__ import annotations

from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from syncd.archive import sql
from syncd.archive.sql.paper_hashes import keep_hashes
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterable, Iterator, Mapping
    from datetime import date, datetime

    from syncd.archive.sql.backfill_queries import Submission
    from syncd.archive.sql.database import Database
    from syncd.archive.sql.harvests import Harvest, HarvestedPage
    from syncd.archive.sql.papers import Current, NewestVersion, VersionText
    from syncd.archive.sql.revisions import LaterChange
    from syncd.core.model import Paper, PaperId, Version
    from syncd.core.paper_history import DeletedPaper, Deletion, Knowledge

_PAPERS_PER_PAGE = 1000
_PAPERS_PER_WRITE = 16_000
"""Papers in a long transaction: the pages that it changes again and again fit the cache. Others are written several times."""
_LONGEST_WRITE = 15.0
"""Seconds after which a long transaction ends earlier. Another writer waits up to 30 for it."""


@dataclass(frozen=True, slots=True)
class ForgottenRows:
    """How many papers, authors and categories had rows that were forgotten.

    `stated` are those of the papers of which a source had stated something.
    """

    count: int
    stated: tuple[PaperId, ...]


@dataclass(frozen=True, slots=True)
class PaperStore:
    """What the database holds of papers, whatever mailing announced them. Times are UTC."""

    database: Database

    def put_records(self, records: Iterable[Current], progress: Harvest | None = None) -> None:
        """Keep current metadata and the progress of the harvest that brought it, in one transaction."""
        with self.database.write() as connection:
            sql.papers.put(connection, records)
            if progress is not None:
                sql.harvests.put_harvest(connection, progress)

    def put_sorted_records(self, records: Iterable[Current], count: int) -> Generator[int]:
        """Keep very many records, ids ascending, in few long transactions. Yield how many are kept after each.

        The fewer they are, the less is written: most of them change the same pages of the indexes. `count` is how many records
        there are.
        """
        rest, kept = iter(records), 0
        with sql.author_index.defer_index(self.database, count):
            page = list(islice(rest, _PAPERS_PER_PAGE))
            while page:
                with self.database.write(is_long=True) as connection:
                    end, full = monotonic() + _LONGEST_WRITE, kept + _PAPERS_PER_WRITE
                    while page:
                        sql.papers.put(connection, page)
                        kept += len(page)
                        page = list(islice(rest, _PAPERS_PER_PAGE))
                        if kept >= full or monotonic() >= end:
                            break
                yield kept

    def restore_author_index(self) -> None:
        """Build the index of the papers of authors if a killed load has left it unbuilt."""
        sql.author_index.restore_index(self.database)

    def put_listed(self, shown: Iterable[Paper], source: str, seen: datetime) -> None:
        """Keep papers as a listing page showed them, unless more is known of them already."""
        with self.database.write() as connection:
            sql.papers.put_listed(connection, shown, source, seen)

    def put_newest(self, shown: Iterable[NewestVersion], source: str) -> None:
        """Keep what a source stated when it was asked for the newest versions of papers."""
        with self.database.write() as connection:
            sql.papers.put_newest(connection, shown, source)

    def put_versions(self, texts: Iterable[VersionText]) -> None:
        """Keep the texts of versions."""
        with self.database.write() as connection:
            sql.papers.put_texts(connection, texts)

    def put_deletions(self, deleted: Mapping[PaperId, datetime], source: str) -> None:
        """Keep that a source said at these moments that papers are deleted, unless they were seen since."""
        if deleted:
            with self.database.write() as connection:
                sql.deletions.put(connection, deleted, source)

    def end_deletions(self, papers: Collection[PaperId], seen: datetime) -> None:
        """End the deletions of these papers that are not later than `seen`, when a source showed them."""
        if self.get_deletions(papers):
            with self.database.write() as connection, keep_hashes(connection, papers):
                sql.deletions.end(connection, ((paper, seen) for paper in papers))

    def get_deletions(self, papers: Collection[PaperId]) -> dict[PaperId, Deletion]:
        """Return those of the papers that a source said to be deleted, and none has shown since."""
        with self.database.read() as connection:
            return sql.deletions.get(connection, papers)

    def list_deleted(self) -> tuple[DeletedPaper, ...]:
        """Return the announced papers that a source said to be deleted, and none has shown since, sorted by first mailing."""
        with self.database.read() as connection:
            return sql.deletions.list_announced(connection)

    def list_submissions(self) -> Iterator[Submission]:
        """Yield what inferring the day of a paper needs, for every paper, ids ascending."""
        with self.database.read() as connection:
            yield from sql.backfill_queries.list_submissions(connection)

    def get_current_papers(self, ids: Collection[PaperId]) -> dict[PaperId, Paper]:
        """Return these papers as they were last seen. One that was never seen is missing."""
        with self.database.read() as connection:
            return sql.backfill_queries.get_current_papers(connection, ids)

    def list_announced_abstracts(self, ids: Collection[PaperId]) -> dict[PaperId, list[str]]:
        """Return the abstracts of these papers in held mailings whose paragraphs the source has kept, oldest mailing first."""
        with self.database.read() as connection:
            return sql.backfill_queries.list_announced_abstracts(connection, ids)

    def count_unknown_paragraphs(self) -> int:
        """Return how many entries may have had more paragraphs when they were announced."""
        with self.database.read() as connection:
            return sql.backfill_queries.count_unknown_paragraphs(connection)

    def list_moments_seen(self, ids: Collection[PaperId], source: str) -> dict[PaperId, datetime]:
        """Return when (UTC, to the second) `source` showed the current text of these papers, if it was this source."""
        with self.database.read() as connection:
            return sql.backfill_queries.list_moments_seen(connection, ids, source)

    def put_harvest(self, progress: Harvest) -> None:
        """Record the progress of a harvest."""
        with self.database.write() as connection:
            sql.harvests.put_harvest(connection, progress)

    def put_harvested_page(self, replica: str, page: HarvestedPage, progress: Harvest) -> None:
        """Record a page that is to be loaded and the progress of the harvest that brought it, in one transaction."""
        with self.database.write() as connection:
            sql.harvests.put_page(connection, replica, page)
            sql.harvests.put_harvest(connection, progress)

    def list_harvested_pages(self, replica: str) -> list[HarvestedPage]:
        """Return the pages in the vault of this folder that are to be loaded, in the order in which they came."""
        with self.database.read() as connection:
            return sql.harvests.list_pages(connection, replica)

    def remove_harvested_pages(self, replica: str, pages: Collection[str]) -> None:
        """Record that the records of these pages are held now."""
        with self.database.write() as connection:
            sql.harvests.remove_pages(connection, replica, pages)

    def harvest(self, key: str) -> Harvest | None:
        """Return the progress of the harvest of that key. None when it never began."""
        with self.database.read() as connection:
            return sql.harvests.get_harvest(connection, key)

    def list_open_harvests(self, prefix: str) -> list[Harvest]:
        """Return the harvests that are not done and whose key begins like this, by key."""
        with self.database.read() as connection:
            return sql.harvests.list_open_harvests(connection, prefix)

    def paper(self, paper: PaperId) -> Current | None:
        """Return the paper as it was last seen. None when it never was."""
        with self.database.read() as connection:
            return sql.papers.get_paper(connection, paper)

    def papers(self) -> Iterator[Current]:
        """Yield every paper as it was last seen, ids ascending, a page of them in memory."""
        last = ""
        while True:
            with self.database.read() as connection:
                page = sql.papers.list_papers(connection, last, _PAPERS_PER_PAGE)
            if not page:
                return
            yield from page
            last = page[-1].record.id

    def versions(self, paper: PaperId) -> tuple[Version, ...]:
        """Return the known versions of a paper, ascending."""
        with self.database.read() as connection:
            return sql.papers.get_versions(connection, paper)

    def get_version_texts(self, ids: Collection[PaperId], number: int = 1) -> dict[PaperId, Paper]:
        """Return the texts held of version `number` of these papers. A paper without one is missing."""
        with self.database.read() as connection:
            return sql.papers.get_version_texts(connection, ids, number)

    def find_oldest_sighting(self, day: date) -> datetime | None:
        """Return when the paper of a mailing whose facts are oldest was seen (UTC). None where no source was asked for any."""
        with self.database.read() as connection:
            return sql.papers.find_oldest_sighting(connection, day)

    def list_odd_papers(self) -> list[PaperId]:
        """Return the papers of which a row is not what was recorded, ascending. Rows of a paper that is not held count, too."""
        found: list[PaperId] = []
        last: str | None = ""
        while last is not None:
            with self.database.read_snapshot() as connection:
                odd, last = sql.odd_papers.list_page(connection, last)
            found += odd
        return found

    def list_odd_names(self) -> list[str]:
        """Return the names of authors, and the codes of categories, whose rows are gone or not what was recorded."""
        with self.database.read_snapshot() as connection:
            names = [name or f"author {number}" for number, name in sql.odd_papers.list_authors(connection)]
            return [*names, *sql.odd_papers.list_categories(connection)]

    def forget_odd(self) -> ForgottenRows:
        """Forget what rows about papers, authors and categories say that are not what was recorded.

        The texts that mailings announced stay. Where anything was forgotten, the index of the search must be built anew
        afterwards.
        """
        odd = self.list_odd_papers()
        with self.database.write() as connection:
            stated = sql.odd_papers.list_stated(connection, odd)
            sql.odd_papers.forget(connection, odd)
            numbers = [number for number, _ in sql.odd_papers.list_authors(connection)]
            sql.odd_papers.forget_authors(connection, numbers)
            count = len(odd) + len(numbers) + sql.odd_papers.correct_categories(connection)
        return ForgottenRows(count, tuple(sorted(stated)))

    def list_stated(self, papers: Collection[PaperId]) -> set[PaperId]:
        """Return those of the papers of which a source has stated something."""
        with self.database.read() as connection:
            return sql.odd_papers.list_stated(connection, papers)

    def forget_harvests(self) -> None:
        """Forget what harvests have covered, so that the next one asks for every record again."""
        with self.database.write() as connection:
            sql.harvests.remove_harvests(connection)

    def list_withdrawn_ids(self) -> list[PaperId]:
        """Return the papers whose newest version is a withdrawal, ascending."""
        with self.database.read() as connection:
            return sql.papers.list_withdrawn_ids(connection)

    def list_withdrawals(self) -> tuple[LaterChange, ...]:
        """Return the announced papers that were withdrawn later, sorted by first mailing."""
        with self.database.read() as connection:
            return sql.revisions.list_withdrawals(connection)

    def read_knowledge(self) -> Knowledge:
        """Return of how many announced papers a source stated the newest version, and between which moments (UTC)."""
        with self.database.read() as connection:
            return sql.revisions.read_knowledge(connection)

    def list_revisions(self) -> tuple[LaterChange, ...]:
        """Return the announced papers that were revised later, sorted by first mailing."""
        with self.database.read() as connection:
            return sql.revisions.list_revisions(connection)
