"""Grows a history of any size from a seeded `random.Random`, for load tests and measurements.

It must not draw from any other source of chance: equal arguments give equal histories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core.model import Version, paper_id
from syncd.rehearsal.history import Edition, History, Membership, Work, assemble, frozen_at

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from random import Random

CATEGORY = "cs.CV"
HELD = 0.02
"""Share of papers that waited in moderation; never the first of its block, so that the running maximum of v1 places all."""
LATE = 0.004
"""Late cross-lists per paper of a mailing."""
REVISED = 0.3
"""Replacements per paper of a mailing; one in a hundred of them withdraws."""
_REMEMBERED = 40
"""Days during which a paper may be revised or cross-listed late."""

_OTHERS = ("cs.LG", "cs.RO", "cs.AI", "eess.IV", "cs.GR", "cs.CL", "stat.ML", "cs.HC")
_HOW = ("Careful", "Sparse", "Two-Stage", "Slow", "Robust", "Layered", "Plain", "Early", "Joint", "Local")
_WHAT = ("Segmentation", "Tracking", "Matching", "Counting", "Retrieval", "Rendering", "Labelling", "Registration")
_OF = ("Clouds", "Footpaths", "Teacups", "Leaves", "Harbours", "Shadows", "Letters", "Bicycles", "Pebbles", "Windows")
_SENTENCES = (
    "We study a problem that many have seen and few have named.",
    "The method needs one picture, one lamp and some patience.",
    "On three public sets it is better than the older way, and on a fourth it is not.",
    "Each step is explained, and the failures are shown beside the successes.",
    "The cost grows as $O(n \\log n)$ with the number of pixels $n$.",
    "An ablation removes one part at a time until nothing is left.",
    "People & machines agree in 9 of 10 cases when $p < 0.05$.",
    'What remains is a question: "how much is enough?", and we don\'t answer it.',
    'The bound follows from a lemma of G\\"orner and Mu\\~noz.',
)
_ENDINGS = (
    "",
    "",
    "",
    "",
    " Code is at https://code.example.org/repo{n}.",
    " See also arXiv:2001.{n:05d}.",
    "\n  A second part follows.",
)


@dataclass(slots=True)
class _Draft:
    """A work in the making; the title and text of its last edition are kept for the next."""

    serial: str
    editions: list[Edition]
    members: list[Membership]
    last: date = field(init=False)

    def __post_init__(self) -> None:
        self.last = self.editions[-1].announced

    def work(self) -> Work:
        return Work(paper_id(self.serial), tuple(self.editions), tuple(self.members))


def grown_history(
    chance: Random, since: date, until: date, per_day: int, *, closed: Container[date] = (), outside: float = 0.1
) -> History:
    """A history with a mailing on each weekday of the range (inclusive) that is not `closed`.

    `per_day` papers of cs.CV a mailing, one in five a cross-list, in one contiguous block of ids three times as long; beside
    them `outside` times as many that are not in cs.CV (some of them join late). Revisions, withdrawals and held papers occur
    at the rates named above.
    """
    days = list(_weekdays(since, until, closed))
    drafts: list[_Draft] = []
    recent: list[_Draft] = []
    serials: dict[str, int] = {}
    for opening, day in pairwise([_weekday_before(since), *days]):
        recent = [draft for draft in recent if (day - draft.last).days < _REMEMBERED]
        if recent:
            _revise(chance, recent, (opening, day), round(per_day * REVISED))
            _join_late(chance, recent, day, per_day)
        fresh = list(_block(chance, (opening, day), per_day, serials, round(per_day * outside)))
        drafts += fresh
        recent += fresh
    return assemble(days, (draft.work() for draft in drafts))


def _weekdays(since: date, until: date, closed: Container[date]) -> Iterator[date]:
    for offset in range((until - since).days + 1):
        day = since + timedelta(days=offset)
        if day.weekday() < 5 and day not in closed:
            yield day


def _weekday_before(day: date) -> date:
    return next(day - timedelta(days=back) for back in range(1, 4) if (day - timedelta(days=back)).weekday() < 5)


def _block(
    chance: Random, window: tuple[date, date], per_day: int, serials: dict[str, int], outside: int
) -> Iterator[_Draft]:
    """The papers of one mailing in order of their ids; other archives hold the ids between them."""
    month = f"{frozen_at(window[1]):%y%m}"
    first = serials.get(month, 0) + 1
    serials[month] = first + 3 * (per_day + outside)
    count = per_day + outside
    places = sorted(chance.sample(range(3 * count), count))
    elsewhere = set(chance.sample(range(1, count), min(outside, count - 1)))
    for number, (place, moment) in enumerate(zip(places, _moments(chance, window, count), strict=True)):
        held = number > 0 and chance.random() < HELD
        created = moment - timedelta(days=chance.randint(4, 60)) if held else moment
        yield _draft(chance, f"{month}.{first + place:05d}", window[1], created, number in elsewhere)


def _moments(chance: Random, window: tuple[date, date], count: int) -> list[datetime]:
    """Submission times (UTC) of one window, ascending."""
    opens, closes = (frozen_at(day).astimezone(UTC) for day in window)
    seconds = int((closes - opens).total_seconds())
    return [opens + timedelta(seconds=offset) for offset in sorted(chance.randrange(seconds) for _ in range(count))]


def _draft(chance: Random, serial: str, day: date, created: datetime, elsewhere: bool) -> _Draft:
    title = f"{chance.choice(_HOW)} {chance.choice(_WHAT)} of {chance.choice(_OF)}"
    abstract = " ".join(chance.sample(_SENTENCES, 5)) + chance.choice(_ENDINGS).format(n=chance.randint(1, 9999))
    other = chance.choice(_OTHERS)
    names = [other] if elsewhere else [other, CATEGORY] if chance.random() < 0.2 else [CATEGORY, other]
    return _Draft(
        serial, [Edition(day, Version(1, created), title, abstract)], [Membership(name, day) for name in names]
    )


def _revise(chance: Random, recent: list[_Draft], window: tuple[date, date], count: int) -> None:
    chosen = chance.sample(recent, min(count, len(recent)))
    for draft, created in zip(chosen, _moments(chance, window, len(chosen)), strict=True):
        last = draft.editions[-1]
        withdrawn = chance.random() < 0.01
        text = "This paper has been withdrawn." if withdrawn else last.abstract.rstrip() + " This version is revised."
        draft.editions.append(
            Edition(window[1], Version(last.version.number + 1, created, withdrawn), last.title, text)
        )


def _join_late(chance: Random, recent: list[_Draft], day: date, per_day: int) -> None:
    wanted = int(per_day * LATE + chance.random())
    if not wanted:
        return
    outsiders = [draft for draft in recent if all(member.category != CATEGORY for member in draft.members)]
    for draft in chance.sample(outsiders, min(wanted, len(outsiders))):
        draft.members.append(Membership(CATEGORY, day))
