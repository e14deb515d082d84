"""The programs that syncd starts: hooks, git and the turns of the daemon. They are fed, heard, limited and reaped here alone.

It starts no shell and does not judge how a program ended. What the system refuses is a value.

start ─► feed and hear ─► it ends by itself
                      └─► a limit is reached, or syncd stops ─► SIGTERM to its process group ─► after `grace` SIGKILL
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import struct
import subprocess
import time
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Protocol

from syncd.config import SECRETS, variable
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    Handler = Callable[[], bool]
    StartPeer = Callable[[int], "Process"]

_STEP = 0.05
"""Seconds between two looks at the limits."""
_PIPE = 1 << 16
"""What a pipe holds on Linux. One read after the end of a program gets all that it said before."""

_NOT_INHERITED = frozenset({
    *map(variable, SECRETS),
    "CREDENTIALS_DIRECTORY", "PGPASSWORD",
    "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_FDNAMES", "LISTEN_PID",
})  # fmt: skip
"""Secrets, and what systemd means for this process alone."""


class _Stream(Protocol):
    """One end of what connects syncd with a program."""

    def fileno(self) -> int:
        """Return the descriptor."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


class Process(Protocol):
    """A program that was started, and leads its session."""

    @property
    def pid(self) -> int:
        """Its number."""
        ...

    @property
    def returncode(self) -> int:
        """Its exit code once it has ended and was waited for, negative for a signal."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit code. TimeoutExpired after `timeout` seconds."""
        ...


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a program may run, and how many bytes of each of its streams are kept.

    `timeout` counts from the start, `silence` from the last thing it said. `ending` asks for its end earlier. `grace` is the
    time between SIGTERM and SIGKILL.
    """

    timeout: timedelta = timedelta.max
    most: int = 0
    ending: Callable[[], bool] = _never
    monotonic: Callable[[], float] = time.monotonic
    grace: timedelta = timedelta(seconds=2)
    silence: timedelta = timedelta.max


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended.

    `exit_code` is negative for a signal. `trouble` says why syncd ended it or could not start it; then what it exited with
    says nothing, and `exit_code` is None.
    """

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    trouble: str = ""


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables a program inherits: all but secrets and what systemd tells this process."""
    return {name: value for name, value in environ.items() if name not in _NOT_INHERITED}


def run(
    arguments: Sequence[str],
    stdin: bytes,
    environ: Mapping[str, str],
    limits: Limits,
    *,
    folder: Path | None = None,
) -> Ended:
    """Run a program to its end in a session of its own.

    It may read `stdin` or not. What it left running when it ended by itself is not waited for. Past its limits it is killed
    with its process group.
    """
    start, pipe = limits.monotonic(), subprocess.PIPE
    try:
        process = subprocess.Popen(  # noqa: S603  the person who runs syncd names the program
            arguments, bufsize=0, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, cwd=folder, start_new_session=True
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return Ended(None, b"", b"", 0.0, f"cannot be started: {reason}")
    stdout, stderr = bytearray(), bytearray()
    streams: dict[_Stream, tuple[int, Handler]] = {}
    if process.stdin and process.stdout and process.stderr:
        streams[process.stdin] = selectors.EVENT_WRITE, _feeder(process.stdin, stdin)
        streams[process.stdout] = selectors.EVENT_READ, _keeper(process.stdout, stdout, limits.most)
        streams[process.stderr] = selectors.EVENT_READ, _keeper(process.stderr, stderr, limits.most)
    trouble = _supervise(process, streams, limits)
    seconds = limits.monotonic() - start
    return Ended(None if trouble else process.returncode, bytes(stdout), bytes(stderr), seconds, trouble)


def start_peer(command: Sequence[str], descriptor: int) -> subprocess.Popen[bytes]:
    """Start another process of syncd, in a session of its own. Its last argument is the number of the descriptor it gets."""
    return subprocess.Popen(  # noqa: S603  ourselves
        [*command, str(descriptor)], stdin=subprocess.DEVNULL, pass_fds=[descriptor], start_new_session=True
    )


def exchange(start: StartPeer, request: object, hear: Callable[[object], None], limits: Limits) -> tuple[int, str]:
    """Run another process of syncd to its end: send it one object, and hear every object that it sends.

    `start` starts it, as `start_peer` does, with the descriptor that carries the objects. They are pickled, so both ends must
    be syncd. Return the exit code (negative for a signal) and why the process was ended, or nothing where it ended by itself.
    Where it cannot be started, for lack of memory for example, the exit code is 0, and the reason says so.
    """
    ours, theirs = socket.socketpair()
    # A process that is stopped in the middle of a message must not hold this one for longer than its silence may last.
    patience = min(limits.silence, timedelta(days=1))
    seconds = struct.pack("ll", int(patience.total_seconds()), patience.microseconds)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        ours.setsockopt(socket.SOL_SOCKET, option, seconds)
    with theirs:
        try:
            process = start(theirs.fileno())
        except OSError as error:
            ours.close()
            return 0, f"cannot be started: {error.strerror or error}"
    connection = Connection(ours.detach())

    def read() -> bool:
        try:
            hear(connection.recv())
            while connection.poll():
                hear(connection.recv())
        except (EOFError, OSError):
            return False
        return True

    with suppress(OSError):  # it has ended, or reads nothing; how it ends says which
        connection.send(request)
    trouble = _supervise(process, {connection: (selectors.EVENT_READ, read)}, limits)
    return process.returncode, trouble


def _supervise(process: Process, streams: Mapping[_Stream, tuple[int, Handler]], limits: Limits) -> str:
    """Feed and hear a program, the leader of its process group, until it has ended and is reaped; close all streams.

    Return why it was ended, or nothing where it ended by itself. Whatever happens here, the program does not outlive the call.
    """
    start = heard = limits.monotonic()
    trouble, kill_at = "", 0.0
    handle = os.pidfd_open(process.pid)
    with selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        for stream, (event, handler) in streams.items():
            os.set_blocking(stream.fileno(), isinstance(stream, Connection))
            selector.register(stream, event, handler)
        has_ended = False
        try:
            while not has_ended and not (trouble and time.monotonic() >= kill_at):
                has_ended, was_heard = _let_flow(selector, _STEP)
                now = limits.monotonic()
                heard = now if was_heard else heard
                if not has_ended and not trouble and (trouble := _reason_to_end(limits, now - start, now - heard)):
                    kill_at = time.monotonic() + limits.grace.total_seconds()
                    _signal_group(process.pid, signal.SIGTERM)
            _let_flow(selector, 0)
        finally:
            if trouble or not has_ended:
                # The leader is not reaped yet, so that its number cannot be another group's.
                _signal_group(process.pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(limits.grace.total_seconds())
            os.close(handle)
            for stream in streams:
                stream.close()
    return trouble


def _reason_to_end(limits: Limits, seconds: float, silent: float) -> str:
    if seconds > limits.timeout.total_seconds():
        return f"still running after {limits.timeout.total_seconds():g} s, and killed"
    if silent > limits.silence.total_seconds():
        return f"gave no sign of life for {limits.silence.total_seconds():g} s and was killed"
    return "killed because syncd was stopping" if limits.ending() else ""


def _let_flow(selector: selectors.BaseSelector, seconds: float) -> tuple[bool, bool]:
    """Feed and read what can be; return whether the program has ended, and whether a stream was read or fed."""
    has_ended = was_heard = False
    for key, _ in selector.select(seconds):
        if key.data is None:
            has_ended = True
            continue
        was_heard = True
        if not key.data():
            selector.unregister(key.fileobj)
            if not isinstance(key.fileobj, int):
                key.fileobj.close()  # type: ignore[attr-defined]
    return has_ended, was_heard


def _signal_group(leader: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def _feeder(stream: IO[bytes], data: bytes) -> Handler:
    """Return a handler that writes `data`, as much at a time as the program takes."""
    rest = memoryview(data)

    def feed() -> bool:
        nonlocal rest
        try:
            rest = rest[os.write(stream.fileno(), rest[:_PIPE]) :]
        except BrokenPipeError:
            return False
        return bool(rest)

    return feed


def _keeper(stream: IO[bytes], kept: bytearray, most: int) -> Handler:
    """Return a handler that reads all and keeps the first `most` bytes."""

    def read() -> bool:
        found = os.read(stream.fileno(), _PIPE)
        kept.extend(found[: most - len(kept)])
        return bool(found)

    return read
