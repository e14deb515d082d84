"""The politeness ledger in SQL: when each pool may send, which hosts are paused, and what was sent.

It must not send or decide anything. Its times are real UTC: on SQLite those of the clock it is given, on a server those of
the server. Every method is one committed transaction, or a plain read.

A cooldown that begins in the future was written before the clock was set back. It is committed again, to begin at the moment
this is seen and to have its whole length.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.ledger_tables import POOL, REQUEST, REST
from syncd.archive.sql.request_lock import hold_lock
from syncd.archive.sql.statements import upsert
from syncd.core.errors import DatabaseError
from syncd.core.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import InstrumentedAttribute

    from syncd.archive.sql.database import Database
    from syncd.archive.sql.odd_values import OddValue


_LONGEST_MOVED = timedelta(days=365)
"""No cooldown is given a later end than this from now when the clock was set back. The client's own are a week at most."""

LOGGED = 100_000
"""This many newest requests stay in the log. A daemon sends 2,000 to 4,000 a year. Counted, as a clock may be wrong by years."""

_OF_HOST = REST.c.host == sa.bindparam("host")
_UNTIL = sa.select(REST.c.until).where(_OF_HOST)
_STRIKES = sa.select(REST.c.strikes).where(_OF_HOST)
_FUTURE = sa.select(REST.c.host, REST.c.since, REST.c.until).where(
    REST.c.until.is_not(None), REST.c.since > sa.bindparam("now")
)
"""The cooldowns that begin in the future."""
_PAUSES = sa.select(REST).order_by(REST.c.host)
_BLOCKED = (
    sa.select(REST.c.host, REST.c.since, REST.c.reason).where(REST.c.until.is_(None)).order_by(REST.c.since).limit(1)
)
_BEGIN = sa.insert(REQUEST).returning(REQUEST.c.id)
_FORGET = sa.delete(REQUEST).where(REQUEST.c.id <= sa.bindparam("oldest"))
_FINISH = sa.update(REQUEST).where(REQUEST.c.id == sa.bindparam("request"))


@dataclass(frozen=True, slots=True)
class HostReport:
    """How one host was treated: the proof of politeness.

    `min_gap_s` is the shortest time in seconds from the end of a request of a pool to the next request of that pool, where
    the next one went to this host. It is None where no two can be compared. `last_status` is that of the newest request,
    None when it had no response. `stopped_for` is what a blocked host did (`answered 403`). Times are UTC.
    """

    host: str
    count: int
    min_gap_s: float | None
    last_status: int | None
    cooldown_until: datetime | None
    stopped_since: datetime | None
    stopped_for: str | None


@dataclass(frozen=True, slots=True)
class HostPause:
    """A host that must not be asked now: until the end of its cooldown, or until a person releases it (`until` None).

    Times are UTC.
    """

    host: str
    until: datetime | None
    since: datetime
    status: int | None
    reason: str
    strikes: int


def utc_now() -> datetime:
    """Return the time of this machine's clock, in UTC."""
    return datetime.now(UTC)


class SqlLedger:
    """The ledger in `database`. Archives that use the same database share their intervals and cooldowns."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def hold_request_lock(self, sleep: Callable[[float], None]) -> AbstractContextManager[None]:
        """Hold the lock under which the only request of all processes is made. Wait for it with `sleep` (seconds)."""
        return hold_lock(self._database, sleep)

    def find_odd_values(self) -> list[OddValue]:
        """Return the values of the ledger that cannot be understood."""
        from syncd.archive.sql.odd_values import find_odd_values

        return find_odd_values(self._database, full=True)

    def find_blocked_host(self) -> tuple[str, datetime, str] | None:
        """Return the host that was blocked first, since when, and what it did. None when no host is blocked."""
        with self._database.read() as connection:
            row = connection.execute(_BLOCKED).one_or_none()
        return None if row is None else (row.host, row.since, row.reason)

    def get_cooldown(self, host: str) -> datetime | None:
        """Return the end of the cooldown of `host`. None when it has none, or it is over."""
        self._restart_future_cooldowns()
        with self._database.read() as connection:
            until = connection.scalar(_UNTIL, {"host": host})
            return until if until is not None and until > self._now(connection) else None

    def count_strikes(self, host: str) -> int:
        """Return how many times `host` started a cooldown since its last success."""
        with self._database.read() as connection:
            return connection.scalar(_STRIKES, {"host": host}) or 0

    def compute_wait(self, pools: tuple[str, ...], interval: timedelta) -> float:
        """Return the seconds until all `pools` may send, from 0 to `interval`: a clock set back cannot make it longer.

        After a request that was cut off it is the whole `interval`. The caller holds the request lock, so the process of
        that request is dead, and it is not known when its response ended.
        """
        latest = sa.select(REQUEST.c.outcome).where(_is_in_pools(pools)).order_by(REQUEST.c.id.desc()).limit(1)
        with self._database.read() as connection:
            if connection.execute(latest).first() == (None,):
                return interval.total_seconds()
            moment = connection.scalar(sa.select(sa.func.max(POOL.c.next_allowed)).where(POOL.c.name.in_(pools)))
            left = timedelta(0) if moment is None else moment - self._now(connection)
        return max(min(left, interval), timedelta(0)).total_seconds()

    def begin_request(self, url: str, host: str, pools: tuple[str, ...], interval: timedelta) -> int:
        """Log a request that is about to be sent, move the pools to now + `interval`, and return its number.

        The log keeps the newest `LOGGED` requests.
        """
        with self._database.write() as connection:
            now = self._now(connection)
            _move_pools(connection, pools, now + interval)
            values: dict[str, object] = {
                "started": now,
                "host": host,
                "pool": "+".join(pools),
                "url": url,
                "pid": os.getpid(),
            }
            values["machine"] = os.uname().nodename
            number: int = connection.execute(_BEGIN, values).scalar_one()
            connection.execute(_FORGET, {"oldest": number - LOGGED})
        return number

    def finish_request(
        self,
        request: int,
        pools: tuple[str, ...],
        interval: timedelta,
        *,
        status: int | None,
        size: int,
        outcome: str,
        clocks: tuple[datetime, datetime] | None = None,
    ) -> None:
        """Complete the log of a request and move its pools to now + `interval`. `size` is the body in bytes, as they came.

        `clocks` are what this machine's clock and the server's said when the response began (UTC), None without a date.
        """
        with self._database.write() as connection:
            now = self._now(connection)
            _move_pools(connection, pools, now + interval)
            values: dict[str, object] = {"ended": now, "status": status, "bytes": size, "outcome": outcome}
            if clocks is not None:
                values |= dict(zip(("received", "dated"), clocks, strict=True))
            connection.execute(_FINISH, {"request": request, **values})

    def start_cooldown(self, host: str, length: timedelta, *, status: int, reason: str) -> datetime:
        """Give `host` a cooldown of `length` from now on and count a strike.

        Return the end of the cooldown, which is never earlier than it was.
        """
        with self._database.write() as connection:
            now = self._now(connection)
            columns = REST.c.until, REST.c.since, REST.c.strikes
            before = connection.execute(sa.select(*columns).where(REST.c.host == host)).one_or_none()
            known = None if before is None else _compute_end(before.until, before.since, now)
            until = now + length if known is None else max(now + length, known)
            strikes = 1 if before is None else before.strikes + 1
            self._put_pause(connection, host, until=until, status=status, strikes=strikes, since=now, reason=reason)
        return until

    def block_host(self, host: str, reason: str, *, status: int) -> datetime:
        """Stop all requests to any host until a person releases `host`, and return since when. `reason` is what it did."""
        with self._database.write() as connection:
            now = self._now(connection)
            self._put_pause(connection, host, until=None, status=status, strikes=1, since=now, reason=reason)
        return now

    def clear_strikes(self, host: str) -> None:
        """Forget the strikes and the cooldown of `host` after a success. A block stays."""
        if self.count_strikes(host):
            with self._database.write() as connection:
                connection.execute(sa.delete(REST).where(REST.c.host == host, REST.c.until.is_not(None)))

    def release(self, host: str) -> bool:
        """End the block or the cooldown of `host`, as a person asked, and return whether there was one."""
        gone = sa.delete(REST).where(REST.c.host == host)
        with self._database.write() as connection:
            return connection.execute(gone).rowcount > 0

    def list_pauses(self) -> tuple[HostPause, ...]:
        """Return the hosts that must not be asked now, by name, without cooldowns that are over."""
        with suppress(DatabaseError):  # a user who may only read sees the same, until another one commits it
            self._restart_future_cooldowns()
        return self._read_pauses()

    def find_last_success(self) -> datetime | None:
        """Return the end of the last request with status 200 (UTC). None when there was none."""
        query = sa.select(sa.func.max(REQUEST.c.ended)).where(REQUEST.c.status == 200)
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(query)
        return found

    def list_dated(self, machine: str, most: int) -> list[tuple[datetime, datetime]]:
        """Return what the clocks of a machine and of the server said at its last dated responses, the newest first (UTC)."""
        query = sa.select(REQUEST.c.received, REQUEST.c.dated).where(
            REQUEST.c.machine == machine, REQUEST.c.dated.is_not(None), REQUEST.c.received.is_not(None)
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(REQUEST.c.id.desc()).limit(most)).all()
        return [(row.received, row.dated) for row in rows]

    def list_hosts(self) -> tuple[HostReport, ...]:
        """Return a report of every host that was ever asked, by name."""
        pauses = {pause.host: pause for pause in self._read_pauses()}
        with self._database.read() as connection:
            rows = connection.execute(_select_reports(connection.dialect.name)).all()
        return tuple(
            HostReport(row.host, row.asked, row.min_gap, row.status, *_split_end(pauses.get(row.host))) for row in rows
        )

    def _read_pauses(self) -> tuple[HostPause, ...]:
        with self._database.read() as connection:
            now = self._now(connection)
            rows = connection.execute(_PAUSES).all()
        pauses = (
            HostPause(row.host, _compute_end(row.until, row.since, now), row.since, row.status, row.reason, row.strikes)
            for row in rows
        )
        return tuple(pause for pause in pauses if pause.until is None or pause.until > now)

    def _restart_future_cooldowns(self) -> None:
        if self._database.is_read_only:
            return
        with self._database.read() as connection:
            if connection.execute(_FUTURE, {"now": self._now(connection)}).first() is None:
                return
        with self._database.write() as connection:
            now = self._now(connection)
            for row in connection.execute(_FUTURE, {"now": now}).all():
                # Only the row that was read: another process may have started a new cooldown meanwhile.
                seen = sa.update(REST).where(REST.c.host == row.host, REST.c.since == row.since)
                connection.execute(seen.values(until=_compute_end(row.until, row.since, now), since=now))

    def _now(self, connection: Connection) -> datetime:
        if connection.dialect.name == "sqlite":
            return self._clock()
        server: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return server.astimezone(UTC)

    def _put_pause(self, connection: Connection, host: str, **facts: object) -> None:
        connection.execute(upsert(connection, REST), [{"host": host, **facts}])


def _move_pools(connection: Connection, pools: tuple[str, ...], moment: datetime) -> None:
    connection.execute(upsert(connection, POOL), [{"name": pool, "next_allowed": moment} for pool in pools])


def _compute_end(until: datetime | None, since: datetime, now: datetime) -> datetime | None:
    """Return the end of a cooldown that was written at `since`. It keeps its length when the clock was set back."""
    # A moment that was changed in the database by hand must not end in an error.
    return until if until is None or since <= now else now + max(min(until - since, _LONGEST_MOVED), timedelta(0))


def _split_end(pause: HostPause | None) -> tuple[datetime | None, datetime | None, str | None]:
    """Return the end of a host's cooldown, or since when it is blocked and why."""
    if pause is None:
        return None, None, None
    return (None, pause.since, pause.reason) if pause.until is None else (pause.until, None, None)


def _is_in_pools(pools: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that a request counts in one of the pools."""
    # A request names its pools joined by `+`, and no name of a pool is part of another's.
    return sa.or_(*(REQUEST.c.pool.contains(pool) for pool in pools))


def _select_reports(dialect: str) -> sa.Select[tuple[str, int, float | None, int | None]]:
    before = sa.func.lag(REQUEST.c.ended).over(partition_by=POOL.c.name, order_by=(REQUEST.c.started, REQUEST.c.id))
    each = (
        sa.select(REQUEST.c.id, REQUEST.c.host, REQUEST.c.started, before.label("before"))
        .join(POOL, REQUEST.c.pool.contains(POOL.c.name))
        .subquery()
    )
    gap = sa.func.min(_to_seconds(each.c.started, dialect) - _to_seconds(each.c.before, dialect))
    by_host = (
        sa.select(
            each.c.host,
            sa.func.count(each.c.id.distinct()).label("asked"),
            gap.label("min_gap"),
            sa.func.max(each.c.id).label("newest"),
        )
        .group_by(each.c.host)
        .subquery()
    )
    columns = by_host.c.host, by_host.c.asked, by_host.c.min_gap, REQUEST.c.status
    return sa.select(*columns).join(REQUEST, REQUEST.c.id == by_host.c.newest).order_by(by_host.c.host)


def _to_seconds(
    moment: InstrumentedAttribute[datetime] | ColumnElement[datetime], dialect: str
) -> ColumnElement[float]:
    """Return the seconds since 1970, to the microsecond."""
    if dialect != "sqlite":
        return sa.cast(sa.func.extract("epoch", moment), sa.Float(53))
    # SQLite's own functions would round to milliseconds.
    text = sa.type_coerce(moment, sa.Text)
    whole = sa.cast(sa.func.strftime("%s", sa.func.substr(text, 1, 19)), sa.Float)
    return whole + sa.cast(sa.func.substr(text, 20), sa.Float)
