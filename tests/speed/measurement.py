"""What work costs: CPU time of this process or of a command, user and system, and the memory that a command takes at most.

Wall time is not looked at, as other processes of the machine would be measured with it.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SYNCD = str(Path(sys.executable).with_name("syncd"))
# A process starts with the peak of the memory of the one that started it. A Python without anything stands in between.
_LAUNCHER = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU of a command, and its memory in MB at most."""

    seconds: float
    memory: float


def run(command: Sequence[str], rounds: int = 1) -> Cost:
    """Return what a command costs that must succeed: the median time of some rounds, and the most memory of all."""
    costs = [_run_once(command) for _ in range(rounds)]
    return Cost(median(one.seconds for one in costs), max(one.memory for one in costs))


def run_beside(command: Sequence[str], other: Sequence[str], rounds: int) -> float:
    """Return how many times the CPU of the other command a command takes: the median of pairs, one after the other.

    Both must succeed. Neither is counted the first time.
    """
    pairs = [(_run_once(command).seconds, _run_once(other).seconds) for _ in range(rounds + 1)]
    return median(ours / theirs for ours, theirs in pairs[1:])


def _run_once(command: Sequence[str]) -> Cost:
    launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command]
    said = subprocess.run(launcher, check=True, capture_output=True, text=True).stdout
    seconds, memory, code = json.loads(said)
    if code:
        raise RuntimeError(f"exit code {code}: {' '.join(command)[:100]}")
    return Cost(seconds, memory)


def process(work: Callable[[], object], rounds: int = 1) -> float:
    """Return the CPU seconds that one call takes in this process: the median of some rounds."""
    return median(_process_once(work) for _ in range(rounds))


def _process_once(work: Callable[[], object]) -> float:
    gc.collect()
    start = process_time()
    work()
    return process_time() - start
