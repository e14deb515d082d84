"""Whatever several processes ask, whatever arXiv answers, and however often they are restarted: its rules are kept.

The clock is simulated. The server judges by the true time, also where the calendar clock is set back. A clock that is set ahead
is left out: then no clock knows how long ago the last request was.
"""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger import SqlLedger
from syncd.core.errors import UpstreamError
from syncd.web import PoliteClient
from tests.support import manual_clock
from tests.support.manual_clock import API, LISTING, OAI, Clock, never

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.archive.sql.database import Database

INTERVALS = {"listing.example": 15.0, "oai.example": 3.0, "api.example": 3.0}
LONGEST = 7 * 86_400
ANSWERS = st.sampled_from(
    [(200, None)] * 4 + [(500, None), (429, None), (503, 300), (503, 0), (406, None), (403, None)]
)
ACTIONS = st.one_of(
    st.tuples(st.just("ask"), st.integers(0, 2), st.sampled_from([LISTING, OAI, API]), ANSWERS, st.floats(0, 20)),
    st.tuples(st.just("pass"), st.floats(0, 700)),
    st.tuples(st.just("set back"), st.floats(0, 90_000)),
    st.tuples(st.just("restart"), st.integers(0, 2)),
    st.tuples(st.just("release")),
)


@dataclass
class Arxiv:
    """A server that knows arXiv's rules, and notes who breaks them."""

    clock: Clock
    answer: tuple[int, int | None] = (200, None)
    duration: float = 0.0
    is_forbidden: bool = False
    requests: int = 0
    ends: dict[float, float] = field(default_factory=dict)
    rests: dict[str, float] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)

    def handle(self, request: httpx.Request) -> httpx.Response:
        host, begin = request.url.host, self.clock.seconds
        interval = INTERVALS[host]
        if begin - self.ends.get(interval, -interval) < interval - 1e-6:
            self.violations.append(f"{host} asked {begin - self.ends[interval]} s after the last answer")
        if begin < self.rests.get(host, 0) - 1e-6:
            self.violations.append(f"{host} asked {self.rests[host] - begin} s before the end of its pause")
        if self.is_forbidden:
            self.violations.append(f"{host} asked after a 403")
        self.requests += 1
        self.clock.seconds += self.duration
        self.ends[interval] = self.clock.seconds
        status, pause = self.answer
        self.is_forbidden |= status == 403
        if status in {406, 429} or pause is not None:
            self.rests[host] = self.clock.seconds + (pause or 60)
        kind = "text/html" if host == "listing.example" else "text/xml"
        headers = {"Content-Type": kind} | ({} if pause is None else {"Retry-After": str(pause)})
        return httpx.Response(status, headers=headers, content=b"<p/>")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    file: Path = tmp_path_factory.mktemp("ledger") / "syncd.db"
    with closing(open_database(f"sqlite:///{file}", create=True)) as opened:
        yield opened


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(ACTIONS, min_size=5, max_size=30))
def test_no_schedule_breaks_a_rule_of_arxiv(database: Database, actions: list[tuple[object, ...]]) -> None:
    assert play(database, actions).violations == []


def test_the_server_notices_who_asks_too_early(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PoliteClient, "_wait_for_spacing", lambda _client, _rule: None)
    ask = ("ask", 0, LISTING, (200, None), 1.0)
    assert len(play(database, [ask, ask, ask]).violations) == 2


def play(database: Database, actions: list[tuple[object, ...]]) -> Arxiv:
    """Let three processes do this on an empty ledger."""
    with database.write() as connection:
        for table in ("syncd_request", "syncd_pool", "syncd_rest"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608  a table of the schema
    arxiv = Arxiv(Clock())
    clients = [make_client(database, arxiv) for _ in range(3)]
    for name, *values in actions:
        match name, values:
            case "ask", [int(number), str(url), tuple(answer), float(duration)]:
                arxiv.answer, arxiv.duration = answer, duration
                with suppress(UpstreamError):
                    clients[number].get(url, expect="html" if url == LISTING else "xml")
            case "pass", [float(seconds)]:
                arxiv.clock.seconds += seconds
            case "set back", [float(seconds)]:
                arxiv.clock.offset -= timedelta(seconds=seconds)
            case "restart", [int(number)]:
                clients[number] = make_client(database, arxiv)
            case "release", []:
                release(database, arxiv)
    return arxiv


def make_client(database: Database, arxiv: Arxiv) -> PoliteClient:
    """Return the client of a new process."""
    clock = arxiv.clock
    return PoliteClient(
        manual_clock.settings(),
        SqlLedger(database, clock=clock.now),
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        chance=lambda: 0.5,
        transport=httpx.MockTransport(arxiv.handle),
        start_timer=never,
    )


def release(database: Database, arxiv: Arxiv) -> None:
    """Let a person release all hosts."""
    ledger = SqlLedger(database, clock=arxiv.clock.now)
    for pause in ledger.list_pauses():
        ledger.release(pause.host)
    arxiv.is_forbidden = False
    arxiv.rests.clear()
