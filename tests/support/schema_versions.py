"""Older versions of the database schema, and the newest migration that there is."""

from __future__ import annotations

from contextlib import closing

from alembic.config import Config
from alembic.script import ScriptDirectory

from alembic import command
from syncd.archive.sql.database import find_migrations, open_database


def downgrade(url: str, revision: str) -> None:
    """Take the schema of a database back to `revision` (`base` for none), losing what the later ones hold."""
    with closing(open_database(url, create=False)) as database, database.write() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(find_migrations()))
        config.set_main_option("path_separator", "os")
        command.downgrade(config, revision)


def find_newest_migration() -> str | None:
    """Return the newest revision among the migration scripts."""
    return ScriptDirectory(str(find_migrations())).get_current_head()
