"""Make standard output and standard error safe to use when they are closed, full or no longer read.

A result that cannot be written is a failure with its own exit code. A message that cannot be written is dropped.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any, TextIO


class Unwritable(Exception):
    """Standard output accepts no more, as on a full disk. `str` says why."""


class _Results(io.FileIO):
    """Standard output. Unwritable when it accepts no more, BrokenPipeError when its reader is gone."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Unwritable("it is closed" if error.errno == errno.EBADF else error.strerror) from error


class _Messages(io.FileIO):
    """Standard error. What it does not accept is dropped, because there is no other way to report it."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def set_up() -> None:
    """Give this process the streams described above. Call it once, before anything opens a file.

    A character that a stream cannot encode is written as an escape. Messages appear line by line.
    """
    # A closed descriptor is the next one that is handed out: the database could become standard output, and a child
    # process would print into it. A stream that was closed is opened the wrong way round, so that using it still fails.
    for descriptor, flags in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        _occupy(descriptor, flags)
    sys.stdout = _text(_Results(1, "w", closefd=False), sys.stdout)
    sys.stderr = _text(_Messages(2, "w", closefd=False), sys.stderr, by_line=True)


def silence() -> None:
    """Discard standard output from here on. Otherwise Python would try to write the rest again when the process ends."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return  # a stream without a file behind it has nothing left to flush


def _occupy(descriptor: int, flags: int) -> None:
    """Open the null device as `descriptor` where that is closed."""
    try:
        os.fstat(descriptor)
    except OSError:
        opened = os.open(os.devnull, flags)
        if opened == descriptor:
            os.set_inheritable(opened, True)  # noqa: FBT003  takes no name
        else:
            os.dup2(opened, descriptor)
            os.close(opened)


def _text(raw: io.FileIO, before: TextIO | None, *, by_line: bool = False) -> TextIO:
    """Return a text stream that writes to `raw` in the encoding of the stream `before` it, by lines on a terminal."""
    encoding = "utf-8" if before is None else before.encoding
    unbuffered = before is not None and getattr(before, "write_through", False)
    by_line = by_line or unbuffered or raw.isatty()
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=by_line)
