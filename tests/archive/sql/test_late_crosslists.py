"""Entries of an older month than their mailing, found by an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy.dialects import sqlite

from syncd.archive.sql.late_crosslists import _DAYS_WITH_OLD_STYLE, _LATE
from syncd.core.model import PaperId, Section
from tests.support.stored_mailings import THURSDAY, TUESDAY, WEDNESDAY, entry, mailing_of

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)


def test_an_entry_of_an_older_month_than_the_newest_of_its_mailing_is_late(store: Store) -> None:
    late = [entry(f"210{month}.00101", Section.CROSS) for month in (3, 2)]
    store.put_mailings([
        mailing_of(TUESDAY, entry("2104.00101"), entry("2104.00100")),
        mailing_of(WEDNESDAY, entry("2104.00103"), entry("2104.00102"), *late),
    ])  # fmt: skip
    assert store.list_late_crosslists() == [(WEDNESDAY, PaperId("2102.00101")), (WEDNESDAY, PaperId("2103.00101"))]


def test_old_ids_of_other_dates_are_no_late_cross_lists_of_a_range(store: Store) -> None:
    for day, number in ((TUESDAY, 1), (WEDNESDAY, 2), (THURSDAY, 3)):
        old = entry(f"math/060113{number}", Section.CROSS)
        store.put_mailings([mailing_of(day, entry(f"2104.0010{number}"), old)])
    assert store.list_late_crosslists(WEDNESDAY, WEDNESDAY) == [(WEDNESDAY, PaperId("math/0601132"))]


def test_an_index_finds_ids_of_the_old_style(store: Store) -> None:
    if store.database.engine.dialect.name != "sqlite":
        pytest.skip("plans of SQLite")
    query = str(_DAYS_WITH_OLD_STYLE.compile(dialect=sqlite.dialect()))
    with store.database.read() as connection:
        ((*_, plan),) = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (":",)).all()
    assert plan.startswith("SEARCH entry USING INDEX ix_entry_paper_id")


def test_the_entries_of_each_mailing_are_looked_for_in_an_index(store: Store) -> None:
    if store.database.engine.dialect.name != "sqlite":
        pytest.skip("plans of SQLite")
    query = _LATE.compile(dialect=sqlite.dialect())
    with store.database.read() as connection:
        values = ("",) * len(query.positiontup or ())
        steps = [row[-1] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()]
    searched = "SEARCH entry USING COVERING INDEX sqlite_autoindex_entry_1 (day=? AND paper_id<?)"
    assert steps[0].startswith("SEARCH mailing ")
    assert [step.removesuffix(" LEFT-JOIN") for step in steps[1:] if "entry" in step] == [searched, searched]
