"""`syncd serve`: what it refuses, and that it answers until it is ended."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
from typing import TYPE_CHECKING
from urllib.request import urlopen

from syncd.serve.page_server import describe_address, open_socket

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.support.command_line import Shell


def test_without_the_extra_it_names_the_extra(held: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "uvicorn" else find(name))
    ended = held("serve")
    assert ended.code == 2
    assert "uvicorn missing" in ended.err
    assert "pip install 'syncd[web]'" in ended.err


def test_an_address_that_is_none_is_refused(held: Shell) -> None:
    assert held("serve", "--listen", "8080").code == 2


def test_without_an_archive_there_is_nothing_to_show(syncd: Shell) -> None:
    assert syncd("serve", "--listen", "127.0.0.1:0").code == 10
    assert not (syncd.folder / "syncd.db").exists()


def test_an_address_in_use_is_refused(held: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = held("serve", "--listen", f"127.0.0.1:{other.getsockname()[1]}")
    assert ended.code == 2
    assert "cannot listen there" in ended.err


def test_a_socket_of_systemd_is_taken_and_only_by_the_process_it_is_for(tmp_path: Path) -> None:
    with open_socket(("127.0.0.1", 0), {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid() + 1)}) as own:
        assert describe_address(own).startswith("http://127.0.0.1:")
    assert tmp_path.exists()


def test_it_answers_until_it_is_ended_and_changes_nothing(held: Shell) -> None:
    way = str(held.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(way)
        manager.settimeout(60)
        held.environment.setenv("NOTIFY_SOCKET", way)
        process = held.process("serve", "--listen", "127.0.0.1:0")
        try:
            assert manager.recv(4096) == b"READY=1"
            status = manager.recv(4096).decode()
            with urlopen(f"{status.removeprefix('STATUS=serving ')}2026-07-01.json", timeout=30) as response:  # noqa: S310  a loopback address
                assert b'"command": "show"' in response.read()
            process.send_signal(signal.SIGTERM)
            assert manager.recv(4096) == b"STOPPING=1"
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.communicate()
