"""What the loopback arXiv knows at the moment of one request: the history, the clock, and the newest published mailing.

It must not render anything.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.core.values import dataclass
from syncd.rehearsal.history import NEW_YORK, History, categories, newest, record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, timedelta

    from syncd.core.model import PaperId, Record
    from syncd.rehearsal.history import Work


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment of a history: `now` is aware, `newest` the listing date of the newest mailing that is out, if any.

    `hidden` papers are unknown to every page and feed. `batch` is the mailing the RSS feed takes for today's, when it errs.
    """

    history: History
    now: datetime
    newest: date | None
    hidden: frozenset[PaperId] = frozenset()
    batch: date | None = None

    @property
    def today(self) -> date:
        """Return the date in New York."""
        return self.now.astimezone(NEW_YORK).date()

    def record(self, paper: PaperId) -> Record | None:
        """Return a paper as it is now, None when it is unknown, hidden or not yet announced."""
        work = self.history.by_id.get(paper)
        return self._seen(work) if work is not None else None

    def version(self, paper: PaperId, number: int | None) -> tuple[Record, int] | None:
        """Return a paper with the text of one version (None: the newest) and its number, None when it cannot be seen."""
        found = self.record(paper)
        if found is None or (number is not None and number > len(found.versions)):
            return None
        number = number or len(found.versions)
        text = self.history.by_id[paper].editions[number - 1]
        return replace(found, title=text.title, abstract=text.abstract), number

    def records(self, works: Iterable[Work]) -> list[Record]:
        """Return these works as they are now, in the order given, without those that cannot be seen."""
        return [found for found in map(self._seen, works) if found is not None]

    def members(self, category: str) -> list[Work]:
        """Return all works that can be seen and are in the category now, by ascending id."""
        day = self.newest
        if day is None:
            return []
        works = self.history.works
        return [w for w in works if w.announced <= day and w.id not in self.hidden and category in categories(w, day)]

    def _seen(self, work: Work) -> Record | None:
        if self.newest is None or work.id in self.hidden:
            return None
        return record(work, self.newest)


def scene(history: History, now: datetime, lag: timedelta) -> Scene:
    """Return what is published at `now` when publication takes `lag` longer than planned."""
    return Scene(history, now, newest(history, now, lag))
