"""A disk that is truly full: a small file system in memory, which only root can mount."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.torture.scenarios import copy_template
from tests.torture.strikes import Sweep, judge
from tests.torture.zygote_client import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
        subprocess.run(["umount", str(folder)], check=True)


class FullDisk(Sweep):
    """The scenario of a sweep on a disk that becomes full at some moment of the command, and is then made larger."""

    def fill(self) -> None:
        """Run the command on disks of several sizes, from nothing free to as much as it needs."""
        needed = _used(self.folder) - _used(self._template)
        for step in range(STEPS):
            size = _used(self._template) + needed * step // STEPS
            with _mounted(self.folder, str(max(size, 1 << 16))):
                copy_template(self._template, self.folder)
                self._run_full()

    def prepare(self) -> None:
        """Learn what is to come of the command, and leave its folder as it is then."""
        super().prepare()
        self.tally.name, self.tally.is_full_disk = f"{self.scenario.name}, full", True

    def _run_full(self) -> None:
        self.server.forget()
        struck = self._command(self.scenario.arguments)
        self.tally.faults += 1
        self.tally.codes[struck.code] += 1
        subprocess.run(["mount", "-o", f"remount,size={_LARGE}", str(self.folder)], check=True)
        fault = Fault(failure=-2)
        wrong = [*judge(struck, fault), *self.judge_healed(fault)]
        self.note(["a full disk"], wrong)


def _used(folder: Path) -> int:
    """Return the bytes that the files and folders below a folder take on a disk with blocks of 4 KiB."""
    return sum(-(-path.lstat().st_size // 4096) * 4096 + 4096 for path in folder.rglob("*"))
