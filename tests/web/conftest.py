"""The scripted web of each test of the client, over a database that is made once."""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import respx

from syncd.archive.sql.database import open_database
from tests.support.manual_clock import Clock
from tests.support.scripted_web import ScriptedWeb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("ledger") / "empty.db"
    open_database(f"sqlite:///{file}", create=True).close()
    return file


@pytest.fixture
def web(empty_ledger: Path, tmp_path: Path) -> Iterator[ScriptedWeb]:
    file = tmp_path / "syncd.db"
    shutil.copyfile(empty_ledger, file)
    with closing(ScriptedWeb(file, Clock(), respx.Router())) as made:
        yield made
