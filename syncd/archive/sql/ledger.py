"""The politeness ledger in SQL: when each pool may send, which hosts rest, what was sent; it sends nothing and decides nothing.

Its times are real UTC: on SQLite those of the clock it is given, on a server those of the server. Every method is one
committed transaction, or a plain read. A cooldown that was written in what is now the future was written before the clock was
set back: it counts from the moment that is seen, with the whole span that was asked for, and this is committed.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from syncd.archive.sql.database import upsert
from syncd.archive.sql.request_lock import hold_lock
from syncd.archive.sql.tables import PoolRow, RequestRow, RestRow
from syncd.core.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import InstrumentedAttribute

    from syncd.archive.sql.database import Database


@dataclass(frozen=True, slots=True)
class HostReport:
    """How one host was treated: the proof of politeness.

    `min_gap_s` is the shortest time in seconds between the end of a request and the start of the next one of the same pool
    where that went to this host, None where no two can be compared. `last_status` is that of its newest request, None when
    it had no answer. Times are UTC.
    """

    host: str
    count: int
    min_gap_s: float | None
    last_status: int | None
    cooldown_until: datetime | None
    stopped_since: datetime | None


@dataclass(frozen=True, slots=True)
class HostPause:
    """A host that may not be asked now: until `until`, or until a person releases it (None). Times are UTC."""

    host: str
    until: datetime | None
    since: datetime
    status: int | None
    reason: str
    strikes: int


def utc_now() -> datetime:
    """The clock of this machine, in UTC."""
    return datetime.now(UTC)


class SqlLedger:
    """The ledger in `database`; archives that name the same database are polite together."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def hold_request_lock(self, sleep: Callable[[float], None]) -> AbstractContextManager[None]:
        """The one place in flight over all processes, waited for with `sleep` (seconds)."""
        return hold_lock(self._database, sleep)

    def find_blocked_host(self) -> tuple[str, datetime] | None:
        """The host that answered 403 first, and when; None when no host stands stopped."""
        query = sa.select(RestRow.host, RestRow.since).where(RestRow.until.is_(None)).order_by(RestRow.since).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.host, row.since)

    def get_cooldown(self, host: str) -> datetime | None:
        """Until when `host` rests; None when it does not, or no longer."""
        self._recount()
        with self._database.read() as connection:
            until = connection.scalar(sa.select(RestRow.until).where(RestRow.host == host))
            return until if until is not None and until > self._now(connection) else None

    def count_strikes(self, host: str) -> int:
        """How many times `host` asked for rest since its last success."""
        with self._database.read() as connection:
            return connection.scalar(sa.select(RestRow.strikes).where(RestRow.host == host)) or 0

    def compute_wait(self, pools: tuple[str, ...], interval: timedelta) -> float:
        """Seconds until all `pools` may send, from 0 to `interval`: a clock set back, or a person, cannot make it longer.

        The whole `interval` after a request that was cut off: the holder of the slot asks, so its process is dead, and
        nobody knows when it stopped receiving.
        """
        latest = sa.select(RequestRow.outcome).where(_counts_in(pools)).order_by(RequestRow.id.desc()).limit(1)
        with self._database.read() as connection:
            if connection.execute(latest).first() == (None,):
                return interval.total_seconds()
            moment = connection.scalar(sa.select(sa.func.max(PoolRow.next_allowed)).where(PoolRow.name.in_(pools)))
            left = timedelta(0) if moment is None else moment - self._now(connection)
        return max(min(left, interval), timedelta(0)).total_seconds()

    def begin_request(self, url: str, host: str, pools: tuple[str, ...], interval: timedelta) -> int:
        """Log a request that is about to be sent and move the pools to now + `interval`; its number."""
        with self._database.write() as connection:
            now = self._now(connection)
            _move(connection, pools, now + interval)
            values = {"started": now, "host": host, "pool": "+".join(pools), "url": url, "pid": os.getpid()}
            return connection.execute(sa.insert(RequestRow).values(values).returning(RequestRow.id)).scalar_one()

    def finish_request(
        self,
        request: int,
        pools: tuple[str, ...],
        interval: timedelta,
        *,
        status: int | None,
        size: int,
        outcome: str,
    ) -> None:
        """Complete the log of a request (`size`: bytes of the body as they came) and move its pools to now + `interval`."""
        with self._database.write() as connection:
            now = self._now(connection)
            _move(connection, pools, now + interval)
            values = {"ended": now, "status": status, "bytes": size, "outcome": outcome}
            connection.execute(sa.update(RequestRow).where(RequestRow.id == request).values(values))

    def start_cooldown(self, host: str, length: timedelta, *, status: int, reason: str) -> datetime:
        """Let `host` rest for `rest` from now on and count a strike; the end of the rest, never earlier than it was."""
        with self._database.write() as connection:
            now = self._now(connection)
            columns = RestRow.until, RestRow.since, RestRow.strikes
            before = connection.execute(sa.select(*columns).where(RestRow.host == host)).one_or_none()
            known = None if before is None else _end(before.until, before.since, now)
            until = now + length if known is None else max(now + length, known)
            strikes = 1 if before is None else before.strikes + 1
            self._keep(connection, host, until=until, status=status, strikes=strikes, since=now, reason=reason)
        return until

    def block_host(self, host: str, reason: str) -> datetime:
        """Stop everything until a person releases `host`; since when it is stopped."""
        with self._database.write() as connection:
            now = self._now(connection)
            self._keep(connection, host, until=None, status=403, strikes=1, since=now, reason=reason)
        return now

    def clear_strikes(self, host: str) -> None:
        """Forget the strikes of `host` after a success; a stop stays."""
        if self.count_strikes(host):
            with self._database.write() as connection:
                connection.execute(sa.delete(RestRow).where(RestRow.host == host, RestRow.until.is_not(None)))

    def release(self, host: str) -> bool:
        """Lift the stop of `host`, as a person asked; whether there was one. A cooldown is not lifted."""
        gone = sa.delete(RestRow).where(RestRow.host == host, RestRow.until.is_(None))
        with self._database.write() as connection:
            return connection.execute(gone).rowcount > 0

    def list_pauses(self) -> tuple[HostPause, ...]:
        """The hosts that may not be asked now, by name; cooldowns that are over are left out."""
        with suppress(DatabaseError):  # who may only read is told the same, as long as nobody else has written it
            self._recount()
        return self._rests()

    def count_requests_since(self, moment: datetime) -> int:
        """How many requests were begun at `moment` or later, tries and redirects counted one by one."""
        query = sa.select(sa.func.count()).select_from(RequestRow).where(RequestRow.started >= moment)
        with self._database.read() as connection:
            return connection.scalar(query) or 0

    def find_last_success(self) -> datetime | None:
        """When the last request ended that was answered as it should be (UTC); None when none ever was."""
        query = sa.select(sa.func.max(RequestRow.ended)).where(RequestRow.status == 200)
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(query)
        return found

    def list_hosts(self) -> tuple[HostReport, ...]:
        """Every host that was ever asked, by name."""
        rests = {rest.host: rest for rest in self._rests()}
        with self._database.read() as connection:
            rows = connection.execute(_treatment(connection.dialect.name)).all()
        return tuple(
            HostReport(row.host, row.asked, row.min_gap, row.status, *_ends(rests.get(row.host))) for row in rows
        )

    def _rests(self) -> tuple[HostPause, ...]:
        with self._database.read() as connection:
            now = self._now(connection)
            rows = connection.execute(sa.select(RestRow.__table__).order_by(RestRow.host)).all()
        rests = (
            HostPause(row.host, _end(row.until, row.since, now), row.since, row.status, row.reason, row.strikes)
            for row in rows
        )
        return tuple(rest for rest in rests if rest.until is None or rest.until > now)

    def _recount(self) -> None:
        with self._database.read() as connection:
            if connection.execute(_ahead(self._now(connection))).first() is None:
                return
        with self._database.write() as connection:
            now = self._now(connection)
            for row in connection.execute(_ahead(now)).all():
                # Only what was seen: another process may have let the host rest anew.
                seen = sa.update(RestRow).where(RestRow.host == row.host, RestRow.since == row.since)
                connection.execute(seen.values(until=_end(row.until, row.since, now), since=now))

    def _now(self, connection: Connection) -> datetime:
        if connection.dialect.name == "sqlite":
            return self._clock()
        server: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return server.astimezone(UTC)

    def _keep(self, connection: Connection, host: str, **facts: object) -> None:
        connection.execute(upsert(connection, RestRow), [{"host": host, **facts}])


def _move(connection: Connection, pools: tuple[str, ...], moment: datetime) -> None:
    connection.execute(upsert(connection, PoolRow), [{"name": pool, "next_allowed": moment} for pool in pools])


def _ahead(now: datetime) -> sa.Select[str, datetime, datetime | None]:
    """The cooldowns that were written in the future."""
    columns = RestRow.host, RestRow.since, RestRow.until
    return sa.select(*columns).where(RestRow.until.is_not(None), RestRow.since > now)


def _end(until: datetime | None, since: datetime, now: datetime) -> datetime | None:
    """When a rest ends that was written at `since`: never sooner than its span, nor, once the clock was set back, later."""
    return until if until is None or since <= now else now + (until - since)


def _ends(rest: HostPause | None) -> tuple[datetime | None, datetime | None]:
    """Until when a host cools down, and since when it is stopped."""
    if rest is None:
        return None, None
    return rest.until, rest.since if rest.until is None else None


def _counts_in(pools: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether a request counts in one of the pools; it names them joined by `+`, and no pool's name is part of another's."""
    return sa.or_(*(RequestRow.pool.contains(pool) for pool in pools))


def _treatment(dialect: str) -> sa.Select[tuple[str, int, float | None, int | None]]:
    before = sa.func.lag(RequestRow.ended).over(partition_by=PoolRow.name, order_by=(RequestRow.started, RequestRow.id))
    each = (
        sa.select(RequestRow.id, RequestRow.host, RequestRow.started, before.label("before"))
        .join(PoolRow, RequestRow.pool.contains(PoolRow.name))
        .subquery()
    )
    gap = sa.func.min(_seconds(each.c.started, dialect) - _seconds(each.c.before, dialect))
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
    columns = by_host.c.host, by_host.c.asked, by_host.c.min_gap, RequestRow.status
    return sa.select(*columns).join(RequestRow, RequestRow.id == by_host.c.newest).order_by(by_host.c.host)


def _seconds(moment: InstrumentedAttribute[datetime] | ColumnElement[datetime], dialect: str) -> ColumnElement[float]:
    """Seconds since 1970 to the microsecond; SQLite's own functions would round to milliseconds."""
    if dialect != "sqlite":
        return sa.cast(sa.func.extract("epoch", moment), sa.Float(53))
    text = sa.type_coerce(moment, sa.Text)
    whole = sa.cast(sa.func.strftime("%s", sa.func.substr(text, 1, 19)), sa.Float)
    return whole + sa.cast(sa.func.substr(text, 20), sa.Float)
