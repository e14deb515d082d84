"""Each row of the table of upstream faults ends as it says, with the real client, for a command and for the daemon."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.ledger import SqlLedger
from syncd.core.model import State
from syncd.daemon.schedule import Job
from syncd.daemon.state import DaemonState
from syncd.rehearsal.fault_scenario import rehearse_faults
from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from syncd.rehearsal.upstream_faults import (
    INTERFACE_FAULTS,
    OLDER,
    TRIES,
    UPSTREAM_FAULTS,
    NextAttempt,
    UpstreamFault,
)
from syncd.usecases import upstream
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import make_listing_client, settings_of
from syncd.web import PoliteClient
from syncd.web.policy import MAX_TRIES
from tests.support.command_line import DAYS, Shell
from tests.support.daemon_turns import TurnMaker
from tests.support.forked_processes import ForkedCommand
from tests.support.small_archive import World, evening, noon
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

NOW = evening(DAYS[4])
PAGE = "/list/*"
QUICK = [row for row in UPSTREAM_FAULTS if not row.slow]
KINDS = list({(row.code, row.state, row.next_attempt): row for row in reversed(QUICK)}.values())
"""One row of each kind."""


@pytest.fixture(scope="module")
def arxiv() -> Iterator[Server]:
    with Server(small_history(), lambda: NOW) as made:
        yield made


@pytest.fixture
def server(arxiv: Server) -> Iterator[Server]:
    arxiv.forget()
    yield arxiv
    arxiv.faults.clear()


def do_not_wait(_seconds: float) -> None:
    pass


@pytest.fixture
def syncd(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An archive that lacks the mailing of this evening. Its commands do not wait between two tries."""
    copy_synced(tmp_path, noon(DAYS[3]))
    shell = Shell(tmp_path, capsys, monkeypatch)
    shell.set_up(server, NOW)
    monkeypatch.setattr(RunControl, "wait", lambda _control, _seconds: None)
    return shell


@pytest.fixture
def empty(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An archive that holds nothing yet. Its commands do not wait between two tries."""
    shell = Shell(tmp_path, capsys, monkeypatch)
    shell.set_up(server, NOW)
    monkeypatch.setattr(RunControl, "wait", lambda _control, _seconds: None)
    return shell


def run(syncd: Shell, server: Server, row: UpstreamFault) -> None:
    server.faults.add(row.fault.on(row.interface.path, times=row.fault.times))
    ended = syncd(*row.interface.arguments, "--json")
    error = ended.json.get("error", {"code": "", "message": ""})
    assert (ended.code, error["code"]) == (row.exit_code, row.code)
    assert row.message in error["message"]
    assert "Traceback" not in ended.err
    assert server.count_requests() == row.requests


def read_state(syncd: Shell, day: date = DAYS[4]) -> State:
    """Return what is recorded of a date. Nothing is recorded of one that is pending."""
    recorded = "SELECT state FROM syncd_finding WHERE day = :day UNION SELECT state FROM mailing WHERE day = :day"
    with closing(sqlite3.connect(syncd.folder / "syncd.db")) as connection:
        found = connection.execute(recorded, {"day": str(day)}).fetchone()
    return State(found[0]) if found else State.PENDING


@pytest.mark.parametrize("row", QUICK, ids=[row.name for row in QUICK])
def test_a_sync_ends_as_the_table_says(syncd: Shell, server: Server, row: UpstreamFault) -> None:
    run(syncd, server, row)
    assert read_state(syncd) is row.state


@pytest.mark.parametrize("row", INTERFACE_FAULTS, ids=[row.name for row in INTERFACE_FAULTS])
def test_a_command_that_asks_another_interface_ends_as_the_table_says_and_the_next_attempt_completes_the_day(
    empty: Shell, server: Server, row: UpstreamFault
) -> None:
    run(empty, server, row)
    assert read_state(empty, OLDER) is row.state
    server.faults.clear()
    if row.next_attempt in {NextAttempt.PERSON, NextAttempt.AFTER_PAUSE}:
        assert empty("requests", "--release", server.url.removeprefix("http://")).code == 0
    assert empty(*row.interface.arguments).code == 0
    assert (empty.folder / "archive" / "2026" / f"{OLDER}.md").is_file()


@pytest.mark.parametrize("row", KINDS, ids=[row.name for row in KINDS])
def test_the_next_attempt_completes_the_day(syncd: Shell, server: Server, row: UpstreamFault) -> None:
    run(syncd, server, row)
    server.faults.clear()
    again = syncd("sync", "--json")
    if row.next_attempt is not NextAttempt.NEXT_RUN:
        assert (again.code, server.count_requests()) == (4, row.requests)
        assert syncd("requests", "--release", again.json["error"]["message"].split()[0]).code == 0
        again = syncd("sync", "--json")
    assert (again.code, server.count_requests()) == (0, row.requests + 1)
    assert (syncd.folder / "archive" / "2026" / f"{DAYS[4]}.md").is_file()


@contextmanager
def ask(world: World, work: Workspace) -> Iterator[ListingClient]:
    """The real client, whose clock is the calendar's."""
    ledger = SqlLedger(work.database, clock=lambda: world.now)
    client = PoliteClient(settings_of(work.config), ledger, now=lambda: world.now, sleep=do_not_wait)
    with client as web:
        yield make_listing_client(work, web)


@pytest.mark.parametrize("row", KINDS, ids=[row.name for row in KINDS])
def test_the_daemon_asks_again_when_the_table_says(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, row: UpstreamFault
) -> None:
    copy_synced(tmp_path, noon(DAYS[3]))
    here = World(tmp_path, NOW, server, overrides={"schedule.recheck": "false"})
    monkeypatch.setattr(upstream, "SqlLedger", partial(SqlLedger, clock=lambda: here.now))
    server.faults.add(row.fault.on(PAGE, times=row.fault.times))
    with here.open() as work:
        known = DaemonState(checked=NOW, checked_all=NOW)
        report = TurnMaker(here, work, known, open_upstream=partial(ask, here)).lead()
        poll_every = work.config.schedule.poll_every
    assert server.count_requests() == row.requests
    if row.next_attempt is NextAttempt.PERSON:
        assert report.next.job is Job.LOOK
    else:
        assert (report.next.job, report.next.at) == (Job.POLL, NOW + max(row.pause or poll_every, poll_every))


def test_the_table_knows_how_often_a_request_is_tried() -> None:
    assert TRIES == MAX_TRIES
    rows = (*UPSTREAM_FAULTS, *INTERFACE_FAULTS)
    assert len({row.name for row in rows}) == len(rows)


@pytest.mark.slow
@pytest.mark.skipif("SYNCD_LONG" not in os.environ, reason="an answer of 15 s; SYNCD_LONG=1 asks for it")
@pytest.mark.parametrize("row", [row for row in UPSTREAM_FAULTS if row.slow], ids=lambda row: row.name)
def test_a_slow_answer_ends_as_the_table_says(syncd: Shell, server: Server, row: UpstreamFault) -> None:
    run(syncd, server, row)


def test_the_rehearsal_of_faults_ends_as_the_table_says(tmp_path: Path) -> None:
    lines: list[str] = []
    rows = [row for row in KINDS if row.name in {"rate-exceeded", "halved"}]
    _, steps = rehearse_faults(lines.append, tmp_path / "faults", ForkedCommand, rows=rows)
    assert [step for step in steps if step.exit_code != step.expected] == [], "\n".join(lines)
    assert [step.exit_code for step in steps] == [0, 3, 4, 4, 0, 0, 0]
