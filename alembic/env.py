"""Run the migrations on the connection that `syncd.archive.sql.database` passes in. It opens no connection."""

from __future__ import annotations

from alembic import context
from syncd.archive.sql.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
