"""Whether this host leads: always with an embedded database, else as the server's advisory lock says.

The database's library is loaded only where a server is asked.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.config.database_file import find_database_file
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from pathlib import Path

    from syncd.archive.sql.leader_lock import LeaderLock
    from syncd.config import Config
    from syncd.daemon.signals import SignalRequests
    from syncd.daemon.systemd import SystemdNotifier

_LOG = logging.getLogger("syncd.daemon")
_PAUSE = timedelta(seconds=10)
_TOUCH = 10.0


@dataclass(slots=True)
class Leadership:
    """The leadership over all hosts of one database. Without a `lock` there is no other host, and the database is `file`.

    `is_unreachable` says that the server did not answer.
    """

    lock: LeaderLock | None = None
    file: Path | None = None
    is_unreachable: bool = False
    _was_leader: bool | None = None
    _known: tuple[int, ...] = ()
    _touched: float = 0.0

    @property
    def is_contested(self) -> bool:
        """Whether other hosts may want to lead."""
        return self.lock is not None

    def hold(self) -> bool:
        """Take the lead where it is free, and see that it is still held. A change is logged."""
        if self.lock is None:
            return True
        try:
            is_leader, self.is_unreachable = self.lock.hold(), False
        except DatabaseError as error:
            is_leader, self.is_unreachable = False, True
            if self._was_leader is not False:
                _LOG.warning("the database cannot be asked which host leads: %s", error.detail)
        if is_leader is not self._was_leader:
            _LOG.info("this host leads" if is_leader else "not the leader")
        self._was_leader = is_leader
        return is_leader

    def touch(self) -> None:
        """Show the other hosts, a few times a minute, that this one is not frozen."""
        if self.lock is not None and time.monotonic() - self._touched >= _TOUCH:
            self._touched = time.monotonic()
            self.lock.touch()

    def has_news(self) -> bool:
        """Return whether anything was recorded since the last call, or since `settle`: a mailing, or what a person decided."""
        try:
            changes = self._stat_file() if self.lock is None else self.lock.count_changes()
        except DatabaseError:
            return False
        # Nothing is known of a file before the first call, and the first turn is made anyway.
        nothing = changes if self.lock is None else (0,) * len(changes)
        has_changed, self._known = changes != (self._known or nothing), changes
        return has_changed

    def settle(self) -> None:
        """Take what an embedded database holds now as no news: a turn of this daemon has written it."""
        if self.lock is None:
            self._known = self._stat_file()

    def _stat_file(self) -> tuple[int, ...]:
        if self.file is None:
            return ()
        beside = (self.file, self.file.with_name(f"{self.file.name}-wal"))
        found = [path.stat() for path in beside if path.exists()]
        return tuple(number for each in found for number in (each.st_mtime_ns, each.st_size) if each.st_size)

    def release(self) -> None:
        """Give the lead up, so that another host need not wait."""
        if self.lock is not None:
            self.lock.close()


def find_leadership(config: Config) -> Leadership:
    """Return the leadership that the hosts of this database share, without connecting to the server."""
    if _is_embedded(config):
        return Leadership(file=find_database_file(config))
    from syncd.archive.sql.leader_lock import LeaderLock

    return Leadership(LeaderLock(config.database.url))


def await_server(config: Config, signals: SignalRequests, notifier: SystemdNotifier) -> None:
    """Wait until a server's database can be reached: it may be starting too. An embedded one is there or is created."""
    if _is_embedded(config):
        return
    from syncd.archive.sql import database
    from syncd.config import mask_secrets

    while not signals.is_stopping:
        try:
            signals.run_until_stop(lambda: database.exists(config.database.url))
        except DatabaseError as error:
            notifier.extend(3 * _PAUSE)
            notifier.status(f"waiting for {mask_secrets(config.database.url)}: {error.detail}")
            _LOG.warning("waiting for the database: %s", error.detail)
            signals.sleep(_PAUSE.total_seconds())
        else:
            return


def _is_embedded(config: Config) -> bool:
    return config.database.url.startswith("sqlite")
