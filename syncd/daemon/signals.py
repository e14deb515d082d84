"""What signals ask of the daemon, and the bell that wakes it: none is lost, whenever it comes. It carries nothing out."""

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


def _pipe() -> tuple[int, int]:
    ends = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    return ends[0], ends[1]


@dataclass(slots=True)
class Orders:
    """What was asked for; `bell` is what `signal.set_wakeup_fd` is to be given.

    No lock and no Event: a handler runs in the thread that it interrupts, which may just hold one; and a signal that comes
    between the last look and the wait would be slept over.
    """

    ending: bool = False
    reload: bool = False
    _ends: tuple[int, int] = field(default_factory=_pipe)

    @property
    def bell(self) -> int:
        """The descriptor that wakes the waiting thread when something is written to it."""
        return self._ends[1]

    def stop(self) -> None:
        """End at the next safe point."""
        self.ending = True
        self.ring()

    def read_again(self) -> None:
        """Read the configuration again."""
        self.reload = True
        self.ring()

    def wait(self, seconds: float) -> None:
        """Until the bell rings, or so long."""
        select.select([self._ends[0]], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._ends[0], 4096)

    def rest(self, seconds: float) -> None:
        """So long, unless the end is asked for."""
        until = time.monotonic() + seconds
        while not self.ending and (left := until - time.monotonic()) > 0:
            self.wait(left)

    def attend(self, do: Callable[[], _Result]) -> _Result | None:
        """What `do` gives or raises, made in a thread of its own while this one listens; None when the end was asked for first.

        Then the thread is left alone, and ends with the process.
        """
        made: Future[_Result] = Future()

        def work() -> None:
            try:
                made.set_result(do())
            except BaseException as error:  # noqa: BLE001  raised again in the thread that listens
                made.set_exception(error)
            self.ring()

        Thread(target=work, daemon=True).start()
        while not (made.done() or self.ending):
            self.wait(_LONG)
        return made.result() if made.done() else None

    def ring(self) -> None:
        """Wake the thread that waits."""
        with suppress(BlockingIOError):
            os.write(self._ends[1], b"\0")
