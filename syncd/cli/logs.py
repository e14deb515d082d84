"""Set up log lines on standard error: plain for a terminal, with priorities for the journal, or JSON."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import TextIO

from syncd.cli import terminal
from syncd.cli.termination import Terminated

_JOURNAL = {"DEBUG": "<7>", "INFO": "<6>", "WARNING": "<4>", "ERROR": "<3>", "CRITICAL": "<2>"}


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return terminal.fit(f"{self._tell_time(record)}{level}{super().format(record)}", sys.stderr)

    def _tell_time(self, _record: logging.LogRecord) -> str:
        return ""


class _TimedText(_Text):
    def _tell_time(self, record: logging.LogRecord) -> str:
        return f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%d %H:%M:%S} UTC "


class _Journal(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        prefix = _JOURNAL.get(record.levelname, "<6>")
        return "\n".join(prefix + line for line in super().format(record).splitlines())


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        level = record.levelname.lower()
        fields = {"time": moment, "level": level, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


_FORMATS = {"text": _Text, "journal": _Journal, "json": _Json}


def set_up(form: str, level: str, verbosity: int, stream: TextIO, *, timed: bool = False) -> logging.Logger:
    """Return the program's logger, writing to `stream`. Flags (`verbosity`) override the configured level.

    `timed` is for a long-running process: plain lines then begin with the time (UTC). The journal adds the time itself.
    """
    logger = logging.getLogger("syncd")
    handler = logging.StreamHandler(stream)
    formatter = _FORMATS[resolve_format(form, stream)]
    handler.setFormatter((_TimedText if timed and formatter is _Text else formatter)("%(message)s"))
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(_level(level, verbosity))
    if logging.lastResort is not None:  # what writes the lines of libraries
        logging.lastResort.addFilter(_is_no_signal)
    return logger


def _is_no_signal(record: logging.LogRecord) -> bool:
    """Return False for the line of a library that a signal interrupted. It raises the signal's exception, too."""
    return not (record.exc_info and isinstance(record.exc_info[1], (Terminated, KeyboardInterrupt)))


def resolve_format(form: str, stream: TextIO) -> str:
    """Return the format of log lines on `stream`: `form` itself, or what `auto` means there."""
    if form != "auto":
        return form
    return "journal" if _is_journal(stream) else "text"


def _is_journal(stream: TextIO) -> bool:
    """Return True when `stream` is the one that systemd names in `JOURNAL_STREAM` (device:inode, systemd.exec(5))."""
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def _level(configured: str, verbosity: int) -> int:
    if verbosity < 0:
        return logging.ERROR
    if verbosity > 0:
        return logging.DEBUG
    return int(logging.getLevelNamesMapping()[configured.upper()])
