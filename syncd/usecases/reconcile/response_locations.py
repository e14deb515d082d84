"""Say which host keeps what is behind a mailing: with several hosts, each has the raw responses that it received itself.

This module reads no vault. What another host recorded may still lie in this host's vault, when both share one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.archive.sql.finding_store import FIRST, LAST

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from syncd.archive.sql.replicas import Keeper
    from syncd.usecases.workspace import Workspace

_UNKNOWN = "a host that was not written down"


def find_hosts_with_responses(work: Workspace, since: date = FIRST, until: date = LAST) -> dict[date, str]:
    """Return the dates whose responses another host received, each with that host in words."""
    return _describe_others(work, {day: keepers[0] for day, keepers in _list_keepers(work, since, until).items()})


def find_hosts_with_records(work: Workspace, since: date = FIRST, until: date = LAST) -> dict[date, str]:
    """Return the dates that another host recorded last, so that its journal has the record, each with that host in words."""
    return _describe_others(work, {day: keepers[1] for day, keepers in _list_keepers(work, since, until).items()})


def suggest_hosts(hosts: Iterable[str]) -> str:
    """Return where to go instead, to be put behind an error message. It is empty when no other host has anything."""
    names = sorted(set(hosts))
    return f"; {' and '.join(names)} {'keeps' if len(names) == 1 else 'keep'} it: run it there" if names else ""


def _list_keepers(work: Workspace, since: date, until: date) -> dict[date, tuple[Keeper | None, Keeper | None]]:
    """Return for each date who keeps its response and who its record, None for a host that was not written down."""
    # An embedded database has one host only, whatever its folder was called before.
    return work.store.list_keepers(since, until) if work.database.file is None else {}


def _describe_others(work: Workspace, keepers: Mapping[date, Keeper | None]) -> dict[date, str]:
    """Return the dates that are not kept beside this folder, each with its host in words."""
    others = {day: one for day, one in keepers.items() if one is None or one.replica != work.store.replica}
    return {
        day: f"{one.host} (beside {one.root})" if one is not None and one.host else _UNKNOWN
        for day, one in others.items()
    }
