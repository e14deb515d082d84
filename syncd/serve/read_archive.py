"""The archive that the pages show: opened to be read, opened again when it was replaced, and asked whether it has changed."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from syncd.archive.sql.read_only import read_revision
from syncd.core import coverage

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.usecases.workspace import Workspace

_FRESH = 0.2
"""Seconds for which the data need not be asked again whether they have changed."""
_TICK = 60
"""Seconds after which a page is made again in any case: some say what is due at this moment."""


class ReadArchive:
    """An archive that only is read. It may be used from several threads."""

    def __init__(self, open_archive: Callable[[], Workspace]) -> None:
        self._open = open_archive
        self._lock = Lock()
        self._work: Workspace | None = None
        self._inode = 0
        self._asked = -_FRESH
        self._revision = ""

    def work(self) -> Workspace:
        """Return the open archive. Raise what opening it raises."""
        with self._lock:
            if self._work is None:
                self._work = self._open()
                self._inode = self._read_inode(self._work)
            return self._work

    def read_revision(self) -> str:
        """Return a text that changes with what the pages show. Empty while the data are changing, so that nothing is kept."""
        work = self.work()
        with self._lock:
            now = monotonic()
            if now - self._asked < _FRESH:
                return self._revision
            found = read_revision(work.database)
            clock = work.now()
            due = f"{coverage.newest_possible(clock)} {int(clock.timestamp()) // _TICK}"
            self._revision, self._asked = f"{due} {found}" if found else "", now
        self._reopen_if_replaced(work)
        return self._revision

    def close(self) -> None:
        """Close the archive. It is opened again when it is needed."""
        with self._lock:
            if self._work is not None:
                self._work.close()
            self._work, self._asked = None, -_FRESH

    def _reopen_if_replaced(self, work: Workspace) -> None:
        """Close a database whose file was exchanged, and one that was opened as a file that never changes."""
        is_fixed = "immutable" in work.database.engine.url.query
        if self._read_inode(work) != self._inode or is_fixed:
            self.close()

    def _read_inode(self, work: Workspace) -> int:
        file = work.database.file
        try:
            return file.stat().st_ino if file is not None else 0
        except OSError:
            return 0
