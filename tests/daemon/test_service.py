"""The daemon as a real process on a loopback arXiv, watched through the socket that systemd would listen on."""

from __future__ import annotations

import base64
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING, cast
from urllib.request import urlopen

import pytest

from syncd.archive.files.locks import DAEMON_LOCK
from syncd.config import load
from syncd.core import mailing
from syncd.core.errors import DatabaseError
from syncd.core.health import Trouble
from syncd.core.mailing import newest_due
from syncd.daemon import state, turn
from syncd.daemon.events import Note
from syncd.daemon.leadership import Place
from syncd.daemon.messages import Errand, Figures, Kept, Mode, Report
from syncd.daemon.scheduler import Alarm
from syncd.daemon.service import Ways, serve
from syncd.daemon.signals import Orders
from syncd.daemon.state import Own
from syncd.daemon.worker import Hung, Turns
from syncd.rehearsal.server import Server, config_text
from tests.support.generated_history import grown_history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syncd.archive.sql.leader_lock import Leadership
    from syncd.config import Config

LONG = 60.0


@dataclass
class Daemon:
    """One `syncd run` and what it tells its service manager."""

    process: subprocess.Popen[str]
    ear: socket.socket
    heard: list[str] = field(default_factory=list)

    def hear(self, what: str) -> str:
        """Listen until something with these words is told."""
        while True:
            self.heard.append(self.ear.recv(4096).decode())
            if what in self.heard[-1]:
                return self.heard[-1]

    def end(self) -> str:
        """Ask it to end; what it logged."""
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=LONG)
        return log


@pytest.fixture
def arxiv(tmp_path: Path) -> Iterator[Server]:
    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=8), today + timedelta(days=3)
    history = grown_history(Random(2), since, until, 3, closed=mailing.calendar().missing)
    with Server(history, lambda: datetime.now(UTC)) as server:
        (tmp_path / "config.toml").write_text(config_text(server, str(tmp_path)), encoding="utf-8")
        yield server


def command(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "syncd", "-c", str(folder / "config.toml"), *arguments]
    return subprocess.run(
        line, check=False, capture_output=True, text=True, env=os.environ | environ, timeout=LONG, cwd=folder
    )


@contextmanager
def running(folder: Path, **environ: str) -> Iterator[Daemon]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(folder / "notify"))
        ear.settimeout(LONG)
        line = [sys.executable, "-m", "syncd", "-c", str(folder / "config.toml"), "run"]
        env = os.environ | {"NOTIFY_SOCKET": str(folder / "notify")} | environ
        with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=env, cwd=folder) as process:
            try:
                yield Daemon(process, ear)
            finally:
                if process.poll() is None:
                    process.kill()


def test_it_is_ready_fills_the_archive_and_ends_cleanly_when_told(tmp_path: Path, arxiv: Server) -> None:
    with running(tmp_path, WATCHDOG_USEC="8000000") as daemon:
        daemon.hear("READY=1")
        status = daemon.hear("STATUS=next poll")
        newest = newest_due(datetime.now(UTC), mailing.calendar())
        assert f"newest {newest} complete; no gaps" in status
        assert (tmp_path / "archive" / f"{newest:%Y}" / f"{newest}.md").is_file()
        daemon.hear("WATCHDOG=1")
        second = command(tmp_path, "run")
        assert second.returncode == 11
        assert f"process {daemon.process.pid} (syncd run)" in second.stderr
        assert "warning" not in daemon.end()
        assert daemon.process.returncode == 0
        daemon.hear("STOPPING=1")


def test_a_bad_configuration_is_said_and_the_old_one_kept(tmp_path: Path, arxiv: Server) -> None:
    with running(tmp_path) as daemon:
        daemon.hear("STATUS=next poll")
        file = tmp_path / "config.toml"
        good = file.read_text(encoding="utf-8")
        file.write_text(good + "\n[schedule]\npoll_evry = '5m'\n", encoding="utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        assert "MONOTONIC_USEC=" in daemon.hear("RELOADING=1")
        assert "poll_evry" in daemon.hear("STATUS=the configuration was not taken")
        daemon.hear("READY=1")
        file.write_text(good.replace('/archive"', '/elsewhere"'), encoding="utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hear("needs a restart")
        file.write_text(good + "\n[schedule]\npoll_every = '5m'\n", encoding="utf-8")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.hear("STATUS=next poll")
        assert "the configuration was read again" in daemon.end()
        assert daemon.process.returncode == 0


def test_killed_it_leaves_nothing_in_the_way_of_the_next_one(tmp_path: Path, arxiv: Server) -> None:
    with running(tmp_path) as daemon:
        daemon.hear("READY=1")
        daemon.process.kill()
        daemon.process.wait()
    (tmp_path / "notify").unlink()
    with running(tmp_path) as daemon:
        daemon.hear("no gaps")
        daemon.end()
    assert command(tmp_path, "check", "--full").returncode == 0


def test_metrics_and_health_are_served_by_a_small_process(tmp_path: Path, arxiv: Server) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path / "config.toml").open("a") as file:
        file.write(f'\n[metrics]\nlisten = "127.0.0.1:{port}"\ntextfile = "{tmp_path}/syncd.prom"\n')
    with running(tmp_path) as daemon:
        daemon.hear("STATUS=next poll")
        with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert (answer.status, answer.read()) == (200, b"well\n")
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            served = answer.read().decode()
        for line in ("syncd_well 1.0", "syncd_lag_mailings 0.0", 'syncd_work_total{result="done",work="poll"} 1.0'):
            assert line in served
        assert (tmp_path / "syncd.prom").read_text() == served
        told = Path(f"/proc/{daemon.process.pid}/status").read_text(encoding="utf-8")
        resident = next(int(line.split()[1]) for line in told.splitlines() if line.startswith("VmRSS"))
        assert resident < 55 * 1024
        daemon.end()


def test_a_frozen_clock_is_refused(tmp_path: Path, arxiv: Server) -> None:
    assert command(tmp_path, "run", SYNCD_NOW="2026-03-01T00:00:00Z").returncode == 2


def test_an_archive_whose_folder_vanished_is_not_begun_anew(tmp_path: Path, arxiv: Server) -> None:
    assert command(tmp_path, "sync").returncode == 0
    (tmp_path / "archive").rename(tmp_path / "gone")
    done = command(tmp_path, "run")
    assert done.returncode == 6
    assert "Traceback" not in done.stderr


def test_a_dry_run_says_what_comes_next_and_makes_nothing(tmp_path: Path, arxiv: Server) -> None:
    done = command(tmp_path, "run", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("next poll ")
    assert not (tmp_path / "archive").exists()


def test_the_memory_survives_a_restart_and_a_damaged_one_is_forgotten(tmp_path: Path) -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    trouble, note = Trouble("a", "b", "c"), Note("new", {"date": "2026-03-10", "papers": 3, "path": None})
    full = Own(now, now, (trouble,), (trouble,), (note,))
    state.save(tmp_path, full)
    assert state.load(tmp_path) == full
    for damage in (b"", b"{", b"[]", b'{"polled": 3}', json.dumps({"checked": "2026-03-10 00:00:00"}).encode()):
        (tmp_path / state.NAME).write_bytes(damage)
        assert state.load(tmp_path) == Own()


def hanging(folder: Path, times: int) -> list[str]:
    """A command that makes turns; after the first, so many of them never answer."""
    code = f"""
import os, pathlib, sys, time
from syncd.cli import main
count = pathlib.Path({str(folder / "count")!r})
made = int(count.read_text()) if count.exists() else 0
count.write_text(str(made + 1))
if 0 < made <= {times}:
    time.sleep(600)
sys.argv[1:] = ["-c", {str(folder / "config.toml")!r}, "run", "--errand"]
main()
"""
    return [sys.executable, "-c", code]


def test_a_turn_that_never_answers_is_killed_and_the_next_one_tells_it(tmp_path: Path, arxiv: Server) -> None:
    config = load(tmp_path / "config.toml", {}, {})
    lives: list[str] = []
    turns = Turns(hanging(tmp_path, 1), lives.append)
    kept = turns.make(Errand(config, Mode.PREPARE)).kept
    with pytest.raises(Hung, match="no sign of life"):
        turns.make(Errand(config, Mode.STEP, kept), timedelta(seconds=0.5))
    trouble = Trouble("turn", "", "a turn hung")
    report = turns.make(Errand(config, Mode.TELL, trouble=trouble))
    assert report.kept.own.told == (trouble,)
    assert state.load(config.archive.root).told == (trouble,)
    last = turns.make(Errand(config, Mode.STEP, report.kept))
    newest = newest_due(datetime.now(UTC), mailing.calendar())
    assert [doing for doing in lives if doing][:1] == [f"looking for the mailing of {newest}"]
    assert (last.kept.own.told, last.status.partition(" ")[0]) == ((), "next")


def test_it_ends_when_told_also_while_the_archive_is_being_opened(tmp_path: Path, arxiv: Server) -> None:
    (tmp_path / "count").write_text("1", encoding="utf-8")
    config, orders = load(tmp_path / "config.toml", {}, {}), Orders()
    told = Timer(0.3, orders.stop)
    told.start()
    serve(config, orders, Ways(hanging(tmp_path, 1), lambda: config, {}))
    assert not (tmp_path / "archive" / DAEMON_LOCK).exists()
    told.join()


@dataclass
class Leader:
    """The place of one host among several, as the server would keep it: asked for by `holding`, given up by `leaving`."""

    holding: Callable[[], bool]
    leaving: Callable[[], None] = lambda: None

    def hold(self) -> bool:
        return self.holding()

    def changes(self) -> tuple[int, int]:
        return 0, 0

    def close(self) -> None:
        self.leaving()

    def place(self, _config: Config) -> Place:
        return Place(cast("Leadership", self))


def scripted(folder: Path, report: Report, script: str = "") -> list[str]:
    """A command whose every turn comes to this report; `script` is what it does before it tells."""
    (folder / "report").write_bytes(base64.b64encode(pickle.dumps(report)) + b"\n")
    return ["sh", "-c", f"cat >/dev/null; cd {folder}; {script}\ncat report"]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "archive").mkdir()
    (tmp_path / "config.toml").write_text("", encoding="utf-8")
    return load(tmp_path / "config.toml", {}, {})


QUIET = Report(datetime.max.replace(tzinfo=UTC), "next poll never", Kept(), Figures())


def test_a_leader_that_cannot_work_lets_another_lead(tmp_path: Path, config: Config) -> None:
    orders, heard = Orders(), list[str]()

    def hold() -> bool:
        heard.append("hold")
        return True

    def leave() -> None:
        heard.append("leave")
        orders.stop()

    ways = Ways(scripted(tmp_path, replace(QUIET, unfit=True)), lambda: config, {}, Leader(hold, leave).place)
    serve(config, orders, ways)
    assert heard[:2] == ["hold", "leave"]


def test_a_server_that_hangs_does_not_keep_the_daemon_from_ending(tmp_path: Path, config: Config) -> None:
    orders, go_on, left = Orders(), Event(), list[int]()

    def hang() -> bool:
        orders.stop()
        return go_on.wait(LONG) and False

    def leave(code: int) -> None:
        left.append(code)
        go_on.set()

    serve(config, orders, Ways(scripted(tmp_path, QUIET), lambda: config, {}, Leader(hang).place, 0.1, leave))
    assert left == [0]


def test_a_configuration_read_again_during_a_turn_is_followed_as_soon_as_that_has_ended(
    tmp_path: Path, config: Config
) -> None:
    os.mkfifo(tmp_path / "third")
    script = """echo >>turns; case $(wc -l <turns) in
2) while [ ! -e read ]; do sleep 0.05; done ;;
3) echo >third ;;
esac"""
    orders = Orders()

    def read() -> Config:
        (tmp_path / "read").touch()
        return config

    def end_after_the_third() -> None:
        (tmp_path / "third").read_text()
        orders.stop()

    first = Timer(0.3, orders.read_again)
    first.start()
    Thread(target=end_after_the_third, daemon=True).start()
    serve(config, orders, Ways(scripted(tmp_path, QUIET, script), read, {}))
    first.join()
    assert (tmp_path / "turns").read_text() == "\n" * 3


def prepared(url: str, folder: Path) -> Report:
    (folder / "config.toml").write_text(f'[database]\nurl = "{url}"\n', encoding="utf-8")
    config = load(folder / "config.toml", {}, {})
    return turn.do(Errand(config, Mode.PREPARE), lambda _progress: None, Event())


def test_a_database_that_does_not_answer_while_the_archive_is_opened_is_tried_again(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    (tmp_path / "archive").mkdir()
    report = prepared("postgresql+psycopg://nobody@127.0.0.1:1/none", tmp_path)
    assert not report.prepared
    assert [trouble.code for trouble in report.kept.own.told] == ["database"]


def test_a_damaged_database_needs_a_person(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "damaged.db").write_bytes(b"no database " * 1000)
    with pytest.raises(DatabaseError, match="not a database"):
        prepared(f"sqlite:///{tmp_path}/damaged.db", tmp_path)


def test_a_long_turn_neither_keeps_the_daemon_from_ending_nor_the_alarm_from_being_set() -> None:
    begun, go_on = Event(), Event()

    def turn() -> None:
        begun.set()
        go_on.wait(LONG)

    alarm = Alarm(turn)
    alarm.start()
    try:
        alarm.now()
        assert begun.wait(LONG)
        alarm.now()
        alarm.evenings(time(20), mailing.NEW_YORK)
        alarm.evenings(time(21), mailing.NEW_YORK)
        alarm.stop()
    finally:
        go_on.set()


def test_an_order_is_heard_whenever_it_comes() -> None:
    orders = Orders()
    orders.read_again()
    orders.wait(LONG)
    orders.stop()
    orders.rest(LONG)
    assert (orders.ending, orders.reload) == (True, True)


@pytest.mark.root
def test_a_read_only_folder_is_told_of_and_the_service_is_there_when_it_is_writable_again(
    tmp_path: Path, arxiv: Server
) -> None:
    root = tmp_path / "archive"
    assert command(tmp_path, "sync").returncode == 0
    (root / DAEMON_LOCK).touch()
    mount = ["mount", "--bind", str(root), str(root)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    with (tmp_path / "config.toml").open("a") as file:
        file.write(f"\n[hooks]\non_problem = [\"sh -c 'echo $SYNCD_CODE >> {tmp_path}/told'\"]\n")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(root)], check=True)
        with running(tmp_path) as daemon:
            daemon.hear("READY=1")
            assert str(root) in daemon.hear("STATUS=next")
            subprocess.run(["mount", "-o", "remount,bind,rw", str(root)], check=True)
            daemon.process.send_signal(signal.SIGHUP)
            daemon.hear("no gaps")
            daemon.end()
    finally:
        subprocess.run(["umount", str(root)], check=True)
    assert (tmp_path / "told").read_text() == "folder\n"
