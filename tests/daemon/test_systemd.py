"""What the service says to systemd, and what systemd asks of it."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.daemon.systemd import SystemdNotifier, find_notifier, watchdog_limit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.bind(str(tmp_path / "notify"))
        made.settimeout(10)
        yield made


def test_every_message_is_one_datagram(tmp_path: Path, listener: socket.socket) -> None:
    notifier = find_notifier({"NOTIFY_SOCKET": str(tmp_path / "notify")})
    notifier.ready()
    notifier.status("two\nlines")
    notifier.alive()
    notifier.stopping()
    notifier.extend(timedelta(seconds=1.5))
    notifier.reloading()
    heard = [listener.recv(4096).decode() for _ in range(6)]
    assert heard[:5] == ["READY=1", "STATUS=two lines", "WATCHDOG=1", "STOPPING=1", "EXTEND_TIMEOUT_USEC=1500000"]
    assert heard[5].startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_an_at_sign_begins_an_abstract_address() -> None:
    name = f"syncd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{name}")
        listener.settimeout(10)
        find_notifier({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert listener.recv(4096) == b"READY=1"


def test_without_a_service_manager_or_after_its_end_nothing_happens(tmp_path: Path) -> None:
    assert find_notifier({}) == SystemdNotifier()
    SystemdNotifier().ready()
    SystemdNotifier(str(tmp_path / "gone")).ready()


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "8000000"}, timedelta(seconds=8)),
        ({"WATCHDOG_USEC": "8000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=8)),
        ({"WATCHDOG_USEC": "8000000", "WATCHDOG_PID": str(os.getpid() + 1)}, None),
        ({"WATCHDOG_USEC": "1"}, timedelta(microseconds=1)),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_is_for_this_process_alone(environ: dict[str, str], expected: timedelta | None) -> None:
    assert watchdog_limit(environ) == expected
