"""A small archive and its loopback arXiv, asked without a socket: what the tests of the use cases live in."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.archive.files.folder_tree import ignore_step
from syncd.config import load
from syncd.core.errors import CoolingDown, Unavailable, Unexpected
from syncd.core.mailing import announced_at
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server, config_text
from syncd.usecases.ingest.upstream_client import ListingClient
from syncd.usecases.workspace import Access, open_workspace
from syncd.web import Response
from tests.support.empty_database import empty_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.archive.files.folder_tree import OnStep
    from syncd.rehearsal.history import History
    from syncd.usecases.workspace import Workspace


@dataclass
class World:
    """One archive in `folder` and the arXiv it asks; `now` is the calendar clock of both.

    Responses come by the real time, and `later` than it.
    """

    folder: Path
    now: datetime
    server: Server
    asked: list[str] = field(default_factory=list)
    overrides: dict[str, str] = field(default_factory=dict)
    later: timedelta = timedelta(0)

    def get(self, url: str, *, expect: str) -> Response:
        """Upstream's answer, made in this process; statuses are translated as the door to the network does."""
        target = url.removeprefix(self.server.url)
        self.asked.append(target)
        reply, _ = self.server.answer(target, (), len(target))
        if reply.status in {429, 503}:
            raise CoolingDown(url=url, host="loopback", until=self.now)
        if reply.status >= 500 or reply.reset_at is not None or reply.missing:
            raise Unavailable("broken off", url=url)
        if reply.status != 200 or not reply.kind.startswith("text/html" if expect == "html" else ""):
            raise Unexpected("refused", url=url, status=reply.status)
        return Response(url, 200, (("content-type", reply.kind),), reply.body, datetime.now(UTC) + self.later)

    @property
    def upstream(self) -> ListingClient:
        """The listing pages of this world."""
        return ListingClient(self, self.server.url, "cs.CV")

    def configure(self) -> None:
        """Write the configuration."""
        (self.folder / "config.toml").write_text(config_text(self.server, str(self.folder)), encoding="utf-8")

    @contextmanager
    def open(self, access: Access = Access.CREATE, steps: OnStep = ignore_step) -> Iterator[Workspace]:
        """Open the archive as a command does; a new one gets tables that were made before."""
        self.configure()
        config = load(self.folder / "config.toml", {}, self.overrides)
        file, is_new = self.folder / "syncd.db", access is Access.CREATE and not config.archive.root.exists()
        if is_new and "database.url" not in self.overrides and not file.exists():
            file.write_bytes(empty_database())
        work = open_workspace(config, lambda: self.now, access, steps=steps)
        try:
            yield work
        finally:
            work.close()

    def sql(self, *statements: str) -> None:
        """Change the rows behind the archive's back."""
        with closing(sqlite3.connect(self.folder / "syncd.db")) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def file(self, day: date) -> Path:
        """Where the digest of a date stands."""
        return self.folder / "archive" / f"{day:%Y}" / f"{day}.md"


def evening(day: date) -> datetime:
    """A quarter of an hour after the mailing of this listing date was announced."""
    return announced_at(day).replace(minute=15)


def noon(day: date) -> datetime:
    """Noon in New York on a listing date: the mailing is out, and its catchup page is given."""
    return datetime(day.year, day.month, day.day, 16, 0, tzinfo=UTC)


@contextmanager
def world(folder: Path, now: datetime, history: History | None = None) -> Iterator[World]:
    """A world whose clock stands at `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(history or small_history(), lambda: made.now)
    made = World(folder, now, server)
    try:
        yield made
    finally:
        server._listener.server_close()
