"""What signals asked of the daemon, and how it is woken. No request is lost, whenever it comes. Nothing is carried out here."""

from __future__ import annotations

import os
import select
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")
_LONG = 3600.0


def _open_pipe() -> tuple[int, int]:
    ends = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    return ends[0], ends[1]


@dataclass(slots=True)
class SignalRequests:
    """What was asked for: the end, or that the configuration is read again.

    It has no lock and no Event: a handler runs in the thread that it interrupts, which may hold one at that moment. And a signal
    that comes between the last look and the wait must end the wait. So a handler writes into a pipe.
    """

    is_stopping: bool = False
    is_reload_due: bool = False
    _ends: tuple[int, int] = field(default_factory=_open_pipe)

    @property
    def wakeup_fd(self) -> int:
        """The descriptor for `signal.set_wakeup_fd`: what is written to it wakes the waiting thread."""
        return self._ends[1]

    def request_stop(self) -> None:
        """Ask for the end, after the current step."""
        self.is_stopping = True
        self.wake()

    def request_reload(self) -> None:
        """Ask that the configuration is read again."""
        self.is_reload_due = True
        self.wake()

    def wake(self) -> None:
        """Wake the thread that waits."""
        with suppress(BlockingIOError):
            os.write(self._ends[1], b"\0")

    def wait(self, seconds: float) -> None:
        """Wait until woken, or for this time."""
        select.select([self._ends[0]], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._ends[0], 4096)

    def sleep(self, seconds: float) -> None:
        """Wait for this time, unless the end is asked for."""
        until = time.monotonic() + seconds
        while not self.is_stopping and (left := until - time.monotonic()) > 0:
            self.wait(left)

    def run_until_stop(self, do: Callable[[], _Result]) -> _Result | None:
        """Return what `do` gives or raises, while this thread listens, or None when the end is asked for first.

        `do` runs in a thread of its own. When the end is asked for, that thread is left alone and ends with the process.
        """
        result: Future[_Result] = Future()

        def work() -> None:
            try:
                result.set_result(do())
            except BaseException as error:  # noqa: BLE001  raised again in the thread that listens
                result.set_exception(error)
            self.wake()

        Thread(target=work, daemon=True).start()
        while not (result.done() or self.is_stopping):
            self.wait(_LONG)
        return result.result() if result.done() else None
