"""Runs of minutes or hours that end in good order: a signal asks for the end, and what was done so far is printed.

The work is done in a process of a session of its own, so that a signal to the whole group (Ctrl-C, `timeout`) reaches none of its
children. The process in front passes the signal on, removes the folder, and ends whatever the work left behind.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Never, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    Work = Callable[[Path, "StopRequest"], int]
    """Does the work in a folder until it is done or a stop is asked for. Returns the exit code."""

_ASKING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PARENT_DEATH_SIGNAL, _CHILD_SUBREAPER = 1, 36
"""Options of prctl(2)."""
_NEW_MOUNTS = 0x00020000
"""The flag CLONE_NEWNS of unshare(2)."""


class StopRequest:
    """Whether a signal asked this process for its end. While it is entered, SIGINT, SIGTERM and SIGHUP ask and end nothing."""

    def __init__(self) -> None:
        self._is_made = False
        self._worker: int | None = None
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in _ASKING}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def is_made(self) -> bool:
        """Return whether a stop has been asked for."""
        return self._is_made

    def pass_on(self, worker: int) -> None:
        """Pass each request on to a process from now on, and one that was made before."""
        self._worker = worker
        if self._is_made:
            self._note()

    def _note(self, *_signal: object) -> None:
        self._is_made = True
        if self._worker is not None:
            with suppress(ProcessLookupError):
                os.kill(self._worker, signal.SIGTERM)


def run_in_room(prefix: str, work: Work, *, in_memory: bool = True) -> int:
    """Do a work in a new folder, which is in memory where that is possible, and return its exit code.

    Neither the folder nor a process or a file system mounted by the work is there afterwards.
    """
    memory = Path("/dev/shm")  # noqa: S108  a folder of its own is made in it
    place = memory if in_memory and memory.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=place, ignore_cleanup_errors=True) as room,
        StopRequest() as stop,
    ):
        _call_libc("prctl", _CHILD_SUBREAPER, 1)
        sys.stdout.flush()
        worker = os.fork()
        if worker == 0:
            _do(work, Path(room), stop)
        stop.pass_on(worker)
        code = os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1])
        _end_children()
    return code if code >= 0 else 128 - code


def _do(work: Work, room: Path, stop: StopRequest) -> Never:
    code = 1
    try:
        os.setsid()
        _call_libc("prctl", _PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if _call_libc("unshare", _NEW_MOUNTS) == 0:
            subprocess.run(["mount", "--make-rprivate", "/"], check=False, capture_output=True)
        code = work(room, stop)
    except BaseException:  # noqa: BLE001  the process ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _end_children() -> None:
    """Kill what the work left behind. Whatever it started has become a child of this process."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with suppress(OSError):
        while left := children.read_text(encoding="ascii").split():
            for number in left:
                os.kill(int(number), signal.SIGKILL)
                os.waitpid(int(number), 0)


def _call_libc(name: str, *arguments: int) -> int:
    """Return what a function of the C library returns, -1 where it is missing. Without it only the tidying is less sure."""
    function = getattr(ctypes.CDLL(None), name, None)
    return -1 if function is None else int(function(*arguments))
