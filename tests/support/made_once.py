"""Folders that are made once in each test process and copied for each test, because to make them takes longer than most tests."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


def copy_made(make: Callable[..., None], folder: Path, *arguments: Hashable) -> None:
    """Write to `folder` the files that `make` leaves in an empty folder, with their times of change.

    `make` gets that folder and the arguments, which must be hashable.
    """
    for name, (content, changed) in _read_made(make, *arguments).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, ns=(changed, changed))


@cache
def _read_made(make: Callable[..., None], *arguments: Hashable) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and the time of change, in nanoseconds, of every file by its path."""
    with TemporaryDirectory(prefix="syncd-made-") as name:
        folder = Path(name)
        make(folder, *arguments)
        files = [path for path in folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
