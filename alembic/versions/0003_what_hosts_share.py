"""The state that the daemons of all hosts share, the order of commits, and the folder for which each record was made."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Written here, not imported from the tables: those change later, this migration does not.
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("history", sa.Column("replica", sa.String(36), nullable=True))
    op.create_table(
        "memory",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_memory_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memory")),
    )
    op.create_table(
        "told",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "subject", name=op.f("pk_told")),
    )
    op.create_table(
        "note",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.CheckConstraint("event IN ('new', 'problem', 'recovered')", name=op.f("ck_note_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_table(
        "published",
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.CheckConstraint("ordinal >= 1", name=op.f("ck_published_ordinal")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_published_sha256_length")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_published")),
    )


def downgrade() -> None:
    for table in ("published", "note", "told", "memory"):
        op.drop_table(table)
    with op.batch_alter_table("history") as history:
        history.drop_column("replica")
