"""SIGTERM as an exception, so that what a command has open is closed."""

from __future__ import annotations


class Terminated(BaseException):
    """SIGTERM arrived. Raised wherever the program is, like KeyboardInterrupt."""
