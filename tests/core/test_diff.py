from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.diff import compare
from syncd.core.model import Certainty, Change, Digest, Entry, PaperId, Section
from syncd.core.reasons import REASONS

WEDNESDAY = date(2021, 4, 7)
NEW, CROSS = Section.NEW, Section.CROSS


def an_entry(number: int, section: Section | None = NEW, **more: object) -> Entry:
    entry = Entry(PaperId(f"2104.0000{number}"), f"Title {number}", f"Abstract {number}.", section)
    return replace(entry, **more)  # type: ignore[arg-type]


def a_digest(*entries: Entry) -> Digest:
    return Digest(WEDNESDAY, "cs.CV", entries)


def codes(ours: Digest, theirs: Digest) -> list[tuple[str, str | None]]:
    return [(change.code, change.id and change.id[-1]) for change in compare(ours, theirs)]


def of_text(ours: str, theirs: str, field: str = "abstract") -> tuple[str, str]:
    left, right = (replace(an_entry(1), **{field: text}) for text in (ours, theirs))  # type: ignore[arg-type]
    (change,) = compare(a_digest(left), a_digest(right))
    assert (change.field, change.ours, change.theirs) == (field, ours, theirs)
    return change.code, change.detail


FULL = a_digest(an_entry(4), an_entry(3), an_entry(5, CROSS), an_entry(2, CROSS))


def test_equal_digests_do_not_differ() -> None:
    assert compare(FULL, FULL) == ()


def test_tail_and_certainty_are_no_difference() -> None:
    theirs = replace(
        FULL, tail=1, entries=tuple(replace(e, certainty=Certainty.LISTED, version=1) for e in FULL.entries)
    )

    assert compare(FULL, theirs) == ()


def test_a_paper_that_only_upstream_has_is_missing_here() -> None:
    assert compare(a_digest(an_entry(3)), a_digest(an_entry(4), an_entry(3))) == (
        Change(WEDNESDAY, "missing-local", PaperId("2104.00004"), theirs="Title 4", detail="new"),
    )


def test_a_paper_that_only_the_archive_has_is_missing_upstream() -> None:
    assert compare(a_digest(an_entry(4), an_entry(3)), a_digest(an_entry(3))) == (
        Change(WEDNESDAY, "missing-upstream", PaperId("2104.00004"), ours="Title 4", detail="new"),
    )


def test_a_crosslist_is_added_and_removed() -> None:
    less = a_digest(*FULL.entries[:3])

    assert codes(less, FULL) == [("crosslist-added", "2")]
    assert codes(FULL, less) == [("crosslist-removed", "2")]


def test_a_crosslist_on_the_mailings_own_listing_is_missing_from_an_adopted_file() -> None:
    listed = a_digest(*(replace(entry, certainty=Certainty.LISTED) for entry in FULL.entries))
    adopted = a_digest(*FULL.entries[:3])
    once_listed = a_digest(*listed.entries[:3])

    assert codes(adopted, listed) == [("missing-local", "2")]
    assert codes(once_listed, listed) == [("crosslist-added", "2")]


def test_a_missing_paper_of_unknown_section_is_no_crosslist() -> None:
    assert codes(a_digest(an_entry(4), an_entry(3, None)), a_digest(an_entry(4))) == [("missing-upstream", "3")]


def test_changes_come_in_file_order() -> None:
    ours = a_digest(an_entry(9), an_entry(7), an_entry(6, title="Another"), an_entry(3))
    theirs = a_digest(an_entry(8), an_entry(7, abstract="Another."), an_entry(6), an_entry(5), an_entry(3), an_entry(1))

    assert codes(ours, theirs) == [
        ("missing-upstream", "9"),
        ("missing-local", "8"),
        ("abstract-changed", "7"),
        ("title-changed", "6"),
        ("missing-local", "5"),
        ("missing-local", "1"),
    ]


def test_a_changed_text_is_named_with_both_values() -> None:
    ours, theirs = a_digest(an_entry(1)), a_digest(an_entry(1, title="Other", abstract="Other."))

    assert compare(ours, theirs) == (
        Change(WEDNESDAY, "title-changed", PaperId("2104.00001"), "title", "Title 1", "Other"),
        Change(WEDNESDAY, "abstract-changed", PaperId("2104.00001"), "abstract", "Abstract 1.", "Other."),
    )


def test_a_section_is_compared_where_both_know_it() -> None:
    assert codes(a_digest(an_entry(4), an_entry(3)), a_digest(an_entry(4), an_entry(3, CROSS))) == [
        ("section-changed", "3")
    ]
    assert compare(a_digest(an_entry(4), an_entry(3, None)), a_digest(an_entry(4), an_entry(3, CROSS))) == ()


def test_another_order_of_the_same_papers_is_one_change() -> None:
    assert compare(a_digest(an_entry(3), an_entry(4)), a_digest(an_entry(4), an_entry(3))) == (
        Change(WEDNESDAY, "order-only", None, None, "2104.00003", "2104.00004", "the first place that differs"),
    )


def test_a_paper_that_changed_its_section_is_not_reported_as_out_of_order_too() -> None:
    ours = a_digest(an_entry(3), an_entry(2), an_entry(4, CROSS))
    theirs = a_digest(an_entry(4), an_entry(3), an_entry(2))

    assert codes(ours, theirs) == [("section-changed", "4")]


def test_a_paper_held_twice_is_a_duplicate() -> None:
    change = Change(WEDNESDAY, "duplicate", PaperId("2104.00003"), ours="2", theirs="1")

    assert compare(a_digest(an_entry(3), an_entry(3)), a_digest(an_entry(3))) == (change,)


def test_a_paper_that_only_upstream_has_twice_is_a_duplicate_too() -> None:
    found = compare(a_digest(an_entry(3)), a_digest(an_entry(4), an_entry(4), an_entry(3)))

    assert found[0] == Change(WEDNESDAY, "duplicate", PaperId("2104.00004"), ours="0", theirs="2")


def test_papers_of_unknown_section_are_compared_in_their_order() -> None:
    known = a_digest(an_entry(3), an_entry(2), an_entry(1))
    first, *rest = known.entries
    unknown = a_digest(*(replace(entry, section=None) for entry in (*rest, first)))
    change = Change(
        WEDNESDAY, "order-only", None, None, known.entries[0].id, rest[0].id, "the first place that differs"
    )

    assert compare(known, unknown) == (change,)


def test_digests_of_two_days_have_that_difference_first() -> None:
    theirs = replace(a_digest(an_entry(1)), day=date(2021, 4, 8))

    assert compare(a_digest(an_entry(1)), theirs) == (
        Change(WEDNESDAY, "wrong-day", ours="2021-04-07", theirs="2021-04-08"),
    )


# Versions


@pytest.mark.parametrize(
    ("ours", "theirs", "code"),
    [
        (None, None, "title-changed"),
        (None, 1, "title-changed"),
        (1, 1, "title-changed"),
        (1, None, "title-changed"),
        (None, 2, "revised"),
        (1, 2, "revised"),
        (2, 3, "revised"),
        (2, 2, "title-changed"),
        (2, 1, "stale-source"),
    ],
)
def test_a_later_version_explains_another_text(ours: int | None, theirs: int | None, code: str) -> None:
    left, right = an_entry(1, version=ours), an_entry(1, title="Other", version=theirs)

    assert codes(a_digest(left), a_digest(right)) == [(code, "1")]


def test_a_revision_names_its_versions() -> None:
    (change,) = compare(a_digest(an_entry(1)), a_digest(an_entry(1, title="Other", version=3)))

    assert change.detail == "v1 here, v3 upstream"


def test_a_later_version_of_the_same_text_is_no_difference() -> None:
    assert compare(a_digest(an_entry(1, version=1)), a_digest(an_entry(1, version=2))) == ()


# Markup

LINK = '<a class="link-external link-https" href="https://a.org/x" rel="external noopener nofollow">this https URL</a>'
FALSE_LINK = (
    '<a class="link-external link-http" href="http://tasks.To" rel="external noopener nofollow">this http URL</a>'
)


@pytest.mark.parametrize(
    ("ours", "theirs", "rule"),
    [
        (f"At {LINK}.", "At https://a.org/x.", "link"),
        ("See arXiv:2104.00002.", 'See <a href="https://arxiv.org/abs/2104.00002">arXiv:2104.00002</a>.', "link"),
        (f"Some {FALSE_LINK} do.", "Some tasks.To do.", "link"),
        ("One. <br>Two.", "One. Two.", "break"),
        ("One.<br>Two.", "One. <br>Two.", "break"),
        ("One  two.", "One two.", "blank"),
        ("a &lt; b &amp; c", "a < b & c", "entity"),
        ("It&#39;s", "It's", "entity"),
        ('Schr\\"odinger', "Schrödinger", "accent"),
        (f"One. <br>At {LINK}.", "One. At https://a.org/x.", "break, link"),
    ],
)
def test_the_same_words_in_other_markup_are_a_hint_that_names_the_rule(ours: str, theirs: str, rule: str) -> None:
    assert of_text(ours, theirs) == ("markup-only", rule)
    assert of_text(theirs, ours) == ("markup-only", rule)


def test_the_rules_hold_for_titles_too() -> None:
    assert of_text("A &amp; B", "A & B", "title") == ("markup-only", "entity")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (f"At {LINK}.", "At https://a.org/y."),
        (f"At {LINK}.", "At this https URL."),
        ('At <a name="x">this https URL</a>.', "At https://a.org/x."),
        ('<a href="https://a.org/x">Here</a>.', "https://a.org/x."),
        ("a < b", "a > b"),
        ("One. <br>Two.", "One. <br>Three."),
        ("Schrödinger", "Schrodinger"),
        ("code", "Code"),
        ("&lt;br&gt;", "<br>"),
    ],
)
def test_other_words_are_a_changed_text(ours: str, theirs: str) -> None:
    assert of_text(ours, theirs) == ("abstract-changed", "")


# Properties

_TEXTS = st.text("ab <>&/\n\\\"'", max_size=12) | st.sampled_from([LINK, "<br>", "&amp;", "<a <a <a"])
_ENTRIES = st.builds(
    Entry,
    st.integers(1, 9).map(lambda number: PaperId(f"2104.0000{number}")),
    _TEXTS,
    _TEXTS,
    st.sampled_from([None, NEW, CROSS]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(Certainty),
)
_DIGESTS = st.lists(_ENTRIES, max_size=6).map(lambda entries: a_digest(*entries))


@given(_DIGESTS)
def test_a_digest_never_differs_from_itself_unless_it_holds_a_paper_twice(wanted: Digest) -> None:
    assert compare(wanted, wanted) == ()
    assert {change.code for change in compare(wanted, replace(wanted, tail=0))} <= {"duplicate"}


@given(_DIGESTS, _DIGESTS)
def test_every_difference_of_two_digests_has_a_reason(ours: Digest, theirs: Digest) -> None:
    changes = compare(ours, theirs)
    mine, other = ({entry.id for entry in each.entries} for each in (ours, theirs))
    missing = {"missing-local", "missing-upstream", "crosslist-added", "crosslist-removed"}

    assert compare(ours, theirs) == changes
    assert all(change.code in REASONS for change in changes)
    assert {change.id for change in changes if change.code in missing} == mine ^ other


@given(st.lists(_ENTRIES, max_size=6, unique_by=lambda entry: entry.id))
def test_the_same_papers_in_any_order_differ_in_order_only(entries: list[Entry]) -> None:
    backwards = a_digest(*reversed(entries))

    assert {change.code for change in compare(a_digest(*entries), backwards)} <= {"order-only"}
