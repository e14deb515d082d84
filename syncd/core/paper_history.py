"""The history of a paper after its announcement, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.core.model import PaperId, Version


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event in the history of a paper or a mailing.

    `when` is a listing date or a UTC time, `kind` one word for scripts, `source` the origin of the fact.
    """

    when: date | datetime
    kind: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """What `source` said of a paper at `seen` (UTC): arXiv has deleted it."""

    source: str
    seen: datetime


@dataclass(frozen=True, slots=True)
class DeletedPaper:
    """An announced paper that arXiv has deleted since. `day` is its first mailing, whose title this is."""

    id: PaperId
    day: date
    title: str
    deletion: Deletion


@dataclass(frozen=True, slots=True)
class AsOf:
    """A paper as arXiv showed it on a listing date.

    `version` is the newest one announced by then, None when no version is known. Its texts are None when they are not held.
    """

    day: date
    version: int | None
    title: str | None
    abstract: str | None
    withdrawn: bool
    mailings: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PaperHistory:
    """The history of a paper: its categories as announced (`then`) and as `seen` last (`now`), its versions, and all events.

    `then` is empty when no kept page shows them. `seen` (UTC) is None when no source was asked.
    """

    id: PaperId
    then: tuple[str, ...]
    now: tuple[str, ...]
    versions: tuple[Version, ...]
    events: tuple[HistoryEvent, ...]
    as_of: AsOf | None = None
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChangedPaper:
    """An announced paper that changed later. `day` is its first mailing, `when` the time of its newest version (UTC).

    `seen` (UTC) is when a source showed it so.
    """

    id: PaperId
    day: date
    title: str
    version: int
    when: datetime
    withdrawn: bool
    seen: datetime


@dataclass(frozen=True, slots=True)
class Knowledge:
    """For how many announced papers a source stated the newest version, out of how many, and between which moments (UTC).

    A source that was `asked` also says which papers were withdrawn, as far as it names withdrawals.
    """

    announced: int
    asked: int
    first_seen: datetime | None = None
    last_seen: datetime | None = None
