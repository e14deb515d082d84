"""Test every line of the decision table, and that the code and the table in the docstring are the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import pytest

from syncd.core import reconcile
from syncd.core.coverage import DayReport
from syncd.core.model import State
from syncd.core.reasons import REASONS
from syncd.core.reconcile import Action, Cause, Choice, DayState, Verb, decide, plan, plan_fetches

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = date(2021, 4, 7)
A, B, C = "a" * 64, "b" * 64, "c" * 64

HASHES: list[tuple[str | None, str | None, str | None, Verb | None, Cause | None]] = [
    (None, None, None, None, None),
    (None, None, A, Verb.ASK, Cause.LOST),
    (None, A, None, Verb.WRITE_FILE, Cause.UNFINISHED),
    (None, A, A, Verb.WRITE_FILE, Cause.FILE_MISSING),
    (None, A, B, Verb.WRITE_FILE, Cause.UNFINISHED),
    (A, None, None, Verb.READ_FILE, Cause.UNREGISTERED),
    (A, None, A, Verb.READ_FILE, Cause.ROW_MISSING),
    (A, None, B, Verb.ASK, Cause.ROW_MISSING),
    (A, A, None, Verb.RECORD_AGREEMENT, Cause.UNFINISHED),
    (A, A, A, None, None),
    (A, A, B, Verb.RECORD_AGREEMENT, Cause.UNFINISHED),
    (A, B, None, Verb.ASK, Cause.BOTH_CHANGED),
    (A, B, A, Verb.WRITE_FILE, Cause.UNFINISHED),
    (A, B, B, Verb.ASK, Cause.EDITED),
    (A, B, C, Verb.ASK, Cause.BOTH_CHANGED),
]
"""What follows from every pattern of equal and missing hashes of file, row and agreement, when nothing else is known."""

FACTS = ("corrupt", "conflict", "due", "repeats", "uncommitted", "account", "no-event")
"""What stands in the table's column `fact`, but for what follows from other knowledge."""


def every_state() -> Iterator[tuple[DayState, set[str]]]:
    """Yield every combination of hashes and facts, each state with the names of its facts. Only rows can be corrupt."""
    for (file, row, agreed, _, _), recorded in product(HASHES, (None, A, B)):
        for chosen in product([False, True], repeat=len(FACTS)):
            facts = {name for name, holds in zip(FACTS, chosen, strict=True) if holds}
            if row is not None or "corrupt" not in facts:
                state = with_facts(DayState(DAY, file, row, agreed, recorded=recorded), facts)
                yield state, facts | derived_facts(state)


def derived_facts(state: DayState) -> set[str]:
    """Return the facts that follow from what was recorded, worked out here without the module's help."""
    known = state.recorded if state.recorded is not None else state.agreed
    is_lost = state.row is None or state.is_corrupt
    if state.file is None:
        return {"unrecorded"} if state.is_corrupt and known is None else set()
    if known is None:
        trusted = {"believed"} if state.is_corrupt and state.file == state.row else set()
        return trusted | ({"unrecorded"} if state.is_corrupt else set())
    if state.file != known:
        return {"foreign"} if is_lost else set()
    return {"believed"} if state.is_corrupt else set()


def with_facts(state: DayState, facts: set[str]) -> DayState:
    return replace(
        state,
        is_corrupt="corrupt" in facts,
        has_conflict="conflict" in facts,
        due="due" in facts,
        repeats_papers="repeats" in facts,
        is_committed="uncommitted" not in facts,
        has_account="account" in facts,
        is_in_history="no-event" not in facts,
    )


def documented_rules() -> list[list[str]]:
    """Return the lines of the docstring's table, split into their columns at two or more blanks."""
    lines = (reconcile.__doc__ or "").splitlines()
    start = next(at for at, line in enumerate(lines) if line.strip().startswith("────")) + 1
    end = next(at for at in range(start, len(lines)) if not lines[at].strip())
    return [[column.strip() for column in line.split("  ") if column.strip()] for line in lines[start:end]]


def fits(rule: list[str], state: DayState, facts: set[str], choice: Choice) -> bool:
    """Return whether a line of the docstring's table fits, worked out here without the module's help."""
    file, row, agreed, fact, said = rule[:5]
    columns = [
        {"none": state.file is None, "F": state.file is not None},
        {
            "none": state.row is None,
            "F": state.row is not None and state.row == state.file,
            "R": state.row is not None and state.row != state.file,
        },
        {
            "none": state.agreed is None,
            "F": state.agreed is not None and state.agreed == state.file,
            "R": state.agreed is not None and state.agreed == state.row,
        },
    ]
    same_hashes = all(want == "-" or column[want] for want, column in zip((file, row, agreed), columns, strict=True))
    return same_hashes and (fact == "-" or fact in facts) and said in {"-", choice}


def test_the_code_does_what_the_table_in_the_docstring_says() -> None:
    rules = documented_rules()
    used = set()
    for (state, facts), choice in product(every_state(), Choice):
        number = next(at for at, rule in enumerate(rules) if fits(rule, state, facts, choice))
        used.add(number)
        verb, cause = rules[number][5:]
        action = decide(state, choice)
        if verb == "-":
            assert action is None, (state, choice)
        else:
            assert action == Action(DAY, Verb[verb.upper().replace(" ", "_")], Cause(cause)), (state, choice)
    assert used == set(range(len(rules))), "a line of the table never decides"


@pytest.mark.parametrize(("file", "row", "agreed", "verb", "cause"), HASHES)
def test_hashes_alone_decide_when_nothing_else_is_known(
    file: str | None, row: str | None, agreed: str | None, verb: Verb | None, cause: Cause | None
) -> None:
    action = decide(DayState(DAY, file, row, agreed))
    assert action == (None if verb is None or cause is None else Action(DAY, verb, cause))


def test_the_patterns_of_hashes_are_complete() -> None:
    def pattern(*hashes: str | None) -> tuple[int | None, ...]:
        seen: dict[str, int] = {}
        return tuple(None if h is None else seen.setdefault(h, len(seen)) for h in hashes)

    possible = {pattern(*combination) for combination in product([None, A, B, C], repeat=3)}
    assert {pattern(file, row, agreed) for file, row, agreed, _, _ in HASHES} == possible


@pytest.mark.parametrize(
    ("state", "choice"),
    [
        (DayState(DAY, A, None, None), Choice.NONE),
        (DayState(DAY, A, A, A, is_corrupt=True), Choice.NONE),
        (DayState(DAY, A, B, B), Choice.ACCEPT_FILE),
    ],
    ids=["read file", "reread rows", "accept file"],
)
def test_a_file_that_is_no_digest_is_not_taken_into_the_rows(state: DayState, choice: Choice) -> None:
    taken = decide(state, choice)
    assert taken is not None
    assert taken.verb is not Verb.ASK
    assert decide(replace(state, is_readable=False), choice) == Action(DAY, Verb.ASK, Cause.UNREADABLE_FILE)


@pytest.mark.parametrize("choice", [Choice.ACCEPT_FILE, Choice.RESTORE])
def test_without_a_vault_no_text_replaces_another(choice: Choice) -> None:
    assert decide(DayState(DAY, A, B, B, has_vault=False), choice) == Action(DAY, Verb.ASK, Cause.NO_VAULT)


def test_an_unreadable_file_is_named_before_a_missing_vault() -> None:
    action = decide(DayState(DAY, A, B, B, is_readable=False, has_vault=False), Choice.ACCEPT_FILE)
    assert action == Action(DAY, Verb.ASK, Cause.UNREADABLE_FILE)


@pytest.mark.parametrize(
    "state",
    [
        DayState(DAY, A, B, B, is_readable=False),
        DayState(DAY, None, A, A, has_vault=False),
        DayState(DAY, A, None, None, has_vault=False),
    ],
)
def test_an_unreadable_file_or_a_missing_vault_changes_no_other_action(state: DayState) -> None:
    assert decide(state) == decide(replace(state, is_readable=True, has_vault=True))


@pytest.mark.parametrize(("file", "row", "agreed", "verb", "_cause"), HASHES)
def test_acting_leaves_nothing_to_do_or_waits_for_a_person(
    file: str | None, row: str | None, agreed: str | None, verb: Verb | None, _cause: Cause | None
) -> None:
    match verb:
        case Verb.WRITE_FILE:
            after = DayState(DAY, row, row, row)
        case Verb.READ_FILE | Verb.RECORD_AGREEMENT:
            after = DayState(DAY, file, file, file)
        case _:
            return
    assert decide(after) is None


def test_a_plan_names_only_dates_that_need_something() -> None:
    states = [DayState(DAY, A, A, A), DayState(date(2021, 4, 8), None, B, None)]
    assert list(plan(states)) == [Action(date(2021, 4, 8), Verb.WRITE_FILE, Cause.UNFINISHED)]


def test_a_plan_follows_the_choice_of_a_person() -> None:
    (action,) = plan([DayState(DAY, A, B, B)], Choice.RESTORE)
    assert action.verb is Verb.RESTORE_FILE


@pytest.mark.parametrize("state", list(State))
def test_only_a_date_whose_mailing_is_pending_partial_or_failed_is_fetched(state: State) -> None:
    actions = plan_fetches([DayReport(DAY, state, None, None, None, "calendar", "")])
    waits = state in {State.PENDING, State.PARTIAL, State.FAILED}
    assert actions == ((Action(DAY, Verb.FETCH, Cause.DUE),) if waits else ())


def test_every_cause_that_a_check_reports_has_a_reason_code() -> None:
    reported = {
        Cause.FILE_MISSING,
        Cause.ROW_MISSING,
        Cause.UNREGISTERED,
        Cause.UNFINISHED,
        Cause.EDITED,
        Cause.BOTH_CHANGED,
        Cause.CORRUPT_ROWS,
        Cause.UNREADABLE_FILE,
        Cause.HISTORY,
    }
    assert {cause for cause in Cause if cause in REASONS} == reported
