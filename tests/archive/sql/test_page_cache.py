"""What SQLite holds in memory during a long transaction."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from syncd.archive.sql.database import Database, open_database


def list_temporary_files() -> set[str]:
    """Return the temporary files that SQLite has open in this process. They have lost their names in the folder."""
    links = [one for one in Path("/proc/self/fd").iterdir() if one.is_symlink()]
    return {name for one in links if "etilqs_" in (name := str(one.readlink()))}


def read_settings(database: Database) -> list[int]:
    with database.read() as connection:
        names = "temp_store", "cache_size"
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]


def test_a_long_transaction_copies_no_page_into_a_temporary_file(tmp_path: Path) -> None:
    with closing(open_database(f"sqlite:///{tmp_path}/archive.db", create=True)) as database:
        usual, others = read_settings(database), list_temporary_files()
        with database.write() as connection:
            connection.exec_driver_sql("CREATE TABLE texts (text TEXT NOT NULL)")
            connection.exec_driver_sql("INSERT INTO texts VALUES (?)", [("x" * 1000,)] * 200)
        for is_long in (False, True):
            with database.write(is_long=is_long) as connection:
                connection.exec_driver_sql("UPDATE texts SET text = text || text")
                assert (list_temporary_files() <= others) == is_long
            assert read_settings(database) == usual
        with suppress(KeyboardInterrupt), database.write(is_long=True):
            raise KeyboardInterrupt
        assert read_settings(database) == usual
