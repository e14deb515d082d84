"""The fixtures of the command line: a loopback arXiv, an empty archive and one with four mailings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from tests.support.command_line import DAYS, Shell
from tests.support.small_archive import noon
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(small_history(), lambda: noon(DAYS[3])) as made:
        yield made


@pytest.fixture
def syncd(tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    shell = Shell(tmp_path, capsys, monkeypatch)
    shell.set_up(server, noon(DAYS[3]))
    return shell


@pytest.fixture
def held(syncd: Shell, server: Server) -> Shell:
    """An archive with four mailings. No command has asked this arXiv yet."""
    copy_synced(syncd.folder, noon(DAYS[3]))
    syncd.set_up(server, noon(DAYS[3]))
    return syncd
