"""The user that owns an archive: a writing command of another user would leave files that the service cannot change."""

from __future__ import annotations

import pwd
import shlex
from typing import TYPE_CHECKING

from syncd.archive.files import folder_tree
from syncd.archive.files.marker import NAME
from syncd.core.errors import OtherOwner

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def require(root: Path, user: int, command: Sequence[str]) -> None:
    """Raise OtherOwner when the archive in `root` does not belong to `user` (a uid). It names the command to run instead.

    `command` is the line that was typed. A folder without a marker has no owner yet. Where only the marker is another user's, the
    command gives it back, as that user would leave more such files.
    """
    with folder_tree.translate_errors(root / NAME):
        try:
            owner = (root / NAME).lstat().st_uid
        except FileNotFoundError:
            return
        folder_owner = root.stat().st_uid
    if owner != user == folder_owner and user != 0:
        detail = f"its marker belongs to {_find_name(owner)}, and the archive to {_find_name(user)}"
        raise OtherOwner(detail, path=str(root / NAME), command=_format_gift(root / NAME, user))
    if owner != user:
        detail = f"the archive belongs to {_find_name(owner)}, not to {_find_name(user)}"
        raise OtherOwner(detail, path=str(root), command=_format_command(owner, user, command))


def advise(path: Path, user: int, command: Sequence[str]) -> str:
    """Return whose a file or folder is, and the command to run as that user. Empty where it belongs to `user`.

    Where it may not be looked at, the nearest folder above it is named. It never says to run as root, whose files would
    be closed to the service, too.
    """
    for place in (path, *path.parents):
        try:
            owner = place.lstat().st_uid
        except OSError:
            continue
        if owner == user:
            return ""
        if owner == 0:
            name = _find_name(user)
            return f"{place} belongs to root; run: {_format_gift(place, user)}, or name a place that {name} may use"
        return f"{place} belongs to {_find_name(owner)}; run: {_format_command(owner, user, command)}"
    return ""


def _format_command(owner: int, user: int, command: Sequence[str]) -> str:
    name = _find_name(owner)
    start = f"runuser -u {name} --" if user == 0 else f"sudo -u {name}"
    return f"{start} {shlex.join(command)}"


def _format_gift(path: Path, user: int) -> str:
    """Return the command that gives a file or folder to `user`."""
    return f"sudo {shlex.join(['chown', _find_name(user).removeprefix('#'), str(path)])}"


def _find_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
