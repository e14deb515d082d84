"""The request lock: one holder over all processes, and a queue that no one overtakes."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import lock_waits
from syncd.archive.sql import request_lock
from syncd.archive.sql.database import open_database
from syncd.archive.sql.ledger import SqlLedger
from syncd.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytest_plugins = ("tests.support.postgres_server",)


class StillWaitingError(Exception):
    """Raised by a sleep that must not happen."""


def wake(_: float) -> None:
    raise StillWaitingError


@pytest.fixture
def other(either: SqlLedger, url: str) -> Iterator[SqlLedger]:
    """Return the same ledger as another process sees it."""
    database = open_database(url, create=False)
    yield SqlLedger(database)
    database.close()


def test_request_lock_is_for_one_at_a_time(either: SqlLedger, other: SqlLedger) -> None:
    with either.hold_request_lock(wake):
        with pytest.raises(StillWaitingError), other.hold_request_lock(wake):
            pass
        with pytest.raises(StillWaitingError), either.hold_request_lock(wake):
            pass
    with other.hold_request_lock(wake):
        pass
    with either.hold_request_lock(wake):
        pass


def test_a_request_that_waits_names_the_holder_once(
    either: SqlLedger, other: SqlLedger, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lock_waits, "SILENT", timedelta(0))
    monkeypatch.setattr(request_lock, "_named", set())
    sleeps = list[float]()

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 3:
            raise StillWaitingError

    caplog.set_level("INFO", "syncd")
    with either.hold_request_lock(wake):
        for _ in range(2):
            sleeps.clear()
            with pytest.raises(StillWaitingError), other.hold_request_lock(sleep):
                pass
    ((_, _, said),) = caplog.record_tuples
    assert said.startswith("one request at a time is sent: waiting for ")
    assert f"process {os.getpid()} " in said
    assert f" on {socket.gethostname()}" in said


def test_request_lock_is_given_up_when_the_block_raises(either: SqlLedger) -> None:
    with pytest.raises(KeyError), either.hold_request_lock(wake):
        raise KeyError
    with either.hold_request_lock(wake):
        pass


def test_request_lock_is_the_same_by_every_path_of_the_database(tmp_path: Path, ledger: SqlLedger) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "syncd.db")
    linked = open_database(f"sqlite:///{tmp_path}/link.db", create=False)
    with ledger.hold_request_lock(wake), pytest.raises(StillWaitingError), SqlLedger(linked).hold_request_lock(wake):
        pass
    linked.close()


def test_request_lock_that_cannot_be_made_is_a_folder_error(tmp_path: Path, ledger: SqlLedger) -> None:
    (tmp_path / "syncd.db.slot").symlink_to("elsewhere")
    with pytest.raises(FolderError) as caught, ledger.hold_request_lock(wake):
        pass
    assert caught.value.path.endswith("syncd.db.slot")


def test_a_waiting_process_goes_before_the_one_that_comes_back(either: SqlLedger, other: SqlLedger) -> None:
    """The holder leaves while another process waits in the queue, and must not overtake it."""
    holding = either.hold_request_lock(wake)
    holding.__enter__()
    passed: list[str] = []

    def while_waiting(_: float) -> None:
        if passed:
            return
        holding.__exit__(None, None, None)
        with pytest.raises(StillWaitingError), either.hold_request_lock(wake):
            pass
        passed.append("refused")

    with other.hold_request_lock(while_waiting):
        passed.append("entered")
    assert passed == ["refused", "entered"]
