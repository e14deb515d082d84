"""Troubles: when they are one, when they are news, and how long a person's word about them holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncd.core import troubles
from syncd.core.errors import FolderError
from syncd.core.troubles import Acknowledgement, Trouble

NOW = datetime(2026, 7, 13, 16, tzinfo=UTC)


def test_a_trouble_is_new_once_and_so_is_its_end() -> None:
    one, two = Trouble("stopped", "a.example", "m"), Trouble("conflict", "2026-03-10", "m")
    assert troubles.compare_troubles((), [one, two]) == ((one, two), ())
    assert troubles.compare_troubles((one,), [one, two]) == ((two,), ())
    assert troubles.compare_troubles((one, two), [two]) == ((), (one,))


def missed(*days: int) -> list[Trouble]:
    return [Trouble("mailing-missed", f"2026-03-{day:02}", "m") for day in days]


def test_three_missing_mailings_are_reported_one_by_one() -> None:
    assert troubles.group_troubles(missed(2, 3, 4), ()) == tuple(missed(2, 3, 4))


def test_more_than_three_found_together_are_one_trouble_until_the_last_is_held() -> None:
    other = Trouble("conflict", "2026-03-02", "m")
    (first, *rest) = troubles.group_troubles([*missed(2, 3, 4, 5), other], ())
    assert (first.subject, first.message) == ("2026-03-02..2026-03-05", "m (and 3 more, until 2026-03-05)")
    assert rest == [other]
    (still,) = troubles.group_troubles(missed(4), (first,))
    assert (still.key, still.message) == (first.key, "m")
    assert troubles.group_troubles((), (first,)) == ()


def test_a_mailing_missed_after_many_others_is_reported_by_itself() -> None:
    (first,) = troubles.group_troubles(missed(2, 3, 4, 5), ())
    assert troubles.group_troubles(missed(2, 3, 4, 5, 6), (first,)) == (first, *missed(6))


def test_what_was_reported_by_itself_joins_no_others() -> None:
    alone = missed(3)
    first, *rest = troubles.group_troubles(missed(2, 3, 4, 5, 6), alone)
    assert (first.subject, rest) == ("2026-03-02..2026-03-06", alone)
    assert troubles.group_troubles(missed(3), (first, *alone)) == tuple(alone)


def test_a_group_takes_in_its_first_and_last_date_and_none_outside() -> None:
    (group,) = troubles.group_troubles(missed(3, 4, 5, 6), ())
    inside, before, after = troubles.group_troubles(missed(2, 3, 6, 7), (group,))
    assert (inside.subject, inside.message) == ("2026-03-03..2026-03-06", "m (and 1 more, until 2026-03-06)")
    assert [before, after] == missed(2, 7)


def test_another_kind_of_trouble_joins_no_group() -> None:
    (group,) = troubles.group_troubles(missed(2, 3, 4, 5), ())
    conflict = Trouble("conflict", "2026-03-03", "m")
    assert troubles.group_troubles([conflict], (group,)) == (conflict,)
    range_of_conflicts = Trouble("conflict", "2026-03-02..2026-03-05", "m")
    assert troubles.group_troubles(missed(3), (range_of_conflicts,)) == tuple(missed(3))


def test_an_error_of_the_archive_is_the_same_trouble_by_its_path_or_by_a_given_subject() -> None:
    error = FolderError("no space left", path="/archive/x")
    assert troubles.trouble_from_error(error).key == "folder /archive/x"
    assert troubles.trouble_from_error(error, "/archive").key == "folder /archive"
    assert troubles.trouble_from_error(error).message == "/archive/x: no space left"


def said(of: Trouble, message: str = "m", count: int = 1) -> Acknowledgement:
    return Acknowledgement(of.code, of.subject, message, count, "anna@host", "", NOW)


def test_a_group_names_its_first_cause_and_the_command_without_a_date() -> None:
    found = [
        Trouble("file-missing", f"2026-03-0{n}", f"2026-03-0{n}: gone", f"syncd repair 2026-03-0{n}")
        for n in range(2, 6)
    ]
    (group,) = troubles.group_troubles(found, ())
    assert group == Trouble(
        "file-missing", "2026-03-02..2026-03-05", "2026-03-02: gone (and 3 more, until 2026-03-05)", "syncd repair"
    )
    assert group.count == 4


def test_only_dates_are_joined() -> None:
    found = [Trouble("folder", f"/srv/{n}", "m") for n in range(10)]
    assert troubles.group_troubles(found, ()) == tuple(found)


def test_what_a_person_has_seen_holds_while_it_says_the_same() -> None:
    one = Trouble("publish", "", "refused")
    for word, holds in (("refused", True), ("no route", False)):
        known = [said(one, word)]
        (marked,) = troubles.acknowledge([one], known)
        assert troubles.is_well([marked]) is holds
        assert troubles.find_outdated([one], known) == (() if holds else (one,))
    assert not troubles.is_well(troubles.acknowledge([one], [said(Trouble("publish", "other", ""), "refused")]))


@pytest.mark.parametrize(("count", "holds"), [(3, True), (5, True), (6, False)])
def test_a_group_that_a_person_has_seen_may_shrink_and_not_grow(count: int, holds: bool) -> None:
    seen = said(Trouble("vault-missing", "2026-03-02..2026-03-09", ""), "m (and 4 more)", 5)
    now = Trouble("vault-missing", "2026-03-02..2026-03-09", "another first one", count=count)
    assert seen.holds(now) is holds


def test_the_moment_of_a_trouble_is_that_of_its_first_report() -> None:
    old, new = Trouble("publish", "", "m", since=NOW), Trouble("turn", "", "m")
    assert [one.since for one in troubles.add_since([replace(old, since=None), new], [old])] == [NOW, None]


def test_a_trouble_survives_its_text_without_what_a_person_said() -> None:
    one = Trouble("publish", "x", "m", "h", 3, since=NOW, acknowledged=said(Trouble("publish", "x", "m")))
    read = troubles.trouble_from_fields(troubles.trouble_to_fields(one))
    assert (read, read.count, read.since, read.acknowledged) == (one, 3, NOW, None)


@pytest.mark.parametrize("change", [{"code": 7}, {"count": "many"}, {"since": 5}, {"since": "2026-07-13T16:00:00"}])
def test_other_fields_than_those_of_a_trouble_are_refused(change: dict[str, object]) -> None:
    fields = troubles.trouble_to_fields(Trouble("publish", "", "m")) | change
    with pytest.raises((ValueError, TypeError, KeyError)):
        troubles.trouble_from_fields(fields)
