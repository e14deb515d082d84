"""The CPU time of a PostgreSQL server of this machine, all of its processes."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class ServerTime:
    """Reads the time of the server at `url`. Without one, and with SQLite, it is always 0."""

    def __init__(self, url: str | None) -> None:
        self._postmaster: int | None = None
        if url is not None and url.startswith("postgresql"):
            import psycopg

            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                self._postmaster = _read_stat(connection.info.backend_pid)[1]

    def read(self) -> float:
        """Return seconds of CPU, user and system, of all processes that the server has or had."""
        if self._postmaster is None:
            return 0
        # The time of a process that ends meanwhile would be counted neither as its own nor as that of a child that has ended.
        before = None
        while before != (ended := _read_stat(self._postmaster)[3]):
            before, ticks = ended, self._sum_ticks(self._postmaster)
        return ticks / _TICKS

    @staticmethod
    def _sum_ticks(postmaster: int) -> int:
        ticks = sum(_read_stat(postmaster)[2:])
        for process in Path("/proc").glob("[0-9]*"):
            try:
                _, parent, own, _ = _read_stat(int(process.name))
            except OSError:
                continue
            if parent == postmaster:
                ticks += own
        return ticks


def _read_stat(process: int) -> tuple[int, int, int, int]:
    """Return the id of a process, that of its parent, and the ticks of itself and of its children that have ended."""
    # The name in parentheses may have blanks.
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return process, int(fields[1]), int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
