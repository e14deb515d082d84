"""The archive's database: how it is opened, and how its schema is kept at the version of this syncd.

It must not hold a query about mailings. A database of this version is opened without Alembic, whose import takes longer than
most commands: its version row is compared with `HEAD`. SQLite is the default. PostgreSQL runs on the same code through
psycopg 3.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from syncd.archive.sql.database_errors import translate_errors, translate_odd_values
from syncd.archive.sql.database_faults import DatabaseFault, group_strays
from syncd.archive.sql.database_name import hide_secrets
from syncd.archive.sql.page_cache import begin_long, shrink_cache
from syncd.archive.sql.read_only import choose_reading_url, forbid_changes
from syncd.archive.sql.row_lock_waits import watch_row_locks
from syncd.archive.sql.schema_revision import HEAD, VERSION_TABLE, is_unreleased, read_revision, refuse_newer
from syncd.archive.sql.server_rows import send_rows
from syncd.archive.sql.server_session import format_options, make_check
from syncd.archive.sql.sqlite_file import has_content, prepare_file
from syncd.archive.sql.sqlite_session import make_preparation
from syncd.archive.sql.sqlite_waits import make_begin
from syncd.core.errors import ArchiveMissing, ConfigError, DatabaseError
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from alembic.config import Config
    from sqlalchemy import URL, Connection, Engine

BUSY = timedelta(seconds=30)
"""How long a statement waits for another process's write transaction before it gives up."""

_SCHEMA_LOCK = 0x73796E6364


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. `name` is its URL without a password, `file` the SQLite file, None for a server.

    Where it `is_read_only`, the database itself refuses every change.
    An error of the driver inside `read` and `write`, or a constraint that is broken, becomes a DatabaseError. A mistake of the
    caller (a text that no database can hold) stays a bug.
    """

    engine: Engine
    name: str
    file: Path | None
    is_read_only: bool = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a connection that sees one state of the data and holds no lock that others wait for."""
        with self._translate_errors(), self._translate_odd_values(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def open_session(self) -> Iterator[Connection]:
        """Open a connection for locks that are held while the caller does other work. No row is read in its block."""
        with self._translate_errors(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def read_snapshot(self) -> Iterator[Connection]:
        """Open a connection whose statements all see the data as of one moment, however many there are.

        On SQLite that is true of `read`, too.
        """
        level: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        reading = self.engine.execution_options(**({} if self.engine.dialect.name == "sqlite" else level))
        with self._translate_errors(), self._translate_odd_values(), reading.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, is_long: bool = False) -> Iterator[Connection]:
        """Open one transaction: durable when the block ends, undone when it raises. SQLite allows one writer at a time.

        One that `is_long` takes more memory, and writes less.
        """
        with self._translate_errors(), self.engine.connect() as connection:
            # The same option of the engine would make another engine each time.
            connection.execution_options(syncd_writes=True)
            watch = nullcontext() if self.engine.dialect.name == "sqlite" else watch_row_locks(self.engine, connection)
            with watch, begin_long(connection) if is_long else connection.begin():
                yield connection

    def _translate_errors(self) -> AbstractContextManager[None]:
        driver: Any = self.engine.dialect.loaded_dbapi
        return translate_errors(self.name, driver.Error)

    def _translate_odd_values(self) -> AbstractContextManager[None]:
        driver: Any = self.engine.dialect.loaded_dbapi
        return translate_odd_values(self.name, driver.DataError)

    def find_faults(self) -> tuple[DatabaseFault, ...]:
        """Return the faults that the database finds in itself: broken pages, rows that refer to missing rows.

        SQLite only, and slow. A server checks its own pages, and its foreign keys are always on.
        """
        if self.file is None:
            return ()
        try:
            with self.read() as connection:
                pages = [str(found) for found in connection.exec_driver_sql("PRAGMA integrity_check").scalars()]
                strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        except DatabaseError as error:
            return (DatabaseFault(error.detail),)
        return (
            *(DatabaseFault(found) for found in pages if found != "ok"),
            *group_strays(tuple(one) for one in strays),
        )

    def shrink_cache(self) -> None:
        """Keep few pages of the database in memory from now on: who reads each page once needs no more."""
        with self.read() as connection:
            shrink_cache(connection)

    def close(self) -> None:
        """Close every connection. The database can be used again afterwards."""
        self.engine.dispose()


def _allow_creation() -> None:
    pass


def open_database(
    url: str,
    *,
    create: bool,
    busy: timedelta = BUSY,
    on_missing: Callable[[], None] = _allow_creation,
    read_only: bool = False,
) -> Database:
    """Return the database at `url`, with the schema of this version.

    With `create`, a missing database is made and an older SQLite schema is upgraded. The older schema of a server, and one
    from before the first release, are left to `upgrade`. Without `create` nothing is written, and with `read_only` nothing can
    be written as long as the database is open. `on_missing` is called where
    there are no tables yet, before any is made: it may raise an error that says more, and may be called twice. Raise
    ArchiveMissing when there is no database, DatabaseError when its schema is older or, always, newer, and ConfigError for an
    unusable URL.
    """
    database = _connect(url, create=create and not read_only, busy=busy, on_missing=on_missing, read_only=read_only)
    try:
        with database.read() as connection:
            found = read_revision(connection, database.name)
        refuse_newer(found, database.name)
        if found is None:
            on_missing()
        if found != HEAD:
            _bring_to_head(database, found, create=create and not read_only)
    except BaseException:
        database.close()
        raise
    return database


def exists(url: str) -> bool:
    """Return whether there are tables of syncd, of any version. Nothing is created. Raise DatabaseError on failure."""
    try:
        return get_revision(url) is not None
    except ArchiveMissing:
        return False


def get_revision(url: str) -> str | None:
    """Return the revision of the schema. None when it has none. Raise ArchiveMissing when there is no such file.

    A schema from before the first release is `unreleased` and its revision.
    """
    with _closing(_connect(url, create=False)) as database, database.read() as connection:
        return read_revision(connection, database.name)


def upgrade(url: str, report: Callable[[int, int], None] = lambda _done, _all: None) -> tuple[str | None, str]:
    """Bring the schema to this version and return the revisions before and after. Idempotent.

    A missing database is created. The rows of a schema from before the first release are carried over: `report` gets how many
    are done, and how many there are.
    """
    with _closing(_connect(url, create=True)) as database:
        return _upgrade(database, report), HEAD


def compare_schema(url: str) -> tuple[str, ...]:
    """Return the differences between the database and the tables of this version, in words. Empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from syncd.archive.sql import all_tables  # noqa: F401  each table enters the collection
    from syncd.archive.sql.full_text import is_part_of_index
    from syncd.archive.sql.schema import METADATA

    with _closing(_connect(url, create=False)) as database, database.read() as connection:
        options = {
            "include_name": lambda name, _kind, _parents: not is_part_of_index(name),
            "compare_type": True,
            "version_table": VERSION_TABLE,
        }
        context = MigrationContext.configure(connection, opts=options)
        return tuple(str(one) for one in compare_metadata(context, METADATA))


def find_migrations() -> Path:
    """Return the folder of the migrations: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "alembic"


def _connect(
    url: str,
    *,
    create: bool,
    busy: timedelta = BUSY,
    on_missing: Callable[[], None] = _allow_creation,
    read_only: bool = False,
) -> Database:
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        found = _connect_sqlite(parsed, create=create, busy=busy, on_missing=on_missing, read_only=read_only)
    else:
        found = _connect_postgresql(parsed, busy=busy)
    return forbid_changes(found) if read_only else found


def check_url(url: str) -> None:
    """Raise ConfigError where this is no URL of a database that syncd knows. Nothing is opened."""
    _parse(url)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("not a database URL", key="database.url") from None
    driver = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    name = driver.get(parsed.drivername, parsed.drivername)
    if name not in driver.values():
        raise ConfigError(f"unknown kind of database: {parsed.drivername}", key="database.url")
    return parsed.set(drivername=name)


def _connect_sqlite(
    url: URL, *, create: bool, busy: timedelta, on_missing: Callable[[], None], read_only: bool
) -> Database:
    name, file = hide_secrets(url), None
    if url.database and url.database != ":memory:":
        file = Path(url.database)
        # An empty file becomes a database as soon as it is opened to be written.
        if not has_content(file, name):
            on_missing()
        prepare_file(file, name, create=create)
        if not create:
            url = choose_reading_url(url, file, read_only=read_only)
    engine = sa.create_engine(url, connect_args={"timeout": busy.total_seconds()})
    sa.event.listen(engine, "connect", make_preparation(file, busy, wal=create))
    sa.event.listen(engine, "begin", make_begin(file, busy))
    return Database(engine, name, file)


def _connect_postgresql(url: URL, *, busy: timedelta) -> Database:
    options, name = format_options(busy), hide_secrets(url)
    missing = {key: value for key, value in options.items() if key not in url.query}
    try:
        engine = sa.create_engine(url, connect_args=missing, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        message = "PostgreSQL needs a driver: pip install 'syncd[postgres]'"
        raise ConfigError(message, key="database.url") from error
    if "options" in missing:
        sa.event.listen(engine, "first_connect", make_check(name, missing["options"]))
    sa.event.listen(engine, "do_executemany", send_rows)
    return Database(engine, name, None)


@contextmanager
def _closing(database: Database) -> Iterator[Database]:
    try:
        yield database
    finally:
        database.close()


def _bring_to_head(database: Database, found: str | None, *, create: bool) -> None:
    if found is None and not create:
        raise ArchiveMissing("no tables of syncd", path=database.name)
    if is_unreleased(found):
        detail = (
            "it was made before the first release. To carry all of it over, stop the daemon and run: syncd db upgrade"
        )
        raise DatabaseError(detail, path=database.name)
    if found is not None and not (create and database.file):
        raise DatabaseError(f"schema {found} is older than {HEAD}. To fix, run: syncd db upgrade", path=database.name)
    _upgrade(database)


def _upgrade(database: Database, report: Callable[[int, int], None] = lambda _done, _all: None) -> str | None:
    from alembic import command

    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
        before = read_revision(connection, database.name)
        refuse_newer(before, database.name)
        if is_unreleased(before):
            from syncd.archive.sql import unreleased

            unreleased.carry_over(
                connection, lambda: command.upgrade(_build_alembic_config(connection), "head"), report
            )
        else:
            command.upgrade(_build_alembic_config(connection), "head")
    return before


def _build_alembic_config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(find_migrations()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
