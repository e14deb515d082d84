"""What the service says to systemd: one datagram a message (sd_notify(3)). Without `NOTIFY_SOCKET` nothing is sent."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SystemdNotifier:
    """The way to systemd. `address` is empty where no service manager listens."""

    address: str = ""

    def ready(self) -> None:
        """Say that the service works, or works again after a reload."""
        self._send(READY=1)

    def status(self, text: str) -> None:
        """Give the one line of `systemctl status`."""
        self._send(STATUS=text.replace("\n", " "))

    def alive(self) -> None:
        """Say to the watchdog that the service still works."""
        self._send(WATCHDOG=1)

    def reloading(self) -> None:
        """Say that the configuration is being read again. `ready` ends it."""
        self._send(RELOADING=1, MONOTONIC_USEC=time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send(STOPPING=1)

    def extend(self, span: timedelta) -> None:
        """Ask for this much time from now on to start or to stop."""
        self._send(EXTEND_TIMEOUT_USEC=span // timedelta(microseconds=1))

    def _send(self, **fields: object) -> None:
        if not self.address:
            return
        message = "\n".join(f"{name}={value}" for name, value in fields.items()).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.sendto(message, self.address)
        except OSError:
            return  # the service manager is gone or busy; the work goes on without it


def find_notifier(environ: Mapping[str, str]) -> SystemdNotifier:
    """Return the way that `NOTIFY_SOCKET` names. A leading `@` means an abstract address."""
    name = environ.get("NOTIFY_SOCKET", "")
    return SystemdNotifier(f"\0{name[1:]}" if name.startswith("@") else name)


def watchdog_limit(environ: Mapping[str, str]) -> timedelta | None:
    """Return how often at least this process must say that it is alive, or None when it need not."""
    owner = environ.get("WATCHDOG_PID", "")
    if owner and owner != str(os.getpid()):
        return None  # it is meant for the process that started this one
    microseconds = environ.get("WATCHDOG_USEC", "")
    return timedelta(microseconds=int(microseconds)) if microseconds.isdecimal() and int(microseconds) else None
