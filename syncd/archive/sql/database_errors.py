"""What a database refuses, in the terms of syncd: whether it passes, whether it is damage, and what the server forbids."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, MultipleResultsFound, OperationalError

from syncd.archive.sql.server_session import explain_refusal
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator


_OF_ODD_VALUES = (ArithmeticError, LookupError, RecursionError, TypeError, ValueError, MultipleResultsFound)
"""What is raised where rows are read that no syncd writes. There are several rows where there must be one."""
_NOT_WRITABLE = "give the user who runs syncd the right to write the file and its folder, or mount its disk for writing"


@contextmanager
def translate_errors(name: str, of_driver: type[Exception]) -> Iterator[None]:
    """Turn an error of the driver or of the server into a DatabaseError about the database `name`.

    One that a value of the caller raised is left as it is: it is the caller's matter. `of_driver` is the driver's own class of
    errors: SQLAlchemy lets them through where rows are fetched from its cursor.
    """
    try:
        yield
    except IntegrityError as error:
        # Rows that syncd writes break no constraint, unless others were changed by hand.
        detail = f"a row breaks a constraint: {' '.join(str(error.orig).split())}; to see what was changed: syncd check --full"
        raise DatabaseError(detail, path=name, is_damage=True) from error
    except DataError as error:
        # SQLAlchemy names no statement where a row that was found cannot be read: PostgreSQL has times that Python has not.
        if error.statement is not None:
            raise
        raise _make_odd_value(name, error.orig) from error
    except DBAPIError as error:
        if _is_undecodable(error.orig):
            raise _make_odd_value(name, error.orig) from error
        # Locked, full, unreachable or restarting. Other errors mean damage, or a file that is no database.
        passing = isinstance(error, OperationalError | InterfaceError)
        refusal = explain_refusal(error.orig)
        remedy = _NOT_WRITABLE if _is_of_unwritable_file(error.orig) else ""
        detail = ": ".join(filter(None, (" ".join(str(error.orig).split()), refusal)))
        is_damage = not passing and refusal is None
        raise DatabaseError(
            detail, path=name, passing=passing and refusal is None, is_damage=is_damage, remedy=remedy
        ) from error
    except of_driver as error:
        if _is_undecodable(error) or type(error).__name__ == "DataError":
            raise _make_odd_value(name, error) from error
        raise DatabaseError(" ".join(str(error).split()), path=name, passing=True) from error


@contextmanager
def translate_odd_values(name: str, of_driver: type[Exception]) -> Iterator[None]:
    """Turn what a value that no syncd writes leads to, where rows are read, into an error that names the way back.

    `of_driver` is the driver's own DataError: SQLAlchemy lets it through where rows are read in parts.
    """
    try:
        yield
    except (*_OF_ODD_VALUES, of_driver) as error:
        raise _make_odd_value(name, error) from error


def _is_of_unwritable_file(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_READONLY")


def _is_undecodable(error: BaseException | None) -> bool:
    """Return whether SQLite holds a text here whose bytes are no UTF-8. Its driver calls that an operational error."""
    return "Could not decode to UTF-8" in str(error)


def _make_odd_value(name: str, error: BaseException | None) -> DatabaseError:
    # The bytes that are no text would be shown as they are.
    said = ascii(str(error))[1:-1] if _is_undecodable(error) else str(error)
    detail = f"a stored value cannot be understood: {said or type(error).__name__}"
    return DatabaseError(detail, path=name, is_damage=True)
