"""What all tables share: their collection, the names of their constraints, and the checks that several of them need.

It must not know a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, MetaData

if TYPE_CHECKING:
    from collections.abc import Iterable

# Alembic finds a constraint by its name, so each must have one on every database.
METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def check_one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    """Return the check that the column has one of these texts."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def check_at_least(column: str, least: int) -> CheckConstraint:
    """Return the check that the column has at least this number."""
    return CheckConstraint(f"{column} >= {least}", name=column)


def check_sha256(column: str) -> CheckConstraint:
    """Return the check that the column has the length of a hash in lower-case hex."""
    return CheckConstraint(f"length({column}) = 64", name=f"{column}_length")


def check_single_row() -> CheckConstraint:
    """Return the check that the table has one row."""
    return CheckConstraint("id = 1", name="single")
