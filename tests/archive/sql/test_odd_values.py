"""Values that no syncd writes, found by either database itself."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql.column_types import is_no_id
from syncd.archive.sql.daemon_state import SharedState
from syncd.archive.sql.database import open_database
from syncd.archive.sql.identity import Identity
from syncd.archive.sql.odd_values import find_odd_values
from syncd.archive.sql.store import Store
from syncd.core.errors import DatabaseError
from syncd.core.model import Finding, State
from syncd.core.troubles import Trouble
from tests.support.stored_mailings import IDENTITY, TUESDAY, two_papers

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ("tests.support.postgres_server",)


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_database(url, create=True)) as opened:
        store = Store(opened, "a", announces=True)
        store.create_identity(Identity(*(IDENTITY.uuid, IDENTITY.category, IDENTITY.created)))
        store.put_mailings([two_papers(TUESDAY, 100)])
        SharedState(opened).change([Trouble("mailing-missed", "2021-04-07", "m")], [])
        yield store


def test_what_syncd_wrote_is_understood(store: Store) -> None:
    assert find_odd_values(store.database, full=True, of_papers=True) == []


def test_an_unknown_event_is_named_and_runs_no_hook(store: Store) -> None:
    shared = SharedState(store.database)
    before = shared.events()
    with store.database.write() as connection:
        if store.database.file is None:
            connection.exec_driver_sql("ALTER TABLE syncd_event DROP CONSTRAINT ck_syncd_event_event")
        else:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = on")
        connection.exec_driver_sql("UPDATE syncd_event SET event = 'never' WHERE event = 'problem'")
    (odd,) = find_odd_values(store.database, full=False)
    assert (odd.table, odd.column, odd.value, odd.count) == ("syncd_event", "event", "'never'", 1)
    assert shared.events() == before[:1]


def test_a_category_that_is_none_is_damage_and_no_mistake_in_the_configuration(store: Store) -> None:
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE syncd_archive SET category = '5'")
    with pytest.raises(DatabaseError) as refused:
        store.identity()
    assert refused.value.is_damage


def test_a_value_of_another_type_in_a_mailing_a_finding_or_a_problem_is_borne_until_it_is_repaired(
    store: Store, url: str
) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("a server refuses values of another type by itself")
    store.put_finding(Finding(TUESDAY, State.CONFLICT, "s", "e"))
    with store.database.write() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = on")
        connection.exec_driver_sql("UPDATE mailing SET evidence = x'ff', response = 5.5, new_submissions = 'never'")
        connection.exec_driver_sql("UPDATE syncd_finding SET evidence = x'ff', error = 7")
        connection.exec_driver_sql("UPDATE syncd_event SET subject = x'ff'")
        connection.exec_driver_sql("UPDATE syncd_reported_problem SET subject = x'ff', message = 5")
    shared = SharedState(store.database)
    assert shared.events() == ()
    assert [(one.subject, one.message) for one in shared.announced()] == [("b'\\xff'", "5")]
    (held,), (found,) = store.mailings().values(), store.findings().values()
    assert (held.evidence, held.response, held.new) == ("b'\\xff'", "5.5", None)
    assert (found.evidence, found.error) == ("b'\\xff'", "7")
    assert {odd.column for odd in find_odd_values(store.database, full=True, of_papers=True)} >= {"evidence"}


def test_a_time_of_the_server_that_python_cannot_hold_is_damage_and_is_named(store: Store, url: str) -> None:
    if url.startswith("sqlite"):
        pytest.skip("SQLite has no times of its own")
    store.put_finding(Finding(TUESDAY, State.CONFLICT, "s", "e"))
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE syncd_finding SET day = '0002-01-01 BC'")
        connection.exec_driver_sql("UPDATE syncd_archive SET created = 'infinity'")
    with pytest.raises(DatabaseError, match="a stored value cannot be understood") as refused:
        store.identity()
    assert refused.value.is_damage
    odd = {(one.table, one.column): one.value for one in find_odd_values(store.database, full=False)}
    assert odd == {("syncd_finding", "day"): "'0002-01-01 BC'", ("syncd_archive", "created"): "'infinity'"}


def test_a_text_whose_bytes_are_no_text_is_damage_wherever_it_is_read_and_is_named(store: Store, url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("a server refuses bytes that are no text")
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE paper_text SET title_html = CAST(x'c3ff' AS TEXT) WHERE number = 1")
        connection.exec_driver_sql("UPDATE syncd_reported_problem SET message = CAST(x'80' AS TEXT)")
    blocks = (store.database.read, store.database.read_snapshot, store.database.write)
    for block in blocks:
        with (
            pytest.raises(DatabaseError, match="a stored value cannot be understood") as refused,
            block() as connection,
        ):
            # As the hashes of rows are made: the driver's own errors come through.
            connection.exec_driver_sql("SELECT title_html FROM paper_text").cursor.fetchall()
        assert (refused.value.is_damage, refused.value.passing) == (True, False)
    (quick,) = find_odd_values(store.database, full=False)
    assert (quick.table, quick.column, quick.value) == ("syncd_reported_problem", "message", "X'80'")
    found = {one.column: one.value for one in find_odd_values(store.database, full=True, of_papers=True)}
    assert found == {"title_html": "X'C3FF'", "message": "X'80'"}


@pytest.mark.parametrize(
    ("value", "is_odd"),
    [
        *(("2104.00001", False), ("0704.0001", False), ("cs/0401001", False), ("math.GT/0309136", False)),
        *(("Inf", True), ("never", True), ("cs.CV/210400", True), ("", True), ("5", True)),
    ],
)
def test_a_text_that_is_no_id_of_arxiv_is_distinguished_from_ids(store: Store, value: str, is_odd: bool) -> None:
    with store.database.read() as connection:
        found = connection.scalar(sa.select(is_no_id(sa.literal(value), connection.dialect.name)))
    assert bool(found) is is_odd


def test_two_rows_where_one_must_be_are_damage(store: Store) -> None:
    with store.database.write() as connection:
        if store.database.file is None:
            connection.exec_driver_sql("ALTER TABLE syncd_archive DROP CONSTRAINT ck_syncd_archive_single")
        else:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = on")
        connection.exec_driver_sql("INSERT INTO syncd_archive SELECT 2, uuid, category, created FROM syncd_archive")
    with pytest.raises(DatabaseError) as refused:
        store.identity()
    assert refused.value.is_damage
