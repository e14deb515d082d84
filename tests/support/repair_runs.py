"""Repair the small archive of `tests.support.sound_archive`, and say what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.reconcile import Choice
from syncd.usecases.ingest.adopt import adopt
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile.repair import repair
from tests.support.digest_damage import SOUND
from tests.support.row_damage import ROW_DAMAGES
from tests.support.sound_archive import DAY

if TYPE_CHECKING:
    from datetime import date

    from syncd.core.model import State
    from syncd.core.results import DayOutcome, Run
    from tests.support.sound_archive import Held

EDITED = SOUND.replace(b"Plain", b"Plane")
"""The file of `DAY` as a person edited it."""


def run_repair(held: Held, *days: date, choice: Choice = Choice.NONE, dry_run: bool = False) -> Run:
    with held.open() as work:
        return repair(work, days, choice, dry_run=dry_run)


def only(done: Run) -> DayOutcome:
    (outcome,) = done.days
    return outcome


def is_sound(held: Held) -> bool:
    with held.open() as work:
        return check(work, Scope(full=True)).problems == () and repair(work).days == ()


def list_kept(held: Held, kind: str) -> list[bytes]:
    with held.open() as work:
        return [work.vault.get(one.sha256) for one in work.vault.receipts() if one.kind == kind]


def offer_other_bytes(held: Held) -> None:
    """Offer a file with other bytes for adoption, for a date that is held."""
    (held.folder / "other.md").write_bytes(EDITED)
    with held.open() as work:
        adopt(work, [held.folder / "other.md"])


def read_state(held: Held, day: date) -> State:
    with held.open() as work:
        return work.report(day).state


DAMAGES = {
    "file gone": lambda held: held.file(DAY).unlink(),
    "edited": lambda held: held.file(DAY).write_bytes(EDITED),
    "record gone": lambda held: held.sql("DELETE FROM mailing WHERE day = '2021-04-07'"),
    "rows damaged": lambda held: held.sql(ROW_DAMAGES["title"]),
    "unsettled": lambda held: held.sql("DELETE FROM syncd_replica_file WHERE day = '2021-04-07'"),
    "conflict": offer_other_bytes,
}
