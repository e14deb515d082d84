"""`syncd run`: the daemon, in the foreground; systemd starts this."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from syncd.cli.options import dry_run_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from syncd.cli.invocation import Invocation
    from syncd.config import Config
    from syncd.daemon.worker import TurnFailed
    from syncd.usecases.process import StartPeer


@click.command()
@click.option("--join", is_flag=True,
    help="First register an empty folder of this host as a new replica of the archive in a server's database.")  # fmt: skip
@click.option("--turn", type=int, hidden=True, help="Make one turn for the daemon that listens at this descriptor.")
@dry_run_option
@click.pass_obj
def command(call: Invocation, /, *, join: bool, turn: int | None, dry_run: bool) -> int:
    """Keep the archive in agreement with arXiv until terminated.

    SIGTERM stops it after the current step, SIGHUP lets it read its configuration again.
    """
    from syncd.config import read_frozen_now
    from syncd.core.errors import ConfigError

    if read_frozen_now(os.environ) is not None:
        raise ConfigError("SYNCD_NOW cannot be used with syncd run")
    if turn is not None:
        return _make_turn(call, turn)
    call.require_configuration(creating=True)
    if dry_run:
        return _preview_join(call) if join else _preview(call)
    if join:
        from syncd.usecases.ingest.join_host import join as join_archive

        join_archive(call.config)
    from functools import partial

    from syncd.usecases.process import start_peer

    return run_daemon(call, partial(start_peer, _turn_command(call)))


def _turn_command(call: Invocation) -> list[str]:
    """Return the command of one turn, which logs as much as the daemon itself."""
    flags = ["-q"] if call.verbosity < 0 else ["-" + "v" * call.verbosity] if call.verbosity else []
    return [sys.executable, "-m", "syncd", *flags, "run", "--turn"]


def run_daemon(call: Invocation, start_turn: StartPeer) -> int:
    """Run the daemon until it is terminated, and return its exit code.

    `start_turn` starts the process of one turn with the descriptor that its request comes from.
    """
    import logging

    from syncd import __version__
    from syncd.daemon.service import ServiceSetup, serve
    from syncd.daemon.signals import SignalRequests
    from syncd.daemon.worker import TurnFailed

    config, signals = _with_timed_log(call, call.config), SignalRequests()
    logging.getLogger("syncd").info("syncd %s on %s, %s", __version__, os.uname().nodename, config.describe_origin())
    signal.set_wakeup_fd(signals.wakeup_fd, warn_on_full_buffer=False)
    _on_stop(signals.request_stop)
    signal.signal(signal.SIGHUP, lambda _number, _frame: signals.request_reload())
    try:
        serve(config, signals, ServiceSetup(start_turn, lambda: _with_timed_log(call, call.read_config()), os.environ))
    except TurnFailed as failed:
        return _get_exit_code(failed)
    return 0


def _get_exit_code(failed: TurnFailed) -> int:
    """Return the exit code of a daemon that cannot work. A turn that ended by itself has said why."""
    import logging

    if failed.code == 0:
        logging.getLogger("syncd").error("the process that does the work %s", failed)
        return 6
    return 70 if failed.code < 0 else failed.code


def _make_turn(call: Invocation, descriptor: int) -> int:
    from multiprocessing.connection import Connection
    from threading import Event

    from syncd.daemon.turn import serve

    end = Event()
    _on_stop(end.set)
    with Connection(descriptor) as connection:
        return serve(connection, end, lambda request: _with_timed_log(call, request.config))


def _on_stop(do: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: do())


def _preview_join(call: Invocation) -> int:
    from syncd.usecases.ingest.join_host import may_join

    root = call.config.archive.root
    found = f"{root}: would become one more folder" if may_join(call.config) else f"{root}: is part already"
    return call.finish({}, [f"{found} of the archive in the database"])


def _preview(call: Invocation) -> int:
    """Print what the daemon would do next, without doing it."""
    from syncd.daemon import state, status_line
    from syncd.daemon.cycle import load_shared, observe
    from syncd.daemon.schedule import next_job, next_poll
    from syncd.daemon.worker import TurnReport
    from syncd.usecases.workspace import Access

    work = call.workspace(Access.CREATE, dry_run=True)
    view, known = observe(work), load_shared(work, state.load(work.config.archive.root))
    situation = (work.now(), view, known, work.config.schedule)
    report = TurnReport(known, next_job(*situation), view=view, next_poll=next_poll(*situation))
    return call.finish({}, [status_line.format_status(report)])


def _with_timed_log(call: Invocation, config: Config) -> Config:
    """Return the configuration, once the log has its level and form, and shows the time."""
    from syncd.cli.logs import set_up

    set_up(config.log.format, config.log.level, call.verbosity, sys.stderr, timed=True)
    return config
