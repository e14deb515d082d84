"""Turns of the daemon on a small archive: what is asked, what is told once, what is forgotten when it is over."""

from __future__ import annotations

import gc
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.daemon_state import Shared
from syncd.archive.sql.ledger import SqlLedger
from syncd.core.errors import FolderError
from syncd.core.health import Trouble
from syncd.daemon import status_line
from syncd.daemon.cycle import Cycle, Step, attended
from syncd.daemon.schedule import Action, What, plan_of
from syncd.daemon.state import Own
from syncd.rehearsal import faults
from syncd.rehearsal.history import removed
from syncd.usecases.progress import Cancelled, Progress, RunControl
from tests.support.small_archive import World, evening, noon, world

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from syncd.daemon.events import Note
    from syncd.usecases.ingest.upstream_client import ListingClient
    from syncd.usecases.workspace import Workspace

DAYS = [date(2026, 6, 30), *(date(2026, 7, n) for n in (1, 2, 3, 7, 8, 9, 10, 13))]
LAST = DAYS[-1]
DATABASE, MISSED = Trouble("database", "x", "gone"), Trouble("mailing-missed", "2026-07-13", "m")


def keys(troubles: Iterable[Trouble]) -> list[str]:
    return [trouble.key for trouble in troubles]


@dataclass
class House:
    """A world with a daemon in it; `full` makes its memory impossible to keep."""

    here: World
    work: Workspace
    kept: list[Own] = field(default_factory=lambda: [Own()])
    full: bool = False

    def cycle(self, own: Own | None = None) -> Cycle:
        plan = plan_of(self.work.config.schedule, 0.0)
        return Cycle(self.work, plan, lambda _work: nullcontext(self.here.upstream), self.keep, own or self.kept[-1])

    def keep(self, own: Own) -> None:
        if self.full:
            raise FolderError("no space left", path="/archive")
        self.kept.append(own)

    def step(self, cycle: Cycle, now: datetime) -> Step:
        self.here.now = now
        return cycle.step(now)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with world(tmp_path, noon(LAST)) as here, here.open() as work:
        yield House(here, work)


def test_the_first_turn_brings_everything_within_reach_and_the_second_asks_nothing(house: House) -> None:
    cycle = house.cycle()
    step = house.step(cycle, noon(LAST))
    assert [outcome.day for outcome in step.new] == DAYS[::-1]
    assert len(house.here.asked) == len(DAYS) + 1
    house.here.asked.clear()
    again = house.step(cycle, noon(LAST) + timedelta(minutes=1))
    assert (again.work, again.new, house.here.asked) == ((), (), [])
    assert again.poll == datetime(2026, 7, 14, tzinfo=UTC)


def test_a_restart_repeats_nothing(house: House) -> None:
    house.here.server.lag = timedelta(hours=2)
    house.step(house.cycle(), evening(LAST))
    house.here.asked.clear()
    step = house.step(house.cycle(), evening(LAST) + timedelta(minutes=5))
    assert house.here.asked == []
    assert step.next.what is What.POLL
    assert step.next.when == evening(LAST) + timedelta(minutes=15)


def test_a_rest_is_waited_out_by_asking_later(house: House) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    ledger = SqlLedger(house.work.database)
    host = house.here.server.url.removeprefix("http://")
    until = ledger.start_cooldown(host, timedelta(hours=1), status=429, reason="HTTP 429")
    step = house.step(house.cycle(Own(checked=noon(LAST), checked_all=noon(LAST))), noon(LAST))
    assert house.here.asked == []
    assert step.next.when == until or step.next.what is What.CHECK


def test_a_stop_is_told_once_and_so_is_its_end(house: House) -> None:
    ledger, cycle = SqlLedger(house.work.database), house.cycle()
    ledger.block_host("pages.example", "HTTP 403")
    first = house.step(cycle, noon(LAST))
    assert "stopped pages.example" in [trouble.key for trouble in first.raised]
    assert house.here.asked == []
    assert house.step(cycle, noon(LAST) + timedelta(minutes=15)).raised == ()
    ledger.release("pages.example")
    last = house.step(cycle, noon(LAST) + timedelta(minutes=30))
    assert "stopped pages.example" in keys(last.over)
    assert last.new


def test_a_full_disk_is_told_once_and_ends_when_there_is_room(house: House) -> None:
    cycle = house.cycle()
    house.full = True
    assert [trouble.key for trouble in house.step(cycle, noon(LAST)).raised] == ["folder /archive"]
    house.here.asked.clear()
    assert house.step(cycle, noon(LAST) + timedelta(minutes=1)).raised == ()
    house.full = False
    step = house.step(cycle, noon(LAST) + timedelta(minutes=6))
    assert (keys(step.over), step.open) == (["folder /archive"], ())
    assert house.step(cycle, noon(LAST) + timedelta(minutes=7)).over == ()


def test_an_edited_file_is_told_by_the_night_s_check_and_forgotten_when_mended(house: House) -> None:
    cycle = house.cycle()
    house.step(cycle, noon(LAST))
    whole = house.here.file(DAYS[3]).read_bytes()
    house.here.file(DAYS[3]).write_bytes(whole.replace(b">  ", b">  Edited. ", 1))
    told: list[str] = []
    over: list[str] = []
    for night in range(1, 9):
        step = house.step(cycle, noon(LAST) + timedelta(days=night))
        told += [trouble.key for trouble in step.raised if "mailing" not in trouble.key]
    assert told == [f"file-edited {DAYS[3]}"]
    house.here.file(DAYS[3]).write_bytes(whole)
    over += keys(house.step(cycle, noon(LAST) + timedelta(days=9)).over)
    assert f"file-edited {DAYS[3]}" in over


def test_a_paper_that_left_is_a_difference_that_costs_one_more_page_and_rewrites_nothing(house: House) -> None:
    cycle = house.cycle()
    house.step(cycle, evening(LAST))
    before = house.here.file(LAST).read_bytes()
    listed = house.here.server.history.mailings[LAST, "cs.CV"].new
    house.here.server.history = removed(house.here.server.history, listed[0].id, "cs.CV", LAST)
    house.here.asked.clear()
    step = house.step(cycle, noon(LAST))
    assert [done.codes for done in step.work if done.what is What.RECHECK] == [("missing-upstream",)]
    assert house.here.asked == [house.here.asked[0], f"/catchup/cs.CV/{LAST}?abs=True&page=1"]
    assert "/recent" in house.here.asked[0]
    assert house.here.file(LAST).read_bytes() == before


def test_a_recent_page_that_cannot_be_believed_is_tried_again_later(house: House) -> None:
    cycle = house.cycle()
    house.here.server.faults.add(faults.maintenance().on("/list/cs.CV/recent*"))
    step = house.step(cycle, noon(LAST))
    assert [type(done.error).__name__ for done in step.work if done.what is What.RECHECK] == ["LayoutUnknown"]
    assert cycle.memory.rechecked is None
    house.step(cycle, noon(LAST) + timedelta(hours=6))
    assert cycle.memory.rechecked == LAST


def test_a_follower_tells_the_end_of_its_own_troubles_and_of_no_other(house: House) -> None:
    shared = Shared(house.work.database)
    shared.change([MISSED], [])
    cycle = house.cycle(Own(told=(DATABASE,)))
    house.here.now = noon(LAST)
    step = cycle.follow(noon(LAST))
    assert (step.raised, step.over) == ((), (DATABASE,))
    assert shared.told() == (MISSED,)
    assert house.here.asked == []
    assert heard(cycle, leads=False) == ["recovered database"]


def test_told_to_end_it_does_nothing_more(house: House) -> None:
    cycle = house.cycle()
    cycle.watch.cancel.set()
    assert house.step(cycle, noon(LAST)).new == ()
    assert house.here.asked == []


def test_the_status_names_what_only_a_person_can_end_before_what_is_missing() -> None:
    step = Step(Action(What.LOOK, noon(LAST)), open=(MISSED, DATABASE, MISSED))
    assert status_line.status(step).endswith(f"; {DATABASE.message} (and 2 more)")


def test_the_status_says_what_is_next_and_what_is_held(house: House) -> None:
    cycle = house.cycle()
    step = house.step(cycle, noon(LAST))
    assert status_line.status(step) == "next poll Mon 20:00 New York; newest 2026-07-13 complete; no gaps"
    assert status_line.status(step, leads=False).startswith("standing by, another host leads; newest")


def test_a_thousand_turns_leave_nothing_behind(house: House) -> None:
    cycle = house.cycle()
    house.step(cycle, noon(LAST))
    moments = iter(noon(LAST) + timedelta(seconds=n) for n in range(1, 1200))
    for _ in range(50):
        house.step(cycle, next(moments))
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(1000):
        house.step(cycle, next(moments))
    gc.collect()
    assert len(gc.get_objects()) - before < 1000


class Killed(BaseException):
    """The machine lost its power here."""


def heard(cycle: Cycle, most: int = 1000, *, leads: bool = True) -> list[str]:
    """What the hooks are told, until there is nothing left or the daemon is told to end."""
    told: list[str] = []

    def say(note: Note) -> bool:
        if len(told) == most:
            return False
        told.append(f"{note.event} {note.facts.get('date') or note.facts.get('code')}")
        return True

    cycle.tell(say, leads=leads)
    return told


def test_what_hooks_were_not_told_is_told_by_the_next_process_and_once(house: House) -> None:
    cycle = house.cycle()
    house.step(cycle, noon(LAST))
    assert heard(cycle, 3) == [f"new {day}" for day in DAYS[:3]]
    later = house.cycle()
    house.step(later, noon(LAST) + timedelta(minutes=1))
    assert heard(later) == [f"new {day}" for day in DAYS[3:]]
    assert heard(house.cycle()) == []


def test_a_kill_while_a_hook_runs_repeats_it(house: House) -> None:
    cycle = house.cycle()
    house.step(cycle, noon(LAST))

    def killed(_note: Note) -> bool:
        raise Killed

    with pytest.raises(Killed):
        cycle.tell(killed)
    assert heard(house.cycle())[0] == f"new {DAYS[0]}"


def test_a_mailing_brought_in_just_before_a_kill_is_told_after_it(house: House) -> None:
    """The rows are committed; the turn that asked for them never comes to its end."""
    cycle, calls = house.cycle(), iter(range(100))

    def ask(_work: Workspace) -> AbstractContextManager[ListingClient]:
        if next(calls) == 3:
            raise Killed
        return nullcontext(house.here.upstream)

    cycle.ask = ask
    with pytest.raises(Killed):
        house.step(cycle, noon(LAST))
    later = house.cycle()
    house.step(later, noon(LAST) + timedelta(minutes=1))
    assert heard(later) == [f"new {day}" for day in DAYS]


def test_told_to_end_in_the_middle_it_goes_on_at_once_after_a_restart(house: House) -> None:
    cycle, calls = house.cycle(), iter(range(100))

    def ask(_work: Workspace) -> AbstractContextManager[ListingClient]:
        if next(calls) == 3:
            raise Cancelled
        return nullcontext(house.here.upstream)

    cycle.ask = ask
    assert len(house.step(cycle, noon(LAST)).new) == 3
    later = house.cycle()
    assert len(house.step(later, noon(LAST) + timedelta(seconds=5)).new) == len(DAYS) - 3


def test_a_mailing_whose_file_a_full_disk_refused_is_written_and_told_later(house: House, tmp_path: Path) -> None:
    def refuse(step: str) -> None:
        if step == "row":
            raise FolderError("no space left", path="/archive")

    cycle = house.cycle()
    cycle.work = replace(house.work, steps=refuse)
    step = house.step(cycle, evening(LAST))
    assert "folder /archive" in keys(step.raised)
    cycle.work = house.work
    step = house.step(cycle, evening(LAST) + timedelta(minutes=5))
    assert keys(step.over) == ["folder /archive"]
    told = heard(cycle)
    assert sorted(set(told)) == ["new " + str(day) for day in DAYS] + ["problem folder", "recovered folder"]
    assert all(house.here.file(day).is_file() for day in DAYS)


def test_a_disk_that_refuses_in_the_middle_of_a_catch_up_delays_it_no_longer_than_it_refuses(house: House) -> None:
    rows: list[str] = []

    def refuse_from_the_third(step: str) -> None:
        rows.extend([step] if step == "row" else [])
        if len(rows) >= 3:
            raise FolderError("no space left", path=str(house.work.folder.root / f"{len(rows)}.md"))

    cycle = house.cycle()
    cycle.work = replace(house.work, steps=refuse_from_the_third)
    step = house.step(cycle, noon(LAST))
    assert (keys(step.raised), cycle.is_unfit(step)) == ([f"folder {house.work.folder.root}"], True)
    assert house.step(cycle, noon(LAST) + timedelta(minutes=1)).raised == ()
    asked = len(house.here.asked)
    cycle.work = house.work
    step = house.step(cycle, noon(LAST) + timedelta(minutes=5))
    assert (keys(step.raised), cycle.is_unfit(step)) == ([], False)
    assert all(house.here.file(day).is_file() for day in DAYS)
    assert len(house.here.asked) - asked == len(DAYS) - 3 + 1


def test_a_page_that_is_not_believed_is_said_at_once_and_asked_for_again(house: House) -> None:
    cycle = house.cycle()
    house.step(cycle, evening(LAST) - timedelta(hours=1))
    house.here.server.faults.add(faults.halved().on("/list/cs.CV/new*"))
    step = house.step(cycle, evening(LAST))
    (told,) = (status_line.did(did) for did in step.work if did.what is What.POLL)
    assert f"arXiv's page for {LAST} was rejected" in told
    assert step.new == ()
    again = house.step(cycle, evening(LAST) + timedelta(minutes=15))
    assert [outcome.day for outcome in again.new] == [LAST]


def test_an_end_is_told_in_words(house: House) -> None:
    cycle = house.cycle(Own(told=(DATABASE,)))
    house.step(cycle, noon(LAST))
    assert [note.facts["message"] for note in cycle.own.unsaid if note.event == "recovered"] == ["over: gone"]


def test_many_mailings_missing_at_the_first_start_are_one_alarm(house: House) -> None:
    house.here.server.faults.add(faults.status(500).on(times=None))
    cycle = house.cycle()
    step = house.step(cycle, noon(LAST))
    assert [key for key in keys(step.raised) if "mailing" in key] == [f"mailing-missed {DAYS[0]}..{LAST}"]


def test_who_waits_for_a_program_shows_life(house: House) -> None:
    lives: list[Progress] = []
    watch = RunControl(report=lives.append)
    ending = attended(watch)
    assert (ending(), len(lives)) == (False, 1)
    watch.cancel.set()
    assert (ending(), len(lives)) == (True, 2)
