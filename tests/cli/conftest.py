"""The fixtures of the command line: a loopback arXiv, an empty archive and one with four mailings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syncd.rehearsal.history import small_history
from syncd.rehearsal.server import Server
from syncd.usecases.ingest import sync
from tests.support.command_line import DAYS, Shell
from tests.support.made_once import copy_made
from tests.support.small_archive import noon, world

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
    copy_made(_sync, syncd.folder)
    syncd.set_up(server, noon(DAYS[3]))
    return syncd


def _sync(folder: Path) -> None:
    with world(folder, noon(DAYS[3])) as made, made.open() as work:
        sync.sync(work, made.upstream)
