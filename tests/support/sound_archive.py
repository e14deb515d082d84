"""A small archive that is held and sound: what the tests of checking, repairing and comparing do harm to.

It must not check anything itself.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from syncd.archive.files.folder_tree import ignore_step
from syncd.config import load
from syncd.core import digest as digests
from syncd.core.model import Certainty, Digest, Entry, PaperId, Section, State
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.reconcile.write import Provenance, write_mailing
from syncd.usecases.workspace import Access, open_workspace
from tests.support.digest_damage import SOUND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from syncd.archive.files.folder_tree import OnStep
    from syncd.config import Config
    from syncd.usecases.workspace import Workspace

DAY = date(2021, 4, 7)
"""The adopted day, whose file is the sound digest that `tests.support.digest_damage` harms."""
PLAIN = date(2021, 4, 6)
"""An adopted day whose sections are not known beyond its first paper."""
LISTED = date(2021, 4, 8)
"""A day that was taken from a listing: complete, with every section and version known."""
DAYS = (PLAIN, DAY, LISTED)
NOON = datetime(2021, 4, 8, 16, tzinfo=UTC)
"""Noon in New York on the newest day."""

CONFIG = """
[archive]
since = 2021-04-05
[upstream]
listing_url = "http://127.0.0.1:9"
contact = "a.author@example.org"
"""


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Held:
    """An archive in `folder`; `now` is the calendar clock, `later` what the real clock is ahead."""

    folder: Path
    now: datetime = NOON
    later: timedelta = timedelta(hours=1)
    overrides: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def open(self, access: Access = Access.READ, steps: OnStep = ignore_step) -> Iterator[Workspace]:
        """The archive, opened as a command does; its real clock is ahead, so that files just written count as old."""
        wall = lambda: datetime.now(UTC) + self.later  # noqa: E731  a clock
        work = open_workspace(self.config, lambda: self.now, access, wall=wall, steps=steps)
        try:
            yield work
        finally:
            work.close()

    @property
    def config(self) -> Config:
        """The configuration of the archive."""
        (self.folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        return load(self.folder / "config.toml", {}, self.overrides)

    @property
    def root(self) -> Path:
        """The folder of the digest files."""
        return self.folder / "archive"

    def file(self, day: date) -> Path:
        """Where the digest of a date stands."""
        return self.root / f"{day:%Y}" / f"{day}.md"

    def sql(self, *statements: str) -> None:
        """Change rows behind syncd's back, foreign keys off as a person's tool has them."""
        with closing(sqlite3.connect(self.folder / "syncd.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def snapshot(self) -> dict[str, bytes]:
        """Every byte of the archive: files by path, and the database as statements."""
        files = {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*.md")}
        with closing(sqlite3.connect(self.folder / "syncd.db")) as connection:
            return files | {"sql": "\n".join(connection.iterdump()).encode()}


def kill_at(name: str) -> OnStep:
    """An `OnStep` that ends the process behind the step of this name."""

    def kill(step: str) -> None:
        if step == name:
            raise Killed(step)

    return kill


def invented(day: date, papers: int = 3, *, crossed: int = 0, listed: bool = False) -> Digest:
    """A digest of invented papers, all ids of its own; sections are known when it is `listed`."""
    ids = [f"{day:%y%m}.{day.day:02}{number:03}" for number in range(papers + crossed)]
    order = [*reversed(ids[crossed:]), *reversed(ids[:crossed])]
    placed = Certainty.LISTED if listed else Certainty.ADOPTED

    def entry(at: int, paper: str) -> Entry:
        section = (Section.NEW if at < papers else Section.CROSS) if listed else None
        version = 1 if listed else None
        return Entry(PaperId(paper), f"A Plain Title {paper}", f"An invented text {paper}.", section, version, placed)

    return Digest(day, "cs.CV", tuple(entry(at, paper) for at, paper in enumerate(order)))


def held_digest(work: Workspace, day: date) -> Digest:
    """The digest of a date that must be held."""
    found = work.store.digest(day)
    assert found is not None
    return found


def copied(factory: pytest.TempPathFactory, folder: Path) -> Held:
    """The archive in `folder`, copied from one that is made once for all tests."""
    shutil.copytree(_template(factory.getbasetemp()), folder)
    return Held(folder)


@cache
def _template(basetemp: Path) -> Path:
    here = Held(basetemp / "held-template")
    source = here.folder / "source"
    source.mkdir(parents=True)
    (source / "one.md").write_bytes(SOUND)
    (source / "two.md").write_bytes(digests.render(invented(PLAIN)))
    with here.open(Access.REBUILD) as work:
        adopt(work, [source])
        how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
        write_mailing(work, invented(LISTED, 4, crossed=2, listed=True), how)
    return here.folder
