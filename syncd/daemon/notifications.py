"""What a turn of the daemon did, told to people: the log, and the commands they want run. Nothing is decided here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.daemon import status_line
from syncd.daemon.schedule import What
from syncd.usecases.hooks import fire

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from syncd.config import Config
    from syncd.core.results import DayOutcome
    from syncd.daemon.cycle import Did, Step
    from syncd.daemon.events import Note

_LOG = logging.getLogger("syncd.daemon")
_QUIET = frozenset({What.POLL, What.CATCHUP, What.LOOK})
"""Work that is news only by what it brings."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Who is told: the log, and the hooks of `config`; `ending` kills a hook that runs while the daemon ends."""

    config: Config
    ending: Callable[[], bool]

    def log_work(self, done: Did, new: Sequence[DayOutcome]) -> None:
        """One piece of work, and the mailings that are new by it."""
        level = logging.WARNING if done.error else logging.DEBUG if done.what in _QUIET else logging.INFO
        _LOG.log(level, "%s", status_line.did(done))
        for outcome in new:
            _LOG.info("%s: %s, %s papers from %s", outcome.day, outcome.action, outcome.papers, outcome.source)

    def log(self, step: Step) -> None:
        """What became known at the end of a turn."""
        for trouble in step.raised:
            _LOG.error("%s%s", trouble.message, f"; {trouble.help}" if trouble.help else "")
        for trouble in step.over:
            _LOG.info("over: %s", trouble.message or trouble.key)

    def say(self, note: Note) -> bool:
        """Run the hooks of one event; False when the daemon ends and they may not have run to their end. A failure is logged."""
        if self.ending():
            return False
        for result in fire(self.config, note.event, note.facts, ending=self.ending):
            if result.problem:
                told = f": {result.output[-1]}" if result.output else ""
                _LOG.warning("%s %s after %.1f s%s", result.hook, result.problem, result.seconds, told)
        return not self.ending()
