"""Infer which papers were announced in which mailing, from the metadata in the database. Nothing is asked, no text is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import field
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.categories import has_category, is_primary
from syncd.core.mailing.date_inference import DateInference, InferredDate, infer_dates
from syncd.core.mailing.evidence import Bound
from syncd.core.model import Certainty, Section
from syncd.core.results import PapersOutside
from syncd.core.values import dataclass
from syncd.usecases.backfill.lost_records import charge, find_day
from syncd.usecases.progress import UNSTOPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from syncd.core.model import Entry, PaperId, Unreadable
    from syncd.core.results import LostRecord
    from syncd.usecases.progress import RunControl
    from syncd.usecases.workspace import Workspace

_CHECK_EVERY = 1000
"""Papers between two looks whether the work is to stop. All papers of an archive take many seconds."""


@dataclass(frozen=True, slots=True)
class Member:
    """A paper of a mailing: `version` is its newest by now, `section` follows from today's primary category.

    `reason` is as in `Entry`.
    """

    id: PaperId
    section: Section
    version: int
    certainty: Certainty
    reason: str | None


@dataclass(frozen=True, slots=True)
class Inferred:
    """The members of each date asked for, in digest order, and why a date has no mailing where the evidence shows it.

    `doubtful` are the dates that may be closings although no list says so, and those that would have their papers, with the
    reason in words. `outside` is None when no date was asked for. `lost` are records that could not be read, with those of the
    dates to which each could belong. `ends` is the date of the newest paper of a source that may end within a mailing. `denied`
    are the dates that have members although the calendar denies their mailings, ascending.
    """

    members: Mapping[date, Sequence[Member]]
    missing: Mapping[date, str]
    doubtful: Mapping[date, str]
    outside: PapersOutside | None
    lost: tuple[LostRecord, ...] = ()
    ends: date | None = None
    denied: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """What is known beside the records of the category.

    `others` are papers of other categories, `unread` the records that could not be read, and `newest` is the highest id of a
    source that may end within a mailing.
    """

    others: Iterable[Bound] = ()
    unread: Sequence[Unreadable] = ()
    newest: PaperId | None = None


_NOTHING = Beside()


def infer(
    work: Workspace,
    days: Iterable[date],
    beside: Beside = _NOTHING,
    control: RunControl = UNSTOPPED,
    *,
    within: tuple[date, date] | None = None,
) -> Inferred:
    """Infer the day of every known paper, and return those of `days`. Raise Cancelled where a signal stops it.

    Dates `within` a range (inclusive) are returned as well where papers prove a mailing that the calendar denies.
    """
    found: dict[date, list[Member]] = {day: [] for day in days}
    facts = _Facts(work.config.archive.category, control)
    inference = infer_dates(chain(facts.bounds(work), beside.others), work.calendar())
    since, until = within or (date.max, date.min)
    shown = {lesson.day for lesson in inference.learned if lesson.exists and since <= lesson.day <= until}
    found |= {day: [] for day in sorted(shown.difference(found))}
    first, last = min(found, default=date.min), max(found, default=date.max)
    before = after = 0
    for paper, fact in facts.match(inference.dates):
        if paper.day in found:
            found[paper.day].append(Member(paper.id, fact.section, fact.version, paper.certainty, paper.reason))
        before += paper.day < first
        after += paper.day > last
    missing = {lesson.day: lesson.why for lesson in inference.learned if not lesson.exists and lesson.day in found}
    lost = charge(inference.dates, beside.unread, found)
    ends = find_day(inference.dates, beside.newest) if beside.newest else None
    control.check_signalled()
    members = {day: _sort_members(found.pop(day)) for day in list(found)}
    denied = tuple(day for day in sorted(shown) if members[day])
    outside = PapersOutside(first, last, before, after) if members else None
    return Inferred(members, missing, dict(_explain_doubts(inference)), outside, lost, ends, denied)


def _explain_doubts(inference: DateInference) -> Iterator[tuple[date, str]]:
    """Yield the doubtful dates and the mailing after each, which has its papers if it was a closing."""
    for day in sorted(inference.doubtful):
        year = mailing.find_unlisted_year(day, inference.calendar)
        why = (
            f"no list of closings is known for {year}, and nothing shows whether there was a mailing on {day}; "
            "metadata of more categories may show it, and a closing is added under: [calendar] closings"
        )
        yield day, why
        yield mailing.find_next_listing(day, inference.calendar), why


@dataclass(frozen=True, slots=True)
class _Fact:
    """What a member needs besides its day. Many papers share one of these, which saves memory."""

    section: Section
    version: int


@dataclass(slots=True)
class _Facts:
    """The papers of the category in the order of their ids, collected while the bounds of all are read. Small."""

    category: str
    control: RunControl
    ids: list[PaperId] = field(default_factory=list)
    facts: list[_Fact] = field(default_factory=list)

    def bounds(self, work: Workspace) -> Iterator[Bound]:
        """Yield what bounds the day of every known paper, and collect those of the category."""
        shared: dict[tuple[bool, int], _Fact] = {}
        for count, seen in enumerate(work.store.list_submissions()):
            if count % _CHECK_EVERY == 0:
                self.control.check_signalled()
            if has_category(seen.categories, self.category):
                is_new = is_primary(seen.categories, self.category)
                fact = _Fact(Section.NEW if is_new else Section.CROSS, seen.version)
                self.ids.append(seen.id)
                self.facts.append(shared.setdefault((is_new, seen.version), fact))
            yield Bound(seen.id, seen.submitted, seen.datestamp)

    def match(self, dates: Iterable[InferredDate]) -> Iterator[tuple[InferredDate, _Fact]]:
        """Yield the dates of papers of the category, ascending by id, each with its fact."""
        mine = zip(self.ids, self.facts, strict=True)
        paper, fact = next(mine, (None, None))
        for inferred in dates:
            if fact is not None and inferred.id == paper:
                yield inferred, fact
                paper, fact = next(mine, (None, None))


def _sort_members(members: Sequence[Member]) -> tuple[Member, ...]:
    """Return new submissions by descending id, then cross-lists by descending id."""
    by_id = sorted(members, key=lambda member: member.id, reverse=True)
    return tuple(sorted(by_id, key=lambda member: member.section is Section.CROSS))


def describe_evidence(members: Sequence[Member | Entry], source: str) -> str:
    """Return in words how it is known that these papers were announced on their day."""
    counts = Counter(member.certainty for member in members)
    certainties = ", ".join(
        f"{counts[kind]} {kind}" for kind in (Certainty.PROVEN, Certainty.BOUNDED, Certainty.ASSUMED) if counts[kind]
    )
    return (
        f"inferred from {source}: {certainties} of {len(members)} papers by first-version times and datestamps; "
        "metadata does not show cross-lists that were added late or removed later"
    )
