"""A paper and a mailing as they are shown."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from syncd.core.model import Paragraphs
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.core.coverage import DayReport
    from syncd.core.model import Certainty, Entry, Mailing, PaperId, Section, Version
    from syncd.core.paper_history import Deletion


@dataclass(frozen=True, slots=True)
class Appearance:
    """A mailing that contains a paper, and the paper's number there. `reason` and `paragraphs` are as in `Entry`."""

    day: date
    number: int
    section: Section | None
    certainty: Certainty
    version: int | None
    reason: str | None = None
    paragraphs: Paragraphs = Paragraphs.KEPT


@dataclass(frozen=True, slots=True)
class PaperDetails:
    """A paper as announced and as last seen. What is not known is None.

    `source` showed it last, at `seen` (UTC). Both are None where no source was asked. `reads_as` is the version whose text the
    announced one equals, where none is recorded with it. `authors` are names in their order, `versions` those that a source
    stated, ascending. `deletion` is what a source said last, and none has shown the paper since.
    """

    id: PaperId
    announced: Entry | None
    mailings: tuple[Appearance, ...]
    title: str | None = None
    abstract: str | None = None
    version: int | None = None
    categories: tuple[str, ...] = ()
    withdrawn: bool | None = None
    source: str | None = None
    seen: datetime | None = None
    reads_as: int | None = None
    authors: tuple[str, ...] | None = None
    versions: tuple[Version, ...] = ()
    deletion: Deletion | None = None


@dataclass(frozen=True, slots=True)
class MailingDetails:
    """A mailing as the archive holds it. `mailing` is None when nothing is held."""

    report: DayReport
    mailing: Mailing | None
    entries: tuple[Entry, ...] = field(default=())
