"""What became of a paper since it was announced, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.core.model import PaperId, Version


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened: `when` is a listing date or a UTC time, `kind` one word for scripts, `source` says who tells."""

    when: date | datetime
    kind: str
    what: str
    source: str


@dataclass(frozen=True, slots=True)
class AsOf:
    """A paper as arXiv showed it on a listing date.

    `version` is the newest announced by then, None where no version is known; its texts are None where they are not held.
    """

    day: date
    version: int | None
    title: str | None
    abstract: str | None
    withdrawn: bool
    mailings: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class PaperHistory:
    """A paper's life: categories as announced (empty where no page tells) and now, versions, and all that happened."""

    id: PaperId
    then: tuple[str, ...]
    now: tuple[str, ...]
    versions: tuple[Version, ...]
    happenings: tuple[Happening, ...]
    as_of: AsOf | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """An announced paper that changed later: `day` is its first mailing, `when` the time of its newest version (UTC)."""

    id: PaperId
    day: date
    title: str
    version: int
    when: datetime
    withdrawn: bool
