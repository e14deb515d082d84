"""Mailings and their entries: written, replaced, read back, and what surrounds a day."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.archive.sql.database import open_database
from syncd.archive.sql.store import Store
from syncd.core.digest import add_certain_sections, parse, render
from syncd.core.errors import DatabaseError
from syncd.core.model import Certainty, Entry, PaperId, Section, State
from tests.support.empty_database import empty_database
from tests.support.stored_mailings import (
    IDENTITY,
    NOW,
    STAT,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    entry,
    mailing_of,
    sha,
    statements,
    two_papers,
    without_begin,
)

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ("tests.support.postgres_server",)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


def test_a_mailing_comes_back_as_it_was_put(store: Store) -> None:
    mailing, digest = two_papers(WEDNESDAY, 1)
    store.put_mailing(mailing, digest)
    assert store.mailing(WEDNESDAY) == mailing
    assert store.digest(WEDNESDAY) == digest


def test_a_digest_without_certain_sections_comes_back_equal(store: Store) -> None:
    entries = [entry("2104.00102", certainty=Certainty.ADOPTED, version=None)]
    entries += [entry(f"2104.{n:05}", None, certainty=Certainty.ADOPTED, version=None) for n in range(101, 90, -1)]
    mailing, digest = mailing_of(WEDNESDAY, *entries, state=State.ADOPTED, tail=1)
    store.put_mailing(mailing, digest)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == (mailing, digest)
    assert mailing.new is None


def test_a_mailing_without_papers_comes_back_equal(store: Store) -> None:
    mailing, digest = mailing_of(WEDNESDAY)
    store.put_mailing(mailing, digest)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == (mailing, digest)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(texts, texts, st.sampled_from([None, Section.NEW, Section.CROSS]), st.sampled_from(Certainty)),
        max_size=8,
    ),
    st.integers(0, 9),
)
def test_every_digest_comes_back_unchanged(
    store: Store, papers: list[tuple[str, str, Section | None, Certainty]], tail: int
) -> None:
    entries = [
        Entry(PaperId(f"2104.{9999 - number:05}"), title, abstract, section, None, placed)
        for number, (title, abstract, section, placed) in enumerate(papers)
    ]
    mailing, digest = mailing_of(WEDNESDAY, *entries, tail=tail)
    store.put_mailing(mailing, digest)
    assert store.digest(WEDNESDAY) == digest
    assert store.mailing(WEDNESDAY) == mailing


@pytest.mark.shared
def test_real_digests_render_to_the_same_bytes_after_the_database(store: Store, seeds: list[bytes]) -> None:
    for data in seeds:
        digest = parse(data).digest
        assert digest is not None
        kept = add_certain_sections(digest)
        store.put_mailing(*mailing_of(kept.day, *kept.entries, tail=kept.tail))
        held = store.digest(kept.day)
        assert held == kept
        assert held is not None
        assert render(held) == data
    assert len(list(store.digests())) == len(seeds)


def test_a_mailing_is_replaced_whole(store: Store) -> None:
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    shifted = mailing_of(WEDNESDAY, entry("2104.00103"), entry("2104.00102", title="Another title"))
    store.put_mailing(*shifted)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == shifted


def test_putting_a_mailing_leaves_other_days_and_agreements_alone(store: Store) -> None:
    other = two_papers(THURSDAY, 2)
    store.put_mailings([two_papers(WEDNESDAY, 1), other])
    store.record_agreement(WEDNESDAY, sha("file"), STAT, NOW)
    store.put_mailing(*mailing_of(WEDNESDAY, entry("2104.00109")))
    assert store.digest(THURSDAY) == other[1]
    assert store.list_agreed_hashes() == {WEDNESDAY: sha("file")}


def test_a_mailing_is_replaced_in_one_transaction(store: Store) -> None:
    held = two_papers(WEDNESDAY, 1)
    store.put_mailing(*held)
    twice = mailing_of(WEDNESDAY, entry("2104.00103"), entry("2104.00103"))
    with pytest.raises(DatabaseError, match="constraint"):
        store.put_mailing(*twice)
    assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) == held
    assert len(store.history(WEDNESDAY)) == 1


def test_ranges_are_inclusive_and_ascending(store: Store) -> None:
    records = [two_papers(day, number) for number, day in enumerate((THURSDAY, TUESDAY, WEDNESDAY))]
    store.put_mailings(records)
    assert list(store.mailings()) == [TUESDAY, WEDNESDAY, THURSDAY]
    assert list(store.mailings(WEDNESDAY, THURSDAY)) == [WEDNESDAY, THURSDAY]
    assert [digest.day for digest in store.digests(TUESDAY, WEDNESDAY)] == [TUESDAY, WEDNESDAY]


def test_the_mailings_of_a_paper_come_oldest_first(store: Store) -> None:
    store.put_mailings([two_papers(THURSDAY, 2), two_papers(WEDNESDAY, 1)])
    found = store.list_appearances(PaperId("2103.09999"))
    assert [(one.day, one.number, one.section) for one in found] == [
        (WEDNESDAY, 3, Section.CROSS),
        (THURSDAY, 3, Section.CROSS),
    ]
    assert store.list_appearances(PaperId("2103.00001")) == ()


def test_only_papers_that_are_new_on_another_day_are_found_there(store: Store) -> None:
    store.put_mailings([two_papers(WEDNESDAY, 1), two_papers(THURSDAY, 2)])
    ids = [PaperId(one) for one in ("2104.00101", "2104.00201", "2103.09999", "2104.77777")]
    assert store.find_other_days(ids, WEDNESDAY) == {"2104.00201": [THURSDAY]}
    assert store.find_other_days([], WEDNESDAY) == {}


def test_the_days_around_a_paper_are_those_of_the_ids_next_to_it(store: Store) -> None:
    store.put_mailings([two_papers(TUESDAY, 1), two_papers(WEDNESDAY, 2), two_papers(THURSDAY, 3)])
    assert store.find_days_around(PaperId("2104.00150")) == (TUESDAY, WEDNESDAY)
    assert store.find_days_around(PaperId("2104.00201")) == (TUESDAY, WEDNESDAY)
    assert store.find_days_around(PaperId("2104.99999")) == (THURSDAY,)


def test_the_surroundings_of_a_day_are_the_id_ranges_of_its_neighbours(store: Store) -> None:
    store.put_mailings([two_papers(TUESDAY, 1), two_papers(WEDNESDAY, 2), two_papers(THURSDAY, 3)])
    with statements(store) as sent:
        around = store.surroundings(WEDNESDAY, [PaperId("2104.00101"), PaperId("2104.00202")])
    assert (around.held, around.before, around.after) == (3, "2104.00102", "2104.00301")
    assert around.elsewhere == {"2104.00101": TUESDAY}
    assert list(around.sizes) == [3]
    assert len(without_begin(sent)) == 5


def test_a_day_without_neighbours_has_no_surroundings(store: Store) -> None:
    around = store.surroundings(WEDNESDAY, [])
    assert (around.held, around.before, around.after, dict(around.elsewhere or {}), tuple(around.sizes)) == (
        None,
        None,
        None,
        {},
        (),
    )


def test_a_neighbour_without_certain_sections_gives_no_bound(store: Store) -> None:
    store.put_mailing(*mailing_of(TUESDAY, entry("2104.00102", None), entry("2104.00101", None)))
    assert store.surroundings(WEDNESDAY, []).before is None
    assert list(store.surroundings(WEDNESDAY, []).sizes) == [2]


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("mailing", "state", "never"),
        ("mailing", "recorded", "never"),
        ("mailing", "recorded", 3.5),
        ("mailing", "papers", "many"),
        ("mailing", "papers", b"\xff\x00"),
        ("mailing", "tail", 2**62),
        ("mailing", "evidence", b"\xff"),
        ("entry", "section", "nowhere"),
        ("entry", "certainty", float("inf")),
        ("entry", "paragraphs", 7),
    ],
)
def test_a_value_that_no_syncd_writes_is_damage_with_a_way_back(
    tmp_path: Path, table: str, column: str, value: object
) -> None:
    file = tmp_path / "archive.db"
    file.write_bytes(empty_database())
    opened = open_database(f"sqlite:///{file}", create=False)
    store = Store(opened, "here")
    store.create_identity(IDENTITY)
    store.put_mailing(*two_papers(WEDNESDAY, 1))
    # Text that is not in UTF-8 comes from bytes.
    cast = "CAST(? AS TEXT)" if value == b"\xff" else "?"
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        raw.execute(f"UPDATE {table} SET {column} = {cast}", (value,))  # noqa: S608  names of this module
        raw.commit()
    with pytest.raises(DatabaseError) as damage:
        assert (store.mailing(WEDNESDAY), store.digest(WEDNESDAY)) is None
    assert damage.value.is_damage
    opened.close()
