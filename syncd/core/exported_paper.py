"""A paper as `syncd export` writes it: its first mailing, and all that is known of it now. No format is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.model import NOT_STATED
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from datetime import date, datetime

    from syncd.core.model import Certainty, Metadata, PaperId, Section, Version


@dataclass(frozen=True, slots=True)
class ExportedPaper:
    """A paper with its first mailing (`day`) and its number there. None means not known.

    Texts are plain, and an abstract has a line for each paragraph. `title`, `abstract` and `version` are those of the
    announcement. `current_title` and `current_abstract` are None where they are the same. `source` is what showed the paper
    last, and `seen` (UTC) when. Both are None for a paper that is known from its mailing alone. `categories` has the primary
    first and is empty where it is not known, as is `versions` (ascending). `last_modified` is OAI's datestamp. `reason` is
    the code of the reason for a date that is not proven.
    """

    id: PaperId
    day: date
    number: int
    section: Section | None
    certainty: Certainty
    version: int | None
    title: str
    abstract: str
    current_title: str | None = None
    current_abstract: str | None = None
    categories: tuple[str, ...] = ()
    latest_version: int | None = None
    versions: tuple[Version, ...] = ()
    metadata: Metadata = NOT_STATED
    last_modified: date | None = None
    source: str | None = None
    seen: datetime | None = None
    reason: str | None = None

    @property
    def withdrawn(self) -> bool | None:
        """Whether the newest version is a withdrawal. None where no source stated which version that is."""
        newest = [one for one in self.versions if one.number == self.latest_version]
        return newest[0].withdrawn if newest else None
