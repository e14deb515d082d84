"""A digest completed by a fuller account: no text changes, no paper goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from syncd.core.digest import add_listed, complete, describe_completion
from syncd.core.errors import GuardRefused
from syncd.core.model import Certainty, Digest, Entry, Section, paper_id


def digest(*numbers: int, crosses: int = 0, text: str = "ours", certainty: Certainty = Certainty.PROVEN) -> Digest:
    sections = [Section.NEW] * (len(numbers) - crosses) + [Section.CROSS] * crosses
    entries = (
        Entry(paper_id(f"2104.{number:05}"), text, text, section, 1, certainty)
        for number, section in zip(numbers, sections, strict=True)
    )
    return Digest(date(2021, 4, 7), "cs.CV", tuple(entries))


def test_what_is_held_stays_and_what_is_missing_comes_in_its_place() -> None:
    held, fuller = digest(9, 7, 5), digest(9, 8, 7, 5, 3, crosses=1, text="theirs", certainty=Certainty.LISTED)
    completed = complete(held, fuller)
    assert completed is not None
    assert [entry.id[-1] for entry in completed.entries] == ["9", "8", "7", "5", "3"]
    assert [entry.title for entry in completed.entries] == ["ours", "theirs", "ours", "ours", "theirs"]
    assert [entry.certainty for entry in completed.entries if entry.title == "ours"] == [Certainty.PROVEN] * 3
    assert describe_completion(held, completed) == "completed: 2 papers were missing before, 2104.00008 2104.00003"


def test_sections_come_from_the_fuller_account_where_it_has_them() -> None:
    held = digest(9, 7)
    unknown = replace(held, entries=tuple(replace(entry, section=None) for entry in held.entries))
    completed = complete(unknown, digest(9, 8, 7, crosses=1))
    assert completed is not None
    assert [entry.section for entry in completed.entries] == [Section.NEW, Section.NEW, Section.CROSS]


@pytest.mark.parametrize(
    "fuller", [digest(9, 7, 5), digest(9, 8, 7), digest(9, 7), digest(7, 9, 8, 5), digest(5, 7, 8, 9)]
)
def test_an_account_that_has_nothing_more_or_contradicts_completes_nothing(fuller: Digest) -> None:
    assert complete(digest(9, 7, 5), fuller) is None


@pytest.mark.parametrize("may_complete", [False, True])
def test_a_listing_of_the_same_papers_adds_its_sections_and_no_text(may_complete: bool) -> None:
    held, listed = digest(9, 7), digest(9, 7, crosses=1, text="theirs")
    added = add_listed(held, listed, may_complete=may_complete)
    assert [entry.section for entry in added.entries] == [Section.NEW, Section.CROSS]
    assert {entry.title for entry in added.entries} == {"ours"}


def test_a_listing_of_more_papers_is_added_only_where_the_mailing_may_be_completed() -> None:
    held, listed = digest(9, 7), digest(9, 8, 7)
    assert add_listed(held, listed, may_complete=True) == complete(held, listed)
    with pytest.raises(GuardRefused, match=r"differ in 1 paper, e\.g\. 2104\.00008"):
        add_listed(held, listed, may_complete=False)
