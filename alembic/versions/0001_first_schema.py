"""The first schema. Each database has its own text, as people read it there: comments, and the index of the full-text search."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Each table comes after those to which it refers.
TABLES = (
    "author", "category", "mailing", "paper_text", "syncd_accepted", "syncd_acknowledged",
    "syncd_archive", "syncd_event", "syncd_finding", "syncd_harvest", "syncd_harvested_page", "syncd_history",
    "syncd_memory", "syncd_pool", "syncd_published", "syncd_replica", "syncd_reported_problem",
    "syncd_request", "syncd_rest", "paper", "syncd_replica_file", "entry",
    "paper_author", "paper_category", "sighting", "version",
)  # fmt: skip


VIEWS = (
    "papers", "papers_per_day", "papers_per_month", "authors", "revisions", "withdrawn", "differences", "coverage", "requests",
)  # fmt: skip


def upgrade() -> None:
    connection = op.get_bind()
    for name in (f"0001_{connection.dialect.name}.sql", f"0001_{connection.dialect.name}_views.sql"):
        text = Path(__file__).with_name(name).read_text(encoding="utf-8")
        # A blank line ends a statement, as a semicolon may be inside one. Without parameters, a per cent sign means itself.
        for statement in text.strip().split(";\n\n"):
            connection.exec_driver_sql(statement.rstrip().removesuffix(";"), execution_options={"no_parameters": True})


def downgrade() -> None:
    for view in VIEWS:
        op.execute(f"DROP VIEW {view}")
    op.execute("DROP TABLE syncd_search")
    op.execute("DROP VIEW syncd_entry_text")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE syncd_author_search")
    for table in reversed(TABLES):
        op.execute(f"DROP TABLE {table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION syncd_in_title(tsquery)")
        op.execute("DROP FUNCTION syncd_fold(text)")
        op.execute("DROP TEXT SEARCH CONFIGURATION syncd")
        op.execute("DROP TEXT SEARCH DICTIONARY syncd")
