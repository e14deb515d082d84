"""A turn handed to a process of its own, watched from outside: its life, its report, and how it is made to end."""

from __future__ import annotations

import base64
import logging
import pickle
import subprocess
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from syncd.daemon.errand import LIFE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from syncd.daemon.errand import Errand, Report

_LOG = logging.getLogger("syncd.daemon")


class Failed(Exception):
    """The process ended with `code` (negative: a signal) and without a report; it has said why itself."""

    def __init__(self, code: int) -> None:
        super().__init__(f"a turn ended with {code}")
        self.code = code


@dataclass(slots=True)
class Turns:
    """Makes turns one at a time by starting `command`; `living` is called at each sign of life."""

    command: Sequence[str]
    living: Callable[[], None]
    _running: subprocess.Popen[bytes] | None = None
    _ended: bool = False
    _lock: Lock = field(default_factory=Lock)

    def make(self, errand: Errand) -> Report:
        """The report of one turn; Failed when there is none."""
        with self._lock:
            if self._ended:
                raise Failed(0)
            process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  ourselves
            self._running = process
        try:
            report = self._conversation(process, errand)
        finally:
            code = process.wait()
            self._running = None
        if report is None:
            raise Failed(code)
        return report

    def end(self, *, at_once: bool = False) -> None:
        """Ask the turn under way to end at a safe point, or let it end at once; no other is begun."""
        with self._lock:
            self._ended = True
            running = self._running
            if running is not None:
                (running.kill if at_once else running.terminate)()

    def _conversation(self, process: subprocess.Popen[bytes], errand: Errand) -> Report | None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a turn needs pipes")
        with process.stdout as answers:
            try:
                with process.stdin as errands:
                    errands.write(pickle.dumps(errand))
            except BrokenPipeError:
                _LOG.debug("a turn ended before it began")
            return self._read(answers)

    def _read(self, answers: IO[bytes]) -> Report | None:
        for line in answers:
            self.living()
            if line != LIFE and line.endswith(b"\n"):
                report: Report = pickle.loads(base64.b64decode(line))  # noqa: S301  from the child, over a pipe
                return report
        return None
