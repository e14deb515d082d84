"""Every row of the decision table, and what holds of all of them."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from syncd.core.model import DayState
from syncd.core.reconcile import Action, Verb, decide, plan

DAY = date(2021, 4, 7)
A, B, C = "a" * 64, "b" * 64, "c" * 64

TABLE: list[tuple[str | None, str | None, str | None, Verb | None]] = [
    (None, None, None, None),
    (None, None, A, Verb.LOST),
    (None, A, None, Verb.WRITE_FILE),
    (None, A, A, Verb.WRITE_FILE),
    (None, A, B, Verb.WRITE_FILE),
    (A, None, None, Verb.READ_FILE),
    (A, None, A, Verb.READ_FILE),
    (A, None, B, Verb.READ_FILE),
    (A, A, None, Verb.SETTLE),
    (A, A, A, None),
    (A, A, B, Verb.SETTLE),
    (A, B, None, Verb.CONFLICT),
    (A, B, A, Verb.WRITE_FILE),
    (A, B, B, Verb.EDITED),
    (A, B, C, Verb.CONFLICT),
]


@pytest.mark.parametrize(("file", "row", "agreed", "verb"), TABLE)
def test_decision_follows_the_table(file: str | None, row: str | None, agreed: str | None, verb: Verb | None) -> None:
    assert decide(DayState(DAY, file, row, agreed)) is verb


def test_table_covers_every_pattern_of_equal_and_missing_hashes() -> None:
    def pattern(*hashes: str | None) -> tuple[int | None, ...]:
        seen: dict[str, int] = {}
        return tuple(None if h is None else seen.setdefault(h, len(seen)) for h in hashes)

    possible = {pattern(*combination) for combination in product([None, A, B, C], repeat=3)}
    assert {pattern(file, row, agreed) for file, row, agreed, _ in TABLE} == possible


def test_a_due_date_held_nowhere_is_fetched() -> None:
    assert decide(DayState(DAY, None, None, None, due=True)) is Verb.FETCH


@pytest.mark.parametrize(("file", "row", "agreed", "verb"), TABLE)
def test_acting_leaves_nothing_to_do_or_waits_for_a_person(
    file: str | None, row: str | None, agreed: str | None, verb: Verb | None
) -> None:
    match verb:
        case Verb.WRITE_FILE:
            after = DayState(DAY, row, row, row)
        case Verb.READ_FILE | Verb.SETTLE:
            after = DayState(DAY, file, file, file)
        case _:
            return
    assert decide(after) is None


def test_plan_names_only_dates_that_disagree() -> None:
    states = [DayState(DAY, A, A, A), DayState(date(2021, 4, 8), None, B, None)]
    assert list(plan(states)) == [Action(date(2021, 4, 8), Verb.WRITE_FILE)]
