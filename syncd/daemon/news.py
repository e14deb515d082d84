"""What is news after a turn, what is over, and all that is open: of the archive, and of this host.

A trouble of the archive is news once over all hosts, which the database decides. One of this host is news once in its folder.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syncd.archive.sql.daemon_state import SharedState
from syncd.core import troubles
from syncd.core.health import SILENT
from syncd.core.plural import pluralize
from syncd.core.troubles import HookEvent, Trouble
from syncd.core.values import dataclass
from syncd.daemon.state import is_shared
from syncd.usecases.inspect import host_clock, open_troubles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from syncd.core.model import Change
    from syncd.daemon.schedule import ArchiveView
    from syncd.daemon.state import DaemonState
    from syncd.usecases.workspace import Workspace

DIFFERENCE = "difference"
"""The code of a fault that a comparison with arXiv found."""
SILENCE = 2
"""From this many questions in a row without an answer on, the silence of arXiv is a trouble. One alone is a common hiccup."""


@dataclass(frozen=True, slots=True)
class News:
    """Troubles that are news, those that are over, and all that are open."""

    raised: tuple[Trouble, ...]
    over: tuple[Trouble, ...]
    open: tuple[Trouble, ...]


def find_shared_news(work: Workspace, state: DaemonState, view: ArchiveView) -> News:
    """Record which troubles of the archive are news and which are over, as events for the hooks."""
    shared = SharedState(work.database)
    announced = shared.announced()
    found_now = open_troubles.list_found_now(view.health, view.stopped, view.lost)
    found = (*found_now, *_list_shared(state, work))
    found = troubles.group_troubles(troubles.drop_repeats(found), announced)
    found = _add_since(work.now(), found, announced)
    outdated = troubles.find_outdated(found, shared.acknowledged())
    raised, over = shared.change(*troubles.compare_troubles(announced, found), outdated)
    shared.refresh(found)
    return News(raised, over, troubles.acknowledge(found, shared.acknowledged()))


def list_shared_open(work: Workspace) -> tuple[Trouble, ...]:
    """Return the open troubles of the archive as the leader recorded them."""
    shared = SharedState(work.database)
    return troubles.acknowledge(shared.announced(), shared.acknowledged())


def find_own_news(work: Workspace, state: DaemonState) -> tuple[DaemonState, News]:
    """Return the state in which this host's troubles are no news any more, and what was news."""
    shared, replica = SharedState(work.database), work.store.replica
    found_now = (*host_clock.find_clock_trouble(work), *state.host_troubles)
    grouped = troubles.group_troubles(troubles.drop_repeats(found_now), state.announced)
    found = _add_since(work.now(), grouped, state.announced)
    raised, over = troubles.compare_troubles(state.announced, found)
    changed = shared.forget(replica, troubles.find_outdated(found, shared.acknowledged(replica)))
    shared.forget(replica, over)
    raised = (*raised, *(each for each in changed if each not in raised))
    events = (*(HookEvent("problem", each) for each in raised), *(HookEvent("recovered", each) for each in over))
    after = replace(state, announced=found, pending_events=(*state.pending_events, *events))
    return after, News(raised, over, troubles.acknowledge(found, shared.acknowledged(replica)))


def _add_since(now: datetime, found: Iterable[Trouble], reported: Iterable[Trouble]) -> tuple[Trouble, ...]:
    moment = now.astimezone(UTC)
    return tuple(replace(each, since=each.since or moment) for each in troubles.add_since(found, reported))


def _list_shared(state: DaemonState, work: Workspace) -> tuple[Trouble, ...]:
    faults = filter(is_shared, state.faults)
    accepted = work.store.list_accepted() if state.differences else ()
    return (*faults, *describe_differences(state.differences, accepted), *describe_silence(state, work))


def describe_differences(found: Iterable[Change], accepted: Collection[Change]) -> tuple[Trouble, ...]:
    """Return one trouble for each date that differs from arXiv, without what a person has accepted."""
    codes: dict[str, list[str]] = {}
    for change in found:
        if replace(change, detail="") not in accepted:
            codes.setdefault(str(change.day), []).append(change.code)
    return tuple(
        Trouble(
            DIFFERENCE,
            day,
            f"{day}: {pluralize(len(each), 'difference')} from arXiv ({', '.join(sorted(set(each)))})",
            f"syncd diff {day}",
        )
        for day, each in sorted(codes.items())
    )


def describe_silence(state: DaemonState, work: Workspace) -> tuple[Trouble, ...]:
    """Return the trouble that arXiv does not answer, once it has not for a while."""
    if state.silent < SILENCE:
        return ()
    host = urlsplit(work.config.upstream.listing_url).netloc.lower()
    return (
        Trouble(SILENT, host, f"no mailing can be fetched: {state.failure}", "syncd doctor", since=state.silent_since),
    )
