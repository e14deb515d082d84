"""Where what is behind the mailings lies: with several hosts, each keeps the raw responses that it got itself.

It reads no vault and says nothing of one that is shared: what lies in this host's own need not be looked for elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.sql.store import FIRST, LAST

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from syncd.archive.sql.replicas import Keeper
    from syncd.usecases.workspace import Workspace

_UNKNOWN = "a host that was not written down"


def find_hosts_with_responses(work: Workspace, since: date = FIRST, until: date = LAST) -> dict[date, str]:
    """The mailings of the range whose responses this folder's vault need not hold, and in words which host's does."""
    return _others(work, {day: response for day, (response, _) in _keepers(work, since, until).items()})


def find_hosts_with_records(work: Workspace, since: date = FIRST, until: date = LAST) -> dict[date, str]:
    """The mailings of the range that another host recorded last, so that its vault has the account to replay; and which."""
    return _others(work, {day: account for day, (_, account) in _keepers(work, since, until).items()})


def _keepers(work: Workspace, since: date, until: date) -> dict[date, tuple[Keeper | None, Keeper | None]]:
    """None with an embedded database: that has one host, whatever its folder was called before."""
    return work.store.list_keepers(since, until) if work.database.file is None else {}


def _others(work: Workspace, keepers: dict[date, Keeper | None]) -> dict[date, str]:
    mine = work.store.replica
    return {day: _words(one) for day, one in keepers.items() if one is None or one.replica != mine}


def suggest_hosts(places: Iterable[str]) -> str:
    """Where to go instead, to be put behind a complaint; empty when nothing lies elsewhere."""
    hosts = sorted(set(places))
    return f"; {' and '.join(hosts)} {'keeps' if len(hosts) == 1 else 'keep'} it: run it there" if hosts else ""


def _words(keeper: Keeper | None) -> str:
    if keeper is None:
        return _UNKNOWN
    return f"{keeper.host} (beside {keeper.root})" if keeper.host else _UNKNOWN
