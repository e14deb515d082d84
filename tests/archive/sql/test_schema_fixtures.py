"""Databases of older revisions: each is upgraded, also after a kill in the middle, and keeps every row."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from syncd.archive.sql import database as db
from syncd.archive.sql import full_text, schema_revision
from syncd.archive.sql.store import Store
from tests.support.forked_processes import forks
from tests.support.schema_fixtures import list_revisions, make_database, read_rows
from tests.support.unreleased_database import make_unreleased, read_old_rows

pytest_plugins = ("tests.support.postgres_server",)
OLD: dict[str, Any] = {revision: (make_database, partial(read_rows, revision)) for revision in list_revisions()} | {
    "0004": (make_unreleased, read_old_rows)
}
"""What makes a database of each revision, and its rows. The last one is from before the first release."""


def test_every_revision_has_a_fixture() -> None:
    scripts = ScriptDirectory(str(db.find_migrations())).walk_revisions()
    assert list_revisions() == sorted(script.revision for script in scripts), "see CONTRIBUTING: Change the schema"


def test_a_fixture_has_rows_in_every_table_of_its_revision(new_url: str) -> None:
    for revision in list_revisions()[-1:]:
        make_database(new_url, revision)
        engine = sa.create_engine(new_url)
        held, built = (
            sa.inspect(engine).get_table_names(),
            ("syncd_search", "syncd_author_search", schema_revision.VERSION_TABLE),
        )
        engine.dispose()
        assert {name for name in held if not name.startswith(built)} == set(read_rows(revision))
        assert all(read_rows(revision).values())


@pytest.mark.parametrize("revision", OLD)
def test_an_upgrade_that_was_killed_before_its_end_is_finished_by_the_next(new_url: str, revision: str) -> None:
    make, read = OLD[revision]
    make(new_url, revision)
    before = db.get_revision(new_url)
    killed = forks().Process(target=_upgrade_and_die, args=(new_url,))
    killed.start()
    killed.join()
    assert killed.exitcode == -signal.SIGKILL
    assert db.get_revision(new_url) == before
    assert db.upgrade(new_url) == (before, schema_revision.HEAD)
    assert db.compare_schema(new_url) == ()
    _check_rows(new_url, read())


def _upgrade_and_die(url: str) -> None:
    """Upgrade, and be killed when all was done and nothing is committed."""
    sa.event.listen(sa.Engine, "commit", lambda _connection: os.kill(os.getpid(), signal.SIGKILL))
    db.upgrade(url)


def _check_rows(url: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    with closing(db.open_database(url, create=False)) as database:
        held = Store(database, "").mailings()
        assert {str(day): row.sha256 for day, row in held.items()} == {
            row["day"]: row["sha256"] for row in rows["mailing"]
        }
        assert Store(database, "").counts().entries == len(rows["entry"])
        with database.read() as connection:
            assert full_text.count_unindexed(connection) == 0
