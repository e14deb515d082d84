"""Settings of a PostgreSQL server: those that syncd works under, and those that it refuses with the reason."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.database import open_database
from syncd.archive.sql.server_session import explain_refusal, format_options, make_check, set_until_end
from syncd.archive.sql.tables import MAILING
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ("tests.support.postgres_server",)
pytestmark = pytest.mark.postgres


def run_on(server: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres".replace("+psycopg", ""), autocommit=True) as connection:
        for statement in ("SET default_transaction_read_only = off", *statements):
            connection.execute(statement.encode())


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_letter_is_refused_at_opening(postgres_server: str, encoding: str) -> None:
    run_on(
        postgres_server,
        "DROP DATABASE IF EXISTS narrow WITH (FORCE)",
        f"CREATE DATABASE narrow ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0",
    )
    with pytest.raises(DatabaseError, match=f"its encoding is {encoding}, UTF8 is needed") as refused:
        open_database(f"{postgres_server}/narrow", create=True)
    assert not refused.value.is_damage
    assert not refused.value.passing


@pytest.fixture
def limited_role(postgres_server: str, postgres_url: str) -> Iterator[str]:
    """Give the role of the tests the settings of a careful administrator, and return the URL of an archive of it."""
    settings = ("statement_timeout = '1ms'", "idle_in_transaction_session_timeout = '1ms'", "TimeZone = 'Asia/Kolkata'")
    run_on(postgres_server, *(f"ALTER ROLE syncd SET {one}" for one in settings))
    yield postgres_url
    run_on(postgres_server, "ALTER ROLE syncd RESET ALL")


def test_limits_of_a_role_do_not_end_the_work_and_its_time_zone_changes_no_moment(limited_role: str) -> None:
    opened = open_database(limited_role, create=False)
    with opened.write() as connection:
        connection.execute(sa.text("SELECT pg_sleep(0.05)"))
        assert connection.scalar(sa.text("SHOW TimeZone")) == "UTC"
        assert connection.scalar(sa.select(sa.func.count()).select_from(MAILING)) == 0
    opened.close()


def test_a_role_that_may_only_read_is_named_and_nothing_is_called_damaged(
    postgres_server: str, postgres_url: str
) -> None:
    run_on(postgres_server, "ALTER ROLE syncd SET default_transaction_read_only = on")
    try:
        opened = open_database(postgres_url, create=False)
        with opened.read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(MAILING)) == 0
        with pytest.raises(DatabaseError, match="allows reading only") as refused, opened.write() as connection:
            connection.execute(sa.delete(MAILING))
        opened.close()
    finally:
        run_on(postgres_server, "ALTER ROLE syncd RESET ALL")
    assert not refused.value.is_damage
    assert not refused.value.passing


def test_a_pooler_that_drops_the_settings_is_refused(postgres_url: str) -> None:
    import psycopg

    assert "a pooler drops" in (explain_refusal(Exception("FATAL: unsupported startup parameter: options")) or "")
    assert explain_refusal(Exception("the connection was lost")) is None
    asked = format_options(timedelta(seconds=30))["options"]
    with (
        psycopg.connect(postgres_url.replace("+psycopg", "")) as bare,
        pytest.raises(DatabaseError, match="a pooler drops the settings"),
    ):
        make_check("the database", asked)(bare, None)


def test_a_search_path_without_a_schema_is_named_as_such(postgres_server: str, new_postgres_url: str) -> None:
    run_on(postgres_server, "ALTER ROLE syncd SET search_path = nowhere")
    try:
        with pytest.raises(DatabaseError, match="search_path of the role") as refused:
            open_database(new_postgres_url, create=True)
    finally:
        run_on(postgres_server, "ALTER ROLE syncd RESET ALL")
    assert not refused.value.is_damage


def test_a_setting_is_sent_once_in_a_transaction_and_ends_with_it(postgres_url: str) -> None:
    sent: list[str] = []
    with closing(open_database(postgres_url, create=True)) as database:
        sa.event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
        for _ in range(2):
            with database.read() as connection:
                for value in ("off", "off", "on", "on"):
                    set_until_end(connection, jit=value)
                    assert connection.scalar(sa.text("SHOW jit")) == value
                set_until_end(connection, jit="on", enable_seqscan="off")
        with database.read() as connection:
            assert connection.scalar(sa.text("SHOW enable_seqscan")) == "on"
    assert sum("set_config" in statement for statement in sent) == 6
