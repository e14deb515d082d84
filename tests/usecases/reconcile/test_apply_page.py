"""Test that repair in pages comes to what repair date by date does, and that a page that was cut short is finished."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from syncd.archive.files import temporary_file
from syncd.core import digest as digests
from syncd.core.errors import FolderError
from syncd.core.model import Digest, Finding, State
from syncd.core.reconcile import Choice
from syncd.core.results import Done
from syncd.usecases.inspect.check import Scope, check
from syncd.usecases.reconcile import repair as repairing
from syncd.usecases.reconcile.day_state import read_days_without_file
from syncd.usecases.reconcile.journal import read_latest
from syncd.usecases.reconcile.repair import repair
from syncd.usecases.reconcile.write import Provenance, write_mailings
from syncd.usecases.workspace import Access, open_workspace
from tests.support.row_damage import lose, set_text
from tests.support.sound_archive import Held, Killed, copied, invented

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syncd.archive.files.folder_tree import OnStep
    from syncd.core.results import DayOutcome
    from syncd.usecases.workspace import Workspace

DAYS = tuple(date(2021, 4, number) for number in (6, 7, 8, 9, 12, 13, 14, 15, 16, 19))
FREE = date(2021, 4, 20)
"""A date without a mailing."""
NOW = datetime(2021, 4, 20, 16, tzinfo=UTC)
WALL = datetime(2031, 1, 1, tzinfo=UTC)
TABLES = ("mailing", "entry", "paper", "paper_text", "syncd_finding")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """Ten mailings, of which each has a paper of the one before as a cross-list."""
    held = copied(tmp_path_factory, tmp_path_factory.mktemp("pages") / "held")
    how = Provenance(State.COMPLETE, "catchup", "heading of a page", None)
    with open_held(held) as work:
        write_mailings(work, [(make_digest(day), how) for day in DAYS[3:]])
    return held


def make_digest(day: date) -> Digest:
    made = invented(day, 3, crossed=1, listed=True)
    before = invented(day - timedelta(days=1), 3, crossed=1, listed=True)
    return replace(made, entries=(*made.entries[:-1], replace(before.entries[0], section=made.entries[-1].section)))


def open_held(held: Held, steps: OnStep = lambda _step: None) -> Any:
    return closing(open_workspace(held.config, lambda: NOW, Access.READ, wall=lambda: WALL, steps=steps))


@pytest.fixture
def held(template: Held, tmp_path: Path) -> Held:
    return copy(template, tmp_path / "held")


def copy(held: Held, folder: Path) -> Held:
    shutil.copytree(held.folder, folder)
    return Held(folder, overrides=dict(held.overrides))


def lose_rows(held: Held, day: date) -> None:
    held.sql(lose("mailing", day), lose("entry", day))


def lose_file(held: Held, day: date) -> None:
    held.file(day).unlink()


def edit(held: Held, day: date) -> None:
    held.file(day).write_bytes(held.file(day).read_bytes().replace(b"invented", b"imagined"))


def lose_both(held: Held, day: date) -> None:
    lose_rows(held, day)
    lose_file(held, day)


def put_folder_in_the_way(held: Held, day: date) -> None:
    lose_file(held, day)
    held.file(day).mkdir()


def repeat_under_another_date(held: Held, day: date) -> None:
    """Lose the rows of a date whose text stands under a later one as well."""
    parsed = digests.parse(held.file(day).read_bytes()).digest
    assert parsed is not None
    held.file(FREE).write_bytes(digests.render(replace(parsed, day=FREE)))
    lose_rows(held, day)


def move_rows(held: Held, day: date) -> None:
    held.sql(f"UPDATE OR IGNORE mailing SET day = '{FREE}' WHERE day = '{day}'", move_entries(day, FREE))  # noqa: S608  dates


def move_entry(held: Held, day: date) -> None:
    """Let an entry stand under the next date that is held, and the rest of its rows be gone."""
    other = DAYS[(DAYS.index(day) + 1) % len(DAYS)]
    held.sql(f"{move_entries(day, other)} AND number = 1", lose("mailing", day))


def move_entries(day: date, other: date) -> str:
    return f"UPDATE OR IGNORE entry SET day = '{other}', number = number + 90 WHERE day = '{day}'"  # noqa: S608  dates


def wait_for(state: State) -> Callable[[Held, date], None]:
    def damage(held: Held, day: date) -> None:
        lose_file(held, day)
        held.sql(lose("syncd_replica_file", day))
        with open_held(held) as work:
            work.store.put_finding(Finding(day, state, "catchup", "half a page", recorded=WALL))

    return damage


def lose_rows_and_agreement(held: Held, day: date) -> None:
    lose_rows(held, day)
    held.sql(lose("syncd_replica_file", day))


def forget(held: Held, day: date) -> None:
    """Leave nothing but the file, and what the vault has."""
    lose_rows_and_agreement(held, day)
    held.sql(lose("syncd_history", day))


def edit_and_lose_rows(held: Held, day: date) -> None:
    edit(held, day)
    lose_rows(held, day)


def change(statement: str) -> Callable[[Held, date], None]:
    return lambda held, day: held.sql(statement.replace("DAY", f"'{day}'"))


DAMAGES: tuple[Callable[[Held, date], None], ...] = (
    lambda _held, _day: None,
    lose_file,
    lose_file,
    lose_rows,
    lose_rows,
    lose_both,
    edit,
    edit_and_lose_rows,
    lose_rows_and_agreement,
    forget,
    put_folder_in_the_way,
    wait_for(State.PARTIAL),
    wait_for(State.CONFLICT),
    move_rows,
    move_entry,
    repeat_under_another_date,
    change("DELETE FROM mailing WHERE day = DAY"),
    change("DELETE FROM entry WHERE day = DAY"),
    change("DELETE FROM syncd_replica_file WHERE day = DAY"),
    change("DELETE FROM syncd_history WHERE day = DAY"),
    change("UPDATE entry SET version = 7 WHERE day = DAY"),
    change(set_text("title", "'Other'", "day = DAY AND number = 1")),
)


def read_all(held: Held) -> dict[str, Any]:
    """Return what the archive holds, without what no two runs have in common: the stats of the files, and internal ids."""
    with closing(sqlite3.connect(held.folder / "syncd.db")) as connection:
        rows = {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for name in TABLES}  # noqa: S608
        history = "SELECT day, recorded, state, source, evidence, response, error, sha256, papers FROM syncd_history"
        rows["history"] = sorted(map(repr, connection.execute(history)))
        rows["agreed"] = sorted(map(repr, connection.execute("SELECT day, agreed FROM syncd_replica_file")))
    files = {str(path): path.read_bytes() for path in held.root.rglob("*") if path.is_file() and path.name[0] != "."}
    with open_held(held) as work:
        kept = sorted(one.sha256 for one in work.vault.receipts() if one.kind != "placed")
        problems = sorted(str(one) for one in check(work, Scope(full=True)).problems)
        return {
            **rows,
            "files": {path.removeprefix(str(held.folder)): data for path, data in files.items()},
            "kept": kept,
            "accounts": repr(read_latest(work.vault)),
            "problems": [one.replace(str(held.folder), "") for one in problems],
        }


def repair_date_by_date(work: Workspace, choice: Choice, monkeypatch: pytest.MonkeyPatch) -> tuple[DayOutcome, ...]:
    """Repair every date, each alone and by the full reading of its rows: what repair in pages must come to."""
    with monkeypatch.context() as patched:
        patched.setattr(repairing, "can_share_page", lambda *_: False)
        patched.setattr(repairing, "read_days_without_file", lambda *_: {})
        return repair(work, [*DAYS, FREE], choice).days


def describe(held: Held, outcomes: tuple[DayOutcome, ...]) -> list[str]:
    return [repr(replace(one, error=None)) + repr(one.error).replace(str(held.folder), "") for one in outcomes]


@pytest.mark.parametrize("seed", range(4))
def test_pages_come_to_what_date_by_date_does(
    template: Held, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    if seed % 4 == 3:
        template = replace(template, overrides={"archive.vault": ""})
    paged = copy(template, tmp_path / "paged")
    for day in DAYS:
        chance.choice(DAMAGES)(paged, day)
    alone = copy(paged, tmp_path / "alone")
    choice = chance.choice([Choice.NONE, Choice.NONE, *Choice])
    with open_held(alone) as work:
        expected = repair_date_by_date(work, choice, monkeypatch)
    with open_held(paged) as work:
        found = repair(work, (), choice).days
    assert describe(paged, found) == describe(alone, expected)
    assert read_all(paged) == read_all(alone)


@pytest.mark.parametrize(("step", "count"), [("row", 1), ("named", 1), ("file", 3), ("folders synced", 1)])
def test_a_page_that_was_cut_short_is_finished_by_the_next_run(held: Held, step: str, count: int) -> None:
    before = read_all(held)
    for number, day in enumerate(DAYS):
        (lose_file if number % 2 else lose_rows)(held, day)
    passed: list[str] = []

    def kill(name: str) -> None:
        passed.append(name)
        if passed.count(step) == count:
            raise Killed(step)

    with open_held(held, kill) as work, pytest.raises(Killed):
        repair(work)
    with open_held(held) as work:
        repair(work)
    after = read_all(held)
    left = [one for one in after.pop("problems") if "leftover-temp" not in one]
    assert left == before.pop("problems")
    assert after == before


def test_a_page_writes_its_rows_in_one_transaction_and_syncs_a_folder_once(held: Held) -> None:
    for number, day in enumerate(DAYS):
        (lose_file if number % 2 else lose_rows)(held, day)
    passed: list[str] = []
    with open_held(held, passed.append) as work:
        found = repair(work).days
    assert [one.action for one in found] == [Done.REGISTERED, Done.RESTORED] * 5
    assert (passed.count("row"), passed.count("file"), passed.count("folders synced")) == (1, 5, 1)


def test_a_file_that_the_disk_refuses_does_not_keep_the_rest_of_its_page_back(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_all(held)
    for day in DAYS[:5]:
        lose_file(held, day)
    refused = held.file(DAYS[2]).name

    def refuse(found: Callable[..., Any]) -> Callable[..., Any]:
        def rename(folder: int, temporary: str, name: str, **rest: Any) -> None:
            if name == refused:
                raise OSError(28, "No space left on device")
            found(folder, temporary, name, **rest)

        return rename

    monkeypatch.setattr("syncd.archive.files.temporary_file.rename", refuse(temporary_file.rename))
    with open_held(held) as work:
        found = repair(work).days
    assert [one.action for one in found] == [Done.RESTORED] * 2 + [Done.REFUSED] + [Done.RESTORED] * 2
    assert isinstance(found[2].error, FolderError)
    monkeypatch.undo()
    with open_held(held) as work:
        assert [(one.day, one.action) for one in repair(work).days] == [(DAYS[2], Done.RESTORED)]
    assert read_all(held) == before


def test_a_file_that_appears_while_its_page_is_read_is_not_replaced(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in DAYS[:3]:
        lose_file(held, day)

    def appear(work: Workspace, days: Any) -> Any:
        found = read_days_without_file(work, days)
        held.file(DAYS[1]).write_bytes(b"notes\n")
        return found

    monkeypatch.setattr(repairing, "read_days_without_file", appear)
    with open_held(held) as work:
        found = repair(work).days
    assert [one.action for one in found] == [Done.RESTORED, Done.NONE, Done.RESTORED]
    assert held.file(DAYS[1]).read_bytes() == b"notes\n"


def test_a_file_that_repeats_a_date_whose_rows_come_back_is_refused_all_the_same(held: Held) -> None:
    lose_rows(held, DAYS[3])
    repeat_under_another_date(held, DAYS[4])
    with open_held(held) as work:
        found = repair(work).days
    assert [one.action for one in found] == [Done.REGISTERED, Done.REGISTERED, Done.REFUSED]
