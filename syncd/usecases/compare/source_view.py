"""What a source of upstream is, and what it shows of one mailing. Values only: nothing is requested here."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING

from syncd.core.model import Section
from syncd.core.results import NotCompared
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Change, Digest, Entry, PaperId
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class OtherMailing:
    """The date on which a source knows a paper to have been announced, and the evidence for it in words."""

    day: date
    evidence: str


@dataclass(frozen=True, slots=True)
class SourceView:
    """One whole mailing as one source shows it.

    `ours` is what the archive holds, None for nothing. In `theirs` a section is None where the source does not show it, and
    a version is the one whose text is shown. `shown_by` names the source in words. `other_mailings` says where papers of
    `ours` belong that `theirs` lacks. `is_exact` says that the source shows the section of every paper.
    `said_withdrawn` are the papers whose comments say that they were withdrawn.
    """

    ours: Digest | None
    theirs: Digest
    shown_by: str
    other_mailings: Mapping[PaperId, OtherMailing] = field(default_factory=dict)
    not_compared: tuple[NotCompared, ...] = ()
    is_exact: bool = False
    said_withdrawn: frozenset[PaperId] = frozenset()

    @property
    def day(self) -> date:
        """The listing date."""
        return self.theirs.day


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """A date of which the source shows nothing: the reason, and a difference where the reason has its own code."""

    not_compared: NotCompared
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestCount:
    """How many requests a source may need at most: to the pool of the API, and for listing pages."""

    api: int = 0
    pages: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One way to see the mailings of upstream. The module `from_NAME` exports the source NAME as `SOURCE`.

    `show` gives one answer for each date, in any order, and raises UpstreamError when upstream cannot be asked any more. It
    is only asked for dates within reach. `out_of_reach` gives the reason why the source cannot show a date, or None when it
    can. `count_requests` estimates what `show` sends for these dates. `default_days` lists the dates that are compared when
    none are named. `asks_api` says whether the API may be asked for versions of what differs. `auto` is the rank among the
    sources that are chosen automatically, the lowest first, or None for a source that must be named.
    """

    show: Callable[[Workspace, UpstreamAccess, Sequence[date]], Iterator[SourceView | NotAvailable]]
    out_of_reach: Callable[[Workspace, date], str | None]
    count_requests: Callable[[Workspace, Sequence[date]], RequestCount]
    default_days: Callable[[Workspace], Sequence[date]]
    asks_api: bool
    auto: int | None = None


def not_available(day: date, why: str, changes: tuple[Change, ...] = ()) -> NotAvailable:
    """Return the answer that a source shows no mailing of a date, for this reason."""
    return NotAvailable(NotCompared(day, "mailing", why), changes)


def rejected(day: date, why: str, changes: tuple[Change, ...] = ()) -> NotAvailable:
    """Return the answer that a source shows no mailing of a date, as what upstream sent could not be used.

    Where that has a code of its own, its difference says so.
    """
    return NotAvailable(NotCompared(day, "mailing", why, is_rejected=not changes), changes)


def insert_entry(digest: Digest, entry: Entry) -> Digest:
    """Return the digest with one entry more, at the position that the sort order of its section gives it."""
    entries = digest.entries
    # Ids fall within a section, so the first rise is where the cross-lists begin.
    boundary = next((at for at in range(1, len(entries)) if entries[at].id > entries[at - 1].id), len(entries))
    first, last = (0, boundary) if entry.section is Section.NEW else (boundary, len(entries))
    position = next((at for at in range(first, last) if entries[at].id < entry.id), last)
    return replace(digest, entries=(*entries[:position], entry, *entries[position:]))
