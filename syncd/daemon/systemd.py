"""What systemd is told: one datagram a message (sd_notify(3)); without `NOTIFY_SOCKET` there is nobody to tell."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Notifier:
    """The way to systemd; `address` is empty where no service manager listens."""

    address: str = ""

    def ready(self) -> None:
        """The service works, or works again after a reload."""
        self._send(READY=1)

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(STATUS=text.replace("\n", " "))

    def alive(self) -> None:
        """The service still turns over."""
        self._send(WATCHDOG=1)

    def reloading(self) -> None:
        """The configuration is being read again; `ready` ends it."""
        self._send(RELOADING=1, MONOTONIC_USEC=time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)

    def stopping(self) -> None:
        """The service ends."""
        self._send(STOPPING=1)

    def extend(self, span: timedelta) -> None:
        """Starting or stopping may take so much longer from now on."""
        self._send(EXTEND_TIMEOUT_USEC=span // timedelta(microseconds=1))

    def _send(self, **fields: object) -> None:
        if not self.address:
            return
        message = "\n".join(f"{name}={value}" for name, value in fields.items()).encode()
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as way:
                way.sendto(message, self.address)
        except OSError:
            return  # the manager is gone or busy; the work is not done for its sake


def notifier(environ: Mapping[str, str]) -> Notifier:
    """The way that `NOTIFY_SOCKET` names; `@` begins an abstract address."""
    name = environ.get("NOTIFY_SOCKET", "")
    return Notifier(f"\0{name[1:]}" if name.startswith("@") else name)


def watchdog(environ: Mapping[str, str]) -> timedelta | None:
    """How often at least this process must say that it is alive; None when nobody asks."""
    owner = environ.get("WATCHDOG_PID", "")
    if owner and owner != str(os.getpid()):
        return None
    microseconds = environ.get("WATCHDOG_USEC", "")
    return timedelta(microseconds=int(microseconds)) if microseconds.isdecimal() and int(microseconds) else None
