"""Two daemons, a backfill and eight commands at once, killed and started again: the server's log shows whether rules were broken.

On SQLite two archives share a ledger, on PostgreSQL two hosts share the database of one archive. Every minute arXiv answers 403,
until one request has met it. Nothing may be asked then until a person releases the host.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

from syncd.config import load
from syncd.core import mailing
from syncd.rehearsal.faults import status
from syncd.rehearsal.server import Server, config_text
from syncd.usecases.ingest.join_host import join
from tests.support.forked_processes import ForkedCommand
from tests.support.generated_history import grown_history
from tests.torture.scenarios import now

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from syncd.rehearsal.server import AnsweredRequest
    from tests.support.stoppable_run import StopRequest

INTERVAL = 0.3
PAUSE = 2
"""Seconds of Retry-After."""
COMMANDS = 8
ROUND = 60.0
"""Seconds from one 403 to the next."""
AFTER_403 = 20.0
"""Seconds in which both daemons, started anew after a 403, must have begun a turn. Nothing may be asked then."""
TRIES = 60
"""At most this many commands are started to meet a 403, or to be answered after its release. A pause delays each of them."""


@dataclass(frozen=True)
class Forbidden:
    """One time in which arXiv answered 403 to all: how many requests met it before and after the first, and how it ended.

    `answered` are the requests that were answered once a person had released the host, None where no one did, as none met it.
    """

    met: int
    followed: int
    answered: int | None


@dataclass
class Crowd:
    """The processes of one run, and what came of them."""

    name: str
    server: Server
    folders: tuple[Path, Path]
    url: str | None
    chance: Random
    daemons: dict[Path, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: list[ForkedCommand] = field(default_factory=list)
    started: int = 0
    kills: int = 0
    pauses: int = 0
    forbidden: list[Forbidden] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def configure(self) -> None:
        """Write the configuration of both hosts."""
        for folder in self.folders:
            folder.mkdir(parents=True)
            text = config_text(self.server, str(folder)).replace('"0s"', f'"{INTERVAL}s"')
            if self.url is None:
                ledger = self.folders[0].parent / "ledger.db"
                text = text.replace("[upstream]\n", f'[upstream]\nledger = "sqlite:///{ledger}"\n')
            else:
                text = text.replace(f'url = "sqlite:///{folder}/syncd.db"', f'url = "{self.url}"')
            (folder / "config.toml").write_text(text, encoding="utf-8")

    def begin(self) -> None:
        """Make the archives, and start both daemons."""
        first, second = self.folders
        self._start_command(first, "sync", str(self.server.history.days[-4])).communicate()
        if self.url is not None:
            join(load(second / "config.toml", {}, {}))
        for folder in self.folders:
            self._start_daemon(folder)

    def live(self, seconds: float, stop: StopRequest) -> None:
        """Keep eight commands going for a while, and let arXiv answer 403 after each round. A stop ends it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not stop.is_made():
            self._live_until(min(end, time.monotonic() + ROUND), stop)
            if not stop.is_made():
                self.forbidden.append(self.forbid())

    def forbid(self) -> Forbidden:
        """Let arXiv answer 403 to all until a person releases it, and return what came of it."""
        before = len(self.server.requests)
        self.server.faults.clear()
        self.server.faults.add(status(403).on(times=None))
        self._ask_until(lambda: bool(self._list_forbidden(before)))
        self._try_all_ways()
        forbidden = self._list_forbidden(before)
        self.server.faults.clear()
        if not forbidden:
            return Forbidden(0, 0, None)
        followed = sum(one.start > min(each.end for each in forbidden) for one in self.server.requests[before:])
        return Forbidden(len(forbidden), followed, self._release())

    def _live_until(self, end: float, stop: StopRequest) -> None:
        """Keep eight commands going. Now and then kill a process, or let arXiv ask for a pause."""
        while time.monotonic() < end and not stop.is_made():
            self._forget_ended()
            while len(self.commands) < COMMANDS:
                self.commands.append(self._start_command(self.chance.choice(self.folders), *self._choose()))
            match self.chance.randrange(6):
                case 0:
                    self.chance.choice(self.commands).kill()
                    self.kills += 1
                case 1:
                    self._restart_daemon(self.chance.choice(self.folders))
                case 2 if not self.server.faults.waiting:
                    # One at a time: where pauses wait for requests, nothing else is answered any more.
                    self.server.faults.add(status(503, retry_after=PAUSE))
                    self.pauses += 1
            time.sleep(self.chance.uniform(0.2, 1.5))

    def _try_all_ways(self) -> None:
        """Start both daemons and four commands, which all would ask, and wait until they have been at it."""
        lengths = {folder: (folder / "log").stat().st_size for folder in self.folders}
        for folder in self.folders:
            self._restart_daemon(folder)
        for folder in (*self.folders, *self.folders):
            self._start_command(folder, *self._choose()).communicate()
        end = time.monotonic() + AFTER_403
        # The first line names the program. The second one comes out of a turn.
        while time.monotonic() < end and any(_count_lines(folder, lengths[folder]) < 2 for folder in self.folders):
            time.sleep(INTERVAL)

    def _list_forbidden(self, before: int) -> list[AnsweredRequest]:
        return [one for one in self.server.requests[before:] if one.status == 403]

    def _ask_until(self, is_done: Callable[[], bool]) -> None:
        """Start commands that ask, one after the other, until it is done or there were too many of them."""
        for _ in range(TRIES):
            if is_done():
                return
            day = str(self.server.history.days[-4])
            self._start_command(self.folders[0], "diff", day, "--source", "catchup").communicate()
            time.sleep(INTERVAL)

    def _release(self) -> int:
        """Release the host from the other folder, as a person does, and return how many requests are answered then."""
        host = self.server.url.removeprefix("http://")
        before = len(self.server.requests)
        self._start_command(self.folders[1], "requests", "--release", host).communicate()
        self._ask_until(lambda: any(one.status == 200 for one in self.server.requests[before:]))
        return sum(one.status == 200 for one in self.server.requests[before:])

    def _forget_ended(self) -> None:
        self.codes.update(one.returncode for one in self.commands if one.poll() is not None)
        self.commands = [one for one in self.commands if one.poll() is None]

    def end(self) -> None:
        """Stop everything that was started."""
        for process in self.daemons.values():
            process.terminate()
        for process in self.daemons.values():
            process.wait(60)
        for one in self.commands:
            one.kill()
            one.communicate()
            self.codes[one.returncode] += 1

    def judge(self) -> None:
        """Compare the server's log with the rules."""
        asked = sorted(self.server.requests, key=lambda one: one.start)
        if self.server.most_in_flight > 1:
            self.violations.append(f"{self.server.most_in_flight} requests at once")
        # The server notes the end just before its last byte leaves, so a client's interval begins later.
        for one, following in pairwise(asked):
            gap = following.start - one.end
            if gap < (PAUSE if one.status == 503 else INTERVAL):
                self.violations.append(f"{following.path} {gap:.3f} s after an answer with {one.status}")
        self.violations += find_broken_stops(self.forbidden)

    def _choose(self) -> tuple[str, ...]:
        day = str(self.chance.choice(self.server.history.days[:-4]))
        return self.chance.choice(
            [
                ("sync", day),
                ("sync",),
                ("diff", day, "--source", "catchup"),
                ("diff", day, "--source", "api"),
                ("backfill", "--since", str(self.server.history.days[0]), "--source", "oai"),
            ]
        )

    def _start_command(self, folder: Path, *arguments: str) -> ForkedCommand:
        self.started += 1
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
        return ForkedCommand(arguments, folder, kept)

    def _start_daemon(self, folder: Path) -> None:
        line = [sys.executable, "-m", "syncd", "-c", str(folder / "config.toml"), "run"]
        with (folder / "log").open("ab") as log:
            self.daemons[folder] = subprocess.Popen(line, stderr=log, cwd=folder)

    def _restart_daemon(self, folder: Path) -> None:
        self.daemons[folder].kill()
        self.daemons[folder].wait()
        self.kills += 1
        self._start_daemon(folder)


def _count_lines(folder: Path, begin: int) -> int:
    """Return how many lines a daemon has logged behind the first `begin` bytes."""
    return (folder / "log").read_bytes()[begin:].count(b"\n")


def find_broken_stops(forbidden: Sequence[Forbidden]) -> list[str]:
    """Return what was wrong with the times in which arXiv answered 403, and whether it was tried at all."""
    followed = [f"{one.followed} requests after a 403" for one in forbidden if one.followed]
    unanswered = [
        "no request was answered after a 403 was released" for one in forbidden if one.met and not one.answered
    ]
    unproven = (
        [] if any(one.met for one in forbidden) else ["no request met a 403, so this run proves nothing about it"]
    )
    return followed + unanswered + unproven


def run_crowd(name: str, room: Path, url: str | None, chance: Random, seconds: float, *, stop: StopRequest) -> Crowd:
    """Let a crowd ask the arXiv of the last weeks for a while or until a stop is asked for, and judge it."""
    today: date = now().date()
    since, until = today - timedelta(days=40), today + timedelta(days=3)
    history = grown_history(Random(2), since, until, 2, closed=mailing.calendar().missing)
    with Server(history, now) as server:
        folders = (room / f"{name}-one", room / f"{name}-two")
        crowd = Crowd(name, server, folders, url, chance)
        crowd.configure()
        try:
            crowd.begin()
            crowd.live(seconds, stop)
        finally:
            crowd.end()
        crowd.judge()
    return crowd
