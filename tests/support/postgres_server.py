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
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD = "not-to-be-shown"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Run a server during the tests and return its URL, up to the slash before the name of the database."""
    programs = _find_programs()
    if programs is None:
        pytest.skip("needs a PostgreSQL server binary (Debian: postgresql-15)")
    folder = Path(tempfile.mkdtemp(prefix="syncd-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", _find_free_port()
    control = [*_run_as_server(), str(programs / "pg_ctl"), "-D", str(data), "-s"]
    try:
        _run(folder, *control, "-o", "-A trust -U syncd -E UTF8 --locale=C --no-sync", "init")
        settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        _run(folder, *control, "-w", "-l", str(folder / "log"), "-o", settings, "start")
        yield f"postgresql+psycopg://syncd:{PASSWORD}@127.0.0.1:{port}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=folder, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """Return the URL of an empty database. It is always the same one, as to empty it is faster than to create another."""
    import psycopg

    url = f"{postgres_server}/postgres"
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IS NOT NULL AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database that does not exist yet (SQLite) or is empty (PostgreSQL). The test runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/archive.db"
    found = request.getfixturevalue("postgres_url")
    assert isinstance(found, str)
    return found


def _find_programs() -> Path | None:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    found = str(installed[-1]) if installed else shutil.which("pg_ctl")
    return Path(found).parent if found else None


def _run_as_server() -> list[str]:
    # The server refuses to run as root.
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        log = folder / "log"
        pytest.fail(f"{' '.join(command)}: {done.stderr}{log.read_text() if log.exists() else ''}")
