"""A program that syncd starts: what it may know, how long it may take, and how much of what it says is kept.

It must not judge how the program ended, and starts no shell; whatever the system refuses is a value.

started ─► fed and listened to ─► ended by itself
                              └─► told to end with all it started (SIGTERM) ─► made to (SIGKILL)
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.config import SECRETS, variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    Stream = IO[bytes]

_STEP = 0.05
_BLINK = timedelta(milliseconds=10)
_PIPE = 1 << 16
"""What a pipe holds on Linux, so that one read after the end gives all that was said before it."""

_NOT_INHERITED = frozenset({
    *map(variable, SECRETS),
    "CREDENTIALS_DIRECTORY", "PGPASSWORD",
    "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID",
})  # fmt: skip
"""Secrets, and what systemd means for this process alone."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a program may run, and how many bytes of each of its streams are kept; `ending` asks for its end earlier.

    Told to end, it has `grace` before it is made to.
    """

    timeout: timedelta
    most: int
    ending: Callable[[], bool] = _never
    monotonic: Callable[[], float] = time.monotonic
    grace: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended: `exit_code` is negative for a signal, and None where `trouble` says why there is none."""

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    trouble: str = ""


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables a program inherits: all but secrets and what systemd tells this process."""
    return {name: value for name, value in environ.items() if name not in _NOT_INHERITED}


def run(
    arguments: Sequence[str],
    stdin: bytes,
    environ: Mapping[str, str],
    limits: Limits,
    *,
    folder: Path | None = None,
) -> Ended:
    """Run a program to its end in a session of its own; past its limits it is killed with its process group.

    What it left running when it ended by itself is not waited for. It may read `stdin` or not.
    """
    start = limits.monotonic()
    try:
        process = _started(arguments, environ, folder)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return Ended(None, b"", b"", 0.0, f"cannot be started: {reason}")
    talk = _Talk(process, stdin, limits.most)
    with _no_survivor(process, limits.grace), talk.open():
        trouble = _attend(process, talk, limits, start)
    seconds = limits.monotonic() - start
    return Ended(None if trouble else process.returncode, bytes(talk.stdout), bytes(talk.stderr), seconds, trouble)


def _started(arguments: Sequence[str], environ: Mapping[str, str], folder: Path | None) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    return subprocess.Popen(  # noqa: S603  the person who runs syncd names the program
        arguments, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, cwd=folder, start_new_session=True
    )


def _attend(process: subprocess.Popen[bytes], talk: _Talk, limits: Limits, start: float) -> str:
    """Feed and hear the program until it ends; in words, why it must not go on, or nothing."""
    while process.poll() is None:
        if limits.monotonic() - start > limits.timeout.total_seconds():
            return f"still running after {limits.timeout.total_seconds():g} s, and killed"
        if limits.ending():
            return "killed, as syncd was ending"
        if not talk.step(_STEP):
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STEP)
    talk.step(0)
    return ""


@contextmanager
def _no_survivor(process: subprocess.Popen[bytes], grace: timedelta) -> Iterator[None]:
    """Whatever happens in the block, neither the program nor what it started outlives it, unless it ended by itself."""
    try:
        yield
    finally:
        if process.poll() is None:
            _end_group(process.pid, grace)
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace.total_seconds())


def _end_group(leader: int, grace: timedelta) -> None:
    """Tell a process group to end, and once its leader has, or after `grace`, make the rest of it.

    The leader is not reaped before that: as long as it is not, its number cannot become another group's.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGTERM)
    for _ in range(int(grace / _BLINK)):
        if os.waitid(os.P_PID, leader, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            break
        time.sleep(_BLINK.total_seconds())
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


class _Talk:
    """The three streams of a program; of what it says no more than `most` bytes a stream are kept, the rest is dropped."""

    def __init__(self, process: subprocess.Popen[bytes], data: bytes, most: int) -> None:
        self.stdout, self.stderr = bytearray(), bytearray()
        self._process = process
        self._data = memoryview(data)
        self._most = most
        self._selector = selectors.DefaultSelector()

    @contextmanager
    def open(self) -> Iterator[None]:
        """Register the streams for the block, and close them after it."""
        streams = [stream for stream in (self._process.stdin, self._process.stdout, self._process.stderr) if stream]
        write, read = selectors.EVENT_WRITE, selectors.EVENT_READ
        try:
            for stream, event, kept in zip(streams, (write, read, read), (None, self.stdout, self.stderr), strict=True):
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, event, kept)
            yield
        finally:
            self._selector.close()
            for stream in streams:
                stream.close()

    def step(self, patience: float) -> bool:
        """Let data flow for a moment; whether any stream is still open."""
        if not self._selector.get_map():
            return False
        for key, _ in self._selector.select(patience):
            self._flow(key)
        return True

    def _flow(self, key: selectors.SelectorKey) -> None:
        if key.data is None:
            self._feed(key)
        elif heard := os.read(key.fd, _PIPE):
            key.data.extend(heard[: self._most - len(key.data)])
        else:
            self._selector.unregister(key.fileobj)

    def _feed(self, key: selectors.SelectorKey) -> None:
        try:
            self._data = self._data[os.write(key.fd, self._data[:_PIPE]) :]
        except BrokenPipeError:
            self._data = self._data[:0]
        if not self._data:
            self._selector.unregister(key.fileobj)
            if self._process.stdin is not None:
                self._process.stdin.close()
