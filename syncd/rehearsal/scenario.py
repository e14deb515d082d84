"""The life of an archive in a throw-away folder, with the real commands and the loopback arXiv.

Each step is a `syncd` process of its own, as a user would start it. The rehearsal fails when a step ends with an unexpected
exit code. Nothing leaves this machine, and nothing outside the folder is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, date, datetime
from math import ceil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Protocol, Self

from syncd.core import digest as digests
from syncd.core import markup
from syncd.core.model import Digest, Entry
from syncd.core.values import dataclass
from syncd.rehearsal import faults
from syncd.rehearsal.history import announced_at, mailing, small_history
from syncd.rehearsal.server import Server, config_text

if TYPE_CHECKING:
    from types import TracebackType

    from syncd.rehearsal.history import History, Work

CATEGORY = "cs.CV"
_TAIL = 1
_RETRY_AFTER = 3.0
"""Seconds of Retry-After at least. More on a slow machine, so that the next command still starts within them."""
_PAGE_FROM = date(2026, 7, 2)


@dataclass(frozen=True, slots=True)
class RehearsalStep:
    """One command that was run, its exit code, and the exit code that was expected."""

    arguments: tuple[str, ...]
    exit_code: int
    expected: int


class StartedCommand(Protocol):
    """A command that runs in a process of its own. `subprocess.Popen` is one."""

    @property
    def returncode(self) -> int:
        """Return the exit code of a command that has ended, negative for a signal."""

    def poll(self) -> int | None:
        """Return the exit code. None while the command runs."""

    def kill(self) -> None:
        """End the process without warning."""

    def communicate(self) -> tuple[str, str]:
        """Wait for the end. Return standard output and standard error."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...


Start = Callable[[Sequence[str], Path, dict[str, str]], StartedCommand]
"""Starts a `syncd` command with these arguments in a folder with this environment."""


def start_command(arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> StartedCommand:
    """Start a `syncd` command, as a user would."""
    return subprocess.Popen(  # noqa: S603  our own program, our own arguments
        [sys.executable, "-m", "syncd", *arguments],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass
class Stage:
    """The folder and the server of one rehearsal. `say` takes each line of output as it happens."""

    folder: Path
    server: Server
    say: Callable[[str], None]
    start: Start
    now: datetime
    steps: list[RehearsalStep] = field(default_factory=list)
    slowest: float = 0.0

    def run(self, *arguments: str, expected: int = 0) -> None:
        """Run one command and print what it says."""
        self.say(f"$ syncd {' '.join(arguments)}")
        started = time.monotonic()
        code, output, errors = self._run(arguments)
        self.slowest = max(self.slowest, time.monotonic() - started)
        for line in (output + errors).splitlines():
            if "SYNCD_NOW" not in line:  # the notice that the clock is set is printed once, at the beginning
                self.say(f"  {line}".rstrip())
        self._note(arguments, code, expected)

    def wait_out(self) -> None:
        """Wait until no host is in a cooldown any more, by the ledger that all processes share."""
        while until := self._find_cooldown():
            time.sleep(max(0.1, (until - datetime.now(UTC)).total_seconds() + 0.1))

    def _find_cooldown(self) -> datetime | None:
        _, output, _ = self._run(("requests", "--json"))
        hosts = json.loads(output)["hosts"]
        moments = [datetime.fromisoformat(host["cooldown_until"]) for host in hosts if host["cooldown_until"]]
        return max(moments, default=None)

    def _run(self, arguments: tuple[str, ...]) -> tuple[int, str, str]:
        """Return the exit code of one command, its output and its errors. What interrupts the wait ends the command."""
        with self.start(arguments, self.folder, self._environment()) as process:
            try:
                output, errors = process.communicate()
            except BaseException:
                process.kill()
                raise
        return process.returncode, output, errors

    def kill_during(self, *arguments: str) -> None:
        """Start a command and kill it without warning in the middle of its first answer."""
        self.say(f"$ syncd {' '.join(arguments)}      (and kill -9 while it reads)")
        before = len(self.server.requests)
        with self.start(arguments, self.folder, self._environment()) as process:
            while self.server.in_flight == 0 and len(self.server.requests) == before and process.poll() is None:
                time.sleep(0.02)
            process.kill()
        self.say("  killed")
        self._note(arguments, process.returncode, -9)

    def _note(self, arguments: tuple[str, ...], code: int, expected: int) -> None:
        self.steps.append(RehearsalStep(arguments, code, expected))
        if code != expected:
            self.say(f"  (exit {code}, where {expected} was expected)")
        elif code > 0:
            self.say(f"  (exit {code})")
        self.say("")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
        # `-m` looks for the module in the working folder first. This makes sure that the running one is found.
        here = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join(filter(None, [here, kept.get("PYTHONPATH")]))
        return kept | {"SYNCD_NOW": self.now.isoformat(), "NO_COLOR": "1", "PYTHONPATH": paths}


def rehearse(
    say: Callable[[str], None],
    folder: Path | None = None,
    start: Start = start_command,
    steps: list[RehearsalStep] | None = None,
) -> tuple[Path, tuple[RehearsalStep, ...]]:
    """Run the whole rehearsal; return the folder that it leaves (a new temporary one by default) and its steps.

    It takes less than a minute, because the calendar clock is set. Only one cooldown of a few seconds is real. The steps are
    put into `steps` as they end, for a caller that interrupts it.
    """
    with make_stage(small_history(), say, folder, start, steps) as stage:
        _print_introduction(stage)
        for scene in _SCENES:
            scene(stage)
    print_summary(stage)
    return stage.folder, tuple(stage.steps)


@contextmanager
def make_stage(
    history: History,
    say: Callable[[str], None],
    folder: Path | None,
    start: Start,
    steps: list[RehearsalStep] | None = None,
) -> Iterator[Stage]:
    """Provide the stage of a rehearsal: a folder (a new temporary one by default), its configuration and a server."""
    root = folder or Path(mkdtemp(prefix="syncd-rehearsal-"))
    root.mkdir(parents=True, exist_ok=True)
    with Server(history, lambda: stage.now) as server:
        stage = Stage(root, server, say, start, _noon(history.days[4]), [] if steps is None else steps)
        (root / "config.toml").write_text(config_text(server, str(root)), encoding="utf-8")
        yield stage


def _print_introduction(stage: Stage) -> None:
    stage.say(f"# Two weeks in the life of an archive in {stage.folder},")
    stage.say(f"# with a simulated arXiv on {stage.server.url}. Its papers are invented, no network is used,")
    stage.say("# and SYNCD_NOW sets the calendar clock. The commands are the real ones.")
    stage.say("")


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 16, 0, tzinfo=UTC)


def _adopt(stage: Stage) -> None:
    stage.say(
        "# An existing digest, with any file name and an older dialect. It is copied and registered, but not changed.\n"
    )
    old = stage.folder / "from-before"
    old.mkdir(exist_ok=True)
    (old / "digest.txt").write_bytes(digests.render(_make_digest(stage.server.history, stage.server.history.days[0])))
    stage.run("adopt", "from-before")


def _make_digest(history: History, day: date) -> Digest:
    found = mailing(history, day, CATEGORY, day)
    works = [*_sort_descending(found.new), *_sort_descending(found.cross)]
    return Digest(day, CATEGORY, tuple(map(_to_entry, works)), _TAIL)


def _sort_descending(papers: tuple[Work, ...]) -> list[Work]:
    return sorted(papers, key=lambda work: work.id, reverse=True)


def _to_entry(work: Work) -> Entry:
    first = work.editions[0]
    return Entry(work.id, markup.title_from_raw(first.title), markup.abstract_from_raw(first.abstract))


def _catch_up(stage: Stage) -> None:
    first, newest = (str(stage.server.history.days[at]) for at in (1, 4))
    stage.say("# Several mailings are missing: the newest one first.\n")
    stage.run("sync", newest)
    stage.say(
        "# How many requests would fill the range before it? Then it is filled. One page arrives cut in half: it is kept"
    )
    stage.say("# for inspection, and nothing of it is written.\n")
    stage.server.faults.add(faults.halved().on(f"/catchup/*/{_PAGE_FROM}*"))
    stage.run("backfill", "--since", first, "--plan")
    stage.run("backfill", "--since", first, expected=3)
    stage.run("status")
    stage.say("# The next run requests that page again, and nothing else.\n")
    stage.run("sync")


def _overload(stage: Stage) -> None:
    history = stage.server.history
    stage.now = announced_at(history.days[5]).replace(minute=20)
    stage.say(
        "# The next evening arXiv is overloaded and sends Retry-After. No request is sent before that time is over.\n"
    )
    seconds = ceil(max(_RETRY_AFTER, 4 * stage.slowest))
    stage.server.faults.add(faults.status(503, retry_after=seconds, body="Service is catching up.").on("/list/*"))
    stage.run("sync", expected=4)
    stage.run("sync", expected=4)
    stage.say("# That time is over.\n")
    stage.wait_out()
    stage.run("sync")


def _interrupt(stage: Stage) -> None:
    stage.now = announced_at(stage.server.history.days[6]).replace(minute=20)
    stage.say("# The process is killed while it receives a page. The next run continues as if nothing had happened.\n")
    stage.server.faults.add(faults.drip(piece=64, pause=0.2).on("/list/*"))
    stage.kill_during("sync")
    stage.run("sync")


def _repair_damage(stage: Stage) -> None:
    history = stage.server.history
    stage.say("# One file is lost, and another one is edited by hand.\n")
    root = stage.folder / "archive" / f"{history.days[1]:%Y}"
    (root / f"{history.days[1]}.md").unlink()
    edited = root / f"{history.days[2]}.md"
    edited.write_bytes(edited.read_bytes().replace(b"a", b"A", 1))
    stage.run("check", expected=1)
    stage.run("repair")
    stage.run("repair", "--restore", str(history.days[2]))
    stage.run("check", "--full")


def _compare(stage: Stage) -> None:
    stage.now = _noon(stage.server.history.days[-1])
    stage.say("# Days later the missing mailings are fetched, and the archive is compared with what arXiv shows now.\n")
    stage.run("sync")
    stage.run("diff")
    stage.say("# What the comparison learned is kept, with the time when it was seen.\n")
    stage.run("report", "--list", "revised")


def _show_state(stage: Stage) -> None:
    stage.say("# The state of the archive, and the requests that were made.\n")
    stage.run("status")
    stage.run("requests")
    stage.run("report", "-o", _REPORT)


_SCENES = (_adopt, _catch_up, _overload, _interrupt, _repair_damage, _compare, _show_state)


def print_summary(stage: Stage) -> None:
    """Say how many steps there were, and which of them ended unexpectedly."""
    wrong = [step for step in stage.steps if step.exit_code != step.expected]
    result = "all steps ended as expected"
    if wrong:
        named = "; ".join(f"{' '.join(s.arguments)} (exit {s.exit_code}, not {s.expected})" for s in wrong)
        result = f"{len(wrong)} steps ended unexpectedly: {named}"
    browse = ""
    if (stage.folder / _REPORT).exists():
        now = stage.now.isoformat().replace("+00:00", "Z")
        browse = _BROWSE.format(folder=stage.folder, report=_REPORT, now=now)
    stage.say(_NEXT.format(count=len(stage.steps), result=result, folder=stage.folder, browse=browse))


_REPORT = "report.html"
_BROWSE = """\
#
# To look at it, in a browser:
#   {folder}/{report}
#   SYNCD_NOW={now} syncd -c {folder}/config.toml serve      (the extra web: pip install 'syncd[web]')
"""
_NEXT = """\
# The rehearsal is over: {count} commands, {result}.
# Its archive stays in {folder} so that you can look at it. You may remove the folder at any time.
{browse}#
# To start a real archive:
#   syncd config generate > config.toml     then set upstream.contact to your address
#   syncd adopt PATH                        if you have digests already
#   syncd sync                              the newest mailing, and the last 90 days
#   syncd status                            what is held, what is missing and why"""
