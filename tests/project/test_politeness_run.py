"""Prove how `make politeness` judges the times in which arXiv answered 403: only one that was met proves something."""

from __future__ import annotations

from tests.torture.crowd import Forbidden, find_broken_stops


def test_a_403_that_nothing_followed_until_its_release_is_as_it_must_be() -> None:
    assert find_broken_stops([Forbidden(met=1, followed=0, answered=3)]) == []


def test_a_run_in_which_no_request_met_a_403_is_no_proof() -> None:
    for forbidden in ([], [Forbidden(met=0, followed=0, answered=None)]):
        assert find_broken_stops(forbidden) == ["no request met a 403, so this run proves nothing about it"]


def test_a_request_after_a_403_and_a_release_without_an_answer_are_violations() -> None:
    found = find_broken_stops([Forbidden(met=2, followed=1, answered=4), Forbidden(met=1, followed=0, answered=0)])
    assert found == ["1 requests after a 403", "no request was answered after a 403 was released"]
