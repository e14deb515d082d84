"""Papers as they are now, and their versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.papers import Current, NewestVersion, VersionText
from syncd.core.model import Author, Metadata, Paper, PaperId
from tests.support.stored_mailings import NOW, current_paper

if TYPE_CHECKING:
    from syncd.archive.sql.store import Store

pytest_plugins = ("tests.support.postgres_server",)


def test_a_paper_comes_back_with_its_versions(store: Store) -> None:
    store.put_records([current_paper("2104.00102", versions=2), current_paper("cs/0401001")])
    assert store.paper(PaperId("2104.00102")) == current_paper("2104.00102", versions=2)
    assert store.paper(PaperId("cs/0401001")) == current_paper("cs/0401001")
    assert store.paper(PaperId("2104.00103")) is None
    assert store.versions(PaperId("2104.00102")) == current_paper("2104.00102", versions=2).record.versions


def test_a_newer_record_replaces_an_older_one_but_never_the_reverse(store: Store) -> None:
    first, second = current_paper("2104.00102"), current_paper("2104.00102", versions=2, title="Second title")
    store.put_records([first])
    store.put_records([second])
    store.put_records([first])
    undated = replace(second, record=replace(second.record, datestamp=None), title="Of no known day")
    store.put_records([undated])
    assert store.paper(PaperId("2104.00102")) == second


def test_an_older_sighting_of_the_same_version_changes_nothing(store: Store) -> None:
    later = current_paper("2104.00102", title="As seen later")
    earlier = replace(current_paper("2104.00102"), seen=NOW - timedelta(days=1))
    store.put_records([later])
    store.put_records([earlier])
    assert store.paper(PaperId("2104.00102")) == later
    again = replace(later, seen=NOW + timedelta(days=1))
    store.put_records([again])
    assert store.paper(PaperId("2104.00102")) == again


def test_authors_stated_to_be_none_are_not_authors_that_were_never_stated(store: Store) -> None:
    def stating(paper: str, authors: tuple[Author, ...] | None, *, day: int = 0) -> Current:
        shown = current_paper(paper)
        record = replace(shown.record, metadata=Metadata(authors))
        return replace(shown, record=record, seen=NOW + timedelta(days=day))

    def read_authors(paper: str) -> tuple[Author, ...] | None:
        found = store.paper(PaperId(paper))
        assert found is not None
        return found.record.metadata.authors

    ann = (Author("Ann First"),)
    store.put_records([stating("2104.00101", None), stating("2104.00102", ()), stating("2104.00103", ann)])
    assert [read_authors(f"2104.0010{number}") for number in (1, 2, 3)] == [None, (), ann]
    # A source that states no authors blanks nothing. A newer statement that there are none replaces.
    store.put_records([stating("2104.00103", None, day=1)])
    assert read_authors("2104.00103") == ann
    store.put_records([stating("2104.00103", (), day=2), stating("2104.00101", ann, day=-1)])
    assert [read_authors(f"2104.0010{number}") for number in (1, 2, 3)] == [ann, (), ()]
    # An older statement adds what was never stated, and replaces nothing.
    store.put_records([stating("2104.00102", ann, day=-1)])
    assert read_authors("2104.00102") == ()


def test_a_withdrawal_is_kept_when_another_source_does_not_name_it(store: Store) -> None:
    silent = current_paper("2104.00102", versions=2)
    first, second = silent.record.versions
    said = replace(silent, record=replace(silent.record, versions=(first, replace(second, withdrawn=True))))
    store.put_records([said])
    corrected = replace(second, created=second.created + timedelta(seconds=1))
    store.put_records([replace(silent, record=replace(silent.record, versions=(first, corrected)))])
    store.put_versions([VersionText(silent.record.id, corrected, "Second title", "Withdrawn.")])
    assert store.versions(PaperId("2104.00102")) == (first, replace(corrected, withdrawn=True))
    assert store.list_withdrawn_ids() == ["2104.00102"]


@pytest.mark.parametrize("is_record_first", [True, False])
def test_words_about_a_withdrawal_do_not_contradict_the_form_of_the_version(
    store: Store, is_record_first: bool
) -> None:
    record = current_paper("2104.00102", versions=2)
    first, second = record.record.versions
    formed = replace(record, record=replace(record.record, versions=(first, replace(second, source_type="D"))))
    said = NewestVersion(
        Paper(record.record.id, record.title, record.abstract, 2, ("cs.CV",)), (replace(second, withdrawn=True),), NOW
    )
    if is_record_first:
        store.put_records([formed])
    store.put_newest([said], "api")
    store.put_records([formed])
    assert store.versions(PaperId("2104.00102")) == (first, replace(second, source_type="D"))
    assert store.list_withdrawals() == ()
    # A record that names the withdrawal by its form is believed.
    withdrawn = replace(second, source_type="I", withdrawn=True)
    store.put_records([replace(record, record=replace(record.record, versions=(first, withdrawn)))])
    assert store.versions(PaperId("2104.00102")) == (first, withdrawn)


def test_texts_of_versions_outlive_later_records(store: Store) -> None:
    paper = PaperId("2104.00102")
    first = current_paper(paper).record.versions[0]
    store.put_versions([VersionText(paper, first, "First title", "First abstract.")])
    store.put_records([current_paper(paper, versions=2)])
    assert store.get_version_texts([paper, PaperId("2104.00103")]) == {
        paper: Paper(paper, "First title", "First abstract.", 1)
    }
    assert store.get_version_texts([paper], 2) == {}


def listed(title: str) -> Paper:
    return Paper(PaperId("2104.00102"), title, "Abstract.", None, ("cs.CV",))


def test_a_listing_page_never_replaces_a_record(store: Store) -> None:
    store.put_records([current_paper("2104.00102")])
    store.put_listed([listed("Of a page")], "new", NOW + timedelta(days=9))
    assert store.paper(PaperId("2104.00102")) == current_paper("2104.00102")


@pytest.mark.parametrize(("seconds", "title"), [(-1, "First"), (0, "First"), (1, "Second")])
def test_only_a_later_listing_page_replaces_a_listing_page(store: Store, seconds: int, title: str) -> None:
    store.put_listed([listed("First")], "new", NOW)
    store.put_listed([listed("Second")], "catchup", NOW + timedelta(seconds=seconds))
    held = store.paper(PaperId("2104.00102"))
    assert held is not None
    assert (held.title, held.record.versions) == (title, ())
