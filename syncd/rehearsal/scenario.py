"""The life of an archive in a throw-away folder, told through the real commands and the loopback arXiv.

Each step is a `syncd` process of its own, as a user would start it; a step whose exit code is another than the one
foretold makes the rehearsal fail. Nothing leaves this machine, and nothing outside the folder is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from math import ceil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from syncd.core import digest as digests
from syncd.core import markup
from syncd.core.model import Digest, Entry
from syncd.rehearsal import faults
from syncd.rehearsal.history import announced_at, mailing, small_history
from syncd.rehearsal.server import Server, config_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.rehearsal.history import History, Work

CATEGORY = "cs.CV"
_TAIL = 1
_REST = 8.0
"""Seconds that the overloaded host asks for at least; more on a slow machine, so that the next command still meets it."""
_PAGE_FROM = date(2026, 7, 2)


@dataclass(frozen=True, slots=True)
class Step:
    """One command that was run; `expected` is the exit code that the story foretold."""

    arguments: tuple[str, ...]
    exit_code: int
    expected: int


@dataclass
class Stage:
    """The folder and the server of one rehearsal; `say` takes the lines of the story as they happen."""

    folder: Path
    server: Server
    say: Callable[[str], None]
    now: datetime
    steps: list[Step] = field(default_factory=list)
    slowest: float = 0.0

    def run(self, *arguments: str, expected: int = 0) -> None:
        """Run one command and tell what it says."""
        self.say(f"$ syncd {' '.join(arguments)}")
        started = time.monotonic()
        done = self._done(arguments)
        self.slowest = max(self.slowest, time.monotonic() - started)
        for line in (done.stdout + done.stderr).splitlines():
            if "SYNCD_NOW" not in line:  # that the clock stands still is said once, at the beginning
                self.say(f"  {line}".rstrip())
        self._note(arguments, done.returncode, expected)

    def wait_out(self) -> None:
        """Wait until no host rests any more, by the clock of the ledger that every process obeys."""
        while until := self._rests_until():
            time.sleep(max(0.1, (until - datetime.now(UTC)).total_seconds() + 0.1))

    def _rests_until(self) -> datetime | None:
        hosts = json.loads(self._done(("requests", "--json")).stdout)["hosts"]
        moments = [datetime.fromisoformat(host["cooldown_until"]) for host in hosts if host["cooldown_until"]]
        return max(moments, default=None)

    def _done(self, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  our own program, our own arguments
            self._command(arguments),
            env=self._environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def killed(self, *arguments: str) -> None:
        """Start a command and kill it without warning in the middle of its first answer."""
        self.say(f"$ syncd {' '.join(arguments)}      (and kill -9 while it reads)")
        asked = len(self.server.requests)
        with subprocess.Popen(  # noqa: S603  our own program, our own arguments
            self._command(arguments),
            env=self._environment(),
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            while self.server.in_flight == 0 and len(self.server.requests) == asked and process.poll() is None:
                time.sleep(0.02)
            process.kill()
        self.say("  killed")
        self._note(arguments, process.returncode, -9)

    def _note(self, arguments: tuple[str, ...], code: int, expected: int) -> None:
        self.steps.append(Step(arguments, code, expected))
        if code != expected:
            self.say(f"  (exit {code}, where this story expected {expected})")
        elif code > 0:
            self.say(f"  (exit {code})")
        self.say("")

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "syncd", *arguments]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
        # A module started by `-m` is looked for in the working folder first; this keeps the running one.
        here = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join(filter(None, [here, kept.get("PYTHONPATH")]))
        return kept | {"SYNCD_NOW": self.now.isoformat(), "NO_COLOR": "1", "PYTHONPATH": paths}


def rehearse(say: Callable[[str], None], folder: Path | None = None) -> tuple[Path, tuple[Step, ...]]:
    """Tell the whole story; the folder it leaves behind (a new temporary one by default) and its steps.

    It takes well under a minute: the clock of the story stands still, only one rest of a few seconds is real.
    """
    history = small_history()
    place = folder or Path(mkdtemp(prefix="syncd-rehearsal-"))
    place.mkdir(parents=True, exist_ok=True)
    with Server(history, lambda: stage.now) as server:
        stage = Stage(place, server, say, _noon(history.days[4]))
        (place / "config.toml").write_text(config_text(server, str(place)), encoding="utf-8")
        _welcome(stage)
        for scene in _SCENES:
            scene(stage)
    _farewell(stage)
    return place, tuple(stage.steps)


def _welcome(stage: Stage) -> None:
    stage.say(f"# An archive lives through two weeks in {stage.folder},")
    stage.say(f"# against an arXiv of our own on {stage.server.url}. Its papers are invented, no network is used,")
    stage.say("# and SYNCD_NOW sets the calendar clock. The commands are the real ones.")
    stage.say("")


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 16, 0, tzinfo=UTC)


def _adoption(stage: Stage) -> None:
    stage.say("# A digest from before: any file name, an older dialect. It is copied and registered, never touched.\n")
    old = stage.folder / "from-before"
    old.mkdir(exist_ok=True)
    (old / "digest.txt").write_bytes(digests.render(_digest(stage.server.history, stage.server.history.days[0])))
    stage.run("adopt", "from-before")


def _digest(history: History, day: date) -> Digest:
    found = mailing(history, day, CATEGORY, day)
    works = [*_descending(found.new), *_descending(found.cross)]
    return Digest(day, CATEGORY, tuple(map(_entry, works)), _TAIL)


def _descending(papers: tuple[Work, ...]) -> list[Work]:
    return sorted(papers, key=lambda work: work.id, reverse=True)


def _entry(work: Work) -> Entry:
    first = work.editions[0]
    return Entry(work.id, markup.title_from_raw(first.title), markup.abstract_from_raw(first.abstract))


def _catching_up(stage: Stage) -> None:
    first, newest = (str(stage.server.history.days[at]) for at in (1, 4))
    stage.say("# Several mailings are missing: the newest one first.\n")
    stage.run("sync", newest)
    stage.say(
        "# What would it cost to fill the range before it? Then it is filled. One page arrives cut in half: it is kept"
    )
    stage.say("# aside, and nothing is written of it.\n")
    stage.server.faults.add(faults.halved().on(f"/catchup/*/{_PAGE_FROM}*"))
    stage.run("backfill", "--since", first, "--plan")
    stage.run("backfill", "--since", first, expected=3)
    stage.run("status")
    stage.say("# The next run asks for that one again, and for nothing else.\n")
    stage.run("sync")


def _outage(stage: Stage) -> None:
    history = stage.server.history
    stage.now = announced_at(history.days[5]).replace(minute=20)
    stage.say("# An evening later arXiv is overloaded and asks for rest. Nothing is sent before that is over.\n")
    rest = ceil(max(_REST, 4 * stage.slowest))
    stage.server.faults.add(faults.status(503, retry_after=rest, body="Service is catching up.").on("/list/*"))
    stage.run("sync", expected=4)
    stage.run("sync", expected=4)
    stage.say("# The rest is over.\n")
    stage.wait_out()
    stage.run("sync")


def _kill(stage: Stage) -> None:
    stage.now = announced_at(stage.server.history.days[6]).replace(minute=20)
    stage.say("# The process dies while a page is coming in. The next run goes on as if nothing had been.\n")
    stage.server.faults.add(faults.drip(piece=64, pause=0.2).on("/list/*"))
    stage.killed("sync")
    stage.run("sync")


def _damage(stage: Stage) -> None:
    history = stage.server.history
    stage.say("# A file is lost, and another one edited by hand.\n")
    root = stage.folder / "archive" / f"{history.days[1]:%Y}"
    (root / f"{history.days[1]}.md").unlink()
    edited = root / f"{history.days[2]}.md"
    edited.write_bytes(edited.read_bytes().replace(b"a", b"A", 1))
    stage.run("check", expected=1)
    stage.run("repair")
    stage.run("repair", "--restore", str(history.days[2]))
    stage.run("check", "--full")


def _comparison(stage: Stage) -> None:
    stage.now = _noon(stage.server.history.days[-1])
    stage.say("# Days later: what is missing comes in, and the archive is compared with what arXiv shows now.\n")
    stage.run("sync")
    stage.run("diff")


def _state(stage: Stage) -> None:
    stage.say("# How the archive stands, and the proof of politeness.\n")
    stage.run("status")
    stage.run("requests")
    stage.run("report", "-o", "report.html")


_SCENES = (_adoption, _catching_up, _outage, _kill, _damage, _comparison, _state)


def _farewell(stage: Stage) -> None:
    wrong = [step for step in stage.steps if step.exit_code != step.expected]
    told = "every one ended as foretold"
    if wrong:
        named = "; ".join(f"{' '.join(s.arguments)} (exit {s.exit_code}, not {s.expected})" for s in wrong)
        told = f"{len(wrong)} ended otherwise than foretold: {named}"
    stage.say(_NEXT.format(count=len(stage.steps), told=told, folder=stage.folder))


_NEXT = """\
# The rehearsal is over: {count} commands, {told}.
# Its archive stays in {folder} for you to look at; remove the folder when you like.
#
# For the real thing:
#   syncd config generate > config.toml     then set upstream.contact to your address
#   syncd adopt PATH                        if you have digests already
#   syncd sync                              the newest mailing, and the last 90 days
#   syncd status                            what is held, what is missing and why"""
