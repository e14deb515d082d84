"""What the daemon knows over a restart: the text of each part, and what becomes of a damaged one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from syncd.archive.files.host_state import STATE_FILE
from syncd.core.errors import FolderError
from syncd.core.model import Change, PaperId
from syncd.core.troubles import HookEvent, Trouble
from syncd.daemon import state
from syncd.daemon.state import DaemonState

if TYPE_CHECKING:
    from pathlib import Path

NOW, LAST = datetime(2026, 7, 13, 16, tzinfo=UTC), date(2026, 7, 13)
EDITED, DIFFERENT = Trouble("file-edited", "2026-03-11", "e"), Trouble("row-missing", "2026-03-12", "d")
PUSH, DISK = Trouble("publish", "", "not pushed"), Trouble("folder", "/archive", "full")
SHARED = DaemonState(
    polled=NOW, answered=False, caught_up=NOW, reached=False, tried=(LAST,), recheck_tried=NOW, rechecked=LAST,
    faults=(DIFFERENT,), differences=(Change(LAST, "title-changed", PaperId("2607.00001"), "title", "a", "b"),), silent=2,
    silent_since=NOW, failure="no route",
)  # fmt: skip
HOST = DaemonState(
    checked=NOW,
    checked_all=NOW,
    announced=(EDITED,),
    pending_events=(HookEvent("recovered", EDITED),),
    faults=(EDITED,),
)


def test_this_hosts_part_survives_a_restart_and_nothing_else_does(tmp_path: Path) -> None:
    assert state.load(tmp_path) == DaemonState()
    everything = replace(
        SHARED, checked=NOW, checked_all=NOW, announced=HOST.announced, pending_events=HOST.pending_events,
        faults=(DIFFERENT, EDITED), publish_at=NOW, publish_troubles=(PUSH,), unsaved=(DISK,),
    )  # fmt: skip
    state.save(tmp_path, everything)
    assert state.load(tmp_path) == HOST
    assert state.format_host(HOST) == state.format_host(everything)


def test_what_all_hosts_know_replaces_this_hosts_idea_of_it_and_nothing_else() -> None:
    text = state.format_shared(replace(SHARED, checked=NOW, faults=(DIFFERENT, EDITED)))
    assert state.with_shared(DaemonState(), text) == SHARED
    mine = replace(HOST, polled=None, rechecked=None, faults=(EDITED, Trouble("row-missing", "2026-03-13", "r")))
    assert state.with_shared(mine, text) == replace(
        SHARED, checked=NOW, checked_all=NOW, announced=HOST.announced, pending_events=HOST.pending_events,
        faults=(DIFFERENT, EDITED),
    )  # fmt: skip
    assert state.with_shared(SHARED, None) == DaemonState()


def test_the_troubles_of_this_host_are_all_but_those_of_the_archive() -> None:
    known = DaemonState(faults=(DIFFERENT, EDITED), publish_troubles=(PUSH,), unsaved=(DISK,))
    assert known.host_troubles == (EDITED, PUSH, DISK)


def test_a_refused_save_is_an_error_and_a_refused_load_a_fresh_state(tmp_path: Path) -> None:
    (tmp_path / STATE_FILE).mkdir()
    with pytest.raises(FolderError):
        state.save(tmp_path, HOST)
    assert state.load(tmp_path) == DaemonState()


NOT_WRITTEN_BY_SYNCD = [
    {"polled": 3},
    {"polled": "2026-03-10 00:00:00"},
    {"answered": None},
    {"tried": None},
    {"rechecked": True},
    {"faults": None},
    {"faults": [{"code": "difference", "subject": 3, "message": "m"}]},
    {"faults": [{"code": "difference", "subject": "x", "message": "m", "more": ""}]},
    [],
]


@pytest.mark.parametrize("content", NOT_WRITTEN_BY_SYNCD, ids=json.dumps)
def test_a_shared_text_that_syncd_did_not_write_is_as_if_nothing_was_ever_done(content: object) -> None:
    assert state.with_shared(HOST, json.dumps(content)) == HOST
    assert state.with_shared(HOST, "{") == HOST


TROUBLE = {"code": "a", "subject": "b", "message": "c", "help": ""}
DAMAGED = [
    {"checked": "2026-03-10 00:00:00"},
    {"announced": None},
    {"pending_events": [[]]},
    {"pending_events": [{"name": "problem"}]},
    {"pending_events": [{"name": "other", "trouble": TROUBLE, "number": 0}]},
    {"pending_events": [{"name": "problem", "trouble": TROUBLE, "number": "0"}]},
]


@pytest.mark.parametrize("content", ["", "{", "[]", *map(json.dumps, DAMAGED)])
def test_a_damaged_file_is_forgotten(tmp_path: Path, content: str) -> None:
    (tmp_path / STATE_FILE).write_text(content, encoding="utf-8")
    assert state.load(tmp_path) == DaemonState()
