"""Let `syncd serve` answer readers while the daemon runs and commands write, on both databases: `make soak-web`.

The processes are the installed ones, on a loopback arXiv of the last months by the real clock. Every minute the memory and the
descriptors of both are printed. A mailing must be shown within a second of being written. Ctrl-C or SIGTERM ends it with what was
seen so far.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.client import HTTPException
from pathlib import Path
from random import Random
from statistics import median
from threading import Event
from typing import TYPE_CHECKING

from syncd.config import load
from syncd.core import mailing
from syncd.rehearsal.server import Server, config_text
from syncd.usecases.workspace import Access, open_workspace
from tests.soak.served_pages import PAGES, ask, connect, find_free_port, measure_process, wait_for_pages
from tests.support.generated_history import grown_history
from tests.support.postgres_server import create_postgres_database, serve_postgres
from tests.support.stoppable_run import StopRequest, run_in_room
from tests.torture.figures import record

if TYPE_CHECKING:
    from syncd.usecases.workspace import Workspace

MINUTES = 2.0
_DAYS, _PAPERS = 85, 100
"""Days of the loopback arXiv, within those that listing pages reach, and papers of each mailing."""
_READERS = 4
_SLOWEST = 1.0
"""Seconds until a mailing that was written must be shown."""
_MEMORY_GROWTH, _DESCRIPTOR_GROWTH = 8.0, 3
"""MiB and descriptors by which a process may grow in the second half. The pages that are kept fill their room in the first."""
_BAD = re.compile(r"locked|deadlock|Traceback|busy|could not serialize", re.IGNORECASE)


@dataclass
class Soak:
    """The processes of one database, and what was seen of them."""

    name: str
    folder: Path
    server: Server
    port: int
    chance: Random
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    samples: list[dict[str, tuple[float, int]]] = field(default_factory=list)
    held: list[date] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)
    answers: int = 0
    found: list[str] = field(default_factory=list)
    stop: Event = field(default_factory=Event)

    def start(self, name: str, *arguments: str) -> None:
        """Start a process that stays. What it says goes into a file of its name."""
        with Path(self.folder, f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(self._command(arguments), stderr=log, stdout=log, cwd=self.folder)

    def run(self, *arguments: str) -> None:
        """Run a command that must succeed."""
        done = subprocess.run(self._command(arguments), capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode or _BAD.search(done.stderr):
            self.found.append(f"exit code {done.returncode}: {' '.join(arguments)}: {done.stderr.strip()[-300:]}")

    def read_on(self) -> None:
        """Ask for pages one after the other until the end, as a reader does."""
        chance = Random(self.chance.random())
        while not self.stop.wait(0.2):
            with closing(connect(self.port)) as connection:
                for _ in range(20):
                    path = chance.choice([*PAGES, *(f"/{day}" for day in self.held[-20:])])
                    try:
                        status, _ = ask(connection, path)
                    except (OSError, HTTPException) as error:
                        self.found += [] if self.stop.is_set() else [f"{path}: {error!r}"]
                        break
                    self.answers += 1
                    self.found += [f"{path}: {status}"] if status != 200 else []
                    time.sleep(0.1)

    def write(self, day: date, work: Workspace) -> None:
        """Let a command write the mailing of a day, and note how long it takes from the commit until it is shown."""
        with ThreadPoolExecutor(1) as pool, closing(connect(self.port)) as connection:
            written = pool.submit(self.run, "backfill", "--since", str(day), "--until", str(day))
            last = time.monotonic()
            while work.store.mailing(day) is None:
                last = time.monotonic()
                if written.done():
                    self.found.append(f"{day} was not written")
                    return
                time.sleep(0.02)
            while b"<article" not in ask(connection, f"/{day}")[1]:
                if time.monotonic() - last > 60:
                    self.found.append(f"{day} is not shown after a minute")
                    return
                time.sleep(0.02)
            self.lags.append(time.monotonic() - last)
            self.held.append(day)

    def measure(self) -> None:
        """Take a sample of memory in MiB and of descriptors."""
        sample = {name: measure_process(process.pid) for name, process in self.processes.items()}
        self.samples.append(sample)
        seen = "  ".join(f"{name} {memory:6.1f} MiB {files:3}" for name, (memory, files) in sample.items())
        print(
            f"{self.name} {len(self.samples):4}  {seen}  {len(self.held)} mailings, {self.answers:,} answers",
            flush=True,
        )

    def end(self) -> None:
        """Stop what was started, and look into what it said."""
        self.stop.set()
        for name, process in self.processes.items():
            code = process.poll()
            if code is not None:
                self.found.append(f"{name} ended with {code}")
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(60)
            process.kill()
            said = Path(self.folder, f"{name}.log").read_text(encoding="utf-8", errors="replace")
            self.found += [f"{name}: {line}" for line in said.splitlines() if _BAD.search(line)][:5]

    def judge(self) -> None:
        """Note what grew, and a mailing that was shown late."""
        middle, last = self.samples[len(self.samples) // 2], self.samples[-1]
        for name, (memory, files) in last.items():
            if memory - middle[name][0] > _MEMORY_GROWTH or files - middle[name][1] > _DESCRIPTOR_GROWTH:
                self.found.append(f"{name} grew from {middle[name]} to {last[name]} (MiB, descriptors)")
        if not self.lags or max(self.lags) > _SLOWEST:
            self.found.append(f"a mailing was shown after {max(self.lags, default=0):.2f} s")

    def describe(self) -> str:
        """Return the figures in words."""
        middle, last = self.samples[len(self.samples) // 2], self.samples[-1]
        grown = ", ".join(
            f"{name} {middle[name][0]:.0f} to {last[name][0]:.0f} MiB and {middle[name][1]} to {last[name][1]} descriptors"
            for name in last
        )
        shown = f"{median(self.lags or [0]):.2f} s after they were written, at most {max(self.lags, default=0):.2f} s"
        return (
            f"{self.name}, {len(self.samples) - 1} minutes: {self.answers:,} answers, {len(self.lags)} mailings shown {shown}; "
            f"second half: {grown}; {len(self.found)} found"
        )

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "syncd", "-c", str(self.folder / "config.toml"), *arguments]


def _list_due() -> list[date]:
    today = datetime.now(UTC).date()
    first = today - timedelta(days=_DAYS)
    return [one.day for one in mailing.days(mailing.calendar(), first, today - timedelta(days=2)) if one.due]


def _live(name: str, folder: Path, url: str | None, seconds: float, stop: StopRequest) -> Soak:
    due = _list_due()
    history = grown_history(Random(2), due[0], due[-1] + timedelta(days=5), _PAPERS, closed=mailing.calendar().missing)
    with ExitStack() as stack:
        server = stack.enter_context(Server(history, lambda: datetime.now(UTC)))
        text = config_text(server, str(folder)).replace(f"since = {due[0]}", f"since = {due[-3]}")
        text = text.replace(f"sqlite:///{folder}/syncd.db", url or f"sqlite:///{folder}/syncd.db")
        (folder / "config.toml").write_text(text, encoding="utf-8")
        port = find_free_port()
        soak = Soak(name, folder, server, port, Random(3))
        soak.run("sync", str(due[-3]))
        soak.start("serve", "serve", "--listen", f"127.0.0.1:{port}")
        soak.start("run", "run")
        stack.callback(soak.end)
        work = stack.enter_context(closing(_open(folder)))
        wait_for_pages(soak.port)
        pool = stack.enter_context(ThreadPoolExecutor(_READERS))
        stack.callback(soak.stop.set)
        for _ in range(_READERS):
            pool.submit(soak.read_on)
        _write_all(soak, work, due[:-3], seconds, stop)
    soak.judge()
    return soak


def _write_all(soak: Soak, work: Workspace, days: list[date], seconds: float, stop: StopRequest) -> None:
    """Write mailings at even distances, newest first, and take a sample each minute, until a stop is asked for."""
    begin, samples = time.monotonic(), 0
    pause = max(10.0, seconds / len(days))
    for number in range(int(seconds // pause)):
        while (passed := time.monotonic() - begin) < number * pause:
            if passed >= samples * 60:
                soak.measure()
                samples += 1
            if stop.is_made():
                break
            time.sleep(0.5)
        if stop.is_made():
            break
        if days:
            soak.write(days.pop(), work)
        if number % 4 == 0:
            soak.run("sync")
        if time.monotonic() - begin >= samples * 60:
            soak.measure()
            samples += 1
    soak.measure()


def _open(folder: Path) -> Workspace:
    return open_workspace(load(folder / "config.toml", {}, {}), lambda: datetime.now(UTC), Access.READ_ONLY)


def main() -> int:
    """Soak both databases, print the figures, and return 1 where something was found."""
    parser = argparse.ArgumentParser(prog="make soak-web", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help="minutes on each database")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this one")
    parser.add_argument("--record", action="store_true", help="write the figures into docs/reliability.json")
    asked = parser.parse_args()
    return run_in_room("syncd-soak-web-", partial(_run, asked), in_memory=False)


def _run(asked: argparse.Namespace, room: Path, stop: StopRequest) -> int:
    soaks = []
    if asked.database != "postgresql":
        soaks.append(_soak("SQLite", room, None, asked.minutes, stop))
    if asked.database != "sqlite" and not stop.is_made():
        with serve_postgres() as server:
            if server is None:
                print("without PostgreSQL: no server binary is here")
            else:
                url = create_postgres_database(server, "soak", "template1")
                soaks.append(_soak("PostgreSQL", room, url, asked.minutes, stop))
    words = "; ".join(one.describe() for one in soaks)
    for line, count in Counter(line for one in soaks for line in one.found).most_common(30):
        print(f"{count} × {line}")
    if stop.is_made():
        print("stopped: this is what was seen so far")
    print(words)
    if asked.record:
        record("make soak-web", words)
    return 1 if any(one.found for one in soaks) else 0


def _soak(name: str, room: Path, url: str | None, minutes: float, stop: StopRequest) -> Soak:
    folder = room / name
    folder.mkdir()
    return _live(name, folder, url, minutes * 60, stop)


if __name__ == "__main__":
    sys.exit(main())
