"""Which troubles an archive has now, by the one rule of health, for the daemon, `status`, `doctor`, `report` and `ack`.

coverage, paused hosts, lost rows ─► found now          ┐
database: what daemons reported ─► all other shared ones ├─► what a person said of each ─► Trouble…
folder: what this host's daemon found ─► its own ones    │
vault: dates of responses ─► a clock that is wrong       ┘

It changes nothing and asks nothing of upstream.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.archive.files import host_state
from syncd.archive.sql.daemon_state import SharedState
from syncd.core import health, troubles
from syncd.core.errors import READING_ERRORS, FolderError
from syncd.core.model import State
from syncd.core.troubles import Trouble, trouble_from_fields
from syncd.usecases.inspect import host_clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syncd.core.coverage import DayReport
    from syncd.core.health import Health
    from syncd.core.results import LostRows
    from syncd.usecases.workspace import Workspace

STOPPED = "stopped"
_FOUND_NOW = frozenset({health.MISSED, "conflict", STOPPED})
"""Codes that are looked for at each call, so that what a daemon reported of them before does not count."""


def assess(work: Workspace, reports: Iterable[DayReport]) -> Health:
    """Return the health of the archive from the reports of its dates, at the present of its calendar clock.

    A date before the start of the archive was never asked for, so it cannot be missed.
    """
    schedule, since = work.config.schedule, work.config.archive.since
    counted = (each for each in reports if each.day >= since or each.state is State.CONFLICT)
    hours = health.Hours(schedule.timezone, schedule.poll_from, schedule.poll_until)
    return health.assess(counted, work.now(), hours, work.possible_closings())


def list_found_now(found: Health, stopped: Iterable[str], lost: Iterable[LostRows]) -> tuple[Trouble, ...]:
    """Return the troubles that coverage, paused hosts and rows show by themselves."""
    gone = (
        Trouble("row-missing" if one.has_file else "sql-damaged", str(one.day), f"{one.day}: {one.why}", one.repair)
        for one in lost
    )
    return (*health.list_troubles(found), *map(_describe_stop, stopped), *gone)


def _describe_stop(host: str) -> Trouble:
    words = f"{host} answered 403, or asked for a very long pause; nothing is asked any more"
    return Trouble(STOPPED, host, words, f"syncd requests --release {host}")


def list_open(work: Workspace, found_now: Sequence[Trouble]) -> tuple[Trouble, ...]:
    """Return all troubles of the archive and of this host: those found just now, and those that a daemon reported.

    Each has what a person said of it, and since when it is known.
    """
    seen = SharedState(work.database)
    shared = seen.announced()
    others = (one for one in shared if one.code not in _FOUND_NOW)
    grouped = troubles.group_troubles(troubles.drop_repeats((*found_now, *others)), shared)
    marked = troubles.acknowledge(troubles.add_since(grouped, shared), seen.acknowledged())
    return (*marked, *troubles.acknowledge(_list_own(work), seen.acknowledged(work.store.replica)))


def _list_own(work: Workspace) -> tuple[Trouble, ...]:
    """Return the troubles of this host: what its daemon reported, and how its clock stands now."""
    reported = _read_own(work)
    others = (one for one in reported if one.code != host_clock.CLOCK)
    return (*troubles.add_since(host_clock.find_clock_trouble(work), reported), *others)


def _read_own(work: Workspace) -> tuple[Trouble, ...]:
    try:
        text = host_state.read_text(work.folder.root)
        known = map(trouble_from_fields, json.loads(text or "{}").get("announced", ()))
        return tuple(replace(one, is_of_host=True) for one in known)
    except (FolderError, *READING_ERRORS):
        return ()
