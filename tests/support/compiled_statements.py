"""One store of compiled SQL statements for all databases that a test process opens.

SQLAlchemy keeps compiled statements by engine. A test opens a few databases of its own, so it would compile every statement
anew, which takes a quarter of the time of most tests that use an archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import Compiled


class SharedStatements(dict[tuple[Any, ...], "Compiled"]):
    """Compiled statements by SQLAlchemy's key, in which the name of the dialect stands for the dialect of one engine."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_name_dialect(key), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Compiled) -> None:
        super().__setitem__(_name_dialect(key), compiled)


def share_compiled_statements() -> None:
    """Let all engines of this process use one store from now on."""
    statements = SharedStatements()

    @sa.event.listens_for(sa.Engine, "engine_connect")
    def use_shared(connection: sa.Connection) -> None:
        connection.execution_options(compiled_cache=statements)


def _name_dialect(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (dialect.name, *rest)
