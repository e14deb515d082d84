"""Leaders killed at random on one PostgreSQL: what arXiv saw, what the hooks heard and what is held is as if none had been."""

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
from syncd.archive.sql.tables import HistoryRow
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


def settled(both: Hosts) -> None:
    """Nobody is killed any more: in the end both folders are whole and everything was told."""
    due = both.due()
    for folder in both.folders:
        eventually(lambda folder=folder: len(both.files(folder)) == len(due))  # type: ignore[misc]
    eventually(lambda: set(map(str, due)) <= both.news())
    both.end()


def recorded(url: str) -> Counter[date]:
    """How often each mailing was recorded."""
    with closing(database.open_database(url, create=False)) as opened, opened.read() as connection:
        return Counter(connection.scalars(sa.select(HistoryRow.day).where(HistoryRow.state == "complete")))


def repeated(told: list[Heard]) -> int:
    """How many notes were told again because a kill fell between the hook and striking its note out; no other ever is.

    Such a note is the last one that its turn told.
    """
    last = {one.turn: one for one in told}
    runs: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for one in told:
        if one.event == "new":
            runs[one.event, one.what].append(one)
    for same in runs.values():
        cut_short = [one for one in same if last[one.turn] is one]
        assert len(cut_short) >= len(same) - 1, same
    return sum(len(same) - 1 for same in runs.values())


def proven(both: Hosts, url: str) -> int:
    """Nothing doubled, nothing missed, the spacing kept over both; how many notes were repeated."""
    due = both.due()
    assert recorded(url) == Counter(due)
    assert both.news() == set(map(str, due))
    one, two = both.folders
    assert both.files(one) == both.files(two)
    assert both.server.most_in_flight == 1
    # Measured at the server: its clock stops before the last byte left, the hosts' begins when it came.
    assert min(both.gaps()) >= INTERVAL
    # A page for each mailing, and again where a kill fell between question and record; one page to compare with.
    assert len(both.server.requests) <= len(due) + 1 + both.kills
    assert max(both.takeovers, default=0.0) < TAKEOVER
    again = repeated(both.told())
    assert again <= both.kills
    return again


@pytest.mark.postgres
def test_leaders_killed_at_random_double_nothing_and_miss_nothing(tmp_path: Path, postgres_url: str) -> None:
    database.upgrade(postgres_url)
    chance = Random(7)
    with hosts(tmp_path, postgres_url, 9, INTERVAL) as both:
        for _ in range(2):
            both.kill_the_leader(chance, 1.0)
        settled(both)
        proven(both, postgres_url)


@pytest.mark.postgres
@pytest.mark.parametrize("keys", [(KEY, TURN_KEY), pytest.param((KEY,), marks=_LONG)])
def test_a_leader_cut_off_while_its_turn_works_on_doubles_nothing(
    tmp_path: Path, postgres_url: str, keys: tuple[int, ...]
) -> None:
    """The place is free for another host, the process that asks arXiv lives: both believe that they lead."""
    database.upgrade(postgres_url)
    with hosts(tmp_path, postgres_url, 9, INTERVAL) as both:
        both.server.faults.add(drip(piece=4096, pause=0.2).on("/catchup/*", times=None))
        for number in range(1 if len(keys) > 1 else 2):
            eventually(lambda number=number: len(both.server.requests) > number)  # type: ignore[misc]
            both.cut(*keys)
            both.kills += len(keys) - 1  # a turn that is no longer the one under way may repeat a question and a note
        settled(both)
        assert proven(both, postgres_url) <= both.kills


@_LONG
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.postgres
def test_fifty_kills(tmp_path: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    database.upgrade(postgres_url)
    chance = Random(int(os.environ.get("SYNCD_SEED", "50")))
    with hosts(tmp_path, postgres_url, 89, INTERVAL, hook=0.3) as both:
        while len(both.takeovers) < 50:
            if chance.random() < 0.1:
                both.kill_a_turn(chance, 5.0)
            both.kill_the_leader(chance, 5.0)
        held = len(both.files(both.folders[0]))
        settled(both)
        again = proven(both, postgres_url)
        told = Counter(one.event if one.event == "new" else one.what for one in both.told())
        with capsys.disabled():
            print(
                f"\n{len(both.due())} mailings ({held} before the last kill), {both.kills} kills, "
                f"{len(both.server.requests)} requests, {told} told ({again} repeated), "
                f"smallest gap {min(both.gaps()):.3f} s, take-over {sum(both.takeovers) / len(both.takeovers):.1f} s, "
                f"at most {max(both.takeovers):.1f} s"
            )
