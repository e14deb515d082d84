"""The pages that make a published repository pleasant to read: a README of all years and of each, and a feed.

They follow from the order of commits and from what the branch holds, so that every host makes the same bytes. They are kept
beside the digests and never touch one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid5
from xml.sax.saxutils import escape, quoteattr

from syncd.archive.sql.commit_order import CommitOrder
from syncd.core.plural import pluralize
from syncd.usecases.publish.git_checkout import CommitContent, GitError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.archive.sql.commit_order import PublishedText
    from syncd.usecases.publish.git_checkout import Checkout
    from syncd.usecases.workspace import Workspace

_MARK = "Made by syncd publish. A change of this file is overwritten."
_README, _FEED = "README.md", "feed.atom"
_NEWEST = 30
_MESSAGE = "Index of the mailings"


@dataclass(slots=True)
class IndexPages:
    """What the pages are made of: the order of commits, oldest first, and who makes them."""

    work: Workspace
    order: Sequence[PublishedText]
    _last: dict[date, int] = field(init=False)

    def __post_init__(self) -> None:
        self._last = {one.day: one.ordinal for one in self.order}

    def attach(self, contents: Iterable[CommitContent], committed: Collection[str]) -> list[CommitContent]:
        """Return the commits with the pages as each of them leaves them. `committed` are the paths that the branch holds."""
        held = self._find_held(committed)
        attached = []
        for content in contents:
            held.add(content.day)
            pages = self.render(held, self._last[content.day], {content.day.year})
            attached.append(replace(content, beside=pages))
        return attached

    def settle(self, checkout: Checkout, branch: str) -> str | None:
        """Bring the pages of branch and folder up to date. Return the id of the commit where one was needed."""
        head = checkout.find_commit(branch)
        committed = checkout.list_blobs(head)
        held = self._find_held(committed)
        if head is None or not held:
            return None
        last = self.order[-1]
        pages = self.render(held, last.ordinal, {day.year for day in held})
        changed = {path: data for path, data in pages.items() if committed.get(path) != checkout.name_blob(data)}
        made = None
        if changed:
            first = min(changed)
            beside = {path: data for path, data in changed.items() if path != first}
            (made,) = checkout.make_commits(head, [CommitContent(last.day, first, changed[first], _MESSAGE, beside)])
            checkout.move_branch(branch, head, made)
        folder = self.work.folder
        outdated = [path for path, data in pages.items() if folder.read_beside(path) != data]
        for path in outdated:
            folder.write_beside(path, pages[path])
        if changed or outdated:
            checkout.refresh_index([*pages])
        return made

    def require_own(self) -> None:
        """Raise GitError where a file with the name of a page is a person's."""
        years = {one.day.year for one in self.order}
        for path in (_README, _FEED, *map(self.work.folder.index_path, sorted(years))):
            data = self.work.folder.read_beside(path)
            if data is not None and _MARK.encode() not in data:
                raise GitError(
                    f"{self.work.folder.root}: {path} is not syncd's; move it away, or set publish.index = false"
                )

    def render(self, held: Collection[date], until: int, years: Collection[int]) -> dict[str, bytes]:
        """Return the README of all, those of `years`, and the feed, as the branch holds these dates at this number."""
        known = {one.day: one.papers for one in self.order if one.ordinal <= until and one.day in held}
        days = sorted(known, reverse=True)
        texts = {_README: self._render_all(days, known), _FEED: self._render_feed(days[:_NEWEST], known)}
        for year in years:
            its = [day for day in days if day.year == year]
            texts[self.work.folder.index_path(year)] = self._render_year(year, its, known)
        return {path: "".join(f"{line}\n" for line in lines).encode() for path, lines in texts.items()}

    def _find_held(self, committed: Collection[str]) -> set[date]:
        return {day for day in self._last if self.work.folder.path_of(day) in committed}

    def _render_all(self, days: Sequence[date], known: Mapping[date, int | None]) -> Iterator[str]:
        category = self.work.config.archive.category
        yield from (f"<!-- {_MARK} -->", f"# {category} digests", "")
        yield f"The papers that arXiv announced in {category}, one file a mailing. [A feed]({_FEED}) has the newest."
        yield ""
        newest = days[0]
        link = f"[{newest:%A}, {newest}]({quote(self.work.folder.path_of(newest))})"
        yield f"{_count(days, known)}, {days[-1]} to {newest}. The newest: {link}{_name_papers(known[newest])}."
        yield from ("", "| year | mailings | papers |", "|---|---:|---:|")
        for year in dict.fromkeys(day.year for day in days):
            its = [day for day in days if day.year == year]
            link = f"[{year}]({quote(self.work.folder.index_path(year))})"
            yield f"| {link} | {len(its):,} | {sum(known[day] or 0 for day in its):,} |"

    def _render_year(self, year: int, days: Sequence[date], known: Mapping[date, int | None]) -> Iterator[str]:
        folder = self.work.folder
        up = "../" * folder.index_path(year).count("/")
        yield from (f"<!-- {_MARK} -->", f"# {self.work.config.archive.category} digests of {year}", "")
        yield f"{_count(days, known)}. [All years]({up}{_README})"
        month = 0
        for day in days:
            if day.month != month:
                month = day.month
                yield from ("", f"## {day:%B}", "", "| mailing | | papers |", "|---|---|---:|")
            papers = "" if known[day] is None else f"{known[day]:,}"
            yield f"| [{day}]({quote(folder.name_in_checksums(day))}) | {day:%A} | {papers} |"

    def _render_feed(self, days: Sequence[date], known: Mapping[date, int | None]) -> Iterator[str]:
        category, archive = self.work.config.archive.category, self.work.archive
        yield '<?xml version="1.0" encoding="utf-8"?>'
        yield f"<!-- {_MARK} -->"
        yield '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        yield f"<id>urn:uuid:{uuid5(archive, 'published')}</id>"
        yield f"<title>{escape(category)} digests</title>"
        yield f"<updated>{_format_noon(days[0])}</updated>"
        yield f"<author><name>arXiv {escape(category)}</name></author>"
        for day in days:
            yield "<entry>"
            yield f"<id>urn:uuid:{uuid5(archive, f'published {day}')}</id>"
            yield f"<title>{escape(category)} of {day:%A}, {day}</title>"
            yield f"<updated>{_format_noon(day)}</updated>"
            yield f"<link href={quoteattr(quote(self.work.folder.path_of(day)))}/>"
            yield f"<summary>{_name_papers(known[day]).removeprefix(', ') or 'a mailing'}</summary>"
            yield "</entry>"
        yield "</feed>"


def read_index_pages(work: Workspace) -> IndexPages | None:
    """Return what the pages are made of. None where `publish.index` is off or nothing is in the order of commits."""
    order = CommitOrder(work.database).list_texts() if work.config.publish.index else ()
    return IndexPages(work, order) if order else None


def _count(days: Sequence[date], known: Mapping[date, int | None]) -> str:
    papers = sum(known[day] or 0 for day in days)
    return f"{pluralize(len(days), 'mailing')} with {pluralize(papers, 'paper')}"


def _name_papers(papers: int | None) -> str:
    return "" if papers is None else f", {pluralize(papers, 'paper')}"


def _format_noon(day: date) -> str:
    return f"{day}T12:00:00Z"
