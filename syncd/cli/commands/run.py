"""`syncd run`: the daemon, in the foreground; systemd starts this."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from syncd.cli.invocation import Invocation
    from syncd.config import Config


@click.command()
@click.option("--join", is_flag=True,
    help="First make an empty folder on this host one more of an archive on a server's database.")  # fmt: skip
@click.option("--errand", is_flag=True, hidden=True, help="Make one turn for the daemon that is the parent process.")
@dry_run_option
@click.pass_obj
def command(call: Invocation, /, *, join: bool, errand: bool, dry_run: bool) -> int:
    """Keep the archive in agreement with arXiv until told to end.

    SIGTERM ends it at a safe point, SIGHUP lets it read its configuration again.
    """
    from syncd.config import read_frozen_now
    from syncd.core.errors import ConfigError

    if read_frozen_now(os.environ) is not None:
        raise ConfigError("a daemon lives by the real clock", origin="SYNCD_NOW")
    if dry_run and join:
        return _joining_told(call)
    if dry_run:
        return _told(call)
    if errand:
        return _turn(call)
    if join:
        from syncd.daemon.join_host import join as join_archive

        join_archive(call.config)
    return _served(call)


def _served(call: Invocation) -> int:
    import sys

    from syncd.daemon.service import Ways, serve
    from syncd.daemon.signals import Orders
    from syncd.daemon.worker import Failed

    config, orders = _with_timed_log(call, call.config), Orders()
    signal.set_wakeup_fd(orders.bell, warn_on_full_buffer=False)
    _on_signals(orders.stop)
    signal.signal(signal.SIGHUP, _asking(orders.read_again))
    program = [sys.executable, "-m", "syncd", *_said_as_loud(call.verbosity), "run", "--errand"]
    try:
        serve(config, orders, Ways(program, lambda: _with_timed_log(call, call.read_config()), os.environ))
    except Failed as failed:
        return 70 if failed.code < 0 else failed.code
    return 0


def _said_as_loud(verbosity: int) -> list[str]:
    """The flags with which a turn logs as much as the daemon itself."""
    return ["-q"] if verbosity < 0 else ["-" + "v" * verbosity] if verbosity else []


def _turn(call: Invocation) -> int:
    """One turn for the daemon that started this process."""
    import sys
    from threading import Event

    from syncd.daemon import turn

    end = Event()
    _on_signals(end.set)
    return turn.serve(sys.stdin.buffer, sys.stdout.buffer, end, lambda made: _with_timed_log(call, made.config))


def _on_signals(do: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _asking(do))


def _asking(do: Callable[[], None]) -> Callable[[int, FrameType | None], None]:
    def handle(_number: int, _frame: FrameType | None) -> None:
        do()

    return handle


def _joining_told(call: Invocation) -> int:
    """Whether the folder would be joined, without doing it."""
    from syncd.daemon.join_host import may_join

    root = call.config.archive.root
    told = f"{root}: would become one more folder" if may_join(call.config) else f"{root}: is part already"
    return call.finish({}, [f"{told} of the archive in the database"])


def _told(call: Invocation) -> int:
    """What the daemon would do next, without doing it."""
    from syncd.daemon import state, status_line
    from syncd.daemon.cycle import Step
    from syncd.daemon.observe import observe
    from syncd.daemon.schedule import next_action, next_poll, plan_of
    from syncd.daemon.state_store import remembered
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.CREATE, dry_run=True)
    plan = plan_of(work.config.schedule, 0.0)
    seen = observe(work, plan.hours)
    kept = remembered(work, state.load(work.config.archive.root))
    situation = (work.now(), seen.standing, kept, plan)
    step = Step(next_action(*situation), seen=seen, poll=next_poll(*situation))
    return call.finish({}, [status_line.status(step)])


def _with_timed_log(call: Invocation, config: Config) -> Config:
    """The configuration, once the log has the level and form that it asks for, and tells the time."""
    import sys

    from syncd.cli.logs import set_up

    set_up(config.log.format, config.log.level, call.verbosity, sys.stderr, timed=True)
    return config
