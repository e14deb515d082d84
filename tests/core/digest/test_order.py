from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from syncd.core import digest
from syncd.core.digest import are_sections_in_order, count_sections
from syncd.core.model import Digest, Section
from tests.support.digests import a_digest, an_entry, digests, of_ids, read_digest


def sections(entries: Digest) -> list[Section | None]:
    return [entry.section for entry in digest.add_certain_sections(entries).entries]


def test_one_ascent_is_the_boundary() -> None:
    assert sections(of_ids("2104.4", "2104.2", "2104.3", "2104.1")) == [Section.NEW] * 2 + [Section.CROSS] * 2


def test_an_old_style_id_ascends_after_a_new_style_one() -> None:
    assert sections(of_ids("2104.4", "cs/0401001", "2104.1")) == [Section.NEW, Section.CROSS, Section.CROSS]


@pytest.mark.parametrize("ids", [("2104.4", "2104.3", "2104.2"), ("2104.1", "2104.2", "2104.3")])
def test_without_exactly_one_ascent_only_the_first_entry_is_surely_new(ids: tuple[str, ...]) -> None:
    assert sections(of_ids(*ids)) == [Section.NEW, None, None]


def test_a_section_that_is_known_stays() -> None:
    first, second = replace(an_entry("2104.4"), section=Section.CROSS), replace(an_entry("2104.3"), section=Section.NEW)

    assert sections(a_digest(first, second)) == [Section.CROSS, Section.NEW]


def test_no_entries_have_no_sections() -> None:
    assert sections(a_digest()) == []


@pytest.mark.shared
def test_each_real_digest_has_one_boundary_so_its_sections_are_certain(seeds: list[bytes]) -> None:
    sections = [digest.add_certain_sections(read_digest(seed)).entries for seed in seeds]

    assert [sum(entry.section is Section.CROSS for entry in entries) for entries in sections] == [20, 14, 23, 5, 21]
    assert all(entry.section is not None for entries in sections for entry in entries)


@given(digests())
def test_telling_sections_twice_changes_nothing(wanted: Digest) -> None:
    once = digest.add_certain_sections(wanted)

    assert digest.add_certain_sections(once) == once
    assert digest.render(once) == digest.render(wanted)


def test_the_same_id_twice_is_no_ascent() -> None:
    assert sections(of_ids("2104.4", "2104.4", "2104.5")) == [Section.NEW, Section.NEW, Section.CROSS]


def test_with_two_ascents_only_the_first_entry_is_certainly_new() -> None:
    assert sections(of_ids("2104.4", "2104.5", "2104.3", "2104.6")) == [Section.NEW, None, None, None]


def test_sections_are_counted_where_all_are_known() -> None:
    entries = digest.add_certain_sections(of_ids("2104.4", "2104.2", "2104.3")).entries

    assert count_sections(entries) == (2, 1)
    assert count_sections(()) == (0, 0)
    assert count_sections((*entries, an_entry())) == (None, None)


def test_a_new_submission_after_a_cross_list_is_out_of_order() -> None:
    new, cross = replace(an_entry(), section=Section.NEW), replace(an_entry(), section=Section.CROSS)

    assert are_sections_in_order((new, an_entry(), cross))
    assert not are_sections_in_order((cross, an_entry(), new))
