"""`syncd run` as a real process on a loopback arXiv, heard through the socket that systemd would listen on."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from syncd.core import mailing
from syncd.rehearsal.server import Server, config_text
from tests.support.generated_history import grown_history

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 60.0


@contextmanager
def todays_arxiv(folder: Path) -> Iterator[Server]:
    """An arXiv of the last days by the real clock; the configuration for it stands in `folder`."""
    today = datetime.now(UTC).date()
    since, until = today - timedelta(days=8), today + timedelta(days=3)
    history = grown_history(Random(2), since, until, 3, closed=mailing.calendar().missing)
    with Server(history, lambda: datetime.now(UTC)) as server:
        (folder / "config.toml").write_text(config_text(server, str(folder)), encoding="utf-8")
        yield server


@dataclass
class DaemonProcess:
    """One `syncd run` and what it says to its service manager."""

    folder: Path
    process: subprocess.Popen[str]
    listener: socket.socket
    heard: list[str] = field(default_factory=list)

    def hear(self, words: str) -> str:
        """Wait until it says something with these words."""
        while True:
            self.heard.append(self.listener.recv(4096).decode())
            if words in self.heard[-1]:
                return self.heard[-1]

    def reload(self, config: str) -> None:
        """Change the configuration and let the daemon read it."""
        (self.folder / "config.toml").write_text(config, encoding="utf-8")
        self.process.send_signal(signal.SIGHUP)

    def stop(self) -> str:
        """Ask it to stop; return what it logged."""
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=PATIENCE)
        return log


@contextmanager
def running_daemon(folder: Path, **environ: str) -> Iterator[DaemonProcess]:
    """Start a daemon in `folder`, and kill it after the block where it still runs."""
    address = folder / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(PATIENCE)
        line = [sys.executable, "-m", "syncd", "-c", str(folder / "config.toml"), "run"]
        env = os.environ | {"NOTIFY_SOCKET": str(address)} | environ
        with subprocess.Popen(line, stderr=subprocess.PIPE, text=True, env=env, cwd=folder) as process:
            try:
                yield DaemonProcess(folder, process, listener)
            finally:
                if process.poll() is None:
                    process.kill()
