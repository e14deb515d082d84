"""A session with a PostgreSQL server: the settings that syncd sets, and those under which it refuses to work.

It knows no table. Which settings an administrator may choose freely is said in docs/how-to/postgresql.md.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from syncd.archive.files import lock_holders
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from sqlalchemy import Connection

_POOLER = (
    "a pooler drops the settings of the session, and would drop its advisory locks: name the server itself, "
    "or a pool in session mode that passes `options` on"
)
_LONGEST_NAME = 63
"""PostgreSQL cuts the name of a session after this many bytes."""
_HOLDER = sa.text(
    "SELECT application_name FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE granted AND locktype = 'advisory' "
    "AND classid = :high AND objid = :low AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_SET = "syncd_set_until_end"
"""Where a connection keeps which transaction has set what."""
_REFUSALS = {
    "25006": "the server or the role allows reading only, see default_transaction_read_only",
    "3F000": "the search_path of the role or the database names no schema that exists",
    "42501": "the role of the URL lacks a privilege",
}
"""What a server refuses by its settings, by SQLSTATE, in words."""


def explain_refusal(error: BaseException | None) -> str | None:
    """Return in words why the settings of a server forbid what failed with this error of the driver. None for other errors.

    Such a refusal is no damage, and no later try succeeds by itself.
    """
    # PgBouncer refuses the connection with this text and a state that others share.
    if "unsupported startup parameter" in str(error):
        return _POOLER
    return _REFUSALS.get(getattr(error, "sqlstate", None) or "")


def format_options(lock_timeout: timedelta) -> dict[str, Any]:
    """Return the parameters of a connection: how long it may take, its name, and the settings of its session.

    A bulk load has statements of minutes, and computes between two of them while its transaction is open. Moments are read and
    written in UTC.
    """
    milliseconds = round(lock_timeout.total_seconds() * 1000)
    settings = {
        "lock_timeout": milliseconds,
        "statement_timeout": 0,
        "idle_in_transaction_session_timeout": 0,
        "TimeZone": "UTC",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return {"connect_timeout": 10, "application_name": _describe_process(), "options": options}


def _describe_process() -> str:
    """Return how this process is named to other sessions: `syncd backfill, process 4711 on HOST`, as far as a name may go."""
    command = f"syncd {sys.argv[1]}" if len(sys.argv) > 1 and sys.argv[1].isalpha() else "syncd"
    return f"{command}, process {os.getpid()} on {os.uname().nodename}"[:_LONGEST_NAME]


def set_until_end(connection: Connection, **settings: str) -> None:
    """Set these until the transaction ends. What the transaction has set like this already is not sent again."""
    setter, known = connection.info.get(_SET, (None, {}))
    if setter is None or setter is not connection.get_transaction():
        known = {}
    if not settings.items() <= known.items():
        setters = (sa.func.set_config(name, value, sa.true()) for name, value in settings.items())
        connection.execute(sa.select(*setters))
        # The first statement begins the transaction.
        connection.info[_SET] = connection.get_transaction(), known | settings


def find_lock_holder(session: Connection, key: int) -> str:
    """Return how the session that holds an advisory lock names itself."""
    with suppress(DBAPIError):
        return session.scalar(_HOLDER, {"high": key >> 32, "low": key & 0xFFFFFFFF}) or lock_holders.UNKNOWN
    return lock_holders.UNKNOWN


def make_check(name: str, options: str) -> Callable[[Any, object], None]:
    """Return what refuses a new session that syncd cannot work in. It raises DatabaseError about the database `name`.

    `options` are those that were asked for. A pooler that drops them also gives the next transaction to another session, and
    with it the advisory locks that keep two daemons apart.
    """

    def check(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_encoding")
            (encoding,) = cursor.fetchone()
            cursor.execute("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'")
            (lock_timeout,) = cursor.fetchone()
        connection.rollback()
        # Without an encoding (SQL_ASCII) the driver gives bytes.
        encoding, lock_timeout = (one.decode() if isinstance(one, bytes) else one for one in (encoding, lock_timeout))
        if encoding != "UTF8":
            detail = f"its encoding is {encoding}, UTF8 is needed: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            raise DatabaseError(detail, path=name)
        if f"-c lock_timeout={lock_timeout} " not in f"{options} ":
            raise DatabaseError(_POOLER, path=name)

    return check
