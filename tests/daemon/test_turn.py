"""One turn by the real clock, in this process: the archive opened, what is due done, hooks run, the report made."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from threading import Event
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.host_state import STATE_FILE
from syncd.archive.files.locks import DAEMON_LOCK, daemon_lock
from syncd.archive.sql import database, leader_lock
from syncd.config import load
from syncd.core import mailing
from syncd.core.errors import ArchiveGuard, DatabaseError
from syncd.core.mailing import newest_due
from syncd.core.troubles import HookEvent, Trouble
from syncd.daemon import state
from syncd.daemon.schedule import Job
from syncd.daemon.turn import SignsOfLife, _ask_seldom, make_turn, serve
from syncd.daemon.worker import Mode, TurnReport, TurnRequest
from syncd.usecases.progress import Progress, RunControl
from tests.support.daemon_process import todays_arxiv
from tests.support.daemon_turns import keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.config import Config
    from syncd.daemon.state import DaemonState


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with todays_arxiv(tmp_path):
        yield load(tmp_path / "config.toml", {}, {})


def make(config: Config, mode: Mode, known: DaemonState | None = None, trouble: Trouble | None = None) -> TurnReport:
    return make_turn(TurnRequest(config, mode, known, is_measured=True, trouble=trouble), RunControl())


def test_a_first_turn_prepares_the_archive_and_the_second_fills_it(tmp_path: Path, config: Config) -> None:
    said: list[str] = []
    first = make(config, Mode.PREPARE)
    assert (first.is_prepared, first.status) == (True, "ready")
    control = RunControl(report=lambda progress: said.append(progress.doing))
    report = make_turn(TurnRequest(config, Mode.LEAD, first.state, is_measured=True), control)
    newest = newest_due(datetime.now(UTC), mailing.calendar())
    assert next(filter(None, said)) == f"looking for the mailing of {newest}"
    assert report.status.startswith("next poll ")
    assert f"newest {newest} complete; no gaps" in report.status
    assert report.new
    assert report.database_bytes > 0
    assert report.folder_bytes > 0
    assert sum(report.requests.values()) >= len(report.new)
    assert report.state.checked_all == state.load(config.archive.root).checked_all is not None


def test_a_turn_is_measured_only_where_that_is_asked_for(config: Config) -> None:
    make(config, Mode.PREPARE)
    report = make_turn(TurnRequest(config, Mode.FOLLOW), RunControl())
    assert (report.database_bytes, report.requests) == (0, {})
    assert report.status.startswith("standing by, another host leads")


def test_a_leader_waits_while_the_turn_of_its_predecessor_is_under_way(config: Config) -> None:
    make(config, Mode.PREPARE)
    with closing(database.open_database(config.database.url, create=False)) as opened, leader_lock.sole_turn(opened):
        before = datetime.now(UTC)
        report = make(config, Mode.LEAD)
    assert not report.new
    assert (report.next.job, report.should_yield) == (Job.LOOK, False)
    assert timedelta(seconds=4) < report.next.at - before < timedelta(seconds=30)


def test_a_trouble_of_the_daemon_is_saved_and_over_with_the_next_turn(tmp_path: Path, config: Config) -> None:
    make(config, Mode.PREPARE)
    killed = Trouble("turn", "", "a turn was killed")
    report = make(config, Mode.REPORT, trouble=killed)
    assert report.state.announced == state.load(config.archive.root).announced == (killed,)
    assert report.status.endswith("a turn was killed")
    last = make(config, Mode.LEAD, report.state)
    assert (keys(last.over), last.state.announced) == (["turn"], ())


def test_hooks_are_run_once_for_each_event_and_not_when_syncd_is_stopping(tmp_path: Path, config: Config) -> None:
    heard = tmp_path / "heard"
    hook = f"sh -c 'echo $SYNCD_EVENT $SYNCD_CODE >> {heard}'"
    config = replace(config, hooks=replace(config.hooks, on_problem=(hook,), on_recovered=(hook,)))
    make(config, Mode.PREPARE)
    stopping = RunControl()
    stopping.cancel.set()
    request = TurnRequest(config, Mode.REPORT, trouble=Trouble("turn", "", "killed"))
    report = make_turn(request, stopping)
    assert report.state.pending_events == (HookEvent("problem", Trouble("turn", "", "killed")),)
    assert not heard.exists()
    last = make(config, Mode.FOLLOW, report.state)
    assert last.state.pending_events == ()
    assert heard.read_text() == "problem turn\nrecovered turn\n"


@pytest.fixture
def unreachable(tmp_path: Path) -> Config:
    pytest.importorskip("psycopg")
    (tmp_path / "archive").mkdir()
    text = '[database]\nurl = "postgresql+psycopg://unknown@127.0.0.1:1/none"\n'
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "config.toml", {}, {})


@pytest.mark.parametrize("mode", [Mode.PREPARE, Mode.LEAD, Mode.FOLLOW])
def test_a_database_that_does_not_answer_is_tried_again(unreachable: Config, mode: Mode) -> None:
    report = make(unreachable, mode)
    assert (report.is_prepared, report.should_yield, report.view) == (False, True, None)
    assert [trouble.code for trouble in report.state.announced] == ["database"]
    assert "next try" in report.status


def test_a_damaged_database_needs_a_person(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "damaged.db").write_bytes(b"no database " * 1000)
    (tmp_path / "config.toml").write_text(f'[database]\nurl = "sqlite:///{tmp_path}/damaged.db"\n', encoding="utf-8")
    with pytest.raises(DatabaseError, match="not a database"):
        make(load(tmp_path / "config.toml", {}, {}), Mode.PREPARE)


def test_an_archive_whose_folder_vanished_is_not_begun_anew(tmp_path: Path, config: Config) -> None:
    make(config, Mode.PREPARE)
    make(config, Mode.LEAD)
    (tmp_path / "archive").rename(tmp_path / "gone")
    with pytest.raises(ArchiveGuard):
        make(config, Mode.PREPARE)


@pytest.mark.root
def test_a_read_only_folder_is_announced_once_and_forgotten_when_it_is_writable_again(
    tmp_path: Path, config: Config
) -> None:
    root, heard = config.archive.root, tmp_path / "heard"
    make(config, Mode.PREPARE)
    make(config, Mode.LEAD)
    (root / STATE_FILE).unlink()
    (root / DAEMON_LOCK).touch()
    if subprocess.run(["mount", "--bind", str(root), str(root)], check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    config = replace(config, hooks=replace(config.hooks, on_problem=(f"sh -c 'echo $SYNCD_CODE >> {heard}'",)))
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(root)], check=True)
        prepared = make(config, Mode.PREPARE)
        assert prepared.is_prepared
        with daemon_lock(root, holder="this test"):
            refused = make(config, Mode.LEAD, prepared.state)
        assert (str(root) in refused.status, refused.should_yield) == (True, True)
        subprocess.run(["mount", "-o", "remount,bind,rw", str(root)], check=True)
        report = make(config, Mode.LEAD, refused.state)
        assert ("no gaps" in report.status, report.open) == (True, ())
    finally:
        subprocess.run(["umount", str(root)], check=True)
    assert heard.read_text() == "folder\n"


def test_signs_of_life_are_sent_once_a_second_and_at_once_when_something_else_is_done() -> None:
    ours, theirs = Pipe()
    signs = SignsOfLife(theirs, Event())
    for doing in ("polling", "polling", "", "checking"):
        signs.send(Progress(doing))
    signs.last -= 1.0
    signs.send(Progress(""))
    assert [ours.recv() for _ in range(3)] == ["polling", "checking", ""]
    assert not ours.poll()


def test_a_daemon_that_is_gone_ends_the_turn(config: Config) -> None:
    ours, theirs = Pipe()
    ours.close()
    end = Event()
    SignsOfLife(theirs, end).send(Progress("polling"))
    assert end.is_set()
    assert serve(theirs, end, print) == 0


def test_a_request_is_served_and_its_log_begun_first(config: Config) -> None:
    ours, theirs = Pipe()
    begun: list[TurnRequest] = []
    request = TurnRequest(config, Mode.PREPARE)
    ours.send(request)
    assert serve(theirs, Event(), begun.append) == 0
    assert begun == [request]
    with suppress(EOFError):
        messages = [ours.recv()]
        while ours.poll():
            messages.append(ours.recv())
    assert isinstance(messages[-1], TurnReport)


def test_whether_a_host_leads_is_asked_seldom() -> None:
    answers = iter([True, False])
    ask = _ask_seldom(lambda: next(answers))
    assert [ask(), ask(), ask()] == [True, True, True]


def test_a_turn_that_asks_nothing_does_not_load_the_library_of_the_network() -> None:
    code = "import sys, syncd.daemon.turn; sys.exit('httpx' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
