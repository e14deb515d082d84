"""Differences planted at random in files, rows and upstream, each with what a comparison must find of it.

It compares nothing itself.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.core.mailing import REACH
from syncd.core.model import Certainty, Digest, Entry, PaperId, Section, State, Version
from syncd.rehearsal.history import Edition, History, Membership, Work, assemble
from syncd.usecases.ingest import sync
from syncd.usecases.reconcile.write import Provenance, write_mailing
from tests.support.generated_history import grown_history
from tests.support.row_damage import set_text
from tests.support.small_archive import World, noon

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence
    from random import Random

    from syncd.usecases.workspace import Workspace

Expected = tuple[date, str, PaperId | None]
"""The date, the code and the paper by which a plant must be found."""
OWN = "cs.CV"


def plain_history(chance: Random, since: date, until: date, per_day: int, but: Container[date] = ()) -> History:
    """A world in which no paper was ever revised, with no mailing on the dates `but`."""
    closed = {day.day for day in mailing.days(mailing.calendar(), since, until) if not day.due or day.day in but}
    grown = grown_history(chance, since, until, per_day, closed=closed)
    return assemble(grown.days, (replace(work, editions=work.editions[:1]) for work in grown.works))


def fill(here: World) -> None:
    """Sync every mailing of the world on its own day, so that all is held as it was announced."""
    with here.open() as work:
        for day in here.server.history.days:
            here.now = noon(day)
            sync.sync(work, here.upstream, [day])
    here.asked.clear()


@dataclass
class Garden:
    """An archive in which differences are planted; `expected` grows with each, by the comparison that must find it.

    `work` is the archive of `here`, open as long as differences are planted.
    """

    here: World
    work: Workspace
    chance: Random
    expected: dict[str, set[Expected]] = field(default_factory=lambda: {"upstream": set(), "files": set()})
    busy: set[PaperId] = field(default_factory=set)
    days: list[date] = field(default_factory=list)
    files: list[date] = field(default_factory=list)

    def __post_init__(self) -> None:
        days = list(self.here.server.history.days)
        self.chance.shuffle(days)
        self.files, self.days = days[: len(days) // 4], days[len(days) // 4 :]

    @property
    def history(self) -> History:
        """The world as it is by now."""
        return self.here.server.history

    @history.setter
    def history(self, changed: History) -> None:
        self.here.server.history = changed

    def is_near(self, day: date) -> bool:
        """Whether a catchup page reaches the date."""
        return day >= self.here.now.date() - REACH

    def is_disordered(self, day: date) -> bool:
        """Whether the order of the date's entries was changed."""
        return (day, "order-only", None) in self.expected["upstream"]

    def plant(self, count: int) -> int:
        """Try to plant this number of differences, of all kinds in turn; return how many were planted."""
        kinds = list(KINDS)
        planted = 0
        works = dict(self.history.by_id)
        for number in range(count):
            kind = kinds[number % len(kinds)]
            planted += KINDS[kind](self, works)
        self.history = assemble(self.history.days, works.values())
        return planted

    # What plants need

    def day(self, *, near: bool = False) -> date:
        """A date in which the archive itself, or upstream, is changed."""
        return self.chance.choice([day for day in self.days if not near or self.is_near(day)])

    def digest(self, day: date) -> Digest:
        """Return what the archive holds by now."""
        held = self.work.store.digest(day)
        assert held is not None
        return held

    def entry(self, day: date, wanted: Callable[[Entry], bool] = lambda _: True) -> Entry | None:
        """An entry of the date that nothing was planted in yet; it is busy from now on."""
        free = [e for e in self.digest(day).entries[1:-1] if e.id not in self.busy and wanted(e)]
        if not free:
            return None
        found = self.chance.choice(free)
        self.busy.add(found.id)
        return found

    def hold(self, digest: Digest) -> None:
        """Write this mailing to file and rows in place of the one that is held."""
        self.here.file(digest.day).unlink(missing_ok=True)
        row = self.work.store.mailing(digest.day)
        assert row is not None
        write_mailing(self.work, digest, Provenance(State.COMPLETE, row.source, row.evidence, row.response))

    def expect(self, day: date, code: str, paper: PaperId | None, where: str = "upstream") -> int:
        """Note what must be found; return 1, the number of differences planted."""
        self.expected[where].add((day, code, paper))
        return 1


Works = dict[PaperId, Work]


def _is_new(entry: Entry) -> bool:
    return entry.section is Section.NEW


def _is_cross(entry: Entry) -> bool:
    return entry.section is Section.CROSS


def _with(digest: Digest, entry: Entry) -> Digest:
    return replace(digest, entries=tuple(entry if e.id == entry.id else e for e in digest.entries))


def _sorted(digest: Digest, entries: Sequence[Entry]) -> Digest:
    new = sorted((e for e in entries if e.section is Section.NEW), key=lambda e: e.id, reverse=True)
    cross = sorted((e for e in entries if e.section is not Section.NEW), key=lambda e: e.id, reverse=True)
    return replace(digest, entries=(*new, *cross))


# In file and rows alike


def _title(garden: Garden, _works: Works) -> int:
    day = garden.day()
    if (entry := garden.entry(day)) is None:
        return 0
    garden.hold(_with(garden.digest(day), replace(entry, title=f"{entry.title} Considered")))
    return garden.expect(day, "title-changed", entry.id)


def _abstract(garden: Garden, _works: Works) -> int:
    day = garden.day()
    if (entry := garden.entry(day)) is None:
        return 0
    garden.hold(_with(garden.digest(day), replace(entry, abstract=f"In truth, {entry.abstract}")))
    return garden.expect(day, "abstract-changed", entry.id)


def _markup(garden: Garden, _works: Works) -> int:
    day = garden.day(near=True)  # the API, which reaches further, gives no line ends
    if (entry := garden.entry(day, lambda e: ". " in e.abstract and "<br>" not in e.abstract)) is None:
        return 0
    garden.hold(_with(garden.digest(day), replace(entry, abstract=entry.abstract.replace(". ", ". <br>", 1))))
    return garden.expect(day, "markup-only", entry.id)


def _lost(garden: Garden, _works: Works) -> int:
    day = garden.day()
    if (entry := garden.entry(day, _is_new)) is None:
        return 0
    held = garden.digest(day)
    garden.hold(replace(held, entries=tuple(e for e in held.entries if e.id != entry.id)))
    return garden.expect(day, "missing-local", entry.id)


def _invented(garden: Garden, works: Works) -> int:
    day = garden.day()
    paper = _free_id(garden, works, day)
    if paper is None or garden.is_disordered(day):
        return 0
    held = garden.digest(day)
    entry = Entry(paper, "An Invented Title", "No one wrote this.", Section.NEW, 1, Certainty.LISTED)
    garden.hold(_sorted(held, (*held.entries, entry)))
    return garden.expect(day, "missing-upstream", paper)


def _moved(garden: Garden, _works: Works) -> int:
    source, target = garden.day(), garden.day()
    if source == target or garden.is_disordered(target) or (entry := garden.entry(source, _is_new)) is None:
        return 0
    held, other = garden.digest(source), garden.digest(target)
    garden.hold(replace(held, entries=tuple(e for e in held.entries if e.id != entry.id)))
    garden.hold(_sorted(other, (*other.entries, entry)))
    return garden.expect(target, "wrong-day", entry.id)


def _section(garden: Garden, _works: Works) -> int:
    day = garden.day(near=True)
    held = garden.digest(day)
    new = [e for e in held.entries if e.section is Section.NEW]
    if len(new) < 3 or new[-1].id in garden.busy:
        return 0
    garden.busy.add(new[-1].id)
    garden.hold(_with(held, replace(new[-1], section=Section.CROSS)))
    return garden.expect(day, "section-changed", new[-1].id)


def _order(garden: Garden, _works: Works) -> int:
    day = garden.day(near=True)
    if garden.is_disordered(day):
        return 0
    one, other, *rest = garden.digest(day).entries
    if not garden.busy.isdisjoint((one.id, other.id)) or {one.section, other.section} != {Section.NEW}:
        return 0
    garden.busy.update((one.id, other.id))
    garden.hold(replace(garden.digest(day), entries=(other, one, *rest)))
    return garden.expect(day, "order-only", None)


# Upstream


def _free_id(garden: Garden, works: Works, day: date) -> PaperId | None:
    """An id inside the day's block that no paper has."""
    ids = sorted(e.id for e in garden.digest(day).entries if e.section is Section.NEW and e.id in works)
    for low, high in pairwise(ids[1:-1]):
        for number in range(int(low[5:]) + 1, int(high[5:])):
            paper = PaperId(f"{low[:5]}{number:05d}")
            if paper not in works and paper not in garden.busy and low[:4] == high[:4]:
                garden.busy.add(paper)
                return paper
    return None


def _unheard(garden: Garden, works: Works) -> int:
    day = garden.day()
    paper = _free_id(garden, works, day)
    if paper is None:
        return 0
    near = max(work.id for work in works.values() if work.id < paper and work.announced == day)
    version = works[near].editions[0].version
    edition = Edition(day, version, "A Title Never Heard Of", "An abstract that the archive never held.")
    works[paper] = Work(paper, (edition,), (Membership(OWN, day),))
    return garden.expect(day, "missing-local", paper)


def _retitled(garden: Garden, works: Works) -> int:
    day = garden.day()
    if (entry := garden.entry(day)) is None:
        return 0
    work = works[entry.id]
    first = replace(work.editions[0], title=f"{work.editions[0].title} Amended")
    works[entry.id] = replace(work, editions=(first, *work.editions[1:]))
    return garden.expect(day, "title-changed", entry.id)


def _revised(garden: Garden, works: Works, *, withdrawn: bool = False) -> int:
    day = garden.day(near=True)
    if (entry := garden.entry(day, _is_new)) is None:
        return 0
    work, last = works[entry.id], garden.history.days[-1]
    if day == last:
        return 0
    version = Version(2, datetime.combine(last - timedelta(days=1), datetime.min.time(), UTC), withdrawn)
    text = "This paper has been withdrawn." if withdrawn else "A second thought replaces the first."
    later = Edition(last, version, work.editions[0].title, text)
    works[entry.id] = replace(work, editions=(*work.editions, later))
    return garden.expect(day, "withdrawn" if withdrawn else "revised", entry.id)


def _withdrawn(garden: Garden, works: Works) -> int:
    return _revised(garden, works, withdrawn=True)


def _cross_gone(garden: Garden, works: Works) -> int:
    day = garden.day()
    return _gone(garden, works, day, _is_cross, "crosslist-removed")


def _new_gone(garden: Garden, works: Works) -> int:
    day = garden.day()
    return _gone(garden, works, day, _is_new, "missing-upstream")


def _gone(garden: Garden, works: Works, day: date, wanted: Callable[[Entry], bool], code: str) -> int:
    last = garden.history.days[-1]
    if day == last or (entry := garden.entry(day, wanted)) is None:
        return 0
    work = works[entry.id]
    members = tuple(replace(m, until=last) if m.category == OWN else m for m in work.memberships)
    works[entry.id] = replace(work, memberships=members)
    return garden.expect(day, code, entry.id)


def _cross_come(garden: Garden, works: Works) -> int:
    day = garden.day()
    ids = sorted(e.id for e in garden.digest(day).entries if e.section is Section.NEW)
    outside = [
        work
        for work in works.values()
        if work.announced == day and ids[0] < work.id < ids[-1] and all(m.category != OWN for m in work.memberships)
    ]
    free = [work for work in outside if work.id not in garden.busy]
    if not free:
        return 0
    work = garden.chance.choice(free)
    garden.busy.add(work.id)
    works[work.id] = replace(work, memberships=(*work.memberships, Membership(OWN, day)))
    return garden.expect(day, "crosslist-added", work.id)


# In files or rows alone: one to a date


def _file_day(garden: Garden) -> date | None:
    return garden.files.pop() if garden.files else None


def _file_missing(garden: Garden, _works: Works) -> int:
    if (day := _file_day(garden)) is None:
        return 0
    garden.here.file(day).unlink()
    return garden.expect(day, "file-missing", None, "files")


def _file_edited(garden: Garden, _works: Works) -> int:
    if (day := _file_day(garden)) is None or (entry := garden.entry(day)) is None:
        return 0
    path = garden.here.file(day)
    path.write_bytes(path.read_bytes().replace(entry.abstract.encode(), f"Edited: {entry.abstract}".encode(), 1))
    garden.expect(day, "file-edited", None, "files")
    return garden.expect(day, "abstract-changed", _first_with(garden, day, entry.abstract), "files")


def _first_with(garden: Garden, day: date, abstract: str) -> PaperId:
    return next(e.id for e in garden.digest(day).entries if e.abstract == abstract)


def _file_damaged(garden: Garden, _works: Works) -> int:
    if (day := _file_day(garden)) is None:
        return 0
    path = garden.here.file(day)
    path.write_bytes(path.read_bytes().replace(b"\n### 2.", b"\n\n### 2.", 1))
    return garden.expect(day, "file-damaged", None, "files")


def _file_duplicate(garden: Garden, _works: Works) -> int:
    if (day := _file_day(garden)) is None:
        return 0
    path = garden.here.file(day)
    lines = path.read_bytes().split(b"\n")
    again = [lines[1].replace(b"### 1.", f"### {len(lines) // 2}.".encode(), 1), lines[2]]
    path.write_bytes(b"\n".join([*lines[:-1], *again, b""]))
    garden.expect(day, "file-damaged", None, "files")
    return garden.expect(day, "duplicate", garden.digest(day).entries[0].id, "files")


def _row_missing(garden: Garden, _works: Works) -> int:
    if (day := _file_day(garden)) is None:
        return 0
    _sql(garden, "DELETE FROM entry WHERE day = ?", str(day))
    _sql(garden, "DELETE FROM mailing WHERE day = ?", str(day))
    garden.expect(day, "row-missing", None)
    return garden.expect(day, "row-missing", None, "files")


def _row_title(garden: Garden, _works: Works) -> int:
    if (day := _file_day(garden)) is None or (entry := garden.entry(day)) is None:
        return 0
    statement = set_text("title", "title || ' Damaged'", "day = ? AND paper_id = ?")
    _sql(garden, statement, str(day), entry.id)
    for where in garden.expected:
        garden.expect(day, "sql-damaged", None, where)
        garden.expect(day, "title-changed", entry.id, where)
    return 1


def _row_entry(garden: Garden, _works: Works) -> int:
    if (day := _file_day(garden)) is None or (entry := garden.entry(day, _is_new)) is None:
        return 0
    _sql(garden, "DELETE FROM entry WHERE day = ? AND paper_id = ?", str(day), entry.id)
    for where, code in (("upstream", "missing-local"), ("files", "missing-upstream")):
        garden.expect(day, "sql-damaged", None, where)
        garden.expect(day, code, entry.id, where)
    return 1


def _sql(garden: Garden, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(garden.here.folder / "syncd.db")) as connection, connection:
        connection.execute(statement, values)


KINDS: dict[str, Callable[[Garden, Works], int]] = {
    kind.__name__.strip("_"): kind
    for kind in (
        _title, _abstract, _markup, _lost, _invented, _moved, _section, _order,
        _unheard, _retitled, _revised, _withdrawn, _cross_gone, _new_gone, _cross_come,
        _file_missing, _file_edited, _file_damaged, _file_duplicate, _row_missing, _row_title, _row_entry,
    )
}  # fmt: skip
"""Every kind of plant; each gives 1 when it found a place, else 0."""
