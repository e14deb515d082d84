from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql import database as db
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_sqlite_file_of_another_program_is_refused_and_unchanged(tmp_path: Path) -> None:
    file = tmp_path / "places.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE places (id INTEGER)")
    before = file.read_bytes()
    for create in (False, True):
        with pytest.raises(DatabaseError, match=r"another program made it, .* it holds 1 table, e\.g\. places"):
            db.open_database(f"sqlite:///{file}", create=create)
    with pytest.raises(DatabaseError, match="another program made it"):
        db.upgrade(f"sqlite:///{file}")
    assert file.read_bytes()[100:] == before[100:]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("places",)]


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_no_database_and_the_refusal_says_so(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "syncd.db")
    for create in (False, True):
        with pytest.raises(DatabaseError, match=r"not a regular file\. Move what stands there away") as refused:
            db.open_database(f"sqlite:///{tmp_path}/syncd.db", create=create)
        assert not refused.value.passing
