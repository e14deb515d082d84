"""The least work of a check after which nothing changed: its statements in SQLite alone, and the folder with a stat of each file.

The statements are those that a check asks, written down while it runs. Their answers are turned into values of Python by SQLite's
own module, and nothing looks at them. `python -m tests.speed.quick_floor ARCHIVE` prints both for an archive that `make_archive`
made, beside the check and `git status` of the same files.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from syncd.usecases.inspect.check import Scope, check
from tests.speed.measurement import process, run
from tests.speed.reference_archive import ReferenceArchive

if TYPE_CHECKING:
    from syncd.usecases.workspace import Workspace

_ROUNDS = 15


def list_statements(work: Workspace) -> list[str]:
    """Return the statements of a check after which nothing changed, with their values, in order."""
    found: list[str] = []
    with work.database.read() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(found.append)
    check(work, Scope())
    driver.set_trace_callback(None)
    return found


def ask(connection: sqlite3.Connection, statements: list[str]) -> None:
    """Ask the statements and fetch their answers."""
    for statement in statements:
        connection.execute(statement).fetchall()


def stat_files(folder: str) -> None:
    """List the folder and all below it, and ask for the stat of each file."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                stat_files(entry.path)
            else:
                entry.stat(follow_symlinks=False)


def measure_git(archive: ReferenceArchive) -> float:
    """Return the CPU seconds of `git status` of the offered files, whose repository is elsewhere."""
    with TemporaryDirectory() as scratch:
        git = ["git", f"--git-dir={scratch}", f"--work-tree={archive.folder / 'offered'}"]
        for arguments in (["init", "-q"], ["add", "."]):
            subprocess.run([*git, *arguments], check=True, cwd=archive.folder / "offered")
        status = [*git, "status", "--short", "--untracked-files=all"]
        run(status)
        return run(status, rounds=_ROUNDS).seconds


def main() -> None:
    """Print what each part takes, in milliseconds of CPU, and in times of `git status`."""
    archive = ReferenceArchive(Path(sys.argv[1]))
    git = measure_git(archive)
    with archive.open() as work:
        check(work, Scope())
        statements = list_statements(work)
        checked = process(lambda: check(work, Scope()), _ROUNDS)
    with closing(sqlite3.connect(archive.folder / "syncd.db", isolation_level=None)) as connection:
        connection.create_function("syncd_is_text", 1, lambda _: 1)
        asked = process(lambda: ask(connection, statements), _ROUNDS)
    looked = process(lambda: stat_files(str(archive.root)), _ROUNDS)
    for name, taken in (("statements", asked), ("files", looked), ("both", asked + looked), ("check", checked)):
        print(f"{name:12} {taken * 1000:6.1f} ms {taken / git:5.2f}")
    print(f"{'git status':12} {git * 1000:6.1f} ms  1.00")


if __name__ == "__main__":
    main()
