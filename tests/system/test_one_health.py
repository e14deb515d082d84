"""One rule of health: from the same state, daemon, `status --strict`, `doctor` and the hooks say the same."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from syncd.archive.sql.daemon_state import SharedState
from syncd.core.health import SILENT
from syncd.core.model import Finding, State, Version
from syncd.core.troubles import is_well
from syncd.daemon import state as states
from syncd.daemon.metrics import DaemonMetrics
from syncd.rehearsal.history import Edition
from syncd.usecases.compare.known_differences import accept, set_accepted_aside
from syncd.usecases.compare.run import compare, gather
from syncd.usecases.compare.select import Selection
from syncd.usecases.inspect import acknowledge
from syncd.usecases.inspect.doctor import examine_health
from syncd.usecases.inspect.host_checks import Grade
from syncd.usecases.inspect.status import status
from syncd.usecases.progress import RunControl
from syncd.usecases.upstream import UpstreamAccess
from tests.support import faults
from tests.support.changed_history import removed, revised
from tests.support.daemon_turns import TurnMaker
from tests.support.small_archive import World, noon, world
from tests.support.synced_archive import copy_synced

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LAST = date(2026, 7, 13)
WEEK = timedelta(days=7)


@dataclass
class Outlets:
    """A daemon, and everything that says whether its archive is well."""

    daemon: TurnMaker
    heard: list[str] = field(default_factory=list)
    metrics: DaemonMetrics = field(default_factory=DaemonMetrics)

    def turn(self) -> bool:
        """Make a turn, and return whether the archive is well, on which all outlets agree."""
        report = self.daemon.lead()
        self.heard += self.daemon.announce()
        self.metrics.update(report, self.daemon.here.now, is_leader=True)
        found = {
            "healthz and syncd_well": self.metrics.is_well,
            "status --strict": is_well(status(self.daemon.work).troubles),
            "doctor": all(check.grade is Grade.OK for check in examine_health(self.daemon.work)),
        }
        assert len(set(found.values())) == 1, found
        assert [one.key for one in report.open] == [one.key for one in status(self.daemon.work).troubles]
        return self.metrics.is_well

    def acknowledge(self, code: str) -> None:
        work = self.daemon.work
        chosen = acknowledge.choose(acknowledge.list_open(work), code, None)
        assert acknowledge.acknowledge(work, chosen, "anna@host", "seen")[0].acknowledged is not None


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, noon(LAST)) as made:
        copy_synced(tmp_path, noon(LAST))
        yield made


@pytest.fixture
def outlets(here: World) -> Iterator[Outlets]:
    with here.open() as work:
        yield Outlets(TurnMaker(here, work))


def lose_a_paper(here: World) -> None:
    history = here.server.history
    here.server.history = removed(history, history.mailings[LAST, "cs.CV"].new[0].id, "cs.CV", LAST)


def test_a_revised_paper_and_a_cross_list_that_left_make_no_one_ill(here: World, outlets: Outlets) -> None:
    mailing = here.server.history.mailings[LAST, "cs.CV"]
    later = Edition(LAST, Version(2, datetime(2026, 7, 13, 10, tzinfo=UTC)), "Another Title", "Text.")
    left = removed(here.server.history, mailing.cross[0].id, "cs.CV", LAST)
    here.server.history = revised(left, mailing.new[0].id, later)
    assert outlets.turn()
    assert outlets.heard == []


def test_a_difference_is_one_alarm_everywhere_until_it_is_accepted(here: World, outlets: Outlets) -> None:
    lose_a_paper(here)
    assert not outlets.turn()
    assert not outlets.turn()
    work = outlets.daemon.work
    found = compare(work, UpstreamAccess(here, here.upstream, RunControl()), Selection((LAST,)))
    assert accept(work, gather(set_accepted_aside(work, found)), "moved") > 0
    asked = len(here.asked)
    assert outlets.turn()
    assert outlets.heard == ["problem difference", "recovered difference"]
    assert len(here.asked) == asked


def test_an_alarm_that_a_person_has_seen_is_none_until_it_changes(here: World, outlets: Outlets) -> None:
    lose_a_paper(here)
    assert not outlets.turn()
    outlets.acknowledge("difference")
    assert outlets.turn()
    assert outlets.heard == ["problem difference"]
    work = outlets.daemon.work
    (seen,) = status(work).troubles
    assert seen.acknowledged is not None
    assert (seen.acknowledged.person, seen.acknowledged.note) == ("anna@host", "seen")
    changed = outlets.daemon.state.differences
    more = replace(outlets.daemon.state, differences=(*changed, replace(changed[0], code="title-changed")))
    SharedState(work.database).save(states.format_shared(more))
    assert not outlets.turn()
    assert outlets.heard == ["problem difference", "problem difference"]


def test_a_lost_vault_is_one_alarm_that_a_person_can_end(here: World, outlets: Outlets) -> None:
    assert outlets.turn()
    shutil.rmtree(here.folder / "vault")
    here.now = noon(LAST) + WEEK
    here.server.lag = timedelta(days=30)
    assert not outlets.turn()
    assert outlets.heard.count("problem vault-missing") == 1
    (alarm,) = (one for one in status(outlets.daemon.work).troubles if one.code == "vault-missing")
    assert alarm.count > 3
    assert "backup" in alarm.help
    assert alarm.since is not None
    outlets.acknowledge("vault-missing")
    here.now += WEEK
    outlets.turn()
    outlets.daemon.restart()
    outlets.turn()
    assert outlets.heard.count("problem vault-missing") == 1


def test_a_conflict_is_an_alarm_everywhere_until_a_person_has_seen_it(here: World, outlets: Outlets) -> None:
    work = outlets.daemon.work
    work.store.put_finding(Finding(LAST, State.CONFLICT, "catchup", "trouble"))
    assert not outlets.turn()
    outlets.acknowledge("conflict")
    assert outlets.turn()


def test_an_arxiv_that_does_not_answer_is_reported_once_with_its_cause_and_so_is_its_return(
    here: World, outlets: Outlets
) -> None:
    here.now = noon(LAST) + timedelta(hours=8, minutes=1)
    here.server.faults.add(faults.status(500).on("*", times=None))
    well = []
    for _ in range(8):
        well.append(outlets.turn())
        here.now += timedelta(minutes=15)
    assert well == [True, *[False] * 7]
    assert outlets.heard == [f"problem {SILENT}"]
    (alarm,) = status(outlets.daemon.work).troubles
    assert "broken off" in alarm.message
    here.server.faults.clear()
    assert outlets.turn()
    assert outlets.heard[1] == f"recovered {SILENT}"
