"""Processes forked from one that has imported syncd, so that each starts at once: imports take a second of each new one.

They share nothing else: the process they are forked from has no thread, no open file and no connection.
"""

from __future__ import annotations

import multiprocessing
import os
from functools import cache
from multiprocessing import forkserver
from typing import TYPE_CHECKING, Self

import pytest

from tests.support.command_line import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.context import ForkServerContext
    from pathlib import Path
    from types import TracebackType

_IMPORTED = [
    "psycopg",
    "syncd.cli.commands.run",
    "syncd.cli.main",
    "syncd.daemon.service",
    "syncd.daemon.turn",
    "syncd.usecases.backfill.backfill",
    "syncd.usecases.compare.run",
    "syncd.usecases.ingest.adopt",
    "syncd.usecases.ingest.sync",
    "syncd.usecases.inspect.check",
    "syncd.usecases.reconcile.repair",
    "syncd.report.text",
    "syncd.web",
]


@cache
def forks() -> ForkServerContext:
    """Return the context of `multiprocessing` in which such processes are made."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    with pytest.MonkeyPatch.context() as environment:
        # Another syncd may be installed than the one beside these tests.
        environment.setenv("PYTHONPATH", str(ROOT))
        forkserver.ensure_running()
    return context


class ForkedCommand:
    """One `syncd` command in a process of its own; it can be used as a `subprocess.Popen` of text."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        self._streams = [os.memfd_create(name) for name in ("out", "err")]
        paths = [f"/proc/{os.getpid()}/fd/{stream}" for stream in self._streams]
        self._process = forks().Process(target=_run, args=(list(arguments), folder, environment, *paths))
        self._process.start()

    @property
    def returncode(self) -> int:
        """Return the exit code of a command that has ended, negative for a signal."""
        assert self._process.exitcode is not None
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code. None while the command runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """End the process without warning."""
        self._process.kill()

    def communicate(self) -> tuple[str, str]:
        """Wait for the end. Return what was written to standard output and to standard error."""
        self._process.join()
        out, err = (os.pread(stream, os.fstat(stream).st_size, 0).decode() for stream in self._streams)
        return out, err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.join()
        for stream in self._streams:
            os.close(stream)


def _run(arguments: list[str], folder: Path, environment: dict[str, str], out: str, err: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for path, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), stream)
    from syncd.cli.main import run

    run(arguments)
