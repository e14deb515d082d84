"""Two daemons, a backfill and eight commands at once, killed and started again: the server's log shows whether rules were broken.

On SQLite two archives share a ledger, on PostgreSQL two hosts share the database of one archive.
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
    from datetime import date
    from pathlib import Path

    from tests.support.stoppable_run import StopRequest

INTERVAL = 0.3
PAUSE = 2
"""Seconds of Retry-After."""
COMMANDS = 8
AFTER_403 = 6.0


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
        """Keep eight commands going for a while. Now and then kill a process, or let arXiv ask for a pause. A stop ends it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not stop.is_made():
            self.codes.update(one.returncode for one in self.commands if one.poll() is not None)
            self.commands = [one for one in self.commands if one.poll() is None]
            while len(self.commands) < COMMANDS:
                self.commands.append(self._start_command(self.chance.choice(self.folders), *self._choose()))
            match self.chance.randrange(6):
                case 0:
                    self.chance.choice(self.commands).kill()
                    self.kills += 1
                case 1:
                    self._restart_daemon(self.chance.choice(self.folders))
                case 2:
                    self.server.faults.add(status(503, retry_after=PAUSE))
                    self.pauses += 1
            time.sleep(self.chance.uniform(0.2, 1.5))

    def forbid(self) -> int:
        """Let arXiv answer 403, and return how many requests follow, -1 where none met it within a minute."""
        self.server.faults.add(status(403))
        begin = time.monotonic()
        while not any(one.status == 403 for one in self.server.requests) and time.monotonic() < begin + 60:
            self.commands.append(
                self._start_command(self.folders[0], "sync", "--witness", str(self.server.history.days[-4]))
            )
            self.commands[-1].communicate()
        for folder in self.folders:
            self._restart_daemon(folder)
        for _ in range(2):
            self.commands.append(self._start_command(self.folders[1], *self._choose()))
        time.sleep(AFTER_403)
        forbidden = [one.end for one in self.server.requests if one.status == 403]
        return sum(one.start > min(forbidden) for one in self.server.requests) if forbidden else -1

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

    def judge(self, after_403: int) -> None:
        """Compare the server's log with the rules."""
        asked = sorted(self.server.requests, key=lambda one: one.start)
        if self.server.most_in_flight > 1:
            self.violations.append(f"{self.server.most_in_flight} requests at once")
        # The server notes the end just before its last byte leaves, so a client's interval begins later.
        for one, following in pairwise(asked):
            gap = following.start - one.end
            if gap < (PAUSE if one.status == 503 else INTERVAL):
                self.violations.append(f"{following.path} {gap:.3f} s after an answer with {one.status}")
        if after_403 < 0:
            self.violations.append("no request met the 403, so that it was not tried")
        elif after_403:
            self.violations.append(f"{after_403} requests after a 403")

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
            after = crowd.forbid()
        finally:
            crowd.end()
        crowd.judge(after)
    return crowd
