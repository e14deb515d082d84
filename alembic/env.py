"""Run the migrations on the connection that `syncd.archive.sql.database` passes in. It opens no connection."""

from __future__ import annotations

from alembic import context
from syncd.archive.sql import all_tables  # noqa: F401  each table enters the collection
from syncd.archive.sql.schema import METADATA
from syncd.archive.sql.schema_revision import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
