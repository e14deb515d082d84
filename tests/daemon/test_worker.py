"""A turn in a process of its own, as the daemon sees it."""

from __future__ import annotations

import pickle
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from syncd.config import Config
from syncd.daemon.schedule import Job, NextJob
from syncd.daemon.state import DaemonState
from syncd.daemon.worker import JobResult, Mode, TurnFailed, TurnReport, TurnRequest, run_turn
from syncd.usecases.process import Limits, start_peer

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.usecases.process import StartPeer

REQUEST = TurnRequest(Config(), Mode.LEAD)
REPORT = TurnReport(DaemonState(), NextJob(Job.LOOK, datetime(2026, 7, 13, tzinfo=UTC)), jobs=(JobResult(Job.POLL),))
LIMITS = Limits(silence=timedelta(seconds=30))


def child(folder: Path, script: str) -> StartPeer:
    """Return what starts a process that runs this script with a `connection`, and with `report`, the bytes of a report."""
    (folder / "report").write_bytes(pickle.dumps(REPORT))
    begin = f"""
import os, pathlib, pickle, signal, sys, time
from multiprocessing.connection import Connection
connection = Connection(int(sys.argv[-1]))
report = pathlib.Path({str(folder / "report")!r}).read_bytes()
"""
    return partial(start_peer, [sys.executable, "-I", "-S", "-c", begin + script])


def test_it_is_given_the_request_and_gives_signs_of_life_and_a_report(tmp_path: Path) -> None:
    heard: list[str] = []
    script = """
pathlib.Path(__REQUEST__).write_bytes(connection.recv_bytes())
connection.send("polling")
connection.send("")
connection.send_bytes(report)
""".replace("__REQUEST__", repr(str(tmp_path / "request")))
    assert run_turn(child(tmp_path, script), REQUEST, heard.append, LIMITS) == REPORT
    assert heard == ["polling", ""]
    assert pickle.loads((tmp_path / "request").read_bytes()) == REQUEST  # noqa: S301  ours


def test_a_request_and_a_report_may_be_larger_than_a_pipe(tmp_path: Path) -> None:
    large = replace(REQUEST, config=replace(REQUEST.config, warnings=("x" * 2_000_000,)))
    script = "size = len(connection.recv_bytes()); connection.send('y' * size); connection.send_bytes(report)"
    heard: list[str] = []
    assert run_turn(child(tmp_path, script), large, heard.append, LIMITS) == REPORT
    assert len(heard[0]) > 2_000_000


@pytest.mark.parametrize(
    ("script", "code"), [("sys.exit(6)", 6), ("os.kill(os.getpid(), 9)", -9), ("connection.close(); sys.exit(7)", 7)]
)
def test_one_that_ends_without_a_report_has_failed(tmp_path: Path, script: str, code: int) -> None:
    with pytest.raises(TurnFailed, match=f"ended with {code}") as failed:
        run_turn(child(tmp_path, script), REQUEST, print, LIMITS)
    assert failed.value.code == code


def test_one_that_is_silent_for_too_long_is_killed(tmp_path: Path) -> None:
    silent = "signal.signal(15, signal.SIG_IGN); connection.send('polling'); time.sleep(600)"
    limits = Limits(silence=timedelta(seconds=0.4), grace=timedelta(seconds=0.05))
    with pytest.raises(TurnFailed, match=r"gave no sign of life for 0\.4 s and was killed") as failed:
        run_turn(child(tmp_path, silent), REQUEST, print, limits)
    assert failed.value.code == -9


def test_one_that_stops_in_the_middle_of_a_message_is_killed_too(tmp_path: Path) -> None:
    half = "os.write(connection.fileno(), b'\\0\\0\\1\\0half'); time.sleep(600)"
    limits = Limits(silence=timedelta(seconds=0.4), grace=timedelta(seconds=0.05))
    with pytest.raises(TurnFailed, match="no sign of life"):
        run_turn(child(tmp_path, half), REQUEST, print, limits)


def test_signs_of_life_keep_it_alive(tmp_path: Path) -> None:
    lively = """
for _ in range(8):
    connection.send("")
    time.sleep(0.1)
connection.send_bytes(report)
"""
    assert (
        run_turn(child(tmp_path, lively), REQUEST, lambda _doing: None, Limits(silence=timedelta(seconds=0.6)))
        == REPORT
    )


def test_asked_to_stop_it_may_come_to_a_safe_point_and_report(tmp_path: Path) -> None:
    heard: list[str] = []
    polite = """
signal.signal(15, lambda *_: (connection.send_bytes(report), sys.exit(0)))
connection.send("ready")
time.sleep(600)
"""
    limits = replace(LIMITS, ending=lambda: bool(heard))
    assert run_turn(child(tmp_path, polite), REQUEST, heard.append, limits) == REPORT


def test_one_that_reported_and_does_not_end_is_killed_and_its_report_counts(tmp_path: Path) -> None:
    limits = Limits(silence=timedelta(seconds=2), grace=timedelta(seconds=0.05))
    start = time.monotonic()
    assert run_turn(child(tmp_path, "connection.send_bytes(report); time.sleep(600)"), REQUEST, print, limits) == REPORT
    assert time.monotonic() - start < 30


def test_a_process_that_cannot_be_started_is_a_failed_turn(tmp_path: Path) -> None:
    with pytest.raises(TurnFailed, match=r"cannot be started: Permission denied") as caught:
        run_turn(partial(start_peer, [str(tmp_path)]), REQUEST, print, LIMITS)
    assert caught.value.code == 0
