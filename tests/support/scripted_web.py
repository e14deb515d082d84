"""Everything a polite client needs, with responses written by the test: a real ledger, a manual clock, routes by URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger import SqlLedger
from syncd.web import PoliteClient, Response
from tests.support.manual_clock import LISTING, never, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    import respx

    from syncd.archive.sql.database import Database
    from tests.support.manual_clock import Clock


class Chunks(httpx.SyncByteStream):
    """A body in pieces. Each takes `pause` seconds of the clock, and a broken one ends in a reset connection."""

    def __init__(self, *pieces: bytes, clock: Clock | None = None, pause: float = 0, broken: bool = False) -> None:
        self._pieces, self._clock, self._pause, self._broken = pieces, clock, pause, broken
        self.taken = 0
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if self._clock is not None:
                self._clock.seconds += self._pause
            self.taken += 1
            yield piece
        if self._broken:
            raise httpx.ReadError("reset by peer")

    def close(self) -> None:
        self.closed = True


@dataclass
class ScriptedWeb:
    """The ledger, clock and routes of a client. A route that was not written raises when it is asked for."""

    file: Path
    clock: Clock
    router: respx.Router
    opened: list[Database] = field(default_factory=list)

    def open(self) -> Database:
        """Return the database as another process would open it. `close` closes it."""
        self.opened.append(open_database(f"sqlite:///{self.file}", create=False))
        return self.opened[-1]

    def close(self) -> None:
        """Close everything that was opened."""
        for database in self.opened:
            database.close()

    def ledger(self) -> SqlLedger:
        """Return the ledger as another process would open it."""
        return SqlLedger(self.open(), clock=self.clock.now)

    def client(self, sleep: Callable[[float], None] | None = None, chance: float = 0.5, **changes: Any) -> PoliteClient:
        """Return a client as another process would make it, its settings changed by `changes`."""
        return PoliteClient(
            settings(**changes),
            self.ledger(),
            now=self.clock.now,
            monotonic=self.clock.monotonic,
            sleep=sleep or self.clock.sleep,
            chance=lambda: chance,
            transport=httpx.MockTransport(self.router.handler),
            start_timer=never,
        )

    def answer(self, url: str, *answers: httpx.Response | Exception | type[Exception]) -> respx.Route:
        """Let the next requests for `url` have these responses, in this order."""
        return self.router.get(url).mock(side_effect=list(answers))

    def get(self, url: str = LISTING, expect: str = "html", **changes: Any) -> Response:
        """Ask for `url` with a client of its own."""
        with self.client(**changes) as client:
            return client.get(url, expect=expect)

    def log(self) -> list[tuple[str, int | None, str]]:
        """Return what the ledger says was sent: URL, status, outcome."""
        with self.open().read() as connection:
            rows = connection.exec_driver_sql("SELECT url, status, outcome FROM syncd_request ORDER BY id")
            return [(row.url, row.status, row.outcome) for row in rows]


def page(text: str = "<p>page</p>", status: int = 200, **headers: str) -> httpx.Response:
    """Return a page of HTML. An underscore in the name of a header stands for a hyphen."""
    return httpx.Response(status, html=text, headers={name.replace("_", "-"): value for name, value in headers.items()})


def feed(content_type: str = "application/xml") -> httpx.Response:
    """Return an empty feed."""
    return httpx.Response(200, content=b"<feed/>", headers={"Content-Type": content_type})


def stream_response(body: Chunks, status: int = 200, **headers: str) -> httpx.Response:
    """Return a response of HTML with this body. An underscore in the name of a header stands for a hyphen."""
    fields = {"Content-Type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=fields, stream=body)
