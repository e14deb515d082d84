"""The two locks of an archive on a host: the daemon's, held for its life, and the writers', held for one day's steps.

They must not outlive their process, hence flock and no content that decides; readers take neither.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.archive.files import atomic
from syncd.core.errors import Locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITE_LOCK = ".syncd-write.lock"
DAEMON_LOCK = ".syncd-daemon.lock"
WAIT = timedelta(seconds=30)

_PAUSE = 0.1
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
# Path → process and thread; flock alone would let a thread wait for itself.
_held: dict[Path, tuple[int, int]] = {}


def describe_holder(command: str, since: datetime) -> str:
    """What the others are told of this process: `process 4711 (syncd run), since 2026-08-07 20:00:03 UTC`."""
    return f"process {os.getpid()} ({command}), since {since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def write_lock(
    root: Path,
    *,
    holder: str,
    wait: timedelta = WAIT,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Exclude every other writer of the archive in `root` for the block; Locked, naming the holder, after `wait`.

    Threads of one process exclude each other too; a thread that holds the lock and asks again is a bug (RuntimeError).
    """
    end = monotonic() + wait.total_seconds()

    def pause() -> bool:
        if monotonic() >= end:
            return False
        sleep(_PAUSE)
        return True

    with _lock(root / WRITE_LOCK, holder, pause):
        yield


@contextmanager
def daemon_lock(root: Path, *, holder: str) -> Iterator[None]:
    """Be the one daemon of the archive in `root` for the block; Locked at once, naming the other, when there is one.

    A disk that takes no writing now is no hindrance where the lock's file is there already: its holder is just not named in it.
    """
    with _lock(root / DAEMON_LOCK, holder, lambda: False, unwritten=True):
        yield


@contextmanager
def _lock(path: Path, holder: str, pause: Callable[[], bool], *, unwritten: bool = False) -> Iterator[None]:
    me = (os.getpid(), threading.get_ident())
    if _held.get(path) == me:
        raise RuntimeError(f"{path.name} is taken twice by the same thread")
    with atomic.translate_errors(path):
        file = _acquire(path, pause, unwritten=unwritten)
    try:
        with atomic.translate_errors(path), suppress(OSError) if unwritten else nullcontext():
            _tell(file, holder)
        _held[path] = me
        yield
    finally:
        _held.pop(path, None)
        # Closing the only descriptor of this lock frees it, as a kill does.
        os.close(file)


def _acquire(path: Path, pause: Callable[[], bool], *, unwritten: bool) -> int:
    while True:
        file = _opened(path, unwritten=unwritten)
        try:
            if _taken(file):
                kept, file = file, -1
                return kept
            if not pause():
                raise Locked("another process holds the lock", path=str(path), holder=_told(file))
        finally:
            if file >= 0:
                os.close(file)


def _opened(path: Path, *, unwritten: bool) -> int:
    try:
        return os.open(path, _FLAGS, 0o644)
    except OSError as error:
        if not (unwritten and error.errno == errno.EROFS and path.exists()):
            raise
        return os.open(path, _READ)


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _tell(file: int, holder: str) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, f"{holder}\n".encode(), 0)


def _told(file: int) -> str:
    text = os.pread(file, 400, 0).decode(errors="replace").partition("\n")[0]
    return "".join(letter for letter in text if letter.isprintable()).strip() or "another process"
