"""The two locks of an archive on a host: the daemon's, held for its life, and the writers', held for one day's steps.

They must not outlive their process, so they are flocks, and the content of their files decides nothing. Readers take
neither.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.archive.files import folder_tree, lock_holders, lock_waits
from syncd.archive.files.file_system import close_unwritten, open_or_create, try_to_lock
from syncd.archive.files.lock_waits import LockWait
from syncd.core.errors import Locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WRITE_LOCK = ".syncd-write.lock"
DAEMON_LOCK = ".syncd-daemon.lock"
WAIT = timedelta(seconds=30)

_PAUSE = 0.1
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
# Path → process and thread. flock alone would let a thread wait for itself.
_held: dict[Path, tuple[int, int]] = {}


def _say_waiting(holder: str) -> None:
    lock_waits.say(f"waiting up to {WAIT.seconds} s for the archive, which is held by {holder}")


@contextmanager
def write_lock(
    root: Path,
    *,
    holder: str,
    wait: timedelta = WAIT,
    on_wait: Callable[[str], None] = _say_waiting,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Exclude every other writer of the archive in `root` for the block. Raise Locked, naming the holder, after `wait`.

    After 2 s of waiting `on_wait` is called once with the holder in words.
    Threads of one process exclude each other too. A thread that holds the lock and asks again is a bug (RuntimeError).
    """
    waiting = LockWait(on_wait, monotonic)

    def pause(holder: str) -> bool:
        if waiting.observe(lambda: holder) >= wait.total_seconds():
            return False
        with lock_waits.breakable():
            sleep(_PAUSE)
        return True

    with _lock(root / WRITE_LOCK, holder, pause):
        yield


@contextmanager
def daemon_lock(root: Path, *, holder: str) -> Iterator[None]:
    """Be the only daemon of the archive in `root` for the block. Raise Locked at once, naming the other one, if there is one.

    A disk that is read-only or full does not prevent it where the lock file exists. The file then does not name its holder.
    """
    with _lock(root / DAEMON_LOCK, holder, lambda _holder: False, may_be_unwritten=True):
        yield


@contextmanager
def _lock(path: Path, holder: str, pause: Callable[[str], bool], *, may_be_unwritten: bool = False) -> Iterator[None]:
    me = (os.getpid(), threading.get_ident())
    if _held.get(path) == me:
        raise RuntimeError(f"{path.name} is taken twice by the same thread")
    with folder_tree.translate_errors(path):
        file = _acquire(path, pause, may_be_unwritten=may_be_unwritten)
    try:
        with folder_tree.translate_errors(path), suppress(OSError) if may_be_unwritten else nullcontext():
            lock_holders.write_note(file, holder)
        _held[path] = me
        yield
    finally:
        _held.pop(path, None)
        # Closing the only descriptor of this lock frees it, as a kill does.
        close_unwritten(file)


def _acquire(path: Path, pause: Callable[[str], bool], *, may_be_unwritten: bool) -> int:
    while True:
        file = _open(path, may_be_unwritten=may_be_unwritten)
        try:
            if try_to_lock(file, path):
                locked, file = file, -1
                return locked
            found = lock_holders.read_note(file)
            if not pause(found):
                raise Locked("another process holds the lock", path=str(path), holder=found)
        finally:
            if file >= 0:
                close_unwritten(file)


def _open(path: Path, *, may_be_unwritten: bool) -> int:
    try:
        return open_or_create(path, os.O_RDWR)
    except OSError as error:
        if not (may_be_unwritten and error.errno == errno.EROFS and path.exists()):
            raise
        return os.open(path, _READ)
