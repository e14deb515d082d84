"""The daemon as a real process: ready, reloaded, killed, stopped; idle it is small, and metrics can be read."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from syncd.config import load
from syncd.core import mailing
from syncd.core.mailing import newest_due
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.workspace import Access, open_workspace
from tests.support.daemon_process import DaemonProcess, running_daemon, todays_arxiv

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    found = tmp_path_factory.mktemp("daemon")
    with todays_arxiv(found):
        yield found


@pytest.fixture(scope="module")
def first_status(daemon: DaemonProcess) -> str:
    """What the daemon says after its first turn."""
    return daemon.hear("STATUS=next poll")


@pytest.fixture(scope="module")
def daemon(folder: Path) -> Iterator[DaemonProcess]:
    """One daemon for all tests of this module; the last of them stops it."""
    with running_daemon(folder, WATCHDOG_USEC="8000000") as started:
        started.hear("READY=1")
        yield started


def resident_kilobytes(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def test_it_fills_the_archive_and_answers_its_watchdog(folder: Path, daemon: DaemonProcess, first_status: str) -> None:
    newest = newest_due(datetime.now(UTC), mailing.calendar())
    assert f"newest {newest} complete; no gaps" in first_status
    assert (folder / "archive" / f"{newest:%Y}" / f"{newest}.md").is_file()
    daemon.hear("WATCHDOG=1")


def test_idle_it_is_small_and_has_not_loaded_the_database(daemon: DaemonProcess, first_status: str) -> None:
    assert resident_kilobytes(daemon.process.pid) <= 40 * 1024
    loaded = Path(f"/proc/{daemon.process.pid}/maps").read_text(encoding="utf-8")
    assert "_sqlite3" not in loaded
    assert "sqlalchemy" not in loaded


def test_a_bad_configuration_is_reported_and_the_old_one_kept(
    folder: Path, daemon: DaemonProcess, first_status: str
) -> None:
    good = (folder / "config.toml").read_text(encoding="utf-8")
    daemon.reload(good + "\n[schedule]\npoll_evry = '5m'\n")
    assert "MONOTONIC_USEC=" in daemon.hear("RELOADING=1")
    assert "poll_evry" in daemon.hear("STATUS=the new configuration was rejected")
    daemon.hear("READY=1")
    daemon.reload(good.replace('/archive"', '/elsewhere"'))
    daemon.hear("needs a restart")
    daemon.reload(good + "\n[schedule]\npoll_every = '5m'\n")
    daemon.hear("STATUS=next poll")
    (folder / "config.toml").write_text(good, encoding="utf-8")


def test_asked_to_stop_it_ends_cleanly_within_seconds(daemon: DaemonProcess, first_status: str) -> None:
    begin = time.monotonic()
    log = daemon.stop()
    assert time.monotonic() - begin < 5
    assert daemon.process.returncode == 0
    assert "warning" not in log
    assert "the configuration was reloaded" in log
    daemon.hear("STOPPING=1")


def test_killed_it_leaves_nothing_in_the_way_of_the_next_one_and_metrics_tell_of_that(
    tmp_path: Path,
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with todays_arxiv(tmp_path):
        with (tmp_path / "config.toml").open("a") as file:
            file.write(f'\n[metrics]\nlisten = "127.0.0.1:{port}"\ntextfile = "{tmp_path}/syncd.prom"\n')
        with running_daemon(tmp_path) as daemon:
            daemon.hear("READY=1")
            daemon.process.kill()
            daemon.process.wait()
        with running_daemon(tmp_path) as daemon:
            daemon.hear("no gaps")
            with urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
                assert (answer.status, answer.read()) == (200, b"well\n")
            with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                served = answer.read().decode()
            assert resident_kilobytes(daemon.process.pid) < 55 * 1024
        assert (tmp_path / "syncd.prom").read_text() == served
        archive = f'archive="{tmp_path / "archive"}",category="cs.CV"'
        for line in (
            f"syncd_well{{{archive}}} 1.0",
            f"syncd_lag_mailings{{{archive}}} 0.0",
            f'syncd_work_total{{{archive},result="done",work="check-all"}} 1.0',
        ):
            assert line in served
        config = load(tmp_path / "config.toml", {}, {})
        work = open_workspace(config, lambda: datetime.now(UTC), Access.READ)
        try:
            assert check(work, Scope(full=True)).problems == ()
        finally:
            work.close()
