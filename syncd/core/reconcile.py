"""What to do about a date, decided from three hashes alone: the file's, the row's and their last agreement's.

It decides and never acts; `syncd.usecases` carries actions out.

    file      row       agreed                 action
    ────────  ────────  ─────────────────────  ───────────────────────────────────────────────
    none      none      none                   fetch if due, else nothing
    none      none      known                  lost: both are gone, only the vault can tell
    none      R         any                    write the file
    F         none      any                    read the file
    F         F         F                      nothing
    F         F         none, or another       settle: record the agreement
    F         R         R                      edited: a person changed the file; keep it
    F         R         F                      write the file: only the row moved
    F         R         none, or a third       conflict: both moved; touch nothing
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from syncd.core.model import DayState


class Verb(StrEnum):
    """What is to be done about a date."""

    FETCH = "fetch"
    WRITE_FILE = "write-file"
    READ_FILE = "read-file"
    SETTLE = "settle"
    EDITED = "edited"
    CONFLICT = "conflict"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Action:
    """One decision; `EDITED`, `CONFLICT` and `LOST` wait for a person and change nothing by themselves."""

    day: date
    verb: Verb


def plan(states: Iterable[DayState]) -> Iterator[Action]:
    """The actions that bring the dates into agreement, in the order of `states`; none for a date that agrees."""
    for state in states:
        verb = decide(state)
        if verb is not None:
            yield Action(state.day, verb)


def decide(state: DayState) -> Verb | None:
    """The decision table above, for one date; None where nothing is to be done."""
    if state.file is None and state.row is None:
        return _absent(state)
    if state.file is None:
        return Verb.WRITE_FILE
    if state.row is None:
        return Verb.READ_FILE
    if state.file == state.row:
        return None if state.agreed == state.file else Verb.SETTLE
    return _differing(state)


def _absent(state: DayState) -> Verb | None:
    if state.agreed is not None:
        return Verb.LOST
    return Verb.FETCH if state.due else None


def _differing(state: DayState) -> Verb:
    if state.agreed == state.row:
        return Verb.EDITED
    return Verb.WRITE_FILE if state.agreed == state.file else Verb.CONFLICT
