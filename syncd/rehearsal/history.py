"""A small set of papers: which was announced when, in which category, and with which raw text.

It must not know how any of it is shown, nor what time it is. Every function takes the listing date at which it is asked.

    Work ─ editions (text, version, listing date that showed it) ─ memberships (category, since, until)
      └─► History ─► mailing(day, category): new, cross, replaced
                 └─► record(work, day): what bulk metadata says about it on that day
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from syncd.core.model import PaperId, Record, Version, paper_id
from syncd.core.values import dataclass
from syncd.rehearsal.paper_details import bulk_metadata, stated_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NEW_YORK = ZoneInfo("America/New_York")
_DAY = timedelta(days=1)
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class Edition:
    """One version with its raw text. `announced` is the listing date of the mailing that showed it."""

    announced: date
    version: Version
    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A category of a paper from the listing date `since` on, until it was removed (`until`, exclusive)."""

    category: str
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Return whether a page of that listing date counts the paper as a member."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Work:
    """A paper through time. Editions ascend, and the primary category is the first membership.

    `touched` are UTC days on which its record was modified without a visible change.
    """

    id: PaperId
    editions: tuple[Edition, ...]
    memberships: tuple[Membership, ...]
    touched: tuple[date, ...] = ()

    @property
    def announced(self) -> date:
        """Return the listing date of its first mailing."""
        return self.editions[0].announced

    @property
    def primary(self) -> str:
        """Return its primary category."""
        return self.memberships[0].category


@dataclass(frozen=True, slots=True)
class Announcement:
    """One mailing of one category, each block in ascending order of ids."""

    new: tuple[Work, ...] = ()
    cross: tuple[Work, ...] = ()
    replaced: tuple[Work, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Everything that happens at the loopback arXiv. It is made by `assemble` and never changed.

    `days` are the listing dates with a mailing, ascending. `mailings` is keyed by listing date and category.
    """

    days: tuple[date, ...]
    works: tuple[Work, ...]
    by_id: Mapping[PaperId, Work]
    mailings: Mapping[tuple[date, str], Announcement]


def announced_at(day: date) -> datetime:
    """Return when the mailing of a listing date is announced: 20:00 New York of the evening before."""
    return datetime.combine(day - _DAY, time(20), NEW_YORK)


def frozen_at(day: date) -> datetime:
    """Return when its window closes: 14:00 New York of the working day before."""
    back = 3 if day.weekday() == _MONDAY else 1
    return datetime.combine(day - back * _DAY, time(14), NEW_YORK)


def newest(history: History, now: datetime, lag: timedelta = timedelta()) -> date | None:
    """Return the newest listing date that is published at `now`, when publication takes `lag` longer than planned."""
    found = bisect_right(history.days, now - lag, key=announced_at)
    return history.days[found - 1] if found else None


def mailing(history: History, day: date, category: str, seen: date | None = None) -> Announcement:
    """Return what was announced on `day`, without the papers that had left the category by the listing date `seen`."""
    whole = history.mailings.get((day, category), Announcement())
    if seen is None:
        return whole
    kept = [
        tuple(w for w in block if category in categories(w, seen)) for block in (whole.new, whole.cross, whole.replaced)
    ]
    return Announcement(*kept)


def categories(work: Work, day: date) -> tuple[str, ...]:
    """Return its categories as of a listing date, the primary first."""
    return tuple(membership.category for membership in work.memberships if membership.holds(day))


def edition(work: Work, day: date) -> Edition:
    """Return its newest edition as of a listing date that is not before its announcement."""
    return next(found for found in reversed(work.editions) if found.announced <= day)


def datestamp(work: Work, day: date) -> date:
    """Return the UTC day of the last modification as of a listing date: 20:00 New York is on the listing date in UTC."""
    moments = [found.announced for found in work.editions]
    moments += [moment for member in work.memberships for moment in (member.since, member.until) if moment]
    return max(moment for moment in (*moments, *work.touched) if moment <= day)


def record(work: Work, day: date) -> Record | None:
    """Return the bulk metadata of a paper as of a listing date, None before its announcement."""
    if day < work.announced:
        return None
    current = edition(work, day)
    versions = tuple(stated_version(work.id, found.version) for found in work.editions if found.announced <= day)
    texts = (current.title, current.abstract)
    return Record(work.id, *texts, categories(work, day), versions, datestamp(work, day), bulk_metadata(work.id))


def assemble(days: Iterable[date], works: Iterable[Work]) -> History:
    """Return a history of these works. ValueError where one is announced on a day that has no mailing.

    Works announced before the first day are known, without a mailing of their own.
    """
    listed = tuple(sorted(days))
    ordered = tuple(sorted(works, key=lambda work: work.id))
    blocks: dict[tuple[date, str], tuple[list[Work], list[Work], list[Work]]] = {}
    for work in ordered:
        for day, category, block in _list_appearances(work):
            if day < listed[0]:
                continue
            blocks.setdefault((day, category), ([], [], []))[block].append(work)
    if unknown := {day for day, _ in blocks}.difference(listed):
        raise ValueError(f"announced without a mailing: {min(unknown)}")
    mailings = {key: Announcement(*map(tuple, found)) for key, found in blocks.items()}
    return History(listed, ordered, {work.id: work for work in ordered}, mailings)


def _list_appearances(work: Work) -> Iterable[tuple[date, str, int]]:
    """Yield where a work appears: listing date, category, and 0 for new, 1 for cross, 2 for replaced."""
    for member in work.memberships:
        yield member.since, member.category, int(member.category != work.primary)
    for later in work.editions[1:]:
        for member in work.memberships:
            if member.since < later.announced and member.holds(later.announced):
                yield later.announced, member.category, 2


@cache
def small_history() -> History:
    """Return nine hand-written mailings around the Independence Day of 2026.

    Listing dates are Tue 30 June to Mon 13 July. Mon 6 July has none, because nothing is announced on the evening of Friday
    3 July. The ids change month with the mailing of Thu 2 July.
    """
    text = resources.files("syncd.rehearsal").joinpath("small.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return assemble(data["days"], map(_read_work, data["paper"]))


def _read_work(entry: dict[str, Any]) -> Work:
    late = entry.get("late", {})
    return Work(
        paper_id(entry["id"]),
        tuple(_read_edition(number, entry | later) for number, later in enumerate([{}, *entry.get("later", [])], 1)),
        tuple(Membership(name, late.get(name, entry["announced"])) for name in entry["categories"]),
        tuple(entry.get("touched", ())),
    )


def _read_edition(number: int, entry: dict[str, Any]) -> Edition:
    submitted: datetime = entry["submitted"]
    version = Version(number, submitted.astimezone(UTC), entry.get("withdrawn", False))
    return Edition(entry["announced"], version, entry["title"], entry["abstract"])
