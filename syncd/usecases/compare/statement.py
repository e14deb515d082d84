"""What a source states of one mailing, beside what the archive holds of it; values only, nothing is asked here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from syncd.core.model import Section
from syncd.core.results import NotCompared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import Change, Digest, Entry, PaperId
    from syncd.usecases.upstream import UpstreamAccess
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The date on which a source knows a paper to have been announced, and how it knows."""

    day: date
    evidence: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A whole account of one mailing by one source.

    `ours` is what the archive holds, None for nothing. A section that the source does not tell is None; a version is that of
    the text it shows. `told` names the source in words. `elsewhere` says where papers of `ours` belong that `theirs` lacks.
    `is_exact` says that the source tells the sections of all papers.
    """

    ours: Digest | None
    theirs: Digest
    told: str
    elsewhere: Mapping[PaperId, Elsewhere] = field(default_factory=dict)
    not_compared: tuple[NotCompared, ...] = ()
    is_exact: bool = False

    @property
    def day(self) -> date:
        """The listing date."""
        return self.theirs.day


@dataclass(frozen=True, slots=True)
class Silence:
    """A date of which the source states nothing: why, and a change that says so where one has a code of its own."""

    not_compared: NotCompared
    changes: tuple[Change, ...] = ()


class Source(Protocol):
    """A way to have mailings stated: one answer a date, in any order. UpstreamError when nobody can be asked any more."""

    def __call__(self, work: Workspace, means: UpstreamAccess, days: Sequence[date]) -> Iterator[Statement | Silence]:
        """State these dates."""


def silence(day: date, why: str, what: str = "mailing") -> Silence:
    """Nothing is stated of a date, for this reason."""
    return Silence(NotCompared(day, what, why))


def inserted(entries: Sequence[Entry], entry: Entry) -> tuple[Entry, ...]:
    """The entries of a digest with one more, where the order of its block wants it."""
    boundary = next((at for at in range(1, len(entries)) if entries[at].id > entries[at - 1].id), len(entries))
    first, last = (0, boundary) if entry.section is Section.NEW else (boundary, len(entries))
    place = next((at for at in range(first, last) if entries[at].id < entry.id), last)
    return (*entries[:place], entry, *entries[place:])
