"""The history of a paper after its announcement, as values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.values import dataclass

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
class SinceAnnounced:
    """What a source showed of an announced paper at `seen` (UTC), where it was asked. None means not known.

    `has_other_title` and `has_other_abstract` compare the text shown with the one of the mailing. `withdrawn` is said of the
    newest version. `authors` is empty where a source stated that there is none. `deletion` is what a source said last.
    """

    seen: datetime | None = None
    version: int | None = None
    withdrawn: bool | None = None
    has_other_title: bool | None = None
    has_other_abstract: bool | None = None
    authors: tuple[str, ...] | None = None
    categories: tuple[str, ...] = ()
    deletion: Deletion | None = None


@dataclass(frozen=True, slots=True)
class RevisedPaper:
    """An entry of a mailing whose text differs from the one that `source` showed last, at `seen` (UTC). Texts are plain.

    `version` is that of the mailing, and `latest` the newest that a source stated. Each is None where it is not known.
    """

    id: PaperId
    day: date
    version: int | None
    latest: int | None
    source: str
    seen: datetime
    title: str
    abstract: str
    later_title: str
    later_abstract: str


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
    """The history of a paper: its categories on its listing page (`then`) and as `seen` last (`now`), its versions, all events.

    `then` is empty when no kept page shows them. A page shows the categories of its own moment: `then_seen` (UTC) is None where
    they are those announced, as the next mailing was still to come. `seen` (UTC) is None when no source was asked.
    """

    id: PaperId
    then: tuple[str, ...]
    now: tuple[str, ...]
    versions: tuple[Version, ...]
    events: tuple[HistoryEvent, ...]
    as_of: AsOf | None = None
    seen: datetime | None = None
    then_seen: datetime | None = None


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
