"""What the daemon remembers over a restart and over an update: nothing is done or told twice for having moved."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.daemon_state import Shared
from syncd.core.health import Trouble
from syncd.daemon import state
from syncd.daemon.cycle import Cycle
from syncd.daemon.events import Note
from syncd.daemon.schedule import Memory, plan_of
from syncd.daemon.state import Own
from syncd.daemon.state_store import inherit, keep, remembered
from syncd.usecases.ingest.sync import sync
from tests.support.small_archive import noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.small_archive import World

NOW, LAST = datetime(2026, 7, 13, 16, tzinfo=UTC), date(2026, 7, 13)
MISSED, EDITED = Trouble("mailing-missed", "2026-03-10", "m", "h"), Trouble("file-edited", "2026-03-11", "e")
DIFFERENT, DISK = Trouble("difference", "2026-03-12", "d"), Trouble("folder", "/archive", "full")
OLD = {
    "polled": str(NOW),
    "answered": False,
    "caught_up": str(NOW),
    "reached": True,
    "tried": ["2026-03-10"],
    "recheck_tried": str(NOW),
    "rechecked": "2026-07-10",
    "checked": str(NOW),
    "checked_all": str(NOW),
    "faults": [
        {"code": "file-edited", "subject": "2026-03-11", "message": "e", "help": ""},
        {"code": "difference", "subject": "2026-03-12", "message": "d", "help": ""},
    ],
    "told": [
        {"code": "mailing-missed", "subject": "2026-03-10", "message": "m", "help": "h"},
        {"code": "file-edited", "subject": "2026-03-11", "message": "e", "help": ""},
        {"code": "difference", "subject": "2026-03-12", "message": "d", "help": ""},
        {"code": "folder", "subject": "/archive", "message": "full", "help": ""},
    ],
    "trying": ["2026-07-10", "2026-07-12"],
    "unsaid": [
        {
            "event": "new",
            "facts": {"date": "2026-07-09", "papers": 3, "path": "p", "state": "complete", "source": "new"},
        },
        {"event": "problem", "facts": {"code": "folder", "subject": "/archive", "message": "full", "help": ""}},
        {"event": "recovered", "facts": {"code": "stopped", "subject": "a.example", "message": "over: 403"}},
    ],
}
"""A file as version 0.1.0 wrote it."""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made, made.open() as work:
        sync(work, made.upstream, made.server.history.days)
        (work.config.archive.root / state.NAME).write_text(json.dumps(OLD))
        yield made


def test_an_older_version_s_file_is_split_into_what_is_this_host_s_and_what_is_everybody_s(here: World) -> None:
    with here.open() as work:
        own = state.load(work.config.archive.root)
        assert (own.checked, own.checked_all, own.faults, own.told) == (NOW, NOW, (EDITED,), (EDITED, DISK))
        assert [note.facts["code"] for note in own.unsaid] == ["folder"]
        state.save(work.config.archive.root, own)  # a turn that only tells of trouble keeps what it cannot hand over
        assert state.load(work.config.archive.root) == own
        known = remembered(work, own)
        mine = inherit(work, own)
        assert mine == replace(own, inherited="")
        assert remembered(work, mine) == known
        assert (known.polled, known.answered, known.tried) == (NOW, False, (date(2026, 3, 10),))
        assert (known.rechecked, known.checked, known.faults) == (date(2026, 7, 10), NOW, (DIFFERENT, EDITED))
        shared = Shared(work.database)
        assert shared.told() == (DIFFERENT, MISSED)
        told = [(one.event, one.trouble.subject, one.trouble.message) for one in shared.notices()]
        assert told == [("new", "2026-07-09", ""), ("new", "2026-07-10", ""), ("recovered", "a.example", "403")]


def test_the_second_host_s_older_file_changes_nothing_that_is_everybody_s(here: World) -> None:
    with here.open() as work:
        own = state.load(work.config.archive.root)
        Shared(work.database).begin(state.shared_text(Memory(rechecked=LAST)), [], [])
        assert inherit(work, own).inherited == ""
        assert remembered(work, own).rechecked == LAST
        assert (Shared(work.database).told(), Shared(work.database).notices()) == ((), ())


def test_the_first_turn_after_an_update_tells_nothing_again(here: World) -> None:
    with here.open() as work:
        root, told = work.config.archive.root, list[Note]()

        def say(note: Note) -> bool:
            told.append(note)
            return True

        def turn(moment: datetime) -> None:
            plan = plan_of(work.config.schedule, 0.0)
            cycle = Cycle(
                work, plan, lambda _: nullcontext(here.upstream), lambda own: state.save(root, own), state.load(root)
            )
            here.now = moment
            cycle.step(moment)
            cycle.tell(say)

        turn(NOW)
        assert [note.facts["date"] for note in told if note.event == "new"] == ["2026-07-09", "2026-07-10"]
        rest = [(note.event, note.facts["code"]) for note in told if note.event != "new"]
        # What is wrong no longer ends, and nothing that an older version told begins.
        assert sorted(rest) == [
            ("problem", "folder"),
            ("recovered", "folder"),
            ("recovered", "mailing-missed"),
            ("recovered", "stopped"),
        ]
        told.clear()
        turn(NOW)
        assert told == []


def test_only_what_changed_for_everybody_is_written(here: World) -> None:
    with here.open() as work:
        before = Memory(polled=NOW)
        keep(work, before, replace(before, checked=NOW, faults=(EDITED,)))
        assert Shared(work.database).content() is None
        keep(work, before, replace(before, faults=(DIFFERENT,)))
        assert remembered(work, Own()) == Memory(polled=NOW, faults=(DIFFERENT,))


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"polled": 3}', '{"polled": "2026-03-10 00:00:00"}'])
def test_a_common_memory_that_cannot_be_understood_is_as_if_nothing_was_ever_done(damage: str) -> None:
    assert state.whole(damage, Own(checked=NOW)) == Memory(checked=NOW)


WRONG = [
    {"polled": 3},
    {"polled": "2026-03-10 00:00:00"},
    {"answered": None},
    {"tried": None},
    {"rechecked": True},
    {"faults": None},
    {"faults": [{"code": "difference", "subject": 3, "message": "m"}]},
    {"faults": [{"code": "difference", "subject": "x", "message": "m", "more": ""}]},
]


@pytest.mark.parametrize("content", WRONG, ids=json.dumps)
def test_a_memory_of_other_kinds_than_were_written_is_none(content: dict[str, object]) -> None:
    assert state.whole(json.dumps(content), Own()) == Memory()


@pytest.mark.parametrize(
    "content", [{"told": None}, {"unsaid": [{"event": "new"}]}, {"unsaid": [[]]}, {"inherited": 1}]
)
def test_nor_is_a_file_of_other_kinds(tmp_path: Path, content: dict[str, object]) -> None:
    (tmp_path / state.NAME).write_text(json.dumps(content), encoding="utf-8")
    assert state.load(tmp_path) == Own()
