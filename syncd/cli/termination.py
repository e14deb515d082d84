"""SIGTERM as an exception, so that what a command has open is closed, and the care that neither it nor SIGINT is lost."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_AGAIN = 0.05
"""Seconds after which a signal is sent again whose exception was swallowed."""


class Terminated(BaseException):
    """SIGTERM arrived. Raised wherever the program is, like KeyboardInterrupt."""


def raise_on_signals() -> None:
    """Let SIGTERM raise Terminated and SIGINT KeyboardInterrupt, also where they come in the middle of a destructor.

    Python swallows what is raised in a destructor or a callback of the interpreter. The signal is then sent again.
    """
    signal.signal(signal.SIGTERM, _terminate)
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.unraisablehook = _send_again


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would interrupt the orderly end
    raise Terminated


def _send_again(swallowed: sys.UnraisableHookArgs) -> None:
    """Report an exception that Python swallowed. One that stands for a signal is no failure: its signal comes again."""
    if issubclass(swallowed.exc_type, Terminated):
        if signal.getsignal(signal.SIGTERM) == signal.SIG_IGN:
            signal.signal(signal.SIGTERM, _terminate)
        number = signal.SIGTERM
    elif issubclass(swallowed.exc_type, KeyboardInterrupt):
        number = signal.SIGINT
    else:
        sys.__unraisablehook__(swallowed)
        return
    from threading import Timer

    # Not from here: it would be raised in this very callback.
    again = Timer(_AGAIN, os.kill, (os.getpid(), number))
    again.daemon = True
    with suppress(RuntimeError):  # the program ends already
        again.start()
