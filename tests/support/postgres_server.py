"""A temporary PostgreSQL server for the tests that must pass on both databases.

A module that needs it has `pytest_plugins = ("tests.support.postgres_server",)`. Without a server binary its tests are
skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncd.archive.sql.database import upgrade
from tests.support.empty_database import empty_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PASSWORD = "not-to-be-shown"
_FILE = "archive.db"
UNSAFE_AND_FAST = (
    # Nothing outlives the tests, so nothing must reach a disk.
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0",
    # A database lives for less than a second: to plan well or to compile takes longer than a bad plan.
    "autovacuum=off", "jit=off",
)  # fmt: skip
"""The settings of a server whose databases live for less than a second."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run a server during the tests and return its URL, up to the slash before the name of the database."""
    with serve_postgres(*UNSAFE_AND_FAST) as url:
        if url is None:
            pytest.skip("needs a PostgreSQL server binary (Debian: postgresql-15)")
        yield url


@contextmanager
def serve_postgres(*settings: str) -> Iterator[str | None]:
    """Run a server with these settings and yield its URL, as `postgres_server` returns it. None without a binary."""
    programs = _find_programs()
    if programs is None:
        yield None
        return
    with _serve(programs, ("listen_addresses=127.0.0.1", *settings)) as url:
        yield url


@contextmanager
def _serve(programs: Path, settings: Sequence[str]) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="syncd-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", _find_free_port()
    control = [str(programs / "pg_ctl"), "-D", str(data), "-s"]
    try:
        _run(folder, *control, "-o", "-A trust -U syncd -E UTF8 --locale=C --no-sync", "init")
        given = " ".join(f"-c {setting}" for setting in settings)
        _run(folder, *control, "-w", "-l", str(folder / "log"), "-o", f"-p {port} -k {folder} {given}", "start")
        yield f"postgresql+psycopg://syncd:{PASSWORD}@127.0.0.1:{port}"
    finally:
        subprocess.run(
            [*control, "-m", "immediate", "stop"], check=False, cwd=folder, capture_output=True, **_find_user()
        )
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Return the name of a database with the tables of this version and no rows, to be copied."""
    upgrade(create_postgres_database(postgres_server, "template_of_syncd", "template1"))
    return "template_of_syncd"


@pytest.fixture
def two_postgres_urls(postgres_server: str) -> tuple[str, str]:
    """Return the URLs of two databases of one server without any table."""
    first, second = (
        create_postgres_database(postgres_server, f"archive_{name}", "template1") for name in ("first", "second")
    )
    return first, second


@pytest.fixture
def new_postgres_url(postgres_server: str) -> str:
    """Return the URL of a database without any table."""
    return create_postgres_database(postgres_server, "archive", "template1")


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> str:
    """Return the URL of a database with the tables of this version and no rows. To copy it takes a tenth of making the tables."""
    return create_postgres_database(postgres_server, "archive", postgres_template)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database with the tables of this version and no rows. The test runs on both."""
    if request.param == "sqlite":
        (tmp_path / _FILE).write_bytes(empty_database())
        return f"sqlite:///{tmp_path}/{_FILE}"
    found = request.getfixturevalue("postgres_url")
    assert isinstance(found, str)
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database that does not exist yet (SQLite) or is empty (PostgreSQL). The test runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/{_FILE}"
    found = request.getfixturevalue("new_postgres_url")
    assert isinstance(found, str)
    return found


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared_new_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of one more such database, which all tests of a module share. The tests run on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('shared')}/{_FILE}"
    return create_postgres_database(request.getfixturevalue("postgres_server"), "shared", "template1")


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the URL of one more database with the tables of this version and no rows, which all tests of a module share.

    The tests run on both.
    """
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("shared") / _FILE
        file.write_bytes(empty_database())
        return f"sqlite:///{file}"
    server, template = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
    return create_postgres_database(server, "shared", template)


def create_postgres_database(server: str, name: str, template: str) -> str:
    """Create the database anew, also where it is still used, and return its URL."""
    import psycopg

    with psycopg.connect(f"{server}/postgres".replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return f"{server}/{name}"


def _find_programs() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which("pg_ctl")
    return Path(found).parent if found else None


def _find_user() -> dict[str, Any]:
    """Return the user of the server's processes, in the words of `subprocess`. The server refuses to run as root."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, **_find_user())
    if done.returncode:
        log = folder / "log"
        pytest.fail(f"{' '.join(command)}: {done.stderr}{log.read_text() if log.exists() else ''}")
