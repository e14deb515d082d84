"""Who holds a lock on a file: by the note that the holder wrote into it, and by the kernel's table of locks.

Nothing is decided by it: it is for people. The table names processes of this machine alone, and in a container only its own.
"""

from __future__ import annotations

import os
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

UNKNOWN = "another process"
_TABLE = Path("/proc/locks")
_LONGEST_COMMAND = 80
_LONGEST_NOTE = 400


def describe_holder(command: str, since: datetime) -> str:
    """Return how this process is named to others: `process 4711 (syncd run) on HOST, since 2026-08-07 20:00:03 UTC`."""
    since = since.astimezone(UTC)
    return f"process {os.getpid()} ({command}) on {os.uname().nodename}, since {since:%Y-%m-%d %H:%M:%S} UTC"


def describe_command(arguments: Sequence[str]) -> str:
    """Return a command line as people name it: the program without its folder and interpreter, and not too much of the rest."""
    names = [name.rpartition("/")[2] for name in arguments[:2]]
    if len(names) == 2 and names[0].startswith("python"):
        names, arguments = names[1:], arguments[1:]
    words = ["syncd" if names[:1] in ([], ["__main__.py"]) else names[0], *arguments[1:]]
    return " ".join(words)[:_LONGEST_COMMAND]


def write_note(file: int, holder: str) -> None:
    """Let an open lock file name its holder."""
    os.ftruncate(file, 0)
    os.pwrite(file, f"{holder}\n".encode(errors="replace"), 0)


def read_note(file: int) -> str:
    """Return who holds the lock of an open file. A note that another process left behind is not believed."""
    text = os.pread(file, _LONGEST_NOTE, 0).decode(errors="replace").partition("\n")[0]
    note = "".join(letter for letter in text if letter.isprintable()).strip()
    process = _find_process(os.fstat(file))
    if process is None or note.startswith(f"process {process} "):
        return note or UNKNOWN
    return _describe_process(process)


def find_holder(*paths: Path) -> str:
    """Return who holds a lock for writing on one of these files, by the kernel's table. They are not opened."""
    for path in paths:
        try:
            process = _find_process(path.stat())
        except OSError:
            continue
        if process is not None:
            return _describe_process(process)
    return UNKNOWN


def _find_process(found: os.stat_result) -> int | None:
    """Return the process that locks this file against all others. None where the table does not say so."""
    name = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    try:
        lines = [line.split() for line in _TABLE.read_text().splitlines()]
    except OSError:
        return None
    # A line that waits has `->` before its kind. A process of another name space has the number 0.
    held = [line for line in lines if len(line) >= 6 and line[3] == "WRITE" and line[5] == name]
    return next((int(line[4]) for line in held if line[4].isdecimal() and int(line[4])), None)


def _describe_process(process: int) -> str:
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        words = []
    command = describe_command([word for word in words if word]) if any(words) else ""
    shown = "".join(letter for letter in command if letter.isprintable())
    return f"process {process} ({shown})" if shown else f"process {process}"
