"""The daemon through a year of evenings: every mailing archived once, on its own date, with few requests and timely alarms."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from syncd.core.health import SILENT
from syncd.core.mailing import NEW_YORK, announced_at
from syncd.core.model import State
from tests.support.simulated_months import Weather, count_least_requests, random_lags, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.simulated_months import Life


@pytest.fixture
def quick() -> Iterator[Path]:
    """A folder in memory where there is one: a year of evenings is a year of fsyncs."""
    memory = Path("/dev/shm")  # noqa: S108  a folder of its own is made in it
    folder = Path(tempfile.mkdtemp(prefix="syncd-year-", dir=memory if memory.is_dir() else None))
    yield folder
    shutil.rmtree(folder)


def at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def troubled(since: date, until: date) -> Weather:
    return Weather(
        lags=random_lags(Random(3), since, until),
        stale=[(at(2, 18, 1), at(2, 18, 11))],  # listing date 18 February, 20:00 to 06:00 New York
        outages=[(at(2, 24), at(2, 27))],  # the mailings of 25, 26 and 27 February
        down=[(at(3, 3), at(3, 17))],
        deferred={date(2026, 2, 11)},
    )


MISSED = ["2026-02-11", "2026-02-25", "2026-02-26", "2026-02-27"]


def verify(life: Life) -> None:
    """Check what is true for every period."""
    history = life.here.server.history
    assert sorted(day for _, day in life.written) == list(history.days)
    assert sorted(event for event in life.announced if event.startswith("new")) == [
        f"new {day}" for day in history.days
    ]
    raised = [key for _, key in life.alarms]
    assert [event for event in life.announced if event.startswith("problem")] == [
        f"problem {key.split()[0]}" for key in raised
    ]
    (silent,) = (key for key in raised if key.startswith(SILENT))
    assert raised == [f"mailing-missed {MISSED[0]}", silent, *(f"mailing-missed {day}" for day in MISSED[1:])]
    # Whatever happened the evening before, each mailing is looked for within a minute of its announcement.
    for day in history.days:
        moment = announced_at(day).astimezone(UTC)
        if not any(first <= moment < last for first, last in life.weather.down):
            assert any(timedelta() <= look - moment < timedelta(minutes=1) for look in life.looks), day
    with life.open() as work:
        states = {report.day: report.state for report in work.reports(history.days[0], history.days[-1])}
        assert {day for day, state in states.items() if state is State.COMPLETE} == set(history.days)
        assert {state for day, state in states.items() if day not in history.days} <= {State.NO_MAILING}
        for day in history.days:
            digest = work.store.digest(day)
            listed = history.mailings[day, "cs.CV"]
            assert digest is not None
            assert {e.id for e in digest.entries} == {w.id for w in (*listed.new, *listed.cross)}
            assert life.here.file(day).is_file()


@pytest.mark.timeout(300)
def test_seven_troubled_weeks_are_archived_completely_with_timely_alarms(quick: Path) -> None:
    since, until = date(2026, 2, 2), date(2026, 3, 20)
    with simulate(quick, since, until, troubled(since, until)) as life:
        life.live(at(3, 21, 3))
        verify(life)
        assert len(life.here.asked) <= 1.2 * count_least_requests(life)
        assert sorted(key for _, key in life.ends) == sorted(key for _, key in life.alarms)
        missed = [moment for moment, key in life.alarms if not key.startswith(SILENT)]
        assert {moment.astimezone(NEW_YORK).hour for moment in missed} == {6}
        (silent,) = (moment for moment, key in life.alarms if key.startswith(SILENT))
        assert silent < at(2, 25, 11)  # before the first mailing is missed


@pytest.mark.slow
@pytest.mark.skipif("SYNCD_LONG" not in os.environ, reason="a whole year takes a minute; SYNCD_LONG=1 asks for it")
def test_a_whole_year_of_evenings(quick: Path) -> None:
    since, until = date(2026, 1, 5), date(2026, 12, 30)
    with simulate(quick, since, until, troubled(since, until)) as life:
        life.live(datetime(2026, 12, 31, 3, tzinfo=UTC))
        verify(life)
        assert len(life.here.asked) <= 1.2 * count_least_requests(life)
