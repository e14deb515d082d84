"""One call of the program: its global options, and what commands need of them, made on first use."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from syncd.config import Config
    from syncd.usecases.workspace import Access, Workspace

SCHEMA = 1


class Invocation:
    """Global options of one call; `verbosity` is -1 (quiet), 0, 1 or 2 and more."""

    def __init__(self, path: str | None, verbosity: int, log_format: str | None) -> None:
        self._path = path
        self._log_format = log_format
        self._config: Config | None = None
        self._workspace: Workspace | None = None
        self.verbosity = verbosity
        self.as_json = False

    @property
    def config(self) -> Config:
        """The configuration, read once; its warnings are logged."""
        if self._config is None:
            self._config = self._load()
        return self._config

    def now(self) -> datetime:
        """The calendar clock: the real time, or the moment frozen by `SYNCD_NOW`."""
        return self.clock()()

    def clock(self) -> Callable[[], datetime]:
        """The calendar clock as a function of no arguments."""
        from syncd.config import now_from

        return now_from(os.environ, self.config)

    def workspace(self, access: Access) -> Workspace:
        """The archive opened for this call; closed when the call ends."""
        from syncd.usecases.workspace import open_workspace

        if self._workspace is None:
            self._workspace = open_workspace(self.config, self.clock(), access)
        return self._workspace

    def close(self) -> None:
        """Let go of what was opened."""
        if self._workspace is not None:
            self._workspace.close()

    def finish(self, payload: Mapping[str, object], text: Iterable[str], exit_code: int = 0) -> int:
        """Print the result as JSON or as text, and return the exit code for the command to return."""
        if self.as_json:
            click.echo(as_json({"command": click.get_current_context().info_name, "exit_code": exit_code, **payload}))
        else:
            for line in text:
                click.echo(line)
        return exit_code

    def _load(self) -> Config:
        from pathlib import Path

        from syncd.cli.logs import set_up
        from syncd.config import load

        overrides = {"log.format": self._log_format} if self._log_format else {}
        config = load(Path(self._path) if self._path else None, os.environ, overrides)
        logger = set_up(config.log.format, config.log.level, self.verbosity, sys.stderr)
        for warning in config.warnings:
            logger.warning("%s", warning)
        return config


def as_json(fields: Mapping[str, object]) -> str:
    """One JSON object with the schema number first."""
    import json

    return json.dumps({"schema": SCHEMA, **fields}, ensure_ascii=False, indent=2, default=str)
