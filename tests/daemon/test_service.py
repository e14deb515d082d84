"""The daemon's two threads and the turns they make, with turns that only answer what the test wants."""

from __future__ import annotations

import os
import pickle
import socket
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, cast

import pytest

from syncd.archive.files.locks import DAEMON_LOCK, daemon_lock
from syncd.config import load
from syncd.core.errors import FolderError, Locked
from syncd.core.troubles import Trouble
from syncd.daemon.leadership import Leadership
from syncd.daemon.schedule import Job, NextJob
from syncd.daemon.service import ServiceSetup, serve
from syncd.daemon.signals import SignalRequests
from syncd.daemon.state import DaemonState
from syncd.daemon.worker import Mode, TurnFailed, TurnReport, TurnRequest
from syncd.usecases.process import start_peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syncd.archive.sql.leader_lock import LeaderLock
    from syncd.config import Config
    from syncd.usecases.process import StartPeer

LONG = 60.0
NEVER = datetime.max.replace(tzinfo=UTC)
QUIET = TurnReport(DaemonState(), NextJob(Job.LOOK, NEVER), status="next poll never")

CHILD = """
import pathlib, signal, sys, time
from multiprocessing.connection import Connection

folder, connection = pathlib.Path({folder!r}), Connection(int(sys.argv[-1]))
number = len(list(folder.glob("request*"))) + 1
(folder / f"request{{number}}").write_bytes(connection.recv_bytes())
{script}
connection.send_bytes((folder / "report").read_bytes())
"""


def scripted(folder: Path, report: TurnReport = QUIET, script: str = "") -> StartPeer:
    """Return what starts a turn that comes to this report; `script` is what it does first, knowing its `number`."""
    (folder / "report").write_bytes(pickle.dumps(report))
    return partial(start_peer, [sys.executable, "-I", "-S", "-c", CHILD.format(folder=str(folder), script=script)])


def requests(folder: Path) -> list[TurnRequest]:
    """Return what was asked of the turns so far."""
    count = len(list(folder.glob("request*")))
    return [pickle.loads((folder / f"request{n}").read_bytes()) for n in range(1, count + 1)]  # noqa: S301  ours


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "archive").mkdir()
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    return load(tmp_path / "config.toml", {}, {})


@dataclass
class ScriptedLock:
    """The leader's lock as a server would keep it: asked for by `holding`, given up by `leaving`."""

    holding: Callable[[], bool]
    leaving: Callable[[], None] = lambda: None

    def hold(self) -> bool:
        return self.holding()

    def touch(self) -> None:
        """Say nothing."""

    def count_changes(self) -> tuple[int, int]:
        return 0, 0

    def close(self) -> None:
        self.leaving()

    def find(self, _config: Config) -> Leadership:
        return Leadership(cast("LeaderLock", self))


def stop_when(signals: SignalRequests, happened: Callable[[], bool]) -> Thread:
    """Ask for the end once this has happened."""

    def watch() -> None:
        while not happened():
            Event().wait(0.02)
        signals.request_stop()

    watching = Thread(target=watch, daemon=True)
    watching.start()
    return watching


def test_asked_to_stop_while_the_archive_is_being_opened_it_ends_and_takes_no_lock(
    tmp_path: Path, config: Config
) -> None:
    signals = SignalRequests()
    stopping = stop_when(signals, (tmp_path / "request1").exists)
    serve(config, signals, ServiceSetup(scripted(tmp_path, script="time.sleep(600)"), lambda: config, {}))
    stopping.join()
    assert not (tmp_path / "archive" / DAEMON_LOCK).exists()


def test_an_archive_that_cannot_be_prepared_ends_the_daemon_with_the_code_of_its_turn(
    tmp_path: Path, config: Config
) -> None:
    with pytest.raises(TurnFailed) as failed:
        serve(config, SignalRequests(), ServiceSetup(scripted(tmp_path, script="sys.exit(6)"), lambda: config, {}))
    assert failed.value.code == 6


def test_a_second_daemon_is_refused_with_the_name_of_the_first(tmp_path: Path, config: Config) -> None:
    held, done, holder = Event(), Event(), f"process {os.getpid()} (syncd run)"

    def hold() -> None:
        with daemon_lock(config.archive.root, holder=holder):
            held.set()
            done.wait(LONG)

    first = Thread(target=hold, daemon=True)
    first.start()
    held.wait(LONG)
    with pytest.raises(Locked) as refused:
        serve(config, SignalRequests(), ServiceSetup(scripted(tmp_path), lambda: config, {}))
    assert refused.value.holder == holder
    done.set()
    first.join()


def test_a_killed_turn_is_reported_by_another_one_that_begins_with_what_was_saved(
    tmp_path: Path, config: Config
) -> None:
    signals = SignalRequests()
    stopping = stop_when(signals, (tmp_path / "request3").exists)
    script = "import os\nif number == 2: os.kill(os.getpid(), 9)"
    serve(config, signals, ServiceSetup(scripted(tmp_path, script=script), lambda: config, {}))
    stopping.join()
    asked = requests(tmp_path)
    assert [request.mode for request in asked] == [Mode.PREPARE, Mode.LEAD, Mode.REPORT]
    assert [request.state for request in asked] == [None, QUIET.state, None]
    message = "a turn of the daemon ended with -9; another is made soon"
    assert asked[2].trouble == Trouble("turn", "", message, "journalctl -u syncd")


def test_a_turn_that_ends_with_an_error_of_its_own_ends_the_daemon(tmp_path: Path, config: Config) -> None:
    script = "if number == 2: sys.exit(70)"
    with pytest.raises(TurnFailed) as failed:
        serve(config, SignalRequests(), ServiceSetup(scripted(tmp_path, script=script), lambda: config, {}))
    assert failed.value.code == 70


def test_a_turn_that_does_not_stop_in_time_is_killed_and_that_is_logged(
    tmp_path: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    signals = SignalRequests()
    script = (
        "if number == 2:\n    signal.signal(15, signal.SIG_IGN)\n    (folder / 'deaf').touch()\n    time.sleep(600)"
    )
    stopping = stop_when(signals, (tmp_path / "deaf").exists)
    setup = ServiceSetup(scripted(tmp_path, script=script), lambda: config, {}, shutdown_grace=0.1)
    serve(config, signals, setup)
    stopping.join()
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == [
        "the turn under way was killed; nothing of it is half done"
    ]


def test_a_leader_that_cannot_work_lets_another_lead(tmp_path: Path, config: Config) -> None:
    signals, heard = SignalRequests(), list[str]()

    def hold() -> bool:
        heard.append("hold")
        return True

    def leave() -> None:
        heard.append("leave")
        signals.request_stop()

    command = scripted(tmp_path, replace(QUIET, should_yield=True))
    serve(config, signals, ServiceSetup(command, lambda: config, {}, ScriptedLock(hold, leave).find))
    assert heard[:2] == ["hold", "leave"]


def test_the_only_host_leads_on_even_if_it_cannot_work(
    tmp_path: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    signals = SignalRequests()
    stopping = stop_when(signals, lambda: "next poll never" in caplog.text)
    caplog.set_level("INFO")
    command = scripted(tmp_path, replace(QUIET, should_yield=True))
    serve(config, signals, ServiceSetup(command, lambda: config, {}))
    stopping.join()
    assert "another host may lead" not in caplog.text


def test_a_port_that_is_taken_is_a_warning_and_the_archive_is_kept(
    tmp_path: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    signals = SignalRequests()
    stopping = stop_when(signals, (tmp_path / "request1").exists)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        watched = replace(config, metrics=replace(config.metrics, listen=taken.getsockname()))
        serve(watched, signals, ServiceSetup(scripted(tmp_path), lambda: watched, {}))
    stopping.join()
    assert "metrics.listen" in caplog.text
    assert "not served until a restart" in caplog.text


def test_a_server_that_hangs_does_not_keep_the_daemon_from_ending(tmp_path: Path, config: Config) -> None:
    signals, go_on, left = SignalRequests(), Event(), list[int]()

    def hang() -> bool:
        signals.request_stop()
        return go_on.wait(LONG) and False

    def leave(code: int) -> None:
        left.append(code)
        go_on.set()

    serve(config, signals, ServiceSetup(scripted(tmp_path), lambda: config, {}, ScriptedLock(hang).find, 0.1, leave))
    assert left == [0]


def test_a_configuration_read_again_during_a_turn_is_followed_as_soon_as_that_has_ended(
    tmp_path: Path, config: Config
) -> None:
    signals = SignalRequests()
    script = "while number == 2 and not (folder / 'read').exists(): time.sleep(0.02)"

    def read() -> Config:
        (tmp_path / "read").touch()
        return replace(config, schedule=replace(config.schedule, poll_every=timedelta(minutes=5)))

    def reload_during_the_second() -> None:
        while not (tmp_path / "request2").exists():
            Event().wait(0.02)
        signals.request_reload()

    Thread(target=reload_during_the_second, daemon=True).start()
    stopping = stop_when(signals, (tmp_path / "request3").exists)
    serve(config, signals, ServiceSetup(scripted(tmp_path, script=script), read, {}))
    stopping.join()
    periods = [request.config.schedule.poll_every for request in requests(tmp_path)[:3]]
    assert periods == [timedelta(minutes=15), timedelta(minutes=15), timedelta(minutes=5)]


def test_a_configuration_that_the_disk_does_not_give_for_now_leaves_the_old_one_in_use(
    tmp_path: Path, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    signals = SignalRequests()

    def fail() -> Config:
        raise FolderError("Input/output error", path="/etc/syncd/config.toml", passing=True)

    signals.request_reload()
    stopping = stop_when(signals, lambda: "rejected" in caplog.text)
    serve(config, signals, ServiceSetup(scripted(tmp_path), fail, {}))
    stopping.join()
    assert "the new configuration was rejected: /etc/syncd/config.toml Input/output error" in caplog.text
