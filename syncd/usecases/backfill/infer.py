"""Which papers stand in which mailing, inferred from the metadata in the database; nothing is asked and no text is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.model import Placed, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from syncd.core.model import PaperId
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
    found: dict[date, list[Member]] = {day: [] for day in days}
    facts = _Facts(work.config.archive.category)
    survey = mailing.survey(chain(facts.bounds(work), others), work.calendar())
    for placement, fact in facts.of(survey.placements):
        if placement.day in found:
            found[placement.day].append(Member(placement.id, fact.section, fact.version, placement.placed))
    missing = {lesson.day: lesson.why for lesson in survey.learnt if not lesson.exists and lesson.day in found}
    return Inferred({day: _in_order(found.pop(day)) for day in list(found)}, missing)


@dataclass(frozen=True, slots=True)
class _Fact:
    """What a member needs beside its place; many papers share one."""

    section: Section
    version: int


@dataclass(slots=True)
class _Facts:
    """The papers of the category in the order of their ids, beside the bounds of all; a few bytes a paper."""

    category: str
    ids: list[PaperId] = field(default_factory=list)
    facts: list[_Fact] = field(default_factory=list)

    def bounds(self, work: Workspace) -> Iterator[mailing.Bound]:
        """What bounds the days of every paper known, noting those of the category."""
        shared: dict[tuple[bool, int], _Fact] = {}
        for seen in work.store.list_submissions():
            if self.category in seen.categories:
                is_new = seen.categories[0] == self.category
                fact = _Fact(Section.NEW if is_new else Section.CROSS, seen.version)
                self.ids.append(seen.id)
                self.facts.append(shared.setdefault((is_new, seen.version), fact))
            yield mailing.Bound(seen.id, seen.submitted, seen.datestamp)

    def of(self, placements: Iterable[mailing.Placement]) -> Iterator[tuple[mailing.Placement, _Fact]]:
        """The placements, ascending by id, of papers of the category."""
        mine = zip(self.ids, self.facts, strict=True)
        paper, fact = next(mine, (None, None))
        for placement in placements:
            if fact is not None and placement.id == paper:
                yield placement, fact
                paper, fact = next(mine, (None, None))


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
