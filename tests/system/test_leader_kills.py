"""Leaders killed at random on one PostgreSQL: arXiv, the hooks and the folders see the same as without a kill."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from contextlib import closing
from random import Random
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from syncd.archive.sql import database
from syncd.archive.sql.leader_lock import KEY, TURN_KEY
from syncd.archive.sql.service_tables import HISTORY
from syncd.rehearsal.faults import drip
from tests.support.two_daemons import eventually, hosts

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

from tests.support.two_daemons import Heard, Hosts

pytest_plugins = ("tests.support.postgres_server",)
INTERVAL = 0.4
TAKEOVER = 60.0
_LONG = pytest.mark.skipif("SYNCD_LONG" not in os.environ, reason="takes minutes; SYNCD_LONG=1 asks for it")


def wait_until_complete(both: Hosts) -> None:
    """Wait, without more kills, until both folders are complete and every mailing was announced."""
    due = both.due()
    for folder in both.folders:
        eventually(lambda folder=folder: len(both.files(folder)) == len(due))  # type: ignore[misc]
    eventually(lambda: set(map(str, due)) <= both.news())
    both.end()


def count_records(url: str) -> Counter[date]:
    """Count how often each mailing was recorded."""
    with closing(database.open_database(url, create=False)) as opened, opened.read() as connection:
        return Counter(connection.scalars(sa.select(HISTORY.c.day).where(HISTORY.c.state == "complete")))


def count_repeated(heard: list[Heard]) -> int:
    """Count the events that were announced again because a kill fell between the hook and the removal of its event.

    Such an event is the last one of its turn. No other event may be repeated.
    """
    last = {one.turn: one for one in heard}
    runs: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for one in heard:
        if one.event == "new":
            runs[one.event, one.what].append(one)
    for same in runs.values():
        cut_short = [one for one in same if last[one.turn] is one]
        assert len(cut_short) >= len(same) - 1, same
    return sum(len(same) - 1 for same in runs.values())


def verify(both: Hosts, url: str) -> int:
    """Check that nothing is doubled or missed and the spacing is kept over both hosts; count the repeated events."""
    due = both.due()
    assert count_records(url) == Counter(due)
    assert both.news() == set(map(str, due))
    one, two = both.folders
    assert both.files(one) == both.files(two)
    assert both.server.most_in_flight == 1
    # Measured at the server: its clock stops before the last byte left, the hosts' begins when it came.
    assert min(both.gaps()) >= INTERVAL
    # A page for each mailing, and again where a kill fell between question and record; one page to compare with.
    assert len(both.server.requests) <= len(due) + 1 + both.kills
    assert max(both.takeovers, default=0.0) < TAKEOVER
    again = count_repeated(both.heard())
    assert again <= both.kills
    return again


@pytest.mark.timeout(300)
@pytest.mark.postgres
def test_leaders_killed_at_random_double_nothing_and_miss_nothing(tmp_path: Path, postgres_url: str) -> None:
    chance = Random(7)
    with hosts(tmp_path, postgres_url, 9, INTERVAL) as both:
        for _ in range(2):
            both.kill_the_leader(chance, 1.0)
        wait_until_complete(both)
        verify(both, postgres_url)


@pytest.mark.timeout(300)
@pytest.mark.postgres
@pytest.mark.parametrize("keys", [(KEY, TURN_KEY), pytest.param((KEY,), marks=_LONG)])
def test_a_leader_cut_off_while_its_turn_works_on_doubles_nothing(
    tmp_path: Path, postgres_url: str, keys: tuple[int, ...]
) -> None:
    """The lock is free for another host while the process that asks arXiv lives on: both believe that they lead."""
    with hosts(tmp_path, postgres_url, 9, INTERVAL) as both:
        both.server.faults.add(drip(piece=4096, pause=0.2).on("/catchup/*", times=None))
        for number in range(1 if len(keys) > 1 else 2):
            eventually(lambda number=number: len(both.server.requests) > number)  # type: ignore[misc]
            both.cut(*keys)
            both.kills += len(keys) - 1  # a turn that was replaced may repeat a request and an event
        wait_until_complete(both)
        assert verify(both, postgres_url) <= both.kills


@_LONG
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.postgres
def test_fifty_kills(tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    chance = Random(int(os.environ.get("SYNCD_SEED", "50")))
    with hosts(tmp_path, postgres_url, 89, INTERVAL, hook=0.3) as both:
        while len(both.takeovers) < 50:
            if chance.random() < 0.1:
                both.kill_a_turn(chance, 5.0)
            both.kill_the_leader(chance, 5.0)
        held = len(both.files(both.folders[0]))
        wait_until_complete(both)
        again = verify(both, postgres_url)
        heard = Counter(one.event if one.event == "new" else one.what for one in both.heard())
        with capsys.disabled():
            print(
                f"\n{len(both.due())} mailings ({held} before the last kill), {both.kills} kills, "
                f"{len(both.server.requests)} requests, {heard} announced ({again} repeated), "
                f"smallest gap {min(both.gaps()):.3f} s, take-over {sum(both.takeovers) / len(both.takeovers):.1f} s, "
                f"at most {max(both.takeovers):.1f} s"
            )
