"""The types of columns that SQLite and PostgreSQL would store in different ways.

It must not know the tables.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import BigInteger, DateTime, Integer, String, Text, and_, not_, type_coerce
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database gives to each new row."""

# Ids are sorted as strings are, byte by byte. The collation of a PostgreSQL server may sort them in another way.
PAPER_ID = String(32).with_variant(String(32, collation="C"), "postgresql")


Kinds: TypeAlias = "Sequence[type | tuple[type, ...]]"
"""The types that the values of a row may have, column by column."""


def replace_odd_values(row: Sequence[object], kinds: Kinds) -> Sequence[Any]:
    """Return a row as it is, or, where a value is of another type, which SQLite stores in any column, with what stands for it.

    That is a text that shows it in a column of texts, else None where None may be. Else it is a TypeError. The check compares the
    row itself with its hash. More values than kinds are left as they are.
    """
    if all(map(isinstance, row, kinds)):
        return row
    odd = [_replace_odd(value, kind) for value, kind in zip(row, kinds, strict=False)]
    return [*odd, *row[len(odd) :]]


def _replace_odd(value: object, kind: type | tuple[type, ...]) -> object:
    if isinstance(value, kind):
        return value
    if kind is str:
        return f"{value!r:.200}"
    if isinstance(None, kind):
        return None
    raise TypeError(f"a value of another type: {value!r:.200}")


def is_no_hash(column: ColumnElement[str], dialect: str) -> ColumnElement[bool]:
    """Return what is true of a text that is no SHA-256 in hexadecimal digits."""
    raw = type_coerce(column, Text())
    if dialect != "sqlite":
        return not_(raw.bool_op("~")("^[0-9a-f]{64}$"))
    return not_(raw.bool_op("GLOB")("[0-9a-f]" * 64))


def is_no_id(column: ColumnElement[str], dialect: str) -> ColumnElement[bool]:
    """Return what is true of a text that is no id of arXiv. Some that are nearly one count as ids."""
    raw = type_coerce(column, Text())
    if dialect != "sqlite":
        return not_(raw.bool_op("~")(r"^(\d{4}\.\d{4,5}|[a-z-]+(\.[A-Z]{2})?/\d{7})$"))
    forms = ("[0-9]" * 4 + "." + "[0-9]" * 4 + "*", "[a-z]*/" + "[0-9]" * 7)
    return and_(*(not_(raw.bool_op("GLOB")(form)) for form in forms))


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, stored as UTC, and aware in UTC when it is read, whatever the time zone of the database.

    SQLite stores `2026-11-25T18:56:46.000000Z`, always with microseconds, so that texts sort as times.
    """

    impl = DateTime(timezone=True)
    cache_ok = True
    timespec = "microseconds"

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the column in the database."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return the time in UTC. Raise ValueError for a time without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a time zone cannot be stored: {value.isoformat()}")
        utc = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return utc
        return f"{utc.isoformat(timespec=self.timespec).removesuffix('+00:00')}Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the same time, aware, in UTC."""
        if value is None:
            return None
        moment: datetime = datetime.fromisoformat(value) if dialect.name == "sqlite" else value.astimezone(UTC)
        return moment


class UtcSecond(UtcDateTime):
    """An aware time to the second: `2026-11-25T18:56:46Z` on SQLite. A fraction of a second is cut off on both databases."""

    cache_ok = True
    timespec = "seconds"

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return the time in UTC without a fraction. Raise ValueError for a time without a time zone."""
        if value is not None and dialect.name != "sqlite":  # `timespec` cuts the text
            value = value.replace(microsecond=0)
        return super().process_bind_param(value, dialect)


class Unsigned64(TypeDecorator[int]):
    """An unsigned number of 64 bits in a signed column.

    The inode numbers of stacked and network file systems use the top bit.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's signature
        """Return the signed number with the same bits."""
        return value - (1 << 64) if value is not None and value >= 1 << 63 else value

    def process_result_value(self, value: int | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's signature
        """Return the unsigned number again."""
        return value + (1 << 64) if value is not None and value < 0 else value
