"""Two daemons on one PostgreSQL and the arXiv they ask. The leader is killed at random, and its successor waited for."""

from __future__ import annotations

import os
import shlex
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import psycopg

from syncd.archive.sql.leader_lock import KEY
from syncd.config import load
from syncd.core import mailing
from syncd.rehearsal.server import Server, config_text
from syncd.usecases.ingest.join_host import join
from tests.support.forked_daemon import start_forked_daemon
from tests.support.generated_history import grown_history

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from multiprocessing.context import ForkServerProcess

_LEADER = """SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s"""
_CUT = """SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s"""
PATIENCE = 120.0


_HOOK = "echo $SYNCD_EVENT $SYNCD_DATE$SYNCD_CODE $PPID >> {heard}; sleep {seconds}"


@dataclass(frozen=True)
class Heard:
    """An event that a hook was run for, and the process of the turn that ran it."""

    event: str
    what: str
    turn: tuple[Path, str]


@dataclass
class Hosts:
    """Daemons by folder. `takeovers` are seconds from a kill to the next leader. A hook takes `hook` seconds."""

    server: Server
    url: str
    interval: float
    folders: tuple[Path, ...]
    hook: float = 0.0
    kills: int = 0
    running: dict[Path, ForkServerProcess] = field(default_factory=dict)
    takeovers: list[float] = field(default_factory=list)

    @property
    def environ(self) -> dict[str, str]:
        return os.environ | {"WATCHDOG_USEC": "1000000", "SYNCD_DATABASE__URL": self.url}

    def prepare(self) -> None:
        """Configure two folders. The hooks write what they hear into each."""
        for folder in self.folders:
            folder.mkdir()
            text = config_text(self.server, str(folder))
            text = text.replace('listing_interval = "0s"', f'listing_interval = "{self.interval:g}s"')
            hook = f"sh -c {shlex.quote(_HOOK.format(heard=folder / 'heard', seconds=self.hook))}"
            text += "\n[hooks]\n" + "".join(f'on_{event} = ["{hook}"]\n' for event in ("new", "problem", "recovered"))
            (folder / "config.toml").write_text(text, encoding="utf-8")
            (folder / "heard").touch()

    def start(self, folder: Path) -> None:
        self.running[folder] = start_forked_daemon(folder, folder / "log", self.environ)

    def leader(self) -> Path | None:
        """Return the folder whose daemon leads now."""
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as session:
            row = session.execute(_LEADER, (KEY >> 32, KEY & 0xFFFFFFFF)).fetchone()
        if row is None:
            return None
        return next((folder for folder, process in self.running.items() if _owns(process.pid, int(row[0]))), None)

    def kill_the_leader(self, chance: Random, patience: float = 0.0) -> None:
        """Let it lead for a while, kill it, with its turn or without, see another take over, and start it again."""
        folder = self._at_work()
        time.sleep(chance.uniform(0, patience))
        turns = self.turns(folder) if chance.random() < 0.5 else []
        process = self.running.pop(folder)
        _kill(process, turns)
        killed = time.monotonic()
        self.kills += 1
        self._led()
        self.takeovers.append(time.monotonic() - killed)
        self.start(folder)

    def kill_a_turn(self, chance: Random, patience: float = 0.0) -> None:
        """Kill the process of the leader's turn, where one is under way, and let the leader live."""
        folder = self._at_work()
        time.sleep(chance.uniform(0, patience))
        for turn in self.turns(folder):
            self.kills += 1
            _kill_if_there(turn)

    def cut(self, *keys: int) -> None:
        """Cut the connections that hold these advisory locks, as a network does; everything else lives on."""
        self._at_work()
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as session:
            for key in keys:
                session.execute(_CUT, (key >> 32, key & 0xFFFFFFFF))

    def _at_work(self) -> Path:
        """Return the leader once it makes a turn, or after a while without one."""
        folder, end = self._led(), time.monotonic() + 2
        while not self.turns(folder) and time.monotonic() < end:
            time.sleep(0.05)
        return folder

    def turns(self, folder: Path) -> list[int]:
        """Return the processes that the daemon of a folder has started, in any of its threads."""
        found: list[int] = []
        for listed in Path(f"/proc/{self.running[folder].pid}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, listed.read_text(encoding="ascii").split())
        return found

    def _led(self) -> Path:
        eventually(lambda: self.leader() is not None)
        found = self.leader()
        return self._led() if found is None else found

    def due(self) -> list[date]:
        """Return the mailings that are announced by now."""
        newest = mailing.newest_due(datetime.now(UTC), mailing.calendar())
        return [day for day in self.server.history.days if day <= newest]

    def files(self, folder: Path) -> dict[date, bytes]:
        paths = {day: folder / "archive" / f"{day:%Y}" / f"{day}.md" for day in self.due()}
        return {day: path.read_bytes() for day, path in paths.items() if path.is_file()}

    def heard(self) -> list[Heard]:
        """Return what hooks were run for on all hosts, those of one turn in their order."""
        lines = [
            (folder, line.split()) for folder in self.folders for line in (folder / "heard").read_text().splitlines()
        ]
        return [Heard(event, what, (folder, turn)) for folder, (event, what, turn) in lines]

    def news(self) -> set[str]:
        """Return the dates of the mailings that hooks were run for."""
        return {one.what for one in self.heard() if one.event == "new"}

    def gaps(self) -> list[float]:
        """Return the seconds from the end of each answer to the next request, as the server saw them."""
        asked = sorted(self.server.requests, key=lambda one: one.start)
        return [after.start - before.end for before, after in pairwise(asked)]

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.join(PATIENCE)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until `holds` is true. AssertionError after a long time."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


@contextmanager
def hosts(folder: Path, url: str, days: int, interval: float, hook: float = 0.0) -> Iterator[Hosts]:
    """Run two hosts on the mailings of this many days, with `interval` seconds between two requests."""
    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=days), today + timedelta(days=3)
    history = grown_history(Random(2), since, until, 2, closed=mailing.calendar().missing)
    with Server(history, lambda: datetime.now(UTC)) as server:
        made = Hosts(server, url, interval, (folder / "one", folder / "two"), hook)
        made.prepare()
        one, two = made.folders
        try:
            made.start(one)
            eventually(lambda: made.leader() == one)
            join(load(two / "config.toml", {"SYNCD_DATABASE__URL": url}, {}))
            made.start(two)
            yield made
        finally:
            for host, process in made.running.items():
                _kill(process, made.turns(host))


def _kill(daemon: ForkServerProcess, turns: list[int]) -> None:
    """Kill a daemon and these turns of it; a turn has a session of its own."""
    daemon.kill()
    for turn in turns:
        _kill_if_there(turn)
    daemon.join()


def _kill_if_there(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _owns(process: int | None, port: int) -> bool:
    """Return whether a process holds the local end of the connection with this port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    inodes = {row[9] for row in rows if int(row[1].rpartition(":")[2], 16) == port}
    try:
        targets = {str(entry.readlink()) for entry in Path(f"/proc/{process}/fd").iterdir()}
    except OSError:
        return False
    return not targets.isdisjoint(f"socket:[{inode}]" for inode in inodes)
