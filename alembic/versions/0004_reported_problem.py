"""Rename the table `told`: it holds the problems that were reported to people, and is called `reported_problem` now."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A database made between the two names has the new table already, at revision 0003.
    if not sa.inspect(op.get_bind()).has_table("reported_problem"):
        _move("told", "reported_problem")


def downgrade() -> None:
    _move("reported_problem", "told")


def _move(old: str, new: str) -> None:
    """Create the table under its new name, with the rows of the old one. A rename would keep the old name of the key."""
    op.create_table(
        new,
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "subject", name=op.f(f"pk_{new}")),
    )
    # Two lists of columns: a column belongs to one table.
    source, target = (sa.table(name, *map(sa.column, ("code", "subject", "message", "help"))) for name in (old, new))
    op.execute(sa.insert(target).from_select(list(target.c), sa.select(source)))
    op.drop_table(old)
