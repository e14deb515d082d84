"""How people hear of a turn: which hooks are run for what, what is logged, and what waits."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.files.host_state import STATE_FILE
from syncd.archive.sql.daemon_state import SharedState
from syncd.archive.sql.service_tables import REPLICA_FILE
from syncd.config import Config, HooksConfig
from syncd.core.model import State
from syncd.core.results import DayOutcome, Done
from syncd.core.troubles import HookEvent, Trouble
from syncd.daemon import notifications, state
from syncd.daemon.schedule import Job
from syncd.daemon.state import DaemonState
from syncd.daemon.worker import JobResult
from syncd.usecases.ingest.sync import sync
from tests.support.daemon_turns import TurnMaker
from tests.support.small_archive import noon, world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from syncd.daemon.notifications import Facts

LAST = date(2026, 7, 13)
EDITED, PUSH = Trouble("file-edited", "2026-07-10", "edited", "syncd repair"), Trouble("publish", "", "not pushed")


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[TurnMaker]:
    """A daemon whose archive holds one new mailing that no hook was run for."""
    with world(tmp_path, noon(LAST)) as here, here.open() as work:
        sync(replace(work, store=replace(work.store, announces=True)), here.upstream, [LAST])
        yield TurnMaker(here, work)


def test_a_hook_is_given_all_that_is_known_of_a_new_mailing(daemon: TurnMaker) -> None:
    given: list[Facts] = []

    def run_hooks(_event: HookEvent, facts: Facts) -> bool:
        given.append(facts)
        return True

    assert notifications.announce_shared(daemon.work, lambda: True, run_hooks)
    (facts,) = given
    papers = len(daemon.here.server.history.mailings[LAST, "cs.CV"].new)
    assert facts == {
        "date": "2026-07-13",
        "papers": facts["papers"],
        "path": "2026/2026-07-13.md",
        "state": "complete",
        "source": facts["source"],
    }
    assert int(str(facts["papers"])) >= papers
    assert SharedState(daemon.work.database).events() == ()


def test_a_mailing_waits_until_this_host_has_written_its_file_and_holds_up_nothing(daemon: TurnMaker) -> None:
    shared = SharedState(daemon.work.database)
    shared.change([PUSH], [])
    with daemon.work.database.write() as connection:
        connection.execute(sa.delete(REPLICA_FILE))
    assert daemon.announce() == ["problem publish"]
    assert [event.name for event in shared.events()] == ["new"]


def test_a_turn_that_was_replaced_announces_nothing(daemon: TurnMaker) -> None:
    daemon.is_current = lambda: False
    daemon.state = DaemonState(pending_events=(HookEvent("problem", PUSH),))
    assert daemon.announce() == []
    assert len(SharedState(daemon.work.database).events()) == 1


def test_own_events_are_announced_oldest_first_and_each_is_removed_after_its_hooks(daemon: TurnMaker) -> None:
    events = (HookEvent("problem", EDITED), HookEvent("recovered", EDITED), HookEvent("problem", PUSH))
    daemon.state = DaemonState(pending_events=events)
    assert daemon.announce(2, is_leader=False) == ["problem file-edited", "recovered file-edited"]
    assert daemon.state.pending_events == events[2:]
    assert state.load(daemon.work.folder.root).pending_events == events[2:]


def test_own_events_are_announced_even_if_the_disk_refuses_to_save_the_rest(daemon: TurnMaker) -> None:
    (daemon.work.folder.root / STATE_FILE).mkdir()
    daemon.state = DaemonState(pending_events=(HookEvent("problem", EDITED), HookEvent("problem", PUSH)))
    assert daemon.announce(is_leader=False) == ["problem file-edited", "problem publish"]


def test_the_facts_of_a_trouble_and_of_its_end() -> None:
    assert notifications.trouble_facts(HookEvent("problem", EDITED)) == {
        "code": "file-edited", "subject": "2026-07-10", "message": "edited", "help": "syncd repair",
        "since": None,
    }  # fmt: skip
    ended = {
        "code": "file-edited", "subject": "2026-07-10", "message": "resolved: edited", "since": "2026-07-13T16:00:00+00:00",
    }  # fmt: skip
    found = replace(EDITED, since=datetime(2026, 7, 13, 16, tzinfo=UTC))
    assert notifications.trouble_facts(HookEvent("recovered", found)) == ended
    unnamed = notifications.trouble_facts(HookEvent("recovered", Trouble("a", "b", "")))
    assert unnamed["message"] == "resolved: a b"


def test_a_hook_that_fails_is_logged_and_counts_as_run(caplog: pytest.LogCaptureFixture) -> None:
    config = replace(Config(), hooks=HooksConfig(on_problem=("sh -c 'echo first; echo why; exit 3'",)))
    assert notifications.run_hooks(config, HookEvent("problem", PUSH), {}, lambda: False)
    (record,) = caplog.records
    assert record.message.startswith("hooks.on_problem 1 (sh) exited with 3 after ")
    assert record.message.endswith(": why")


def test_no_hook_is_begun_while_syncd_is_stopping_and_one_that_was_cut_short_is_repeated(tmp_path: Path) -> None:
    config = replace(Config(), hooks=HooksConfig(on_problem=(f"touch {tmp_path}/run",)))
    event = HookEvent("problem", PUSH)
    assert not notifications.run_hooks(config, event, {}, lambda: True)
    assert not (tmp_path / "run").exists()
    answers = iter([False])
    assert not notifications.run_hooks(config, event, {}, lambda: next(answers, True))


@pytest.mark.parametrize(
    ("result", "level"),
    [
        (JobResult(Job.POLL), logging.DEBUG),
        (JobResult(Job.CHECK), logging.INFO),
        (JobResult(Job.POLL, failure="refused"), logging.WARNING),
    ],
)
def test_a_job_is_logged_by_how_much_it_matters(
    result: JobResult, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    notifications.log_job(result)
    assert [record.levelno for record in caplog.records] == [level]


def test_every_mailing_that_a_job_wrote_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    written = DayOutcome(LAST, State.COMPLETE, Done.WRITTEN, papers=9, source="new")
    notifications.log_job(JobResult(Job.POLL, (written,)))
    assert [record.message for record in caplog.records] == ["2026-07-13: written, 9 papers from new"]
