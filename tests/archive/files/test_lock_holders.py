"""Who holds a lock: the note that the holder wrote, and the kernel's table where the note is another process's."""

from __future__ import annotations

import fcntl
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files import lock_holders

if TYPE_CHECKING:
    from collections.abc import Iterator

SINCE = datetime(2026, 8, 7, 20, 0, 3, tzinfo=UTC)


@pytest.fixture
def lock_file(tmp_path: Path) -> Iterator[int]:
    """Return a lock file that this process has opened."""
    file = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    yield file
    os.close(file)


def test_a_holder_is_described_by_process_command_host_and_time() -> None:
    words = lock_holders.describe_holder("syncd run", SINCE)
    assert words == f"process {os.getpid()} (syncd run) on {socket.gethostname()}, since 2026-08-07 20:00:03 UTC"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "syncd"),
        (["/opt/syncd/bin/syncd", "-c", "/etc/x.toml", "sync"], "syncd -c /etc/x.toml sync"),
        (["/opt/bin/python3.11", "/opt/bin/syncd", "run"], "syncd run"),
        (["/opt/syncd/__main__.py", "run", "--turn", "27"], "syncd run --turn 27"),
        (["syncd", "search", "a" * 100], f"syncd search {'a' * 67}"),
    ],
)
def test_a_command_is_named_without_its_folder_and_interpreter(arguments: list[str], named: str) -> None:
    assert lock_holders.describe_command(arguments) == named


def test_the_note_names_the_holder(lock_file: int) -> None:
    fcntl.flock(lock_file, fcntl.LOCK_EX)
    lock_holders.write_note(lock_file, lock_holders.describe_holder("syncd sync", SINCE))
    assert lock_holders.read_note(lock_file) == lock_holders.describe_holder("syncd sync", SINCE)


def test_a_note_that_another_process_left_is_not_believed(lock_file: int, tmp_path: Path) -> None:
    lock_holders.write_note(lock_file, "process 1 (syncd backfill) on other, since 2020-01-01 00:00:00 UTC")
    fcntl.flock(lock_file, fcntl.LOCK_EX)
    assert lock_holders.read_note(lock_file).startswith(f"process {os.getpid()} (")
    assert lock_holders.find_holder(tmp_path / "missing", tmp_path / "lock").startswith(f"process {os.getpid()} (")


@pytest.mark.parametrize("table", ["", "1: FLOCK ADVISORY\n", "1: FLOCK ADVISORY WRITE 0 {name} 0 EOF\n"])
def test_where_the_kernel_names_no_process_the_note_is_believed(
    lock_file: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    found = os.fstat(lock_file)
    name = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    (tmp_path / "table").write_text(table.format(name=name))
    monkeypatch.setattr(lock_holders, "_TABLE", tmp_path / "table")
    assert lock_holders.read_note(lock_file) == "another process"
    lock_holders.write_note(lock_file, "process 4711 (syncd run) on \x1b[2Jnas, since then")
    assert lock_holders.read_note(lock_file) == "process 4711 (syncd run) on [2Jnas, since then"
    assert lock_holders.find_holder(tmp_path / "lock") == "another process"


def test_a_host_without_a_table_of_locks_names_no_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock_holders, "_TABLE", tmp_path / "missing")
    assert lock_holders.find_holder(Path(__file__)) == "another process"
