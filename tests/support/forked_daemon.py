"""`syncd run` as a forked process that forks its turns, where a test needs many of them and not the imports of each.

Both are processes with sessions, signals, locks and connections of their own, as the installed command has them.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING

from syncd.cli.commands.run import run_daemon
from syncd.cli.invocation import Invocation
from syncd.cli.main import exit_code_of
from tests.support.forked_processes import forks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from multiprocessing.context import ForkServerProcess
    from pathlib import Path


def start_forked_daemon(folder: Path, log: Path, environ: Mapping[str, str]) -> ForkServerProcess:
    """Start a daemon on the configuration in `folder`; it writes what it says to the end of `log`."""
    process = forks().Process(target=_run, args=(folder, log, dict(environ)))
    process.start()
    return process


def _run(folder: Path, log: Path, environ: dict[str, str]) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(folder)
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), sys.stderr.fileno())
    sys.exit(run_daemon(Invocation(str(folder / "config.toml"), 0, None), _fork_turn))


class _ForkedTurn:
    """The process of one turn."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode = 0

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; the daemon calls this when it has ended, or was killed."""
        with suppress(ChildProcessError):
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def _fork_turn(descriptor: int) -> _ForkedTurn:
    with warnings.catch_warnings():
        # A fork holds no other thread of the daemon. The turn uses nothing that one of them may have locked.
        warnings.simplefilter("ignore", DeprecationWarning)
        pid = os.fork()
    if pid:
        return _ForkedTurn(pid)
    code = 70
    try:
        os.setsid()
        _close_all_but(descriptor)
        code = exit_code_of(["run", "--turn", str(descriptor)])
    finally:
        os._exit(code)


def _close_all_but(descriptor: int) -> None:
    """Close what a new program would not have, above all the connection that holds the lock of the leader."""
    signal.set_wakeup_fd(-1)
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, 1 << 16)
