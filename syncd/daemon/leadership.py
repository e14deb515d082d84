"""Whether this host leads: always with an embedded database, else as the server's advisory lock says.

The database's library is loaded only where a server is asked.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from syncd.archive.sql.leader_lock import Leadership
    from syncd.config import Config
    from syncd.daemon.signals import Orders
    from syncd.daemon.systemd import Notifier

_LOG = logging.getLogger("syncd.daemon")
_PAUSE = timedelta(seconds=10)


@dataclass(slots=True)
class Place:
    """The leader's place; without a server nobody else wants it. `unreachable` says that the server did not answer."""

    leadership: Leadership | None = None
    unreachable: bool = False
    _told: bool | None = None
    _known: tuple[int, int] = (0, 0)

    @property
    def contested(self) -> bool:
        """Whether other hosts may want it."""
        return self.leadership is not None

    def hold(self) -> bool:
        """Take the place, or see that it is still held; what changes is logged."""
        if self.leadership is None:
            return True
        try:
            leads, self.unreachable = self.leadership.hold(), False
        except DatabaseError as error:
            leads, self.unreachable = False, True
            if self._told is not False:
                _LOG.warning("the database cannot be asked who leads: %s", error.detail)
        if leads is not self._told:
            _LOG.info("this host leads" if leads else "another host leads, or none can be asked for")
        self._told = leads
        return leads

    def has_news(self) -> bool:
        """Whether a mailing was recorded, or given a place in the order of commits, since this was last asked."""
        if self.leadership is None:
            return False
        try:
            changes = self.leadership.changes()
        except DatabaseError:
            return False
        news, self._known = changes != self._known, changes
        return news

    def release(self) -> None:
        """Give it up, so that another host need not wait."""
        if self.leadership is not None:
            self.leadership.close()


def place_of(config: Config) -> Place:
    """The place that the hosts of this database share; nothing is connected yet."""
    if _is_embedded(config):
        return Place()
    from syncd.archive.sql.leader_lock import Leadership

    return Place(Leadership(config.database.url))


def await_server(config: Config, orders: Orders, told: Notifier) -> None:
    """Wait until a server's database can be reached: it may be starting too. An embedded one is there or is made."""
    if _is_embedded(config):
        return
    from syncd.archive.sql import database
    from syncd.config import mask_secrets

    while not orders.ending:
        try:
            orders.attend(lambda: database.exists(config.database.url))
        except DatabaseError as error:
            told.extend(3 * _PAUSE)
            told.status(f"waiting for {mask_secrets(config.database.url)}: {error.detail}")
            _LOG.warning("waiting for the database: %s", error.detail)
            orders.rest(_PAUSE.total_seconds())
        else:
            return


def _is_embedded(config: Config) -> bool:
    return config.database.url.startswith("sqlite")
