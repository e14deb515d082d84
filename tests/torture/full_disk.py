"""A disk that is truly full: a small file system in memory, which only root can mount."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.torture.scenarios import copy_template
from tests.torture.strikes import Surroundings, Sweep, judge, measure_size
from tests.torture.zygote_client import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from random import Random

    from tests.support.stoppable_run import StopRequest

STEPS = 6
_LARGE = "64m"


def can_mount(room: Path) -> bool:
    """Return whether this user may mount a file system here."""
    if os.geteuid() != 0:
        return False
    try:
        with _mounted(room / "probe", "64k"):
            return True
    except subprocess.CalledProcessError:
        return False


@contextmanager
def _mounted(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True, capture_output=True
    )
    try:
        yield
    finally:
        # Lazily, as it would fail while a process that hangs still has a file open here.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class FullDisk(Sweep):
    """The scenario of a sweep on a disk that becomes full at some moment of the command, and is then made larger."""

    def __init__(self, sweep: Sweep, room: Path, chance: Random) -> None:
        """Take over the archive and the undisturbed runs of a sweep on SQLite that has ended."""
        super().__init__(sweep.scenario, room, Surroundings(sweep.server, sweep.zygote, chance), sweep.database)
        self.folder, self.template, self.undisturbed = sweep.folder, sweep.template, sweep.undisturbed
        self.tally.name, self.tally.is_full_disk, self.tally.calls = (
            f"{sweep.tally.name}, full",
            True,
            sweep.tally.calls,
        )

    def fill(self, stop: StopRequest) -> None:
        """Run the command on disks of several sizes, from nothing free to as much as it needs, until a stop is asked for."""
        for step in range(STEPS):
            if stop.is_made():
                return
            size = measure_size(self.template) + self.undisturbed.size * step // STEPS
            with _mounted(self.folder, str(max(size, 1 << 16))):
                copy_template(self.template, self.folder)
                self._run_full()

    def _run_full(self) -> None:
        self.server.forget()
        struck = self._command(self.scenario.arguments)
        self.tally.faults += 1
        self.tally.codes[struck.code] += 1
        subprocess.run(["mount", "-o", f"remount,size={_LARGE}", str(self.folder)], check=True)
        fault = Fault(failure=-2)
        wrong = [*judge(struck, fault), *self.judge_healed(fault)]
        self.note(["a full disk"], wrong)
