"""The condition that a column has one of the values of a list, however long, which is handed over as one parameter.

`IN` with a parameter for each value has to be written and parsed anew for each list, which takes longer than finding the rows.
SQLite gets the list as JSON, PostgreSQL as an array. It must not know the tables.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, Boolean, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine


class _TextList(TypeDecorator[Any]):
    """Any number of texts."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type of the parameter."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def process_bind_param(self, value: Iterable[str] | None, dialect: Dialect) -> Any:
        """Return the texts as the driver takes them."""
        return pack_texts(value or (), dialect)


class _IsListed(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002  SQLAlchemy's signature
        # SQLite would get a comparison with 1 otherwise, and use no index.
        return self


def is_listed(column: ColumnElement[Any], values: Collection[str] | None = None) -> ColumnElement[bool]:
    """Return the condition that the column has one of these texts, or by default of the parameter `ids`."""
    given = bindparam("ids", type_=_TextList) if values is None else bindparam(None, values, _TextList)
    return _IsListed(column, given)


def pack_texts(texts: Iterable[str], dialect: Dialect) -> Any:
    """Return a list of texts as the value of one parameter of `write_is_listed`."""
    return json.dumps(list(texts)) if dialect.name == "sqlite" else list(map(str, texts))


def write_is_listed(column: str, mark: str, dialect: str) -> str:
    """Return the condition in SQL, with the mark of its parameter."""
    within = f"IN (SELECT value FROM json_each({mark}))" if dialect == "sqlite" else f"= ANY ({mark})"  # noqa: S608  no values
    return f"{column} {within}"


@compiles(_IsListed)
def _compile(element: _IsListed, compiler: SQLCompiler, **keywords: Any) -> str:
    column, mark = (compiler.process(part, **keywords) for part in element.clauses)
    return write_is_listed(column, mark, compiler.dialect.name)
