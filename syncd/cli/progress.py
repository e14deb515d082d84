"""One line on a terminal's standard error that says how far a command is; nothing is written anywhere else.

It must not be needed: whoever reads standard output or a log misses nothing without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.cli import terminal

if TYPE_CHECKING:
    from typing import TextIO

_CLEAR = "\r\x1b[K"


class ProgressLine:
    """A line on `stream` that replaces itself; silent where `stream` is no terminal or `quiet`."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        self._stream = stream
        self._live = not quiet and stream.isatty()
        self._shown = ""

    def count(self, what: str, done: int, total: int) -> None:
        """Say `what 12 of 1,700`, once for every hundredth."""
        step = max(total // 100, 1)
        if done % step == 0 or done == total:
            self.say(f"{what} {done:,} of {total:,}")

    def say(self, text: str) -> None:
        """Replace the line by `text`, cut to the terminal's width."""
        if self._live and text != self._shown:
            self._shown = text
            self._stream.write(_CLEAR + text[: terminal.width() - 1])
            self._stream.flush()

    def clear(self) -> None:
        """Take the line away, before something lasting is written."""
        if self._shown:
            self._shown = ""
            self._stream.write(_CLEAR)
            self._stream.flush()
