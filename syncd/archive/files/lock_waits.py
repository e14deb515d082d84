"""Waiting for a lock that another program holds: after 2 s it is said for whom, and a signal may break it off.

It must not know what is locked, or how.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SILENT = timedelta(seconds=2)
"""After this much waiting, it is said whom a command waits for."""

_waiting_threads: set[int] = set()
_endings: list[Exception] = []


def say(text: str, *, is_usual: bool = False) -> None:
    """Say on standard error what is waited for, but not to those who want errors only. `is_usual`: it is no warning."""
    logging.getLogger("syncd").log(logging.INFO if is_usual else logging.WARNING, "%s", text)


def is_waiting() -> bool:
    """Return whether the main thread waits for a lock. The wait may be broken off, as nothing of its step is done yet."""
    return threading.main_thread().ident in _waiting_threads


@contextmanager
def end_waits(endings: list[Exception]) -> Iterator[None]:
    """Let the first exception in `endings`, which may come later, end every wait of the block that begins after it came."""
    global _endings  # noqa: PLW0603  signals belong to the process, and so does what they end
    before, _endings = _endings, endings
    try:
        yield
    finally:
        _endings = before


@contextmanager
def breakable() -> Iterator[None]:
    """Let a signal break off what the block waits for, also one that came before."""
    thread = threading.get_ident()
    if ending := find_ending(threading.current_thread()):
        raise ending
    _waiting_threads.add(thread)
    try:
        yield
    finally:
        _waiting_threads.discard(thread)


def find_ending(thread: threading.Thread) -> Exception | None:
    """Return the exception that ends the waits of this thread, None as long as no signal came for it."""
    return _endings[0] if _endings and thread is threading.main_thread() else None


class LockWait:
    """One wait. `on_wait` is called once, after 2 s of it, with the holder in words. `monotonic` counts seconds."""

    def __init__(self, on_wait: Callable[[str], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._on_wait = on_wait
        self._monotonic = monotonic
        self._start = monotonic()
        self._has_spoken = False

    def observe(self, find_holder: Callable[[], str]) -> float:
        """Return how many seconds this wait has lasted, and say for whom when it is time."""
        waited = self._monotonic() - self._start
        if waited >= SILENT.total_seconds() and not self._has_spoken:
            self._has_spoken = True
            self._on_wait(find_holder())
        return waited
