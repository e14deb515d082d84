"""Which papers stand in which mailing, inferred from the metadata in the database; nothing is asked and no text is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd import mailing
from syncd.model import Placed, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.model import PaperId
    from syncd.usecases.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Member:
    """A paper of a mailing: `version` is its newest by now, `section` follows from today's primary category."""

    id: PaperId
    section: Section
    version: int
    placed: Placed


@dataclass(frozen=True, slots=True)
class Inferred:
    """The members of each date asked for, in digest order, and the dates that the evidence says have no mailing, and why."""

    members: Mapping[date, Sequence[Member]]
    missing: Mapping[date, str]


def infer(work: Workspace, days: Iterable[date], others: Iterable[mailing.Bound] = ()) -> Inferred:
    """Place every paper known, and keep those of `days`; `others` are papers beyond the category that bound ids as well."""
    wanted = {day: list[Member]() for day in days}
    category = work.config.archive.category
    facts: dict[PaperId, tuple[int, bool]] = {}

    def bounds() -> Iterator[mailing.Bound]:
        for seen in work.store.seen():
            if category in seen.categories:
                facts[seen.id] = (seen.version, seen.categories[0] == category)
            yield mailing.Bound(seen.id, seen.submitted, seen.datestamp)
        yield from others

    survey = mailing.survey(bounds(), work.calendar())
    for placement in survey.placements:
        if placement.id in facts and placement.day in wanted:
            version, is_new = facts[placement.id]
            section = Section.NEW if is_new else Section.CROSS
            wanted[placement.day].append(Member(placement.id, section, version, placement.placed))
    missing = {lesson.day: lesson.why for lesson in survey.learnt if not lesson.exists and lesson.day in wanted}
    return Inferred({day: _in_order(members) for day, members in wanted.items()}, missing)


def _in_order(members: Sequence[Member]) -> tuple[Member, ...]:
    """New submissions by descending id, then cross-lists by descending id."""
    by_id = sorted(members, key=lambda member: member.id, reverse=True)
    return tuple(sorted(by_id, key=lambda member: member.section is Section.CROSS))


def evidence(members: Sequence[Member], source: str) -> str:
    """In words how it is known that these papers were announced on their day."""
    counts = Counter(member.placed for member in members)
    told = ", ".join(
        f"{counts[kind]} {kind}" for kind in (Placed.PROVEN, Placed.BOUNDED, Placed.ASSUMED) if counts[kind]
    )
    return (
        f"inferred from {source}: {told} of {len(members)} papers by first-version times and datestamps; "
        "late and later removed cross-lists cannot be told from metadata"
    )
