"""The user that owns an archive: a writing command of another user would leave files that the service cannot change."""

from __future__ import annotations

import pwd
import shlex
from typing import TYPE_CHECKING

from syncd.archive.files import atomic
from syncd.archive.files.marker import NAME
from syncd.core.errors import ArchiveGuard

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def require(root: Path, user: int, command: Sequence[str]) -> None:
    """Raise ArchiveGuard when the archive in `root` does not belong to `user` (a uid). It names the command to run instead.

    `command` is the line that was typed. A folder without a marker has no owner yet.
    """
    with atomic.translate_errors(root / NAME):
        try:
            owner = (root / NAME).lstat().st_uid
        except FileNotFoundError:
            return
    if owner != user:
        name = _find_name(owner)
        line = f"runuser -u {name} --" if user == 0 else f"sudo -u {name}"
        detail = f"the archive belongs to {name}, not to {_find_name(user)}; run: {line} {shlex.join(command)}"
        raise ArchiveGuard(detail, path=str(root))


def _find_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
