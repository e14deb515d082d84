"""Publish outside a turn of the daemon, as a person or a timer asks for it: the same steps, in the same order."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from syncd.archive.sql.leader_lock import sole_turn
from syncd.core.errors import ConfigError
from syncd.usecases.progress import UNSTOPPED, Progress
from syncd.usecases.publish.publish import describe_unfit, extend_commit_order, preview_publish, publish
from syncd.usecases.reconcile.recover import finish_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syncd.usecases.progress import RunControl
    from syncd.usecases.publish.publish import PublishResult
    from syncd.usecases.workspace import Workspace


def publish_now(
    work: Workspace,
    *,
    dry_run: bool = False,
    environ: Mapping[str, str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    control: RunControl = UNSTOPPED,
) -> PublishResult:
    """Commit every digest that the branch lacks, and push if that is configured. A dry run changes nothing.

    While a turn of a daemon is under way, it may be recording mailings, and the order of commits is by date. The mailings
    that it has recorded by now are then left to it, and the result `waits`. A file that is not what the archive holds is a
    problem here, also on a date that was published before. Where `control` stops the work, the rest is left to the next call.
    ConfigError where `publish.git` is off.
    """
    if not work.config.publish.git:
        raise ConfigError("it is off, so nothing is committed; set publish.git = true", key="publish.git")
    if dry_run:
        return _name_unfit(preview_publish(work, environ=environ, sleep=sleep))
    finish_interrupted(work)
    with sole_turn(work.database) as is_current:
        is_free = is_current is not None
        if is_free:
            extend_commit_order(work)

    def report(committed: int, total: int) -> None:
        control.report(Progress("committing", committed, total, "mailing"))

    done = publish(work, (), environ=environ, sleep=sleep, should_stop=control.cancel.is_set, report=report)
    return _name_unfit(replace(done, waits=done.waits or not is_free))


def _name_unfit(done: PublishResult) -> PublishResult:
    return replace(done, problem=describe_unfit(done.unfit)) if done.unfit and not done.problem else done
