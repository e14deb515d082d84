"""`syncd run` as a command: what it refuses, and what it would do. The daemon itself is tested in tests/daemon."""

from __future__ import annotations

import signal
from multiprocessing import Pipe
from typing import TYPE_CHECKING

import pytest

from syncd.cli.main import exit_code_of
from syncd.daemon.worker import Mode, TurnReport, TurnRequest
from tests.support.daemon_process import todays_arxiv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with todays_arxiv(tmp_path):
        yield tmp_path


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """Give pytest its signal handlers back."""
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


def test_a_frozen_clock_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SYNCD_NOW", "2026-03-01T00:00:00Z")
    assert exit_code_of(["run"]) == 2
    assert "SYNCD_NOW cannot be used with syncd run" in capsys.readouterr().err


def test_a_dry_run_says_what_comes_next_and_makes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["run", "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("next poll ")
    assert printed.err == ""
    assert not (folder / "archive").exists()


def test_an_archive_in_a_file_has_no_other_folder_to_join(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(["run", "--join", "--dry-run"]) == 10
    assert exit_code_of(["run", "--join"]) == 10
    assert "Traceback" not in capsys.readouterr().err


def test_a_turn_is_made_for_the_daemon_at_the_other_end(folder: Path) -> None:
    from syncd.config import load

    ours, theirs = Pipe()
    ours.send(TurnRequest(load(folder / "config.toml", {}, {}), Mode.PREPARE))
    assert exit_code_of(["run", "--turn", str(theirs.fileno())]) == 0
    theirs._handle = None  # type: ignore[attr-defined]  # the command has closed it
    report = ours.recv()
    assert isinstance(report, TurnReport)
    assert report.is_prepared


def test_a_daemon_whose_work_cannot_be_started_ends_as_one_that_the_system_refuses(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.executable", str(folder))
    assert exit_code_of(["run"]) == 6
    assert "cannot be started: Permission denied" in capsys.readouterr().err
