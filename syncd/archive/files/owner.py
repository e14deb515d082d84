"""Whose an archive is: a writing command of another user would leave files that the service cannot touch."""

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
    """ArchiveGuard, with the line to use instead of `command`, when the archive in `root` is not that of `user` (a uid).

    A folder without a marker has no owner yet.
    """
    with atomic.translate_errors(root / NAME):
        try:
            owner = (root / NAME).lstat().st_uid
        except FileNotFoundError:
            return
    if owner != user:
        who = _name(owner)
        line = f"runuser -u {who} --" if user == 0 else f"sudo -u {who}"
        detail = f"the archive is {who}'s, not {_name(user)}'s; run: {line} {shlex.join(command)}"
        raise ArchiveGuard(detail, path=str(root))


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
