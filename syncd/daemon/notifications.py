"""How people hear of a turn: the log, and the hooks they configured. Nothing is decided here."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from syncd.archive.sql.daemon_state import SharedState
from syncd.core.errors import ArchiveError
from syncd.core.results import Done
from syncd.daemon import state as states
from syncd.daemon import status_line
from syncd.daemon.matches import gather_match_facts, record_matches
from syncd.daemon.schedule import Job
from syncd.usecases.hooks import fire
from syncd.usecases.reconcile.apply import make_outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syncd.config import Config
    from syncd.core.troubles import HookEvent
    from syncd.daemon.state import DaemonState
    from syncd.daemon.worker import JobResult, TurnReport
    from syncd.usecases.workspace import Workspace

    Facts = dict[str, object]
    RunHooks = Callable[[HookEvent, Facts], bool]

_LOG = logging.getLogger("syncd.daemon")
_QUIET = frozenset({Job.POLL, Job.CATCHUP, Job.LOOK})
"""Jobs that are news only by what they bring."""


def log_job(result: JobResult) -> None:
    """Log one job, and the mailings it wrote."""
    is_quiet = result.is_known if result.failure else result.job in _QUIET
    level = logging.DEBUG if is_quiet else logging.WARNING if result.failure else logging.INFO
    if result.silence is not None:
        _LOG.info("arXiv answers again, after %s", status_line.format_span(result.silence))
    _LOG.log(level, "%s", status_line.format_result(result))
    for each in result.new:
        _LOG.info("%s: %s, %s papers from %s", each.day, each.action, each.papers, each.source)


def log_report(report: TurnReport) -> None:
    """Log what became known in a turn."""
    for trouble in report.raised:
        _LOG.error("%s%s", trouble.message, f"; {trouble.help}" if trouble.help else "")
    for trouble in report.over:
        _LOG.info("resolved: %s", trouble.message or trouble.key)


def announce_shared(work: Workspace, is_current: Callable[[], bool], run_hooks: RunHooks) -> bool:
    """Run the hooks for what all hosts share: new mailings, what they match, then the rest, oldest first. Only the leader does.

    Each event is removed after its hooks: a kill between the two repeats it, and none is lost. A mailing whose file this host has
    still to write waits. False where this turn, or syncd, ends first: then nothing else is announced either.
    """
    shared = SharedState(work.database)
    with suppress(ArchiveError):
        if is_current():
            record_matches(work)
        for event in shared.events():
            facts = _gather_facts(work, event)
            if facts is None:
                if event.name == "match":
                    shared.remove(event)
                continue
            if not is_current() or not run_hooks(event, facts):
                return False
            shared.remove(event)
    return True


def announce_own(root: Path, state: DaemonState, run_hooks: RunHooks) -> DaemonState:
    """Run the hooks for what is this host's own, oldest first. Return the state without what was announced.

    The rest is saved after each event, as far as the disk allows.
    """
    while state.pending_events and run_hooks(state.pending_events[0], trouble_facts(state.pending_events[0])):
        state = replace(state, pending_events=state.pending_events[1:])
        with suppress(ArchiveError):
            states.save(root, state)
    return state


def run_hooks(
    config: Config, event: HookEvent, facts: Facts, ending: Callable[[], bool], failed: list[str] | None = None
) -> bool:
    """Run the hooks of one event, and log which failed. False when syncd ends and they may not have run to their end.

    The event is added to `failed` for each hook that failed.
    """
    if ending():
        return False
    for result in fire(config, event.name, facts, ending=ending):
        if result.problem:
            if failed is not None:
                failed.append(event.name)
            output = f": {result.output[-1]}" if result.output else ""
            _LOG.warning("%s %s after %.1f s%s", result.hook, result.problem, result.seconds, output)
    return not ending()


def trouble_facts(event: HookEvent) -> Facts:
    """Return what a hook is given of a trouble, or of its end."""
    trouble = event.trouble
    facts: Facts = {"code": trouble.code, "subject": trouble.subject}
    if event.name == "problem":
        facts |= {"message": trouble.message, "help": trouble.help}
    else:
        facts |= {"message": f"resolved: {trouble.message or trouble.key}"}
    return facts | {"since": trouble.since.isoformat() if trouble.since is not None else None}


def _gather_facts(work: Workspace, event: HookEvent) -> Facts | None:
    match event.name:
        case "new":
            return _mailing_facts(work, event)
        case "match":
            return gather_match_facts(work, event)
        case _:
            return trouble_facts(event)


def _mailing_facts(work: Workspace, event: HookEvent) -> Facts | None:
    """Return what a hook is given of a new mailing, or None until this host has written its file."""
    day = date.fromisoformat(event.trouble.subject)
    if work.store.mailing(day) is None or day not in work.store.list_agreed_hashes(day, day):
        return None
    found = make_outcome(work, day, Done.WRITTEN)
    return {
        "date": str(day),
        "papers": found.papers,
        "path": found.path,
        "state": found.state.value if found.state else None,
        "source": found.source,
    }
