"""One scenario, struck again and again: each time it must end with words, and be healed by the next run."""

from __future__ import annotations

import errno
from collections import Counter
from dataclasses import dataclass, field
from time import sleep
from typing import TYPE_CHECKING, NamedTuple

from tests.support.command_line import DAYS
from tests.support.small_archive import noon
from tests.torture.outcome import Outcome, compare, find_steady, read_outcome
from tests.torture.scenarios import IDENTITY, Scenario, copy_template
from tests.torture.zygote_client import Ended, Fault, Zygote

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from syncd.rehearsal.server import Server
    from tests.torture.databases import ArchiveDatabase

KILL = -1
FILES = ("write", "fsync", "name", "open", "close", "lock")
WRITING = ("write", "fsync", "name", "open")
FAILURES = {
    "write": (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EINTR),
    "fsync": (errno.EIO, errno.ENOSPC, errno.EINTR),
    "name": (errno.EIO, errno.ENOSPC, errno.EROFS),
    "open": (errno.EMFILE, errno.ENOSPC, errno.EROFS, errno.EINTR, errno.EIO),
    "close": (errno.EIO, errno.EINTR),
    "lock": (errno.ENOLCK, errno.EINTR),
    "connect": (errno.EINTR, errno.EIO, errno.ENETUNREACH, errno.EMFILE),
}
"""What each class of calls may fail with."""
LASTING = frozenset({errno.ENOSPC, errno.EROFS})
"""A full or read-only disk stays so until the command ends."""
SHARE_OF_KILLS = 0.5
SHARE_OF_REPEATED_KILLS = 0.75
"""How often the run after a kill is killed as well."""
WORDS = frozenset({0, 1, 3, 4, 6, 10, 11})
"""Exit codes of a command that was struck and said so. Not 70 (internal), 2 (usage) or 5 (arXiv's layout)."""


@dataclass
class Tally:
    """What a sweep did. `missed` are strikes whose call was not reached. On a full disk a fault is a run."""

    name: str
    database: str
    is_full_disk: bool = False
    calls: int = 0
    faults: int = 0
    kills: int = 0
    missed: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    found: list[str] = field(default_factory=list)


class Surroundings(NamedTuple):
    """What a sweep needs: the arXiv that its command asks, the process that forks, and the choice of the strikes."""

    server: Server
    zygote: Zygote
    chance: Random


@dataclass(frozen=True)
class Undisturbed:
    """What comes of a scenario undisturbed. `steady` are the columns to compare; `size` is what its folder grows by, in bytes."""

    calls: dict[str, int] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    steady: set[tuple[str, str]] = field(default_factory=set)
    requests: int = 0
    size: int = 0


class Sweep:
    """The strikes of one scenario."""

    def __init__(self, scenario: Scenario, room: Path, here: Surroundings, database: ArchiveDatabase) -> None:
        self.scenario, self.database = scenario, database
        self.server, self.zygote, self.chance = here
        self.tally = Tally(scenario.name, database.kind)
        self.folder = room / scenario.name
        self.template = room / f"{scenario.name}-template"
        self.undisturbed = Undisturbed()

    @property
    def is_prepared(self) -> bool:
        """Return whether it is known what comes of the scenario undisturbed."""
        return bool(self.undisturbed.calls)

    def prepare(self) -> None:
        """Make the archive to begin with, and learn from two undisturbed runs what is to come of it."""
        self.folder.mkdir(parents=True)
        self.scenario.write(self.folder, self.server)
        self.database.keep(self.folder, self._copy_database)
        self.folder.rename(self.template)
        ended, outcomes = Ended(0, "", "", False, {}, ""), []
        for run in range(2):
            # Times are kept to the second. Only in another second can it be seen which columns hold one.
            sleep(1.1 * run)
            self._begin_anew()
            ended = self._command(self.scenario.arguments, Fault(classes=("send",)))
            self._command(self.scenario.healing)
            outcomes.append(read_outcome(self.folder, self.database))
            if ended.code != 0:
                how = "lasts too long, as on a busy machine," if ended.is_hanging else f"ends with {ended.code}"
                raise RuntimeError(f"{self.scenario.name} {how} undisturbed: {ended.out}{ended.err}")
        steady, requests = find_steady(*outcomes), len(self.server.requests)
        if self.scenario.is_today:
            # A turn that finds its predecessor killed may take the mailing from another page, and compare one more.
            steady &= {(table, column) for table, column in steady if table == "entry" or column == "sha256"}
            requests += 1
        size = measure_size(self.folder) - measure_size(self.template)
        self.undisturbed = Undisturbed(ended.calls, outcomes[-1], steady, requests, size)
        self.tally.calls = sum(ended.calls.values())

    def strike(self) -> str:
        """Let one call fail, or kill the process there, and return what was found wrong, which is nothing as a rule.

        The runs after a kill may be killed, too.
        """
        fault = self._choose()
        self._begin_anew()
        wrong, heads, arguments = [], [], self.scenario.arguments
        while True:
            struck = self._command(arguments, fault)
            self._count_strike(struck, fault)
            name = "kill" if fault.failure == KILL else errno.errorcode[fault.failure]
            heads.append(f"{name} at call {fault.nth} of {'+'.join(fault.classes)} ({struck.what})")
            wrong += judge(struck, fault)
            if fault.failure != KILL or not struck.what or self.chance.random() > SHARE_OF_REPEATED_KILLS:
                break
            fault, arguments = self._choose_kill(), self.scenario.healing
        return self.note(heads, [*wrong, *self.judge_healed(fault, len(heads))])

    def note(self, heads: list[str], wrong: list[str]) -> str:
        """Take down what was found wrong after these strikes, and return it as one text."""
        if not wrong:
            return ""
        found = "\n    ".join([f"{self.scenario.name}: {', then '.join(heads)}", *wrong])
        self.tally.found.append(found)
        return found

    def _count_strike(self, struck: Ended, fault: Fault) -> None:
        if struck.what:
            self.tally.kills += fault.failure == KILL
            self.tally.faults += fault.failure != KILL
            self.tally.codes[struck.code] += 1
        else:
            self.tally.missed += 1

    def _choose(self) -> Fault:
        if self.chance.random() < SHARE_OF_KILLS:
            return self._choose_kill()
        name = self.chance.choice([name for name in FAILURES if self.undisturbed.calls[name]])
        failure = self.chance.choice(FAILURES[name])
        if failure in LASTING:
            return Fault(WRITING, self.chance.randint(1, self._count(WRITING)), failure, is_sticky=True)
        return Fault((name,), self.chance.randint(1, self.undisturbed.calls[name]), failure)

    def _choose_kill(self) -> Fault:
        classes = (*FILES, "connect", "send")
        return Fault(classes, self.chance.randint(1, self._count(classes)), KILL)

    def _begin_anew(self) -> None:
        copy_template(self.template, self.folder)
        self.database.restore()
        self.server.forget()

    def _copy_database(self, url: str) -> None:
        ended = self.zygote.run(("db", "copy", url), self.folder, IDENTITY)
        if ended.code:
            raise RuntimeError(f"the database of {self.scenario.name} was not copied: {ended.err}")

    def _count(self, classes: tuple[str, ...]) -> int:
        return sum(self.undisturbed.calls[name] for name in classes)

    def _command(self, arguments: tuple[str, ...], fault: Fault | None = None) -> Ended:
        environment = IDENTITY if self.scenario.is_today else IDENTITY | {"SYNCD_NOW": noon(DAYS[3]).isoformat()}
        return self.zygote.run(arguments, self.folder, environment, fault or Fault())

    def judge_healed(self, fault: Fault, strikes: int = 1) -> list[str]:
        """Run what a person runs afterwards, and return what it leaves wrong."""
        healed, wrong = self._command(self.scenario.healing), []
        if healed.code != 0 or healed.is_hanging:
            wrong.append(f"the next run ends with {healed.code}: {_shorten(healed)}")
        found = read_outcome(self.folder, self.database)
        wrong += compare(self.undisturbed.outcome, found, self.undisturbed.steady)
        if fault.failure not in {KILL, errno.EROFS}:  # neither lets a process remove its temporary file
            wrong += [f"left over: {name}" for name in found.leftovers]
        extra = len(self.server.requests) - self.undisturbed.requests
        if extra > strikes:
            wrong.append(f"{extra} requests more than undisturbed after {strikes} strikes")
        return wrong


def judge(struck: Ended, fault: Fault) -> list[str]:
    """Return what is wrong with how a struck command ended."""
    wrong = []
    if struck.is_hanging:
        wrong.append("hangs")
    elif fault.failure == KILL and struck.what:
        wrong += [f"was not killed but ended with {struck.code}"] if struck.code != -9 else []
    elif struck.code not in WORDS:
        wrong.append(f"ends with {struck.code}: {_shorten(struck)}")
    if "Traceback" in struck.err:
        wrong.append(f"a traceback: {_shorten(struck)}")
    return wrong


def measure_size(folder: Path) -> int:
    """Return the bytes that the files and folders below a folder take on a disk with blocks of 4 KiB."""
    return sum(-(-path.lstat().st_size // 4096) * 4096 + 4096 for path in folder.rglob("*"))


def _shorten(ended: Ended) -> str:
    return " / ".join((ended.err or ended.out).strip().splitlines()[-4:])[-700:]
