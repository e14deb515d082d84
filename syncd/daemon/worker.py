"""A turn handed to a process of its own, watched from outside: its life, its report, and how it is made to end."""

from __future__ import annotations

import base64
import logging
import os
import pickle
import selectors
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from syncd.daemon.messages import LIFE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import IO

    from syncd.daemon.messages import Errand, Report

_LOG = logging.getLogger("syncd.daemon")
_PIPE = 1 << 16


class Failed(Exception):
    """The process ended with `code` (negative: a signal) and without a report; it has said why itself."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(why or f"ended with {code}")
        self.code = code


class Hung(Failed):
    """The process gave no sign of life for so long that it was killed."""

    def __init__(self, silence: timedelta) -> None:
        super().__init__(-9, f"gave no sign of life for {silence.total_seconds():g} s and was killed")


@dataclass(slots=True)
class Turns:
    """Makes turns one at a time by starting `command`; `living` is called at each sign of life, with what is being done.

    Empty words say nothing new. A process that is silent for longer than `patience` is killed.
    """

    command: Sequence[str]
    living: Callable[[str], None]
    patience: timedelta = timedelta(minutes=10)
    _running: subprocess.Popen[bytes] | None = None
    _ended: bool = False
    _lock: Lock = field(default_factory=Lock)

    def make(self, errand: Errand, patience: timedelta | None = None) -> Report:
        """The report of one turn; Failed when there is none, Hung when it was waited for in vain."""
        with self._lock:
            if self._ended:
                raise Failed(0)
            process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  ourselves
            self._running = process
        try:
            report = self._conversation(process, errand, patience or self.patience)
        finally:
            code = self._reaped(process)
            self._running = None
        if report is None:
            raise Failed(code)
        return report

    def ended(self, seconds: float) -> bool:
        """Whether the turn under way has ended, or does within so long."""
        running = self._running
        with suppress(subprocess.TimeoutExpired):
            return running is None or running.wait(seconds) is not None
        return False

    def end(self, *, at_once: bool = False) -> None:
        """Ask the turn under way to end at a safe point, or let it end at once; no other is begun."""
        with self._lock:
            self._ended = True
            running = self._running
            if running is not None:
                (running.kill if at_once else running.terminate)()

    def _conversation(self, process: subprocess.Popen[bytes], errand: Errand, patience: timedelta) -> Report | None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a turn needs pipes")
        with process.stdout as answers:
            try:
                with process.stdin as errands:
                    errands.write(pickle.dumps(errand))
            except BrokenPipeError:
                _LOG.debug("a turn ended before it began")
            return self._heard(process, answers, patience)

    def _heard(self, process: subprocess.Popen[bytes], answers: IO[bytes], patience: timedelta) -> Report | None:
        rest = b""
        with selectors.DefaultSelector() as ear:
            ear.register(answers, selectors.EVENT_READ)
            while ear.select(patience.total_seconds()):
                heard = os.read(answers.fileno(), _PIPE)
                if not heard:
                    return None
                *lines, rest = (rest + heard).split(b"\n")
                for line in lines:
                    if not line.startswith(LIFE):
                        report: Report = pickle.loads(base64.b64decode(line))  # noqa: S301  from the child, over a pipe
                        return report
                    self.living(line.removeprefix(LIFE).decode())
        process.kill()
        raise Hung(patience)

    def _reaped(self, process: subprocess.Popen[bytes]) -> int:
        """How the process ended; one that has reported and does not end is made to."""
        with suppress(subprocess.TimeoutExpired):
            return process.wait(self.patience.total_seconds())
        process.kill()
        return process.wait()
