"""Show long output on a terminal through a pager, as git does. A pager that is left early is no error."""

from __future__ import annotations

import os
import shlex
import signal
from contextlib import suppress
from typing import TextIO

DEFAULT = "less -FRX"


def find_pager() -> list[str]:
    """Return the words of the pager's command: $SYNCD_PAGER, else $PAGER, else less. None where they are empty or `cat`."""
    chosen = next((os.environ[name] for name in ("SYNCD_PAGER", "PAGER") if name in os.environ), DEFAULT)
    try:
        words = shlex.split(chosen)
    except ValueError:
        return []
    return [] if words == ["cat"] else words


def is_wanted(text: str, stream: TextIO) -> bool:
    """Return whether a text goes to a pager: `stream` is a terminal that can move its cursor, and has fewer lines."""
    if not stream.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        height = os.get_terminal_size(stream.fileno()).lines
    except (OSError, ValueError):
        return False
    return 0 < height <= text.count("\n") + 1 and bool(find_pager())


def show(text: str) -> bool:
    """Show a text through the pager, until the reader leaves it. Return False where the pager cannot be started."""
    import subprocess

    environment = {"LESS": "FRX", "LV": "-c", **os.environ}
    try:
        pager = subprocess.Popen(find_pager(), stdin=subprocess.PIPE, env=environment)  # noqa: S603  the user's own choice
    except OSError:
        return False
    # Ctrl-C belongs to the pager as long as it runs.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with suppress(BrokenPipeError):
            pager.communicate(f"{text}\n".encode(errors="backslashreplace"))
        pager.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return True
