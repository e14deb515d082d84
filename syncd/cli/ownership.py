"""What a refused permission means to the person who typed the command: whose the file is, and which user to become."""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from syncd.archive.files import owner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_REFUSED = frozenset({errno.EACCES, errno.EPERM})
_REFUSED_BY_SQLITE = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_PRIMARY_CODE = 0xFF
_SQLITE = "sqlite:///"


def advise_on_owner(error: BaseException, arguments: Sequence[str]) -> str:
    """Return the command to run as another user. Empty where no permission was refused, or the file is this user's own."""
    path = _find_refused(error)
    return owner.advise(Path(path), os.geteuid(), list_command(arguments)) if path else ""


def list_command(arguments: Sequence[str]) -> list[str]:
    """Return the command line as it was typed, the program without its folder."""
    return [os.path.basename(sys.argv[0]), *arguments]  # noqa: PTH119  a name, not a path


def _find_refused(error: BaseException) -> str:
    """Return the path that the user may not use. Empty where something else failed."""
    named = str(getattr(error, "path", "")).removeprefix(_SQLITE)
    for cause in _list_causes(error):
        if (
            isinstance(cause, sqlite3.Error)
            and getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE in _REFUSED_BY_SQLITE
        ):
            return named
        if isinstance(cause, OSError) and cause.errno in _REFUSED:
            return named or str(cause.filename or "")
    return ""


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
