"""One call of the program: its global options, and the objects that commands need, made on first use."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from syncd.cli import output_streams, terminal
from syncd.cli.termination import Terminated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from syncd.cli.interrupts import InterruptibleRun
    from syncd.cli.progress_display import ProgressDisplay
    from syncd.config import Config
    from syncd.usecases.workspace import Access, Workspace

_UNPAGED = frozenset({"adopt", "backfill", "check", "db", "publish", "repair", "replay", "rehearse", "run", "sync"})
"""Commands that work and then report: like `git pull`, they leave their report on the screen."""


class Invocation:
    """The global options of one call.

    `verbosity` is -1 (quiet), 0, 1, or 2 and more. `pages` says whether long output may go through a pager, `has_begun` whether
    long work began, `has_opened` whether the archive was opened, `needs_programs` whether a configuration with a hook of an
    unknown program is refused.
    """

    def __init__(self, path: str | None, verbosity: int, log_format: str | None) -> None:
        self._path = path
        self._log_format = log_format
        self._config: Config | None = None
        self._clock: Callable[[], datetime] | None = None
        self._closing: list[Callable[[], None]] = []
        self.verbosity = verbosity
        self.as_json = False
        self.has_begun = False
        self.has_opened = False
        self.needs_programs = False
        self.pages = True
        self._display: ProgressDisplay | None = None

    @property
    def width(self) -> int:
        """The width of text in columns."""
        return terminal.width()

    @property
    def config(self) -> Config:
        """The configuration, read once. Its warnings are logged."""
        if self._config is None:
            self._config = self._load()
        return self._config

    def now(self) -> datetime:
        """Return the time of the calendar clock: the real time, or the time set by `SYNCD_NOW`."""
        return self.clock()

    @property
    def clock(self) -> Callable[[], datetime]:
        """The calendar clock as a function without arguments. A warning is logged once when `SYNCD_NOW` stops it."""
        if self._clock is None:
            self._clock = self._make_clock()
        return self._clock

    def workspace(self, access: Access, *, dry_run: bool = False) -> Workspace:
        """Open the archive for this call. It is closed when the call ends. `dry_run` never creates one (see `dry_run`).

        ConfigMissing when nothing is configured and one could be created: it would be made in the current folder.
        """
        from syncd.usecases.workspace import open_workspace

        self.require_configuration(creating=access.may_create)
        if access.may_create and not dry_run:
            self.require_owner()
        if dry_run:
            from syncd.cli.dry_run import open_for_dry_run

            work, forget = open_for_dry_run(self.config, self.clock, access)
            self._closing.append(forget)
        else:
            work = open_workspace(self.config, self.clock, access)
        self._closing.append(work.close)
        self.has_opened = True
        return work

    def require_owner(self) -> None:
        """Raise OtherOwner where the archive belongs to another user, whom it names. A writing command is refused at once."""
        from syncd.archive.files import owner
        from syncd.cli.ownership import list_command

        owner.require(self.config.archive.root, os.geteuid(), list_command(sys.argv[1:]))

    def require_configuration(self, *, creating: bool) -> None:
        """Log a warning when nothing is configured. Raise ConfigMissing instead when an archive may be created."""
        if missing := self.config.describe_missing():
            if creating:
                from syncd.core.errors import ConfigMissing

                raise ConfigMissing(missing)
            import logging

            logging.getLogger("syncd").warning("%s: default values are used", missing)

    @property
    def display(self) -> ProgressDisplay:
        """Where the progress of long work is shown, made on first use."""
        if self._display is None:
            from syncd.cli.progress_display import open_display

            self._display = open_display(sys.stderr, self.config.log.format, is_quiet=self.verbosity < 0)
        return self._display

    @contextmanager
    def long_run(self, deadline: datetime | None = None) -> Iterator[InterruptibleRun]:
        """Show the progress of long work, and let signals stop it after the current step. `deadline` (UTC) stops it, too.

        A second signal, and one that ends a wait outside the steps of the work, ends the program here, with what was done so far.
        """
        from syncd.cli.interrupts import InterruptibleRun, handle_interrupts
        from syncd.usecases.progress import Cancelled

        run, self.has_begun = InterruptibleRun(self.display, deadline), True
        try:
            with handle_interrupts(run, self.display):
                yield run
        except (KeyboardInterrupt, Terminated, Cancelled):
            sys.exit(self._finish_at_once(run))

    def _finish_at_once(self, run: InterruptibleRun) -> int:
        """Print what was reported until the second signal, and return the exit code."""
        from syncd.core.results import Run
        from syncd.report import json_fields
        from syncd.report.text import runs

        done = Run(tuple(run.outcomes), ended=True)
        name = str(click.get_current_context().info_name)
        lines = runs.of_run(done, verb=name) if done.days else ()
        return self.finish(json_fields.of_run(done) | {"requests": None}, lines, stopped=run)

    def close(self) -> None:
        """Close what was opened, and clear the display of progress."""
        if self._display is not None:
            self._display.clear()
        while self._closing:
            self._closing.pop()()

    def finish(
        self,
        payload: Mapping[str, object],
        text: Iterable[str],
        exit_code: int = 0,
        *,
        stopped: InterruptibleRun | None = None,
        is_data: bool = False,
    ) -> int:
        """Print the result as JSON or as text, and return the exit code for the command to return.

        `stopped` is the run that was stopped before its end, if it was: the result then says so, and what is left. `is_data`
        where the text is a file, whose lines are not wrapped. A reader that closes the pipe early does not change the code.
        Unwritable when the output is lost.
        """
        if self._display is not None:
            self._display.clear()
        if stopped is not None:
            exit_code = stopped.exit_code() or exit_code
            payload, text = {**payload, **stopped.fields()}, list(text)
            if is_data or self.as_json:
                click.echo(terminal.fit(stopped.describe(), sys.stderr), err=True)
            else:
                text.append(stopped.describe())
        try:
            if self.as_json:
                from syncd.report.json_text import as_json

                command = click.get_current_context().info_name
                click.echo(as_json({"command": command, "exit_code": exit_code, **payload}))
            elif lines := list(text):
                self._print("\n".join(lines), is_data=is_data)
        except BrokenPipeError:
            output_streams.silence()
        return exit_code

    def _print(self, text: str, *, is_data: bool) -> None:
        """Print a text, through a pager where the command reads and the text is longer than the terminal."""
        from syncd.cli import pager

        context = click.get_current_context()
        shown = text if is_data else terminal.fit(text, sys.stdout)
        if self.pages and context.info_name not in _UNPAGED and pager.is_wanted(shown, sys.stdout):
            sys.stdout.flush()
            if pager.show(shown if context.color is not False else click.unstyle(shown)):
                return
        click.echo(shown)

    def read_config(self) -> Config:
        """Read the configuration from its file again, with the global options of this call."""
        from pathlib import Path

        from syncd.config import load

        overrides = {"log.format": self._log_format} if self._log_format else {}
        known = self._config.path if self._config is not None else None
        return load(
            known or (Path(self._path) if self._path else None),
            os.environ,
            overrides,
            with_programs=self.needs_programs,
        )

    def _load(self) -> Config:
        from syncd.cli.logs import set_up

        config = self.read_config()
        logger = set_up(config.log.format, config.log.level, self.verbosity, sys.stderr)
        for warning in config.warnings:
            logger.warning("%s", warning)
        return config

    def _make_clock(self) -> Callable[[], datetime]:
        from syncd.config import build_clock, read_frozen_now

        clock = build_clock(os.environ, self.config)
        if (frozen := read_frozen_now(os.environ)) is not None:
            import logging

            logging.getLogger("syncd").warning("SYNCD_NOW: the calendar clock stands still at %s", frozen.isoformat())
        return clock
